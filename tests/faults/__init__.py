"""Faults against the running stack: real processes, the real node, `fsck` at the end of each."""

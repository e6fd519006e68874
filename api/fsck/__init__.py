"""`yinji fsck`: the invariants of the whole installation, checked from outside the flows.

    I1   what was acknowledged is there: objects with the size and SHA-256 of their rows
    I2   each leaf in one batch, each root with at most one final success, proofs lead to events
    I3   each certificate is byte for byte what was stored, and every step of its check passes
    I4   states moved only along their tables, and stand where the last move left them
    I6   the chain of custody has no holes
    I8   nonces are contiguous, and each attempt's bytes hash to its transaction hash
    I9   nothing waits beyond its deadline without an alarm
    I11  no object is missing, none lies about unreferenced

I5 (money) and I7 (planted canaries) begin with the registry; I10 is a property of the flows and
is tested there.
"""

from api.fsck.findings import Findings
from api.fsck.run import run, run_audit

__all__ = ["Findings", "run", "run_audit"]

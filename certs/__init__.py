"""Certificates: what one says, how it looks, how it is signed, how a presented one is checked."""

"""`yinji fsck`: the invariants of the whole installation, checked from outside the flows.

    I1   what was acknowledged is there: objects with the size and SHA-256 of their rows; identity
         numbers and papers open with our keys, each in its own row
    I2   each leaf in one batch, each root with at most one final success, proofs lead to events
    I3   each certificate is byte for byte what was stored, and every step of its check passes; each
         registration is the deposited record of a matter that two persons decided
    I4   states moved only along their tables, and stand where the last move left them; each round
         of a matter has its submission
    I5   every price is the sum of its lines and paid by one payment of it; each payment is credited
         once; the ledger sums to zero, posting by posting
    I6   the chain of custody has no holes; the audit is unbroken, holds every anchored head, and
         tells each step of a matter once
    I8   nonces are contiguous, and each attempt's bytes hash to its transaction hash; registration
         numbers have neither gap nor double
    I9   nothing waits beyond its deadline without an alarm
    I11  no object is missing, none lies about unreferenced

What was erased is a tombstone, and holds as it is. I7 (nothing personal anywhere in the clear) and
I10 (a repeat changes nothing) are properties of the flows and are tested there.
"""

from api.fsck.findings import Findings
from api.fsck.run import run, run_audit

__all__ = ["Findings", "run", "run_audit"]

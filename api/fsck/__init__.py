"""`yinji fsck`: the invariants of the whole installation, checked from outside the flows.

    I1   what was acknowledged is there: objects with the size and SHA-256 of their rows; identity
         numbers and papers open with our keys, each in its own row
    I2   each leaf in one batch, each root with at most one final success, proofs lead to events
    I3   each edition of a certificate is byte for byte what was stored, and every step of the check
         of the one in force passes; each registration is the deposited record of a matter
         that two persons decided, announced as it says or not at all, and shown for trading only
         while its applicant consents; each revocation of one was decided by two persons, is on its
         own record, and is asked of the chain
    I4   states moved only along their tables, and stand where the last move left them, whatever has
         a status; each round of a matter has its submission
    I5   every price is the sum of its lines and paid by one payment of it; each payment is credited
         once; the ledger sums to zero, posting by posting
    I6   the chain of custody has no holes; the audit is unbroken, holds every anchored head, and
         tells each step of whatever it tells of once; the rows that its lines bind are as written,
         and the rules that matters are judged by are there and can be read
    I7   no identity number that is sealed here stands in the clear in a row, a log or a message; no
         file that shows who somebody is lies plain; of a closed account nothing is left but what
         others rely on, and no way in
    I8   nonces are contiguous, and each attempt's bytes hash to its transaction hash; registration
         numbers have neither gap nor double
    I9   nothing waits beyond its deadline without an alarm
    I10  a key that was used leads to what its owner made then; what was told of a matter had an
         occasion and was told once; a message sent again is the same file
    I11  no object is missing, none lies about unreferenced

What was erased is a tombstone, and holds as it is. That nothing else personal is anywhere (I7), the
tests of the flows show beyond this. Of repeats (I10) the database itself refuses most doubles (two
things of a key, two keys of a thing, a signer, payment, refund, dispatch or certificate twice), and
nothing looks for them here; whether a key's digest is of what was asked no row can show any more,
and that no repeat of any call or task changes anything the tests of the flows show.
"""

from api.fsck.findings import Findings
from api.fsck.run import run, run_audit

__all__ = ["Findings", "run", "run_audit"]

"""Why a target is missed, for each that is: `results.md` prints it, and none may be without."""

from collections.abc import Mapping
from typing import Final

UNEXPLAINED: Final = "not explained yet"

WHY: Final[Mapping[tuple[str, str], str]] = {
    ("P2", "until stored, against nginx"): (
        "ours reads the stored bytes back and makes two digests; SM3 has no instructions in this "
        "processor and takes longer than all that nginx's side does, which makes one"
    ),
    ("P2", "peak memory of the API, largest file"): (
        "it is there before the first upload: Python with the web framework, the database's and "
        "the certificate's libraries; files add nothing to it (the row below)"
    ),
    ("P5", "tree and all proofs against the hash-only bound"): (
        "a proof is twenty references, and a million of them are put together in Python; the "
        "hashes themselves are within a tenth of the bound"
    ),
    ("P5", "times as fast as merkletreejs, tree and all proofs"): (
        "the same twenty million references; rounds differ by more than what is missing"
    ),
    ("P8", "one request each, anchored a second"): (
        "a deposit alone costs 18 ms of processor: 8 in the API (authorising, parsing, two "
        "transactions), 6 in the workers, 4 in the database; two processors, which clients and "
        "verifier share, give little more than a hundred a second. A hundred in one request cost "
        "a fifth of that each"
    ),
    ("P10", "times as fast as weasyprint unsigned"): (
        "ours draws three pages where weasyprint draws one, and signs, time-stamps and checks "
        "every glyph; it is the pages that cost"
    ),
    ("P13", "the check against hash, signature and token, imports aside"): (
        "three milliseconds more for twelve steps in Python, the tree, the block's header, receipt "
        "and every printed value among them, of which the peer does three"
    ),
    ("P16", "95th percentile of opening the matter"): (
        "the index names four thousand candidates, whose rows lie all over the table; a narrow "
        "table of piece and hash would hold them side by side, at a kilobyte for each picture"
    ),
    ("P16", "times as fast as looking at each"): (
        "the same candidates; and looking at each may use two processors, the index one"
    ),
}
"""By row and target, as `results.json` names them."""

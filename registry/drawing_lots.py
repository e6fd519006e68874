"""抽审: which matters are looked at more closely before they are approved. Pure.

The lot follows from the matter's random id and its number (`registry.matters.lot_number`), so that
it can be neither chosen nor tried again, and anybody can see afterwards that it was drawn as the
office's rules say.
"""

import hashlib
import uuid
from typing import Final

from registry.profile_parts import BatchApproval

_TAG: Final = b"yinji/lot/1\x00"
_WHOLE: Final = 100


def is_drawn(matter: uuid.UUID, number: int, rules: BatchApproval | None) -> bool:
    """Whether lot `number` of this matter is among the share that is drawn; without batches none.

    The first 8 bytes of SHA-256(tag ‖ id ‖ number, 4 bytes, big-endian), as a share of 2^64.
    """
    if rules is None:
        return False
    digest = hashlib.sha256(_TAG + matter.bytes + number.to_bytes(4, "big")).digest()
    return int.from_bytes(digest[:8], "big") * _WHOLE < rules.sampled_percent << 64

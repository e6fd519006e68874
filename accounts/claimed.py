"""What a claim of identity says beside name and number: opened for its owner, and for the officers
who compare it with the papers.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from accounts.papers import PaperKind
from accounts.person_models import Verification
from core.sealed import Keyring, Place

PLACE: Final = ("verification", "details")
_HANDLERS_CARD: Final = frozenset({PaperKind.HANDLER_ID_FRONT, PaperKind.HANDLER_ID_BACK})
REMEDIES: Final[Mapping[str, str]] = {
    "address": "请填写详细地址 / give the address",
    "legal_representative": "请填写法定代表人姓名 / name the legal representative",
    "handler": "请填写经办人姓名 / name the handler",
    "contact_mobile": "请填写联系手机 / give a mobile number to be reached at",
}
"""What to do where an office wants to be told; of everything that `Claimed` may say."""
_ADDRESS: Final = 6
_MOBILE: Final = 4


@dataclass(frozen=True, repr=False)
class Claimed:
    """As it was typed. Nobody has checked any of it before an officer does."""

    address: str | None = None
    legal_representative: str | None = None
    handler: str | None = None
    contact_mobile: str | None = None

    @property
    def masked(self) -> "Claimed":
        """For lists: names stand as they are, as the claim's own does; of the address its first six
        characters (province and city), of the mobile number its last four.
        """
        return Claimed(
            address=None if self.address is None else _stars(self.address, _ADDRESS, 0),
            legal_representative=self.legal_representative,
            handler=self.handler,
            contact_mobile=None
            if self.contact_mobile is None
            else _stars(self.contact_mobile, 0, _MOBILE),
        )


def claimed(ring: Keyring, row: Verification) -> Claimed:
    """What the claim says; nothing once it was erased."""
    if row.details is None:
        return Claimed()
    said: dict[str, str] = json.loads(ring.open_text(row.details, Place(*PLACE, row.id)))
    return Claimed(**{name: said.get(name) for name in Claimed.__dataclass_fields__})


def unsaid(
    ring: Keyring, row: Verification, facts: Collection[str], papers: Collection[str]
) -> list[str]:
    """Of these facts, those that the claim does not say; whoever has to show a handler's card names
    the handler, too (ZJ-43).
    """
    asked = set(facts) if _HANDLERS_CARD.isdisjoint(papers) else {*facts, "handler"}
    said = claimed(ring, row)
    return [fact for fact in REMEDIES if fact in asked and not getattr(said, fact)]


def _stars(text: str, head: int, tail: int) -> str:
    """The first `head` and last `tail` characters, never more than half of it; stars between."""
    head, tail = min(head, len(text) // 2), min(tail, len(text) // 2)
    return text[:head] + "*" * (len(text) - head - tail) + text[len(text) - tail :]

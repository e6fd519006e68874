"""The identities of a matter as the officer who holds it sees them: masked, with what papers there
are.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from accounts import identity, parties
from accounts.claimed import claimed
from accounts.days import day_of
from accounts.identity import MEANING, IdentityStatus
from accounts.person_models import Paper, Party, Verification
from api.examination_schemas import StandingIdentityOut, StandingPaper
from api.people_schemas import RevealedOut
from core.sealed import Keyring
from registry.identified import Identity, Standing

_DECLARED: Final = "由申请人申报,仅核对格式 / declared by the applicant, checked in form only"
_ERASED: Final = "已删除 / erased"


def standing_out(
    session: Session, ring: Keyring, found: Standing, *, now: datetime
) -> StandingIdentityOut:
    """One identity; nothing of it is opened but what the mask leaves."""
    if isinstance(found.row, Verification):
        return _account(session, ring, found.row, found.places, now)
    return _party(session, ring, found.row, found.places, now)


def revealed(ring: Keyring, row: Identity, number: str) -> RevealedOut:
    """The number, with the address and mobile that were given with it."""
    if isinstance(row, Verification):
        said = claimed(ring, row)
        return RevealedOut(number=number, address=said.address, contact_mobile=said.contact_mobile)
    details = parties.details_of(ring, row)
    return RevealedOut(
        number=number, address=details.get("address"), contact_mobile=details.get("mobile")
    )


def _account(
    session: Session, ring: Keyring, row: Verification, places: tuple[str, ...], now: datetime
) -> StandingIdentityOut:
    status = IdentityStatus(row.status)
    return StandingIdentityOut(
        id=row.id,
        kind="account",
        places=list(places),
        name=row.name,
        document_kind=row.document_kind,
        number=identity.document_of(ring, row).masked,
        status=status,
        meaning=MEANING[status],
        verified_by=row.decided_by,
        verified_at=row.decided_at,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        expired=identity.expired(row, now),
        papers=_papers(identity.papers_of(session, row.id)),
    )


def _party(
    session: Session, ring: Keyring, row: Party, places: tuple[str, ...], now: datetime
) -> StandingIdentityOut:
    erased = row.number is None
    return StandingIdentityOut(
        id=row.id,
        kind="party",
        places=list(places),
        name=row.name,
        document_kind=row.document_kind,
        number=None if erased else parties.document_of(ring, row).masked,
        status="erased" if erased else "declared",
        meaning=_ERASED if erased else _DECLARED,
        verified_by=None,
        verified_at=None,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        expired=row.valid_until is not None and row.valid_until < day_of(now),
        papers=_papers(parties.papers_of(session, row.id)),
    )


def _papers(rows: Iterable[Paper]) -> list[StandingPaper]:
    return [StandingPaper(id=row.id, kind=row.kind, media_type=row.media_type) for row in rows]

"""I7: of a closed account nothing personal is left but what it has to leave, and no way in.

What stands in a matter that an office decided on is kept (`registry.leaving`).
"""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from accounts.contact_models import Avatar, ContactCode, Passkey
from accounts.forgetting import Kept
from accounts.identity import IdentityStatus
from accounts.inbox_models import Dispatch, Message
from accounts.models import Account, ApiKey, OfficerRole, Recovery, SecondFactor, SignIn
from accounts.organisation_models import MemberInvitation, Membership
from accounts.person_models import (
    DeliveryAddress,
    KindChange,
    Mandate,
    Paper,
    Party,
    Verification,
)
from api import closing
from api.fsck.findings import Findings
from certs.models import Certificate
from core.db import among, apart_from
from evidence.models import Evidence, Upload, VersionFile, Work, WorkVersion
from registry import leaving
from registry.lifecycle import TRANSITIONS
from registry.models import Matter

_ERASES_WITHIN: Final = timedelta(hours=24)
"""So long whoever wanted files erased waits at most, once they are certified."""

_MOST: Final = 10_000
_NOTHING_KEPT: Final = Kept()
_ENDED: Final = tuple(state.value for state, to in TRANSITIONS.items() if not to)


def check_closed(session: Session, found: Findings, *, now: datetime) -> None:
    """Every account that was closed."""
    found.look("I7", holds=True, subject="", detail="")
    for account in session.scalars(select(Account).where(Account.closed_at.is_not(None))):
        kept = leaving.kept(session, account.id)
        for detail in _left(session, account, kept, now=now):
            found.look("I7", holds=False, subject=account.id, detail=f"closed, with {detail}")
        found.look("I7", holds=True, subject=account.id, detail="")


def _left(session: Session, account: Account, kept: Kept, *, now: datetime) -> Iterator[str]:
    """What a closed account should not have any more."""
    for detail, there in (*ways_in(account.id, now), *personal(account.id, kept)):
        if session.scalar(select(1).where(there)) is not None:
            yield detail
    if account.person_id is not None and not leaving.is_known(session, account.id, kept):
        yield "a known person"
    if account.closed_at is not None and account.closed_at <= now - _ERASES_WITHIN:
        yield from _unerased(session, account)


def ways_in(of: uuid.UUID, now: datetime) -> Iterator[tuple[str, ColumnElement[bool]]]:
    """Each with its name: whatever lets somebody in, or act for others."""
    yield "a session", _one(SignIn.account_id == of, SignIn.ended_at.is_(None))
    yield (
        "a key",
        _one((ApiKey.account_id == of) | (ApiKey.made_by == of), ApiKey.revoked_at.is_(None)),
    )
    yield "a role", _one(OfficerRole.account_id == of, OfficerRole.ended_at.is_(None))
    yield (
        "a membership",
        _one(
            (Membership.account_id == of) | (Membership.organisation_id == of),
            Membership.ended_at.is_(None),
        ),
    )
    yield (
        "an invitation",
        _one(MemberInvitation.organisation_id == of, MemberInvitation.used_at.is_(None)),
    )
    yield (
        "a mandate",
        _one(
            (Mandate.principal_id == of) | (Mandate.agent_id == of),
            Mandate.revoked_at.is_(None),
            Mandate.valid_until >= now.date(),
        ),
    )
    yield (
        "a matter under way",
        _one((Matter.applicant_id == of) | (Matter.agent_id == of), Matter.status.not_in(_ENDED)),
    )
    for table in (SecondFactor, Passkey, Recovery, ContactCode):
        yield f"a {table.__tablename__}", _one(table.account_id == of)


def personal(
    of: uuid.UUID, kept: Kept = _NOTHING_KEPT
) -> Iterator[tuple[str, ColumnElement[bool]]]:
    """Each with its name: whatever says who it was, or is of nobody now."""
    yield (
        "the address of a session",
        _one(SignIn.account_id == of, SignIn.address_index.is_not(None)),
    )
    yield (
        "an identity",
        _one(
            Verification.account_id == of,
            Verification.status != IdentityStatus.ERASED,
            apart_from(Verification.id, kept.verifications),
        ),
    )
    yield (
        "a rights holder",
        _one(Party.owner_id == of, Party.erased_at.is_(None), apart_from(Party.id, kept.parties)),
    )
    yield (
        "a paper",
        _one(
            Paper.account_id == of,
            Paper.erased_at.is_(None),
            Paper.verification_id.is_(None) | apart_from(Paper.verification_id, kept.verifications),
            Paper.party_id.is_(None) | apart_from(Paper.party_id, kept.parties),
        ),
    )
    yield "an address", _one(DeliveryAddress.account_id == of, DeliveryAddress.erased_at.is_(None))
    yield "a request", _one(KindChange.account_id == of, KindChange.reason != "")
    for table in (Avatar, Message, Dispatch):
        yield f"a {table.__tablename__}", _one(table.account_id == of)
    yield (
        "a draft",
        _one(
            WorkVersion.work_id.in_(select(Work.id).where(Work.owner_id == of)),
            WorkVersion.frozen_at.is_(None),
        ),
    )
    named = select(VersionFile.id).where(VersionFile.upload_id == Upload.id).exists()
    yield "an upload of nothing", _one(Upload.owner_id == of, ~named)


def _unerased(session: Session, account: Account) -> Iterator[str]:
    """Files that were to be erased, and have had the time."""
    waiting = closing.to_erase(session, account, closing.spared(session, account), _MOST)
    certified = select(Evidence.id).where(
        among(Evidence.id, waiting),
        Evidence.rejected_at.is_not(None)
        | select(Certificate.id)
        .where(Certificate.evidence_id == Evidence.id, Certificate.pdf_sha256.is_not(None))
        .exists(),
    )
    if session.scalar(certified.limit(1)) is not None:
        yield "files that were to be erased"


def _one(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(1).where(*conditions).exists()

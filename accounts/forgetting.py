"""What an account leaves when it is closed: ways in ended, what is personal erased.

Sealed values and the keys of papers are dropped, so that backups of the bytes are noise. What
stands in a matter that was decided is kept as it is (`Kept`, which the register knows): it is the
office's file.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from accounts import addresses, avatars, identity, inbox, parties, people
from accounts import papers as identity_papers
from accounts.contact_models import ContactCode, Passkey, PasskeyChallenge
from accounts.identity import IdentityStatus
from accounts.kinds import KindChangeStatus
from accounts.models import Account, ApiKey, Invitation, Recovery, SecondFactor, SignIn
from accounts.organisation_models import MemberInvitation, Membership
from accounts.person_models import DeliveryAddress, KindChange, Paper, Party, Verification
from core import audit, idempotency
from core.db import apart_from
from core.lifecycle import move

_OPEN: Final = (IdentityStatus.DRAFT, IdentityStatus.SUBMITTED)


@dataclass(frozen=True)
class Kept:
    """Identities that stand in matters an office has decided on, with their papers."""

    verifications: frozenset[uuid.UUID] = frozenset()
    parties: frozenset[uuid.UUID] = frozenset()
    matters: int = 0
    """How many matters those are."""


def end_ways_in(session: Session, account: Account, by: uuid.UUID, *, now: datetime) -> None:
    """Sessions, keys, factors, codes, memberships and invitations."""
    session.execute(
        update(SignIn)
        .where(SignIn.account_id == account.id, SignIn.ended_at.is_(None))
        .values(ended_at=now)
    )
    session.execute(
        update(SignIn).where(SignIn.account_id == account.id).values(address_index=None)
    )
    own_keys = or_(ApiKey.account_id == account.id, ApiKey.made_by == account.id)
    session.execute(
        update(ApiKey).where(own_keys, ApiKey.revoked_at.is_(None)).values(revoked_at=now)
    )
    session.execute(update(ApiKey).where(own_keys).values(name=""))
    for table in (SecondFactor, Passkey, PasskeyChallenge, Recovery, ContactCode):
        session.execute(delete(table).where(table.account_id == account.id))
    idempotency.forget_of(session, account.id)
    _end_memberships(session, account.id, by, now=now)
    _void_invitations(session, account, now=now)


def erase(session: Session, account: Account, kept: Kept, *, now: datetime) -> Sequence[uuid.UUID]:
    """Identities, rights holders, papers, addresses, picture and inbox; the papers whose bytes may
    go from the disk after the commit.
    """
    session.execute(
        delete(KindChange).where(
            KindChange.account_id == account.id, KindChange.status == KindChangeStatus.REQUESTED
        )
    )
    session.execute(update(KindChange).where(KindChange.account_id == account.id).values(reason=""))
    gone = _erase_papers(session, account.id, kept, now=now)
    _erase_identities(session, account.id, kept, now=now)
    _erase_parties(session, account.id, kept, now=now)
    for address in session.scalars(
        select(DeliveryAddress).where(
            DeliveryAddress.account_id == account.id, DeliveryAddress.erased_at.is_(None)
        )
    ):
        addresses.erase(session, address, now=now)
    avatars.erase(session, account.id)
    inbox.erase(session, account.id)
    return gone


def _erase_papers(
    session: Session, account_id: uuid.UUID, kept: Kept, *, now: datetime
) -> Sequence[uuid.UUID]:
    """Also those of nobody in particular: a mandate's, a request's to be of another kind."""
    held = session.scalars(
        select(Paper).where(Paper.account_id == account_id, Paper.erased_at.is_(None))
    ).all()
    gone = [
        each for each in held
        if each.verification_id not in kept.verifications and each.party_id not in kept.parties
    ]  # fmt: skip
    for paper in gone:
        identity_papers.erase(paper, now=now)
    session.flush()
    return [paper.id for paper in gone]


def _erase_identities(
    session: Session, account_id: uuid.UUID, kept: Kept, *, now: datetime
) -> None:
    """A claim that nobody has decided on is withdrawn first: no officer has to look at it."""
    for row in session.scalars(
        select(Verification)
        .where(
            Verification.account_id == account_id,
            Verification.status != IdentityStatus.ERASED,
            apart_from(Verification.id, kept.verifications),
        )
        .order_by(Verification.id)
    ).all():
        was = IdentityStatus(row.status)
        if was in _OPEN:
            move(
                session, identity.LIFECYCLE, Verification, row.id, was=was,
                to=IdentityStatus.WITHDRAWN, reason="the account is closed", now=now,
            )  # fmt: skip
            session.refresh(row)
        identity.erase(session, row, now=now)


def _erase_parties(session: Session, account_id: uuid.UUID, kept: Kept, *, now: datetime) -> None:
    """Wards before their guardians, who are needed as long as there is a ward."""
    for party in session.scalars(
        select(Party)
        .where(
            Party.owner_id == account_id,
            Party.erased_at.is_(None),
            apart_from(Party.id, kept.parties),
        )
        .order_by(Party.guardian_id.is_(None), Party.id)
    ).all():
        parties.erase(session, party, now=now)


def _end_memberships(
    session: Session, account_id: uuid.UUID, by: uuid.UUID, *, now: datetime
) -> None:
    ended = session.scalars(
        update(Membership)
        .where(
            or_(Membership.account_id == account_id, Membership.organisation_id == account_id),
            Membership.ended_at.is_(None),
        )
        .values(ended_at=now)
        .returning(Membership)
    ).all()
    for row in ended:
        audit.note(
            session, audit.INSTALLATION, "membership.ended", f"membership:{row.id}", by,
            {"of": str(row.organisation_id), "member": str(row.account_id)}, now=now,
        )  # fmt: skip


def _void_invitations(session: Session, account: Account, *, now: datetime) -> None:
    """Those to the account's addresses, whose next holder is not meant, and those of a body."""
    named = [each.value for each in people.reached(account)]
    own = or_(
        MemberInvitation.organisation_id == account.id, MemberInvitation.identifier.in_(named)
    )
    session.execute(
        update(MemberInvitation).where(own, MemberInvitation.used_at.is_(None)).values(used_at=now)
    )
    session.execute(update(MemberInvitation).where(own).values(identifier=""))
    officers = Invitation.identifier.in_(named)
    session.execute(
        update(Invitation).where(officers, Invitation.used_at.is_(None)).values(used_at=now)
    )
    session.execute(update(Invitation).where(officers).values(identifier="", name=""))

"""Joining an organisation: by a one-time code that goes to the invited person's own address."""

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from accounts import people
from accounts.days import day_of
from accounts.identifiers import Identifier
from accounts.models import Account
from accounts.organisation_models import MemberInvitation, Membership
from accounts.organisations import MOST_MEMBERS, MemberRole, begin, check_last_day, may_give
from core.errors import Conflict, NotFound

CODE_LIFE: Final = timedelta(days=7)


def invite(
    session: Session,
    organisation_id: uuid.UUID,
    by_id: uuid.UUID,
    by: MemberRole,
    identifier: Identifier,
    role: str,
    valid_until: date | None,
    *,
    now: datetime,
) -> tuple[MemberInvitation, str]:
    """An invitation and its one-time code (256 random bits), which is kept as SHA-256.

    Raises:
        NotAllowed: no manager, or an owner invited by an admin. InvalidInput: no such role, a last
            day that has passed, or an owner with a last day. Conflict: too many members.
    """
    wanted = may_give(by, role)
    check_last_day(wanted, valid_until, now)
    waiting = session.scalars(
        select(MemberInvitation.id).where(
            MemberInvitation.organisation_id == organisation_id, _open(now)
        )
    ).all()
    held = session.scalars(
        select(Membership.id).where(
            Membership.organisation_id == organisation_id, Membership.ended_at.is_(None)
        )
    ).all()
    if len(waiting) + len(held) >= MOST_MEMBERS:
        raise Conflict(f"至多 {MOST_MEMBERS} 名成员 / at most {MOST_MEMBERS} members")
    code = secrets.token_urlsafe(32)
    row = MemberInvitation(
        id=uuid.uuid4(),
        organisation_id=organisation_id,
        code_hash=_hash(code),
        identifier=identifier.value,
        role=wanted,
        valid_until=valid_until,
        invited_by=by_id,
        invited_at=now,
        expires_at=now + CODE_LIFE,
    )
    session.add(row)
    session.flush()
    return row, code


def invitations(
    session: Session, organisation_id: uuid.UUID, *, now: datetime
) -> Sequence[MemberInvitation]:
    """What can still be accepted, newest first."""
    return session.scalars(
        select(MemberInvitation)
        .where(MemberInvitation.organisation_id == organisation_id, _open(now))
        .order_by(MemberInvitation.invited_at.desc(), MemberInvitation.id)
    ).all()


def withdraw(
    session: Session, organisation_id: uuid.UUID, invitation_id: uuid.UUID, *, now: datetime
) -> None:
    """Take an invitation back; doing it again changes nothing. Raises NotFound for none of it."""
    row = session.get(MemberInvitation, invitation_id, with_for_update=True)
    if row is None or row.organisation_id != organisation_id:
        raise NotFound("没有此邀请 / no such invitation")
    row.used_at = row.used_at or now


def join(session: Session, account_id: uuid.UUID, code: str, *, now: datetime) -> Membership:
    """Use a code once; it is for the account that has confirmed the invited address only.

    Raises:
        NotFound: unknown, used, expired, or for somebody else; which of them is not said.
        Conflict: a member already.
    """
    account = session.get_one(Account, account_id)
    row = session.scalar(
        update(MemberInvitation)
        .where(
            MemberInvitation.code_hash == _hash(code),
            MemberInvitation.identifier.in_([each.value for each in people.reached(account)]),
            _open(now),
        )
        .values(used_at=now)
        .returning(MemberInvitation)
    )
    if row is None:
        raise NotFound(
            "邀请码无效、已用过、已过期或不是发到您已验证的邮箱或手机号的 / no such invitation, or "
            "used, expired, or not for an address that you have confirmed: confirm it, or ask for "
            "a new one",
            field="code",
        )
    _clear_past(session, row.organisation_id, account_id, now=now)
    if _current(session, row.organisation_id, account_id) is not None:
        raise Conflict("已是该单位成员 / a member already: a manager changes the role")
    role = MemberRole(row.role)
    return begin(
        session, row.organisation_id, account_id, role, row.valid_until, account_id, now=now
    )


def _current(
    session: Session, organisation_id: uuid.UUID, account_id: uuid.UUID
) -> Membership | None:
    return session.scalar(
        select(Membership).where(
            Membership.organisation_id == organisation_id,
            Membership.account_id == account_id,
            Membership.ended_at.is_(None),
        )
    )


def _clear_past(
    session: Session, organisation_id: uuid.UUID, account_id: uuid.UUID, *, now: datetime
) -> None:
    """A membership whose last day has passed is over: its row makes room for the next one."""
    row = _current(session, organisation_id, account_id)
    if row is not None and row.valid_until is not None and row.valid_until < day_of(now):
        row.ended_at = now
        session.flush()


def _open(now: datetime) -> ColumnElement[bool]:
    return MemberInvitation.used_at.is_(None) & (MemberInvitation.expires_at > now)


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()

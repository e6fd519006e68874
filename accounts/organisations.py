"""Organisations: bodies for which several people act, each in a role, from a day to a day.

Owners and admins manage the others; only an owner makes owners. Who leaves, or is ended, can do
nothing more from the next request on, and the API keys that this member made for the organisation
end as well. The last owner stays.
"""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from accounts.days import day_of
from accounts.kinds import BODIES, AccountKind
from accounts.models import Account, ApiKey
from accounts.organisation_models import Membership
from core import audit
from core.canonical import Json
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.text import clean_text

MOST_MEMBERS: Final = 500
_MOST_NAME: Final = 100
_FOUNDED: Final = frozenset({AccountKind.ENTERPRISE, AccountKind.ORGANISATION})


class MemberRole(StrEnum):
    OWNER = "owner"  # 所有者
    ADMIN = "admin"  # 管理员: 成员、身份、授权
    FILER = "filer"  # 经办人: 存证、登记
    VIEWER = "viewer"  # 查看者


_MANAGERS: Final = frozenset({MemberRole.OWNER, MemberRole.ADMIN})


def found(
    session: Session, founder_id: uuid.UUID, name: str, kind: str, *, now: datetime
) -> Account:
    """A new organisation, an account that never signs in by itself; the founder is its owner.

    Raises:
        InvalidInput: no kind of body, or a name that cannot be used.
    """
    if kind not in _FOUNDED:
        raise InvalidInput(
            f"类别须为其中之一 / must be one of: {', '.join(sorted(_FOUNDED))}", field="kind"
        )
    body = Account(
        id=uuid.uuid4(), name=clean_text(name, "name", _MOST_NAME), kind=kind, created_at=now
    )
    session.add(body)
    session.flush()
    begin(session, body.id, founder_id, MemberRole.OWNER, None, founder_id, now=now)
    return body


def role_of(
    session: Session, organisation_id: uuid.UUID, account_id: uuid.UUID, *, now: datetime
) -> MemberRole | None:
    """The role somebody has in an organisation at this moment; None for who has none."""
    role = session.scalar(
        select(Membership.role).where(
            Membership.organisation_id == organisation_id,
            Membership.account_id == account_id,
            in_force(now),
        )
    )
    return None if role is None else MemberRole(role)


def standing(
    session: Session, organisation_id: uuid.UUID, account_id: uuid.UUID, *, now: datetime
) -> MemberRole:
    """As `role_of`; a body that signs in by itself is its own owner.

    Raises:
        NotFound: no member; such an organisation does not exist for this account.
    """
    body = session.get(Account, organisation_id)
    if body is not None and body.kind is not None:
        role = role_of(session, organisation_id, account_id, now=now)
        if role is not None:
            return role
        if organisation_id == account_id and body.kind in BODIES:
            return MemberRole.OWNER
    raise NotFound("没有此单位 / no such organisation")


def require_manager(role: MemberRole) -> None:
    """Raises NotAllowed for who may only work with files."""
    if role not in _MANAGERS:
        raise NotAllowed("仅所有者与管理员可办 / only owners and admins may do this")


def of_member(session: Session, account_id: uuid.UUID, *, now: datetime) -> Sequence[Membership]:
    """Every organisation somebody works for now."""
    return session.scalars(
        select(Membership)
        .where(Membership.account_id == account_id, in_force(now))
        .order_by(Membership.began_at, Membership.id)
        .limit(MOST_MEMBERS)
    ).all()


def members(session: Session, organisation_id: uuid.UUID) -> Sequence[Membership]:
    """Everybody who works or worked for it, newest first."""
    return session.scalars(
        select(Membership)
        .where(Membership.organisation_id == organisation_id)
        .order_by(Membership.began_at.desc(), Membership.id)
        .limit(2 * MOST_MEMBERS)
    ).all()


def of_role(
    session: Session,
    organisation_id: uuid.UUID,
    roles: Sequence[MemberRole],
    limit: int,
    *,
    now: datetime,
) -> Sequence[uuid.UUID]:
    """The accounts that have one of these roles now."""
    return session.scalars(
        select(Membership.account_id)
        .where(
            Membership.organisation_id == organisation_id,
            Membership.role.in_(roles),
            in_force(now),
        )
        .order_by(Membership.began_at, Membership.account_id)
        .limit(limit)
    ).all()


def change_role(
    session: Session,
    organisation_id: uuid.UUID,
    by: MemberRole,
    membership_id: uuid.UUID,
    role: str,
    valid_until: date | None,
    by_id: uuid.UUID | None = None,
    *,
    now: datetime,
) -> Membership:
    """Another role or another last day: the old row ends, a new one begins.

    Raises:
        NotAllowed, InvalidInput: as `invite`. NotFound: no such member.
        Conflict: ended already, or the last owner.
    """
    wanted = may_give(by, role)
    check_last_day(wanted, valid_until, now)
    old = _locked(session, organisation_id, membership_id)
    may_give(by, old.role)
    if old.ended_at is not None:
        raise Conflict("已不是成员 / no member any more: invite again")
    _require_another_owner(session, old, still=wanted is MemberRole.OWNER)
    old.ended_at = now
    session.flush()
    return begin(session, organisation_id, old.account_id, wanted, valid_until, by_id, now=now)


def end(
    session: Session,
    organisation_id: uuid.UUID,
    by_id: uuid.UUID,
    by: MemberRole,
    membership_id: uuid.UUID,
    *,
    now: datetime,
) -> None:
    """End a membership at once, one's own or as a manager; doing it again changes nothing.

    Raises:
        NotFound: no such member. NotAllowed: somebody else's, by no manager, or an owner's by an
            admin. Conflict: the last owner.
    """
    row = _locked(session, organisation_id, membership_id)
    if row.account_id != by_id:
        may_give(by, row.role)
    if row.ended_at is not None:
        return
    _require_another_owner(session, row, still=False)
    row.ended_at = now
    session.execute(
        update(ApiKey)
        .where(
            ApiKey.account_id == organisation_id,
            ApiKey.made_by == row.account_id,
            ApiKey.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    session.flush()
    audit.note(
        session, audit.INSTALLATION, "membership.ended", f"membership:{row.id}", by_id,
        {"of": str(organisation_id), "member": str(row.account_id)}, now=now,
    )  # fmt: skip


def begin(
    session: Session,
    organisation_id: uuid.UUID,
    account_id: uuid.UUID,
    role: MemberRole,
    valid_until: date | None,
    by_id: uuid.UUID | None = None,
    *,
    now: datetime,
) -> Membership:
    """A new membership, from now on. Whoever calls has looked whether it may be; `by_id` is the
    account that did it.
    """
    row = Membership(
        id=uuid.uuid4(),
        organisation_id=organisation_id,
        account_id=account_id,
        role=role,
        began_at=now,
        valid_until=valid_until,
    )
    session.add(row)
    session.flush()
    facts: dict[str, Json] = {
        "of": str(organisation_id), "member": str(account_id), "role": role.value,
    }  # fmt: skip
    audit.note(session, audit.INSTALLATION, "membership.begun", f"membership:{row.id}", by_id,
               facts, now=now)  # fmt: skip
    return row


def may_give(by: MemberRole, role: str) -> MemberRole:
    """The role, if somebody in role `by` may give it or take it."""
    require_manager(by)
    if role not in frozenset(MemberRole):
        raise InvalidInput(f"角色可用 / accepts: {', '.join(MemberRole)}", field="role")
    if role == MemberRole.OWNER and by is not MemberRole.OWNER:
        raise NotAllowed("仅所有者可任免所有者 / only an owner makes or ends owners", field="role")
    return MemberRole(role)


def check_last_day(role: MemberRole, valid_until: date | None, now: datetime) -> None:
    """Raises InvalidInput for a last day that has passed, or one of an owner."""
    if valid_until is None:
        return
    if role is MemberRole.OWNER:
        raise InvalidInput("所有者不设止日 / an owner has no last day", field="valid_until")
    if valid_until < day_of(now):
        raise InvalidInput("止日已过 / has passed already: give a later day", field="valid_until")


def in_force(now: datetime) -> ColumnElement[bool]:
    """Whether a membership counts at this moment."""
    return Membership.ended_at.is_(None) & or_(
        Membership.valid_until.is_(None), Membership.valid_until >= day_of(now)
    )


def _require_another_owner(session: Session, row: Membership, *, still: bool) -> None:
    body = session.get_one(Account, row.organisation_id)
    if row.role != MemberRole.OWNER or still or body.password_hash is not None:
        return
    other = session.scalar(
        select(Membership.id).where(
            Membership.organisation_id == row.organisation_id,
            Membership.role == MemberRole.OWNER,
            Membership.ended_at.is_(None),
            Membership.id != row.id,
        )
    )
    if other is None:
        raise Conflict("最后一名所有者不能离开,请先指定他人 / the last owner stays: make another")


def _locked(session: Session, organisation_id: uuid.UUID, membership_id: uuid.UUID) -> Membership:
    """A membership, while nobody else changes who owns the organisation."""
    session.scalars(select(Account.id).where(Account.id == organisation_id).with_for_update()).all()
    row = session.get(Membership, membership_id, with_for_update=True, populate_existing=True)
    if row is None or row.organisation_id != organisation_id:
        raise NotFound("没有此成员 / no such member")
    return row

"""Closing an account (注销): what stands in the way here, who closes with it, and the end itself.

Asked for by its owner, an account goes at once, and what is kept of its owner with it
(个人信息保护法 art. 47), but for what others rely on or a law wants kept (the same article,
para. 2). The row stays, as what evidence, orders, matters and the audit name by its id.

E-mail address, mobile number and user name are free afterwards, not reserved: carriers give
numbers to others, a reserved name would tell whoever tries to sign up with it that there was an
account, and what is kept to reserve it would be kept of somebody who asked for erasure. Nobody
gains by taking one: a new account is another id, and nothing of the closed one is found by a name.
"""

import uuid
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from accounts.days import day_of
from accounts.models import Account, OfficerRole
from accounts.obstacles import Obstacle
from accounts.organisation_models import Membership
from accounts.organisations import MemberRole, in_force
from accounts.person_models import Mandate
from core import audit
from core.errors import ConcurrentChange, NotAuthenticated

NAME: Final = "已注销 / closed"
"""What stands in place of a closed account's name."""


def require_open(session: Session, *account_ids: uuid.UUID) -> None:
    """Keep these accounts from being closed until this transaction ends. Before any other lock:
    whoever closes an account holds it, and then waits for what is locked after it.

    Raises:
        NotAuthenticated: closed just now, as every session of it is.
    """
    for account_id in sorted(set(account_ids)):
        closed_at = session.scalar(
            select(Account.closed_at)
            .where(Account.id == account_id)
            .with_for_update(read=True, key_share=True)
        )
        if closed_at is not None:
            raise is_closed()


def is_closed() -> NotAuthenticated:
    """What whoever comes too late is told: the same as for any session that has ended."""
    return NotAuthenticated("请登录 / sign in")


def with_it(session: Session, account_id: uuid.UUID, *, now: datetime) -> list[uuid.UUID]:
    """The organisations that close with an account: nobody else works for them."""
    return [
        each for each in _owned_alone(session, account_id)
        if not _others(session, each, [account_id], now=now)
    ]  # fmt: skip


def hold(session: Session, account_id: uuid.UUID, *, now: datetime) -> Sequence[Account]:
    """Lock an account and what closes with it, the account first in the answer.

    Organisations are locked before their members, as everywhere, and all that it owns: of two
    owners who leave at once one stays the last.

    Raises:
        NotAuthenticated: closed already. ConcurrentChange: somebody joined or left meanwhile.
    """
    owned = sorted(_owned(session, account_id))
    for each in (*owned, account_id):
        session.get_one(Account, each, with_for_update=True, populate_existing=True)
    if session.get_one(Account, account_id).closed_at is not None:
        raise is_closed()
    if sorted(_owned(session, account_id)) != owned:
        raise ConcurrentChange("单位成员刚有变动,请重试 / members have just changed: try again")
    together = [account_id, *with_it(session, account_id, now=now)]
    return [session.get_one(Account, each) for each in together]


def obstacles(
    session: Session, account_id: uuid.UUID, together: Collection[uuid.UUID], *, now: datetime
) -> Iterator[Obstacle]:
    """Duties that others count on: as an officer, as an owner, under mandates. `together` is
    everything that closes at once.
    """
    offices = session.scalars(
        select(OfficerRole.office)
        .where(OfficerRole.account_id == account_id, OfficerRole.ended_at.is_(None))
        .distinct()
        .order_by(OfficerRole.office)
    ).all()
    if offices:
        yield Obstacle(
            "officer_role", "仍任登记机构工作人员", "still an officer of a copyright office",
            "请由该机构的主管先解除职责", "let a supervisor of that office end the role first",
            tuple(offices),
        )  # fmt: skip
    bodies = [account_id, *_owned_alone(session, account_id)]
    if peopled := [each for each in bodies if _others(session, each, together, now=now)]:
        yield Obstacle(
            "sole_owner", "单位尚有其他成员,而您是唯一所有者",
            "the only owner of an organisation that others work for",
            "请先指定另一所有者,或请各成员退出", "make another owner, or end the other memberships",
            tuple(str(each) for each in peopled),
        )  # fmt: skip
    yield from _mandates(session, account_id, now=now)


def end(
    session: Session, account: Account, by: uuid.UUID, *, erase_files: bool, now: datetime
) -> None:
    """The last step: nothing of the row says who it was, and it never changes again. Its caller
    holds it (`hold`) and has let go of everything else (`accounts.forgetting`).
    """
    session.flush()
    session.execute(
        update(Account)
        .where(Account.id == account.id, Account.closed_at.is_(None))
        .values(
            email=None, mobile=None, user_name=None, email_confirmed_at=None,
            mobile_confirmed_at=None, password_hash=None, transaction_password_hash=None,
            referrer_id=None, name=NAME, closed_at=now, erase_files=erase_files,
        )
    )  # fmt: skip
    audit.note(session, audit.INSTALLATION, "account.closed", f"account:{account.id}", by,
               {"erase_files": erase_files}, now=now)  # fmt: skip


def _mandates(session: Session, account_id: uuid.UUID, *, now: datetime) -> Iterator[Obstacle]:
    """Those that are in force, or will be."""
    live = (Mandate.revoked_at.is_(None), Mandate.valid_until >= day_of(now))
    for code, column, chinese, english in (
        ("mandate_given", Mandate.principal_id, "给予代理人的委托仍有效",
         "a mandate given is in force"),
        ("mandate_taken", Mandate.agent_id, "受托办理的委托仍有效", "a mandate taken is in force"),
    ):  # fmt: skip
        found = session.scalars(
            select(Mandate.id).where(column == account_id, *live).order_by(Mandate.id)
        ).all()
        if found:
            yield Obstacle(
                code, chinese, english, "请先解除委托", "revoke it, DELETE /api/v1/mandates/{id}",
                tuple(str(each) for each in found),
            )  # fmt: skip


def _owned(session: Session, account_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Organisations of which somebody is an owner."""
    return session.scalars(
        select(Membership.organisation_id).where(
            Membership.account_id == account_id,
            Membership.role == MemberRole.OWNER,
            Membership.ended_at.is_(None),
        )
    ).all()


def _owned_alone(session: Session, account_id: uuid.UUID) -> list[uuid.UUID]:
    """Of these, those without another owner; a body that signs in by itself is its own."""
    return [
        each for each in sorted(_owned(session, account_id))
        if session.get_one(Account, each).password_hash is None
        and session.scalar(
            select(Membership.id)
            .where(
                Membership.organisation_id == each,
                Membership.role == MemberRole.OWNER,
                Membership.ended_at.is_(None),
                Membership.account_id != account_id,
            )
            .limit(1)
        )
        is None
    ]  # fmt: skip


def _others(
    session: Session, organisation_id: uuid.UUID, besides: Collection[uuid.UUID], *, now: datetime
) -> Sequence[uuid.UUID]:
    """Who works for it now, without these."""
    return session.scalars(
        select(Membership.account_id).where(
            Membership.organisation_id == organisation_id,
            Membership.account_id.not_in(besides),
            in_force(now),
        )
    ).all()

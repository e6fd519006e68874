"""What an account is: chosen once by its owner, changed afterwards by staff only, with papers."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from accounts import ties
from accounts.models import Account
from accounts.person_models import KindChange, Mandate, Paper
from accounts.staff import Officer, Role
from core import audit
from core.canonical import Json
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.lifecycle import Lifecycle, move
from core.text import clean_text

_MOST: Final = 300


class AccountKind(StrEnum):
    INDIVIDUAL = "individual"  # 个人
    ENTERPRISE = "enterprise"  # 企业
    ORGANISATION = "organisation"  # 其他组织
    AGENT_FIRM = "agent_firm"  # 代理公司
    AGENT_LAWYER = "agent_lawyer"  # 代理律师


AGENTS: Final = frozenset({AccountKind.AGENT_FIRM, AccountKind.AGENT_LAWYER})
BODIES: Final = frozenset(
    {AccountKind.ENTERPRISE, AccountKind.ORGANISATION, AccountKind.AGENT_FIRM}
)


class KindChangeStatus(StrEnum):
    REQUESTED = "requested"  # the office's supervisor
    GRANTED = "granted"
    REFUSED = "refused"


CHANGES: Final = Lifecycle[KindChangeStatus](
    "kind_change",
    {
        KindChangeStatus.REQUESTED: frozenset({KindChangeStatus.GRANTED, KindChangeStatus.REFUSED}),
        KindChangeStatus.GRANTED: frozenset(),
        KindChangeStatus.REFUSED: frozenset(),
    },
)


def choose(session: Session, account_id: uuid.UUID, kind: str) -> None:
    """Say what the account is, once.

    Raises:
        InvalidInput: no such kind. NotAllowed: agents are confirmed by staff. Conflict: chosen.
    """
    wanted = _kind(kind)
    if wanted in AGENTS:
        raise NotAllowed(
            "代理机构与代理律师须先选其他类别,再提交资质材料由工作人员确认 / "
            "agents are confirmed by staff: choose another kind, then ask for the change",
            field="kind",
        )
    chosen = session.scalar(
        update(Account)
        .where(Account.id == account_id, Account.kind.is_(None))
        .values(kind=wanted)
        .returning(Account.id)
    )
    if chosen is None:
        raise Conflict(
            "类别选定后不能自行更改,请提交变更申请 / chosen already: ask staff for a change",
            field="kind",
        )


def request_change(
    session: Session,
    account_id: uuid.UUID,
    office: str,
    kind: str,
    reason: str,
    paper_id: uuid.UUID,
    *,
    now: datetime,
) -> KindChange:
    """Ask an office's staff for another kind, with a paper that shows it.

    An agent of one office asks another office in the same way to confirm it there.

    Raises:
        InvalidInput: no such kind, or the one it is. NotFound: no such paper of this account.
        Conflict: a request waits already.
    """
    wanted = _kind(kind)
    account = session.scalars(
        select(Account).where(Account.id == account_id).with_for_update()
    ).one()
    elsewhere = wanted in AGENTS and not confirmed_at(session, account_id, office)
    if account.kind == wanted and not elsewhere:
        raise InvalidInput("已是该类别 / the account is of this kind already", field="kind")
    paper = session.get(Paper, paper_id)
    if paper is None or paper.account_id != account_id or paper.erased_at is not None:
        raise NotFound("材料不存在 / no such paper", field="paper_id")
    waiting = select(KindChange.id).where(
        KindChange.account_id == account_id, KindChange.status == KindChangeStatus.REQUESTED
    )
    if session.scalar(waiting) is not None:
        raise Conflict("已有待处理的申请 / a request waits already: wait for its outcome")
    row = KindChange(
        id=uuid.uuid4(),
        account_id=account_id,
        office=office,
        wanted=wanted,
        reason=clean_text(reason, "reason", _MOST),
        paper_id=paper_id,
        requested_at=now,
        status=KindChangeStatus.REQUESTED,
    )
    session.add(row)
    session.flush()
    return row


def decide_change(
    session: Session,
    by: Officer,
    change_id: uuid.UUID,
    *,
    grant: bool,
    ground: str,
    now: datetime,
) -> None:
    """A supervisor's decision on a request. Mandates end with the standing of an agent.

    Raises:
        NotAllowed: no supervisor, or the request of the supervisor or of whom the supervisor works
            for. NotFound: none of this office.
        IllegalTransition, ConcurrentChange: decided already.
    """
    by.require(Role.SUPERVISOR)
    row = at_office(session, by, change_id)
    account = session.get_one(Account, row.account_id)
    if ties.is_own(session, by, account):
        raise NotAllowed("不得决定自己的申请 / nobody decides their own request")
    if ties.works_for(session, by, account, row.requested_at):
        raise NotAllowed(
            "不得决定本单位的申请 / nobody decides a request of the organisation they work for"
        )
    move(
        session,
        CHANGES,
        KindChange,
        row.id,
        was=KindChangeStatus(row.status),
        to=KindChangeStatus.GRANTED if grant else KindChangeStatus.REFUSED,
        reason="decided",
        now=now,
        decided_at=now,
        decided_by=by.account_id,
        ground=clean_text(ground, "ground", _MOST),
    )
    if grant:
        if account.kind in AGENTS and row.wanted not in AGENTS:
            _end_mandates(session, by, account.id, now=now)
        account.kind = row.wanted
        session.flush()
    facts: dict[str, Json] = {"of": str(account.id), "wanted": row.wanted, "granted": grant}
    audit.note(session, audit.of_office(by.office), "account.kind_decided",
               f"kind_change:{row.id}", by.account_id, facts, now=now)  # fmt: skip


def _end_mandates(session: Session, by: Officer, agent_id: uuid.UUID, *, now: datetime) -> None:
    """Who is no confirmed agent any more has none of the mandates that were given to one;
    principals may give new ones, to somebody they know by name.
    """
    held = select(Mandate).where(Mandate.agent_id == agent_id, Mandate.revoked_at.is_(None))
    for row in session.scalars(held.with_for_update()):
        row.revoked_at = now
        audit.note(session, audit.INSTALLATION, "mandate.revoked", f"mandate:{row.id}",
                   by.account_id, now=now)  # fmt: skip


def confirmed_at(session: Session, account_id: uuid.UUID, office: str) -> bool:
    """Whether the office's own staff confirmed this account as the agent that it is now."""
    found = session.scalar(
        select(KindChange.id)
        .join(Account, Account.id == KindChange.account_id)
        .where(
            KindChange.account_id == account_id,
            KindChange.office == office,
            KindChange.status == KindChangeStatus.GRANTED,
            KindChange.wanted == Account.kind,
            Account.kind.in_(AGENTS),
        )
    )
    return found is not None


def of_account(session: Session, account_id: uuid.UUID) -> Sequence[KindChange]:
    """Every request of an account, newest first."""
    return session.scalars(
        select(KindChange)
        .where(KindChange.account_id == account_id)
        .order_by(KindChange.requested_at.desc(), KindChange.id)
        .limit(100)
    ).all()


def waiting(session: Session, by: Officer, limit: int) -> Sequence[KindChange]:
    """What waits for the office's supervisors, longest first."""
    by.require(Role.SUPERVISOR)
    return session.scalars(
        select(KindChange)
        .where(KindChange.office == by.office, KindChange.status == KindChangeStatus.REQUESTED)
        .order_by(KindChange.requested_at, KindChange.id)
        .limit(limit)
    ).all()


def at_office(session: Session, by: Officer, change_id: uuid.UUID) -> KindChange:
    """A request to the officer's office, or NotFound."""
    row = session.get(KindChange, change_id)
    if row is None or row.office != by.office:
        raise NotFound("没有此申请 / no such request")
    return row


def _kind(kind: str) -> AccountKind:
    try:
        return AccountKind(kind)
    except ValueError as error:
        raise InvalidInput(
            f"类别须为其中之一 / must be one of: {', '.join(AccountKind)}", field="kind"
        ) from error

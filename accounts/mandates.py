"""Mandates: a party's dated authority for an agent. Looked at for every request, never remembered.

An agent is whom staff confirmed as one, or anybody verified whom the party can name: whoever is not
the owner may file for the owner (TJ-110). Which of them an office admits, its rules say. Days are
inclusive and those of Asia/Shanghai. Revoking works at once.
"""

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from accounts import identity
from accounts.days import day_of
from accounts.kinds import AGENTS, confirmed_at
from accounts.models import Account
from accounts.person_models import Mandate
from accounts.persons import same_person
from core import audit
from core.db import lock
from core.errors import InvalidInput, NotAllowed, NotFound

_LONGEST_DAYS: Final = 3660


class MandateScope(StrEnum):
    DEPOSIT = "deposit"  # 存证
    REGISTER = "register"  # 登记
    SIGN = "sign"  # 代为签署
    AFTERWARDS = "afterwards"  # 变更、补证、查询等


def grant(
    session: Session,
    principal_id: uuid.UUID,
    agent_id: uuid.UUID,
    scopes: Iterable[str],
    valid_from: date,
    valid_until: date,
    offices: Collection[str] = (),
    agent_name: str | None = None,
    *,
    now: datetime,
) -> Mandate:
    """The principal gives an agent authority for these days, at these offices; at any when none.
    `agent_name` is as for `require_agent`.

    Raises:
        InvalidInput: no or unknown scopes, impossible days, nobody who can be an agent, or the
            agent is the principal.
    """
    wanted = sorted(set(scopes))
    if not wanted or not set(wanted) <= frozenset(MandateScope):
        raise InvalidInput(f"事项可用 / accepts: {', '.join(MandateScope)}", field="scopes")
    if valid_until < valid_from:
        raise InvalidInput("止日早于起日 / ends before it begins", field="valid_until")
    if valid_until < day_of(now):
        raise InvalidInput("止日已过 / has ended already: give a later day", field="valid_until")
    if (valid_until - valid_from).days > _LONGEST_DAYS:
        raise InvalidInput("至多十年 / at most ten years", field="valid_until")
    require_agent(session, session.get(Account, agent_id), agent_name, now=now)
    if same_person(session, principal_id, agent_id):
        raise InvalidInput("不能委托自己 / nobody is their own agent", field="agent")
    row = Mandate(
        id=uuid.uuid4(),
        principal_id=principal_id,
        agent_id=agent_id,
        scopes=wanted,
        offices=sorted(set(offices)),
        valid_from=valid_from,
        valid_until=valid_until,
        granted_at=now,
    )
    session.add(row)
    session.flush()
    audit.note(session, audit.INSTALLATION, "mandate.granted", f"mandate:{row.id}", principal_id,
               {"agent": str(agent_id), "scopes": [*wanted]}, now=now)  # fmt: skip
    return row


def require_agent(
    session: Session, agent: Account | None, name: str | None, *, now: datetime
) -> None:
    """Whether this account can be given a mandate by somebody who calls its owner so.

    Of whom staff confirmed, nothing more is asked. Everybody else has to be verified, and by just
    this name: an address alone tells nobody whether it has an account, nor whose.

    Raises:
        InvalidInput: no such account, not verified, or under another name.
    """
    if agent is not None and agent.kind in AGENTS:
        return
    held = None if agent is None else identity.current(session, agent.id)
    if held is None or identity.expired(held, now) or name is None or held.name != name.strip():
        raise InvalidInput(
            "对方既不是经工作人员确认的代理机构或律师,也不是以 agent_name 实名认证的账号:请核对"
            "联系方式与姓名,并请对方先完成实名认证 / neither an agent confirmed by staff nor an "
            "account verified by the name in agent_name: check address and name, and have the "
            "agent verified first",
            field="agent",
        )


def revoke(
    session: Session, account_id: uuid.UUID, mandate_id: uuid.UUID, *, now: datetime
) -> None:
    """End a mandate at once, by either side; doing it again changes nothing."""
    row = visible(session, account_id, mandate_id)
    lock(session, row)
    if row.revoked_at is None:
        row.revoked_at = now
        audit.note(session, audit.INSTALLATION, "mandate.revoked", f"mandate:{row.id}", account_id,
                   now=now)  # fmt: skip
    session.flush()


def visible(session: Session, account_id: uuid.UUID, mandate_id: uuid.UUID) -> Mandate:
    """A mandate the account gave or has, or NotFound."""
    row = session.get(Mandate, mandate_id)
    if row is None or account_id not in {row.principal_id, row.agent_id}:
        raise NotFound("没有此委托 / no such mandate")
    return row


def of_account(session: Session, account_id: uuid.UUID) -> Sequence[Mandate]:
    """Every mandate the account gave or has, newest first."""
    return session.scalars(
        select(Mandate)
        .where(or_(Mandate.principal_id == account_id, Mandate.agent_id == account_id))
        .order_by(Mandate.granted_at.desc(), Mandate.id)
        .limit(500)
    ).all()


def in_force(row: Mandate, now: datetime) -> bool:
    """Whether it gives authority at this moment."""
    return row.revoked_at is None and row.valid_from <= day_of(now) <= row.valid_until


def is_agent(session: Session, agent_id: uuid.UUID) -> bool:
    """Whether this account can act under a mandate: staff confirmed it, or it is verified."""
    agent = session.get(Account, agent_id)
    if agent is None:
        return False
    return agent.kind in AGENTS or identity.current(session, agent_id) is not None


def authority(
    session: Session,
    agent_id: uuid.UUID,
    principal_id: uuid.UUID,
    scope: MandateScope | None = None,
    office: str | None = None,
    *,
    now: datetime,
) -> Mandate:
    """The mandate by which the agent may do this now. Ask it again for each request.

    Without a scope any mandate will do: to see what the agent itself did. Without an office the
    act belongs to none.

    Raises:
        NotFound: none in force, or the agent is not known any more. What the principal owns does
            not exist for who has no mandate.
    """
    if is_agent(session, agent_id):
        rows = session.scalars(
            select(Mandate)
            .where(Mandate.agent_id == agent_id, Mandate.principal_id == principal_id)
            .order_by(Mandate.valid_until.desc(), Mandate.id)
            .execution_options(populate_existing=True)
        )
        for row in rows:
            here = office is None or not row.offices or office in row.offices
            if here and in_force(row, now) and (scope is None or scope in row.scopes):
                return row
    raise NotFound("没有有效的委托 / no mandate in force")


def require_admitted(session: Session, agent_id: uuid.UUID, office: str, rule: str) -> None:
    """Whether an office lets this agent file at all. `rule` is what its profile says of agents:
    under `mandate` any agent may who has one.

    Raises:
        NotAllowed: it takes no agents, or only those whose standing its own staff confirmed.
    """
    if rule == "none":
        raise NotAllowed(
            "本机构不受理代理申请,请由著作权人本人申请 / this office takes no agents: "
            "the owner applies in person",
            field="office",
        )
    if rule == "confirmed" and not confirmed_at(session, agent_id, office):
        raise NotAllowed(
            "代理资质未经本机构确认,请先提交资质材料 / this office has not confirmed the agent: "
            "ask its staff for it, with papers",
            field="office",
        )

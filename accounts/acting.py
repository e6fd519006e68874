"""For whom somebody acts: an organisation, by membership; a principal, by mandate.

Looked at for every request and never remembered: who was a member or an agent a moment ago finds
nothing now (404). What one may do then is a set of powers: the scopes of API keys, and two that
only people at a browser have.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts import mandates, organisations
from accounts.keys import ALL_SCOPES, DEPOSIT, READ, REGISTER
from accounts.mandates import MandateScope
from accounts.organisations import MemberRole
from accounts.person_models import Mandate
from core.errors import NotFound

PARTIES: Final = "parties"
"""Rights holders of the account: see, add, change."""

MANAGE: Final = "manage"
"""Who the account is and who acts for it: identity, members, mandates, addresses."""

BY_ROLE: Final[Mapping[MemberRole, frozenset[str]]] = {
    MemberRole.OWNER: ALL_SCOPES | {PARTIES, MANAGE},
    MemberRole.ADMIN: ALL_SCOPES | {PARTIES, MANAGE},
    MemberRole.FILER: frozenset({READ, DEPOSIT, REGISTER, PARTIES}),
    MemberRole.VIEWER: frozenset({READ}),
}
BY_MANDATE: Final[Mapping[MandateScope, frozenset[str]]] = {
    MandateScope.DEPOSIT: frozenset({READ, DEPOSIT}),
    MandateScope.REGISTER: frozenset({READ, REGISTER, PARTIES}),
    MandateScope.SIGN: frozenset({READ}),
    MandateScope.AFTERWARDS: frozenset({READ}),
}


@dataclass(frozen=True)
class Acting:
    """`agent_id` is whose mandate it is, when it is one: only what this agent made is seen."""

    account_id: uuid.UUID
    powers: frozenset[str]
    agent_id: uuid.UUID | None = None


def acting_for(
    session: Session, actor_id: uuid.UUID, account_id: uuid.UUID, *, now: datetime
) -> Acting:
    """What the actor may do for this account at this moment.

    A member of an agent firm acts under the firm's mandates, as far as the member's own role goes.

    Raises:
        NotFound: nothing; an account that does not exist is answered in the same way.
    """
    role = organisations.role_of(session, account_id, actor_id, now=now)
    if role is not None:
        return Acting(account_id, BY_ROLE[role])
    for agent_id, most in _agents(session, actor_id, now=now):
        found = [row for row in _mandates(session, agent_id, account_id)
                 if mandates.in_force(row, now)]  # fmt: skip
        if found and mandates.is_agent(session, agent_id):
            scopes = {MandateScope(scope) for row in found for scope in row.scopes}
            powers = frozenset().union(*(BY_MANDATE[scope] for scope in scopes))
            return Acting(account_id, powers & most, agent_id)
    raise NotFound("没有此账号,或您不能代其办理 / no such account, or nothing you may do for it")


def _agents(
    session: Session, actor_id: uuid.UUID, *, now: datetime
) -> list[tuple[uuid.UUID, frozenset[str]]]:
    """Whose mandates the actor can use: the actor's own, and those of firms it works for."""
    firms = organisations.of_member(session, actor_id, now=now)
    return [
        (actor_id, BY_ROLE[MemberRole.OWNER]),
        *((row.organisation_id, BY_ROLE[MemberRole(row.role)]) for row in firms),
    ]


def _mandates(session: Session, agent_id: uuid.UUID, principal_id: uuid.UUID) -> list[Mandate]:
    return list(
        session.scalars(
            select(Mandate)
            .where(Mandate.agent_id == agent_id, Mandate.principal_id == principal_id)
            .execution_options(populate_existing=True)
        )
    )

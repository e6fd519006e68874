"""Agents in matters: who may file for whom, and that the form says the same.

A mandate in force is asked for at each request; here are the office's own rule (agents with a
mandate, only those its staff confirmed, or none), the form and the power of attorney, and that
nobody files for itself or a rival what it files for its principal.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from accounts import identity, mandates
from accounts.days import day_of
from accounts.mandates import MandateScope
from accounts.models import Account, Person
from accounts.person_models import Mandate, Party
from accounts.persons import same_person
from core.errors import InvalidInput, NotAllowed
from evidence.models import Evidence, StatementFile
from registry.form import Form
from registry.lifecycle import MatterState
from registry.models import Matter
from registry.profile import Profile

_LIVE = frozenset(MatterState) - {
    MatterState.WITHDRAWN, MatterState.LAPSED, MatterState.REFUSED,
}  # fmt: skip


def require_admitted(
    session: Session, agent_id: uuid.UUID, applicant_id: uuid.UUID, profile: Profile, *,
    now: datetime,
) -> None:  # fmt: skip
    """Whether this agent may file for this applicant at this office now.

    Raises:
        NotFound: no mandate to register there in force.
        NotAllowed: the office takes no agents, or has not confirmed this one.
    """
    mandates.authority(session, agent_id, applicant_id, MandateScope.REGISTER, profile.key, now=now)
    mandates.require_admitted(session, agent_id, profile.key, profile.filing.agents)


def require_fit(
    session: Session, matter: Matter, profile: Profile, form: Form, *, now: datetime
) -> None:
    """The form says who files it, and that is so.

    Raises:
        InvalidInput: the form names an agent where none files, none where one does, or another one.
        NotFound, NotAllowed: as `require_admitted`; or the agent is itself an owner.
    """
    by_agent = form.filed_by == "agent"
    if matter.agent_id is None:
        if by_agent:
            raise InvalidInput(
                "代理申请须由代理人凭有效委托提交;本人办理请改为 owner / an agent files under a "
                "mandate; whoever files in person says: owner",
                field="filed_by",
            )
        return
    if not by_agent:
        raise InvalidInput(
            "由代理人办理,请改为 agent 并填写代理人信息 / an agent files this: say agent, and who",
            field="filed_by",
        )
    require_admitted(session, matter.agent_id, matter.applicant_id, profile, now=now)
    agent = session.get_one(Account, matter.agent_id)
    held = identity.current(session, agent.id)
    name = agent.name if held is None else held.name
    if form.agent is None or form.agent.name != name:
        raise InvalidInput(
            "代理人名称须与其实名认证的名称一致 / must be the name the agent was verified by",
            field="agent.name",
        )
    if same_person(session, matter.applicant_id, agent.id) or _owns(session, agent, form):
        raise NotAllowed(
            "代理人不得同时为著作权人,请以本人名义申请 / an agent is no owner of the work: "
            "file in one's own name",
            field="owners",
        )


def require_no_rival(session: Session, matter: Matter, evidence: Evidence) -> None:
    """An agent never files for itself, or for another principal, what it files for one.

    Raises:
        NotAllowed: a live matter has one of these files: the agent's for somebody else or its own;
            or, of who files in person, one filed as an agent.
    """
    filer = matter.agent_id or matter.applicant_id
    rivals = Matter.agent_id == filer
    if matter.agent_id is not None:
        rivals |= Matter.applicant_id == filer
    mine, theirs = aliased(StatementFile), aliased(StatementFile)
    rival = session.scalar(
        select(Matter.id)
        .join(theirs, theirs.evidence_id == Matter.evidence_id)
        .join(mine, mine.sha256 == theirs.sha256)
        .where(
            mine.evidence_id == evidence.id,
            Matter.id != matter.id,
            Matter.applicant_id != matter.applicant_id,
            rivals,
            Matter.status.in_([state.value for state in _LIVE]),
        )
        .limit(1)
    )
    if rival is not None:
        raise NotAllowed(
            "您已为他人或本人就同一文件提出申请,存在利益冲突 / a conflict of interest: you have "
            "filed the same file for somebody else or for yourself",
            field="evidence_number",
        )


def filed_by(
    session: Session,
    agent_id: uuid.UUID,
    after: uuid.UUID | None,
    limit: int,
    only: Sequence[ColumnElement[bool]] = (),
    *,
    now: datetime,
) -> Sequence[Matter]:
    """What an agent files for principals whose mandate is in force, the nearest due first; `after`
    is the last id of the page before, `only` are further conditions.

    What has no due date comes after, newest first.

    Raises:
        InvalidInput: `after` is no matter that this agent files.
    """
    if not mandates.is_agent(session, agent_id):
        return []
    query = select(Matter).where(
        Matter.agent_id == agent_id, exists().where(_mandated(agent_id, now)), *only
    )
    if after is not None:
        edge = session.get(Matter, after)
        if edge is None or edge.agent_id != agent_id:
            raise InvalidInput("游标无效 / no such cursor", field="cursor")
        query = query.where(_behind(edge))
    return session.scalars(
        query.order_by(Matter.due_at.asc().nulls_last(), Matter.created_at.desc(), Matter.id).limit(
            limit
        )
    ).all()


def _behind(edge: Matter) -> ColumnElement[bool]:
    """What comes after a matter in the order of `filed_by`."""
    newer = (Matter.created_at < edge.created_at) | (
        (Matter.created_at == edge.created_at) & (Matter.id > edge.id)
    )
    if edge.due_at is None:
        return Matter.due_at.is_(None) & newer
    later = Matter.due_at.is_(None) | (Matter.due_at > edge.due_at)
    return later | ((Matter.due_at == edge.due_at) & newer)


def _mandated(agent_id: uuid.UUID, now: datetime) -> ColumnElement[bool]:
    """A mandate for the office of the matter at hand; as `mandates.authority` asks for one."""
    today = day_of(now)
    return (
        (Mandate.agent_id == agent_id)
        & (Mandate.principal_id == Matter.applicant_id)
        & Mandate.revoked_at.is_(None)
        & (Mandate.valid_from <= today)
        & (Mandate.valid_until >= today)
        & or_(
            func.jsonb_array_length(Mandate.offices) == 0,
            func.jsonb_exists(Mandate.offices, Matter.office),
        )
    )


def _owns(session: Session, agent: Account, form: Form) -> bool:
    """Whether an owner of the form is the agent: by name, or by the document of a known party."""
    if agent.name in {owner.name for owner in form.owners}:
        return True
    named = [_uuid(owner.party) for owner in form.owners if owner.party is not None]
    indexes = session.scalars(
        select(Party.number_index).where(Party.id.in_([each for each in named if each is not None]))
    ).all()
    own = None if agent.person_id is None else session.get_one(Person, agent.person_id)
    return own is not None and own.identity_index in indexes


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None

"""Finding one's own: a matter by any of its numbers however typed, matters by state, day and title,
certificates by title or number.

Numbers are read as people type them: full width, spaces, small letters, other dashes, O for 0.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from core.errors import InvalidInput, NotFound
from core.lifecycle import Transition
from core.paging import MOST_TYPED, holds
from core.text import as_typed
from evidence import deposits
from evidence import numbers as evidence_numbers
from evidence.models import Evidence
from registry import registering, tables
from registry.lifecycle import MatterState
from registry.matters import MATTER
from registry.models import Matter, Registration, SoftwareCertificateNumber
from registry.numbering import (
    BEIJING,
    parse_acceptance_number,
    parse_registration_number,
    parse_software_number,
)

_S = MatterState
GROUPS: Final = {
    "in_progress": (
        _S.DRAFT, _S.SIGNING, _S.PAYMENT, _S.SUBMITTED, _S.FIRST_EXAMINATION, _S.RETURNED,
        _S.PASSED, _S.FINAL_EXAMINATION,
    ),
    "completed": (_S.REGISTERED,),
    "not_passed": (_S.REFUSED, _S.LAPSED, _S.WITHDRAWN),
}  # fmt: skip
"""登记中, 登记完成, 未通过 (TJ-76…TJ-78): every state is in one of them."""


@dataclass(frozen=True)
class Filter:
    """What a list of matters is limited to; days are those at the office, both included."""

    states: Sequence[MatterState] = ()
    since: date | None = None
    until: date | None = None
    title: str = ""
    office: str | None = None
    applicant_id: uuid.UUID | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """For a query of matters; a matter's day is that of its beginning."""
        found: list[ColumnElement[bool]] = []
        if self.states:
            found.append(Matter.status.in_([each.value for each in self.states]))
        if self.since is not None:
            found.append(Matter.created_at >= _midnight(self.since))
        if self.until is not None and self.until < date.max:
            found.append(Matter.created_at < _midnight(self.until + timedelta(days=1)))
        if self.title.strip():
            found.append(holds(Matter.form["title"].astext, self.title))
        if self.office is not None:
            found.append(Matter.office == self.office)
        if self.applicant_id is not None:
            found.append(Matter.applicant_id == self.applicant_id)
        return found


@dataclass(frozen=True)
class Found:
    """What a number names: a matter, or an evidence that no matter was filed with."""

    matter: Matter | None
    evidence: Evidence | None


@dataclass(frozen=True)
class Entered:
    """A registration of one's own, and the matter it came from."""

    registration: Registration
    matter: Matter


def find(session: Session, account_id: uuid.UUID, agent_id: uuid.UUID | None, typed: str) -> Found:
    """One's own matter or evidence by acceptance number, registration number or evidence number.

    Raises:
        InvalidInput: none of these; the remedy shows what each looks like.
        NotFound: nothing of this account has it.
    """
    text = _spelled(typed)
    for read, look in _KINDS:
        number = read(text)
        if number is not None:
            found = look(session, account_id, number)
            if found is None or not _seen(found, agent_id):
                break
            return found
    else:
        raise InvalidInput(
            "请输入受理号(SL-7K2M-9QXT-04RD)、登记号(国作登字-2019-F-00916679)或存证编号"
            "(YJ-…) / an acceptance number, a registration number or an evidence number",
            field="q",
        )
    raise NotFound(
        "您的账号下没有此编号,请核对编号与登录账号 / nothing of this account has this number: "
        "check the number, and with which account you are signed in"
    )


def applicant_of(session: Session, typed: str) -> uuid.UUID | None:
    """Whose matter an acceptance or a registration number names; None: nobody's, or neither."""
    text = _spelled(typed)
    if (number := _acceptance(text)) is not None:
        return session.scalar(select(Matter.applicant_id).where(Matter.number == number))
    if (number := _registration(text)) is not None:
        return session.scalar(
            select(Matter.applicant_id)
            .join(Registration, Registration.matter_id == Matter.id)
            .where(registering.numbered((number,)))
        )
    return None


def numbered(typed: str) -> ColumnElement[bool]:
    """Of matters: the one that an acceptance or a registration number names, however it is typed.

    Raises:
        InvalidInput: it is neither; the field is `number`.
    """
    text = _spelled(typed)
    if (number := _acceptance(text)) is not None:
        return Matter.number == number
    if (number := _registration(text)) is not None:
        named = registering.numbered((number,))
        return Matter.id.in_(select(Registration.matter_id).where(named))
    raise InvalidInput(
        "请输入受理号(SL-…)或登记号 / an acceptance number or a registration number",
        field="number",
    )


def counted(
    session: Session, account_id: uuid.UUID, agent_id: uuid.UUID | None
) -> Mapping[MatterState, int]:
    """How many matters of one's own, or of those an agent files here, are in each state."""
    query = select(Matter.status, func.count()).where(Matter.applicant_id == account_id)
    if agent_id is not None:
        query = query.where(Matter.agent_id == agent_id)
    found = dict(session.execute(query.group_by(Matter.status)).all())
    return {state: found.get(state.value, 0) for state in MatterState}


def history(session: Session, matter_id: uuid.UUID) -> Sequence[Transition]:
    """Every step of a matter, in order."""
    return session.scalars(
        select(Transition)
        .where(Transition.subject == matter_id, Transition.lifecycle == MATTER.name)
        .order_by(Transition.id)
    ).all()


def since(session: Session, matter: Matter) -> datetime:
    """Since when a matter is in its present state."""
    last = session.scalar(
        select(Transition.at)
        .where(Transition.subject == matter.id, Transition.lifecycle == MATTER.name)
        .order_by(Transition.id.desc())
        .limit(1)
    )
    return last or matter.created_at


def certificates(
    session: Session,
    account_id: uuid.UUID,
    agent_id: uuid.UUID | None,
    typed: str,
    offset: int,
    limit: int,
) -> tuple[int, Sequence[Entered]]:
    """How many registrations of one's own match title or number, and a page of them, newest first.

    Nothing typed matches all.
    """
    query = (
        select(Registration, Matter)
        .join(Matter, Matter.id == Registration.matter_id)
        .outerjoin(
            SoftwareCertificateNumber,
            SoftwareCertificateNumber.registration_id == Registration.id,
        )
        .where(Matter.applicant_id == account_id)
    )
    if agent_id is not None:
        query = query.where(Matter.agent_id == agent_id)
    if typed.strip():
        text = as_typed(typed[:MOST_TYPED])
        number = "".join(text.split()).upper()
        query = query.where(
            or_(
                holds(Matter.form["title"].astext, typed),
                holds(Registration.number, number),
                holds(func.replace(Registration.number, "-", ""), number.replace("-", "")),
                holds(SoftwareCertificateNumber.number, number),
            )
        )
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.execute(
        query.order_by(Registration.registered_at.desc(), Registration.id)
        .offset(offset)
        .limit(limit)
    )
    return total, [Entered(registration, matter) for registration, matter in rows]


def names_a_matter(typed: str) -> bool:
    """Whether it is spelled as an acceptance or a registration number is."""
    text = _spelled(typed)
    return _acceptance(text) is not None or _registration(text) is not None


def _spelled(typed: str) -> str:
    text = as_typed(typed[:MOST_TYPED])
    return " ".join(text.split())


def _acceptance(text: str) -> str | None:
    """A notice's number leads to its matter too."""
    try:
        return parse_acceptance_number(text.partition("/")[0])
    except InvalidInput:
        return None


def _registration(text: str) -> str | None:
    try:
        return str(parse_registration_number(text, tables.areas()))
    except InvalidInput:
        pass
    try:
        return str(parse_software_number(text))
    except InvalidInput:
        return None


def _evidence(text: str) -> str | None:
    try:
        return evidence_numbers.normalise(text)
    except InvalidInput:
        return None


def _by_acceptance(session: Session, account_id: uuid.UUID, number: str) -> Found | None:
    return _own(
        session.scalar(
            select(Matter).where(Matter.number == number, Matter.applicant_id == account_id)
        )
    )


def _by_registration(session: Session, account_id: uuid.UUID, number: str) -> Found | None:
    return _own(
        session.scalar(
            select(Matter)
            .join(Registration, Registration.matter_id == Matter.id)
            .where(registering.numbered((number,)), Matter.applicant_id == account_id)
        )
    )


def _by_evidence(session: Session, account_id: uuid.UUID, number: str) -> Found | None:
    """The newest matter that was filed with it, or the evidence alone."""
    try:
        evidence = deposits.owned_by_number(session, account_id, number)
    except NotFound:
        return None
    matter = session.scalar(
        select(Matter)
        .where(Matter.evidence_id == evidence.id, Matter.applicant_id == account_id)
        .order_by(Matter.created_at.desc(), Matter.id)
        .limit(1)
    )
    return Found(matter, evidence)


_KINDS: Final = (
    (_acceptance, _by_acceptance),
    (_registration, _by_registration),
    (_evidence, _by_evidence),
)


def _seen(found: Found, agent_id: uuid.UUID | None) -> bool:
    """An agent sees the matters that it files, and nothing else of its principal's."""
    return agent_id is None or (found.matter is not None and found.matter.agent_id == agent_id)


def _own(matter: Matter | None) -> Found | None:
    return None if matter is None else Found(matter, None)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, BEIJING)

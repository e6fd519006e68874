"""Who is told what when a matter moves: always the one who acts next, and its applicant.

A message holds numbers and days only. Its words are data (`registry/tables/messages.toml`).
"""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts import inbox, staff
from accounts.models import OfficerRole
from registry.clockwork import EXAMINED, Step, day_of
from registry.lifecycle import MatterState
from registry.models import Matter
from registry.profile import Profile
from registry.profile_parts import Clock
from registry.tables import messages
from registry.term_models import Term
from registry.words import Words

_S = MatterState
_TO_APPLICANT: Final[Mapping[MatterState, str]] = {
    _S.DRAFT: "taken_back",
    _S.SIGNING: "signing_asked",  # `signing_asked_first` where it does not submit itself
    _S.PAYMENT: "payment_asked",
    _S.FIRST_EXAMINATION: "examining",
    _S.RETURNED: "returned",
    _S.PASSED: "passed",
    _S.REGISTERED: "registered",
    _S.REFUSED: "refused",
    _S.LAPSED: "lapsed",
    _S.WITHDRAWN: "withdrawn",
}
_WAITS_FOR: Final[Mapping[MatterState, tuple[str, staff.Role]]] = {
    _S.SUBMITTED: ("to_examine", staff.Role.FIRST_EXAMINER),
    _S.PASSED: ("to_approve", staff.Role.FINAL_EXAMINER),
}
_REMINDERS: Final = {"correction": "remind_correction", "examination": "remind_examination"}
_MOST: Final = 200


def moved(
    session: Session,
    matter: Matter,
    profile: Profile,
    step: Step,
    facts: Mapping[str, str],
    *,
    now: datetime,
) -> None:
    """Tell of one step; `facts` are added to number, office and last day."""
    whole = {**_facts(matter, profile), **facts}
    if step.was in {_S.SIGNING, _S.PAYMENT}:
        # Passed through at once, because nothing is to be signed or paid: nobody is asked to.
        inbox.take_back(session, _worded(_TO_APPLICANT[step.was], profile), matter.id, at=now)
    kind = _news(step)
    if kind is not None:
        _tell_applicant(session, _worded(kind, profile), matter, whole, now=now)
    if waits := _waits(step):
        _tell_waiting(session, matter, *waits, whole, now=now)
    if step.to is _S.WITHDRAWN and (held_by := holder(matter, step.was)):
        _tell(session, held_by, "gone_from_examiner", matter, whole, now=now)


def _tell_waiting(
    session: Session,
    matter: Matter,
    kind: str,
    role: staff.Role,
    facts: Mapping[str, str],
    *,
    now: datetime,
) -> None:
    """Tell those who may take it; while its papers are awaited, the applicant, who sends them."""
    if matter.awaits_papers:
        _tell_applicant(session, "papers_asked", matter, facts, now=now)
        return
    for account_id in _officers(session, matter, role):
        _tell(session, account_id, kind, matter, facts, now=now)


def papers_received(session: Session, matter: Matter, profile: Profile, *, now: datetime) -> None:
    """Tell the applicant that the papers have come, and the examiners that it waits for them."""
    facts = _facts(matter, profile)
    _tell_applicant(session, "papers_received", matter, facts, now=now)
    _tell_waiting(session, matter, *_WAITS_FOR[_S.SUBMITTED], facts, now=now)


def of_term(
    session: Session, matter: Matter, profile: Profile, kind: str, *, now: datetime
) -> None:
    """Tell the applicant that the last day of the correction is another one: extended, moved."""
    _tell_applicant(session, kind, matter, _facts(matter, profile), now=now)


def taken_away(
    session: Session, matter: Matter, profile: Profile, held_by: uuid.UUID, *, now: datetime
) -> None:
    """Tell the officer who held a matter that a registrar has put it back."""
    _tell(session, held_by, "taken_away", matter, _facts(matter, profile), now=now)


def to_make(
    session: Session, matter: Matter, profile: Profile, facts: Mapping[str, str], *, now: datetime
) -> None:
    """Tell the office's registrars that a paper certificate is to be made."""
    whole = {**_facts(matter, profile), **facts}
    for account_id in _officers(session, matter, staff.Role.REGISTRAR):
        _tell(session, account_id, "delivery_to_make", matter, whole, now=now)


def of_delivery(
    session: Session,
    matter: Matter,
    profile: Profile,
    kind: str,
    facts: Mapping[str, str],
    *,
    now: datetime,
) -> None:
    """Tell the applicant how far the paper certificate is."""
    _tell_applicant(session, kind, matter, {**_facts(matter, profile), **facts}, now=now)


def cannot_be_signed(
    session: Session, matter: Matter, profile: Profile, key: str, *, now: datetime
) -> None:
    """Tell the applicant, once for each `key`, that a signing cannot end, and what to do."""
    facts = _facts(matter, profile)
    _tell_applicant(session, "cannot_be_signed", matter, facts, now=now, key=key)


def owner(
    session: Session,
    matter: Matter,
    profile: Profile,
    kind: str,
    facts: Mapping[str, str],
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Tell the applicant alone what is no business of an agent's: its mandate ended before."""
    whole = {**_facts(matter, profile), **facts}
    _tell(session, matter.applicant_id, kind, matter, whole, now=now, key=key)


def officers(
    session: Session,
    matter: Matter,
    profile: Profile,
    kind: str,
    facts: Mapping[str, str],
    roles: Sequence[staff.Role],
    *,
    but: uuid.UUID | None,
    now: datetime,
) -> None:
    """Tell everybody at the office who has one of these roles, once, but the one it comes from."""
    whole = {**_facts(matter, profile), **facts}
    reached = {each for role in roles for each in _officers(session, matter, role)}
    for account_id in sorted(reached - ({but} if but else set())):
        _tell(session, account_id, kind, matter, whole, now=now)


def signed_all(session: Session, matter: Matter, profile: Profile, *, now: datetime) -> None:
    """Tell whoever files it, once a round, that all have signed and it is to be submitted."""
    facts, key = _facts(matter, profile), f"signed_all:{matter.id}:{matter.round}"
    account_id = matter.agent_id or matter.applicant_id
    _tell(session, account_id, "signed_all", matter, facts, now=now, key=key)


def certificate_ready(
    session: Session, matter: Matter, profile: Profile, registration: str, *, now: datetime
) -> None:
    """Tell the applicant, once, that the certificate can be fetched."""
    facts = {**_facts(matter, profile), "registration": registration}
    key = f"certificate:{matter.id}"
    _tell_applicant(session, "certificate_ready", matter, facts, now=now, key=key)


def remind(
    session: Session,
    matter: Matter,
    profile: Profile,
    term: Term,
    clock: Clock,
    days: int,
    *,
    now: datetime,
) -> None:
    """Remind whoever acts next of a term's last day, once for each day it may be.

    An examiner is not reminded while the matter is in its applicant's hands, nor the other way
    round.
    """
    due = day_of(term.due_at)
    left = (due - day_of(now)).days
    facts = {**_facts(matter, profile), "due": due.isoformat(), "days": str(left)}
    kind = _REMINDERS.get(term.purpose, "remind_other")
    for account_id in _acting(session, matter, clock):
        key = f"remind:{term.id}:{due.isoformat()}:{days}:{account_id}"
        _tell(session, account_id, kind, matter, facts, now=now, key=key)


def _news(step: Step) -> str | None:
    """What is told the applicant; None when a step is no news."""
    if step.to is _S.SUBMITTED:
        if step.handed_in:
            return "resubmitted" if step.correcting else "submitted"
        return "examined_again" if step.was is _S.FINAL_EXAMINATION else None
    if step.to is _S.RETURNED and step.was not in EXAMINED:
        return "taken_back"
    if step.to is _S.PASSED and step.was is not _S.FIRST_EXAMINATION:
        return None
    return _TO_APPLICANT.get(step.to)


def _worded(kind: str, profile: Profile) -> str:
    """Whether a signed application goes on by itself is the office's rule (ZJ-92, TJ-119)."""
    if kind == "signing_asked" and not profile.signing.submits_itself:
        return "signing_asked_first"
    return kind


def _waits(step: Step) -> tuple[str, staff.Role] | None:
    """Which officers have something new to do; what is merely given back is not new."""
    given_back = {(_S.FIRST_EXAMINATION, _S.SUBMITTED), (_S.FINAL_EXAMINATION, _S.PASSED)}
    return None if (step.was, step.to) in given_back else _WAITS_FOR.get(step.to)


def _acting(session: Session, matter: Matter, clock: Clock) -> Sequence[uuid.UUID]:
    """The accounts that can end a term now."""
    state = MatterState(matter.status)
    if clock.acts == "applicant":
        return () if state in EXAMINED | {_S.SUBMITTED} else _applicants(matter)
    if held_by := holder(matter, state):
        return (held_by,)
    waits = _WAITS_FOR.get(state)
    return () if waits is None else _officers(session, matter, waits[1])


def holder(matter: Matter, state: MatterState) -> uuid.UUID | None:
    """The account that holds a matter which was in this state; None when nobody did."""
    if state is _S.FIRST_EXAMINATION:
        return matter.first_officer_id
    return matter.final_officer_id if state is _S.FINAL_EXAMINATION else None


def _officers(session: Session, matter: Matter, role: staff.Role) -> Sequence[uuid.UUID]:
    """Who may take a waiting matter; never its applicant."""
    query = select(OfficerRole.account_id).where(
        OfficerRole.office == matter.office,
        OfficerRole.role == role.value,
        OfficerRole.ended_at.is_(None),
        OfficerRole.account_id != matter.applicant_id,
    )
    if role is staff.Role.FIRST_EXAMINER and matter.agency is not None:
        query = query.where(OfficerRole.agency == matter.agency)
    return session.scalars(query.distinct().order_by(OfficerRole.account_id).limit(_MOST)).all()


def _applicants(matter: Matter) -> tuple[uuid.UUID, ...]:
    """The applicant, and the agent who files it."""
    both = (matter.applicant_id, matter.agent_id)
    return tuple(each for each in both if each is not None)


def _facts(matter: Matter, profile: Profile) -> dict[str, str]:
    due = matter.due_at or matter.examine_by
    return {
        "number": matter.number,
        "office_zh": profile.name.zh,
        "office_en": profile.name.en,
        "due": "" if due is None else day_of(due).isoformat(),
        "papers_to": profile.delivery.papers_to or "",
    }


def _tell_applicant(
    session: Session,
    kind: str,
    matter: Matter,
    facts: Mapping[str, str],
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    for account_id in _applicants(matter):
        own = None if key is None else f"{key}:{account_id}"
        _tell(session, account_id, kind, matter, facts, now=now, key=own)


def _tell(
    session: Session,
    account_id: uuid.UUID,
    kind: str,
    matter: Matter,
    facts: Mapping[str, str],
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    goes_out = messages()[kind].goes_out
    inbox.tell(session, account_id, kind, matter.id, facts, goes_out=goes_out, now=now, key=key)


def said(kind: str, facts: Mapping[str, object]) -> tuple[Words, Words]:
    """Subject and text of a message; a fact that is not there is left blank."""
    told, known = messages()[kind], defaultdict(str, {k: str(v) for k, v in facts.items()})
    subject = Words(told.subject.zh.format_map(known), told.subject.en.format_map(known))
    return subject, Words(told.text.zh.format_map(known), told.text.en.format_map(known))

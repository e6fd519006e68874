"""A matter in its applicant's hands: drafted, changed, withdrawn; `submitting` sends it on."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.models import Account
from accounts.persons import person_of
from core import audit, lifecycle
from core.canonical import Json
from core.errors import Conflict, NotFound
from core.paging import newest_first
from registry import applicants, binding, fees, noticing, papers, personal, telling, terms
from registry import form as forms
from registry.clockwork import Step, day_of
from registry.form import Form
from registry.lifecycle import TRANSITIONS, Action, MatterState, Role, decide
from registry.models import Finding, Matter, OfficeEdition, Registration, Submission
from registry.numbering import new_acceptance_number
from registry.profile import Profile, stored_profile

MATTER: Final = lifecycle.Lifecycle("matter", TRANSITIONS)


@dataclass(frozen=True)
class Draft:
    """What an applicant sends to be kept: the whole form and all documents, as far as they go."""

    form: Mapping[str, Any]
    documents: Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """What a resubmission changed: names of fields, and codes of documents."""

    fields: tuple[str, ...]
    documents: tuple[str, ...]


def draft(
    session: Session,
    applicant_id: uuid.UUID,
    profile: Profile,
    agency: str | None,
    said: Draft,
    agent_id: uuid.UUID | None = None,
    *,
    now: datetime,
) -> Matter:
    """A new matter at an office; it keeps the edition of the office's rules it begins under.

    `agent_id` is who files it for the applicant (`registry.agents` says whether that may be).

    Raises:
        NotAllowed: the office takes no applications of such accounts (`filing.accounts`).
        InvalidInput: no such agency, or values that no form can hold.
    """
    applicants.require_taken(profile, session.get_one(Account, applicant_id).kind)
    profile.require_agency(agency)
    form, documents = _checked(profile, said)
    keep_edition(session, profile, now=now)
    matter = Matter(
        id=uuid.uuid4(),
        number=new_acceptance_number(),
        office=profile.key,
        edition=profile.digest,
        agency=profile.agency_of(agency),
        applicant_id=applicant_id,
        agent_id=agent_id,
        applicant_person=person_of(session, applicant_id),
        status=MatterState.DRAFT.value,
        round=0,
        revision=0,
        form=form,
        documents=documents,
        created_at=now,
    )
    session.add(matter)
    session.flush()
    personal.mark(session, matter, profile, now=now)
    return matter


def keep_edition(session: Session, profile: Profile, *, now: datetime) -> None:
    """Keep the text of these rules: what begins under them is judged by them."""
    session.execute(
        insert(OfficeEdition)
        .values(
            digest=profile.digest,
            office=profile.key,
            version=profile.version,
            text=profile.text,
            first_used_at=now,
        )
        .on_conflict_do_nothing()
    )


def change(session: Session, matter: Matter, said: Draft, revision: int | None = None) -> None:
    """Replace form and documents of a draft or of a returned matter. `matter` is locked by the
    caller; `revision` is what the change was made from, None whatever it is.

    Raises:
        Conflict: it was changed meanwhile, in another window.
        IllegalTransition: it is being examined, or has ended.
        InvalidInput: values that no form can hold.
    """
    decide(MatterState(matter.status), Action.CHANGE, Role.APPLICANT)
    form, documents = _checked(profile_of(session, matter), said)
    if (form, documents) == (matter.form, matter.documents):
        return
    if revision is not None and revision != matter.revision:
        raise Conflict(
            "此申请已在别处改动;请先取回最新内容,再保存您的修改 / changed elsewhere since you read "
            "it: fetch it again, then save what you changed",
            field="revision",
        )
    matter.revision += 1
    matter.form, matter.documents = form, documents
    session.flush()


def withdraw(
    session: Session, matter: Matter, *, by: uuid.UUID | None = None, now: datetime
) -> None:
    """Take a matter back, at any time before it is decided. What was deposited stays evidence."""
    was = MatterState(matter.status)
    to = decide(was, Action.WITHDRAW, Role.APPLICANT)
    move(
        session, matter, was, to, "withdrawn by the applicant", by=by or matter.applicant_id,
        now=now,
    )  # fmt: skip


def extend(session: Session, matter: Matter, *, by: uuid.UUID | None = None, now: datetime) -> None:
    """Give the applicant the office's further time to correct. `matter` is locked by the caller.

    Raises:
        IllegalTransition: it is not returned.
        Conflict: the office gives no more time, or it was used up, or the term has passed.
    """
    decide(MatterState(matter.status), Action.EXTEND, Role.APPLICANT)
    profile = profile_of(session, matter)
    terms.extend(session, matter, profile, form_of(matter).form, now=now)
    telling.of_term(session, matter, profile, "extended", now=now)
    audit.note(
        session, audit.of_office(matter.office), "matter.extended", f"matter:{matter.id}",
        by or matter.applicant_id, {"due": day_of(matter.due_at or now).isoformat()}, now=now,
    )  # fmt: skip


def overdue(
    session: Session, limit: int, skip: Collection[uuid.UUID] = (), *, now: datetime
) -> Sequence[uuid.UUID]:
    """Matters whose time to correct has passed, the longest ago first; without those in `skip`."""
    return session.scalars(
        select(Matter.id)
        .where(Matter.due_at < now, Matter.id.not_in(skip))
        .order_by(Matter.due_at)
        .limit(limit)
    ).all()


def lapse(session: Session, matter_id: uuid.UUID, *, now: datetime) -> bool:
    """End a matter whose time to correct has passed, also where only a signature or a payment is
    missing; False when somebody has it in hand, or did something meanwhile.

    Its term is counted once more before: a holiday that was entered meanwhile still helps.
    """
    matter = session.scalar(
        select(Matter)
        .where(Matter.id == matter_id, Matter.due_at < now)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if matter is None:
        return False
    recount(session, matter, "correction", now=now)
    if matter.due_at is not None and matter.due_at < now:
        was = MatterState(matter.status)
        to = decide(was, Action.LAPSE, Role.CLOCK)
        move(session, matter, was, to, "not corrected in time", by=None, now=now)
    return True


def recount(session: Session, matter: Matter, purpose: str, *, now: datetime) -> None:
    """Count a running term with the calendar of today. `matter` is locked by the caller."""
    profile = profile_of(session, matter)
    changed = terms.recount(session, matter, profile, form_of(matter).form, purpose, now=now)
    if changed and purpose == "correction":
        telling.of_term(session, matter, profile, "moved", now=now)


def owned(
    session: Session,
    applicant_id: uuid.UUID,
    matter_id: uuid.UUID,
    agent_id: uuid.UUID | None = None,
    *,
    lock: bool = False,
) -> Matter:
    """The applicant's matter, or NotFound: somebody else's does not exist for this account, nor
    for an agent what that agent does not file.
    """
    found = session.get(Matter, matter_id, with_for_update=True if lock else None)
    if (
        found is None
        or found.applicant_id != applicant_id
        or agent_id not in {None, found.agent_id}
    ):
        raise NotFound("业务不存在 / no such matter")
    return found


def of_applicant(
    session: Session,
    applicant_id: uuid.UUID,
    after: uuid.UUID | None,
    limit: int,
    agent_id: uuid.UUID | None = None,
    only: Sequence[ColumnElement[bool]] = (),
) -> Sequence[Matter]:
    """Newest first; `after` is the last id of the page before; of an agent, what that one files.
    `only` are further conditions (`registry.searching.Filter`).
    """
    filed = [] if agent_id is None else [Matter.agent_id == agent_id]
    own = select(Matter).where(Matter.applicant_id == applicant_id)
    return newest_first(session, own, (Matter.created_at, Matter.id), after, limit, [*filed, *only])


def filed_by(agent_id: uuid.UUID) -> Select[uuid.UUID]:
    """The ids of the matters that an agent files."""
    return select(Matter.id).where(Matter.agent_id == agent_id)


def form_of(matter: Matter) -> Form:
    """The form as it stands now."""
    return forms.parse(matter.form)


def profile_of(session: Session, matter: Matter) -> Profile:
    """The rules this matter began under, whatever the office says today."""
    return stored_profile(session.get_one(OfficeEdition, matter.edition).text, matter.office)


def submission(session: Session, matter_id: uuid.UUID, number: int) -> Submission:
    """What was submitted in one round."""
    return session.get_one(Submission, (matter_id, number))


def findings(session: Session, matter_id: uuid.UUID) -> Sequence[Finding]:
    """Every decision on a matter, in order."""
    return session.scalars(
        select(Finding).where(Finding.matter_id == matter_id).order_by(Finding.at, Finding.id)
    ).all()


def decided_before(session: Session, matter: Matter, number: int) -> int | None:
    """The last round before round `number` that an officer decided about. Rounds that were recalled
    before anybody saw them do not count.
    """
    return session.scalar(
        select(func.max(Finding.round)).where(
            Finding.matter_id == matter.id, Finding.round < number
        )
    )


def lot_number(session: Session, matter: Matter) -> int:
    """Which lot counts for this round (`registry.drawing_lots`): a new one after each round that
    was decided about. Whoever takes a matter back and hands it in again draws no other.
    """
    return (decided_before(session, matter, matter.round) or 0) + 1


def changed(session: Session, matter: Matter) -> Change | None:
    """What the last submission changed against the one that was decided about; None before."""
    last = decided_before(session, matter, matter.round)
    if last is None:
        return None
    before = submission(session, matter.id, last)
    after = submission(session, matter.id, matter.round)
    fields = forms.differences(forms.parse(before.form), forms.parse(after.form))
    if before.evidence_id != after.evidence_id:
        fields = (*fields, "evidence")
    codes = sorted(set(before.documents) | set(after.documents))
    return Change(
        fields,
        tuple(c for c in codes if before.documents.get(c) != after.documents.get(c)),
    )


def move(
    session: Session,
    matter: Matter,
    was: MatterState,
    to: MatterState,
    reason: str,
    *,
    by: uuid.UUID | None,
    now: datetime,
    bound: Mapping[str, Json] | None = None,
    **values: object,
) -> None:
    """The one way a matter changes state; further columns change in the same statement. `by` is the
    account that acts, None for the installation itself. Each step is a line of the office's audit,
    which holds the rows that were written with it (`registry.binding`).
    """
    session.flush()
    step = Step(was, to, correcting=matter.due_at is not None)
    profile, form, was_due = profile_of(session, matter), form_of(matter), matter.due_at
    dates = terms.follow(session, matter, profile, form.form, step, now=now)
    lifecycle.move(
        session, MATTER, Matter, matter.id, was=was, to=to, reason=reason, now=now,
        **{**values, **dates},
    )  # fmt: skip
    session.flush()
    session.refresh(matter)
    facts: dict[str, Json] = {"was": was.value, "reason": reason}
    if bound:
        facts[binding.MEMBER] = {**bound}
    audit.note(
        session, audit.of_office(matter.office), f"matter.{to}", f"matter:{matter.id}", by, facts,
        now=now,
    )  # fmt: skip
    refunded = fees.follow(session, matter, profile, step, now=now)
    around = noticing.Around(was_due, refunded=refunded)
    noticing.moved(session, matter, profile, form, step, around, now=now)
    telling.moved(session, matter, profile, step, _numbered(session, matter), now=now)


def _numbered(session: Session, matter: Matter) -> dict[str, str]:
    """The registration number as a fact of a message; the certificate is awaited from now on."""
    if matter.status != MatterState.REGISTERED:
        return {}
    query = select(Registration.number).where(Registration.matter_id == matter.id)
    return {"registration": session.scalars(query).one()}


def _checked(profile: Profile, said: Draft) -> tuple[dict[str, Any], dict[str, Any]]:
    return forms.parse(said.form).plain(), dict(papers.parse(profile, said.documents))

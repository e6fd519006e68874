"""A matter in its applicant's hands: drafted, submitted, corrected, withdrawn."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.persons import person_of
from core import lifecycle
from core.errors import Conflict, InvalidInput, NotFound
from evidence import deposits
from evidence.models import Evidence
from registry import form as forms
from registry import papers
from registry.form import Form
from registry.form_checks import require_whole
from registry.lifecycle import TRANSITIONS, Action, MatterState, Role, decide
from registry.models import Finding, Matter, OfficeEdition, Submission
from registry.numbering import BEIJING, new_acceptance_number
from registry.profile import Profile, parse_profile

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
    *,
    now: datetime,
) -> Matter:
    """A new matter at an office; it keeps the edition of the office's rules it begins under.

    Raises:
        InvalidInput: no such agency, or values that no form can hold.
    """
    profile.require_agency(agency)
    form, documents = _checked(profile, said)
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
    matter = Matter(
        id=uuid.uuid4(),
        number=new_acceptance_number(),
        office=profile.key,
        edition=profile.digest,
        agency=agency,
        applicant_id=applicant_id,
        applicant_person=person_of(session, applicant_id),
        status=MatterState.DRAFT.value,
        round=0,
        form=form,
        documents=documents,
        created_at=now,
    )
    session.add(matter)
    session.flush()
    return matter


def change(session: Session, matter: Matter, said: Draft) -> None:
    """Replace form and documents of a draft or of a returned matter.

    Raises:
        IllegalTransition: it is being examined, or has ended.
        InvalidInput: values that no form can hold.
    """
    decide(MatterState(matter.status), Action.CHANGE, Role.APPLICANT)
    matter.form, matter.documents = _checked(profile_of(session, matter), said)
    session.flush()


def submit(session: Session, matter: Matter, evidence_number: str, *, now: datetime) -> None:
    """Hand a draft or a corrected matter to the first examiners. `matter` is locked by the caller.

    Raises:
        IllegalTransition: it is being examined, or has ended.
        InvalidInput: form or documents are not whole, or nothing was corrected.
        NotFound: no such evidence of this applicant.
        Conflict: the evidence has no statement (yet), or the time to correct has passed.
    """
    was = MatterState(matter.status)
    to = decide(was, Action.SUBMIT, Role.APPLICANT)
    profile, form = profile_of(session, matter), form_of(matter)
    require_whole(form, now.astimezone(BEIJING).date())
    profile.require_category(form.category or "")
    papers.require_all(session, matter.applicant_id, profile, form, matter.documents)
    if matter.due_at is not None and now > matter.due_at:
        raise Conflict("补正期限已过 / the time to correct has passed", field="due_at")
    evidence = _stated(session, matter, evidence_number)
    last = submission(session, matter.id, matter.round) if matter.round else None
    if last is not None and _is_same(last, matter, evidence.id):
        raise InvalidInput(
            "尚未作任何补正,请按退回意见修改 / nothing was corrected: change what was returned",
            field="form",
        )
    session.add(
        Submission(
            matter_id=matter.id,
            round=matter.round + 1,
            evidence_id=evidence.id,
            form=matter.form,
            documents=matter.documents,
            submitted_at=now,
        )
    )
    move(
        session, matter, was, to, "submitted", now=now,
        evidence_id=evidence.id, round=matter.round + 1, submitted_at=now, due_at=None,
        applicant_person=person_of(session, matter.applicant_id),
        first_officer_id=None, first_person=None, final_officer_id=None, final_person=None,
    )  # fmt: skip


def withdraw(session: Session, matter: Matter, *, now: datetime) -> None:
    """Take a matter back, at any time before it is decided. What was deposited stays evidence."""
    was = MatterState(matter.status)
    to = decide(was, Action.WITHDRAW, Role.APPLICANT)
    move(session, matter, was, to, "withdrawn by the applicant", now=now, due_at=None)


def lapse_overdue(session: Session, *, now: datetime) -> bool:
    """End one returned matter whose time to correct has passed; False when there is none."""
    matter = session.scalar(
        select(Matter)
        .where(Matter.status == MatterState.RETURNED.value, Matter.due_at < now)
        .order_by(Matter.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if matter is None:
        return False
    to = decide(MatterState.RETURNED, Action.LAPSE, Role.CLOCK)
    move(session, matter, MatterState.RETURNED, to, "not corrected in time", now=now, due_at=None)
    return True


def owned(
    session: Session, applicant_id: uuid.UUID, matter_id: uuid.UUID, *, lock: bool = False
) -> Matter:
    """The applicant's matter, or NotFound: somebody else's does not exist for this account."""
    found = session.get(Matter, matter_id, with_for_update=True if lock else None)
    if found is None or found.applicant_id != applicant_id:
        raise NotFound("业务不存在 / no such matter")
    return found


def of_applicant(
    session: Session, applicant_id: uuid.UUID, after: uuid.UUID | None, limit: int
) -> Sequence[Matter]:
    """Newest first; `after` is the last id of the page before."""
    query = select(Matter).where(Matter.applicant_id == applicant_id)
    if after is not None:
        edge = session.get(Matter, after)
        if edge is None or edge.applicant_id != applicant_id:
            raise InvalidInput("游标无效 / no such cursor", field="cursor")
        query = query.where(
            (Matter.created_at < edge.created_at)
            | ((Matter.created_at == edge.created_at) & (Matter.id < edge.id))
        )
    return session.scalars(
        query.order_by(Matter.created_at.desc(), Matter.id.desc()).limit(limit)
    ).all()


def form_of(matter: Matter) -> Form:
    """The form as it stands now."""
    return forms.parse(matter.form)


def profile_of(session: Session, matter: Matter) -> Profile:
    """The rules this matter began under, whatever the office says today."""
    return parse_profile(session.get_one(OfficeEdition, matter.edition).text, matter.office)


def submission(session: Session, matter_id: uuid.UUID, number: int) -> Submission:
    """What was submitted in one round."""
    return session.get_one(Submission, (matter_id, number))


def findings(session: Session, matter_id: uuid.UUID) -> Sequence[Finding]:
    """Every decision on a matter, in order."""
    return session.scalars(
        select(Finding).where(Finding.matter_id == matter_id).order_by(Finding.at, Finding.id)
    ).all()


def changed(session: Session, matter: Matter) -> Change | None:
    """What the last submission changed against the one before; None in the first round."""
    if matter.round < 2:  # noqa: PLR2004 - the second submission is the first with a predecessor
        return None
    before = submission(session, matter.id, matter.round - 1)
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
    now: datetime,
    **values: object,
) -> None:
    """The one way a matter changes state; further columns change in the same statement."""
    session.flush()
    lifecycle.move(
        session, MATTER, Matter, matter.id, was=was, to=to, reason=reason, now=now, **values
    )
    session.flush()
    session.refresh(matter)


def _checked(profile: Profile, said: Draft) -> tuple[dict[str, Any], dict[str, Any]]:
    return forms.parse(said.form).plain(), dict(papers.parse(profile, said.documents))


def _stated(session: Session, matter: Matter, number: str) -> Evidence:
    evidence = deposits.owned_by_number(session, matter.applicant_id, number)
    if evidence.rejected_at is not None or evidence.erased_at is not None:
        raise Conflict(
            "此存证未被接受或已删除,请另选 / rejected or erased: use another evidence",
            field="evidence_number",
        )
    if evidence.stated_at is None:
        raise Conflict(
            "存证尚未入库,请稍后提交 / the evidence is not stored yet: submit shortly",
            field="evidence_number",
        )
    return evidence


def _is_same(last: Submission, matter: Matter, evidence_id: uuid.UUID) -> bool:
    return (last.form, last.documents, last.evidence_id) == (
        matter.form, matter.documents, evidence_id,
    )  # fmt: skip

"""Examination: two officers of the office, two different persons, each decision with its reasons.

An officer claims a matter before deciding it, and only the one who holds it decides. The database
holds by itself that first and final examiner are different persons and accounts, and that neither
is the applicant (migrations 0003 and 0028).
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from accounts import staff
from accounts.staff import Officer
from core.canonical import Json
from core.errors import InvalidInput, NotFound
from core.text import clean_text
from registry import binding, permitted
from registry.form import Form
from registry.grounds import grounds_of
from registry.lifecycle import Action, MatterState, Role
from registry.matters import form_of, move, profile_of
from registry.models import Finding, Matter, Recusal
from registry.profile import Profile
from registry.profile_parts import Stage

MAX_NOTE: Final = 2000
MAX_ITEMS: Final = 50


@dataclass(frozen=True)
class Remark:
    """What is to be corrected: a field of the form (`field`) or a document. Why is said in the
    office's wording (`template`), in the examiner's own, or in both.
    """

    kind: str
    name: str
    reason: str
    template: str | None = None

    def line(self) -> str:
        return f"{self.kind}:{self.name} {self.reason}"


def seen(session: Session, officer: Officer, matter_id: uuid.UUID, *, lock: bool = False) -> Matter:
    """A matter of the officer's office that has once reached the examiners.

    Raises:
        NotFound: no such matter here; drafts and other offices' matters do not exist.
    """
    found = session.get(Matter, matter_id, with_for_update=True if lock else None)
    if found is None or found.office != officer.office or found.submitted_at is None:
        raise NotFound("业务不存在 / no such matter")
    return found


def claim(session: Session, officer: Officer, matter: Matter, role: Role, *, now: datetime) -> None:
    """Take a waiting matter. `matter` is locked by the caller.

    Raises:
        NotAllowed: not in this role (any more); the officer's own matter; or the person who
            examined first.
        IllegalTransition: it does not wait for this role.
        Conflict: it still waits for its papers (`registry.receiving`).
    """
    step = permitted.require(session, officer, matter, Action.CLAIM, role)
    staff.require_still(session, officer, staff.Role(role.value))
    if role is Role.FIRST_EXAMINER:
        held: dict[str, Any] = {
            "first_officer_id": officer.account_id, "first_person": officer.person_id,
        }  # fmt: skip
    else:
        held = {"final_officer_id": officer.account_id, "final_person": officer.person_id}
    move(session, matter, step.was, step.to, "claimed", by=officer.account_id, now=now, **held)


def release(session: Session, officer: Officer, matter: Matter, *, now: datetime) -> None:
    """Give a matter back to its queue, undecided."""
    step = permitted.require(session, officer, matter, Action.RELEASE)
    move(
        session, matter, step.was, step.to, "released", by=officer.account_id, now=now,
        **freed(step.role),
    )  # fmt: skip


def recuse(
    session: Session, officer: Officer, matter: Matter, reason: str, *, now: datetime
) -> None:
    """Step back from a matter, for good and whatever the account: it is never given again to the
    same person. The reason is the office's own business.
    """
    step = permitted.require(session, officer, matter, Action.RECUSE)
    session.add(
        Recusal(
            matter_id=matter.id,
            person_id=officer.person_id,
            officer_id=officer.account_id,
            reason=clean_text(reason, "reason", MAX_NOTE),
            at=now,
        )
    )
    move(
        session, matter, step.was, step.to, "recused", by=officer.account_id, now=now,
        **freed(step.role),
    )  # fmt: skip


def freed(role: Role) -> dict[str, Any]:
    """The columns of whoever held a matter in this role, emptied."""
    if role is Role.FIRST_EXAMINER:
        return {"first_officer_id": None, "first_person": None}
    return {"final_officer_id": None, "final_person": None}


def return_for_correction(
    session: Session,
    officer: Officer,
    matter: Matter,
    remarks: Sequence[Remark],
    note: str,
    *,
    now: datetime,
) -> None:
    """Send it to the applicant, saying field by field and document by document what to correct.

    Raises:
        NotAllowed: this office's final examiners only return it to the first examination.
        InvalidInput: no remark, one about something that does not exist, or one without a reason.
    """
    step = permitted.require(session, officer, matter, Action.RETURN)
    profile = profile_of(session, matter)
    if not 1 <= len(remarks) <= MAX_ITEMS:
        raise InvalidInput(
            f"请列明 1–{MAX_ITEMS} 条补正意见 / say what to correct, item by item", field="items"
        )
    lines = []
    for place, remark in enumerate(remarks):
        known = (*Form.__dataclass_fields__, "evidence") if remark.kind == "field" else (
            *profile.documents,
        )  # fmt: skip
        if remark.kind not in {"field", "document"} or remark.name not in known:
            raise InvalidInput(
                f"没有此项,可用 / accepts: {', '.join(known)}", field=f"items[{place}].name"
            )
        reason = _worded(profile, remark, f"items[{place}]")
        lines.append(Remark(remark.kind, remark.name, reason).line())
    noted = _note(session, officer, matter, Action.RETURN, note, now=now, items=lines)
    move(
        session, matter, step.was, step.to, "returned for correction",
        by=officer.account_id, now=now, bound=noted,
    )  # fmt: skip


def _worded(profile: Profile, remark: Remark, at: str) -> str:
    """The office's wording, if it was chosen, and what the examiner adds.

    Raises:
        InvalidInput: no such wording, or not of this field or document; or nothing said at all.
    """
    if remark.template is None:
        return clean_text(remark.reason, f"{at}.reason", MAX_NOTE)
    fitting = {
        key: reason
        for key, reason in (profile.reasons or {}).items()
        if not (reason.field or reason.document)
        or remark.name in (reason.field if remark.kind == "field" else reason.document)
    }
    if remark.template not in fitting:
        raise InvalidInput(
            f"没有此用语,可用 / accepts: {', '.join(fitting)}", field=f"{at}.template"
        )
    said = str(fitting[remark.template].said)
    if not remark.reason.strip():
        return said
    return f"{said} {clean_text(remark.reason, f'{at}.reason', MAX_NOTE)}"


def pass_on(
    session: Session,
    officer: Officer,
    matter: Matter,
    checklist: Sequence[str],
    note: str,
    *,
    now: datetime,
) -> None:
    """Pass the first examination; every item of the office's checklist must be confirmed.

    Raises:
        InvalidInput: an item that is not confirmed, or that does not exist.
    """
    step = permitted.require(session, officer, matter, Action.PASS)
    confirmed = _confirmed(profile_of(session, matter), "first", checklist)
    noted = _note(session, officer, matter, Action.PASS, note, now=now, checklist=confirmed)
    move(
        session, matter, step.was, step.to, "first examination passed",
        by=officer.account_id, now=now, bound=noted,
    )  # fmt: skip


def send_back(
    session: Session, officer: Officer, matter: Matter, note: str, *, now: datetime
) -> None:
    """Have it examined first once more; the note says why.

    Raises:
        NotAllowed: this office's final examiners return it to the applicant only.
    """
    step = permitted.require(session, officer, matter, Action.SEND_BACK)
    said = clean_text(note, "note", MAX_NOTE)
    noted = _note(session, officer, matter, Action.SEND_BACK, said, now=now)
    move(
        session, matter, step.was, step.to, "sent back to first examination",
        by=officer.account_id, now=now, bound=noted,
        **freed(Role.FIRST_EXAMINER), **freed(Role.FINAL_EXAMINER),
    )  # fmt: skip


def refuse(
    session: Session, officer: Officer, matter: Matter, ground: str, note: str, *, now: datetime
) -> None:
    """Refuse the registration for good, on a ground of the rule for its form (`registry.grounds`).

    Raises:
        InvalidInput: no such ground for this form, or no explanation.
    """
    step = permitted.require(session, officer, matter, Action.REFUSE)
    known = grounds_of(form_of(matter).form)
    if ground not in known:
        raise InvalidInput(f"理由可选 / accepts: {', '.join(known)}", field="ground")
    told = clean_text(note, "note", MAX_NOTE)
    noted = _note(session, officer, matter, Action.REFUSE, told, now=now, ground=ground)
    move(
        session,
        matter,
        step.was,
        step.to,
        f"refused: {ground}",
        by=officer.account_id,
        now=now,
        bound=noted,
    )


def require_final(session: Session, officer: Officer, matter: Matter) -> MatterState:
    """Before an approval: this officer holds the matter in final examination. The state after it.

    Raises:
        NotAllowed: somebody else holds it, or the first examiner is the same person.
        IllegalTransition: it is not in final examination.
    """
    return permitted.require(session, officer, matter, Action.APPROVE).to


def note_approval(
    session: Session,
    officer: Officer,
    matter: Matter,
    checklist: Sequence[str],
    *,
    now: datetime,
) -> dict[str, Json]:
    """The final examiner's own line about an approval, and what binds it.

    Raises:
        InvalidInput: an item of the office's checklist that is not confirmed.
    """
    confirmed = _confirmed(profile_of(session, matter), "final", checklist)
    return _note(session, officer, matter, Action.APPROVE, "", now=now, checklist=confirmed)


def _confirmed(profile: Profile, which: Stage, checklist: Sequence[str]) -> list[str]:
    """Every item of a stage's checklist, each confirmed.

    Raises:
        InvalidInput: one that is not confirmed, or that does not exist.
    """
    stage = profile.stage(which)
    items = {} if stage is None else stage.checklist
    if missing := sorted(set(items) - set(checklist)):
        raise InvalidInput(
            f"尚有未核对的项目 / not confirmed yet: {', '.join(missing)}", field="checklist"
        )
    if set(checklist) - set(items):
        raise InvalidInput(f"可用 / accepts: {', '.join(items)}", field="checklist")
    return sorted(items)


def _note(
    session: Session,
    officer: Officer,
    matter: Matter,
    action: Action,
    note: str,
    *,
    now: datetime,
    checklist: Sequence[str] = (),
    items: Sequence[str] = (),
    ground: str | None = None,
) -> dict[str, Json]:
    """Keep a decision; what binds it to the line that tells of it."""
    made = Finding(
        id=uuid.uuid4(),
        matter_id=matter.id,
        round=matter.round,
        action=action.value,
        officer_id=officer.account_id,
        person_id=officer.person_id,
        checklist=list(checklist),
        items=list(items),
        ground=ground,
        note=clean_text(note, "note", MAX_NOTE) if note else "",
        at=now,
    )
    session.add(made)
    session.flush()
    return binding.bound(made)

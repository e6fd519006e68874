"""From a draft, or a correction, to the examiners: handed in, signed, paid for.

Every submission goes through the same three steps, each a line of the matter's history. Where the
office's rules leave nothing to sign or nothing to pay, a step is done at once, in the same
transaction.
"""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from accounts.persons import person_of
from core.errors import Conflict, InvalidInput
from core.sealed import Keyring
from evidence import deposits
from evidence.models import Evidence
from registry import (
    agents,
    binding,
    fees,
    guardians,
    identities,
    noticing,
    papers,
    personal,
    prechecking,
    receiving,
    scans,
    signing,
    telling,
)
from registry.files_found import no_material
from registry.form import Form
from registry.form_checks import require_whole
from registry.lifecycle import Action, MatterState, Role, decide
from registry.matters import decided_before, form_of, move, profile_of, submission
from registry.models import Matter, Submission
from registry.numbering import BEIJING
from registry.paper_kinds import material_of
from registry.profile import Profile
from registry.signing_state import is_complete


def submit(
    session: Session,
    ring: Keyring,
    matter: Matter,
    evidence_number: str,
    *,
    by: uuid.UUID | None = None,
    now: datetime,
) -> None:
    """Hand a matter in and let it go on as far as it can. `matter` is locked by the caller; `by` is
    who acts for the applicant.

    Raises:
        IllegalTransition: it is being examined, or has ended.
        InvalidInput: form or documents are not whole, no pages of source or document can be made
            of the files of software, a scan is of an earlier form, nothing was
            corrected, or somebody who has to sign is not on file.
        NotFound: no such evidence of this applicant, or no mandate of the agent's in force.
        NotAllowed: an agent that may not file this here (`registry.agents`).
        Conflict: the evidence has no statement (yet), the time to correct has passed, or somebody's
            identity is not verified (`registry.identities`).
    """
    scans.note(session, ring, matter, now=now)
    hand_in(session, matter, evidence_number, by=by, now=now)
    scans.require_current(session, ring, matter)
    if not signing.begin(session, ring, matter, now=now):
        send_on(session, matter, "nothing to sign", now=now)


def send_on(session: Session, matter: Matter, reason: str, *, now: datetime) -> None:
    """All that had to be signed is signed: on to the payment, and past it when nothing is due.

    Raises:
        Conflict: somebody has not signed.
    """
    if not is_complete(session, matter):
        raise Conflict(
            "尚有人未签署,见签署列表 / somebody has not signed: see the list of signers",
            field="signers",
        )
    go_on_when_signed(session, matter, reason, now=now)
    ask_for_payment(session, matter, now=now)


def signed(session: Session, matter: Matter, *, now: datetime) -> bool:
    """After a signature: whether it was the last; then the matter goes on where the office's rules
    have it submit itself (ZJ-92), else whoever files it is told to send it on.
    """
    if not is_complete(session, matter):
        return False
    profile = profile_of(session, matter)
    if profile.signing.submits_itself:
        send_on(session, matter, "all signed", now=now)
    elif matter.status == MatterState.SIGNING:
        telling.signed_all(session, matter, profile, now=now)
    return True


def hand_in(
    session: Session,
    matter: Matter,
    evidence_number: str,
    *,
    by: uuid.UUID | None = None,
    now: datetime,
) -> None:
    """Begin a round: what is submitted is kept as it is, and nothing is edited any more."""
    was = MatterState(matter.status)
    to = decide(was, Action.SUBMIT, Role.APPLICANT)
    profile, form = profile_of(session, matter), form_of(matter)
    require_whole(form, now.astimezone(BEIJING).date())
    profile.require_category(form.category or "")
    profile.require_delivery(form.delivery)
    profile.require_trading(form.trading)
    papers.require_all(session, matter.applicant_id, profile, form, matter.documents, now=now)
    agents.require_fit(session, matter, profile, form, now=now)
    guardians.require_guarded(session, matter, profile, form)
    identities.require_known(session, matter, profile, now=now)
    identities.require_named(session, matter, form)
    if matter.due_at is not None and now > matter.due_at:
        raise Conflict("补正期限已过 / the time to correct has passed", field="due_at")
    evidence = _stated(session, matter, evidence_number)
    _require_material(session, matter, profile, form, evidence)
    agents.require_no_rival(session, matter, evidence)
    identities.require_known_before(session, matter, profile, evidence)
    if was is MatterState.RETURNED and _is_same(session, matter, evidence.id):
        raise InvalidInput(
            "尚未作任何补正,请按退回意见修改 / nothing was corrected: change what was returned",
            field="form",
        )
    submitted = Submission(
        matter_id=matter.id,
        round=matter.round + 1,
        evidence_id=evidence.id,
        form=matter.form,
        documents=matter.documents,
        submitted_at=now,
    )
    session.add(submitted)
    move(
        session, matter, was, to, "handed in", by=by or matter.applicant_id, now=now,
        bound={**binding.bound(submitted), **binding.of_rules(matter.id, matter.edition)},
        evidence_id=evidence.id, round=matter.round + 1,
        applicant_person=person_of(session, matter.applicant_id),
        first_officer_id=None, first_person=None, final_officer_id=None, final_person=None,
    )  # fmt: skip
    personal.mark(session, matter, profile, now=now)
    personal.compare_work(session, evidence)


def go_on_when_signed(session: Session, matter: Matter, reason: str, *, now: datetime) -> None:
    """All that had to be signed is signed: on to the payment."""
    was = MatterState(matter.status)
    to = decide(was, Action.SIGNED, Role.SIGNER)
    move(session, matter, was, to, reason, by=None, now=now)


def ask_for_payment(session: Session, matter: Matter, *, now: datetime) -> None:
    """Open the order for what is due; when nothing is, the matter goes on at once.

    Called again, it opens another order only when the one before has expired.

    Raises:
        IllegalTransition: the matter is not to be paid for now.
        InvalidInput: urgent handling where that has no price.
    """
    decide(MatterState(matter.status), Action.SETTLED, Role.PAYER)
    profile, form = profile_of(session, matter), form_of(matter)
    before = fees.open_order_of(session, matter)
    if not fees.require_payment(session, matter, profile, form, now=now):
        go_on_when_settled(session, matter, "nothing due", now=now)
        return
    order = fees.open_order_of(session, matter)
    if order is not None and order is not before:
        lines, until = fees.due_lines(session, order), order.expires_at
        noticing.asked_to_pay(session, matter, profile, form, lines, until, now=now)


def go_on_when_settled(session: Session, matter: Matter, reason: str, *, now: datetime) -> None:
    """Nothing is due any more: on to the examiners. A return counts as answered only now.

    Raises:
        Conflict: something is due, and not paid.
    """
    was = MatterState(matter.status)
    to = decide(was, Action.SETTLED, Role.PAYER)
    profile = profile_of(session, matter)
    if not fees.is_settled(session, matter, profile):
        raise Conflict("费用尚未缴清,请先支付 / the fee is not paid yet: pay first", field="order")
    awaits = receiving.awaited(session, matter, profile)
    move(session, matter, was, to, reason, by=None, now=now, submitted_at=now, awaits_papers=awaits)


def recall(session: Session, matter: Matter, *, by: uuid.UUID | None = None, now: datetime) -> None:
    """Take a matter back that is still being signed or paid for, to edit it again.

    Raises:
        IllegalTransition: the examiners have it, or it has ended.
    """
    was = MatterState(matter.status)
    action = Action.RECALL if matter.due_at is None else Action.REOPEN
    to = decide(was, action, Role.APPLICANT)
    move(
        session, matter, was, to, "recalled by the applicant", by=by or matter.applicant_id, now=now
    )


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


def _require_material(
    session: Session, matter: Matter, profile: Profile, form: Form, evidence: Evidence
) -> None:
    """Of software: the pages of source and document can be made, as far as the files are known."""
    if form.form != "software":
        return
    for code, document in profile.documents.items():
        kind, number = material_of(code, document), matter.documents.get(code)
        if kind is not None and isinstance(number, str):
            found = deposits.owned_by_number(session, matter.applicant_id, number)
        elif kind == "source_code":
            found = evidence
        else:
            continue
        remedy = no_material(prechecking.files_of(session, found))
        if remedy is not None:
            raise InvalidInput(
                f"无法生成鉴别材料:{remedy.zh} / the identification material cannot be made: "
                f"{remedy.en}",
                field=f"documents.{code}",
            )


def _is_same(session: Session, matter: Matter, evidence_id: uuid.UUID) -> bool:
    """Whether nothing differs from what was returned."""
    before = submission(session, matter.id, decided_before(session, matter, matter.round + 1) or 1)
    return (before.form, before.documents, before.evidence_id) == (
        matter.form, matter.documents, evidence_id,
    )  # fmt: skip

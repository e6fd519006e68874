"""Revoking a registration: proposed by one officer, confirmed by another, never by editing it.

The decision is a record of its own. It becomes evidence of the office, over the digests of what was
registered, and in the same transaction the leaf of the registration's record is asked to be revoked
on the chain; certificate and status follow when that is final. The number is never used again.
"""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts import keys, ties
from accounts.staff import Officer, Role
from chain import revoking as on_chain
from core import audit, lifecycle
from core.errors import Conflict, InvalidInput, NotAllowed
from core.text import clean_text
from evidence import deposits
from evidence.about import REVOCATION, deposit_about
from evidence.models import Evidence, StatementRow
from registry import interests, revocation_telling
from registry.matters import form_of, profile_of
from registry.models import Matter, Registration
from registry.numbering import BEIJING
from registry.revocation_lifecycle import (
    GROUNDS,
    PAPER_GROUNDS,
    REQUESTED_GROUND,
    REVOCATION_TRANSITIONS,
    Part,
    RevocationAction,
    RevocationState,
    decide_revocation,
    revocation_grounds,
)
from registry.revocation_record import RevocationRecord
from registry.revocations import LIVE, RegistrationRevocation, of_office

MAX_TEXT: Final = 2000
REVOCATION_LIFECYCLE: Final = lifecycle.Lifecycle("registration_revocation", REVOCATION_TRANSITIONS)


@dataclass(frozen=True)
class Reasons:
    """Why: a ground of the measure, in words, and perhaps an evidence's number that shows it."""

    ground: str
    explanation: str
    document: str | None


def ask(
    session: Session, matter: Matter, explanation: str, document: str | None, *, now: datetime
) -> RegistrationRevocation:
    """The applicant asks for the revocation of his registration.

    Raises:
        Conflict: not registered, revoked already, or asked for already.
        InvalidInput: no explanation. NotFound: no such evidence of the applicant.
    """
    registration = session.scalar(select(Registration).where(Registration.matter_id == matter.id))
    if registration is None:
        raise Conflict("尚未登记 / not registered yet: withdraw the matter instead")
    reasons = Reasons(REQUESTED_GROUND, explanation, document)
    row = _begin(session, registration, reasons, matter.applicant_id, RevocationState.REQUESTED,
                 now=now)  # fmt: skip
    row.requested_by = matter.applicant_id
    _begun(session, row, matter.applicant_id, now=now)
    return row


def propose(
    session: Session, officer: Officer, number: str, reasons: Reasons, *, now: datetime
) -> RegistrationRevocation:
    """A registrar proposes the revocation of a registration of the office.

    Raises:
        NotAllowed: no registrar, or the officer's own registration.
        NotFound: no such registration here, or no such evidence of the officer.
        Conflict: revoked already, or proposed already.
        InvalidInput: no such ground, no explanation, or an applicant's wish without the paper.
    """
    officer.require(Role.REGISTRAR)
    registration = of_office(session, officer.office, number)
    _require_unconcerned(session, officer, registration)
    _require_ground(session, registration, reasons.ground)
    if reasons.ground in PAPER_GROUNDS and reasons.document is None:
        raise InvalidInput(
            "依申请书、判决或处罚决定撤销的,请附其存证编号 / give the evidence of the request, "
            "judgment or decision that it rests on",
            field="document",
        )
    row = _begin(session, registration, reasons, officer.account_id, RevocationState.PROPOSED,
                 now=now)  # fmt: skip
    row.proposer_id, row.proposer_person = officer.account_id, officer.person_id
    row.proposed_at = now
    _begun(session, row, officer.account_id, now=now)
    return row


def take_up(
    session: Session, officer: Officer, row: RegistrationRevocation, *, now: datetime
) -> None:
    """A registrar makes an applicant's request a proposal. `row` is locked by the caller.

    Raises:
        NotAllowed: no registrar, or the officer's own registration.
        IllegalTransition: it is no request any more.
    """
    to = _decided(session, officer, row, RevocationAction.TAKE_UP)
    _move(
        session, row, to, "taken up", officer.account_id, now=now,
        proposer_id=officer.account_id, proposer_person=officer.person_id, proposed_at=now,
    )  # fmt: skip


def confirm(
    session: Session, officer: Officer, row: RegistrationRevocation, *, now: datetime
) -> None:
    """Another officer confirms: record, its evidence, and the wish to the chain, at once.

    `row` is locked by the caller.

    Raises:
        NotAllowed: the person who proposed it, neither registrar nor final examiner, or the
            officer's own registration.
        IllegalTransition: it was decided already, or nobody proposed it yet.
    """
    to = _decided(session, officer, row, RevocationAction.CONFIRM)
    _require_another(session, officer, row)
    registration = session.get_one(Registration, row.registration_id)
    entered = session.get_one(Evidence, registration.record_evidence_id)
    record = _record(session, row, registration, entered, now=now)
    account = keys.ensure_account(session, f"{row.office}@register", record.office, now=now)
    evidence = deposit_about(
        session,
        account.id,
        entered,
        {**record.facts(), "depositor": record.office},
        f"revocation:{row.id}",
        hashlib.sha256(record.encode()).digest(),
        now=now,
        kind=REVOCATION,
    )
    on_chain.request(session, entered, GROUNDS[row.ground].code, officer.account_id, now=now)
    _move(
        session, row, to, f"confirmed: {row.ground}", officer.account_id, now=now,
        decider_id=officer.account_id, decider_person=officer.person_id, decided_at=now,
        record=record.encode(), record_evidence_id=evidence.id,
    )  # fmt: skip


def reject(
    session: Session, officer: Officer, row: RegistrationRevocation, note: str, *, now: datetime
) -> None:
    """An officer decides against it, and says why. `row` is locked by the caller.

    Raises:
        NotAllowed: the proposer, or no registrar or final examiner, or the own registration.
        IllegalTransition: it was decided already. InvalidInput: no reason.
    """
    to = _decided(session, officer, row, RevocationAction.REJECT)
    _require_another(session, officer, row)
    _move(
        session, row, to, "rejected", officer.account_id, now=now,
        decider_id=officer.account_id, decider_person=officer.person_id, decided_at=now,
        note=clean_text(note, "note", MAX_TEXT),
    )  # fmt: skip


def withdraw(
    session: Session, officer: Officer, row: RegistrationRevocation, *, now: datetime
) -> None:
    """Who proposed it takes it back. `row` is locked by the caller.

    Raises:
        NotAllowed: somebody else proposed it. IllegalTransition: it was decided already.
    """
    to = _decided(session, officer, row, RevocationAction.WITHDRAW)
    _move(session, row, to, "withdrawn by the proposer", officer.account_id, now=now)


def withdraw_request(session: Session, row: RegistrationRevocation, *, now: datetime) -> None:
    """The applicant takes a request back before anybody took it up.

    Raises:
        IllegalTransition: it was taken up, or decided.
    """
    parts = frozenset({Part.APPLICANT})
    try:
        to = decide_revocation(RevocationState(row.status), RevocationAction.WITHDRAW, parts)
    except NotAllowed as error:
        raise Conflict("已由登记机构受理 / the office has taken it up already") from error
    _move(session, row, to, "withdrawn by the applicant", row.requested_by, now=now)


def _require_ground(session: Session, registration: Registration, ground: str) -> None:
    """The measure of its form knows this ground."""
    form = form_of(session.get_one(Matter, registration.matter_id)).form
    if ground not in revocation_grounds(form):
        known = ", ".join(revocation_grounds(form))
        raise InvalidInput(f"理由可选 / accepts: {known}", field="ground")


def _begin(
    session: Session,
    registration: Registration,
    reasons: Reasons,
    owner_id: uuid.UUID,
    state: RevocationState,
    *,
    now: datetime,
) -> RegistrationRevocation:
    told = clean_text(reasons.explanation, "explanation", MAX_TEXT)
    document = None
    if reasons.document is not None:
        document = deposits.owned_by_number(session, owner_id, reasons.document)
    session.get_one(Registration, registration.id, with_for_update=True)
    live = session.scalar(
        select(RegistrationRevocation.status).where(
            RegistrationRevocation.registration_id == registration.id,
            RegistrationRevocation.status.in_(LIVE),
        )
    )
    if live == RevocationState.CONFIRMED:
        raise Conflict("此登记已撤销 / this registration is revoked already")
    if live is not None:
        raise Conflict("已有未决的撤销 / a revocation is under way already")
    return RegistrationRevocation(
        id=uuid.uuid4(),
        registration_id=registration.id,
        office=registration.office,
        ground=reasons.ground,
        explanation=told,
        document_id=None if document is None else document.id,
        status=state.value,
        created_at=now,
    )


def _decided(
    session: Session, officer: Officer, row: RegistrationRevocation, action: RevocationAction
) -> RevocationState:
    """The state after this officer's action."""
    _require_unconcerned(session, officer, session.get_one(Registration, row.registration_id))
    parts = {
        Part(role.value) for role in officer.roles if role in {Role.REGISTRAR, Role.FINAL_EXAMINER}
    }
    if row.proposer_id == officer.account_id:
        parts.add(Part.PROPOSER)
    return decide_revocation(RevocationState(row.status), action, frozenset(parts))


def _require_unconcerned(session: Session, officer: Officer, registration: Registration) -> None:
    interests.require_none(session, officer, session.get_one(Matter, registration.matter_id))


def _require_another(session: Session, officer: Officer, row: RegistrationRevocation) -> None:
    if ties.did(session, officer, row.proposer_person, row.proposer_id):
        raise NotAllowed(
            "提出与决定须由不同的人办理 / proposing and deciding need two different persons"
        )


def _record(
    session: Session,
    row: RegistrationRevocation,
    registration: Registration,
    entered: Evidence,
    *,
    now: datetime,
) -> RevocationRecord:
    matter = session.get_one(Matter, registration.matter_id)
    document = None if row.document_id is None else session.get_one(Evidence, row.document_id)
    return RevocationRecord(
        registration_number=registration.number,
        revoked_on=now.astimezone(BEIJING).date().isoformat(),
        office=profile_of(session, matter).name.zh,
        ground=row.ground,
        explanation=row.explanation,
        registration_evidence=entered.number,
        registration_leaf=session.get_one(StatementRow, entered.id).leaf_hash.hex(),
        document=None if document is None else document.number,
    )


def _begun(session: Session, row: RegistrationRevocation, by: uuid.UUID, *, now: datetime) -> None:
    session.add(row)
    session.flush()
    _note(session, row, by, now=now)
    revocation_telling.changed(session, row, now=now)


def _note(
    session: Session, row: RegistrationRevocation, by: uuid.UUID | None, *, now: datetime
) -> None:
    facts = {"registration": str(row.registration_id), "ground": row.ground}
    audit.note(
        session, audit.of_office(row.office), f"revocation.{row.status}", f"revocation:{row.id}",
        by, {**facts}, now=now,
    )  # fmt: skip


def _move(
    session: Session,
    row: RegistrationRevocation,
    to: RevocationState,
    reason: str,
    by: uuid.UUID | None,
    *,
    now: datetime,
    **values: object,
) -> None:
    session.flush()
    lifecycle.move(
        session, REVOCATION_LIFECYCLE, RegistrationRevocation, row.id,
        was=RevocationState(row.status), to=to, reason=reason, now=now, **values,
    )  # fmt: skip
    session.flush()
    session.refresh(row)
    _note(session, row, by, now=now)
    revocation_telling.changed(session, row, now=now)

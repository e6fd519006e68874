"""I3: every registration that was revoked was so by two persons, on the record, and on the chain.

What is on its way to the chain is asked of it already: the wish is written with the decision.
"""

import hashlib
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.fsck.findings import Findings
from api.fsck.rules import APART, kept
from chain.models import Revocation
from evidence.about import REGISTRATION, REVOCATION
from evidence.models import Evidence, EvidenceFact, StatementRow
from registry.models import Matter, Registration
from registry.numbering import BEIJING
from registry.revocation_lifecycle import GROUNDS, RevocationState
from registry.revocation_record import DIGEST, RevocationRecord
from registry.revocations import RegistrationRevocation


def check_revocations(session: Session, found: Findings) -> None:
    """Each confirmed one, and each wish to the chain about an entry of a register."""
    asked: dict[UUID, int] = dict(
        session.execute(
            select(Revocation.evidence_id, Revocation.reason)
            .join(Evidence, Evidence.id == Revocation.evidence_id)
            .where(Evidence.kind == REGISTRATION)
        ).all()
    )
    records = set(session.scalars(select(Evidence.id).where(Evidence.kind == REVOCATION)))
    profiles = kept(session).profiles
    for row, registration, matter in session.execute(
        select(RegistrationRevocation, Registration, Matter)
        .join(Registration, Registration.id == RegistrationRevocation.registration_id)
        .join(Matter, Matter.id == Registration.matter_id)
        .where(RegistrationRevocation.status == RevocationState.CONFIRMED.value)
    ):
        persons = {row.proposer_person, row.decider_person} - {None, matter.applicant_person}
        two = len(persons) == 2 and row.proposer_id != row.decider_id  # noqa: PLR2004 - four eyes
        found.look("I3", holds=two, subject=row.id, detail="not revoked by two persons")
        recorded = row.record_evidence_id in records and _is_deposited(session, row)
        if (rules := profiles.get(matter.edition)) is None:
            found.set_apart(APART, 1)
        else:
            recorded &= (row.record or b"") == _record(session, row, registration, rules.name.zh)
        found.look("I3", holds=recorded, subject=row.id, detail="revocation and record differ")
        records.discard(row.record_evidence_id)
        wish = asked.pop(registration.record_evidence_id, None)
        holds = wish is not None and wish == _code(row)
        found.look("I3", holds=holds, subject=row.id, detail="not asked of the chain as decided")
    for evidence_id in asked:
        found.look("I3", holds=False, subject=evidence_id, detail="revoked, decided by nobody")
    for evidence_id in records:
        found.look("I3", holds=False, subject=evidence_id, detail="record of no revocation")


def _code(row: RegistrationRevocation) -> int | None:
    ground = GROUNDS.get(row.ground)
    return None if ground is None else ground.code


def _is_deposited(session: Session, row: RegistrationRevocation) -> bool:
    """The deposited digest is the record's."""
    fact = session.scalar(
        select(EvidenceFact.value).where(
            EvidenceFact.evidence_id == row.record_evidence_id, EvidenceFact.name == DIGEST
        )
    )
    return fact == {"value": hashlib.sha256(row.record or b"").hexdigest()}


def _record(
    session: Session, row: RegistrationRevocation, registration: Registration, office: str
) -> bytes | None:
    """The record as the rows and the office's name give it."""
    entered = session.execute(
        select(Evidence.number, StatementRow.leaf_hash)
        .join(StatementRow, StatementRow.evidence_id == Evidence.id)
        .where(Evidence.id == registration.record_evidence_id)
    ).one_or_none()
    if entered is None or row.decided_at is None:
        return None
    return RevocationRecord(
        registration_number=registration.number,
        revoked_on=row.decided_at.astimezone(BEIJING).date().isoformat(),
        office=office,
        ground=row.ground,
        explanation=row.explanation,
        registration_evidence=entered.number,
        registration_leaf=entered.leaf_hash.hex(),
        document=session.scalar(select(Evidence.number).where(Evidence.id == row.document_id)),
    ).encode()

"""From a revocation's row to what officers and applicants see."""

from sqlalchemy.orm import Session

from api.revocation_schemas import ChainState, RegistrationRevocationOut
from certs import issuing
from chain import revoking as on_chain
from evidence.models import Evidence
from registry.models import Registration
from registry.revocation_lifecycle import GROUNDS
from registry.revocations import RegistrationRevocation


def revocation_out(session: Session, row: RegistrationRevocation) -> RegistrationRevocationOut:
    """A revocation without the names of those who decide: that is the office's own business."""
    return RegistrationRevocationOut.model_validate(
        {
            "id": row.id,
            "registration_number": session.get_one(Registration, row.registration_id).number,
            "state": row.status,
            "ground": row.ground,
            "ground_text": str(GROUNDS[row.ground].words),
            "explanation": row.explanation,
            "document": _number(session, row.document_id),
            "asked_by_applicant": row.requested_by is not None,
            "created_at": row.created_at,
            "proposed_at": row.proposed_at,
            "decided_at": row.decided_at,
            "note": row.note,
            "record_evidence_number": _number(session, row.record_evidence_id),
            "certificate_ready": _certificate_ready(session, row),
            "chain": chain_state(session, row),
        }
    )


def chain_state(session: Session, row: RegistrationRevocation) -> ChainState | None:
    """How far the chain is; None for what was not confirmed."""
    if row.record_evidence_id is None:
        return None
    registration = session.get_one(Registration, row.registration_id)
    standing = on_chain.standing(session, registration.record_evidence_id)
    return None if standing is None else standing.state


def _certificate_ready(session: Session, row: RegistrationRevocation) -> bool:
    return row.record_evidence_id is not None and issuing.is_made(session, row.record_evidence_id)


def _number(session: Session, evidence_id: object) -> str | None:
    return None if evidence_id is None else session.get_one(Evidence, evidence_id).number

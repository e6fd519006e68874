"""The certificate of a decision to revoke a registration: for its owner and for those who decide.

The registration's own certificate stays where it was, and says `revoked` to all who check it.
"""

from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from api import packaging, policy
from api.auth import Caller, OfficerHere, Reader, Wired
from api.database import transaction
from api.headers import private
from api.openapi import answers, binary
from api.wiring import Services
from certs import issuing
from evidence.models import Evidence
from registry import registering, revocations

router = APIRouter(prefix="/api/v1", tags=["revocation"])
_PDF = binary("application/pdf", "撤销决定证书 certificate of the decision") | answers(404, 409)
_ZIP = binary("application/zip", "撤销决定证据包 package of the decision") | answers(404, 409)


@router.get("/matters/{matter_id}/revocation/certificate", response_class=Response, responses=_PDF)
def get_revocation_certificate(matter_id: UUID, services: Wired, caller: Reader) -> Response:
    """That one's registration was revoked, when and why: the decision's certificate."""
    with transaction(services.sessions) as session:
        evidence = _own(session, caller, matter_id)
        digest = packaging.made(session, evidence).pdf_sha256 or ""
    return _certificate(services, evidence.number, digest)


@router.get("/matters/{matter_id}/revocation/package", response_class=Response, responses=_ZIP)
def get_revocation_package(matter_id: UUID, services: Wired, caller: Reader) -> Response:
    """The decision's certificate and everything a verifier needs, with a fresh status."""
    with transaction(services.sessions) as session:
        evidence = _own(session, caller, matter_id)
        gathered = packaging.gather(session, evidence)
    return _package(services, evidence.number, gathered)


@router.get(
    "/offices/{office}/revocations/{revocation_id}/certificate",
    response_class=Response,
    responses=_PDF,
)
def examine_revocation_certificate(
    revocation_id: UUID, services: Wired, officer: OfficerHere
) -> Response:
    """The decision's certificate, for the office's registrars and final examiners."""
    with transaction(services.sessions) as session:
        row = policy.revocation_here(session, officer, revocation_id)
        evidence = revocations.record_of(session, row)
        digest = packaging.made(session, evidence).pdf_sha256 or ""
    return _certificate(services, evidence.number, digest)


@router.get(
    "/offices/{office}/revocations/{revocation_id}/package", response_class=Response, responses=_ZIP
)
def examine_revocation_package(
    revocation_id: UUID, services: Wired, officer: OfficerHere
) -> Response:
    """The decision's package, for the office's registrars and final examiners."""
    with transaction(services.sessions) as session:
        row = policy.revocation_here(session, officer, revocation_id)
        evidence = revocations.record_of(session, row)
        gathered = packaging.gather(session, evidence)
    return _package(services, evidence.number, gathered)


def _own(session: Session, caller: Caller, matter_id: UUID) -> Evidence:
    """The decision about the caller's own registration."""
    entry, _ = registering.entry_of(session, policy.own_matter(session, caller, matter_id).id)
    return revocations.record_of(session, revocations.latest(session, entry.id))


def _certificate(services: Services, number: str, digest: str) -> Response:
    pdf = issuing.stored_pdf(services.store, digest)
    name = f"revocation-{number}.pdf"
    return Response(pdf, media_type="application/pdf", headers=private(name))


def _package(services: Services, number: str, gathered: packaging.Gathered) -> Response:
    pdf = issuing.stored_pdf(services.store, gathered.pdf_sha256)
    name = f"revocation-{number}.zip"
    return Response(
        packaging.package_zip(gathered, pdf, services),
        media_type="application/zip",
        headers=private(name),
    )

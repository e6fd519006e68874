"""The package of an issued certificate, with a fresh status document."""

from dataclasses import dataclass
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.trusting import status_key, trust_file
from api.wiring import Services, utc_now
from certs import content as said
from certs import dossier, issuing, package, pdffile, readme, trust
from certs import status as statuses
from certs.models import Certificate
from chain.models import Revocation
from chain.revoking import is_revoked
from core import cms, pki, signed_data
from core.canonical import parse_time
from core.errors import Gone, NotReady
from evidence import delivery
from evidence.models import Evidence, StatementRow


@dataclass(frozen=True)
class Gathered:
    """What a package is made of, but for the certificate's bytes."""

    pdf_sha256: str
    content: said.CertificateContent
    documents: dict[str, bytes]
    status: statuses.Status


def gather(session: Session, evidence: Evidence) -> Gathered:
    """Everything a package needs of the database.

    Raises:
        NotReady: not issued yet. Gone: erased.
    """
    certificate = made(session, evidence)
    return Gathered(
        pdf_sha256=certificate.pdf_sha256 or "",
        content=said.from_canonical(certificate.content or b""),
        documents=dict(dossier.gather(session, evidence).documents()),
        status=status_of(session, evidence, certificate),
    )


def package_zip(gathered: Gathered, pdf: bytes, services: Services) -> bytes:
    """Certificate and documents in one ZIP, with a status signed now."""
    status = sign_status(gathered.status, services)
    return assemble(pdf, gathered.documents, gathered.content, status, services)


def assemble(
    pdf: bytes,
    documents: dict[str, bytes],
    content: said.CertificateContent,
    status: bytes,
    services: Services,
) -> bytes:
    """Put the members together."""
    return package.build(
        {
            **documents,
            package.CERTIFICATE: pdf,
            package.STATUS: status,
            package.README: readme.readme(content),
            package.PEMS[0]: _pem(_issuer_anchor(pdf, content, services)),
            package.PEMS[1]: _tsa_pem(services),
        }
    )


def status_of(session: Session, evidence: Evidence, certificate: Certificate) -> statuses.Status:
    """What is to be said of this certificate now."""
    revoked = is_revoked(session, evidence.id)
    reason = session.scalar(select(Revocation.reason).where(Revocation.evidence_id == evidence.id))
    state = statuses.IN_FORCE
    if revoked:
        state = statuses.REVOKED
    elif certificate.superseded_at is not None:
        state = statuses.SUPERSEDED
    return statuses.Status(
        evidence=evidence.number,
        leaf_hash=session.get_one(StatementRow, evidence.id).leaf_hash.hex(),
        edition=certificate.edition,
        state=state,
        reason=reason if revoked else None,
        as_of=utc_now(),
    )


def status_by_id(session: Session, certificate_id: UUID) -> statuses.Status:
    """What is to be said now of a certificate that may not be made yet."""
    certificate = session.get_one(Certificate, certificate_id)
    return status_of(session, session.get_one(Evidence, certificate.evidence_id), certificate)


def sign_status(status: statuses.Status, services: Services) -> bytes:
    """The bytes of status.json. Reads the key: no transaction may be open."""
    return statuses.sign(status, status_key(services.settings))


def made(session: Session, evidence: Evidence) -> Certificate:
    """The current certificate, whole.

    Raises:
        NotReady: not issued, paid for or reviewed yet. Gone: erased.
    """
    delivery.require_ready(session, evidence.id)
    certificate = issuing.current(session, evidence.id)
    if evidence.erased_at is not None:
        raise Gone("个人信息已删除,证书不再提供 / erased: the certificate is no longer given out")
    if certificate is None or certificate.pdf_sha256 is None:
        raise NotReady(
            "证书尚未制成,请稍后再取 / the certificate is not made yet: ask again shortly"
        )
    return certificate


def _issuer_anchor(
    pdf: bytes, content: said.CertificateContent, services: Services
) -> x509.Certificate:
    """What the trust file names of this certificate's issuer, the installation or an office; the
    root, where the trust file was not written anew yet.
    """
    signed = pdffile.signed_range(pdf)
    signature = signed_data.parse_detached(signed.cms)
    inside = {pki.fingerprint(each): each for each in signature.certificates}
    known = trust.parse(trust_file(services.settings)).issuer_roots
    roots = {name for name, each in inside.items() if each.issuer == each.subject}
    found = cms.verify(
        signature,
        at=parse_time(content.times.issued_at),
        roots=frozenset(known & inside.keys() or roots),
        content=signed.covered,
    )
    return inside[found.root_sha256]


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _tsa_pem(services: Services) -> bytes:
    (root, *_) = (each for each in services.timestamp_certificates if each.issuer == each.subject)
    return _pem(root)

"""The work sample of a registration: drawn and signed on demand, from the record's own evidence."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api import drawing
from api.issuing import Signatory, signatory_of, signer_for, terms_of
from api.packaging import made, sign_status, status_of
from api.wiring import Services
from certs import content as said
from certs import documents, dossier, issuing
from certs import status as statuses
from certs.issuing import Issuing
from core.errors import NotFound
from evidence.models import Blob, Evidence, VersionFile


@dataclass(frozen=True)
class Chosen:
    """What a sample says, gathered; drawing and signing come after the transaction."""

    content: said.CertificateContent
    documents: dict[str, bytes]
    status: statuses.Status
    blob: Blob | None
    signatory: Signatory


def choose(
    session: Session, services: Services, evidence: Evidence, today: Issuing, *, now: datetime
) -> Chosen:
    """Gather what the record's evidence proves, and the first file that can be shown.

    Raises:
        NotReady: no certificate yet. Gone: erased.
    """
    certificate = made(session, evidence)
    known = dossier.gather(session, evidence)
    signatory = signatory_of(session, services, evidence, certificate)
    terms = terms_of(today, signatory)
    return Chosen(
        content=issuing.compose(known, terms, certificate.edition, "work_sample", now=now),
        documents=dict(known.documents()),
        status=status_of(session, evidence, certificate),
        blob=_shown(session, evidence),
        signatory=signatory,
    )


def make(chosen: Chosen, services: Services, *, now: datetime) -> bytes:
    """The signed PDF. Slow: no transaction may be open."""
    from certs import making  # noqa: PLC0415 - reportlab and pyHanko, which only a sample needs

    shown = None
    if chosen.blob is not None:
        shown = drawing.drawn(services, chosen.blob.sha256, chosen.blob.media_type, "large")
    return making.make(
        said.to_canonical(chosen.content),
        {**chosen.documents, documents.STATUS: sign_status(chosen.status, services)},
        signer_for(services, chosen.signatory),
        services.timestamps.ask,
        now=now,
        shown=shown,
    )


def _shown(session: Session, evidence: Evidence) -> Blob | None:
    files = session.scalars(
        select(VersionFile)
        .where(VersionFile.version_id == evidence.version_id, VersionFile.purpose == "work")
        .order_by(VersionFile.position)
    )
    for file in files:
        try:
            return drawing.source_of(session, file)
        except NotFound:
            continue
    return None

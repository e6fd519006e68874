"""Copies for others: a certificate and package that show exactly the facts their owner chose."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from api.issuing import signatory_of, signer_of, terms_of
from api.packaging import assemble, made, sign_status, status_of
from api.wiring import Services
from certs import content as said
from certs import documents, dossier, issuing
from certs import status as statuses
from certs.issuing import Issuing
from core.errors import NotFound, NotReady
from evidence.models import Evidence


@dataclass(frozen=True)
class Chosen:
    """What a copy says, gathered; drawing and signing come after the transaction."""

    content: said.CertificateContent
    documents: dict[str, bytes]
    status: statuses.Status


def choose(
    session: Session,
    services: Services,
    evidence: Evidence,
    disclose: Sequence[str],
    today: Issuing,
    *,
    now: datetime,
) -> Chosen:
    """Gather the facts to disclose and everything that proves them.

    Raises:
        InvalidInput: a fact that does not exist. NotReady: no certificate yet. Gone: erased.
    """
    certificate = made(session, evidence)
    known = dossier.gather(session, evidence, disclose)
    terms = terms_of(today, signatory_of(session, services, evidence, certificate))
    return Chosen(
        content=issuing.compose(known, terms, certificate.edition, "copy", now=now),
        documents=dict(known.documents()),
        status=status_of(session, evidence, certificate),
    )


def make(chosen: Chosen, services: Services, *, now: datetime) -> bytes:
    """The package as a ZIP. Slow: no transaction may be open."""
    from certs import making  # noqa: PLC0415 - reportlab and pyHanko, which only a copy needs

    status = sign_status(chosen.status, services)
    pdf = making.make(
        said.to_canonical(chosen.content),
        {**chosen.documents, documents.STATUS: status},
        signer_of(services),
        services.timestamps.ask,
        now=now,
    )
    return assemble(pdf, chosen.documents, chosen.content, status, services)


def require_stored(evidence: Evidence) -> None:
    """Before the statement is fixed a digest is only a claim, and could name a stranger's file.

    Raises:
        NotReady: received, but not yet read back.
        NotFound: this evidence was rejected; its bytes were never stored.
    """
    if evidence.rejected_at is not None:
        raise NotFound("此存证未被接受,文件未入库 / rejected: the file was never stored")
    if evidence.stated_at is None:
        raise NotReady("文件正在入库,请稍后 / being stored: ask again shortly")

"""Signed papers for those who examine: the bytes, and the outcome of our own check of each."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from api import policy
from api.auth import OfficerHere, Wired
from api.database import transaction
from api.headers import private
from api.issuing import paper_signer_of
from api.openapi import answers, binary
from api.routes.signing import stored_paper
from api.signing_schemas import CheckedSignatureOut, SignedPaperOut, SignedPapersOut
from api.wiring import Services
from core.errors import NotFound, ServiceError
from registry import signing_state
from registry.matters import profile_of
from registry.signing_models import SigningRevision

router = APIRouter(prefix="/api/v1/offices/{office}/matters/{matter_id}/papers", tags=["signing"])

Code = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


@router.get("", responses=answers(404))
def list_signed_papers(matter_id: UUID, services: Wired, officer: OfficerHere) -> SignedPapersOut:
    """Every paper that was signed on line, each checked now: who signed, when, and that nothing
    was changed.
    """
    with transaction(services.sessions) as session:
        matter = policy.matter_before(session, officer, matter_id)
        documents = profile_of(session, matter).documents
        found = [
            (paper.code, str(documents[paper.code].name), revision)
            for paper in signing_state.papers_of(session, matter.id, matter.round)
            if (revision := signing_state.newest(session, paper.id)) is not None
        ]
    return SignedPapersOut(items=[_checked(services, *each) for each in found])


@router.get(
    "/{code}",
    response_class=Response,
    responses=binary("application/pdf", "已签文件 the signed paper") | answers(404),
)
def examine_signed_paper(
    matter_id: UUID, code: Code, services: Wired, officer: OfficerHere
) -> Response:
    """A signed paper, byte for byte."""
    with transaction(services.sessions) as session:
        matter = policy.matter_before(session, officer, matter_id)
        revision = signing_state.newest(session, signing_state.paper_of(session, matter, code).id)
    if revision is None:
        raise NotFound("没有此签署文件 / no such signed paper", field="code")
    data = stored_paper(services, revision)
    return Response(data, media_type="application/pdf", headers=private(f"{code}.pdf"))


def _checked(services: Services, code: str, name: str, revision: SigningRevision) -> SignedPaperOut:
    from certs.cosigned import check  # noqa: PLC0415 - pyHanko is loaded by who needs it

    shown = SignedPaperOut(
        code=code, name=name, sha256=revision.sha256, verified=False, finding=None,
        certified_at=None, signatures=[],
    )  # fmt: skip
    try:
        found = check(stored_paper(services, revision), paper_signer_of(services).trust)
    except ServiceError as error:
        return shown.model_copy(update={"finding": error.message})
    signatures = [
        CheckedSignatureOut(place=each.field, name=each.name, at=each.at)
        for each in found.signatures
    ]
    return shown.model_copy(
        update={"verified": True, "certified_at": found.certified_at, "signatures": signatures}
    )

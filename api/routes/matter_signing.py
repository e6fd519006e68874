"""Signing as the applicant sees it: who has signed, links, and sending on when all have."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from sqlalchemy.orm import Session

from api import policy
from api.auth import Reader, Registrant, Wired
from api.database import transaction
from api.headers import private
from api.hints import work_is_waiting
from api.openapi import answers, binary
from api.registry_schemas import MatterOut
from api.registry_views import matter_out
from api.routes.signing import stored_paper
from api.signing_jobs import invite
from api.signing_schemas import (
    LinkOut,
    MatterSigningOut,
    SignedOut,
    SignerOut,
    SigningPaperOut,
)
from api.wiring import Services, utc_now
from core.errors import Conflict, NotReady
from registry import signing_contacts, signing_links, signing_state, submitting
from registry.matters import profile_of
from registry.models import Matter
from registry.signatories import roles_of
from registry.signing_links import MOST_FAILURES
from registry.signing_models import SigningPaper, SigningSigner
from registry.signing_state import ActState

router = APIRouter(prefix="/api/v1/matters/{matter_id}/signing", tags=["signing"])

Code = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


@router.get("")
def show_matter_signing(matter_id: UUID, services: Wired, caller: Reader) -> MatterSigningOut:
    """The papers and the signers of the present round, in order, and who has not signed."""
    with transaction(services.sessions) as session:
        return _out(services, session, policy.own_matter(session, caller, matter_id))


@router.put("/signers/{signer_id}/link", responses=answers(409))
def renew_signing_link(
    request: Request, matter_id: UUID, signer_id: UUID, services: Wired, caller: Registrant
) -> LinkOut:
    """A new link for a signer whose turn it is, sent to the mobile or e-mail on file and shown
    here this once; the one before stops working.
    """
    services.limiter.check(f"signing-link:{caller.account_id}", 60)
    with transaction(services.sessions) as session:
        matter = policy.own_matter(session, caller, matter_id, lock=True)
        signer = signing_state.signer_of(session, matter, signer_id)
        signing_links.require_open(session, matter, signer)
    token = invite(services, signer_id, caller.who)
    if token is None:
        raise Conflict("此时不能发送链接 / no link can be sent now", field="signer_id")
    work_is_waiting(request)
    with transaction(services.sessions) as session:
        matter = policy.own_matter(session, caller, matter_id)
        signer = signing_state.signer_of(session, matter, signer_id)
        ends = signer.link_expires_at or utc_now()
    return LinkOut(link=f"{services.settings.public_url}/sign#{token}", expires_at=ends)


@router.delete("/signers/{signer_id}/link", status_code=204)
def void_signing_link(
    matter_id: UUID, signer_id: UUID, services: Wired, caller: Registrant
) -> None:
    """End a link that went astray; the signer can sign again once a new one is sent."""
    with transaction(services.sessions) as session:
        matter = policy.own_matter(session, caller, matter_id, lock=True)
        signer = signing_state.signer_of(session, matter, signer_id)
        signing_links.void(session, matter, signer, by=caller.who, now=utc_now())


@router.post("/completion", responses=answers(409))
def send_on_signed(matter_id: UUID, services: Wired, caller: Registrant) -> MatterOut:
    """Everybody has signed: send it on, where the office does not have it go on by itself."""
    with transaction(services.sessions) as session:
        matter = policy.own_matter(session, caller, matter_id, lock=True)
        submitting.send_on(session, matter, "sent on by the applicant", now=utc_now())
        return matter_out(session, matter, services.keyring)


@router.get(
    "/papers/{code}",
    response_class=Response,
    responses=binary("application/pdf", "签署文件 the paper, as far as it is signed")
    | answers(409),
)
def get_signing_paper(matter_id: UUID, code: Code, services: Wired, caller: Reader) -> Response:
    """A paper of the present round with the signatures it has."""
    with transaction(services.sessions) as session:
        matter = policy.own_matter(session, caller, matter_id)
        revision = signing_state.newest(session, signing_state.paper_of(session, matter, code).id)
    if revision is None:
        raise NotReady("文件正在准备,请稍候 / the paper is being prepared: wait a moment")
    data = stored_paper(services, revision)
    return Response(data, media_type="application/pdf", headers=private(f"{code}.pdf"))


def _out(services: Services, session: Session, matter: Matter) -> MatterSigningOut:
    profile = profile_of(session, matter)
    papers = signing_state.papers_of(session, matter.id, matter.round)
    signers = signing_state.signers_of(session, matter.id, matter.round)
    note = profile.signing.note
    return MatterSigningOut(
        order=profile.signing.order,
        submits_itself=profile.signing.submits_itself,
        complete=bool(papers) and signing_state.is_complete(session, matter),
        note=None if note is None else str(note),
        papers=[
            _paper_out(session, each, str(profile.documents[each.code].name)) for each in papers
        ],
        signers=[_signer_out(services, session, matter, each) for each in signers],
    )


def _paper_out(session: Session, paper: SigningPaper, name: str) -> SigningPaperOut:
    acts = signing_state.acts_of(session, paper.id)
    return SigningPaperOut(
        code=paper.code,
        name=name,
        ready=signing_state.newest(session, paper.id) is not None,
        whole=all(act.status == ActState.SIGNED for act in acts),
        kept=paper.kept_from is not None,
        signatures=[
            SignedOut(place=act.place, signer_id=act.signer_id, at=act.signed_at) for act in acts
        ],
    )


def _signer_out(
    services: Services, session: Session, matter: Matter, signer: SigningSigner
) -> SignerOut:
    reached = None
    if signer.contact is not None:
        reached = signing_contacts.masked(signing_contacts.opened(services.keyring, signer))
    return SignerOut(
        id=signer.id,
        name=signer.name,
        kind="seal" if signer.kind == "seal" else "signature",
        roles=roles_of(signer.roles),
        state=signing_state.state_of(session, matter, signer, now=utc_now()),
        contact=reached,
        link_expires_at=signer.link_expires_at if signer.token_hash is not None else None,
        locked=signer.failures >= MOST_FAILURES,
    )

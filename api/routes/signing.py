"""Signing by link, without an account: see for whom it is, prove it, read, confirm.

The link's token comes in a header, so that no log of addresses holds it; a page keeps it behind
the `#` of its own address, which browsers do not send.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from sqlalchemy.orm import Session

from api import messages
from api.auth import Wired, address_of, blinded, require_own_origin
from api.database import transaction
from api.headers import private
from api.hints import work_is_waiting
from api.openapi import answers, binary
from api.signing_schemas import (
    ConfirmationIn,
    ProofIn,
    ProofOut,
    SigningOut,
    ToSignPaperOut,
)
from api.wiring import Services, utc_now
from certs.strokes import check_strokes
from core.errors import NotAllowed
from registry import signing_contacts, signing_links
from registry.matters import profile_of
from registry.models import Matter
from registry.signatories import roles_of
from registry.signing_links import MOST_FAILURES, Answer, Wrong, told
from registry.signing_models import SigningRevision, SigningSigner
from registry.signing_state import SignerState, acts_by, state_of

router = APIRouter(prefix="/api/v1/signing", tags=["signing"])

_PER_MINUTE: Final = 120
_CODES_PER_MINUTE: Final = 3
_CODES_PER_HOUR: Final = 60
"""To one signer, however many links the applicant has sent."""

_PROOFS_PER_MINUTE: Final = 10
_IN_APPS: Final = ("micromessenger", "dingtalk", "alipayclient", " qq/")
"""Browsers built into other apps, by what they call themselves (ZJ-88)."""

_LINK: Final = Header(
    alias="Signing-Link", min_length=1, max_length=100, description="链接中的令牌 the link's token"
)
_PROOF: Final = Header(
    alias="Signing-Proof", min_length=1, max_length=100, description="身份验证的凭证 the proof"
)
Link = Annotated[str, _LINK]
Proof = Annotated[str, _PROOF]
Code = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Page = Annotated[int, Path(ge=1, le=400)]


def _braked(request: Request, services: Wired) -> None:
    services.limiter.check(f"signing:{address_of(request)}", _PER_MINUTE)


def _own_page(request: Request, services: Wired) -> None:
    require_own_origin(request, services.settings)


Braked = Depends(_braked)
OwnPage = Depends(_own_page)


@router.get("", dependencies=[Braked], responses=answers(404, 410, 429))
def show_signing(request: Request, services: Wired, link: Link) -> SigningOut:
    """For whom the link is and what waits to be signed; names of papers, not the papers."""
    with transaction(services.sessions) as session:
        matter, signer = signing_links.find(session, link, now=utc_now())
        return _signing_out(services, session, matter, signer, request)


@router.post(
    "/code",
    status_code=204,
    dependencies=[Braked, OwnPage],
    responses=answers(403, 404, 409, 410, 429),
)
def send_signing_code(services: Wired, link: Link) -> None:
    """Send a code to the mobile (or e-mail) on file for the signer."""
    now = utc_now()
    with transaction(services.sessions) as session:
        _, signer = signing_links.find(session, link, now=now)
        signer_id = signer.id
    services.limiter.check(f"signing-code:{blinded(link)}", _CODES_PER_MINUTE)
    services.limiter.check(f"signing-codes:{signer_id}", _CODES_PER_HOUR, 3600)
    with transaction(services.sessions) as session:
        matter, signer = signing_links.find(session, link, now=now)
        to, code = signing_links.send_code(session, services.keyring, matter, signer, now=now)
    services.outbox.send(messages.signing_code(to, code), now=now)


@router.post("/proof", dependencies=[Braked, OwnPage], responses=answers(403, 404, 409, 410, 429))
def prove_signer(body: ProofIn, services: Wired, link: Link) -> ProofOut:
    """Show the code and the identity number; the proof then lets read and sign for half an hour.
    Five wrong answers lock the link.
    """
    now = utc_now()
    answer = Answer(
        body.code.get_secret_value(), body.document_kind, body.number.get_secret_value(),
        body.country,
    )  # fmt: skip
    services.limiter.check(f"signing-proof:{blinded(link)}", _PROOFS_PER_MINUTE)
    with transaction(services.sessions) as session:
        matter, signer = signing_links.find(session, link, now=now)
        found = signing_links.prove(session, services.keyring, matter, signer, answer, now=now)
        texts = profile_of(session, matter).texts
        ends = signer.proof_expires_at or now
    if isinstance(found, Wrong):
        names = {"number": "not_the_signer", "document_kind": "wrong_paper"}
        said = "验证码有误或已过期,请重新获取。 / a wrong or expired code: ask for a new one"
        if found.what in names:
            said = str(told(texts, names[found.what]))
        left = f"(还可尝试 {found.left} 次 / {found.left} of {MOST_FAILURES} tries left)"
        raise NotAllowed(f"{said} {left}", field=found.what)
    return ProofOut(proof=found, expires_at=ends)


@router.get(
    "/papers/{code}",
    response_class=Response,
    dependencies=[Braked],
    responses=binary("application/pdf", "待签文件 the paper to sign")
    | answers(403, 404, 409, 410, 429),
)
def read_paper_to_sign(code: Code, services: Wired, link: Link, proof: Proof) -> Response:
    """The paper as it stands, with the signatures it has."""
    data = _read(services, code, link, proof)
    return Response(data, media_type="application/pdf", headers=private(f"{code}.pdf", "inline"))


@router.get(
    "/papers/{code}/pages/{page}",
    response_class=Response,
    dependencies=[Braked],
    responses=binary("image/png", "文件的一页 a page of the paper")
    | answers(403, 404, 409, 410, 429),
)
def read_page_to_sign(
    code: Code, page: Page, services: Wired, link: Link, proof: Proof
) -> Response:
    """One page as a picture, for phones."""
    from certs import paper_pages  # noqa: PLC0415 - PDFium is loaded by who needs it

    data = paper_pages.draw(_read(services, code, link, proof), page)
    headers = private(f"{code}-{page}.png", "inline")
    return Response(data, media_type=paper_pages.MEDIA_TYPE, headers=headers)


@router.post(
    "/confirmation",
    status_code=202,
    dependencies=[Braked, OwnPage],
    responses=answers(403, 404, 409, 410, 429),
)
def confirm_signing(
    request: Request, body: ConfirmationIn, services: Wired, link: Link, proof: Proof
) -> SigningOut:
    """Sign every paper of this link: from here on it is done, in a few seconds. Each paper must
    have been opened. Without this call nothing is signed.
    """
    strokes = check_strokes(body.strokes, "strokes")
    now = utc_now()
    with transaction(services.sessions) as session:
        matter, signer = signing_links.find(session, link, now=now)
        signing_links.require_open(session, matter, signer)
        signing_links.require_proven(signer, proof, now=now)
        signing_links.confirm(session, matter, signer, strokes, now=now)
        shown = _signing_out(services, session, matter, signer, request)
    work_is_waiting(request)
    return shown


def _read(services: Services, code: str, link: str, proof: str) -> bytes:
    now = utc_now()
    with transaction(services.sessions) as session:
        matter, signer = signing_links.find(session, link, now=now)
        signing_links.require_open(session, matter, signer)
        signing_links.require_proven(signer, proof, now=now)
        revision = signing_links.read(session, signer, code, now=now)
    return stored_paper(services, revision)


def stored_paper(services: Services, revision: SigningRevision) -> bytes:
    """The bytes of a stored revision. No transaction may be open."""
    with services.store.open(revision.sha256) as file:
        return file.read()


def _signing_out(
    services: Services, session: Session, matter: Matter, signer: SigningSigner, request: Request
) -> SigningOut:
    profile = profile_of(session, matter)
    state = state_of(session, matter, signer, now=utc_now())
    seen = {act.paper_id for act in acts_by(session, signer.id) if act.seen_at is not None}
    goes_to = None
    if signer.contact is not None:
        goes_to = signing_contacts.masked(signing_contacts.opened(services.keyring, signer))
    hints = [] if profile.signing.note is None else [str(profile.signing.note)]
    agent = request.headers.get("user-agent", "").lower()
    if any(name in agent for name in _IN_APPS):
        hints.append(str(told(profile.texts, "built_in_browser")))
    if state is SignerState.UNFINISHED:
        hints.append(str(told(profile.texts, "unfinished_signing")))
    return SigningOut(
        office=str(profile.name),
        for_whom=signing_contacts.masked_name(signer.name, natural=signer.kind == "signature"),
        kind="seal" if signer.kind == "seal" else "signature",
        roles=roles_of(signer.roles),
        state=state,
        sequential=profile.signing.order == "sequential",
        papers=[
            ToSignPaperOut(
                code=paper.code, name=str(profile.documents[paper.code].name), pages=paper.pages,
                opened=paper.id in seen,
            )
            for paper in signing_links.papers_by(session, signer)
        ],
        code_goes_to=goes_to,
        expires_at=signer.link_expires_at,
        hints=hints,
    )  # fmt: skip

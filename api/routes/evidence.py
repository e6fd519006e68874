"""Deposits and what came of them, for their owner."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from api import crash, disclosing, drawing, erasing, hints, packaging, policy, serving
from api.auth import Caller, Depositor, Reader, SignedIn, Wired
from api.database import transaction
from api.evidence_views import deposited_out, evidence_out, evidence_page
from api.headers import private
from api.idempotency import Key
from api.issuing import terms_today
from api.openapi import answers, binary
from api.printable import check_printable
from api.schemas import (
    BatchIn,
    BatchOut,
    Day,
    DepositIn,
    DigestIn,
    DigestsIn,
    ErasureIn,
    EvidenceOut,
    EvidencePage,
    ExportIn,
    FileIn,
    WorkIn,
)
from api.serving import ANSWERS, IfRange, Place, Range
from api.wiring import Services, utc_now
from certs import issuing
from core.errors import InvalidInput, NotFound
from core.paging import MOST_TYPED
from evidence import delivery, deposits, erasure, intake, listing
from evidence.deposits import Deposit
from evidence.models import Evidence, VersionFile, WorkVersion
from evidence.numbers import normalise
from evidence.works import DeclaredFile, Description

router = APIRouter(prefix="/api/v1/evidence", tags=["evidence"])


@router.post("", status_code=201, responses=answers(404, 409))
def deposit_work(
    request: Request, body: DepositIn, key: Key, services: Wired, caller: Depositor
) -> EvidenceOut:
    """Deposit a new work. The submission time is now; the same key again gives the same answer."""
    wanted = _deposit(body, body.custody_mode)
    check_printable(wanted.about, [file.name for file in wanted.files])
    now, limits = utc_now(), services.settings.intake
    if wanted.custody_mode == deposits.STORED:
        with transaction(services.sessions) as session:
            if deposits.find_repeat(session, caller.account_id, key, wanted.digest()) is None:
                policy.own_named_uploads(session, caller, wanted.files)
            files = deposits.to_read(session, caller.account_id, wanted, key, limits)
        intake.check_promptly(intake.planned(files), services.staging, limits)
    with transaction(services.sessions) as session:
        evidence = deposits.deposit_new_work(
            session, caller.account_id, wanted, key, limits, caller.agent_id, now=now
        )
        delivery.hold(session, evidence, services.evidence_terms, caller.agent_id, now=now)
        answer = evidence_out(session, evidence, services)
    crash.point("deposited")
    hints.work_is_waiting(request)
    return answer


@router.post("/batch", responses=answers())
def deposit_batch(request: Request, body: BatchIn, services: Wired, caller: Depositor) -> BatchOut:
    """Deposit up to 500 new works of which only digests are sent, in one transaction.

    Each has an idempotency key of its own and is answered at its place, with its evidence or with
    what is wrong; one that is refused holds up no other. The same body again gives the same.
    """
    asked = [(item.key, _deposit(item, deposits.HASH_ONLY)) for item in body.deposits]
    refused = [_unprintable(wanted) for _, wanted in asked]
    now, terms = utc_now(), services.evidence_terms
    with transaction(services.sessions) as session:
        found = deposits.deposit_digests(
            session,
            caller.account_id,
            [each for each, error in zip(asked, refused, strict=True) if error is None],
            services.settings.intake,
            caller.agent_id,
            now=now,
        )
        for each in found:
            if isinstance(each, Evidence):
                delivery.hold(session, each, terms, caller.agent_id, now=now)
        made = iter(found)
        items = [
            deposited_out(key, next(made) if error is None else error, services)
            for (key, _), error in zip(asked, refused, strict=True)
        ]
    crash.point("deposited")
    hints.work_is_waiting(request)
    return BatchOut(items=items)


@router.get("")
def list_evidence(
    services: Wired,
    caller: Reader,
    *,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    idempotency_key: Annotated[str | None, Query(max_length=255)] = None,
    title: Annotated[str, Query(max_length=MOST_TYPED)] = "",
    since: Annotated[Day | None, Query()] = None,
    until: Annotated[Day | None, Query()] = None,
) -> EvidencePage:
    """Newest first; `next` is the cursor of the following page. Limited, where asked, to a part of
    the title, and to days of submission at UTC+8.
    """
    limited = listing.of_evidence(title, since, until)
    with transaction(services.sessions) as session:
        found = deposits.owned_list(
            session, caller.account_id, cursor, limit + 1, idempotency_key, caller.agent_id, limited
        )
        items = evidence_page(session, found[:limit], services)
    more = len(found) > limit
    return EvidencePage(items=items, next=str(found[limit - 1].id) if more else None)


@router.get("/{number}")
def show_evidence(number: str, services: Wired, caller: Reader) -> EvidenceOut:
    """Where one evidence stands."""
    with transaction(services.sessions) as session:
        evidence = policy.own_evidence(session, caller, number)
        return evidence_out(session, evidence, services)


@router.get(
    "/{number}/certificate",
    response_class=Response,
    responses=binary("application/pdf", "证书 certificate") | answers(409, 410),
)
def get_certificate(number: str, services: Wired, caller: Reader) -> Response:
    """The signed certificate, exactly as issued."""
    with transaction(services.sessions) as session:
        evidence = policy.own_evidence(session, caller, number)
        digest = packaging.made(session, evidence).pdf_sha256 or ""
    data = _issued(services, caller, number, digest)
    return _attachment(data, "application/pdf", f"{evidence.number}.pdf")


@router.get(
    "/{number}/package",
    response_class=Response,
    responses=binary("application/zip", "证据包 package") | answers(409, 410),
)
def get_package(number: str, services: Wired, caller: Reader) -> Response:
    """The evidence package: all a verifier needs, with a fresh status."""
    with transaction(services.sessions) as session:
        evidence = policy.own_evidence(session, caller, number)
        gathered = packaging.gather(session, evidence)
    pdf = _issued(services, caller, number, gathered.pdf_sha256)
    data = packaging.package_zip(gathered, pdf, services)
    return _attachment(data, "application/zip", f"{evidence.number}.zip")


@router.post(
    "/{number}/exports",
    response_class=Response,
    responses=binary("application/zip", "只含所选事实的证据包 a package with those facts")
    | answers(409, 410),
)
def export_copy(number: str, body: ExportIn, services: Wired, caller: Reader) -> Response:
    """A copy for others that discloses exactly the facts named; custody mode and submission time
    always stand in it.
    """
    today = terms_today(services)
    with transaction(services.sessions) as session:
        evidence = policy.own_evidence(session, caller, number)
        chosen = disclosing.choose(session, services, evidence, body.disclose, today, now=utc_now())
    data = disclosing.make(chosen, services, now=utc_now())
    return _attachment(data, "application/zip", f"{evidence.number}-copy.zip")


@router.get("/{number}/files/{position}", response_class=Response, responses=ANSWERS)
def get_file(
    number: str,
    position: Place,
    services: Wired,
    caller: Reader,
    range_: Range = None,
    if_range: IfRange = None,
) -> Response:
    """A deposited file, byte for byte, always as an attachment; or one range of it. The strong
    `ETag` is its SHA-256.
    """

    def look() -> tuple[Evidence, VersionFile]:
        with transaction(services.sessions) as session:
            evidence = policy.own_evidence(session, caller, number)
            file = intake.file_of(session, evidence, position)
            disclosing.require_stored(evidence)
            erasure.require_bytes(evidence, file)
        return evidence, file

    return serving.attachment(services, look, range_, if_range)


@router.get(
    "/{number}/files/{position}/preview",
    response_class=Response,
    responses=binary("image/webp", "预览 preview") | answers(409),
)
def preview_file(
    number: str,
    position: Place,
    services: Wired,
    caller: Reader,
    size: Annotated[Literal["small", "large"], Query()] = "small",
    page: drawing.Page = 1,
) -> Response:
    """A deposited picture, or one of the first pages, re-encoded and small, without metadata."""
    with transaction(services.sessions) as session:
        evidence = policy.own_evidence(session, caller, number)
        disclosing.require_stored(evidence)
        blob = drawing.source_of(session, intake.file_of(session, evidence, position))
    return drawing.preview(services, blob, size, page)


@router.delete("/{number}/personal-data", responses=answers(409))
def erase_personal_data(
    number: str, body: ErasureIn, services: Wired, caller: SignedIn
) -> EvidenceOut:
    """Erase what is personal: facts, names, our certificate, and the files unless `keep_files`.
    Digests and proofs stay; copies in other hands can still be verified. It cannot be undone.
    """
    if normalise(number) != normalise(body.confirm):
        raise InvalidInput(
            "请在 confirm 中重复存证编号 / repeat the evidence number in confirm", field="confirm"
        )
    with transaction(services.sessions) as session:
        evidence = policy.own_evidence(session, caller, number)
        session.refresh(evidence, with_for_update=True)
        erased = erasing.erase(session, evidence, keep_files=body.keep_files, now=utc_now())
        answer = evidence_out(session, evidence, services)
    erasing.clear_disks(services, evidence.id, erased)
    return answer


def _issued(services: Services, caller: Caller, number: str, pdf_sha256: str) -> bytes:
    """The signed bytes as issued; Gone when they were erased since they were looked up."""
    try:
        return issuing.stored_pdf(services.store, pdf_sha256)
    except NotFound:
        with transaction(services.sessions) as session:
            packaging.made(session, policy.own_evidence(session, caller, number))
        raise


def declared(file: FileIn | DigestIn) -> DeclaredFile:
    """A file of a body, as the verbs take it."""
    upload = file.upload if isinstance(file, FileIn) else None
    return DeclaredFile(file.name, file.size, file.sha256, file.sm3, upload)


def described(said: WorkIn | WorkVersion) -> Description:
    """What is said of a work, in a body or in a draft."""
    return Description(
        title=said.title,
        description=said.description,
        category=said.category,
        tags=tuple(said.tags or ()),
        creation_nature=said.creation_nature,
        completion_date=said.completion_date,
        authors=tuple(said.authors or ()),
    )


def _unprintable(wanted: Deposit) -> InvalidInput | None:
    try:
        check_printable(wanted.about, [file.name for file in wanted.files])
    except InvalidInput as error:
        return error
    return None


def _deposit(body: DepositIn | DigestsIn, custody_mode: str) -> Deposit:
    return Deposit(
        about=described(body),
        files=tuple(declared(file) for file in body.files),
        custody_mode=custody_mode,
        public=body.public,
        personal=isinstance(body, DepositIn) and body.personal,
    )


def _attachment(data: bytes, media_type: str, name: str) -> Response:
    return Response(data, media_type=media_type, headers=private(name))

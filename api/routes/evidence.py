"""Deposits and what came of them, for their owner."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response

from api import hints
from api.auth import Depositor, Reader, Wired
from api.database import transaction
from api.packaging import certificate_pdf, package_zip
from api.schemas import DepositIn, EvidenceOut, EvidencePage
from api.views import evidence_out
from api.wiring import utc_now
from evidence import deposits, intake
from evidence.deposits import Deposit
from evidence.numbers import normalise
from evidence.works import DeclaredFile, Description

router = APIRouter(prefix="/api/v1/evidence", tags=["evidence"])

Key = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=255)]


@router.post("", status_code=201)
def deposit_work(
    request: Request, body: DepositIn, key: Key, services: Wired, caller: Depositor
) -> EvidenceOut:
    """Deposit a new work. The submission time is now; the same key again gives the same answer."""
    wanted = _deposit(body)
    now = utc_now()
    with transaction(services.sessions) as session:
        evidence = deposits.deposit_new_work(
            session, caller.account_id, wanted, key, services.settings.intake, now=now
        )
        todo = intake.plan(session, evidence.id)
        if todo is not None:
            intake.check_promptly(todo, services.staging, services.settings.intake)
        answer = evidence_out(session, evidence, services)
    hints.work_is_waiting(request)
    return answer


@router.get("")
def list_evidence(
    services: Wired,
    caller: Reader,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    idempotency_key: Annotated[str | None, Query(max_length=255)] = None,
) -> EvidencePage:
    """Newest first; `next` is the cursor of the following page."""
    with transaction(services.sessions) as session:
        found = deposits.owned_list(session, caller.account_id, cursor, limit + 1, idempotency_key)
        items = [evidence_out(session, evidence, services) for evidence in found[:limit]]
    more = len(found) > limit
    return EvidencePage(items=items, next=str(found[limit - 1].id) if more else None)


@router.get("/{number}")
def show_evidence(number: str, services: Wired, caller: Reader) -> EvidenceOut:
    """Where one evidence stands."""
    with transaction(services.sessions) as session:
        evidence = deposits.owned_by_number(session, caller.account_id, normalise(number))
        return evidence_out(session, evidence, services)


@router.get("/{number}/certificate", response_class=Response)
def get_certificate(number: str, services: Wired, caller: Reader) -> Response:
    """The signed certificate, exactly as issued."""
    number = normalise(number)
    with transaction(services.sessions) as session:
        evidence = deposits.owned_by_number(session, caller.account_id, number)
        data = certificate_pdf(session, evidence, services)
    return _attachment(data, "application/pdf", f"{number}.pdf")


@router.get("/{number}/package", response_class=Response)
def get_package(number: str, services: Wired, caller: Reader) -> Response:
    """The evidence package: all a verifier needs, with a fresh status."""
    number = normalise(number)
    with transaction(services.sessions) as session:
        evidence = deposits.owned_by_number(session, caller.account_id, number)
        data = package_zip(session, evidence, services)
    return _attachment(data, "application/zip", f"{number}.zip")


def _deposit(body: DepositIn) -> Deposit:
    return Deposit(
        about=Description(
            title=body.title,
            description=body.description,
            category=body.category,
            tags=tuple(body.tags),
            creation_nature=body.creation_nature,
            completion_date=body.completion_date,
            authors=tuple(body.authors),
        ),
        files=tuple(
            DeclaredFile(file.name, file.size, file.sha256, file.sm3, file.upload)
            for file in body.files
        ),
        custody_mode=body.custody_mode,
        public=body.public,
    )


def _attachment(data: bytes, media_type: str, name: str) -> Response:
    return Response(
        data,
        media_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )

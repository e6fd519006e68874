"""What officers declare about themselves, so that they are never given a matter that binds them."""

from uuid import UUID

from fastapi import APIRouter

from accounts.days import day_of
from accounts.documents import Document, read_document
from api.auth import OfficerHere, SignedIn, Wired
from api.database import transaction
from api.examination_schemas import DeclarationIn, DeclarationOut, DeclarationPage
from api.idempotency import OptionalKey, sealed_call
from api.openapi import answers
from api.wiring import utc_now
from core import idempotency
from core.errors import InvalidInput
from registry import interests
from registry.models import DeclaredConflict

router = APIRouter(prefix="/api/v1/offices/{office}/conflicts", tags=["examination"])


@router.post("", status_code=201, responses=answers(409))
def declare_conflict(
    body: DeclarationIn,
    services: Wired,
    caller: SignedIn,
    officer: OfficerHere,
    key: OptionalKey = None,
) -> DeclarationOut:
    """Say from whose matters one keeps away: relatives, firms, names. It holds at every office, for
    the person and not the account. Of a number only a blind index is kept.
    """
    subject, now, ring = _subject(body), utc_now(), services.keyring
    with transaction(services.sessions) as session:
        made = idempotency.once(
            session,
            sealed_call(ring, caller, "declare_conflict", key, body),
            lambda: (
                interests.declare(session, ring, officer, body.kind, subject, body.note, now=now).id
            ),
            now=now,
        )
        return _out(session.get_one(DeclaredConflict, made.subject))


@router.get("")
def list_conflicts(services: Wired, officer: OfficerHere) -> DeclarationPage:
    """What the caller declared and did not end, newest first."""
    with transaction(services.sessions) as session:
        rows = interests.declarations(session, officer)
        return DeclarationPage(items=[_out(row) for row in rows])


@router.delete("/{conflict_id}", status_code=204, responses=answers(404))
def end_conflict(conflict_id: UUID, services: Wired, officer: OfficerHere) -> None:
    """End a declaration of one's own; that it held until now stays on record."""
    with transaction(services.sessions) as session:
        interests.end(session, officer, conflict_id, now=utc_now())


def _subject(body: DeclarationIn) -> Document | str:
    if body.kind == "name":
        if body.name is None:
            raise InvalidInput("请填写姓名或名称 / enter the name", field="name")
        return body.name
    if body.document_kind is None or body.number is None:
        raise InvalidInput(
            "请填写证件类型与号码;不知号码的,按名称申报 / enter kind and number of the document, "
            "or declare the name",
            field="number",
        )
    return read_document(
        body.document_kind,
        body.number.get_secret_value(),
        today=day_of(utc_now()),
        country=body.country,
    )


def _out(row: DeclaredConflict) -> DeclarationOut:
    return DeclarationOut(
        id=row.id, kind=row.kind, name=row.name, note=row.note, declared_at=row.declared_at
    )

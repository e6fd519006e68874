"""tus 1.0 at /api/v1/uploads: creation, termination, expiration, checksum.

The caller is known before a byte of the body is read. Bytes are written at their offset in a
thread, made durable, and only then the row advances; a kill at any moment loses nothing that was
acknowledged.
"""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from datetime import datetime
from email.utils import format_datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response
from starlette.requests import ClientDisconnect

from accounts import keys
from api import crash, policy
from api.auth import Caller, Wired, authenticate, identify, needs
from api.database import transaction
from api.idempotency import OptionalKey, call_of, still_there
from api.openapi import answers
from api.wiring import Services, utc_now
from core import idempotency
from core.errors import Conflict, InvalidInput, TooLarge, UnsupportedType
from evidence import uploads
from evidence.models import Upload
from evidence.uploads import CHECKPOINT, StagedFile, WrongChecksum, WrongVersion

router = APIRouter(prefix="/api/v1/uploads", tags=["uploads"])

VERSION: Final = "1.0.0"
_WRITE: Final = 1024 * 1024
_STRIDE: Final = 16 * 1024 * 1024
"""Bytes after which the disk is set to work."""
_PROTOCOL: Final = {"Tus-Resumable": VERSION}
_CHECKSUMS: Final = {"sha256": hashlib.sha256}

Uploader = Annotated[Caller, Depends(needs(keys.DEPOSIT))]


_BYTES: Final = "application/offset+octet-stream"


def _speak(
    tus_resumable: Annotated[str | None, Header(description="1.0.0")] = None,
) -> None:
    if tus_resumable != VERSION:
        raise WrongVersion(
            f"须使用 tus {VERSION} / needs Tus-Resumable: {VERSION}", field="Tus-Resumable"
        )


Spoken = Depends(_speak)


@router.options("", status_code=204)
@router.options("/{upload_id}", status_code=204, include_in_schema=False)
def upload_capabilities(services: Wired) -> Response:
    """What this server can do (tus 1.0)."""
    return Response(
        status_code=204,
        headers={
            **_PROTOCOL,
            "Tus-Version": VERSION,
            "Tus-Extension": "creation,termination,expiration,checksum",
            "Tus-Max-Size": str(services.settings.intake.max_file_bytes),
            "Tus-Checksum-Algorithm": ",".join(_CHECKSUMS),
        },
    )


@router.post("", status_code=201, dependencies=[Spoken], responses=answers(409, 410, 412))
def create_upload(
    services: Wired,
    caller: Uploader,
    upload_length: Annotated[str, Header()],
    upload_metadata: Annotated[str | None, Header(max_length=4096)] = None,
    key: OptionalKey = None,
) -> Response:
    """Begin an upload; its address is in `Location`."""
    length = _number(upload_length, "Upload-Length")
    name = _file_name(upload_metadata)
    now, settings = utc_now(), services.settings
    call = call_of(caller, "create_upload", key, None, length, name)
    with transaction(services.sessions) as session:
        made = idempotency.once(
            session,
            call,
            lambda: (
                uploads.create(
                    session,
                    caller.account_id,
                    length,
                    name,
                    settings.intake,
                    settings.upload_life,
                    caller.agent_id,
                    now=now,
                ).id
            ),
            now=now,
        )
        with still_there():
            upload = policy.own_upload(session, caller, made.subject)
    return Response(
        status_code=201,
        headers={
            **_PROTOCOL,
            "Location": f"/api/v1/uploads/{upload.id}",
            "Upload-Expires": _http_date(upload.expires_at),
        },
    )


@router.head("/{upload_id}", dependencies=[Spoken], responses=answers(410, 412))
def upload_offset(services: Wired, caller: Uploader, upload_id: UUID) -> Response:
    """How many bytes are safe here; go on from there."""
    with transaction(services.sessions) as session:
        upload = policy.own_upload(session, caller, upload_id)
    return Response(
        headers={
            **_PROTOCOL,
            "Upload-Offset": str(upload.received),
            "Upload-Length": str(upload.length),
            "Upload-Expires": _http_date(upload.expires_at),
            "Cache-Control": "no-store",
        }
    )


@router.delete("/{upload_id}", status_code=204, dependencies=[Spoken], responses=answers(409, 412))
def terminate_upload(services: Wired, caller: Uploader, upload_id: UUID) -> Response:
    """Give an upload up."""
    with transaction(services.sessions) as session:
        uploads.terminate(session, caller.account_id, upload_id, caller.agent_id)
    services.staging.path(upload_id).unlink(missing_ok=True)
    return Response(status_code=204, headers=_PROTOCOL)


_PATCH: Final = {
    "parameters": [
        {"name": name, "in": "header", "required": needed, "schema": {"type": "string", **more}}
        for name, needed, more in (
            ("Tus-Resumable", True, {"const": VERSION}),
            ("Upload-Offset", True, {"pattern": "^[0-9]{1,16}$"}),
            ("Upload-Checksum", False, {"pattern": "^sha256 [A-Za-z0-9+/]{43}=$"}),
        )
    ],
    "requestBody": {
        "required": True,
        "content": {_BYTES: {"schema": {"type": "string", "format": "binary"}}},
    },
}
"""The body is read as it comes, so FastAPI cannot know of these."""


@router.patch(
    "/{upload_id}",
    status_code=204,
    responses=answers(409, 410, 412, 415, 423, 460),
    openapi_extra=_PATCH,
)
async def append_bytes(request: Request, upload_id: UUID) -> Response:
    """Send bytes from `Upload-Offset` on (`application/offset+octet-stream`)."""
    services: Services = request.app.state.services
    caller = await asyncio.to_thread(_authorised, request, services)
    if request.headers.get("content-type") != _BYTES:
        raise UnsupportedType(f"Content-Type 须为 / must be {_BYTES}", field="Content-Type")
    offset = _number(request.headers.get("upload-offset", ""), "Upload-Offset")
    checksum = _checksum(request.headers.get("upload-checksum"))
    upload = await asyncio.to_thread(_load, services, caller, upload_id)
    if offset != upload.received:
        raise Conflict(
            f"续传位置应为 {upload.received} / the offset here is another: ask with HEAD",
            field="Upload-Offset",
        )
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and offset + int(announced) > upload.length:
        raise TooLarge("内容超过申报长度 / longer than Upload-Length", field="Content-Length")
    if upload.received == upload.length:
        # Its bytes may have moved to their content address: nothing is opened, nothing changes.
        return Response(status_code=204, headers={**_PROTOCOL, "Upload-Offset": str(offset)})
    with await asyncio.to_thread(StagedFile, services.staging.path(upload_id)) as staged:
        # The lock is ours: the offset may have moved between the question and the lock.
        fresh = await asyncio.to_thread(_load, services, caller, upload_id)
        if fresh.received != offset:
            raise Conflict("续传位置已改变 / the offset has moved", field="Upload-Offset")
        received = await _receive(request, staged, upload, checksum, services)
    return Response(status_code=204, headers={**_PROTOCOL, "Upload-Offset": str(received)})


class _Receiving:
    """One PATCH body on its way to the disk: `at` is written, `safe` is durable and recorded.

    While more arrives, a thread already makes durable what is written, and records it unless
    `running`, a digest of the whole body, is still to be compared.
    """

    def __init__(
        self,
        services: Services,
        staged: StagedFile,
        upload: Upload,
        running: "hashlib._Hash | None",
    ) -> None:
        self._services, self._staged, self._upload = services, staged, upload
        self._running = running
        self.at = self.safe = self._synced = upload.received
        self._syncing: asyncio.Task[None] | None = None

    async def write(self, data: bytes) -> None:
        await asyncio.to_thread(self._write, data)
        self.at += len(data)
        if self._syncing is not None and (
            self._syncing.done() or self.at - self._synced >= CHECKPOINT
        ):
            await self.settle()
        if self._syncing is None and self.at - self._synced >= _STRIDE:
            self._syncing = asyncio.create_task(
                asyncio.to_thread(self._make_durable, self.at, record=self._running is None)
            )

    async def settle(self) -> None:
        """Wait for what the thread is doing; its failure is raised here."""
        if self._syncing is not None:
            syncing, self._syncing = self._syncing, None
            await syncing

    async def keep(self) -> None:
        """Make what is written durable, then move the offset."""
        await self.settle()
        if self.at != self.safe:
            await asyncio.to_thread(self._make_durable, self.at, record=True)

    def _write(self, data: bytes) -> None:
        if self._running is not None:
            self._running.update(data)
        self._staged.write(data, self.at)

    def _make_durable(self, to: int, *, record: bool) -> None:
        self._staged.sync()
        self._synced = to
        if not record:
            return
        crash.point("upload-synced")
        life = self._services.settings.upload_life
        with transaction(self._services.sessions) as session:
            uploads.advance(session, self._upload.id, self.safe, to, life, now=utc_now())
        self.safe = to


async def _receive(
    request: Request,
    staged: StagedFile,
    upload: Upload,
    checksum: tuple[str, bytes] | None,
    services: Services,
) -> int:
    """Write the body; returns the new durable offset. A cut connection keeps what arrived.

    With a checksum nothing is kept before the whole body has been compared with it.
    """
    running = None if checksum is None else _CHECKSUMS[checksum[0]]()
    receiving = _Receiving(services, staged, upload, running)
    try:
        async for data in _pieces(request, upload):
            await receiving.write(data)
        if (
            checksum is not None
            and running is not None
            and not hmac.compare_digest(running.digest(), checksum[1])
        ):
            raise WrongChecksum(
                "此段校验和不符,请重发 / checksum mismatch: send it again", field="Upload-Checksum"
            )
        await receiving.keep()
    except ClientDisconnect:
        if checksum is None:
            await receiving.keep()
        raise
    finally:
        # Whatever ended this, no thread may still use the file when it is closed.
        await receiving.settle()
    return receiving.safe


async def _pieces(request: Request, upload: Upload) -> AsyncIterator[bytes]:
    """The body in pieces of about `_WRITE`; what came before a cut is handed on first."""
    held: list[bytes] = []
    size, room = 0, upload.length - upload.received
    cut: ClientDisconnect | None = None
    try:
        async for chunk in request.stream():
            room -= len(chunk)
            if room < 0:
                raise TooLarge(
                    "内容超过申报长度 / longer than Upload-Length", field="Upload-Length"
                )
            held.append(chunk)
            size += len(chunk)
            if size >= _WRITE:
                yield b"".join(held)
                held, size = [], 0
    except ClientDisconnect as error:
        cut = error
    if held:
        yield b"".join(held)
    if cut is not None:
        raise cut


def _authorised(request: Request, services: Services) -> Caller:
    _speak(request.headers.get("tus-resumable"))
    return needs(keys.DEPOSIT)(authenticate(identify(request, services)))


def _load(services: Services, caller: Caller, upload_id: UUID) -> Upload:
    with transaction(services.sessions) as session:
        return policy.own_upload(session, caller, upload_id)


def _number(text: str, field: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 16):  # noqa: PLR2004
        raise InvalidInput(f"{field} 须为非负整数 / a whole number", field=field)
    return int(text)


def _file_name(metadata: str | None) -> str | None:
    for pair in (metadata or "").split(","):
        name, _, value = pair.strip().partition(" ")
        if name == "filename" and value:
            try:
                return base64.b64decode(value, validate=True).decode()
            except ValueError as error:  # also what is not ASCII, and what is not UTF-8
                raise InvalidInput(
                    "文件名须为 Base64 的 UTF-8 / base64 of UTF-8", field="Upload-Metadata"
                ) from error
    return None


def _checksum(header: str | None) -> tuple[str, bytes] | None:
    if header is None:
        return None
    algorithm, _, value = header.partition(" ")
    try:
        digest = base64.b64decode(value, validate=True)
    except ValueError:  # also what is not ASCII
        digest = b""
    if algorithm not in _CHECKSUMS or len(digest) != _CHECKSUMS[algorithm]().digest_size:
        raise InvalidInput(
            "Upload-Checksum 须为 sha256 与 Base64 / sha256 and base64", field="Upload-Checksum"
        )
    return algorithm, digest


def _http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)

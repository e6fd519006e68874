"""A client of our own HTTP interface: what `yinji deposit` uses, and nothing that others cannot.

Uploads resume where the server says, after a lost connection, a restarted server, or a killed
client that had noted where it was.
"""

import hashlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx2

from core.errors import (
    Conflict,
    InvalidInput,
    NotAuthenticated,
    NotFound,
    NotReady,
    OutcomeUnknown,
    OutsideError,
    ServiceError,
)

CHUNK: Final = 32 * 1024 * 1024
_TRIES: Final = 30
_STALLS: Final = 60
"""Pieces in a row that brought an upload no further, before we give up."""
_LONGEST_WAIT: Final = 60.0
_BUSY: Final = frozenset({409, 423, 429, 460, 503})
_PIECE: Final = 1024 * 1024
_UPLOADS: Final = "/api/v1/uploads"
_TUS: Final = {"Tus-Resumable": "1.0.0"}
_BY_STATUS: Final[dict[int, type[ServiceError]]] = {
    401: NotAuthenticated, 404: NotFound, 409: Conflict, 413: InvalidInput, 415: InvalidInput,
    422: InvalidInput, 400: InvalidInput, 410: NotFound,
}  # fmt: skip


@dataclass(frozen=True)
class BegunUpload:
    """Where one file's upload to one server is noted, so that a killed client can go on with it.

    The note holds an address that is of no use without the account's key.
    """

    note: Path

    @classmethod
    def of(cls, folder: Path, server: str, sha256: str) -> "BegunUpload":
        name = hashlib.sha256(f"{server} {sha256}".encode()).hexdigest()
        return cls(folder / name)

    @property
    def location(self) -> str | None:
        try:
            noted = self.note.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return None
        # Never another server: the request carries the key.
        return noted if noted.startswith(_UPLOADS + "/") else None

    def remember(self, location: str) -> None:
        """A note that cannot be written only costs the resumption."""
        with suppress(OSError):
            self.note.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = self.note.with_suffix(f".{os.getpid()}")
            draft.write_text(location, encoding="utf-8")
            draft.replace(self.note)

    def forget(self) -> None:
        with suppress(OSError):
            self.note.unlink(missing_ok=True)


@dataclass
class Client:
    """One server, one key. `pause` lets time pass between tries."""

    server: str
    key: str
    pause: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        self._http = httpx2.Client(
            base_url=self.server,
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=httpx2.Timeout(60.0, connect=5.0),
            trust_env=False,
        )

    def __repr__(self) -> str:
        return f"Client({self.server})"

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def upload(
        self,
        path: Path,
        size: int,
        progress: Callable[[int], None],
        begun: "BegunUpload | None" = None,
    ) -> str:
        """Send a file; returns the upload's id. `progress` is told the bytes that are safe.

        With `begun` an upload that an earlier run left behind is gone on with.
        """
        location = None if begun is None else begun.location
        offset = None if location is None else self._left_at(location, size)
        if location is None or offset is None:
            length = {"Upload-Length": str(size)}
            answer = self._call("POST", _UPLOADS, headers={**_TUS, **length})
            location, offset = str(answer.headers["location"]), 0
            if begun is not None:
                begun.remember(location)
        progress(offset)
        with path.open("rb") as file:
            stalls = 0
            while offset < size:
                before = offset
                offset = self._send_piece(location, file.fileno(), offset, size, path)
                stalls = 0 if offset > before else stalls + 1
                if stalls > _STALLS:
                    raise OutcomeUnknown(
                        "上传没有进展,请稍后重试同一命令 / the upload does not get on: "
                        "repeat the same command later"
                    )
                progress(offset)
        return location.rsplit("/", 1)[-1]

    def deposit(self, body: dict[str, Any], key: str) -> dict[str, Any]:
        """POST /evidence; repeated with the same key until the outcome is known."""
        answer = self._call("POST", "/api/v1/evidence", json=body, headers={"Idempotency-Key": key})
        found: dict[str, Any] = answer.json()
        return found

    def known(self, key: str) -> bool:
        """Was a deposit with this key accepted before? Then nothing need be uploaded again."""
        answer = self._call("GET", "/api/v1/evidence", params={"idempotency_key": key})
        return bool(answer.json()["items"])

    def evidence(self, number: str) -> dict[str, Any]:
        found: dict[str, Any] = self._call("GET", f"/api/v1/evidence/{number}").json()
        return found

    def office(self, key: str) -> dict[str, Any]:
        """What an office asks for. Raises NotFound when there is none of this key."""
        answer = self._call("GET", f"/api/v1/offices/{quote(key, safe='')}")
        found: dict[str, Any] = answer.json()
        return found

    def file_batch(self, body: dict[str, Any]) -> dict[str, Any]:
        """POST /matters/batch; each row has a key of its own, so that it may be repeated."""
        found: dict[str, Any] = self._call("POST", "/api/v1/matters/batch", json=body).json()
        return found

    def revoke(self, number: str, reason: int) -> dict[str, Any]:
        """Ask for a revocation, or how far it is: a repeat is the same wish."""
        answer = self._call(
            "POST",
            f"/api/v1/evidence/{number}/revocation",
            json={"reason": reason},
            headers={"Idempotency-Key": f"revoke-{number}-{reason}"[:255]},
        )
        found: dict[str, Any] = answer.json()
        return found

    def download(self, number: str, what: str) -> bytes:
        """`certificate` or `package`. Raises NotReady while it is being made."""
        return self._call("GET", f"/api/v1/evidence/{number}/{what}").content

    def export(self, number: str, disclose: Sequence[str]) -> bytes:
        """A package that discloses exactly these facts. Raises NotReady, NotFound (erased too)."""
        body = {"disclose": list(disclose)}
        return self._call("POST", f"/api/v1/evidence/{number}/exports", json=body).content

    def _send_piece(
        self, location: str, descriptor: int, offset: int, size: int, path: Path
    ) -> int:
        def body() -> Any:  # noqa: ANN401 - a generator of bytes
            at, end = offset, min(offset + CHUNK, size)
            while at < end:
                data = os.pread(descriptor, min(_PIECE, end - at), at)
                if not data:
                    raise InvalidInput(f"文件在上传时变短了 / shrank while uploading: {path.name}")
                at += len(data)
                yield data

        headers = {
            **_TUS,
            "Content-Type": "application/offset+octet-stream",
            "Upload-Offset": str(offset),
            "Content-Length": str(min(CHUNK, size - offset)),
        }
        try:
            answer = self._http.patch(location, content=body(), headers=headers)
        except httpx2.TransportError:
            self.pause(0.2)
            return self._ask_offset(location)
        if answer.status_code in _BUSY:
            self.pause(asked_to_wait(answer.headers, 0.5))
            return self._ask_offset(location)
        _raise(answer)
        return int(answer.headers["upload-offset"])

    def _left_at(self, location: str, size: int) -> int | None:
        """The offset of an upload of this size; None when the server has it no more."""
        try:
            answer = self._call("HEAD", location, headers=_TUS)
        except (NotFound, InvalidInput):
            return None
        same = answer.headers.get("upload-length") == str(size)
        return int(answer.headers["upload-offset"]) if same else None

    def _ask_offset(self, location: str) -> int:
        return int(self._call("HEAD", location, headers=_TUS).headers["upload-offset"])

    def _call(self, method: str, path: str, **more: Any) -> httpx2.Response:  # noqa: ANN401
        """One request, repeated while the server is away: all we send is idempotent or keyed."""
        for left in range(_TRIES, 0, -1):
            try:
                answer = self._http.request(method, path, **more)
            except httpx2.TransportError as error:
                if left == 1:
                    raise OutcomeUnknown(
                        "服务没有响应,请稍后重试同一命令 / the server does not answer: "
                        "repeat the same command later"
                    ) from error
                self.pause(min(2.0, 0.2 * (_TRIES - left + 1)))
                continue
            if answer.status_code in {429, 503} and left > 1:
                self.pause(asked_to_wait(answer.headers, 1.0))
                continue
            _raise(answer)
            return answer
        raise OutcomeUnknown("服务没有响应 / the server does not answer")


def asked_to_wait(headers: Mapping[str, str], otherwise: float) -> float:
    """Seconds before the next try, as Retry-After asks (RFC 9110 §10.2.3: seconds or a date, which
    a proxy in between may send), a minute at most; `otherwise` when it says nothing readable.
    """
    text = headers.get("retry-after", "")
    if text.isascii() and text.isdigit():
        return min(float(text), _LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return otherwise
    if until.tzinfo is None:
        return otherwise
    return min(max((until - datetime.now(UTC)).total_seconds(), otherwise), _LONGEST_WAIT)


def _raise(answer: httpx2.Response) -> None:
    if answer.status_code < 400:  # noqa: PLR2004
        return
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    message = problem.get("detail") or problem.get("title") or f"HTTP {answer.status_code}"
    if str(problem.get("type", "")).endswith(":not-ready"):
        raise NotReady(message)
    kind = _BY_STATUS.get(answer.status_code, OutsideError)
    raise (
        kind(message, field=problem.get("field"))
        if kind is not OutsideError
        else OutsideError(message)
    )

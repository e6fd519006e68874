"""Before any route: how large, how deep and how odd a request may be; after it: safe headers.

JSON bodies are read once here, strictly (RFC 8259 §4 and §8.2: unique names, no NaN, no lone
surrogates), so that nothing behind this line meets them. Upload bodies pass by untouched.
"""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from accounts.papers import MOST_BYTES
from api.errors import problem
from core.canonical import nesting

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY: Final = 1024 * 1024
MAX_PAPER: Final = MOST_BYTES
"""A paper of identity is the whole body of its request, and stays in memory until encrypted."""

MAX_DEPTH: Final = 32
MAX_DIGITS: Final = 20
UPLOADS: Final = "/api/v1/uploads"
API: Final = "/api/"
AVATAR: Final = "/api/v1/account/avatar"
PAPERS: Final = ("/api/v1/identity/", "/api/v1/parties/", "/api/v1/account/")
"""Below these a PUT to `…/papers` is the bytes of one paper."""
NOTICES: Final = "/api/v1/payments/"
"""Messages of payment providers: nothing reads them before their signature was verified."""

_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)


class Refused(Exception):
    """What the caller is told: status, code, words, the field at fault."""

    def __init__(self, status: int, code: str, detail: str, field: str | None = None) -> None:
        super().__init__(code)
        self.answer = status, code, detail, field


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        dressed = _dress(scope, send)
        try:
            _check_target(scope)
            if not _is_upload_body(scope):
                paper = _is_paper(scope)
                body = await _read(scope, receive, MAX_PAPER if paper else MAX_BODY)
                unread = paper or scope["path"].startswith(NOTICES)
                if body and not unread and scope["path"].startswith(API):
                    _check_json(_header(scope, b"content-type"), body)
                receive = _replay(body, receive)
        except Refused as refusal:
            await problem(*refusal.answer)(scope, receive, dressed)
            return
        await self._app(scope, receive, dressed)


def check_json(body: bytes) -> None:
    """Refuse what parsers disagree on.

    Raises:
        Refused: not JSON, too deep, duplicate names, NaN, huge integers, NUL, lone surrogates.
    """
    if nesting(body) > MAX_DEPTH:
        raise Refused(
            400,
            "malformed-json",
            f"JSON 嵌套过深,至多 {MAX_DEPTH} 层 / nested too deeply: flatten it",
        )
    try:
        value = json.loads(
            body.decode("utf-8"),
            parse_constant=_no_constant,
            parse_int=_integer,
            object_pairs_hook=_unique,
        )
    except Refused:
        raise
    except (ValueError, RecursionError) as error:
        raise Refused(
            400, "malformed-json", "请求体不是有效的 UTF-8 JSON / the body is not valid UTF-8 JSON"
        ) from error
    _check_strings(value, "")


def _check_json(content_type: str, body: bytes) -> None:
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise Refused(
            415,
            "unsupported-type",
            "请求体须为 application/json / send the body as application/json",
            "Content-Type",
        )
    check_json(body)


def _check_target(scope: Scope) -> None:
    path, query = scope.get("path", ""), scope.get("query_string", b"").lower()
    odd = any(ord(character) < 0x20 or ord(character) == 0x7F for character in path)  # noqa: PLR2004
    if odd or b"%00" in query or b"\x00" in query:
        raise Refused(
            400, "malformed-address", "地址含控制字符,请删除 / control characters in the address"
        )


async def _read(scope: Scope, receive: Receive, most: int) -> bytes:
    announced = _header(scope, b"content-length")
    if announced.isdigit() and int(announced[:20]) > most:
        raise _too_large(most)
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(body)
        body += message.get("body", b"")
        if len(body) > most:
            raise _too_large(most)
        if not message.get("more_body", False):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _dress(scope: Scope, send: Send) -> Send:
    uploads = scope["path"].startswith(UPLOADS)

    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message.setdefault("headers", [])
            present = {name.lower() for name, _ in headers}
            wanted = list(_HEADERS)
            if scope["path"].startswith(API):
                wanted.append((b"cache-control", b"no-store"))
            if uploads:
                # tus 1.0: in every answer; and on 412 what is spoken here instead.
                wanted.append((b"tus-resumable", b"1.0.0"))
                if message["status"] == 412:  # noqa: PLR2004
                    wanted.append((b"tus-version", b"1.0.0"))
            headers.extend((name, value) for name, value in wanted if name not in present)
        await send(message)

    return dressed


def _is_upload_body(scope: Scope) -> bool:
    path: str = scope["path"]
    return scope["method"] == "PATCH" and path.startswith(UPLOADS + "/")


def _is_paper(scope: Scope) -> bool:
    path: str = scope["path"]
    if scope["method"] != "PUT":
        return False
    return path == AVATAR or (path.startswith(PAPERS) and path.endswith("/papers"))


def _header(scope: Scope, name: bytes) -> str:
    for key, value in scope["headers"]:
        if key.lower() == name:
            text: str = value.decode("latin-1")
            return text
    return ""


def _too_large(most: int) -> Refused:
    return Refused(
        413, "too-large", f"请求体至多 {most} 字节 / the body may have at most this many bytes"
    )


def _no_constant(text: str) -> None:
    raise Refused(400, "malformed-json", f"JSON 中不能有 {text} / is not a JSON number: {text}")


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise Refused(400, "malformed-json", "整数位数过多 / an integer with too many digits")
    return int(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused(
            400,
            "malformed-json",
            "JSON 对象中有重名字段 / an object has a member twice: remove one",
        )
    return found


def _check_strings(value: object, at: str) -> None:
    if isinstance(value, str):
        for character in value:
            if character == "\0" or "\ud800" <= character <= "\udfff":
                raise Refused(
                    422,
                    "invalid-input",
                    f"含无效字符 U+{ord(character):04X},请删除 / "
                    "contains a character that is not text: remove it",
                    at or None,
                )
    elif isinstance(value, dict):
        for name, item in value.items():
            _check_strings(name, at)
            _check_strings(item, f"{at}.{name}" if at else name)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            _check_strings(item, f"{at}[{place}]")

"""A deposited file over HTTP, byte for byte: always an attachment, whole or one range of it."""

from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import Header, Path
from fastapi.responses import StreamingResponse

from api import ranges
from api.headers import private
from api.openapi import answers, binary
from api.ranges import Span
from api.wiring import Services
from core.errors import NotFound
from evidence.models import Evidence, VersionFile

Look = Callable[[], tuple[Evidence, VersionFile]]
Place = Annotated[int, Path(ge=0, le=100)]
Range = Annotated[str | None, Header(alias="Range", max_length=100)]
IfRange = Annotated[str | None, Header(max_length=100)]

_OCTETS: Final = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
ANSWERS: Final[dict[int | str, dict[str, Any]]] = (
    binary("application/octet-stream", "原文件 the deposited file")
    | {206: {"description": "所求的一段 the range asked for", "content": _OCTETS}}
    | answers(409, 416)
)
"""The `responses` of a route that serves a deposited file."""


def attachment(
    services: Services,
    look: Look,
    range_: str | None,
    if_range: str | None,
    name: str | None = None,
) -> StreamingResponse:
    """What `look` finds, in a transaction of its own, as a stream; under its own name, or `name`.

    Raises:
        RangeNotSatisfiable: the range lies behind the end.
        NotFound: whatever `look` says, a second time too: the bytes may be erased in between.
    """
    evidence, file = look()
    etag = f'"{file.sha256}"'
    part = ranges.wanted(range_, if_range, etag, file.size)
    span = part or Span(0, file.size, file.size)
    try:
        pieces = services.store.read(file.sha256, span.start, span.end)
    except NotFound:
        look()
        raise

    headers = {
        **private(name or file.name or f"{evidence.number}-{file.position}"),
        "Accept-Ranges": "bytes",
        "Content-Length": str(span.end - span.start),
        "ETag": etag,
    }
    if part is not None:
        headers["Content-Range"] = part.content_range
    return StreamingResponse(
        pieces,
        status_code=200 if part is None else 206,
        media_type="application/octet-stream",
        headers=headers,
    )

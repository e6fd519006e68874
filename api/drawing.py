"""Previews over HTTP: from the cache, else drawn by the confined process."""

from typing import Annotated, BinaryIO
from uuid import UUID

from fastapi import Query, Response
from sqlalchemy.orm import Session

from api.headers import private
from api.wiring import Services
from core.errors import NotFound
from evidence import previews
from evidence.models import Blob, VersionFile
from evidence.sniff import HEAD_BYTES, media_type

Page = Annotated[int, Query(ge=1, le=previews.MOST_PAGES)]
"""Of a PDF, or of a picture with several frames; counted from 1."""


def source_of(session: Session, file: VersionFile) -> Blob:
    """The stored bytes behind a file of the caller's.

    Raises:
        NotFound: never seen, let go, or of a kind that has no preview.
    """
    blob = drawable(session, file)
    if blob is None:
        raise NotFound("没有预览 / there is no preview of this file")
    return blob


def drawable(session: Session, file: VersionFile) -> Blob | None:
    """As `source_of`; None where that raises."""
    blob = None if file.upload_id is None else session.get(Blob, file.sha256)
    if blob is None or not previews.can_be_drawn(blob.media_type, blob.size):
        return None
    return blob


def check(services: Services, sha256: str, media_type: str, data: bytes) -> None:
    """Draw a picture once, for the cache. Raises InvalidInput when it cannot be shown."""
    if services.previews.get(sha256, "small") is None:
        services.previews.put(sha256, "small", _draw(services, data, media_type, "small", 1))


def preview(services: Services, blob: Blob, size: str, page: int = 1) -> Response:
    """A small WebP; slow the first time, so no transaction may be open."""
    data = drawn(services, blob.sha256, blob.media_type, size, page)
    return Response(data, media_type=previews.MEDIA_TYPE, headers=private("preview.webp", "inline"))


def preview_staged(
    services: Services, upload_id: UUID, name: str, size: str, page: int
) -> Response:
    """As `preview`, of an upload that was not read back yet: drawn each time, since what its digest
    is nobody has looked at, and nothing may lie in the cache under another's.

    Raises:
        NotFound: its bytes are not here, or of a kind that has no preview.
        InvalidInput, UnsupportedType: content of another kind than `name` says, or damaged.
    """
    path = services.staging.path(upload_id)
    try:
        opened = path.open("rb", buffering=0)
    except FileNotFoundError:
        raise NotFound("没有预览 / there is no preview of this file") from None
    with opened:
        kind = media_type(opened.read(HEAD_BYTES), name, "file", services.settings.intake)
        if not previews.can_be_drawn(kind, path.stat().st_size):
            raise NotFound("没有预览 / there is no preview of this file")
        opened.seek(0)
        data = _draw(services, opened, kind, size, page)
    return Response(data, media_type=previews.MEDIA_TYPE, headers=private("preview.webp", "inline"))


def drawn(services: Services, sha256: str, media_type: str, size: str, page: int = 1) -> bytes:
    """The small WebP of a stored file, or of a page of it, from the cache or made now."""
    cache = services.previews
    data = cache.get(sha256, size, page)
    if data is None:
        with services.store.open(sha256) as source:
            data = _draw(services, source, media_type, size, page)
        cache.put(sha256, size, data, page)
    return data


def _draw(
    services: Services, source: BinaryIO | bytes, media_type: str, size: str, page: int
) -> bytes:
    most, longest = services.settings.intake.max_pixels, previews.SIZES[size]
    return previews.draw(source, media_type, longest, most, page)

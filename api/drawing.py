"""Previews over HTTP: from the cache, else drawn by the confined process."""

from fastapi import Response
from sqlalchemy.orm import Session

from api.headers import private
from api.wiring import Services
from core.errors import NotFound
from evidence import previews
from evidence.models import Blob, VersionFile


def source_of(session: Session, file: VersionFile) -> Blob:
    """The stored bytes behind a file of the caller's.

    Raises:
        NotFound: never seen, let go, or of a kind that has no preview.
    """
    blob = None if file.upload_id is None else session.get(Blob, file.sha256)
    if blob is None or not previews.can_be_drawn(blob.media_type, blob.size):
        raise NotFound("没有预览 / there is no preview of this file")
    return blob


def check(services: Services, sha256: str, media_type: str) -> None:
    """Draw a stored picture once, for the cache. Raises InvalidInput when it cannot be shown."""
    drawn(services, sha256, media_type, "small")


def preview(services: Services, blob: Blob, size: str) -> Response:
    """A small WebP; slow the first time, so no transaction may be open."""
    data = drawn(services, blob.sha256, blob.media_type, size)
    return Response(data, media_type=previews.MEDIA_TYPE, headers=private("preview.webp", "inline"))


def drawn(services: Services, sha256: str, media_type: str, size: str) -> bytes:
    """The small WebP of a stored file, from the cache or made now."""
    cache = previews.PreviewCache(services.settings.var / "previews")
    data = cache.get(sha256, size)
    if data is None:
        limits = services.settings.intake
        with services.store.open(sha256) as source:
            data = previews.draw(source, media_type, previews.SIZES[size], limits.max_pixels)
        cache.put(sha256, size, data)
    return data

"""What can be seen of a stored file without a human: size, resolution, pages, likeness; of an
archive what kinds of files are in it.

The confined process of the previews looks; what it says is kept once for each content, and goes
when the content goes. Three parts, so that no file is read inside a transaction: `unlooked` finds,
`look` acts, `record` writes.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.errors import InvalidInput, OutsideError
from evidence import previews
from evidence.likeness import LEAST_QUALITY, pieces
from evidence.models import Blob, FileFacts

_KINDS: Final = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
    "image/tiff": "TIFF",
    "application/pdf": "PDF",
    "application/zip": "ZIP",
}
DAMAGED: Final = "damaged"
BEYOND_LIMITS: Final = "beyond_limits"
UNKNOWN: Final = "unknown"
"""The decoder ended in an unforeseen way: nothing is known of the file, neither good nor bad."""


@dataclass(frozen=True)
class Seen:
    """`width` and `height` in pixels, `dpi` dots an inch where the file says it, `pages` of a PDF;
    `likeness` 256 binary digits of a picture with enough in it. `endings` of the names of the files
    in an archive that open without a password. `problem`: why there is nothing.
    """

    width: int | None = None
    height: int | None = None
    dpi: int | None = None
    pages: int | None = None
    likeness: str | None = None
    endings: Sequence[str] | None = None
    problem: str | None = None


def unlooked(session: Session, limit: int, skip: Collection[str] = ()) -> Sequence[Blob]:
    """Stored files nobody has looked at yet, oldest first."""
    return session.scalars(
        select(Blob)
        .where(~Blob.looked, Blob.sha256.not_in(skip))
        .order_by(Blob.stored_at)
        .limit(limit)
    ).all()


def can_be_looked_at(media_type: str, size: int) -> bool:
    """Whether files of this kind and size, in bytes, say anything to the confined process."""
    return media_type in _KINDS and size <= previews.MAX_SOURCE_BYTES


def look(source: BinaryIO, media_type: str, max_pixels: int) -> Seen:
    """Slow (a process): no transaction may be open. A file that cannot be read is an answer too."""
    try:
        said = json.loads(previews.run("look", _KINDS[media_type], source, max_pixels))
    except previews.Beyond:
        return Seen(problem=BEYOND_LIMITS)
    except InvalidInput:
        return Seen(problem=DAMAGED)
    except OutsideError:
        return Seen(problem=UNKNOWN)
    clear = said.get("quality", 0) >= LEAST_QUALITY
    return Seen(
        width=said.get("width"),
        height=said.get("height"),
        dpi=said.get("dpi"),
        pages=said.get("pages"),
        likeness=said.get("likeness") if clear else None,
        endings=said.get("endings"),
    )


def record(session: Session, sha256: str, seen: Seen | None, *, now: datetime) -> None:
    """Keep what was seen (None: nothing can be), unless the content has gone meanwhile."""
    there = session.scalar(
        update(Blob).where(Blob.sha256 == sha256).values(looked=True).returning(Blob.sha256)
    )
    if there is None or seen is None:
        return
    session.execute(
        insert(FileFacts)
        .values(
            sha256=sha256,
            width=seen.width,
            height=seen.height,
            dpi=seen.dpi,
            pages=seen.pages,
            likeness=seen.likeness,
            endings=None if seen.endings is None else list(seen.endings),
            pieces=None if seen.likeness is None else pieces(seen.likeness),
            problem=seen.problem,
            looked_at=now,
        )
        .on_conflict_do_nothing()
    )

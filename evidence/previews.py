"""Previews: small WebP pictures that a separate, confined process re-encoded; kept by content, and
sealed, for a picture of an identity card is one too.

Of a PDF and of a picture with several frames the first pages can be seen, each a picture.

Nothing of the original's bytes or metadata is in them, so they may be shown inline.
"""

import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from core.errors import InvalidInput, NotFound, OutsideError
from core.sealed import Content, DoesNotOpen, KeyMissing, Keyring, Sealed
from evidence.objects import drop_older

MEDIA_TYPE: Final = "image/webp"
PDF: Final = "application/pdf"
SIZES: Final = {"small": 320, "large": 1280}
"""Longest side in pixels."""

MOST_PAGES: Final = 20
"""Pages of one file that can be seen."""

MAX_SOURCE_BYTES: Final = 256 * 1024 * 1024
_FORMATS: Final = {
    "image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "GIF",
    "image/tiff": "TIFF", "application/pdf": "PDF",
}  # fmt: skip
_PROGRAM: Final = Path(__file__).with_name("previewer.py")
_SECONDS: Final = 30.0
_TOO_MANY: Final = 4
_BROKEN: Final = 3
_NO_PAGE: Final = 5
_ROOM: Final = threading.BoundedSemaphore(2)
"""Decoders at once, so that many requests cannot take all memory."""


class PreviewCache:
    """Made previews by the digest of their source. Everything in it can be made again."""

    def __init__(self, folder: Path, ring: Callable[[], Keyring]) -> None:
        self._folder, self._ring = folder, ring

    def _path(self, sha256: str, size: str, page: int) -> Path:
        return self._folder / f"{sha256}-{size}-{page}.sealed"

    def get(self, sha256: str, size: str, page: int = 1) -> bytes | None:
        """None also when it was altered, or its key is not there any more."""
        try:
            sealed = Sealed(self._path(sha256, size, page).read_bytes())
            return self._ring().open(sealed, Content(sha256))
        except (FileNotFoundError, DoesNotOpen, KeyMissing):
            return None

    def put(self, sha256: str, size: str, data: bytes, page: int = 1) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = self._path(sha256, size, page)
        draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(self._ring().seal(data, Content(sha256)).raw)
        draft.rename(target)

    def key_ids(self) -> Iterator[str | None]:
        """Of every preview the id of the key it is under; None: damaged."""
        for path in self._folder.glob("*.sealed"):
            yield _key_of(path)

    def drop_older(self) -> None:
        """Those that are not under the current key."""
        for path in self._folder.glob("*.sealed"):
            if _key_of(path) != self._ring().current:
                path.unlink(missing_ok=True)

    def forget(self, sha256: str) -> None:
        for path in self._folder.glob(f"{sha256}-*"):
            path.unlink(missing_ok=True)

    def drop_plain(self) -> None:
        """Those that an earlier release left, which were not sealed."""
        for path in self._folder.glob("*.webp"):
            path.unlink(missing_ok=True)

    def drop_drafts(self, before: datetime) -> int:
        """What a write that broke off left, last written to before then; returns how many went."""
        return drop_older(self._folder, ".*", before)


def _key_of(path: Path) -> str | None:
    try:
        return Sealed(path.read_bytes()).key_id
    except (DoesNotOpen, FileNotFoundError):
        return None


def can_be_drawn(media_type: str, size_bytes: int) -> bool:
    """Is there a preview of files of this kind and size?"""
    return media_type in _FORMATS and size_bytes <= MAX_SOURCE_BYTES


def draw(
    source: BinaryIO | bytes, media_type: str, longest: int, max_pixels: int, page: int = 1
) -> bytes:
    """A WebP of at most `longest` pixels a side. Slow (a process): no transaction may be open.

    Raises:
        NotFound: no preview of this kind of file, or no such page.
        InvalidInput: not the picture it claims to be, or beyond `max_pixels`.
        OutsideError: the decoder ended in an unforeseen way; nothing is known of the picture.
    """
    kind = _FORMATS.get(media_type)
    if kind is None:
        raise NotFound("此类文件没有预览 / no preview of this kind of file")
    return run("draw", kind, source, longest, page, max_pixels)


def pdf_ends(source: BinaryIO, half: int) -> bytes:
    """The first and the last `half` pages of a PDF, all when there are no more.

    Raises:
        As `run`.
    """
    return run("ends", "PDF", source, half)


def mark(data: BinaryIO | bytes, media_type: str, words: str, max_pixels: int) -> tuple[bytes, str]:
    """A paper with `words` (ASCII) written all over it, and what kind of file that is: JPEG, or PDF
    of a PDF. Nothing is written to a disk. Slow (a process): no transaction may be open.

    Raises:
        NotFound: neither a picture nor a PDF. Otherwise as `run`.
    """
    pdf = media_type == PDF
    kind = "PDF" if pdf else _FORMATS.get(media_type)
    if kind is None:
        raise NotFound("此类文件不能显示 / this kind of file cannot be shown")
    return run("mark", kind, data, words, max_pixels), PDF if pdf else "image/jpeg"


class Beyond(InvalidInput):
    """More pixels, memory or time than a picture may take."""

    code = "beyond-limits"


def run(act: str, kind: str, source: BinaryIO | bytes, *words: int | str) -> bytes:
    """What the confined process says of a file. `words` are its arguments, limits last.

    Raises:
        Beyond: too many pixels, too much memory or time. InvalidInput: damaged.
        NotFound: no such page.
        OutsideError: the decoder ended in an unforeseen way; nothing is known of the file.
    """
    command = [sys.executable, "-I", str(_PROGRAM), act, kind, *map(str, words)]
    whole, file = _handed(source)
    with _ROOM:
        try:
            done = subprocess.run(
                command,
                input=whole,
                stdin=file,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
                env={},
                cwd="/",
            )
        except subprocess.TimeoutExpired as error:
            raise Beyond("不能读取: 耗时过长 / it took too long", field="file") from error
    if done.returncode == 0:
        return done.stdout
    if done.returncode == _TOO_MANY:
        raise Beyond(
            f"不能读取: 超过 {words[-1]} 像素或内存上限 / beyond the limit of pixels or memory",
            field="file",
        )
    if done.returncode == _BROKEN:
        raise InvalidInput("不能读取: 文件损坏 / the file is damaged", field="file")
    if done.returncode == _NO_PAGE:
        raise NotFound("没有此页 / no such page", field="page")
    raise OutsideError("预览进程异常结束 / the decoder ended unexpectedly")


def _handed(source: BinaryIO | bytes) -> tuple[bytes | None, BinaryIO | None]:
    """A file as it is; as bytes what no other process could read by itself: it lies sealed."""
    if isinstance(source, bytes):
        return source, None
    try:
        source.fileno()
    except OSError:
        return source.read(), None
    return None, source

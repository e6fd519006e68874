"""Previews: small WebP pictures that a separate, confined process re-encoded; kept by content.

Nothing of the original's bytes or metadata is in them, so they may be shown inline.
"""

import os
import secrets
import subprocess
import sys
import threading
from pathlib import Path
from typing import BinaryIO, Final

from core.errors import InvalidInput, NotFound, OutsideError

MEDIA_TYPE: Final = "image/webp"
SIZES: Final = {"small": 320, "large": 1280}
"""Longest side in pixels."""

MAX_SOURCE_BYTES: Final = 256 * 1024 * 1024
_FORMATS: Final = {
    "image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "GIF",
}  # fmt: skip
_PROGRAM: Final = Path(__file__).with_name("previewer.py")
_SECONDS: Final = 30.0
_TOO_MANY: Final = 4
_BROKEN: Final = 3
_ROOM: Final = threading.BoundedSemaphore(2)
"""Decoders at once, so that many requests cannot take all memory."""


class PreviewCache:
    """Made previews by the digest of their source. Everything in it can be made again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, sha256: str, size: str) -> Path:
        return self._folder / f"{sha256}-{size}.webp"

    def get(self, sha256: str, size: str) -> bytes | None:
        try:
            return self._path(sha256, size).read_bytes()
        except FileNotFoundError:
            return None

    def put(self, sha256: str, size: str, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = self._path(sha256, size)
        draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        draft.rename(target)

    def forget(self, sha256: str) -> None:
        for size in SIZES:
            self._path(sha256, size).unlink(missing_ok=True)


def can_be_drawn(media_type: str, size_bytes: int) -> bool:
    """Is there a preview of files of this kind and size?"""
    return media_type in _FORMATS and size_bytes <= MAX_SOURCE_BYTES


def draw(source: BinaryIO, media_type: str, longest: int, max_pixels: int) -> bytes:
    """A WebP of at most `longest` pixels a side. Slow (a process): no transaction may be open.

    Raises:
        NotFound: no preview of this kind of file.
        InvalidInput: not the picture it claims to be, or beyond `max_pixels`.
        OutsideError: the decoder ended in an unforeseen way; nothing is known of the picture.
    """
    kind = _FORMATS.get(media_type)
    if kind is None:
        raise NotFound("此类文件没有预览 / no preview of this kind of file")
    return run("draw", kind, source, longest, max_pixels)


def pdf_ends(source: BinaryIO, half: int) -> bytes:
    """The first and the last `half` pages of a PDF, all when there are no more.

    Raises:
        As `run`.
    """
    return run("ends", "PDF", source, half)


class Beyond(InvalidInput):
    """More pixels, memory or time than a picture may take."""

    code = "beyond-limits"


def run(act: str, kind: str, source: BinaryIO, *numbers: int) -> bytes:
    """What the confined process says of a file. `numbers` are its arguments.

    Raises:
        Beyond: too many pixels, too much memory or time. InvalidInput: damaged.
        OutsideError: the decoder ended in an unforeseen way; nothing is known of the file.
    """
    command = [sys.executable, "-I", str(_PROGRAM), act, kind, *map(str, numbers)]
    with _ROOM:
        try:
            done = subprocess.run(
                command,
                stdin=source,
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
            f"不能读取: 超过 {numbers[-1]} 像素或内存上限 / beyond the limit of pixels or memory",
            field="file",
        )
    if done.returncode == _BROKEN:
        raise InvalidInput("不能读取: 文件损坏 / the file is damaged", field="file")
    raise OutsideError("预览进程异常结束 / the decoder ended unexpectedly")

"""What is known of a stored file without reading it, and whether identification material can be
made of files. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from evidence.limits import DEFAULT_FORMATS
from evidence.names import extension
from registry.source_comments import LANGUAGES
from registry.source_kinds import NO_TEXT, WORD_PROCESSED, is_read
from registry.words import Words

MOST_BYTES: Final = 64 * 1024 * 1024
"""Of all files of a material together, packed as they are."""

ONLY_DIGESTS: Final = Words(
    "只存有摘要,没有文件,请上传文件", "only digests are kept: upload the files"
)
TOO_LARGE: Final = Words(
    f"至多 {MOST_BYTES // 1024 // 1024} MB,请只上传正文",
    "at most so many MB: leave out what is not the program",
)
_WORD_PROCESSED: Final = Words(
    "文字处理文件不读取:程序请上传源文件或 ZIP,文档请另存为 PDF 或 txt",
    "a word processor's file is not read: upload the source files or a ZIP of them, and save "
    "documents as PDF or txt",
)
_DAMAGED: Final = Words(
    "文件损坏或与扩展名不符,请重新导出并上传",
    "the file is damaged or not what its name says: export it again and upload it",
)
_BY_CONTENT: Final = frozenset({"pdf", "zip"})
"""Whose content tells for certain what they are; of program text it is a guess."""


@dataclass(frozen=True)
class FileFound:
    """A file as far as it is known. `kept`: its bytes are here; `looked`: somebody looked at them.

    `size` in bytes, `dpi` in dots an inch where the file says it, `pages` of a PDF, `endings` of
    the names in an archive (None: nobody could look into it).
    """

    name: str
    size: int
    kept: bool
    media_type: str | None = None
    looked: bool = False
    dpi: int | None = None
    pages: int | None = None
    endings: Sequence[str] | None = None
    problem: str | None = None


def no_material(files: Sequence[FileFound]) -> Words | None:
    """Why no pages of source or document can be made of these files, with the remedy; None: as far
    as is known they can. What only shows inside a file is found when the pages are made.
    """
    if any(not file.kept for file in files):
        return ONLY_DIGESTS
    if sum(file.size for file in files) > MOST_BYTES:
        return TOO_LARGE
    endings = [extension(file.name) for file in files]
    if any(ending in WORD_PROCESSED for ending in endings):
        return _WORD_PROCESSED
    if any(_is_broken(file) for file in files if extension(file.name) in _BY_CONTENT):
        return _DAMAGED
    if endings != ["pdf"] and not any(_may_have_text(file) for file in files):
        return NO_TEXT
    return None


def _may_have_text(file: FileFound) -> bool:
    """Of an archive into which nobody could look it is not known."""
    if file.endings is not None and extension(file.name) == "zip":
        return any(ending in LANGUAGES for ending in file.endings)
    return is_read(extension(file.name))


def _is_broken(file: FileFound) -> bool:
    if file.problem == "damaged":
        return True
    return file.media_type is not None and (
        file.media_type not in DEFAULT_FORMATS[extension(file.name)]
    )

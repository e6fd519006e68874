"""Identification material of software: pages made from source files. Pure.

计算机软件著作权登记办法 art. 10: the first and the last 30 continuous pages of the program, of 50
lines or more each; all of it when there are fewer than 60 pages. Lines are printed lines: one too
long for the page is continued on the next, as on any print-out. Blank lines are left out, for a
page of blanks shows nothing. Art. 12: parts may be covered in black, at most half of what is
deposited; what is covered is not in the file at all.
"""

import codecs
import io
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from certs.glyphs import spelled
from core.errors import InvalidInput, TooLarge
from evidence.names import extension
from registry.source_comments import LANGUAGES, without_comments
from registry.source_kinds import NO_TEXT, PLAIN, WORD_PROCESSED

HALF: Final = 30
"""Pages from the beginning, and as many from the end."""

SOURCE_ROWS: Final = 50
DOCUMENT_ROWS: Final = 32
COLUMNS: Final = 98
"""Half-width characters in a printed line; a Chinese character takes two."""

DOCUMENT_COLUMNS: Final = 84

MOST_BYTES: Final = 16 * 1024 * 1024
MOST_ENTRIES: Final = 10_000
_TAB: Final = 4
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError,
)  # fmt: skip
_ASIDE: Final = "__MACOSX/"
"""What one system's packer adds beside every file; it is no program."""

_WIDE: Final = 0x1100
"""From here on characters are taken to be full width."""


@dataclass(frozen=True)
class SourceFile:
    """A file of the program as text. `ending` is that of its name, in small letters."""

    ending: str
    text: str
    name: str = ""


@dataclass(frozen=True)
class Untouched:
    """A file whose comments could not be taken out, though that was asked for: its language is not
    known. `lines` are its lines that are not blank.
    """

    name: str
    ending: str
    lines: int


@dataclass(frozen=True)
class Leaf:
    """A page: `number` counts in the whole program, `rows` are printed lines from the top, and
    `covered` the rows, from 1, that are black.
    """

    number: int
    rows: tuple[str, ...]
    covered: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Deposited:
    """The pages that are handed in, of `pages` pages and `lines` printed lines in all.

    `untouched` are the files whose comments could not be taken out though that was asked for.
    """

    leaves: tuple[Leaf, ...]
    pages: int
    lines: int
    untouched: tuple[Untouched, ...] = ()


@dataclass(frozen=True)
class Cover:
    """Rows `first` to `last` of the deposited page `page`, all counted from 1."""

    page: int
    first: int
    last: int


def sources(files: Iterable[tuple[str, bytes]]) -> tuple[SourceFile, ...]:
    """The program's files in order, those of ZIP archives in the archive's order.

    Taken are files whose ending says that they are program text; alone, also `txt` and `md`.

    Raises:
        InvalidInput: nothing of the kind, a word processor's file, a broken archive, text in no
            known encoding.
        TooLarge: more than `MOST_BYTES` of text, or too many entries.
    """
    found: list[SourceFile] = []
    size = 0
    for name, data in files:
        ending = extension(name)
        if ending == "zip":
            parts = _unpacked(data, MOST_BYTES - size)
        elif ending in LANGUAGES or ending in PLAIN:
            parts = [(ending, data, name)]
        elif ending in WORD_PROCESSED:
            raise InvalidInput(
                f"不读取 {ending} 文件:程序请上传源文件或 ZIP,文档请另存为 PDF 或 txt / "
                f"{ending} is not read: upload the source files or a ZIP of them, and save "
                "documents as PDF or txt",
                field="evidence_number",
            )
        else:
            continue
        size += sum(len(part) for _, part, _ in parts)
        if size > MOST_BYTES:
            raise _too_large()
        found += [SourceFile(each, decoded(part), called) for each, part, called in parts]
    if not found:
        raise InvalidInput(str(NO_TEXT), field="evidence_number")
    return tuple(found)


def decoded(data: bytes) -> str:
    """The text of a file: UTF-8, UTF-16 with a mark, or GB 18030.

    Raises:
        InvalidInput: none of them.
    """
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidInput(
        "文本编码无法识别,请存为 UTF-8 / text of unknown encoding: save it as UTF-8",
        field="evidence_number",
    )


def deposit(
    files: Sequence[SourceFile], rows: int, *, comments_kept: bool, columns: int = COLUMNS
) -> Deposited:
    """First and last pages of `rows` printed lines each; all when there are 60 or fewer."""
    untouched: list[Untouched] = []
    lines: list[str] = []
    for file in files:
        text = file.text
        if not comments_kept:
            bare = without_comments(text, file.ending)
            if bare is None:
                count = sum(1 for line in text.splitlines() if line.strip())
                untouched.append(Untouched(file.name, file.ending, count))
            text = text if bare is None else bare
        lines += _printed(text, columns)
    pages = -(-len(lines) // rows)
    numbers = [*range(1, pages + 1)]
    if pages > 2 * HALF:
        numbers = numbers[:HALF] + numbers[-HALF:]
    leaves = tuple(
        Leaf(number, tuple(lines[(number - 1) * rows : number * rows])) for number in numbers
    )
    return Deposited(leaves, pages, len(lines), tuple(untouched))


def covered(deposited: Deposited, covers: Iterable[Cover]) -> Deposited:
    """The same pages with parts covered; the covered text is gone.

    Raises:
        InvalidInput: rows that are not there, or more than half of all.
    """
    black: dict[int, set[int]] = {}
    for at, cover in enumerate(covers):
        field = f"software.bars[{at}]"
        known = 1 <= cover.page <= len(deposited.leaves)
        leaf = deposited.leaves[cover.page - 1] if known else None
        if leaf is None or not 1 <= cover.first <= cover.last <= len(leaf.rows):
            raise InvalidInput("没有这些行,请更正 / there are no such lines: mend it", field=field)
        black.setdefault(cover.page, set()).update(range(cover.first, cover.last + 1))
    if 2 * sum(map(len, black.values())) > sum(len(leaf.rows) for leaf in deposited.leaves):
        raise InvalidInput(
            "涂黑部分至多为交存内容的一半 / at most half of what is deposited may be covered",
            field="software.bars",
        )
    leaves = tuple(
        Leaf(
            leaf.number,
            tuple("" if row in black.get(at, ()) else text
                  for row, text in enumerate(leaf.rows, start=1)),
            frozenset(black.get(at, ())),
        )
        for at, leaf in enumerate(deposited.leaves, start=1)
    )  # fmt: skip
    return Deposited(leaves, deposited.pages, deposited.lines, deposited.untouched)


def _printed(text: str, columns: int) -> Iterable[str]:
    for line in text.splitlines():
        shown = line.expandtabs(_TAB).rstrip()
        if not shown:
            continue
        shown = spelled(shown)
        if len(shown) <= columns and shown.isascii():
            yield shown
        else:
            yield from _folded(shown, columns)


def _folded(line: str, columns: int) -> Iterable[str]:
    """A line in as many printed lines as it takes."""
    start = used = 0
    for at, character in enumerate(line):
        wide = 1 if ord(character) < _WIDE else 2
        if used + wide > columns:
            yield line[start:at]
            start, used = at, 0
        used += wide
    yield line[start:]


def _unpacked(data: bytes, room: int) -> list[tuple[str, bytes, str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES:
                raise _too_large()
            found = []
            for entry in entries:
                ending = extension(entry.filename)
                if entry.is_dir() or ending not in LANGUAGES or _ASIDE in entry.filename:
                    continue
                with archive.open(entry) as member:
                    part = member.read(room + 1)
                room -= len(part)
                if room < 0:
                    raise _too_large()
                found.append((ending, part, entry.filename))
    except _BROKEN as error:
        raise InvalidInput(
            "ZIP 损坏或已加密,请重新打包 / the archive is damaged or encrypted: pack it again",
            field="evidence_number",
        ) from error
    return found


def _too_large() -> TooLarge:
    return TooLarge(
        f"源程序文本至多 {MOST_BYTES // 1024 // 1024} MB,请只上传程序正文 / at most so many MB of "
        "program text: leave out what is not the program",
        field="evidence_number",
    )

"""What a paper says: application form, statement, pledge, notice, list; frozen, block by block.

A paper is no certificate: it proves nothing by itself and carries no evidence. The same content
gives the same bytes (`certs.paper_pdf.draw`), so a signature on a paper is kept exactly as long as
what it says does not change. Labels are Chinese and English.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final, Literal

from core import canonical
from core.canonical import Json, parse_time
from core.errors import InvalidInput

TYPE: Final = "yinji/paper"
VERSION: Final = 1

Label = tuple[str, str]
"""Chinese, English; the English may be empty."""

Role = Literal["owner", "author", "applicant", "agent", "employer", "handler", "office"]
"""As what somebody signs a paper. `employer`: whoever employs the author of that index."""

Mark = Literal["none", "sample", "example"]
"""`sample`: drawn by an installation that is not in force. `example`: filled in by invention."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A bar across the page."""

    label: Label


@dataclass(frozen=True, slots=True)
class Cell:
    """A label and its value; an empty value is left to be filled in by hand."""

    label: Label
    value: str = ""


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells side by side, equally wide, at least `least` points high."""

    cells: tuple[Cell, ...]
    least: int = 0


@dataclass(frozen=True, slots=True)
class Option:
    """A box with a tick or without."""

    label: Label
    ticked: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """All that could be chosen and what was, with the remark that explains it."""

    label: Label
    options: tuple[Option, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Prose:
    """Running text; `english` stands under it, smaller."""

    text: str
    english: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A label, and under it a text of any length; an empty one is left as lines to write on."""

    label: Label
    text: str


@dataclass(frozen=True, slots=True)
class Clauses:
    """Numbered sentences, each in both languages."""

    items: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under heads; `shares` are the widths of the columns relative to each other."""

    heads: tuple[Label, ...]
    shares: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        if {len(self.heads), len(self.shares), *map(len, self.rows)} != {len(self.heads)}:
            raise InvalidInput("表格各行列数不同 / rows of different lengths", field="table")


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody who signs: `index` counts from 0 among those of the same role in the form.

    `seal`: a unit's seal is expected rather than a person's signature. `dated`: a place to write
    the day by hand, for what is signed on paper.
    """

    role: Role
    index: int
    label: Label
    name: str
    seal: bool = False
    dated: bool = False


@dataclass(frozen=True, slots=True)
class Signatures:
    """The places where the signers sign, in this order."""

    signers: tuple[Signer, ...]


Block = Heading | Cells | Choice | Prose | Answer | Clauses | Table | Signatures


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper. `number` is what it is found by (an acceptance number), empty when it has none.

    `at` is the time the file claims to be made: of the matter, never of the drawing. `office` is
    whom it is addressed to, or who sends it.
    """

    kind: str
    title: Label
    office: Label
    number: str
    at: str
    mark: Mark
    blocks: tuple[Block, ...]

    def __post_init__(self) -> None:
        parse_time(self.at)
        taken: set[tuple[str, int]] = set()
        for block in self.blocks:
            for signer in block.signers if isinstance(block, Signatures) else ():
                if (signer.role, signer.index) in taken:
                    raise InvalidInput("同一签名处出现两次 / a place twice", field="signers")
                taken.add((signer.role, signer.index))

    def encode(self) -> bytes:
        """RFC 8785 JSON of all that is said: equal papers and equal bytes are the same thing."""
        return canonical.encode({"type": TYPE, "version": VERSION, **_members(self)})

    @property
    def digest(self) -> bytes:
        """SHA-256 of `encode`."""
        return hashlib.sha256(self.encode()).digest()

    @property
    def code(self) -> str:
        """The first 16 hexadecimal digits of the digest in fours, printed on every page: a scan
        of the signed paper can be told from one of an earlier wording.
        """
        return code_of(self.digest)


def code_of(digest: bytes) -> str:
    """`Paper.code` of the paper with this digest."""
    head = digest.hex()[:16]
    return " ".join(head[at : at + 4] for at in range(0, 16, 4))


def decode(encoded: bytes) -> Paper:
    """The paper behind `Paper.encode`, of this version. Raises InvalidInput for anything else."""
    members = canonical.decode(encoded)
    named = members if isinstance(members, dict) else {}
    if (named.pop("type", None), named.pop("version", None)) != (TYPE, VERSION):
        raise InvalidInput("不是此版本的文书 / not a paper of this version", field="paper")
    found: Paper = Paper(**{name: _built(value) for name, value in named.items()})
    return found


def _built(value: Any) -> Any:  # noqa: ANN401 - JSON in
    if isinstance(value, list):
        return tuple(_built(each) for each in value)
    if isinstance(value, dict):
        kind = _KINDS[value.pop("block")]
        return kind(**{name: _built(each) for name, each in value.items()})
    return value


_KINDS: Final[Mapping[str, type[Any]]] = {
    each.__name__.lower(): each
    for each in (
        Heading, Cell, Cells, Option, Choice, Prose, Answer, Clauses, Table, Signer, Signatures,
    )
}  # fmt: skip


def _members(value: Any) -> Mapping[str, Json]:  # noqa: ANN401 - any of the dataclasses above
    return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}


def _plain(value: Any) -> Json:  # noqa: ANN401 - JSON out
    if is_dataclass(value):
        return {"block": type(value).__name__.lower(), **_members(value)}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    plain: Json = value
    return plain

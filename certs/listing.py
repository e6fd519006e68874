"""What printed pages of a program or document say: which pages of how many, row by row."""

import hashlib
from dataclasses import asdict, dataclass

from certs.paper import Label, Mark
from core import canonical
from core.canonical import parse_time


@dataclass(frozen=True, slots=True)
class ListedPage:
    """`number` counts in the whole; of the rows in `covered`, counted from 1, nothing is said."""

    number: int
    rows: tuple[str, ...]
    covered: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """Pages under one head. `heading` is name and version of the software, `of` the pages of the
    whole, `large` a document's larger letters.

    `at` is the time the file claims to be made, as in `certs.paper.Paper`.
    """

    title: Label
    heading: str
    number: str
    at: str
    mark: Mark
    of: int
    pages: tuple[ListedPage, ...]
    large: bool = False

    def __post_init__(self) -> None:
        parse_time(self.at)

    @property
    def digest(self) -> bytes:
        """SHA-256 of all that is said."""
        plain = asdict(self)
        plain["title"] = list(self.title)
        plain["pages"] = [[page.number, list(page.rows), list(page.covered)] for page in self.pages]
        return hashlib.sha256(canonical.encode(plain)).digest()

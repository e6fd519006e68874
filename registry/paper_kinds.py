"""The kinds of papers we can draw, and what each of them says: read from `tables/papers.toml`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

from registry.profile_parts import Document
from registry.tables import read
from registry.words import Words

FORM: Final = "application_form"
PLACEHOLDERS: Final = frozenset(
    {
        "title", "category", "owners", "authors", "applicant", "agent", "agent_reason", "office",
        "completed_on", "nature", "ownership",
    }
)  # fmt: skip
MATERIALS: Final = frozenset({"source_code", "software_document"})
"""Made from files of the work, not from the form."""

_OF_THEMSELVES: Final = frozenset({"form", "sample", "identity"})
_HOLE: Final = re.compile(r"\{([^}]*)\}")

SignerRole = Literal["owner", "author", "agent", "employer", "handler"]


@dataclass(frozen=True)
class PaperKind:
    """`facts`: what is told of the work; `parts`: what is filled in on line, by name."""

    facts: tuple[str, ...]
    parts: Mapping[str, Words]
    clauses: tuple[Words, ...]
    signers: tuple[SignerRole, ...]
    machine_help: bool
    files: bool


@cache
def kinds() -> Mapping[str, PaperKind]:
    """By name."""
    return {name: _kind(row) for name, row in read("papers.toml").items()}


def kind_of(code: str, document: Document) -> str | None:
    """Which kind of paper a profile's document is; None when it is none that we draw.

    A profile says so with `paper`; without it the document's own code is the kind's name.
    """
    name = document.paper or code
    return name if name in kinds() else None


def material_of(code: str, document: Document) -> str | None:
    """Which identification material a profile's document is; None when it is none."""
    name = document.paper or code
    return name if name in MATERIALS else None


def parts_of(code: str, document: Document) -> Mapping[str, Words]:
    """The parts in which a document is filled in on line; empty: one text."""
    name = kind_of(code, document)
    return {} if name is None else kinds()[name].parts


def missing_parts(
    code: str, document: Document, answer: str | Mapping[str, str]
) -> tuple[str, ...]:
    """The parts that an answer in parts leaves out; one whole text leaves nothing out."""
    if isinstance(answer, str):
        return ()
    return tuple(name for name in parts_of(code, document) if not answer.get(name))


def comes_by_itself(code: str, document: Document, *, known: bool) -> bool:
    """Whether nothing has to be brought: drawn from the form, or all that it proves is taken from
    the form, the evidence, or papers of identity that are on file (`known`: of everybody whom it is
    about). A document beside the source of software is brought, and so is a form signed by hand.
    """
    if (document.paper or code) == "software_document":
        return False
    if (document.paper or code) == FORM and "upload" in document.how:
        return False
    if document.how == ("generated",):
        return True
    return set(document.proves) <= _OF_THEMSELVES and (known or "identity" not in document.proves)


def holes(text: str) -> frozenset[str]:
    """The placeholders of a clause."""
    return frozenset(_HOLE.findall(text))


def _kind(row: Mapping[str, Any]) -> PaperKind:
    return PaperKind(
        facts=tuple(row.get("facts", ())),
        parts={name: Words(**words) for name, words in row.get("parts", {}).items()},
        clauses=tuple(Words(**words) for words in row.get("clauses", ())),
        signers=tuple(row.get("signers", ())),
        machine_help=row.get("machine_help", False),
        files=row.get("files", False),
    )

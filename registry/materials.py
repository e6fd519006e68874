"""Identification material of a software matter: which files it is made from, and its pages.

What is named under the document's code is taken; for the source, failing that, the evidence that is
to be registered. A PDF is handed in as it is, shortened to its first and last pages.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from certs.listing import ListedPage, Listing
from certs.paper import Mark
from core.errors import Conflict, InvalidInput, NotFound, NotReady, TooLarge
from evidence import deposits, works
from evidence.models import Evidence, VersionFile
from evidence.names import extension
from registry import matters
from registry.files_found import MOST_BYTES, ONLY_DIGESTS, TOO_LARGE
from registry.form import Form, Software
from registry.models import Matter
from registry.paper_kinds import material_of
from registry.paper_words import label, quoted, stamp
from registry.source_pages import (
    COLUMNS,
    DOCUMENT_COLUMNS,
    DOCUMENT_ROWS,
    SOURCE_ROWS,
    Cover,
    Deposited,
    covered,
    deposit,
    sources,
)
from registry.words import Words

_CALLED: Final = {
    "source_code": Words("源程序鉴别材料", "identification material: source"),
    "software_document": Words("文档鉴别材料", "identification material: document"),
}


@dataclass(frozen=True)
class StoredFile:
    """A file by its name and the digest it is stored under; `size` in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Material:
    """What the pages are made from. `kind` is `source_code` or `software_document`."""

    kind: str
    form: Form
    number: str
    at: str
    mark: Mark
    files: tuple[StoredFile, ...]

    @property
    def pdf(self) -> StoredFile | None:
        """The one file, when it is a PDF already."""
        only = self.files[0] if len(self.files) == 1 else None
        return only if only is not None and extension(only.name) == "pdf" else None


def kind_of_material(session: Session, matter: Matter, code: str) -> str | None:
    """Which material a document of the matter's office is; None when it is none."""
    document = matters.profile_of(session, matter).documents.get(code)
    return None if document is None else material_of(code, document)


def gather(session: Session, matter: Matter, code: str, kind: str, mark: Mark) -> Material:
    """Everything but the bytes.

    Raises:
        InvalidInput: the matter is not of software. NotReady: no evidence is named yet.
        NotFound: not the applicant's evidence. Conflict: its files were never seen.
        TooLarge: more than `MOST_BYTES`.
    """
    form = matters.form_of(matter)
    if form.form != "software":
        raise InvalidInput("仅软件登记有鉴别材料 / only software has this", field="form")
    evidence = _evidence(session, matter, code, kind)
    found = works.version_files(session, evidence.version_id)
    if not found or any(file.upload_id is None for file in found):
        raise Conflict(str(ONLY_DIGESTS), field=f"documents.{code}")
    if sum(file.size for file in found) > MOST_BYTES:
        raise TooLarge(str(TOO_LARGE), field=f"documents.{code}")
    return Material(
        kind=kind,
        form=form,
        number=matter.number,
        at=stamp(matter.created_at),
        mark=mark,
        files=tuple(_stored(file) for file in found),
    )


def listing(material: Material, data: Sequence[bytes]) -> Listing:
    """The pages, from the bytes of the material's files in order.

    Raises:
        InvalidInput: no text in them; parts to be covered that are not there, or too many.
        TooLarge: more text than we look through.
    """
    said, made = material.form.software or Software(), pages_of(material, data)
    heading = " ".join(filter(None, (quoted(material.form.title or ""), said.version)))
    return Listing(
        title=label(_CALLED[material.kind]),
        heading=heading,
        number=material.number,
        at=material.at,
        mark=material.mark,
        of=made.pages,
        pages=tuple(
            ListedPage(leaf.number, leaf.rows, tuple(sorted(leaf.covered))) for leaf in made.leaves
        ),
        large=material.kind != "source_code",
    )


def pages_of(material: Material, data: Sequence[bytes]) -> Deposited:
    """The pages as text, and which files kept their comments though they were to go.

    Raises: as `listing`.
    """
    said = material.form.software or Software()
    named = [(file.name, each) for file, each in zip(material.files, data, strict=True)]
    if material.kind != "source_code":
        return deposit(sources(named), DOCUMENT_ROWS, comments_kept=True, columns=DOCUMENT_COLUMNS)
    made = deposit(
        sources(named), SOURCE_ROWS, comments_kept=said.comments != "removed", columns=COLUMNS
    )
    if said.deposit != "bars":
        return made
    return covered(made, [Cover(bar.page or 0, bar.first or 0, bar.last or 0) for bar in said.bars])


def _evidence(session: Session, matter: Matter, code: str, kind: str) -> Evidence:
    number = matter.documents.get(code)
    if isinstance(number, str):
        evidence = deposits.owned_by_number(session, matter.applicant_id, number)
    elif kind == "source_code" and matter.evidence_id is not None:
        evidence = session.get_one(Evidence, matter.evidence_id)
    else:
        raise NotReady(
            "请先指明存有文件的存证编号 / name the evidence that holds the files first",
            field=f"documents.{code}",
        )
    if evidence.erased_at is not None:
        raise NotFound("存证已删除 / the evidence was erased", field=f"documents.{code}")
    return evidence


def _stored(file: VersionFile) -> StoredFile:
    return StoredFile(file.name, file.sha256, file.size)

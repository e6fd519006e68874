"""I7: no identity number that is sealed here stands anywhere in the clear."""

import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

from sqlalchemy import LargeBinary, select, text
from sqlalchemy.orm import Session

from accounts import identity, parties
from accounts.documents import NATURAL, Document
from accounts.person_models import Party, Verification
from api.audit_heads import AUDIT
from api.fsck.findings import Findings
from certs.models import Certificate
from core.db import Base
from core.errors import ServiceError
from core.sealed import Keyring
from evidence.models import Evidence, VersionFile
from evidence.objects import ObjectStore
from registry.notice_models import Notice

_SHORTEST: Final = 9
"""A passport's. Shorter words are everywhere by chance."""

_WORD: Final = re.compile(rf"(?<![0-9A-Za-z])[0-9A-Za-z]{{{_SHORTEST},20}}(?![0-9A-Za-z])")
_STREAM: Final = re.compile(rb"stream\r?\n")
_MOST_INFLATED: Final = 16 * 1024 * 1024
_CHUNK: Final = 4 * 1024 * 1024


def check_numbers(
    session: Session, ring: Keyring, folders: tuple[Path, ...], found: Findings
) -> None:
    """I7: numbers of people in any column of any table, and in the files of these folders (logs,
    messages). Where one stands is told; the number is not.
    """
    sealed = frozenset(_numbers(session, ring))
    for table in sorted(Base.metadata.tables):
        rows = session.execute(
            text(f'SELECT t::text FROM "{table}" t').execution_options(yield_per=1000)  # noqa: S608 - our own tables
        ).scalars()
        clear = sum(1 for row in rows if _holds(row, sealed))
        clear += _in_bytes(session, table, sealed)
        found.look("I7", holds=not clear, subject=table, detail=f"{clear} rows in the clear")
    for folder in folders:
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            holds = not _file_holds(path, sealed)
            found.look("I7", holds=holds, subject=path.name, detail="a number in the clear")


def check_made(session: Session, ring: Keyring, store: ObjectStore, found: Findings) -> None:
    """I7: numbers in the files that we make ourselves: notices, certificates and what is embedded
    in them, the heads of the audit. What is drawn on a page stands in its row as well, where
    `check_numbers` looks; files of people are theirs.
    """
    sealed = frozenset(_numbers(session, ring))
    heads = (
        select(VersionFile.sha256)
        .join(Evidence, Evidence.version_id == VersionFile.version_id)
        .where(Evidence.kind == AUDIT)
    )
    digests = {
        *session.scalars(select(Notice.pdf_sha256).where(Notice.pdf_sha256.is_not(None))),
        *session.scalars(select(Certificate.pdf_sha256).where(Certificate.pdf_sha256.is_not(None))),
        *session.scalars(heads),
    }
    for digest in sorted(each for each in digests if each is not None):
        try:
            with store.open(digest) as opened:
                data = opened.read()
        except ServiceError:
            continue  # I1's and I11's finding
        holds = not any(_holds(_text(part), sealed) for part in (data, *_streams(data)))
        found.look("I7", holds=holds, subject=digest, detail="a number in a file of ours")


def _in_bytes(session: Session, table: str, sealed: frozenset[str]) -> int:
    """Rows with a number in a column of bytes: as the text that the bytes are."""
    columns = [
        column for column in Base.metadata.tables[table].c if isinstance(column.type, LargeBinary)
    ]
    if not columns:
        return 0
    rows = session.execute(select(*columns).execution_options(yield_per=1000))
    return sum(1 for row in rows if any(each and _holds(_text(each), sealed) for each in row))


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")


def _streams(data: bytes) -> Iterator[bytes]:
    """What the compressed streams of a PDF hold."""
    for begin in _STREAM.finditer(data):
        inflate = zlib.decompressobj()
        with suppress(zlib.error):
            yield inflate.decompress(data[begin.end() :], _MOST_INFLATED)


def _numbers(session: Session, ring: Keyring) -> Iterator[str]:
    """Of people, not of bodies, whose numbers are public. What does not open is I1's finding."""
    opened: Iterator[Callable[[], Document]] = chain(
        (partial(identity.document_of, ring, row)
         for row in session.scalars(select(Verification).where(Verification.number.is_not(None)))),
        (partial(parties.document_of, ring, row)
         for row in session.scalars(select(Party).where(Party.number.is_not(None)))),
    )  # fmt: skip
    for read in opened:
        try:
            document = read()
        except ServiceError:
            continue
        if document.kind in NATURAL and len(document.number) >= _SHORTEST:
            yield document.number.upper()


def _holds(words: str, sealed: frozenset[str]) -> bool:
    return any(word.upper() in sealed for word in _WORD.findall(words))


def _file_holds(path: Path, sealed: frozenset[str]) -> bool:
    with path.open(encoding="utf-8", errors="replace") as file:
        tail = ""
        while read := file.read(_CHUNK):
            if _holds(tail + read, sealed):
                return True
            tail = read[-64:]
    return False

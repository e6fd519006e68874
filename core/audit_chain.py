"""What makes a line of the audit one line: its canonical bytes, its digest, and the chain.

A line's digest is SHA-256 over the RFC 8785 JSON of its members, the digest of the line before
among them (docs/operations/audit.md). So whoever changes, removes, inserts or reorders a line
changes every digest after it, and the newest one, the head, is anchored on the chain each day.
"""

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from core import canonical
from core.errors import InvalidInput

TYPE: Final = "yinji/audit"
VERSION: Final = 1
FIRST: Final = bytes(32)
"""What stands in place of a line before the first."""


@dataclass(frozen=True)
class Entry:
    """One line without its digest."""

    stream: str
    sequence: int
    previous: bytes
    at: datetime
    act: str
    subject: str
    by: uuid.UUID | None
    facts: Mapping[str, Any]

    def encode(self) -> bytes:
        """The bytes that are digested. Times have microseconds: all that the database keeps.

        Raises:
            InvalidInput: values that no line can have.
        """
        return canonical.encode(
            {
                "type": TYPE,
                "version": VERSION,
                "stream": self.stream,
                "sequence": self.sequence,
                "previous": self.previous.hex(),
                "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
                "act": self.act,
                "subject": self.subject,
                "by": None if self.by is None else str(self.by),
                "facts": self.facts,
            }
        )

    def digest(self) -> bytes:
        return hashlib.sha256(self.encode()).digest()


@dataclass(frozen=True)
class Break:
    """A place where a chain does not hold."""

    stream: str
    sequence: int
    reason: str


def breaks(lines: Iterable[tuple[Entry, bytes]]) -> Iterator[Break]:
    """Where the chain is broken. Lines come stream by stream in order, each with its digest.

    A stream that was cut off at its end is whole as far as it goes: anchored heads tell how far
    it must go.
    """
    stream, sequence, before = "", 0, FIRST
    for entry, digest in lines:
        if entry.stream != stream:
            stream, sequence, before = entry.stream, 0, FIRST
        sequence += 1
        if entry.sequence != sequence:
            yield Break(stream, entry.sequence, f"line {sequence} is missing")
            sequence = entry.sequence
        elif entry.previous != before:
            yield Break(stream, sequence, "does not follow the line before")
        if not _is(entry, digest):
            yield Break(stream, sequence, "was changed")
        before = digest


def _is(entry: Entry, digest: bytes) -> bool:
    try:
        return entry.digest() == digest
    except InvalidInput:
        return False

"""Rows that are never edited, bound to the audit by a digest of all their columns.

A line of the audit is chained, and its head is anchored daily; the row it tells of is not. So the
line carries the SHA-256 of the row as it was written (`bound`), and whoever owns the database
cannot change a decision, a submission, an entry or a notice without `yinji fsck` telling (T09).
"""

import hashlib
import uuid
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from core import canonical
from core.canonical import Json
from core.db import Base

MEMBER: Final = "bound"
"""Of a line's facts: the digests of rows by their names."""


def bound(*rows: Base, without: Collection[str] = ()) -> dict[str, Json]:
    """The names of rows with their digests; `without` names columns that are written later."""
    return {name_of(row): digest_of(row, without) for row in rows}


def of_rules(matter_id: uuid.UUID, edition: bytes) -> dict[str, Json]:
    """Which edition of the office's rules a matter is judged by: the digest of their text."""
    return {f"matter.edition:{matter_id}": edition.hex()}


def name_of(row: Base) -> str:
    """Table and primary key: `matter_submission:<id>/1`."""
    keys = [str(getattr(row, column.name)) for column in row.__table__.primary_key]
    return f"{row.__tablename__}:{'/'.join(keys)}"


def digest_of(row: Base, without: Collection[str] = ()) -> str:
    """SHA-256 over the canonical JSON of the columns by their names."""
    told: Mapping[str, Json] = {
        column.name: _plain(getattr(row, column.key))
        for column in row.__table__.columns
        if column.name not in without
    }
    return hashlib.sha256(canonical.encode(told)).hexdigest()


def _plain(value: Any) -> Json:  # noqa: ANN401 - whatever a column holds
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    found: Json = list(value) if isinstance(value, tuple) else value
    return found

"""T08: with the application's own password, in SQL, no decision and no date can be bent."""

import pytest
from sqlalchemy import LargeBinary, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from accounts import reveals, staff
from accounts.identity import Claim, begin
from core import audit
from core.db import Base
from evidence.models import TimestampToken
from registry.lifecycle import MatterState
from tests.grounds.matters import NOW, Cast, brought_to, cast, officer
from tests.grounds.people import RING, account, resident

APPEND_ONLY = {
    "audit_line": (), "matter_submission": (), "matter_finding": (), "registration": (),
    "announcement": (),
    "office_edition": (), "custody_event": (), "timestamp_token": (), "reveal": (),
    "statement": ("timed", "sealed"),
    "evidence": ("kind", "public", "idempotency_key", "request_digest", "rejection",
                 "stated_at", "rejected_at", "erased_at", "personal_at", "files_sealed_at"),
    "matter": (),
}  # fmt: skip
"""Tables, and which of their columns may change or be set once."""


REFUSED = "append-only|never|not the applicant's|no rule leads|violates"


@pytest.fixture
def registered(session: Session) -> Cast:
    people = cast(session)
    brought_to(session, people, MatterState.REGISTERED)
    session.add(
        TimestampToken(
            evidence_id=people.evidence.id, response=b"x", gen_time=NOW, serial="1", policy="1",
            authority="x", received_at=NOW,
        )
    )  # fmt: skip
    owner = account(session, kind="individual")
    row = begin(session, RING, owner.id, Claim("李四", resident(), "120101", {}), now=NOW)
    by = officer(session, staff.Role.SUPERVISOR)
    reveals.reveal_number(session, RING, by, row, "核对", now=NOW)
    audit.settle(session)
    return people


def other(table: str, column: str) -> str:
    """An expression that is another value of this column."""
    kind = Base.metadata.tables[table].c[column].type
    if isinstance(kind, LargeBinary):
        return f"{column} || 'x'"
    if isinstance(kind, ARRAY):
        return f"array_append({column}, 'x')"
    if isinstance(kind, JSONB):
        return "'[\"other\"]'"
    return {
        "TEXT": f"coalesce({column}, '') || 'x'",
        "BIGINT": f"{column} + 1000",
        "UUID": "gen_random_uuid()",
        "CHAR(32)": "gen_random_uuid()",
        "BOOLEAN": f"NOT {column}",
    }.get(str(kind).upper(), f"coalesce({column}, now()) - interval '1 day'")


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_no_column_can_be_written_again(session: Session, registered: Cast, table: str) -> None:
    assert registered
    fixed = [
        column.name
        for column in Base.metadata.tables[table].c
        if column.name not in APPEND_ONLY[table] and column.computed is None
    ]
    for column in fixed:
        save = session.begin_nested()
        with pytest.raises(DBAPIError, match=REFUSED):
            session.execute(text(f"UPDATE {table} SET {column} = {other(table, column)}"))  # noqa: S608
        save.rollback()


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_no_row_can_be_taken_away(session: Session, registered: Cast, table: str) -> None:
    assert registered
    save = session.begin_nested()
    with pytest.raises(DBAPIError, match=REFUSED):
        session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - our own tables
    save.rollback()


@pytest.mark.parametrize("column", ["stated_at", "erased_at", "rejected_at"])
def test_what_is_set_once_stays(session: Session, registered: Cast, column: str) -> None:
    where = {"id": registered.evidence.id}
    if column != "stated_at":
        session.execute(text(f"UPDATE evidence SET {column} = now() WHERE id = :id"), where)  # noqa: S608
    for value in ("NULL", f"{column} - interval '1 day'"):
        save = session.begin_nested()
        with pytest.raises(IntegrityError, match="never changes"):
            session.execute(text(f"UPDATE evidence SET {column} = {value} WHERE id = :id"), where)  # noqa: S608
        save.rollback()

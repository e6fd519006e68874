"""What has a status moves along its table, and what has ended stays ended, in SQL as well (T04).

The rows are made up, with triggers off and without the tables' CHECKs and foreign keys: so it is
the guards that refuse, and any state can be had. Which tables there are the code says
(`api.fsck.histories`, which another test holds against every `Lifecycle` and each column `status`).
"""

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import pytest
from sqlalchemy import Column, Date, Table, insert, text, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.fsck.histories import HISTORIES, History
from core.db import Base

DAY: Final = datetime(2026, 3, 1, tzinfo=UTC)
ENDS: Final = {
    "closed_at", "ended_at", "erased_at", "frozen_at", "removed_at", "revoked_at", "superseded_at",
    "used_at",
}  # fmt: skip
"""Names of times after which something is over; a row without one is in force."""
NO_ENDS: Final = {("passkey", "used_at")}
"""When it was last used."""


def anything(column: Column[Any]) -> object:
    if isinstance(column.type, ARRAY):
        return []
    if isinstance(column.type, JSONB):
        return {}
    values: dict[type, object] = {
        str: "x", bytes: b"x", bool: False, int: 1, uuid.UUID: uuid.uuid4(), Decimal: Decimal(1),
    }  # fmt: skip
    return values.get(column.type.python_type, DAY.date() if isinstance(column.type, Date) else DAY)


def made_up(session: Session, table: Table, **values: object) -> None:
    """The only row of a table, held by its guards alone."""
    others = session.scalars(
        text("SELECT conname FROM pg_constraint WHERE contype IN ('c', 'f') AND conrelid = "
             "CAST(:table AS regclass)"), {"table": f'"{table.name}"'},
    ).all()  # fmt: skip
    for name in others:
        session.execute(text(f'ALTER TABLE "{table.name}" DROP CONSTRAINT {name}'))
    needed = {
        column.name: anything(column)
        for column in table.c
        if not column.nullable and column.computed is None
    }
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text(f'DELETE FROM "{table.name}"'))  # noqa: S608 - our own tables
    session.execute(insert(table).values(needed | values))
    session.execute(text("SET LOCAL session_replication_role = origin"))


def refusal(session: Session, table: Table, **values: object) -> str:
    """What the database says against this change of the row; nothing when it is made."""
    save = session.begin_nested()
    try:
        session.execute(update(table).values(values))
    except IntegrityError as error:
        return str(error.orig)
    finally:
        save.rollback()
    return ""


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.lifecycle.name)
def test_a_status_moves_only_where_its_table_leads(session: Session, history: History) -> None:
    table, transitions = history.model.__table__, history.lifecycle.transitions
    for was, ways in transitions.items():
        made_up(session, table, status=was.value)
        for to in (*transitions, "anything"):
            if to == was:
                continue
            said = refusal(session, table, status=str(to))
            allowed = "no rule leads" not in said and "never changes" not in said
            assert allowed is (to in ways), (was, to, said)


def ends() -> list[tuple[str, str]]:
    return sorted(
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        if "status" not in table.c
        for column in table.c
        if column.name in ENDS and column.nullable and (table.name, column.name) not in NO_ENDS
    )


@pytest.mark.parametrize(("table", "column"), ends())
def test_what_has_ended_does_not_begin_again(session: Session, table: str, column: str) -> None:
    whole = Base.metadata.tables[table]
    made_up(session, whole, **{column: DAY})
    assert refusal(session, whole, **{column: None})

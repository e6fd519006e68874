"""The database base class and its types.

Sessions are synchronous; nothing below `api/` commits. Times are aware UTC datetimes; a naive
one is refused before it reaches the database.
"""

import uuid
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    all_,
    any_,
    literal,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session, mapped_column

from core.errors import InvalidInput
from core.sealed import Sealed, SealedColumn

Value = TypeVar("Value")


def among(
    column: ColumnElement[Value] | InstrumentedAttribute[Value], values: Collection[Value]
) -> ColumnElement[bool]:
    """Whether it is one of these, however many: they are one parameter. Of `in_`, which makes one
    of each, Postgres takes 65,535.
    """
    return column == any_(literal(list(values), ARRAY(column.type)))


def apart_from(
    column: ColumnElement[Value] | InstrumentedAttribute[Value], values: Collection[Value]
) -> ColumnElement[bool]:
    """Whether it is none of these, however many."""
    return column != all_(literal(list(values), ARRAY(column.type)))


class UtcDateTime(TypeDecorator[datetime]):
    """timestamptz that takes and gives aware UTC datetimes only."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        _ = dialect
        if value is not None and value.tzinfo is None:
            raise InvalidInput("时间缺少时区 / the time has no zone")
        return value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        _ = dialect
        return None if value is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Every table. Constraint names are fixed, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        bytes: LargeBinary,
        int: BigInteger,
        datetime: UtcDateTime,
        dict[str, Any]: JSONB,
        list[str]: JSONB,
        Sealed: SealedColumn,
    }


Id = Annotated[uuid.UUID, mapped_column(primary_key=True, default=uuid.uuid4)]
"""Client-made, so that a lost COMMIT reply can be resolved by asking for the row."""


def lock(session: Session, row: object) -> None:
    """Read a row anew and hold it until the transaction ends: of two who end it at once, one does.
    What this transaction has changed of it before is written first.
    """
    session.flush()
    session.refresh(row, with_for_update=True)

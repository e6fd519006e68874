"""Lists that are read page by page, newest first, and what limits them."""

import unicodedata
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.errors import InvalidInput

MOST_TYPED: Final = 80
"""Characters of what is looked for in a list."""

Row = TypeVar("Row")
Place = tuple[InstrumentedAttribute[datetime], InstrumentedAttribute[uuid.UUID]]
"""By what the rows are ordered: when they were made, and their ids."""


def newest_first(
    session: Session,
    own: Select[Row],
    place: Place,
    after: uuid.UUID | None,
    limit: int,
    only: Sequence[ColumnElement[bool]] = (),
) -> Sequence[Row]:
    """Of the caller's `own` rows those that meet every condition of `only`.

    `after` is the last id of the page before. It needs to be the caller's, and no more: a row that
    has ceased to meet `only` since still marks its place.

    Raises:
        InvalidInput: `after` is no row of the caller's.
    """
    query = own.where(*only)
    if after is not None:
        edge = session.execute(own.with_only_columns(*place).where(place[1] == after)).first()
        if edge is None:
            raise InvalidInput("游标无效 / no such cursor", field="cursor")
        query = query.where(tuple_(*place) < tuple_(*edge))
    made, identifier = place
    return session.scalars(query.order_by(made.desc(), identifier.desc()).limit(limit)).all()


def holds(column: SQLColumnExpression[Any], text: str) -> ColumnElement[bool]:
    """Contained, whatever the case; signs of a pattern stand for themselves."""
    plain = unicodedata.normalize("NFC", text[:MOST_TYPED]).strip()
    return column.icontains(plain, autoescape=True)

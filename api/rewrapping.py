"""Under which sealing keys everything lies, and how it comes under the newest: only the data keys
are wrapped anew, what they encrypt stays byte for byte.

A row changes by compare-and-set, an object by one rename or one request. So a run may die anywhere:
the next goes on with whatever is still under another key, and changes nothing that is done.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, LargeBinary, case, func, literal, select, type_coerce, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from accounts.contact_models import Avatar
from accounts.models import SecondFactor
from accounts.person_models import DeliveryAddress, Paper, Party, Verification
from api import crash
from api.database import lease, transaction
from api.wiring import Services
from core.errors import NotFound, OutsideError
from core.sealed import DoesNotOpen, KeyMissing, Keyring, Sealed
from evidence import references
from registry.deliveries import PaperDelivery
from registry.signing_models import SigningSigner

PAGE: Final = 200
OBJECTS: Final = "objects/sealed"
PREVIEWS: Final = "previews"
DAMAGED: Final = "?"
_Column: TypeAlias = InstrumentedAttribute[Sealed] | InstrumentedAttribute[Sealed | None]
COLUMNS: Final[tuple[_Column, ...]] = (
    SecondFactor.secret, Avatar.picture, Verification.number, Verification.details, Party.number,
    Party.details, Paper.data_key, DeliveryAddress.contents, SigningSigner.contact,
    PaperDelivery.contents,
)  # fmt: skip
"""All that are sealed; a test compares them with the tables."""

_SHORTEST: Final = 2
_NO_ROW: Final = UUID(int=0)


@dataclass(frozen=True)
class Standing:
    """Which key seals, and by key how much lies under it: values of a column, files."""

    current: str
    held: frozenset[str]
    """Keys that are there to open what is under them."""
    under: Mapping[str, Counter[str]] = field(default_factory=dict)

    @property
    def left(self) -> int:
        """How many lie under another key than the one that seals."""
        return sum(each.total() for key, each in self.under.items() if key != self.current)

    @property
    def free(self) -> list[str]:
        """Keys that nothing here lies under any more. Backups are another matter."""
        return sorted(self.held - self.under.keys() - {self.current}, key=int)


def standing(services: Services) -> Standing:
    """What lies under which key now."""
    under: dict[str, Counter[str]] = {}
    with transaction(services.sessions) as session:
        for column in COLUMNS:
            key = _key(column)
            counted = select(key, func.count()).where(column.is_not(None)).group_by(key)
            for found, number in session.execute(counted):
                under.setdefault(_named(found), Counter())[_name(column)] += number
    for _, key_id in services.store.key_ids():
        under.setdefault(key_id or DAMAGED, Counter())[OBJECTS] += 1
    for key_id in services.previews.key_ids():
        under.setdefault(key_id or DAMAGED, Counter())[PREVIEWS] += 1
    ring = services.keyring
    return Standing(ring.current, frozenset(ring.keys), under)


def rewrap(services: Services) -> None:
    """Bring everything under the key that seals. What is damaged, or in somebody's hand, or under a
    key that is not there, stays as it is: `standing` counts it.
    """
    ring = services.keyring
    for column in COLUMNS:
        after: UUID | None = _NO_ROW
        while after is not None:
            with transaction(services.sessions) as session:
                after = _page(session, ring, column, after)
            if after is not None:
                crash.point("rows-rewrapped")
    for digest in _older(services):
        with lease(services.engine, references.lock_name(digest)) as held:
            if held:
                _object(services, digest)
        crash.point("object-rewrapped")
    services.previews.drop_older()


def _page(session: Session, ring: Keyring, column: _Column, after: UUID) -> UUID | None:
    """Wrap a page of rows anew; its last row, or None when there was none."""
    (row_id,) = column.class_.__table__.primary_key.columns
    rows = session.execute(
        select(row_id, column)
        .where(row_id > after, column.is_not(None), _key(column) != ring.current.encode())
        .order_by(row_id)
        .limit(PAGE)
    ).all()
    for at, sealed in rows:
        try:
            anew = ring.rewrap(sealed)
        except (DoesNotOpen, KeyMissing):
            continue
        session.execute(
            update(column.class_)
            .where(row_id == at, column == sealed)
            .values({column.key: anew})
            .execution_options(synchronize_session=False)
        )
    return rows[-1][0] if rows else None


def _older(services: Services) -> Iterator[str]:
    ring = services.keyring
    return (digest for digest, key in services.store.key_ids() if key not in {None, ring.current})


def _object(services: Services, digest: str) -> None:
    try:
        services.store.rewrap(digest)
    except (DoesNotOpen, KeyMissing, NotFound, OutsideError):
        return


def _key(column: _Column) -> ColumnElement[bytes]:
    """The key's id as it stands in the value (`core.sealed`); empty where there is none."""
    raw = type_coerce(column, LargeBinary)
    told = func.substring(raw, _SHORTEST + 1, func.get_byte(raw, 1))
    return case((func.octet_length(raw) > _SHORTEST, told), else_=literal(b"", LargeBinary))


def _named(key: bytes) -> str:
    name = bytes(key).decode("ascii", "replace")
    return name if name.isalnum() and name.isascii() else DAMAGED


def _name(column: _Column) -> str:
    return f"{column.class_.__tablename__}.{column.key}"

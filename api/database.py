"""Engine, sessions, the one place that commits, and leases on work."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session, sessionmaker

Sessions = sessionmaker[Session]

_OPEN: Final[ContextVar[bool]] = ContextVar("transaction", default=False)


def make_engine(url: str) -> Engine:
    """A pool that notices dead connections, so that a restarted database heals by itself."""
    return create_engine(
        url, pool_pre_ping=True, pool_size=8, max_overflow=16, pool_timeout=10, future=True
    )


def make_sessions(engine: Engine) -> Sessions:
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def transaction(sessions: Sessions) -> Iterator[Session]:
    """One database transaction: commits at the end, rolls back on any exception."""
    with sessions() as session:
        open_before = _OPEN.set(True)
        try:
            with session.begin():
                yield session
        finally:
            _OPEN.reset(open_before)


def in_transaction() -> bool:
    """Is the caller inside `transaction`? Then it must not wait for disk or network."""
    return _OPEN.get()


@contextmanager
def lease(engine: Engine, name: str) -> Iterator[bool]:
    """True while this process alone holds `name`, False when somebody else does.

    An advisory lock on a connection of its own: it ends with the process, however that ends.
    Correctness never rests on it, only economy: every write behind it is compare-and-set.
    """
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        held = bool(connection.scalar(select(func.pg_try_advisory_lock(key))))
        try:
            yield held
        finally:
            if held:
                connection.scalar(select(func.pg_advisory_unlock(key)))

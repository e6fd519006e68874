"""Engine, sessions, the one place that commits, and leases on work."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from sqlalchemy import Engine, create_engine, event, exc, func, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

Sessions = sessionmaker[Session]

_OPEN: Final[ContextVar[bool]] = ContextVar("transaction", default=False)


def make_engine(url: str, fresh_seconds: float = 0.5) -> Engine:
    """A pool that notices dead connections, so that a restarted database heals by itself."""
    engine = create_engine(
        url,
        pool_size=8,
        max_overflow=16,
        pool_timeout=10,
        future=True,
        # An error's message names the statement, not the row.
        hide_parameters=True,
    )
    _ping_what_rested(engine, fresh_seconds)
    return engine


def _ping_what_rested(engine: Engine, fresh_seconds: float) -> None:
    """Ask a connection whether it lives, unless it was used `fresh_seconds` ago or less.

    `pool_pre_ping` asks each time, which is a third of all that a tick without work sends. A
    connection that ends just after its use costs one error, and the pool begins anew.
    """

    @event.listens_for(engine, "checkin")
    def rested_from(_connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        record.info["rested from"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ping(
        connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: PoolProxiedConnection
    ) -> None:
        rested_from = record.info.get("rested from")
        if rested_from is None or time.monotonic() - rested_from < fresh_seconds:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise exc.InvalidatePoolError from error


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

"""Revocations of registrations that many officers decide on at once."""

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session, sessionmaker

from accounts.staff import Role
from chain.models import Revocation
from core.errors import Conflict, ServiceError
from registry import revocations, revoking
from registry.revocation_lifecycle import (
    RevocationState,
)
from registry.revocations import RegistrationRevocation
from registry.revoking import Reasons
from tests.database.test_revocations import in_state, scene
from tests.grounds.database import Cluster
from tests.grounds.matters import (
    NOW,
    officer,
)

UNTRUE = Reasons("untrue", "作者另有其人,见判决书。", None)
ENDS = ("confirmed", "rejected", "withdrawn")


@pytest.fixture
def sessions(postgres: Cluster) -> Iterator[sessionmaker[Session]]:
    engine = create_engine(postgres.fresh(), pool_size=24, max_overflow=0)
    yield sessionmaker(engine)
    engine.dispose()


def together(workers: int, act: Callable[[int], object]) -> list[object]:
    start = threading.Barrier(workers)

    def one(place: int) -> object:
        start.wait()
        try:
            return act(place)
        except ServiceError as error:
            return error

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, range(workers)))


def test_of_twenty_decisions_at_once_one_wins(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        on = scene(session)
        row_id = in_state(session, on, RevocationState.PROPOSED).id
        deciders = [officer(session, Role.FINAL_EXAMINER) for _ in range(20)]

    def decide(place: int) -> str:
        with sessions.begin() as session:
            row = revocations.seen(session, deciders[place], row_id, lock=True)
            if place % 2:
                revoking.confirm(session, deciders[place], row, now=NOW)
            else:
                revoking.reject(session, deciders[place], row, "不成立", now=NOW)
            return row.status

    results = together(20, decide)
    (won,) = (each for each in results if isinstance(each, str))
    assert sum(isinstance(each, Conflict) for each in results) == 19
    with sessions() as session:
        row = session.get_one(RegistrationRevocation, row_id)
        assert row.status == won
        wishes = session.scalar(select(func.count()).select_from(Revocation))
        assert wishes == (won == "confirmed")


def test_of_twenty_proposals_at_once_one_is_made(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        on = scene(session)
        number = on.entry.number
        proposers = [officer(session, Role.REGISTRAR) for _ in range(20)]

    def propose(place: int) -> uuid.UUID:
        with sessions.begin() as session:
            return revoking.propose(session, proposers[place], number, UNTRUE, now=NOW).id

    results = together(20, propose)
    assert sum(isinstance(each, uuid.UUID) for each in results) == 1
    assert sum(isinstance(each, Conflict) for each in results) == 19

"""Two accounts confirm one address at the same moment: one has it, the other is told so."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session, sessionmaker

from accounts import contacts
from accounts.identifiers import Identifier
from accounts.models import Account
from core.errors import Conflict
from tests.grounds.database import Cluster
from tests.grounds.matters import NOW, account
from tests.grounds.people import RING

MANY = 8
TO = Identifier("mobile", "+8613800138000")


@pytest.fixture
def sessions(postgres: Cluster) -> Iterator[sessionmaker[Session]]:
    engine = create_engine(postgres.fresh(), pool_size=MANY, max_overflow=0)
    yield sessionmaker(engine)
    engine.dispose()


def test_one_of_those_who_confirm_an_address_at_once_has_it(
    sessions: sessionmaker[Session],
) -> None:
    with sessions.begin() as session:
        people = [account(session, f"{place}") for place in range(MANY)]
        codes = [contacts.begin(session, RING, each, TO, now=NOW) for each in people]
    start = threading.Barrier(MANY)

    def confirm(place: int) -> str:
        with sessions.begin() as session:
            start.wait()
            try:
                contacts.finish(session, RING, people[place], codes[place], now=NOW)
            except Conflict as error:
                return str(error.field)
            return "has it"

    with ThreadPoolExecutor(MANY) as pool:
        told = sorted(pool.map(confirm, range(MANY)))
    assert told == ["has it", *["identifier"] * (MANY - 1)]
    with sessions() as session:
        held = session.scalars(select(Account.id).where(Account.mobile == TO.value)).all()
        assert len(held) == 1

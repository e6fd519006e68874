"""What two end at the same moment ends once, with one line of the audit, and neither is refused."""

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session, sessionmaker

from accounts import keys, mandates
from accounts.mandates import MandateScope
from accounts.models import ApiKey
from accounts.person_models import Mandate
from accounts.staff import Role
from api.database import transaction
from core.audit import AuditLine
from registry import interests
from registry.models import DeclaredConflict
from tests.grounds.database import Cluster
from tests.grounds.interests import declare
from tests.grounds.matters import officer
from tests.grounds.people import NOW, account

MANY = 4
End = Callable[[Session, int], object]


@pytest.fixture
def sessions(postgres: Cluster) -> Iterator[sessionmaker[Session]]:
    engine = create_engine(postgres.fresh(), pool_size=MANY, max_overflow=0)
    yield sessionmaker(engine)
    engine.dispose()


def key(session: Session) -> tuple[uuid.UUID, End]:
    owner = account(session).id
    of = keys.issue(session, owner, "k", ["read"], None, now=NOW)[0].id
    return of, lambda here, place: keys.revoke(here, owner, of, now=at(place))


def mandate(session: Session) -> tuple[uuid.UUID, End]:
    both = account(session).id, account(session, kind="agent_lawyer").id
    days = NOW.date(), NOW.date() + timedelta(days=9)
    of = mandates.grant(session, *both, [MandateScope.SIGN], *days, now=NOW).id
    return of, lambda here, place: mandates.revoke(here, both[place % 2], of, now=at(place))


def declared(session: Session) -> tuple[uuid.UUID, End]:
    who = officer(session, Role.CASHIER)
    of = declare(session, who, "张三的表哥")
    return of, lambda here, place: interests.end(here, who, of, now=at(place))


def at(place: int) -> datetime:
    return NOW + timedelta(seconds=1 + place)


@pytest.mark.parametrize(
    ("begun", "model", "act"),
    [
        (key, ApiKey, "key.revoked"),
        (mandate, Mandate, "mandate.revoked"),
        (declared, DeclaredConflict, "conflict.ended"),
    ],
)
def test_what_several_end_at_once_ends_once(
    sessions: sessionmaker[Session], begun: Callable[[Session], tuple[uuid.UUID, End]],
    model: type[ApiKey | Mandate | DeclaredConflict], act: str,
) -> None:  # fmt: skip
    with transaction(sessions) as session:
        of, end = begun(session)
    start = threading.Barrier(MANY)

    def ends(place: int) -> None:
        with transaction(sessions) as session:
            session.get_one(model, of)  # each has seen it before anybody ends it
            start.wait()
            end(session, place)

    with ThreadPoolExecutor(MANY) as pool:
        list(pool.map(ends, range(MANY)))
    with sessions() as session:
        lines = select(func.count()).where(
            AuditLine.act == act, AuditLine.subject.contains(str(of))
        )
        assert session.scalar(lines) == 1

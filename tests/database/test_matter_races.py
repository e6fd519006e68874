"""Many officers at once: one decision wins, and numbers have neither gap nor double."""

import re
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session, sessionmaker

from accounts.staff import Officer
from core.audit import AuditLine
from core.errors import Conflict, NotAllowed, ServiceError
from core.lifecycle import Transition
from registry import examining, opening, registering
from registry.lifecycle import MatterState, Role
from registry.models import (
    Finding,
    Matter,
    NumberSeries,
    Registration,
    SoftwareCertificateNumber,
)
from tests.database.test_software import CHECKED, awaiting
from tests.grounds.database import Cluster
from tests.grounds.matters import CHECKED_FINALLY, NOW, brought_to, cast

Sessions = sessionmaker[Session]


@pytest.fixture
def sessions(postgres: Cluster) -> Iterator[Sessions]:
    engine = create_engine(postgres.fresh(), pool_size=64, max_overflow=0)
    yield sessionmaker(engine)
    engine.dispose()


def waiting(sessions: Sessions, count: int) -> list[tuple[uuid.UUID, Officer]]:
    """Committed matters in final examination, each with the officer who holds it."""
    found = []
    with sessions.begin() as session:
        for _ in range(count):
            people = cast(session)
            matter = brought_to(session, people, MatterState.FINAL_EXAMINATION)
            found.append((matter.id, people.final))
    return found


def together(workers: int, act: Callable[[int], object]) -> list[object]:
    """Run `act` with each number at the same moment; a ServiceError is its result."""
    start = threading.Barrier(workers)

    def one(place: int) -> object:
        start.wait()
        try:
            return act(place)
        except ServiceError as error:
            return error

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, range(workers)))


def approve(
    sessions: Sessions,
    matter_id: uuid.UUID,
    officer: Officer,
    clock: Callable[[], datetime],
    check: Callable[[object], None] = lambda _record: None,
    checklist: Sequence[str] = CHECKED_FINALLY,
) -> str:
    with sessions.begin() as session:
        matter = examining.seen(session, officer, matter_id, lock=True)
        opening.seen(session, officer, matter, now=NOW)
        entry = registering.approve(session, officer, matter, checklist, check, clock)
        return entry.number


def test_of_fifty_decisions_at_once_one_wins(sessions: Sessions) -> None:
    ((matter_id, officer),) = waiting(sessions, 1)

    def decide(place: int) -> object:
        if place % 2:
            return approve(sessions, matter_id, officer, lambda: NOW)
        with sessions.begin() as session:
            matter = examining.seen(session, officer, matter_id, lock=True)
            examining.refuse(session, officer, matter, "forbidden", "x", now=NOW)
        return "refused"

    results = together(50, decide)
    assert sum(not isinstance(each, ServiceError) for each in results) == 1
    assert sum(isinstance(each, Conflict) for each in results) == 49
    with sessions() as session:
        ends = (
            Transition.subject == matter_id,
            Transition.became.in_([MatterState.REGISTERED, MatterState.REFUSED]),
        )
        assert session.scalar(select(func.count()).select_from(Transition).where(*ends)) == 1
        decided = Finding.action.in_(["approve", "refuse"])
        assert session.scalar(select(func.count()).select_from(Finding).where(decided)) == 1
        lines = (
            AuditLine.subject == f"matter:{matter_id}",
            AuditLine.act.in_(["matter.registered", "matter.refused"]),
        )
        assert session.scalar(select(func.count()).select_from(AuditLine).where(*lines)) == 1


def test_of_fifty_claims_at_once_one_wins(sessions: Sessions) -> None:
    with sessions.begin() as session:
        people = cast(session)
        matter_id = brought_to(session, people, MatterState.SUBMITTED).id

    def claim(_place: int) -> None:
        with sessions.begin() as session:
            matter = examining.seen(session, people.first, matter_id, lock=True)
            examining.claim(session, people.first, matter, Role.FIRST_EXAMINER, now=NOW)

    results = together(50, claim)
    assert sum(each is None for each in results) == 1


def test_a_hundred_approvals_at_once_number_without_gap_or_double(sessions: Sessions) -> None:
    """Fifty works and fifty pieces of software, whose certificates are numbered as well."""
    items = waiting(sessions, 50)
    with sessions.begin() as session:
        people = cast(session)
        software = [
            (matter.id, final) for matter, final in (awaiting(session, people) for _ in range(50))
        ]
    results = together(50, lambda place: [
        approve(sessions, *items[place], lambda: NOW),
        approve(sessions, *software[place], lambda: NOW, checklist=CHECKED["final"]),
    ])  # fmt: skip
    assert not [each for each in results if isinstance(each, ServiceError)]
    counted = range(1, 51)
    with sessions() as session:
        numbers = session.scalars(
            select(Registration.number).order_by(Registration.office.desc(), Registration.serial)
        ).all()
        assert numbers == [
            *(f"津作登字-2026-F-{serial:08d}" for serial in counted),
            *(f"2026SR{serial:07d}" for serial in counted),
        ]
        own = select(SoftwareCertificateNumber.number).order_by(SoftwareCertificateNumber.number)
        assert session.scalars(own).all() == [f"软著登字第{serial:07d}号" for serial in counted]
        by_time = session.scalars(
            select(Registration.serial)
            .where(Registration.office == "tianjin")
            .order_by(Registration.registered_at, Registration.serial)
        ).all()
        assert by_time == sorted(by_time)
        assert session.scalars(select(NumberSeries.last)).all() == [50, 50, 50]


def test_an_approval_that_fails_gives_its_number_back(sessions: Sessions) -> None:
    items = waiting(sessions, 3)

    def refused(_record: object) -> None:
        raise NotAllowed("cannot be printed")

    for place, (matter_id, officer) in enumerate(items):
        if place == 1:
            with pytest.raises(NotAllowed):
                approve(sessions, matter_id, officer, lambda: NOW, refused)
        approve(sessions, matter_id, officer, lambda: NOW)
    with sessions() as session:
        assert sorted(session.scalars(select(Registration.serial))) == [1, 2, 3]


class TestTheYear:
    @pytest.mark.parametrize(
        ("moment", "year"),
        [
            (datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC), 2026),
            (datetime(2026, 12, 31, 16, 0, 0, tzinfo=UTC), 2027),
        ],
    )
    def test_is_that_of_shanghai(self, sessions: Sessions, moment: datetime, year: int) -> None:
        ((matter_id, officer),) = waiting(sessions, 1)
        number = approve(sessions, matter_id, officer, lambda: moment)
        assert number == f"津作登字-{year}-F-00000001"

    def test_is_read_under_the_lock(self, sessions: Sessions) -> None:
        """A clock that moves on with each look never yields an older year after a newer one."""
        items = waiting(sessions, 20)
        ticks = iter(range(10**6))
        guard = threading.Lock()

        def clock() -> datetime:
            with guard:
                ahead = timedelta(seconds=next(ticks))
            return datetime(2026, 12, 31, 15, 59, 50, tzinfo=UTC) + ahead

        together(20, lambda place: approve(sessions, *items[place], clock))
        with sessions() as session:
            rows = session.execute(
                select(Registration.number, Registration.registered_at).order_by(
                    Registration.registered_at
                )
            ).all()
        years = [int(re.split("-", row.number)[1]) for row in rows]
        assert years == sorted(years)
        assert Counter(years) == {2026: 10, 2027: 10}
        serials = [int(row.number[-8:]) for row in rows]
        assert serials == [*range(1, 11), *range(1, 11)]


def test_one_person_with_two_accounts_cannot_examine_twice(sessions: Sessions) -> None:
    with sessions.begin() as session:
        people = cast(session)
        matter: Matter = brought_to(session, people, MatterState.PASSED)
        other = Officer(
            people.final.account_id, people.first.person_id, "tianjin", people.final.roles,
            frozenset(),
        )  # fmt: skip
        with pytest.raises(NotAllowed):
            examining.claim(session, other, matter, Role.FINAL_EXAMINER, now=NOW)
        assert matter.status == MatterState.PASSED

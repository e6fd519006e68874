"""A page of many rows asks the database as many questions as a page of one."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from api import anchoring, jobs
from api.evidence_views import evidence_page, work_page
from api.matter_lists import listed
from evidence.models import Evidence, Work, WorkVersion
from registry import announced, enforcing
from registry.announced import Announced, Wanted
from registry.lifecycle import MatterState
from registry.models import Matter
from tests.database.test_force import GROUNDS
from tests.grounds.anchoring import Bench, simulated_bench
from tests.grounds.database import Cluster
from tests.grounds.matters import NOW, TIANJIN, brought_to, cast


@pytest.fixture
def bench(postgres: Cluster) -> Iterator[Bench]:
    with simulated_bench(postgres.fresh(), automine=True) as made:
        yield made


def questions(session: Session, ask: Callable[[], Any]) -> int:
    """How many statements `ask` sends, with nothing in the session that it could use again."""
    session.flush()
    session.expunge_all()
    asked = 0

    def count(*_told: Any) -> None:
        nonlocal asked
        asked += 1

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", count)
    ask()
    event.remove(connection, "before_cursor_execute", count)
    return asked


def test_of_matters(session: Session) -> None:
    for state in MatterState:
        brought_to(session, cast(session), state)
    brought_to(session, cast(session), MatterState.REGISTERED)

    def read(*only: Any) -> Any:
        page = session.scalars(select(Matter).where(*only)).all()
        return page, listed(session, page)

    registered = Matter.status == MatterState.REGISTERED.value
    page, lines = read(registered)
    one = Matter.id == page[0].id
    assert [line.id for line in lines] == [matter.id for matter in page]
    assert len({line.registration_number for line in lines}) == len(page) == 2
    assert questions(session, lambda: read(one)) == questions(session, read)


def test_of_evidence_and_works(bench: Bench) -> None:
    bench.leaves(6)
    jobs.advance(bench.services, anchoring.STAGES, seconds=10)
    with bench.session() as session:
        ids = session.scalars(select(Evidence.id)).all()
        assert len(ids) == 6

        def evidence(some: list[uuid.UUID]) -> Any:
            page = session.scalars(select(Evidence).where(Evidence.id.in_(some))).all()
            return evidence_page(session, page, bench.services)

        def works(some: list[uuid.UUID]) -> Any:
            page = session.scalars(
                select(Work)
                .join(WorkVersion, WorkVersion.work_id == Work.id)
                .join(Evidence, Evidence.version_id == WorkVersion.id)
                .where(Evidence.id.in_(some))
            ).all()
            return work_page(session, page, None)

        for read in (evidence, works):
            assert len(read([*ids])) == 6
            few = questions(session, lambda read=read: read([ids[0]]))  # type: ignore[misc]
            assert few == questions(session, lambda read=read: read([*ids]))  # type: ignore[misc]
        assert {each.root for each in evidence([*ids])} != {None}


def test_of_what_an_office_announces(session: Session) -> None:
    before = NOW - timedelta(hours=1)
    enforcing.enforce(session, TIANJIN, GROUNDS, "a", clock=lambda: before)
    for _ in range(3):
        brought_to(session, cast(session), MatterState.REGISTERED)

    def read(limit: int) -> Sequence[Announced]:
        return announced.find(session, TIANJIN, Wanted(), None, limit)

    assert [each.sample for each in read(3)] == [False] * 3
    assert questions(session, lambda: read(1)) == questions(session, lambda: read(3))

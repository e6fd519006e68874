"""Many workers at once, and one that dies: each reminder is sent once, each mail is one file."""

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select, update
from sqlalchemy.orm import Session, sessionmaker

from accounts import inbox
from accounts.inbox_models import Dispatch, Message
from api.outbox import FileOutbox
from api.outbox import Message as Mail
from registry import calendars, matters
from registry.lifecycle import MatterState
from registry.models import Matter
from registry.term_models import Term, TermChange
from tests.grounds import ticks
from tests.grounds.database import Cluster
from tests.grounds.matters import NOW, brought_to, cast

Sessions = sessionmaker[Session]


@pytest.fixture
def sessions(postgres: Cluster) -> Iterator[Sessions]:
    engine = create_engine(postgres.fresh(), pool_size=16, max_overflow=0)
    yield sessionmaker(engine)
    engine.dispose()


def returned(sessions: Sessions, count: int) -> list[uuid.UUID]:
    with sessions.begin() as session:
        return [brought_to(session, cast(session), MatterState.RETURNED).id for _ in range(count)]


def together(sessions: Sessions, act: Callable[[Session], bool], workers: int = 8) -> None:
    """Every worker runs the job until there is nothing more, all at the same moment."""
    start = threading.Barrier(workers)

    def one(_place: int) -> None:
        start.wait()
        more = True
        while more:
            with sessions.begin() as session:
                more = act(session)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(one, range(workers)))


def test_a_reminder_is_sent_once_though_many_workers_run(sessions: Sessions) -> None:
    returned(sessions, 10)
    with sessions() as session:
        due = session.scalars(select(Matter.due_at)).first()
        assert due is not None
    near = due - timedelta(days=3)
    together(sessions, lambda session: ticks.remind(session, now=near))
    # As a restored backup would: the mark is older than the messages.
    with sessions.begin() as session:
        session.execute(update(Term).values(remind_at=NOW))
    together(sessions, lambda session: ticks.remind(session, now=near))
    with sessions() as session:
        sent = select(func.count()).where(Message.kind == "remind_correction")
        assert session.scalar(sent) == 10
        goes_out = select(func.count()).select_from(Dispatch).join(Message)
        assert session.scalar(goes_out.where(Message.kind == "remind_correction")) == 10


def test_a_term_is_counted_again_once_though_many_workers_run(sessions: Sessions) -> None:
    returned(sessions, 10)
    with sessions() as session:
        due = session.scalars(select(Matter.due_at)).first()
        assert due is not None
    day = (due + timedelta(hours=8)).date()
    with sessions.begin() as session:
        calendars.set_day(session, "tianjin", day, "台风", working=False, by=None, now=NOW)
    together(sessions, lambda session: ticks.recount(session, now=NOW))
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(TermChange)) == 10
        assert session.scalar(select(func.count()).where(Message.kind == "moved")) == 10


def test_a_matter_lapses_once_and_never_beside_an_extension(sessions: Sessions) -> None:
    ids = returned(sessions, 10)
    with sessions() as session:
        due = session.scalars(select(Matter.due_at)).first()
        assert due is not None
    start = threading.Barrier(11)

    def extend(matter_id: uuid.UUID) -> None:
        start.wait()
        with sessions.begin() as session:
            matter = session.get_one(Matter, matter_id, with_for_update=True)
            if matter.status == MatterState.RETURNED:
                matters.extend(session, matter, now=due)

    def lapse() -> None:
        start.wait()
        more = True
        while more:
            with sessions.begin() as session:
                more = ticks.lapse(session, now=due + timedelta(seconds=1))

    with ThreadPoolExecutor(11) as pool:
        work = [pool.submit(extend, each) for each in ids] + [pool.submit(lapse)]
        for each in work:
            each.result()
    with sessions() as session:
        for matter in session.scalars(select(Matter)):
            told = set(session.scalars(select(Message.kind).where(Message.about == matter.id)))
            if matter.status == MatterState.LAPSED:
                assert "extended" not in told
            else:
                assert matter.status == MatterState.RETURNED
                assert "lapsed" not in told


def test_a_worker_that_dies_between_file_and_row_writes_the_same_file_again(
    sessions: Sessions, tmp_path: Path
) -> None:
    returned(sessions, 1)
    outbox = FileOutbox(tmp_path)
    for _ in range(2):
        with sessions() as session:
            waiting = inbox.waiting(session, 100)
        for each in waiting:
            assert each.to is not None
            mail = Mail(each.to, each.kind, "x")
            outbox.send(mail, now=each.created_at, name=each.dispatch_id.hex)
    files = list(tmp_path.glob("*.json"))
    assert len(files) == len(waiting) == 2
    with sessions.begin() as session:
        inbox.sent(session, [each.dispatch_id for each in waiting], now=NOW)
    with sessions() as session:
        assert not inbox.waiting(session, 100)

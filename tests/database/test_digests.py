"""Many works at once of which only digests are deposited: answers, repeats, statements."""

import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, event, func, select, text
from sqlalchemy.orm import Session, sessionmaker

from accounts.models import Account
from core.errors import Conflict, IdempotencyMismatch, InvalidInput, ServiceError
from evidence import deposits, stating, works
from evidence.deposits import HASH_ONLY, STORED, Deposit
from evidence.limits import IntakeLimits
from evidence.models import (
    CustodyEvent,
    Evidence,
    EvidenceFact,
    StatementFile,
    StatementRow,
    VersionFile,
    Work,
    WorkVersion,
)
from evidence.statement import Fact, leaf_hash, parse
from evidence.works import DeclaredFile, Description
from tests.grounds.database import Cluster

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
LIMITS = IntakeLimits()


def asked(number: int, **changes: object) -> tuple[str, Deposit]:
    file = DeclaredFile(f"{number}.jpg", number + 1, f"{number:064x}")
    deposit = Deposit(Description(title=f"山间 {number}"), (file,), HASH_ONLY)
    return f"key-{number}", replace(deposit, **changes)  # type: ignore[arg-type]


def account(session: Session) -> uuid.UUID:
    made = Account(id=uuid.uuid4(), email=f"{uuid.uuid4().hex}@x.cn", name="张三", created_at=NOW)
    session.add(made)
    session.flush()
    return made.id


@pytest.fixture
def owner(session: Session) -> uuid.UUID:
    return account(session)


@pytest.fixture
def sessions(postgres: Cluster) -> Iterator[sessionmaker[Session]]:
    """On a database of the test's own, where transactions end."""
    engine = create_engine(postgres.fresh())
    try:
        yield sessionmaker(engine, expire_on_commit=False)
    finally:
        engine.dispose()


def put(
    session: Session, owner: uuid.UUID, *rows: tuple[str, Deposit]
) -> list[Evidence | ServiceError]:
    return deposits.deposit_digests(session, owner, rows, LIMITS, now=NOW)


def accepted(answers: list[Evidence | ServiceError]) -> list[Evidence]:
    assert all(isinstance(answer, Evidence) for answer in answers), answers
    return [answer for answer in answers if isinstance(answer, Evidence)]


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


class TestDeposit:
    def test_answers_stand_in_the_order_asked(self, session: Session, owner: uuid.UUID) -> None:
        made = accepted(put(session, owner, *(asked(n) for n in (3, 1, 2))))
        assert [evidence.idempotency_key for evidence in made] == ["key-3", "key-1", "key-2"]
        for evidence in made:
            version = session.get_one(WorkVersion, evidence.version_id)
            (file,) = works.version_files(session, version.id)
            assert version.frozen_at == evidence.submitted_at == NOW
            assert file.sha256 == f"{int(evidence.idempotency_key[4:]):064x}"

    def test_one_that_is_at_fault_holds_up_no_other(
        self, session: Session, owner: uuid.UUID
    ) -> None:
        empty = asked(2, files=(DeclaredFile("a.jpg", 0, "a" * 64),))
        named = asked(3, about=Description(category="nonsense"))
        unkeyed = (" ", asked(4)[1])
        first, bad, worse, worst, last = put(
            session, owner, asked(1), empty, named, unkeyed, asked(5)
        )
        assert isinstance(first, Evidence)
        assert isinstance(last, Evidence)
        assert isinstance(bad, InvalidInput)
        assert bad.field == "files[0]"
        assert isinstance(worse, InvalidInput)
        assert worse.field == "category"
        assert isinstance(worst, InvalidInput)
        assert worst.field == "Idempotency-Key"
        assert count(session, Work) == count(session, Evidence) == 2

    def test_the_same_again_is_the_same_evidence(self, session: Session, owner: uuid.UUID) -> None:
        first = accepted(put(session, owner, asked(1), asked(2)))
        again = accepted(put(session, owner, asked(2), asked(3), asked(1), asked(1)))
        assert [again[2].id, again[0].id] == [evidence.id for evidence in first]
        assert again[3].id == again[2].id
        assert count(session, Work) == count(session, Evidence) == 3

    def test_a_key_used_for_something_else_is_refused(
        self, session: Session, owner: uuid.UUID
    ) -> None:
        put(session, owner, asked(1))
        other = ("key-1", asked(2)[1])
        twice = [("key-7", asked(7)[1]), ("key-7", asked(8)[1])]
        known, first, second = put(session, owner, other, *twice)
        assert isinstance(known, IdempotencyMismatch)
        assert isinstance(first, Evidence)
        assert isinstance(second, IdempotencyMismatch)

    def test_keys_belong_to_their_owner(self, session: Session, owner: uuid.UUID) -> None:
        (mine,) = accepted(put(session, owner, asked(1)))
        (yours,) = accepted(put(session, account(session), asked(1)))
        assert mine.id != yours.id

    def test_nothing_remains_where_another_was_first_with_the_key(
        self, sessions: sessionmaker[Session]
    ) -> None:
        with sessions.begin() as session:
            owner = account(session)

        def late() -> list[Evidence | ServiceError]:
            with sessions.begin() as session:
                return put(session, owner, asked(1), asked(2))

        with sessions() as early, ThreadPoolExecutor(1) as pool:
            put(early, owner, asked(1))
            answers = pool.submit(late)
            _until_one_waits(sessions)
            early.commit()
            refused, taken = answers.result(20)
        assert isinstance(refused, Conflict)
        assert isinstance(taken, Evidence)
        with sessions() as session:
            assert count(session, Work) == count(session, WorkVersion) == 2
            assert count(session, VersionFile) == count(session, Evidence) == 2

    def test_asks_the_database_no_more_often_for_more(
        self, session: Session, owner: uuid.UUID
    ) -> None:
        counts = []
        for number in (1, 200):
            with counted(session) as statements:
                put(session, owner, *(asked(number * 1000 + n) for n in range(number)))
            counts.append(len(statements))
        assert counts[1] <= counts[0] + 2


class TestStatement:
    def test_fixes_what_fix_statement_would(self, session: Session, owner: uuid.UUID) -> None:
        made = accepted(put(session, owner, asked(1), asked(2)))
        assert stating.fix_declared(session, 10, now=NOW + timedelta(seconds=1)) == 2
        for evidence in made:
            row = session.get_one(StatementRow, evidence.id)
            statement = parse(row.body)
            facts = session.scalars(
                select(EvidenceFact).where(EvidenceFact.evidence_id == evidence.id)
            ).all()
            values = {fact.name: (fact.value or {})["value"] for fact in facts}
            number = int(evidence.idempotency_key[4:])
            assert statement.evidence == evidence.number
            assert statement.files[0].sha256 == f"{number:064x}"
            assert row.leaf_hash.hex() == leaf_hash(row.body)
            assert values == {
                "title": f"山间 {number}",
                "depositor": "张三",
                "custody_mode": "hash_only",
                "file_names": [f"{number}.jpg"],
                "submitted_at": "2026-03-01T08:00:00.000Z",
            }
            for fact in facts:
                opened = Fact(fact.name, values[fact.name], fact.salt or b"")
                assert opened.commitment() == statement.commitments[fact.name] == fact.commitment
            kinds = session.scalars(
                select(CustodyEvent.kind)
                .where(CustodyEvent.evidence_id == evidence.id)
                .order_by(CustodyEvent.sequence)
            ).all()
            assert kinds == ["received", "stated"]
            assert session.get_one(StatementFile, (evidence.id, 0)).sha256 == f"{number:064x}"
        assert stating.fix_declared(session, 10, now=NOW) == 0

    def test_leaves_uploaded_files_and_later_versions_alone(
        self, session: Session, owner: uuid.UUID
    ) -> None:
        (made,) = accepted(put(session, owner, asked(1)))
        version = session.get_one(WorkVersion, made.version_id)
        work = session.get_one(Work, version.work_id)
        second = works.create_version(session, work, Description(title="二"), LIMITS, now=NOW)
        works.set_files(session, second, owner, asked(9)[1].files, LIMITS)
        later = deposits.deposit_version(
            session, owner, second, HASH_ONLY, "later", b"x", public=False, now=NOW
        )
        kept = accepted(put(session, owner, asked(3)))[0]
        kept.custody_mode = STORED
        session.flush()
        assert stating.fix_declared(session, 10, now=NOW) == 1
        assert session.get(StatementRow, later.id) is None
        assert session.get(StatementRow, kept.id) is None

    def test_what_another_worker_is_at_is_passed_over(
        self, sessions: sessionmaker[Session]
    ) -> None:
        with sessions.begin() as session:
            put(session, account(session), *(asked(n) for n in range(6)))
        with sessions() as one, sessions() as two:
            assert stating.fix_declared(one, 4, now=NOW) == 4
            assert stating.fix_declared(two, 10, now=NOW) == 2
            one.commit()
            two.commit()
        with sessions() as session:
            assert count(session, StatementRow) == 6


def _until_one_waits(sessions: sessionmaker[Session]) -> None:
    """Until some transaction waits for another's lock."""
    end = time.monotonic() + 20
    with sessions() as session:
        while not session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
            assert time.monotonic() < end, "nobody waits"
            time.sleep(0.01)


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    """The statements a session sends meanwhile."""
    connection, seen = session.connection(), list[str]()

    def note(*call: object) -> None:
        seen.append(str(call[2]))

    event.listen(connection, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(connection, "before_cursor_execute", note)

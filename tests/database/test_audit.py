"""The audit on a real database: in the same transaction, append-only, one chain for each stream."""

import random
import uuid
from collections.abc import Iterator
from contextlib import suppress

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from accounts import identity, keys, people, reveals, staff
from accounts.identifiers import parse_identifier
from accounts.identity import Claim
from accounts.models import ApiKey
from accounts.person_models import Verification
from core import audit
from core.audit import INSTALLATION, AuditLine
from core.audit_chain import breaks
from core.canonical import Json
from core.errors import InvalidInput
from registry.lifecycle import MatterState
from tests.grounds import writers
from tests.grounds.database import Cluster
from tests.grounds.matters import brought_to, cast, officer
from tests.grounds.people import NOW, RING, account, resident

LINES_EACH = 30
Sessions = sessionmaker[Session]


@pytest.fixture(scope="module")
def sessions(postgres: Cluster) -> Iterator[Sessions]:
    engine = create_engine(postgres.fresh(), pool_size=writers.WRITERS, max_overflow=0)
    yield sessionmaker(engine)
    engine.dispose()


def tell(session: Session, stream: str = INSTALLATION, **facts: Json) -> None:
    audit.note(session, stream, "key.made", f"key:{uuid.uuid4()}", uuid.uuid4(), facts, now=NOW)


def lines(session: Session, stream: str = INSTALLATION) -> list[AuditLine]:
    audit.settle(session)
    return list(reversed(audit.page(session, stream, None, 10_000)))


def acts(session: Session, stream: str) -> list[str]:
    return [line.act for line in lines(session, stream)]


class TestOneTransaction:
    def test_an_act_that_is_undone_leaves_no_line(self, sessions: Sessions) -> None:
        with sessions() as session:
            tell(session, "a")
            session.rollback()
            session.commit()
            assert lines(session, "a") == []
        with suppress(ZeroDivisionError), sessions.begin() as session:
            tell(session, "a")
            raise ZeroDivisionError
        with sessions() as session:
            assert lines(session, "a") == []

    def test_what_a_savepoint_undoes_leaves_no_line(self, sessions: Sessions) -> None:
        with sessions.begin() as session:
            tell(session, "b", kept=1)
            inner = session.begin_nested()
            tell(session, "b", kept=0)
            inner.rollback()
            with session.begin_nested():
                tell(session, "b", kept=2)
        with sessions() as session:
            assert [line.facts["kept"] for line in lines(session, "b")] == [1, 2]

    def test_a_line_that_cannot_be_written_undoes_the_act(self, sessions: Sessions) -> None:
        who = parse_identifier("undone@example.org", "identifier")
        with sessions.begin() as session:
            session.execute(text("LOCK TABLE audit_line IN SHARE MODE"))
            with sessions() as other:
                other.execute(text("SET LOCAL lock_timeout = '50ms'"))
                people.sign_up(other, who, "李四", "hash", now=NOW)
                tell(other, "c")
                with pytest.raises(DBAPIError):
                    other.commit()
        with sessions() as session:
            assert people.find(session, who) is None
            assert lines(session, "c") == []

    def test_a_line_is_there_as_soon_as_the_act_is(self, sessions: Sessions) -> None:
        with sessions.begin() as session:
            made, _ = keys.issue(session, account(session).id, "k", ["read"], None, now=NOW)
            key_id = made.id
        with sessions() as session:
            assert session.get(ApiKey, key_id) is not None
            subjects = [line.subject for line in lines(session)]
            assert subjects.count(f"key:{key_id}") == 1


@pytest.mark.timeout(300)
def test_thirty_two_writers_at_once_make_one_chain_without_forks(sessions: Sessions) -> None:
    """T10, shorter than by `make faults`."""
    writers.write_at_once(sessions, LINES_EACH)


class TestAppendOnly:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE audit_line SET act = 'x.y'",
            "UPDATE audit_line SET facts = '{}'",
            "DELETE FROM audit_line",
            "TRUNCATE audit_line",
        ],
    )
    def test_the_database_refuses(self, session: Session, statement: str) -> None:
        tell(session)
        audit.settle(session)
        with pytest.raises(IntegrityError, match="append-only"):
            session.execute(text(statement))

    @pytest.mark.parametrize(("sequence", "previous"), [(3, "head"), (1, "head"), (2, "other")])
    def test_no_line_beside_the_chain(self, session: Session, sequence: int, previous: str) -> None:
        tell(session, "d")
        (line,) = lines(session, "d")
        row = AuditLine(
            stream="d", sequence=sequence, at=NOW, act="x.y", subject="s", facts={},
            previous=line.digest if previous == "head" else bytes(32), digest=b"x",
        )  # fmt: skip
        session.expunge(line)
        session.add(row)
        with pytest.raises(IntegrityError):
            session.flush()

    def test_every_edit_behind_the_triggers_back_is_found(self, sessions: Sessions) -> None:
        """T09 in SQL: whoever owns the database switches its triggers off."""
        with sessions.begin() as session:
            for number in range(20):
                tell(session, "edited", number=number, word="字")
        other = "|| 'x'"
        edits = {
            "stream": f"stream = stream {other}",
            "sequence": "sequence = sequence + 1000",
            "previous": "previous = set_byte(previous, 5, (get_byte(previous, 5) + 1) % 256)",
            "at": "at = at + interval '1 microsecond'",
            "act": f"act = act {other}",
            "subject": f"subject = subject {other}",
            "by_id": "by_id = gen_random_uuid()",
            "no by_id": "by_id = NULL",
            "facts": """facts = facts || '{"number": 99}'""",
            "type of facts": """facts = facts || '{"word": null}'""",
            "digest": "digest = set_byte(digest, 5, (get_byte(digest, 5) + 1) % 256)",
        }
        dice = random.Random(7)  # noqa: S311 - repeatable on purpose
        with sessions() as session:
            session.execute(text("SET LOCAL session_replication_role = replica"))
            for edit in edits.values():
                for sequence in (1, 20, dice.randint(2, 19)):
                    save = session.begin_nested()
                    session.execute(
                        text(f"UPDATE audit_line SET {edit} "  # noqa: S608 - the edits above
                             "WHERE stream = 'edited' AND sequence = :sequence"),
                        {"sequence": sequence},
                    )  # fmt: skip
                    assert [
                        each for each in breaks(audit.entries(session)) if "edited" in each.stream
                    ], edit
                    save.rollback()
            assert list(breaks(audit.entries(session))) == []


class TestWhatIsTold:
    def test_each_step_of_a_matter_by_whoever_took_it(self, session: Session) -> None:
        people_ = cast(session)
        matter = brought_to(session, people_, MatterState.REGISTERED)
        told = [
            (line.act.removeprefix("matter."), line.by_id)
            for line in lines(session, audit.of_office("tianjin"))
            if line.subject == f"matter:{matter.id}" and line.act.startswith("matter.")
        ]
        assert told == [
            ("signing", people_.applicant),
            ("payment", None),
            ("submitted", None),
            ("first_examination", people_.first.account_id),
            ("passed", people_.first.account_id),
            ("final_examination", people_.final.account_id),
            ("registered", people_.final.account_id),
        ]

    def test_who_saw_a_number_and_why(self, session: Session) -> None:
        by = officer(session, staff.Role.SUPERVISOR)
        row = self.claimed(session)
        reveals.reveal_number(session, RING, by, row, "核对身份", now=NOW)
        (line,) = lines(session, audit.of_office("tianjin"))
        assert (line.act, line.by_id) == ("identity.number_revealed", by.account_id)
        assert line.facts == {"of": str(row.account_id), "reason": "核对身份"}

    @pytest.mark.parametrize(
        "reason", ["{number}", "见{number}号", "call 13812345678", "a@b.cn asked"]
    )
    def test_no_reason_carries_what_the_reader_saw(self, session: Session, reason: str) -> None:
        by, row = officer(session, staff.Role.SUPERVISOR), self.claimed(session)
        asked = reason.format(number=resident().number)
        with pytest.raises(InvalidInput) as caught:
            reveals.reveal_number(session, RING, by, row, asked, now=NOW)
        assert caught.value.field == "reason"
        assert lines(session, audit.of_office("tianjin")) == []

    def test_ids_and_numbers_of_ours_are_no_personal_data(self, session: Session) -> None:
        for value in (uuid.uuid4(), uuid.uuid4().hex, "津作登字-2026-F-00000001",
                      "SL-7K2M-9QXT-04RD", "YJ-0000-0000-0000-0000", "f" * 64):  # fmt: skip
            tell(session, value=str(value))
        assert len(lines(session)) == 6

    def test_appointments_and_their_end(self, session: Session) -> None:
        to = parse_identifier(f"{uuid.uuid4().hex}@example.org", "identifier")
        supervisor = officer(session, staff.Role.SUPERVISOR)
        code = staff.invite(
            session, to, "王五", "tianjin", "registrar", None, by=supervisor.account_id, now=NOW
        )
        made = staff.enrol(session, RING, code, "hash", resident(), now=NOW)
        (row,) = (each for each in staff.roster(session, "tianjin") if each.account_id == made.id)
        staff.note_sign_in(session, made.id, "officer.signed_in", now=NOW)
        staff.end_role(session, supervisor, row.id, now=NOW)
        staff.end_role(session, supervisor, row.id, now=NOW)
        told = lines(session, audit.of_office("tianjin"))
        assert [(line.act, line.by_id) for line in told] == [
            ("officer.invited", supervisor.account_id),
            ("officer.appointed", made.id),
            ("officer.signed_in", made.id),
            ("officer.ended", supervisor.account_id),
        ]
        assert "王五" not in str([line.facts for line in told])

    def test_keys_made_and_ended(self, session: Session) -> None:
        owner = account(session)
        key, _ = keys.issue(session, owner.id, "k", ["read"], None, now=NOW)
        for _ in range(2):
            keys.revoke(session, owner.id, key.id, now=NOW)
        assert acts(session, INSTALLATION) == ["key.made", "key.revoked"]

    def claimed(self, session: Session) -> Verification:
        owner = account(session, kind="individual")
        claim = Claim("李四", resident(), "120101", {})
        return identity.begin(session, RING, owner.id, claim, now=NOW)


def test_pages_go_back_to_the_first_line(session: Session) -> None:
    for number in range(7):
        tell(session, "paged", number=number)
    audit.settle(session)
    seen: list[int] = []
    before: int | None = None
    while rows := audit.page(session, "paged", before, 3):
        seen += [row.sequence for row in rows]
        before = rows[-1].sequence
    assert seen == [7, 6, 5, 4, 3, 2, 1]
    assert [(head.stream, head.sequence) for head in audit.heads(session)] == [("paged", 7)]

"""Evidence that shows who somebody is: known as early as can be, sealed, not compared, erased."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api import erasing, personal
from api.database import lease
from api.jobs import store_one
from evidence import erasure, references
from evidence.deposits import Deposit
from evidence.models import Evidence
from evidence.objects import FileStore, Standing
from evidence.works import Description
from registry import personal as papers_of_people
from registry import submitting
from registry.profile import stored_profile
from tests.grounds.matters import TIANJIN, cast
from tests.grounds.personal_files import CARD, NOW, NUMBER, PNG, Ground, ground, sha

__all__ = ["ground"]

SEALED, PLAIN = Standing(plain=False, sealed=True), Standing(plain=True, sealed=False)
UNMARKED = stored_profile(TIANJIN.text.replace("personal = true", ""), TIANJIN.key)
"""The office's rules before they said which papers are personal."""


def row(ground: Ground, evidence: Evidence) -> Evidence:
    with ground.session() as session:
        return session.get_one(Evidence, evidence.id)


def files_with(folder: Path, data: bytes) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file() and data in each.read_bytes()]


class TestAPaperThatAMatterNames:
    def test_is_sealed_and_opens_as_before(self, ground: Ground) -> None:
        evidence = ground.stored()
        assert (ground.standing(), personal.seal_one(ground.services)) == (PLAIN, False)
        ground.named(evidence.number)
        assert personal.seal_one(ground.services)
        assert ground.standing() == SEALED
        with ground.services.store.open(sha(CARD)) as file:
            assert file.read() == CARD
        assert row(ground, evidence).files_sealed_at is not None
        assert not personal.seal_one(ground.services)
        assert files_with(ground.services.settings.var, NUMBER) == []
        assert ground.complaints(timedelta(hours=2)) == []

    def test_is_not_sealed_for_being_somebody_elses_or_of_another_kind(
        self, ground: Ground
    ) -> None:
        with ground.session() as session:
            stranger = cast(session).applicant
        theirs, pledge = ground.stored(owner=stranger), ground.stored(PNG + b"a pledge")
        ground.named(theirs.number)
        ground.named(pledge.number, code="pledge")
        assert not personal.seal_one(ground.services)
        assert row(ground, theirs).personal_at is row(ground, pledge).personal_at is None

    def test_before_it_was_stored_is_never_plain_in_the_store(self, ground: Ground) -> None:
        evidence = ground.deposited()
        ground.named(evidence.number)
        assert not personal.seal_one(ground.services)
        assert store_one(ground.services)
        assert ground.standing() == SEALED
        assert personal.seal_one(ground.services)
        assert list(ground.services.staging.names()) == []

    def test_of_a_matter_begun_under_older_rules_is_found(self, ground: Ground) -> None:
        evidence = ground.stored()
        ground.named(evidence.number, UNMARKED)
        assert not personal.seal_one(ground.services)
        assert ground.complaints() == []  # it is no more than a draft
        with ground.session() as session:
            session.execute(text("SET session_replication_role = replica"))
            session.execute(text("UPDATE matter SET submitted_at = now() - interval '2 hours'"))
            session.execute(text("SET session_replication_role = DEFAULT"))
        assert ground.complaints() == ["I7 a personal paper is not known as one"]
        assert personal.mark_older(ground.services) == 1
        assert personal.mark_older(ground.services) == 0
        assert personal.seal_one(ground.services)
        assert (ground.standing(), ground.complaints()) == (SEALED, [])

    def test_of_an_earlier_round_is_found_too(self, ground: Ground) -> None:
        evidence = ground.stored()
        ground.named(evidence.number, UNMARKED)
        with ground.session() as session:
            matter = session.merge(ground.matter)
            submitting.hand_in(session, matter, ground.people.evidence.number, now=NOW)
            session.execute(text("SET session_replication_role = replica"))
            session.execute(text("UPDATE matter SET documents = '{}'"))
            session.execute(text("SET session_replication_role = DEFAULT"))
        assert personal.mark_older(ground.services) == 1


class TestADepositThatSaysSo:
    def test_is_never_plain_in_the_store_and_leaves_no_upload(self, ground: Ground) -> None:
        evidence = ground.deposited(personal=True)
        assert store_one(ground.services)
        assert ground.standing() == SEALED
        assert list(ground.services.staging.names()) == []
        assert personal.seal_one(ground.services)
        assert row(ground, evidence).files_sealed_at is not None

    def test_is_another_request_than_one_that_does_not(self) -> None:
        plain = Deposit(Description(title="甲"), (), "stored")
        assert plain.digest() == Deposit(Description(title="甲"), (), "stored").digest()
        assert (
            plain.digest() != Deposit(Description(title="甲"), (), "stored", personal=True).digest()
        )


class TestTheJob:
    def test_ends_what_a_kill_left(self, ground: Ground) -> None:
        """Sealed, and not recorded; or recorded by nobody, with the plain bytes still there."""
        evidence = ground.stored()
        ground.named(evidence.number)
        ground.services.store.seal(sha(CARD))
        FileStore(ground.services.settings.var / "objects").write(CARD)
        assert ground.standing() == Standing(plain=True, sealed=True)
        assert personal.seal_one(ground.services)
        assert ground.standing() == SEALED

    @pytest.mark.timeout(60)
    def test_leaves_alone_what_is_being_deleted(self, ground: Ground) -> None:
        evidence = ground.stored()
        ground.named(evidence.number)
        with lease(ground.services.engine, references.lock_name(sha(CARD))) as held:
            assert held
            assert not personal.seal_one(ground.services)
        assert ground.standing() == PLAIN

    def test_does_not_bring_back_what_was_deleted(self, ground: Ground) -> None:
        evidence = ground.stored()
        ground.named(evidence.number)
        with ground.session() as session:
            erased = erasure.erase(
                session, session.get_one(Evidence, evidence.id), keep_files=False, now=NOW
            )
        erasing.clear_disks(ground.services, evidence.id, erased)
        assert personal.seal_one(ground.services)
        assert ground.standing() == Standing(plain=False, sealed=False)

    def test_waits_for_a_key_and_keeps_the_plain_bytes(self, ground: Ground) -> None:
        evidence = ground.stored()
        ground.named(evidence.number)
        folder = ground.services.settings.keys / "sealing"
        (folder / "1.key").rename(folder / "gone")
        assert not personal.seal_one(ground.services)
        assert ground.standing() == PLAIN


class TestTheSameContent:
    def test_brought_by_somebody_else_stays_sealed_and_is_theirs_as_well(
        self, ground: Ground
    ) -> None:
        evidence = ground.stored()
        ground.named(evidence.number)
        assert personal.seal_one(ground.services)
        with ground.session() as session:
            stranger = cast(session).applicant
        theirs = ground.stored(owner=stranger)
        assert row(ground, theirs).stated_at is not None
        assert (ground.standing(), ground.complaints()) == (SEALED, [])

    def test_after_a_kill_between_is_not_left_plain(self, ground: Ground) -> None:
        """The other's worker moved it to its address, and died before it looked again."""
        evidence = ground.stored()
        ground.named(evidence.number)
        assert personal.seal_one(ground.services)
        with ground.session() as session:
            stranger = cast(session).applicant
        ground.deposited(owner=stranger)
        (name,) = ground.services.staging.names()
        FileStore(ground.services.settings.var / "objects").write(CARD)
        ground.services.staging.path(name).unlink()
        assert store_one(ground.services)
        assert ground.standing() == SEALED


class TestLikeness:
    def test_of_personal_evidence_is_not_kept(self, ground: Ground) -> None:
        evidence = ground.stored()
        ground.seen()
        assert ground.compared()
        ground.named(evidence.number)
        assert personal.seal_one(ground.services)
        assert ground.compared() is False

    def test_is_not_taken_of_what_is_personal_already(self, ground: Ground) -> None:
        ground.named(ground.stored().number)
        ground.seen()
        assert ground.compared() is False

    def test_of_what_somebody_deposited_otherwise_stays(self, ground: Ground) -> None:
        """Else whoever brings another's picture as an identity card would hide its copies (T20)."""
        with ground.session() as session:
            stranger = cast(session).applicant
        ground.stored(owner=stranger)
        ground.seen()
        ground.named(ground.stored().number)
        assert personal.seal_one(ground.services)
        assert (ground.compared(), ground.standing()) == (True, SEALED)

    def test_comes_back_when_it_is_deposited_otherwise(self, ground: Ground) -> None:
        ground.named(ground.stored().number)
        ground.seen()
        with ground.session() as session:
            stranger = cast(session).applicant
        ground.stored(owner=stranger)
        assert ground.compared() is None
        ground.seen()
        assert ground.compared()

    def test_of_a_work_before_an_office_is_compared_whatever_it_was_named(
        self, ground: Ground
    ) -> None:
        """Else an applicant would keep its own work from being compared (T20)."""
        work = ground.stored()
        ground.named(work.number)
        ground.seen()
        assert personal.seal_one(ground.services)
        assert ground.compared() is False
        with ground.session() as session:
            submitting.hand_in(session, session.merge(ground.matter), work.number, now=NOW)
        assert ground.compared() is None
        ground.seen()
        assert ground.compared()
        with ground.session() as session:
            papers_of_people.record_sealed(session, work.id, [sha(CARD)], now=NOW)
        assert ground.compared()


class TestErasure:
    def test_removes_the_sealed_bytes(self, ground: Ground) -> None:
        evidence = ground.stored()
        ground.named(evidence.number)
        assert personal.seal_one(ground.services)
        with ground.session() as session:
            erased = erasure.erase(
                session, session.get_one(Evidence, evidence.id), keep_files=False, now=NOW
            )
        erasing.clear_disks(ground.services, evidence.id, erased)
        assert list(ground.services.store.digests()) == []
        left = [each for each in (ground.services.settings.var / "objects").rglob("*")
                if each.is_file()]  # fmt: skip
        assert left == []
        assert ground.complaints(timedelta(hours=2)) == []


@pytest.mark.parametrize("column", ["personal_at", "files_sealed_at"])
@pytest.mark.parametrize("value", ["NULL", "now()"])
def test_what_is_personal_stays_so(ground: Ground, column: str, value: str) -> None:
    ground.named(ground.stored().number)
    assert personal.seal_one(ground.services)
    with pytest.raises(DBAPIError, match="never changes"), ground.session() as session:
        session.execute(text(f"UPDATE evidence SET {column} = {value}"))  # noqa: S608 - two names

"""Evidence that shows who somebody is: known as early as can be, sealed, not compared, erased.

One file, though long: everything stands on the one ground below, which is of no use elsewhere.
"""

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from api import erasing, personal
from api.database import lease, transaction
from api.fsck import Findings, objects
from api.fsck.personal import check_personal
from api.jobs import store_one
from api.sealing import ensure_keyring
from api.settings import Settings
from api.wiring import Services
from evidence import deposits, erasure, looking, references, uploads
from evidence.deposits import Deposit
from evidence.limits import IntakeLimits
from evidence.models import Blob, Evidence, FileFacts
from evidence.objects import FileStore, Standing
from evidence.works import DeclaredFile, Description
from registry import matters, submitting
from registry import personal as papers_of_people
from registry.matters import Draft
from registry.profile import Profile, stored_profile
from tests.grounds.database import Cluster
from tests.grounds.matters import FORM, TIANJIN, Cast, cast, papers

NOW = datetime.now(UTC)
LIMITS = IntakeLimits()
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
NUMBER = b"120101199001011234"
CARD = PNG + NUMBER * 10
SEALED, PLAIN = Standing(plain=False, sealed=True), Standing(plain=True, sealed=False)
UNMARKED = stored_profile(TIANJIN.text.replace("personal = true", ""), TIANJIN.key)
"""The office's rules before they said which papers are personal."""


class Ground:
    """An applicant, and what lies in the store."""

    def __init__(self, services: Services, people: Cast) -> None:
        self.services, self.people = services, people

    @contextmanager
    def session(self) -> Iterator[Session]:
        with transaction(self.services.sessions) as session:
            yield session

    def deposited(
        self, data: bytes = CARD, owner: uuid.UUID | None = None, *, personal: bool = False
    ) -> Evidence:
        """Uploaded and deposited, and not read back yet."""
        owner = owner or self.people.applicant
        with self.session() as session:
            upload = uploads.create(
                session, owner, len(data), None, LIMITS, timedelta(hours=1), now=NOW
            )
            uploads.advance(session, upload.id, 0, len(data), timedelta(hours=1), now=NOW)
            self.services.staging.path(upload.id).write_bytes(data)
            session.expire_all()
            file = DeclaredFile("a.png", len(data), sha(data), None, upload.id)
            asked = Deposit(Description(title="甲"), (file,), "stored", personal=personal)
            return deposits.deposit_new_work(
                session, owner, asked, uuid.uuid4().hex, LIMITS, now=NOW
            )

    def stored(self, data: bytes = CARD, owner: uuid.UUID | None = None) -> Evidence:
        evidence = self.deposited(data, owner)
        assert store_one(self.services)
        return evidence

    def named(self, number: str, profile: Profile = TIANJIN, code: str = "agent_identity") -> None:
        """A draft of the applicant's names it as this paper."""
        with self.session() as session:
            said = Draft(FORM, {**papers(self.people.pledge.number), code: number})
            self.matter = matters.draft(
                session, self.people.applicant, profile, "exchange", said, now=NOW
            )

    def standing(self, data: bytes = CARD) -> Standing:
        return self.services.store.standing(sha(data))

    def seen(self, likeness: str | None = "01" * 128, data: bytes = CARD) -> None:
        """As if it were a picture that looks like this."""
        with self.session() as session:
            if not papers_of_people.may_look_alike(session, sha(data)):
                likeness = None
            looking.record(session, sha(data), looking.Seen(width=1, likeness=likeness), now=NOW)

    def compared(self, data: bytes = CARD) -> bool | None:
        """Whether it is found by its likeness; None while it waits to be looked at."""
        with self.session() as session:
            if not session.get_one(Blob, sha(data)).looked:
                return None
            return session.get_one(FileFacts, sha(data)).likeness is not None

    def begins_again(self) -> None:
        """Another process, which reads its keys anew."""
        self.services.engine.dispose()
        self.services = Services(self.services.settings)

    def complaints(self, after: timedelta = timedelta()) -> list[str]:
        found = Findings()
        with self.session() as session:
            objects.check_blobs(session, self.services.store, found)
            objects.check_orphans(
                session, self.services.store, self.services.staging, found, now=datetime.now(UTC)
            )
            check_personal(
                session, self.services.store, self.services.offices, found,
                now=datetime.now(UTC) + after,
            )  # fmt: skip
        return [f"{each['invariant']} {each['detail']}" for each in found.violations]


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def ground(postgres: Cluster, tmp_path: Path) -> Iterator[Ground]:
    environment = {
        "DATABASE_URL": postgres.fresh(),
        "BROKER_URL": "memory://",
        "YINJI_PUBLIC_URL": "http://127.0.0.1:1",
        "YINJI_RPC_URLS": "http://127.0.0.1:1",
        "YINJI_VAR": str(tmp_path / "var"),
    }
    services = Services(Settings.from_environment(environment, tmp_path))
    ensure_keyring(services.settings.keys)
    with transaction(services.sessions) as session:
        people = cast(session)
    made = Ground(services, people)
    yield made
    made.services.engine.dispose()


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


class TestFsck:
    def test_finds_what_lies_plain_and_gives_the_worker_an_hour(self, ground: Ground) -> None:
        evidence = ground.stored()
        ground.named(evidence.number)
        assert ground.complaints() == []
        late = ["I7 a personal file lies plain", "I7 personal evidence was not sealed"]
        assert ground.complaints(timedelta(hours=2)) == late
        assert personal.seal_one(ground.services)
        FileStore(ground.services.settings.var / "objects").write(CARD)
        assert ground.complaints() == late[:1]

    def test_opens_what_lies_sealed(self, ground: Ground) -> None:
        ground.named(ground.stored().number)
        assert personal.seal_one(ground.services)
        (path,) = (ground.services.settings.var / "objects" / "sealed").glob("??/??/*")
        path.chmod(0o600)
        path.write_bytes(path.read_bytes()[:-1])
        assert ground.complaints() == ["I1 sealed object does not open"]

    def test_names_a_key_that_is_missing_and_blames_no_object(self, ground: Ground) -> None:
        ground.named(ground.stored().number)
        assert personal.seal_one(ground.services)
        folder = ground.services.settings.keys / "sealing"
        (folder / "2.key").write_text("07" * 32)
        (folder / "2.key").chmod(0o600)
        (folder / "1.key").rename(folder / "gone")
        ground.begins_again()
        assert ground.complaints() == [
            "I1 not looked at: sealing/1.key is missing, put it back into YINJI_KEYS"
        ]
        (folder / "gone").rename(folder / "1.key")
        ground.begins_again()
        assert ground.complaints() == []

    def test_finds_a_sealed_object_of_nobodys(self, ground: Ground) -> None:
        sha256 = ground.services.store.write(b"of nobody")
        ground.services.store.seal(sha256)
        found = Findings()
        with ground.session() as session:
            objects.check_orphans(
                session, ground.services.store, ground.services.staging, found,
                now=datetime.now(UTC) + timedelta(hours=2),
            )  # fmt: skip
        assert [each["detail"] for each in found.violations] == ["object without a row"]


@pytest.mark.parametrize("column", ["personal_at", "files_sealed_at"])
@pytest.mark.parametrize("value", ["NULL", "now()"])
def test_what_is_personal_stays_so(ground: Ground, column: str, value: str) -> None:
    ground.named(ground.stored().number)
    assert personal.seal_one(ground.services)
    with pytest.raises(DBAPIError, match="never changes"), ground.session() as session:
        session.execute(text(f"UPDATE evidence SET {column} = {value}"))  # noqa: S608 - two names

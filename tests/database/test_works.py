"""Works on a real database: drafts change, deposited versions do not, uploads stand for one
content, and whatever belongs to somebody else does not exist."""

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import Account
from core.errors import Conflict, InvalidInput, NotFound, TooLarge
from evidence import deposits, listing, uploads, works
from evidence.limits import EARLIEST, IntakeLimits
from evidence.models import Evidence, Upload, VersionFile, Work, WorkVersion
from evidence.works import DeclaredFile, Description

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
LIMITS = IntakeLimits()
LIFE = timedelta(hours=1)
A, B = "a" * 64, "b" * 64


def account(session: Session) -> uuid.UUID:
    made = Account(id=uuid.uuid4(), email=f"{uuid.uuid4().hex}@x.cn", name="张三", created_at=NOW)
    session.add(made)
    session.flush()
    return made.id


def whole_upload(session: Session, owner: uuid.UUID, length: int = 3) -> uuid.UUID:
    upload = uploads.create(session, owner, length, None, LIMITS, LIFE, now=NOW)
    uploads.advance(session, upload.id, 0, length, LIFE, now=NOW)
    session.expire_all()
    return upload.id


def draft(session: Session, owner: uuid.UUID, *files: DeclaredFile) -> WorkVersion:
    version = works.create_work(session, owner, Description(title="山间"), LIMITS, now=NOW)
    if files:
        works.set_files(session, version, owner, files, LIMITS)
    return version


def freeze(session: Session, owner: uuid.UUID, version: WorkVersion, mode: str) -> Evidence:
    return deposits.deposit_version(
        session, owner, version, mode, uuid.uuid4().hex, b"x", public=False, now=NOW
    )


@pytest.fixture
def owner(session: Session) -> uuid.UUID:
    return account(session)


class TestSetFiles:
    @pytest.mark.parametrize("count", [0, 11])
    def test_takes_between_one_and_ten_files(
        self, session: Session, owner: uuid.UUID, count: int
    ) -> None:
        files = [DeclaredFile("a.txt", 1, f"{place:064x}") for place in range(count)]
        with pytest.raises(InvalidInput) as refusal:
            works.set_files(session, draft(session, owner), owner, files, LIMITS)
        assert refusal.value.field == "files"

    def test_refuses_the_same_content_under_two_names(
        self, session: Session, owner: uuid.UUID
    ) -> None:
        files = [DeclaredFile("a.txt", 1, A), DeclaredFile("b.txt", 1, A)]
        with pytest.raises(InvalidInput) as refusal:
            works.set_files(session, draft(session, owner), owner, files, LIMITS)
        assert refusal.value.field == "files[1]"

    @pytest.mark.parametrize(
        ("file", "kind", "field"),
        [
            (DeclaredFile("a.txt", 0, A), InvalidInput, "files[0]"),
            (DeclaredFile("a.txt", 20 * 2**30 + 1, A), TooLarge, "files[0]"),
            (DeclaredFile("a.exe", 1, A), InvalidInput, "files[0].name"),
            (DeclaredFile("../a.txt", 1, A), InvalidInput, "files[0].name"),
            (DeclaredFile("a.txt", 1, A.upper()), InvalidInput, "files[0].sha256"),
            (DeclaredFile("a.txt", 1, A, "xyz"), InvalidInput, "files[0].sm3"),
            (DeclaredFile("a.txt", 1, A, None, uuid.uuid4()), NotFound, "files[0].upload"),
        ],
    )
    def test_refuses_by_field_and_changes_nothing(
        self,
        session: Session,
        owner: uuid.UUID,
        file: DeclaredFile,
        kind: type[Exception],
        field: str,
    ) -> None:
        version = draft(session, owner, DeclaredFile("old.txt", 1, B))
        with pytest.raises(kind) as refusal:
            works.set_files(session, version, owner, [file], LIMITS)
        assert refusal.value.field == field  # type: ignore[attr-defined]
        assert [f.name for f in works.version_files(session, version.id)] == ["old.txt"]

    def test_does_not_know_the_upload_of_somebody_else(
        self, session: Session, owner: uuid.UUID
    ) -> None:
        foreign = whole_upload(session, account(session))
        with pytest.raises(NotFound):
            draft(session, owner, DeclaredFile("a.txt", 3, A, None, foreign))

    def test_refuses_an_unfinished_upload_and_one_of_another_size(
        self, session: Session, owner: uuid.UUID
    ) -> None:
        part = uploads.create(session, owner, 3, None, LIMITS, LIFE, now=NOW)
        with pytest.raises(Conflict):
            draft(session, owner, DeclaredFile("a.txt", 3, A, None, part.id))
        whole = whole_upload(session, owner)
        with pytest.raises(InvalidInput):
            draft(session, owner, DeclaredFile("a.txt", 4, A, None, whole))


class TestClaimUploads:
    def test_an_upload_cannot_stand_for_the_bytes_of_a_stranger(
        self, session: Session, owner: uuid.UUID
    ) -> None:
        upload = whole_upload(session, owner)
        freeze(session, owner, draft(session, owner, DeclaredFile("a.txt", 3, A, None, upload)),
               "stored")  # fmt: skip
        second = draft(session, owner, DeclaredFile("a.txt", 3, B, None, upload))
        with pytest.raises(InvalidInput) as refusal:
            freeze(session, owner, second, "stored")
        assert refusal.value.field == "files[0].sha256"

    def test_nor_when_only_its_bytes_have_moved(self, session: Session, owner: uuid.UUID) -> None:
        upload = whole_upload(session, owner)
        session.get_one(Upload, upload).stored_sha256 = A
        with pytest.raises(InvalidInput):
            freeze(session, owner, draft(session, owner, DeclaredFile("a.txt", 3, B, None, upload)),
                   "stored")  # fmt: skip

    def test_the_same_bytes_may_be_deposited_again(
        self, session: Session, owner: uuid.UUID
    ) -> None:
        upload = whole_upload(session, owner)
        for _ in range(2):
            freeze(session, owner, draft(session, owner, DeclaredFile("a.txt", 3, A, None, upload)),
                   "stored")  # fmt: skip

    def test_after_a_rejection_the_true_digest_may_be_declared(
        self, session: Session, owner: uuid.UUID
    ) -> None:
        upload = whole_upload(session, owner)
        wrong = freeze(
            session, owner, draft(session, owner, DeclaredFile("a.txt", 3, B, None, upload)),
            "stored",
        )  # fmt: skip
        wrong.rejected_at = NOW
        session.flush()
        freeze(session, owner, draft(session, owner, DeclaredFile("a.txt", 3, A, None, upload)),
               "stored")  # fmt: skip


class TestVersions:
    def test_a_deposited_version_never_changes(self, session: Session, owner: uuid.UUID) -> None:
        version = draft(session, owner, DeclaredFile("a.txt", 3, A))
        freeze(session, owner, version, "hash_only")
        with pytest.raises(Conflict):
            works.change_draft(session, version, Description(title="别名"), LIMITS, now=NOW)
        with pytest.raises(Conflict):
            works.set_files(session, version, owner, [DeclaredFile("b.txt", 3, B)], LIMITS)
        with pytest.raises(Conflict):
            works.delete_draft(session, version)
        with pytest.raises(Conflict):
            freeze(session, owner, version, "hash_only")

    def test_a_new_version_follows_a_deposited_one_and_only_one_draft_at_a_time(
        self, session: Session, owner: uuid.UUID
    ) -> None:
        version = draft(session, owner, DeclaredFile("a.txt", 3, A))
        work = session.get_one(Work, version.work_id)
        with pytest.raises(Conflict):
            works.create_version(session, work, Description(), LIMITS, now=NOW)
        freeze(session, owner, version, "hash_only")
        assert works.create_version(session, work, Description(), LIMITS, now=NOW).number == 2
        with pytest.raises(Conflict):
            works.create_version(session, work, Description(), LIMITS, now=NOW)

    def test_deleting_the_only_draft_deletes_the_work(
        self, session: Session, owner: uuid.UUID
    ) -> None:
        version = draft(session, owner, DeclaredFile("a.txt", 3, A))
        works.delete_draft(session, version)
        with pytest.raises(NotFound):
            works.owned_work(session, owner, version.work_id)
        rows = session.scalars(select(VersionFile).where(VersionFile.version_id == version.id))
        assert not rows.all()

    def test_somebody_elses_work_does_not_exist(self, session: Session, owner: uuid.UUID) -> None:
        version = draft(session, account(session))
        with pytest.raises(NotFound):
            works.owned_work(session, owner, version.work_id)

    def test_pages_hold_every_work_once(self, session: Session, owner: uuid.UUID) -> None:
        made = {draft(session, owner).work_id for _ in range(5)}
        found, after = [], None
        while page := works.owned_works(session, owner, after, 2):
            found += [work.id for work in page]
            after = page[-1].id
        assert len(found) == 5
        assert set(found) == made


class TestLists:
    def test_of_works_are_limited_to_title_and_to_what_is_evidence(
        self, session: Session, owner: uuid.UUID
    ) -> None:
        kept, other = (draft(session, owner, DeclaredFile("a.txt", 3, A)) for _ in range(2))
        freeze(session, owner, kept, "hash_only")
        other.title = "晨雾_1"
        session.flush()

        def found(title: str = "", *, deposited: bool | None = None) -> list[uuid.UUID]:
            only = listing.of_works(title, deposited=deposited)
            return [each.id for each in works.owned_works(session, owner, None, 9, None, only)]

        assert found(deposited=True) == [kept.work_id]
        assert found(deposited=False) == [other.work_id]
        assert found("雾_") == [other.work_id]
        assert found("%") == []
        assert set(found()) == {kept.work_id, other.work_id}

    def test_of_evidence_are_limited_to_title_and_day(
        self, session: Session, owner: uuid.UUID
    ) -> None:
        kept = freeze(
            session, owner, draft(session, owner, DeclaredFile("a.txt", 3, A)), "hash_only"
        )
        day = date(2026, 3, 1)

        def found(title: str = "", since: date | None = None, until: date | None = None) -> int:
            only = listing.of_evidence(title, since, until)
            return len(deposits.owned_list(session, owner, None, 9, limited=only))

        assert kept.submitted_at == NOW
        assert (found(), found("间"), found("河")) == (1, 1, 0)
        assert (found(since=day), found(until=day)) == (1, 1)
        assert found(since=day + timedelta(days=1)) == 0
        assert found(until=day - timedelta(days=1)) == 0
        assert found(until=date.max) == 1


class TestDescription:
    @pytest.mark.parametrize(
        ("about", "field"),
        [
            (Description(title="x" * 201), "title"),
            (Description(title="a\u202eb"), "title"),
            (Description(category="poem"), "category"),
            (Description(creation_nature="copied"), "creation_nature"),
            (Description(completion_date=date(2026, 3, 3)), "completion_date"),
            (Description(completion_date=EARLIEST - timedelta(days=1)), "completion_date"),
            (Description(tags=("x",) * 21), "tags"),
            (Description(authors=("\x00",)), "authors"),
        ],
    )
    def test_is_refused_by_field(
        self, session: Session, owner: uuid.UUID, about: Description, field: str
    ) -> None:
        with pytest.raises(InvalidInput) as refusal:
            works.create_work(session, owner, about, LIMITS, now=NOW)
        assert refusal.value.field == field

    def test_the_earliest_day_is_taken(self, session: Session, owner: uuid.UUID) -> None:
        about = Description(completion_date=EARLIEST)
        assert works.create_work(session, owner, about, LIMITS, now=NOW)

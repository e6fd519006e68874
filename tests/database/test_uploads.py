"""Upload rows: the offset moves only from where it was, and expired ones are swept."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from core.errors import ConcurrentChange, Conflict, Gone, InvalidInput, NotFound, TooLarge
from evidence import references, uploads, works
from evidence.limits import IntakeLimits
from evidence.models import Blob, Upload
from evidence.works import DeclaredFile
from tests.database.test_works import A, account, draft, freeze, whole_upload

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
LIFE = timedelta(hours=1)
LATER = NOW + 2 * LIFE
LIMITS = IntakeLimits()


@pytest.fixture
def owner(session: Session) -> uuid.UUID:
    return account(session)


def begun(session: Session, owner: uuid.UUID) -> Upload:
    return uploads.create(session, owner, 3, None, LIMITS, LIFE, now=NOW)


class TestCreate:
    @pytest.mark.parametrize(("length", "kind"), [(0, InvalidInput), (20 * 2**30 + 1, TooLarge)])
    def test_refuses_empty_and_too_large(
        self, session: Session, owner: uuid.UUID, length: int, kind: type[Exception]
    ) -> None:
        with pytest.raises(kind):
            uploads.create(session, owner, length, None, LIMITS, LIFE, now=NOW)

    def test_takes_exactly_twenty_gib(self, session: Session, owner: uuid.UUID) -> None:
        uploads.create(session, owner, 20 * 2**30, None, LIMITS, LIFE, now=NOW)

    def test_refuses_a_hostile_name(self, session: Session, owner: uuid.UUID) -> None:
        with pytest.raises(InvalidInput):
            uploads.create(session, owner, 3, "../a.png", LIMITS, LIFE, now=NOW)

    def test_refuses_more_bytes_than_may_wait_even_when_drafts_name_them(
        self, session: Session, owner: uuid.UUID
    ) -> None:
        limits = IntakeLimits(max_waiting_bytes=8)
        named = whole_upload(session, owner)
        version = draft(session, owner, DeclaredFile("a.txt", 3, A, None, named))
        uploads.create(session, owner, 5, None, limits, LIFE, now=NOW)
        with pytest.raises(Conflict) as caught:
            uploads.create(session, owner, 1, None, limits, LIFE, now=NOW)
        assert caught.value.field == "Upload-Length"
        uploads.create(session, account(session), 8, None, limits, LIFE, now=NOW)
        with pytest.raises(Conflict):  # the other has expired, what is named has not
            uploads.create(session, owner, 6, None, limits, LIFE, now=LATER)
        freeze(session, owner, version, "stored")
        uploads.create(session, owner, 8, None, limits, LIFE, now=LATER)

    def test_refuses_more_than_may_wait_even_when_drafts_name_them(
        self, session: Session, owner: uuid.UUID
    ) -> None:
        limits = IntakeLimits(max_waiting=1)
        named = whole_upload(session, owner)
        version = draft(session, owner, DeclaredFile("a.txt", 3, A, None, named))
        with pytest.raises(Conflict):
            uploads.create(session, owner, 3, None, limits, LIFE, now=LATER)
        freeze(session, owner, version, "stored")
        uploads.create(session, owner, 3, None, limits, LIFE, now=LATER)


class TestAdvance:
    def test_moves_only_from_where_it_was(self, session: Session, owner: uuid.UUID) -> None:
        upload = begun(session, owner)
        uploads.advance(session, upload.id, 0, 2, LIFE, now=NOW)
        with pytest.raises(ConcurrentChange):
            uploads.advance(session, upload.id, 0, 3, LIFE, now=NOW)
        session.refresh(upload)
        assert upload.received == 2

    def test_gives_more_time(self, session: Session, owner: uuid.UUID) -> None:
        upload = begun(session, owner)
        uploads.advance(session, upload.id, 0, 2, LIFE, now=NOW + LIFE)
        session.refresh(upload)
        assert upload.expires_at == NOW + 2 * LIFE


class TestOwned:
    def test_is_unknown_to_others_and_gone_after_its_time(
        self, session: Session, owner: uuid.UUID
    ) -> None:
        upload = begun(session, owner)
        with pytest.raises(NotFound):
            uploads.owned(session, account(session), upload.id, now=NOW)
        with pytest.raises(Gone):
            uploads.owned(session, owner, upload.id, now=LATER)

    def test_stays_while_a_version_names_it(self, session: Session, owner: uuid.UUID) -> None:
        upload = whole_upload(session, owner)
        draft(session, owner, DeclaredFile("a.txt", 3, A, None, upload))
        assert uploads.owned(session, owner, upload, now=LATER).id == upload
        with pytest.raises(Conflict):
            uploads.terminate(session, owner, upload)


class TestSweeping:
    def test_drops_what_has_expired_and_nothing_else(
        self, session: Session, owner: uuid.UUID
    ) -> None:
        expired, used = begun(session, owner).id, whole_upload(session, owner)
        draft(session, owner, DeclaredFile("a.txt", 3, A, None, used))
        fresh = uploads.create(session, owner, 3, None, LIMITS, 3 * LIFE, now=NOW)
        due = uploads.expired(session, 1000, now=LATER)
        gone = uploads.drop_expired(session, due, now=LATER)
        assert expired in gone
        assert used not in gone
        assert fresh.id not in gone

    def test_names_the_staged_files_that_belong_to_nobody(
        self, session: Session, owner: uuid.UUID
    ) -> None:
        known, rubbish = str(begun(session, owner).id), str(uuid.uuid4())
        assert uploads.unknown(session, [known, rubbish, "not-ours"]) == [rubbish]

    def test_staged_bytes_that_are_stored_are_rubbish(
        self, session: Session, owner: uuid.UUID
    ) -> None:
        upload = begun(session, owner)
        upload.stored_sha256 = A
        assert uploads.unknown(session, [str(upload.id)]) == [str(upload.id)]


class TestReferences:
    def test_an_object_goes_when_the_last_who_needs_it_lets_go(
        self, session: Session, owner: uuid.UUID
    ) -> None:
        session.add(Blob(sha256=A, sm3=A, size=3, media_type="text/plain", stored_at=NOW))
        upload = whole_upload(session, owner)
        version = draft(session, owner, DeclaredFile("a.txt", 3, A, None, upload))
        assert A not in references.unneeded(session, 1000)
        assert not references.forget(session, A)
        draft(session, owner, DeclaredFile("a.txt", 3, A))  # only its digest: needs no bytes
        works.delete_draft(session, version)
        assert A in references.unneeded(session, 1000)
        assert references.forget(session, A)

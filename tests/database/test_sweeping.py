"""The sweeper takes what nobody needs, and nothing else."""

import hashlib
import os
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.database import transaction
from api.fsck import Findings, objects
from api.jobs import store_one
from api.settings import Settings
from api.sweeping import sweep_now
from api.wiring import Services
from core.sealed import Keyring
from evidence import uploads, works
from evidence.limits import IntakeLimits
from evidence.models import Blob, Upload, VersionFile
from evidence.objects import ABANDONED, FileStore, Staging
from evidence.previews import PreviewCache
from evidence.works import DeclaredFile, Description
from tests.database.test_works import account, draft, freeze
from tests.grounds.database import Cluster, alone

NOW = datetime.now(UTC)
LIMITS = IntakeLimits()
LIFE = timedelta(hours=1)


@pytest.fixture
def services(postgres: Cluster, tmp_path: Path) -> Iterator[Services]:
    made = Services(Settings.from_environment(alone(postgres.fresh(), tmp_path), tmp_path))
    yield made
    made.engine.dispose()


def staged(services: Services, owner: uuid.UUID, created: datetime) -> uuid.UUID:
    with transaction(services.sessions) as session:
        upload = uploads.create(session, owner, 3, None, LIMITS, LIFE, now=created)
        uploads.advance(session, upload.id, 0, 3, LIFE, now=created)
    services.staging.path(upload.id).write_bytes(b"abc")
    return upload.id


def deposited(services: Services, owner: uuid.UUID, upload: uuid.UUID, declared: bytes) -> None:
    """Deposited, read back, and compared with what was declared."""
    file = DeclaredFile("a.txt", 3, hashlib.sha256(declared).hexdigest(), None, upload)
    with transaction(services.sessions) as session:
        freeze(session, owner, draft(session, owner, file), "stored")
    assert store_one(services)


def complaints(services: Services, after: timedelta) -> list[str]:
    """What `fsck` says of uploads and staged files some time from now."""
    found = Findings()

    @contextmanager
    def later() -> Iterator[Session]:
        with transaction(services.sessions) as session:
            yield session

    with transaction(services.sessions) as session:
        objects.check_uploads(session, services.store, services.staging, later, found)
        objects.check_orphans(
            session, services.store, services.staging, found, now=datetime.now(UTC) + after
        )
    return [f"{each['subject']}: {each['detail']}" for each in found.violations]


def stored(services: Services, data: bytes) -> str:
    digest = services.store.write(data)
    with transaction(services.sessions) as session:
        session.add(Blob(sha256=digest, sm3=digest, size=3, media_type="x", stored_at=NOW))
    return digest


def test_the_sweeper_takes_what_nobody_needs_and_nothing_else(services: Services) -> None:
    with transaction(services.sessions) as session:
        owner = account(session)
    long_ago = NOW - 2 * LIFE
    expired, fresh = staged(services, owner, long_ago), staged(services, owner, NOW)
    used = staged(services, owner, long_ago)
    needed, unneeded = stored(services, b"abc"), stored(services, b"xyz")
    file = DeclaredFile("a.bin", 3, hashlib.sha256(b"abc").hexdigest(), None, used)
    with transaction(services.sessions) as session:
        version = works.create_work(session, owner, Description(), LIMITS, now=NOW)
        works.set_files(session, version, owner, [file], LIMITS)
    nobodys = services.staging.path(uuid.uuid4())
    nobodys.write_bytes(b"left behind")

    assert sweep_now(services) == {"uploads": 1, "staged": 1, "objects": 1, "keys": 0, "drafts": 0}

    assert not services.staging.path(expired).exists()
    assert not nobodys.exists()
    assert services.staging.path(fresh).exists()
    assert services.staging.path(used).exists()
    assert set(services.store.digests()) == {needed}
    assert unneeded != needed
    assert sweep_now(services) == {"uploads": 0, "staged": 0, "objects": 0, "keys": 0, "drafts": 0}


class Killed(BaseException):
    """The process ends here."""


def killed_amid_writing(services: Services) -> list[Path]:
    """The drafts that are left of a plain object, of a sealed one, and of a preview."""
    name, folder = secrets.token_hex(32), services.settings.var

    def half() -> Iterator[bytes]:
        yield b"half of it"
        raise Killed

    def no_ring() -> Keyring:
        raise Killed

    before = set(folder.rglob("*"))
    for shelf in (FileStore(folder / "objects"), FileStore(folder / "objects" / "sealed")):
        with pytest.raises(Killed):
            shelf.put(name, half())
    with pytest.raises(Killed):
        PreviewCache(folder / "previews", no_ring).put(name, "small", b"x")
    drafts = [each for each in folder.rglob("*") if each.is_file() and each not in before]
    assert len(drafts) == 3
    return drafts


def test_of_drafts_the_sweeper_takes_those_that_nobody_goes_on_with(services: Services) -> None:
    """Left by a kill, they may be of what was erased since."""
    old, young = killed_amid_writing(services), killed_amid_writing(services)
    for each in old:
        os.utime(each, ((NOW - 1.1 * ABANDONED).timestamp(),) * 2)
    assert complaints(services, timedelta()) == []
    told = f"{old[0].name}: draft that nobody goes on with"
    assert told in complaints(services, objects.GRACE)

    assert sweep_now(services)["drafts"] == len(old)

    assert [each.exists() for each in (*old, *young)] == [False] * 3 + [True] * 3
    assert complaints(services, objects.GRACE) == []


class DiesBeforeDeleting(Staging):
    def keep_a_while(self, upload_id: object) -> None:
        Staging(super().path("")).keep_a_while(upload_id)

    def path(self, upload_id: object) -> Path:
        raise Killed(upload_id)


class DyingServices(Services):
    @cached_property
    def staging(self) -> Staging:
        return DiesBeforeDeleting(self.settings.var / "incoming")


class TestRejectedDeposits:
    def test_do_not_keep_their_uploads_for_ever(self, services: Services) -> None:
        with transaction(services.sessions) as session:
            owner = account(session)
        long_ago = NOW - 2 * LIFE
        wrong, fresh, again = (staged(services, owner, at) for at in (long_ago, NOW, long_ago))
        for upload in (wrong, fresh, again):
            deposited(services, owner, upload, b"xyz")
        deposited(services, owner, again, b"abc")
        assert complaints(services, 2 * objects.GRACE) == []

        assert sweep_now(services) == {
            "uploads": 1,
            "staged": 0,
            "objects": 0,
            "keys": 0,
            "drafts": 0,
        }

        assert not services.staging.path(wrong).exists()
        assert services.staging.path(fresh).exists(), "its true digest may still be declared"
        with transaction(services.sessions) as session:
            assert session.get(Upload, wrong) is None
            kept = session.get_one(Upload, again)
            with services.store.open(kept.stored_sha256 or "") as stored_file:
                assert stored_file.read() == b"abc"
            rejected = session.scalars(
                select(VersionFile).where(VersionFile.sha256 == hashlib.sha256(b"xyz").hexdigest())
            ).all()
            named = {file.upload_id for file in rejected}
        assert named == {None, fresh, again}
        assert complaints(services, 2 * objects.GRACE) == []

    def test_a_kill_before_the_bytes_are_gone_leaves_them_to_the_next_sweep(
        self, services: Services
    ) -> None:
        with transaction(services.sessions) as session:
            owner = account(session)
        wrong = staged(services, owner, NOW - 2 * LIFE)
        deposited(services, owner, wrong, b"xyz")
        path = services.staging.path(wrong)
        os.utime(path, (0, 0))

        dying = DyingServices(services.settings)
        with pytest.raises(Killed):
            sweep_now(dying)
        dying.engine.dispose()
        assert path.exists()
        assert complaints(services, timedelta()) == []
        assert sweep_now(services)["staged"] == 1
        assert complaints(services, 2 * objects.GRACE) == []

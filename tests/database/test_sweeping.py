"""The sweeper takes what nobody needs, and nothing else."""

import hashlib
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.database import transaction
from api.settings import Settings
from api.sweeping import sweep_now
from api.wiring import Services
from evidence import uploads, works
from evidence.limits import IntakeLimits
from evidence.models import Blob
from evidence.works import DeclaredFile, Description
from tests.database.test_works import account
from tests.grounds.database import Cluster

NOW = datetime.now(UTC)
LIMITS = IntakeLimits()
LIFE = timedelta(hours=1)


@pytest.fixture
def services(postgres: Cluster, tmp_path: Path) -> Services:
    environment = {
        "DATABASE_URL": postgres.fresh(),
        "BROKER_URL": "memory://",
        "YINJI_PUBLIC_URL": "http://127.0.0.1:1",
        "YINJI_RPC_URLS": "http://127.0.0.1:1",
        "YINJI_VAR": str(tmp_path / "var"),
    }
    return Services(Settings.from_environment(environment, tmp_path))


def staged(services: Services, owner: uuid.UUID, created: datetime) -> uuid.UUID:
    with transaction(services.sessions) as session:
        upload = uploads.create(session, owner, 3, None, LIMITS, LIFE, now=created)
        uploads.advance(session, upload.id, 0, 3, LIFE, now=created)
    services.staging.path(upload.id).write_bytes(b"abc")
    return upload.id


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

    assert sweep_now(services) == {"uploads": 1, "staged": 1, "objects": 1, "keys": 0}

    assert not services.staging.path(expired).exists()
    assert not nobodys.exists()
    assert services.staging.path(fresh).exists()
    assert services.staging.path(used).exists()
    assert set(services.store.digests()) == {needed}
    assert unneeded != needed
    assert sweep_now(services) == {"uploads": 0, "staged": 0, "objects": 0, "keys": 0}
    services.engine.dispose()

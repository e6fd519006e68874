"""A sealing key is rotated: everything comes under the new one, whatever dies amid it."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

import api.app  # noqa: F401 - every table
from accounts.person_models import Paper, Verification
from api import rewrapping
from api.database import transaction
from api.keyfiles import ensure_key
from api.sealing import ensure_keyring
from api.settings import Settings
from api.wiring import Services
from core.db import Base
from core.sealed import KeyMissing, Place, SealedColumn
from evidence.digest import sha256_chunks
from tests.architecture.sources import ROOT
from tests.grounds.database import Cluster, alone
from tests.grounds.gaps import need
from tests.grounds.matters import account

FILES = [f"a personal file {number}".encode() for number in range(3)]
PROGRAM = "from api.cli import main; main()"


@dataclass
class Ground:
    """What is sealed, and the operator's command line beside it."""

    environment: dict[str, str]
    folder: Path
    services: Services

    def keys(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        passed = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        crashes = {"YINJI_CRASH_FOLDER": str(self.folder / "crash")}
        return subprocess.run(
            [sys.executable, "-c", PROGRAM, "keys", *arguments],
            cwd=Path(__file__).parents[2],
            env={**passed, **self.environment, **crashes},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def left(self) -> int:
        return rewrapping.standing(self.services).left

    def begins_again(self) -> None:
        """Another process, which reads its keys anew."""
        self.services.engine.dispose()
        self.services = Services(self.services.settings)


@pytest.fixture
def ground(postgres: Cluster, tmp_path: Path) -> Iterator[Ground]:
    environment = alone(postgres.fresh(), tmp_path)
    services = Services(Settings.from_environment(environment, tmp_path))
    ensure_keyring(services.settings.keys)
    (tmp_path / "crash").mkdir()
    with transaction(services.sessions) as session:
        session.info["ring"] = services.keyring
        account(session)
    for data in FILES:
        staged = services.staging.path(uuid.uuid4())
        staged.write_bytes(data)
        services.store.adopt(staged, sha256_chunks([data]), sealed=True)
    services.previews.put(sha256_chunks([FILES[0]]).sha256, "small", b"a picture")
    made = Ground(environment, tmp_path, services)
    yield made
    made.services.engine.dispose()


@pytest.fixture
def rotated(ground: Ground) -> Ground:
    ensure_key(ground.services.settings.keys / "sealing" / "2.key")
    ground.begins_again()
    return ground


def test_every_sealed_column_is_among_them() -> None:
    sealed = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, SealedColumn)
    }
    assert {f"{each.class_.__tablename__}.{each.key}" for each in rewrapping.COLUMNS} == sealed


def test_before_a_rotation_nothing_is_left(ground: Ground) -> None:
    found = rewrapping.standing(ground.services)
    assert (found.left, found.free, set(found.under)) == (0, [], {"1"})
    assert found.under["1"][rewrapping.OBJECTS] == len(FILES)
    assert found.under["1"]["verification.number"] == 1


def test_the_document_can_be_followed_word_by_word(ground: Ground) -> None:
    """Restarting is the one thing that is no command here."""
    need("openssl", why="the document makes keys with it")
    keys, text = ground.services.settings.keys, (ROOT / "docs/operations/settings.md").read_text()
    _, _, told = text.partition("To rotate, and be rid of an old key:\n\n")
    lines = [line.strip() for line in told.partition("\n\n")[0].splitlines()]
    make, restart, *commands = (line for line in lines if line)
    assert restart.startswith("# the same file on every machine; then restart every API and worker")
    subprocess.run(["sh", "-ec", f"umask 022; {make}"], cwd=keys, check=True)
    assert (keys / "sealing" / "2.key").stat().st_mode & 0o777 == 0o600
    assert ground.keys().returncode == 1
    ground.begins_again()
    for command in commands:
        name, action, *options = command.partition("#")[0].split()
        assert (name, action) == ("yinji", "keys")
        done = ground.keys(*options)
        assert done.returncode == 0, done.stderr
    assert "sealing/1.key 已无数据使用,备份除外 / nothing here needs it" in done.stdout


def test_afterwards_the_old_key_may_go(rotated: Ground) -> None:
    left = rotated.left()
    told = rotated.keys("--json")
    assert (told.returncode, json.loads(told.stdout)["left"]) == (1, left), told.stderr
    done = rotated.keys("--rewrap", "--json")
    said = json.loads(done.stdout)
    assert (done.returncode, said["left"], said["free"]) == (0, 0, ["1"]), done.stderr
    assert said["under"]["2"]["paper.data_key"] > 1
    (rotated.services.settings.keys / "sealing" / "1.key").unlink()
    rotated.begins_again()
    store, ring = rotated.services.store, rotated.services.keyring
    for data in FILES:
        with store.open(sha256_chunks([data]).sha256) as file:
            assert file.read() == data
    with transaction(rotated.services.sessions) as session:
        row = session.scalars(select(Verification)).one()
        assert row.number is not None
        assert ring.open_text(row.number, Place("verification", "number", row.id))
        for paper in session.scalars(select(Paper)):
            assert paper.data_key is not None
            assert ring.open(paper.data_key, Place("paper", "data_key", paper.id))


@pytest.mark.parametrize("point", ["rows-rewrapped", "object-rewrapped"])
def test_whatever_a_kill_left_the_next_run_ends(rotated: Ground, point: str) -> None:
    before = rotated.left()
    (rotated.folder / "crash" / point).touch()
    killed = rotated.keys("--rewrap")
    assert killed.returncode == -9, killed.stderr
    assert 0 < rotated.left() < before
    for data in FILES:
        with rotated.services.store.open(sha256_chunks([data]).sha256) as file:
            assert file.read() == data
    done = rotated.keys("--rewrap")
    assert (done.returncode, rotated.left()) == (0, 0), done.stderr
    assert "sealing/1.key 已无数据使用" in done.stdout


def test_a_key_that_is_not_there_and_a_damaged_file_are_counted_and_left_alone(
    rotated: Ground,
) -> None:
    keys = rotated.services.settings.keys / "sealing"
    first = (keys / "1.key").rename(keys / "away")
    rotated.begins_again()
    before = rewrapping.standing(rotated.services)
    assert before.free == []
    rewrapping.rewrap(rotated.services)
    assert rotated.left() == before.left - 1  # the preview, which can be made again
    with pytest.raises(KeyMissing):
        rotated.services.store.open(sha256_chunks([FILES[0]]).sha256)
    first.rename(keys / "1.key")
    rotated.begins_again()
    sealed = rotated.services.settings.var / "objects" / "sealed"
    (path,) = sealed.glob(f"??/??/{sha256_chunks([FILES[0]]).sha256}")
    damaged = path.read_bytes()[:-1] + b"\0"
    path.chmod(0o600)
    path.write_bytes(damaged)
    rewrapping.rewrap(rotated.services)
    after = rewrapping.standing(rotated.services)
    assert (after.left, after.free, path.read_bytes()) == (1, [], damaged)

"""What the tests' own guard catches: waiting for a disk or for others inside a transaction.

Every stack of the tests runs with it, so that each call of the API and each job is watched.
"""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.grounds.callers import TUS, deposit, person, program, uploaded
from tests.grounds.stack import RunningStack

_PROGRAM = """
import socket, subprocess, sys
from pathlib import Path
from types import SimpleNamespace

from sqlalchemy import create_engine

from api import database, strict

var = Path(sys.argv[1])
(var / "keys").mkdir()
(var / "object").write_bytes(b"x")
strict.install(SimpleNamespace(var=var, keys=var / "keys"))

def act():
    {act}

act()
print("outside")
with database.transaction(database.make_sessions(create_engine("sqlite://"))):
    act()
"""


def ran(tmp_path: Path, act: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(act=act), str(tmp_path)],
        env={"YINJI_STRICT": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "act",
    [
        "(var / 'object').read_bytes()",
        "(var / 'new').write_bytes(b'')",
        "list(var.iterdir())",
        "(var / 'never').unlink(missing_ok=True)",
        "subprocess.run(['true'])",
        "socket.socket().connect_ex(('127.0.0.1', 9))",
    ],
)
def test_inside_a_transaction_it_is_an_error_and_outside_none(tmp_path: Path, act: str) -> None:
    done = ran(tmp_path, act)
    assert (done.returncode, done.stdout) == (1, "outside\n"), done.stderr
    assert "Forbidden: " in done.stderr


def test_files_of_others_may_be_read(tmp_path: Path) -> None:
    assert ran(tmp_path, "Path('/etc/hostname').exists(); open('/dev/null').close()").stderr == ""


def test_in_daily_life_nothing_is_watched(tmp_path: Path) -> None:
    assert ran(tmp_path, "(var / 'object').read_bytes()", YINJI_STRICT="").stderr == ""


def test_an_upload_given_up_while_it_is_deposited_is_in_one_of_both_states(
    stack: RunningStack,
) -> None:
    http = program(stack, person(stack).key("deposit", "read"))
    seen = set()
    with ThreadPoolExecutor(2) as pool:
        for turn in range(12):
            file = uploaded(http, "a.txt", b"%d of many" % turn)
            wanted = pool.submit(deposit, http, file)
            unwanted = pool.submit(http.delete, f"/api/v1/uploads/{file['upload']}", headers=TUS)
            seen.add((wanted.result().status_code, unwanted.result().status_code))
    assert seen <= {(201, 409), (404, 204)}, seen

"""The fork server: what it gives birth to finds itself as a program of its own would."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from api.stack.application import FORKED
from api.stack.forking import Forked, ForkServer

from .looking import CHECKOUT, alive, wait_until
from .newborn import WATCHED


class Births:
    """A fork server, and what its children write."""

    def __init__(self, folder: Path, *modules: str, patience: float = 30.0) -> None:
        self.folder = folder
        self.output = folder / "output"
        self.server = ForkServer(
            modules, environment=self.environment(), folder=CHECKOUT, log=folder / "log",
            patience=patience,
        )  # fmt: skip

    def environment(self, **more: str) -> Mapping[str, str]:
        return {"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT), **more}

    def spawn(self, *arguments: str, **environment: str) -> Forked:
        with self.output.open("ab") as output:
            return self.server.spawn(
                [sys.executable, "-m", "tests.stack.newborn", *arguments],
                environment=self.environment(**environment),
                folder=self.folder,
                output=output,
            )


@pytest.fixture
def births(tmp_path: Path) -> Iterator[Births]:
    made = Births(tmp_path, "no.such.module", WATCHED)
    made.server.start()
    yield made
    made.server.stop()


def test_a_child_has_what_it_was_given_and_the_modules_too(births: Births) -> None:
    births.spawn("exit", "0").wait(20)  # by the next one, everything is imported
    assert births.spawn("say", "one", "two words", BORN="here").wait(20) == 0
    found, aside = births.output.read_text().splitlines()
    assert json.loads(found) == {
        "loaded": True,
        "arguments": ["one", "two words"],
        "environment": "here",
        "folder": births.folder.name,
        "blocked": ["SIGINT"],  # as api.stack.tether has it
        "descriptors": [0, 1, 2, 3],  # and 3 is how it looked
    }
    assert aside == "aside"


def test_its_end_is_told_as_that_of_a_child_of_ones_own(births: Births) -> None:
    assert births.spawn("exit", "3").wait(20) == 3
    sleeper = births.spawn("sleep")
    assert sleeper.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        sleeper.wait(0.1)
    sleeper.terminate()
    assert sleeper.wait(20) == -signal.SIGTERM
    sleeper.kill()  # nothing is there any more, and nobody else is hit


def test_two_children_end_in_whatever_order(births: Births) -> None:
    first, second = births.spawn("sleep"), births.spawn("exit", "5")
    assert second.wait(20) == 5
    assert first.poll() is None
    first.kill()
    assert first.wait(20) == -signal.SIGKILL
    assert second.poll() == 5


def test_it_is_listed_under_its_own_name(births: Births) -> None:
    sleeper = births.spawn("sleep", "--loud")
    listed = Path(f"/proc/{sleeper.pid}/cmdline")
    wait_until(lambda: "tests.stack.newborn sleep --loud" in listed.read_text())


def test_a_module_that_cannot_be_imported_is_told_and_stops_nothing(births: Births) -> None:
    assert births.spawn("exit", "0").wait(20) == 0
    assert "No module named 'no'" in (births.folder / "log").read_text()


def test_when_the_server_dies_so_do_its_children_and_another_takes_its_place(
    births: Births,
) -> None:
    sleeper = births.spawn("sleep")
    server = int(Path(f"/proc/{sleeper.pid}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(server, signal.SIGKILL)
    assert sleeper.wait(20) == -signal.SIGKILL
    wait_until(lambda: not alive(sleeper.pid))
    assert births.spawn("exit", "7").wait(20) == 7


def test_a_server_that_does_not_answer_is_given_up_with_all_that_it_might_still_do(
    tmp_path: Path,
) -> None:
    births = Births(tmp_path, "tests.stack.slow_to_import", patience=0.5)
    births.server.start()
    wait_until(lambda: "importing" in (tmp_path / "log").read_text())
    with pytest.raises(OSError, match="does not answer"):
        births.spawn("say")
    time.sleep(2.5)
    assert births.output.read_text() == ""
    births.server.stop()


def test_stopping_it_leaves_nobody(births: Births) -> None:
    sleeper = births.spawn("sleep")
    births.server.stop()
    assert sleeper.poll() == -signal.SIGKILL
    wait_until(lambda: not alive(sleeper.pid))


def test_what_it_imports_for_our_programs_is_there_and_starts_no_thread() -> None:
    """A thread would be missing in every child, and the locks it held stay locked (fork(2))."""
    program = f"import threading, {', '.join(FORKED)}; print(threading.active_count())"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=CHECKOUT
    )
    assert done.stdout.strip() == "1"

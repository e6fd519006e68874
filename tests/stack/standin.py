"""Runs the real supervisor with a stand-in application, as a process of its own.

usage: standin.py CHECKOUT KIND [FOLDER]

KIND: web (a web server and a sleeper), restless (a child that ends at once), once (the first start
of a child fails, later ones work), slow (a child that ignores SIGTERM), order (two stages whose
children write down when they are asked to stop), failing (a step that fails), born (a child of the
fork server).
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from api.stack.application import Surroundings, answers
from api.stack.children import Child, Stage, Step
from api.stack.settings import StackSettings
from api.stack.supervisor import run


def says(path: Path, words: str) -> bool:
    """Whether the log written since the start contains `words`."""
    return path.exists() and words in path.read_text(encoding="utf-8", errors="replace")


LEAVING = """
import signal, sys, time
def leave(number, frame):
    with open(sys.argv[1], "a") as file:
        file.write(sys.argv[2] + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
print("there", flush=True)
while True:
    time.sleep(1)
"""

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("there", flush=True)
while True:
    time.sleep(1)
"""

SECOND_TIME = """
import pathlib, sys, time
mark = pathlib.Path(sys.argv[1])
if not mark.exists():
    mark.touch()
    sys.exit(3)
print("there", flush=True)
time.sleep(1000)
"""


def application(here: Surroundings, kind: str) -> Sequence[Stage]:
    def python(name: str, code: str, *arguments: str, stop: float = 10.0) -> Child:
        return Child(
            name=name,
            command=lambda: [sys.executable, "-c", code, *arguments],
            environment=here.environment,
            folder=here.checkout,
            ready=lambda: says(here.logs / f"{name}.log", "there"),
            stop_seconds=stop,
            remedy="a remedy for the test",
        )

    web = Child(
        name="api",
        command=lambda: [
            *(sys.executable, "-m", "http.server", "--bind", "127.0.0.1"),
            *("--directory", str(here.logs), str(here.port)),
        ],
        environment=here.environment,
        folder=here.checkout,
        ready=lambda: answers(here.port),
        remedy="none",
    )
    written = str(here.var / "left")
    restless = (
        "print('cannot go on: redis://:hidden@127.0.0.1:1/0', flush=True); raise SystemExit(3)"
    )
    kinds: dict[str, list[Stage]] = {
        "web": [
            [web, python("worker-1", "print('there', flush=True); import time; time.sleep(999)")]
        ],
        "restless": [[web], [python("restless", restless)]],
        "once": [[python("hesitant", SECOND_TIME, str(here.var / "mark"))], [web]],
        "slow": [[web], [python("stubborn", STUBBORN, stop=1.0)]],
        "order": [
            [python("first", LEAVING, written, "first")],
            [python("second", LEAVING, written, "second")],
            [web],
        ],
        "born": [
            [web],
            [
                Child(
                    name="sleeper",
                    command=lambda: [sys.executable, "-m", "tests.stack.newborn", "sleep"],
                    environment=here.environment,
                    folder=here.checkout,
                    remedy="none",
                    forked=True,
                )
            ],
        ],
        "failing": [
            Step(
                name="migrate",
                command=[sys.executable, "-c", "raise SystemExit('no such column')"],
                environment=here.environment,
                folder=here.checkout,
                remedy="a remedy for the test",
            ),
            [web],
        ],
    }
    return kinds[kind]


if __name__ == "__main__":
    settings = StackSettings.from_environment(os.environ, Path(sys.argv[1]))
    raise SystemExit(run(settings, lambda here: application(here, sys.argv[2])))

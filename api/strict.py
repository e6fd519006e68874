"""For tests: no disk, no program and no network while a database transaction is open.

Nothing happens unless `YINJI_STRICT` is 1. Then a file of the installation that is touched, a
program that is started or a connection that is made inside `api.database.transaction` fails the
call, and with it the test that made it. A connection that stands already is not seen.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from api.database import in_transaction
from api.settings import Settings

_FILES: Final = frozenset(
    {"open", "os.remove", "os.rename", "os.mkdir", "os.listdir", "os.scandir"}
)
_OTHERS: Final = frozenset({"socket.connect", "subprocess.Popen"})


class Forbidden(RuntimeError):
    """Something waits for a disk or for somebody else while it holds a database transaction."""


def install(settings: Settings) -> None:
    """Watch this process from now on (PEP 578), if the tests asked for it."""
    if os.environ.get("YINJI_STRICT") != "1":
        return
    folders = tuple(str(folder.resolve()) + os.sep for folder in (settings.var, settings.keys))

    def watch(event: str, arguments: Sequence[Any]) -> None:
        if (event in _FILES or event in _OTHERS) and in_transaction():
            if event in _FILES and not _within(arguments[0], folders):
                return
            raise Forbidden(f"{event} inside a database transaction")

    sys.addaudithook(watch)


def _within(path: object, folders: tuple[str, ...]) -> bool:
    if isinstance(path, int) or path is None:
        return False
    return f"{Path(os.fsdecode(path)).absolute()}{os.sep}".startswith(folders)  # type: ignore[arg-type]

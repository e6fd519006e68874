"""One log file per child: turned over at every start of the stack, quoted when something fails."""

import re
from pathlib import Path
from typing import Final

KEPT: Final = 3
_QUOTED_BYTES: Final = 64 * 1024
_ADDRESS: Final = re.compile(r"\b[a-zA-Z][a-zA-Z0-9+.-]*://\S+")


def turn_over(path: Path) -> None:
    """Make room for a new log: `x.log` becomes `x.log.1`, and so on; the oldest goes."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for number in range(KEPT, 0, -1):
        older = path.with_name(f"{path.name}.{number}")
        newer = path if number == 1 else path.with_name(f"{path.name}.{number - 1}")
        if newer.exists():
            newer.replace(older)


def tail(path: Path, lines: int) -> list[str]:
    """The last lines of a log, fit to be shown: without addresses, which may hold passwords."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _QUOTED_BYTES))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return []
    return [_ADDRESS.sub("<address>", line) for line in text.splitlines()[-lines:]]

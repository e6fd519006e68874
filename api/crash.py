"""Named crash points: places where a fault test ends the process as `kill -9` would.

Active only when `YINJI_CRASH_AT` names the point; `YINJI_CRASH_ONCE` names a file that is made by
the first crash, so that the restarted process goes on.
"""

import os
import signal
from pathlib import Path


def point(name: str) -> None:
    """End this process here, if a fault test asked for it."""
    if os.environ.get("YINJI_CRASH_AT") != name:
        return
    if once := os.environ.get("YINJI_CRASH_ONCE"):
        try:
            Path(once).touch(exist_ok=False)
        except FileExistsError:
            return
    os.kill(os.getpid(), signal.SIGKILL)

"""Named crash points: places where a fault test ends the process as `kill -9` would.

Nothing happens unless `YINJI_CRASH_FOLDER` is set. A test arms a point by making a file of its
name in that folder; the first process to reach the point takes the file away and dies there.
"""

import os
import signal
from pathlib import Path


def point(name: str) -> None:
    """End this process here, if a fault test armed the point."""
    folder = os.environ.get("YINJI_CRASH_FOLDER")
    if folder is None:
        return
    armed = Path(folder) / name
    try:
        armed.rename(armed.with_name(f"{name}.hit-{os.getpid()}"))
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)

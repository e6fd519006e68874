"""One supervisor per data folder. The kernel drops the lock when its holder ends, however."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import Conflict


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold the lock at `path` for the block's duration, with our process id written in it.

    Raises Conflict, naming the holder, when somebody else has it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as reason:
            holder = file.read().strip() or "?"
            raise Conflict(
                f"这个数据目录正被另一个印记使用(进程 {holder}):请先停止它,"
                f"或用 YINJI_VAR 另指一个目录 · this data folder is in use by another Yinji "
                f"(process {holder}): stop that one first, or name another folder in YINJI_VAR",
                field="YINJI_VAR",
            ) from reason
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
        file.seek(0)
        file.truncate(0)

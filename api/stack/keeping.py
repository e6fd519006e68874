"""Values that are chosen once and kept in the data folder, readable by their owner only.

Promises that a value is either wholly there or not there at all, and that of two processes that
choose at the same time both end up with the same value.
"""

import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path


def keep(path: Path, choose: Callable[[], str]) -> str:
    """The value kept at `path`; chosen and kept now when there is none."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = _private_copy(path, choose() + "\n")
    try:
        # link(2) refuses when the name exists: whoever came first has chosen.
        path.hardlink_to(temporary)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    return path.read_text(encoding="utf-8").strip()


def write_private(path: Path, text: str) -> None:
    """Replace the file at `path` at one stroke; mode 600 from its first moment."""
    _private_copy(path, text).rename(path)


def write_environment(path: Path, values: Mapping[str, str]) -> None:
    """Write `KEY=VALUE` lines, mode 600, for commands that run beside the stack."""
    write_private(path, "".join(f"{name}={value}\n" for name, value in sorted(values.items())))


def read_environment(path: Path) -> dict[str, str]:
    """What `write_environment` wrote; empty when the stack is not running."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _private_copy(path: Path, text: str) -> Path:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return temporary

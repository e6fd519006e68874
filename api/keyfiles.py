"""Raw 32-byte keys in files of mode 600: the embedded chain accounts and the status key."""

import os
import secrets
import stat
from pathlib import Path
from typing import Final

from core.errors import Misconfigured
from evidence.objects import sync_folder

KEY_BYTES: Final = 32


def ensure_key(path: Path) -> bytes:
    """The key in `path`, made at random when there is none yet."""
    if not path.exists():
        write_private(path, secrets.token_bytes(KEY_BYTES).hex().encode() + b"\n")
    return read_key(path)


def read_key(path: Path) -> bytes:
    """Read a key; the error never repeats what the file holds.

    Raises:
        Misconfigured: missing, readable by others, or not 32 bytes in hex.
    """
    try:
        key = bytes.fromhex(read_private(path).decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise Misconfigured(f"密钥格式有误 / {path.name} is not 32 bytes in hex", field=path.name)
    return key


def read_private(path: Path) -> bytes:
    """What a file of mode 600 holds, without the white space around it.

    Raises:
        Misconfigured: missing, or readable by others.
    """
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise Misconfigured(f"密钥文件权限过宽 / give {path.name} mode 600", field=path.name)
        return path.read_bytes().strip()
    except OSError as error:
        raise Misconfigured(f"密钥无法读取 / cannot read {path.name}", field=path.name) from error


def write_private(path: Path, content: bytes) -> None:
    """Write a file of mode 600 so that it appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
    sync_folder(path.parent)

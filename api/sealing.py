"""The keyring of sealed columns, from files: `sealing/<number>.key`, and `sealing/index.key`.

The highest number seals; the others only open. To rotate, add the next number. The index key never
changes: what was indexed under another is not found again.
"""

from pathlib import Path
from typing import Final

from api.keyfiles import ensure_key, read_key
from core.errors import Misconfigured
from core.sealed import Keyring

_INDEX: Final = "index.key"


def ensure_keyring(keys: Path) -> None:
    """Make the first keys of an embedded installation; existing ones stay as they are."""
    folder = keys / "sealing"
    if not _numbers(folder):
        ensure_key(folder / "1.key")
    ensure_key(folder / _INDEX)


def load_keyring(keys: Path) -> Keyring:
    """Every key of the folder.

    Raises:
        Misconfigured: none there, or one that is readable by others or malformed.
    """
    folder = keys / "sealing"
    numbers = _numbers(folder)
    if not numbers:
        raise Misconfigured(
            "缺少加密密钥 sealing/1.key(32 字节十六进制,权限 600)/ "
            "no sealing key: put 32 random bytes in hex into sealing/1.key, mode 600",
            field="sealing/1.key",
        )
    found = {str(number): read_key(folder / f"{number}.key") for number in numbers}
    return Keyring(found, str(max(numbers)), read_key(folder / _INDEX))


def _numbers(folder: Path) -> list[int]:
    return [int(path.stem) for path in folder.glob("*.key") if path.stem.isdecimal()]

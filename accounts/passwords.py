"""Passwords: argon2id, never more than a few at once, and no answer sooner for unknown accounts.

A hash takes much memory and a good part of a second: do it in a thread and outside of any
transaction.
"""

import threading
import unicodedata
from functools import cache
from importlib import resources
from typing import Final

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from core.errors import InvalidInput

LEAST: Final = 10
MOST: Final = 256
"""Characters. The upper end bounds the work of one attempt."""

_FEWEST_DIFFERENT: Final = 4
_AT_ONCE: Final = 2


class Passwords:
    """Hashes and compares; each hash takes `mib` MiB, three passes and four lanes (RFC 9106 §4).

    Building one takes as long as one hash.
    """

    def __init__(self, mib: int) -> None:
        hasher = Argon2Hasher(time_cost=3, memory_cost=mib * 1024, parallelism=4)
        self._hash = PasswordHash((hasher,))
        # Unknown accounts are compared with this one: the same work under the live parameters.
        self._nobody = self._hash.hash("nobody has this password")
        self._room = threading.BoundedSemaphore(_AT_ONCE)

    def hash(self, password: str, salt: bytes | None = None) -> str:
        """The argon2id string to keep: with a salt always the same, without one always new."""
        with self._room:
            return self._hash.hash(_normal(password)[:MOST], salt=salt)

    def matches(self, password: str, kept: str | None) -> bool:
        """Whether `password` made `kept`; None (no account, no password) costs the same."""
        with self._room:
            same = self._hash.verify(_normal(password)[:MOST], kept or self._nobody)
        return same and kept is not None


def check_new(password: str, field: str, *, not_like: str = "") -> None:
    """A password that may be set.

    Raises:
        InvalidInput: too short or long, on the lists of leaked ones, too few different
            characters, or the account's own name.
    """
    normal = _normal(password)
    if not LEAST <= len(normal) <= MOST:
        raise InvalidInput(
            f"密码须为 {LEAST}–{MOST} 个字符 / {LEAST} to {MOST} characters", field=field
        )
    if normal.casefold() in _common():
        raise InvalidInput(
            "密码过于常见,请换一个 / on the lists of leaked passwords: choose another",
            field=field,
        )
    if len(set(normal)) < _FEWEST_DIFFERENT:
        raise InvalidInput(
            "密码重复字符过多,请换一个 / too few different characters: choose another",
            field=field,
        )
    if not_like and normal.casefold() == not_like.casefold():
        raise InvalidInput(
            "密码不能与账号相同 / the password must differ from the account", field=field
        )


@cache
def _common() -> frozenset[str]:
    """The passwords that are tried first, of those long enough to pass otherwise."""
    text = (resources.files("accounts") / "common_passwords.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if not line.startswith("#"))


def _normal(password: str) -> str:
    """NFC (RFC 8265 §4.2): the same keys pressed give the same password on every system."""
    return unicodedata.normalize("NFC", password)

"""Evidence numbers: random, readable aloud, with a check character.

`YJ-XXXX-XXXX-XXXX-XXXX` in Crockford base 32 (no I, L, O, U): 75 random bits and one Luhn-mod-32
check character. They follow no sequence, so nobody can count or guess them from outside.
"""

import re
import secrets
from typing import Final

from core.errors import InvalidInput
from core.text import as_typed

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PATTERN: Final = r"^YJ-[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$"
_CONFUSED: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_BETWEEN: Final = re.compile(r"[\s-]+")


def new_number() -> str:
    """A fresh number; uniqueness is the database's word."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(15))
    return _dressed(body + _check(body))


def new_check_code() -> str:
    """128 random bits as 26 base-32 characters: what the QR carries beside the number."""
    value = secrets.randbits(128)
    digits = ""
    for _ in range(26):
        value, rest = divmod(value, 32)
        digits = ALPHABET[rest] + digits
    return digits


def normalise(text: str) -> str:
    """Read a number as people type it, or the number of a certificate: `-1`, its edition, is left
    out.

    Raises:
        InvalidInput: not a number, or the check character does not fit (a typing error).
    """
    typed = _typed(text).removeprefix("YJ")
    whole = typed.replace("-", "")
    body, edition = whole[:16], whole[16:]
    # Set apart, as it is printed: else one character too many could pass for an edition.
    apart = re.fullmatch(r"[1-9][0-9]{0,3}", edition) and typed.endswith(f"-{edition}")
    known = re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{16}", body)
    if not known or (edition and not apart) or _check(body[:15]) != body[15]:
        raise InvalidInput(
            "存证编号有误,请核对 / not an evidence number: check for typing errors", field="number"
        )
    return _dressed(body)


def check_code(text: str) -> str:
    """A check code as people type it, written as we write it; whether it is right, who keeps it
    says.
    """
    return _typed(text).replace("-", "")


def _typed(text: str) -> str:
    """Half width, capitals, one hyphen between groups, 0 for O."""
    grouped = _BETWEEN.sub("-", as_typed(text)).strip("-")
    return grouped.upper().translate(_CONFUSED)


def _dressed(body: str) -> str:
    return "YJ-" + "-".join(body[i : i + 4] for i in range(0, 16, 4))


def _check(body: str) -> str:
    total = 0
    for place, character in enumerate(reversed(body)):
        value = ALPHABET.index(character) * (2 if place % 2 == 0 else 1)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]

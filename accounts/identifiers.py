"""How a person is reached and signs in: an e-mail address or a mobile number, in one spelling."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from core.errors import InvalidInput

MAX_CHARACTERS: Final = 254
"""RFC 5321 §4.5.3.1.3: a path has at most 256 octets, two of them its angle brackets."""

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL: Final = re.compile(rf"[a-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})+")
_MAINLAND: Final = re.compile(r"1[3-9][0-9]{9}")
_ABROAD: Final = re.compile(r"\+[1-9][0-9]{6,14}")


@dataclass(frozen=True)
class Identifier:
    """A normalised e-mail (lower case) or mobile number (E.164). Never shown in a repr."""

    kind: Literal["email", "mobile"]
    value: str

    def __repr__(self) -> str:
        return f"Identifier({self.kind})"


def parse_identifier(text: str, field: str) -> Identifier:
    """Read what a person typed; a mainland number needs no country code.

    Raises:
        InvalidInput: neither an e-mail address nor a mobile number.
    """
    plain = text.strip()
    if len(plain) <= MAX_CHARACTERS and plain.isascii():
        if _EMAIL.fullmatch(plain.lower()):
            return Identifier("email", plain.lower())
        digits = re.sub(r"[ ()-]", "", plain)
        if _MAINLAND.fullmatch(digits):
            return Identifier("mobile", "+86" + digits)
        if _ABROAD.fullmatch(digits):
            return Identifier("mobile", digits)
    raise InvalidInput(
        "请填写邮箱或手机号 / an e-mail address, or a mobile number with its country code",
        field=field,
    )

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
_LANDLINE: Final = re.compile(r"(?:010|02[0-9]|0[3-9][0-9]{2})[2-9][0-9]{6,7}|[48]00[0-9]{7}")
_EXTENSION: Final = re.compile(r"(?:-|转|ext\.?) ?[0-9]{1,6}$")


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
        digits = _digits(plain)
        if _MAINLAND.fullmatch(digits):
            return Identifier("mobile", "+86" + digits)
        if _ABROAD.fullmatch(digits):
            return Identifier("mobile", digits)
    raise InvalidInput(
        "请填写邮箱或手机号 / an e-mail address, or a mobile number with its country code",
        field=field,
    )


def check_mobile(text: str, field: str) -> str:
    """The text itself. Raises InvalidInput when it is no mobile number."""
    if not is_mobile(text):
        raise InvalidInput(
            "须为手机号:大陆 11 位,境外加 + 和国家码 / a mobile number: 11 digits, or + and the "
            "country code from abroad",
            field=field,
        )
    return text


def is_email(text: str) -> bool:
    """Whether somebody could sign up with it as an e-mail address."""
    plain = text.strip().lower()
    return len(plain) <= MAX_CHARACTERS and bool(_EMAIL.fullmatch(plain))


def is_mobile(text: str) -> bool:
    """Whether somebody could sign up with it as a mobile number."""
    digits = _digits(text)
    return bool(_MAINLAND.fullmatch(digits) or _ABROAD.fullmatch(digits))


def is_telephone(text: str) -> bool:
    """Whether it can be dialled: a landline with its area code, perhaps with an extension, a 400 or
    800 number, or a mobile number.
    """
    bare = _EXTENSION.sub("", text.strip())
    return is_mobile(text) or any(_LANDLINE.fullmatch(_digits(each)) for each in (text, bare))


def _digits(text: str) -> str:
    return re.sub(r"[ ()-]", "", text.strip())

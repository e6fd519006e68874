"""Registration numbers: issued strictly, without gaps; foreign ones read leniently.

The form is that of the national rules on certificates (2016): area prefix, year, category
letter, serial of eight digits, as in 国作登字-2019-F-00916679. Whether one series runs over all
letters of a year, or each letter has its own, is the office's setting; so is each letter.
"""

import re
import secrets
from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final, Literal

from core.errors import InvalidInput
from core.text import as_typed
from evidence.numbers import ALPHABET

BEIJING: Final = timezone(timedelta(hours=8), "UTC+8")
"""Asia/Shanghai has known no summer time since 1991; registration years are its years."""

MOST_TYPED: Final = 80

Scope = Literal["year", "year_letter"]


@dataclass(frozen=True)
class Numbering:
    """How an office numbers. `prefix` as printed (国作登字), `width` in digits."""

    prefix: str
    scope: Scope
    width: int

    def series(self, at: datetime, letter: str) -> str:
        """Which series a registration at this time belongs to: `2026` or `2026-F`."""
        year = f"{at.astimezone(BEIJING).year:04d}"
        return year if self.scope == "year" else f"{year}-{letter}"

    def number(self, at: datetime, letter: str, serial: int) -> str:
        """The registration number with this serial.

        Raises:
            InvalidInput: no single capital letter, or a serial that does not fit the width.
        """
        if not re.fullmatch(r"[A-Z]", letter):
            raise InvalidInput("类别字母须为一个大写字母 / one capital letter", field="letter")
        if not 1 <= serial < 10**self.width:
            raise InvalidInput("登记序号已用尽 / the series is exhausted", field="serial")
        year = at.astimezone(BEIJING).year
        return f"{self.prefix}-{year:04d}-{letter}-{serial:0{self.width}d}"


@dataclass(frozen=True)
class SoftwareSeries:
    """How an office numbers software: one series a year, no letter. `width` in digits."""

    infix: str
    width: int

    def series(self, at: datetime, letter: str) -> str:
        """Which series a registration at this time belongs to: `2026-SR`."""
        _require_no_letter(letter)
        return f"{at.astimezone(BEIJING).year:04d}-{self.infix}"

    def number(self, at: datetime, letter: str, serial: int) -> str:
        """The registration number with this serial.

        Raises:
            InvalidInput: a serial that does not fit the width.
        """
        _require_no_letter(letter)
        if not 1 <= serial < 10**self.width:
            raise InvalidInput("登记序号已用尽 / the series is exhausted", field="serial")
        return f"{at.astimezone(BEIJING).year:04d}{self.infix}{serial:0{self.width}d}"


CERTIFICATES: Final = "software-certificate"
"""The series of certificates of software: one for all years, for their numbers name none."""


@dataclass(frozen=True)
class CertificateSeries:
    """How an office numbers certificates of software: one series that never begins anew."""

    prefix: str
    suffix: str
    width: int
    first: int = 1

    def number(self, serial: int) -> str:
        """The certificate's number with this serial.

        Raises:
            InvalidInput: a serial that does not fit the width.
        """
        if not 1 <= serial < 10**self.width:
            raise InvalidInput("证书序号已用尽 / the series is exhausted", field="serial")
        return f"{self.prefix}{serial:0{self.width}d}{self.suffix}"


def _require_no_letter(letter: str) -> None:
    if letter:
        raise InvalidInput("软件登记号没有类别字母 / software has no letter", field="letter")


@dataclass(frozen=True)
class RegistrationNumber:
    """Any body's number for a work, as read.

    `serial` keeps its width; under the DCI route it is a letter and seven digits.
    """

    area: str
    year: int
    letter: str
    serial: str

    @property
    def dci(self) -> bool:
        return not self.serial.isdigit()

    def __str__(self) -> str:
        return f"{self.area}作登字-{self.year:04d}-{self.letter}-{self.serial}"


@dataclass(frozen=True)
class SoftwareNumber:
    """A software registration's number, as read.

    Either the certificate's (`软著登字第0123456号`) or the registration's (`2024SR0123456`), which
    has a year. `mark` is what stands before the serial: 软著登字第; SR, or another office's infix.
    """

    year: int | None
    mark: str
    serial: str
    suffix: str = ""

    def __str__(self) -> str:
        return f"{self.year or ''}{self.mark}{self.serial}{self.suffix}"


_WORK: Final = re.compile(
    r"(?P<area>[^\W\d_]{1,3}?)作?登字[::]?第?-?(?P<year>\d{4})-?(?P<letter>[A-Z])"
    r"-?(?P<serial>[A-Z]?\d{4,12})号?"
)
_HAN: Final = "[\u4e00-\u9fff]"
_SOFTWARE_CERTIFICATE: Final = re.compile(
    rf"(?P<mark>{_HAN}{{1,10}}字)第?-?(?P<serial>\d{{4,12}})(?P<suffix>{_HAN}{{0,4}})"
)
_SOFTWARE: Final = re.compile(
    r"(?P<year>[12]\d{3})-?(?P<mark>[A-Z]{2,4})-?(?P<serial>\d{4,12})", re.ASCII
)
CERTIFICATE_PREFIX: Final = re.compile(rf"{_HAN}{{1,10}}字第")
CERTIFICATE_SUFFIX: Final = re.compile(rf"{_HAN}{{1,4}}")
_ACCEPTANCE: Final = re.compile(r"SL([0-9A-HJKMNP-TV-Z]{12})")
_NO_NUMBER: Final = (
    "不是登记号,作品应如 国作登字-2019-F-00916679,软件应如 2024SR0123456 / not a registration "
    "number: of a work it looks like 国作登字-2019-F-00916679, of software like 2024SR0123456"
)
_CONFUSED: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})


def parse_registration_number(text: str, areas: Container[str]) -> RegistrationNumber:
    """Read any body's number as people type it: spaces, other dashes, full width, small letters.

    `areas` are the known prefixes (`registry.tables`). Numbers before 2016 are shorter and not
    padded; some bodies left out 作.

    Raises:
        InvalidInput: not such a number; the remedy shows what one looks like.
    """
    match = _WORK.fullmatch(_tidy(text))
    if match is None or match["area"] not in areas:
        raise InvalidInput(
            "不是作品登记号,应如 国作登字-2019-F-00916679 / not a registration number: "
            "it looks like 国作登字-2019-F-00916679",
            field="registration_number",
        )
    return RegistrationNumber(match["area"], int(match["year"]), match["letter"], match["serial"])


def spellings(text: str, areas: Container[str]) -> tuple[str, ...]:
    """How a number that somebody typed may stand in a register: that of a work with and without 作,
    that of software, or of its certificate.

    Raises:
        InvalidInput: not such a number.
    """
    try:
        read = parse_registration_number(text, areas)
    except InvalidInput as error:
        try:
            return (str(parse_software_number(text)),)
        except InvalidInput:
            raise InvalidInput(_NO_NUMBER, field=error.field) from None
    return str(read), f"{read.area}登字-{read.year:04d}-{read.letter}-{read.serial}"


def parse_software_number(text: str) -> SoftwareNumber:
    """Read the number of a software registration, or of its certificate without 第 and 号 even.

    Raises:
        InvalidInput: neither.
    """
    tidy = _tidy(text)
    if match := _SOFTWARE.fullmatch(tidy):
        return SoftwareNumber(int(match["year"]), match["mark"], match["serial"])
    if match := _SOFTWARE_CERTIFICATE.fullmatch(tidy):
        return SoftwareNumber(None, f"{match['mark']}第", match["serial"], match["suffix"] or "号")
    raise InvalidInput(
        "不是软件登记号,应如 2024SR0123456 / not a software registration number: it looks like "
        "2024SR0123456",
        field="registration_number",
    )


def new_acceptance_number() -> str:
    """The matter's own number: 60 random bits, read aloud in fours; it follows no sequence."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(12))
    return _dressed(body)


def parse_acceptance_number(text: str) -> str:
    """The acceptance number as it is kept. Case, spaces and dashes do not matter, nor O for 0.

    Raises:
        InvalidInput: not an acceptance number.
    """
    tidy = _tidy(text).replace("-", "")
    match = _ACCEPTANCE.fullmatch(tidy[:2] + tidy[2:].translate(_CONFUSED))
    if match is None:
        raise InvalidInput(
            "不是受理号,应如 SL-7K2M-9QXT-04RD / not an acceptance number: it looks like "
            "SL-7K2M-9QXT-04RD",
            field="acceptance_number",
        )
    return _dressed(match[1])


def _dressed(body: str) -> str:
    return f"SL-{body[:4]}-{body[4:8]}-{body[8:]}"


def _tidy(text: str) -> str:
    """Half width, capitals, one kind of dash, no spaces; too long is nothing at all."""
    if len(text) > MOST_TYPED:
        return ""
    return "".join(as_typed(text).upper().split())

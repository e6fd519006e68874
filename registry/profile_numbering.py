"""The tables of a profile that say how an office numbers (`registry.profile_parts`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from registry.profile_parts import Source


@dataclass(frozen=True)
class CertificateNumbering:
    """The certificate's own number beside the registration's, as 软著登字第0000001号: `prefix`, a
    serial of `width` digits, `suffix`. It names no year, so that its one series runs on over the
    years; `first` is the serial it begins with, for an office that has numbered elsewhere.
    """

    prefix: str
    suffix: str
    width: int
    first: int | None = None
    source: Source = "example"


@dataclass(frozen=True)
class SoftwareNumbering:
    """Numbers of software, as 2026SR0000001: the year, `infix`, a serial of `width` digits; one
    series a year. No two offices of an installation may have the same infix. Without `certificate`
    certificates of software have no number of their own.
    """

    infix: str = "SR"
    width: int = 7
    source: Source = "example"
    certificate: CertificateNumbering | None = None


@dataclass(frozen=True)
class NumberingRules:
    """How registration numbers look. `letters`: category to letter; `attested` those certain.

    `first`: by series (`2027`, `2027-F`, `2027-SR`) the serial it begins with, where it is not 1:
    for an office that has numbered elsewhere this year.
    """

    prefix: str
    scope: Literal["year", "year_letter"]
    width: int
    letters: Mapping[str, str]
    attested: tuple[str, ...] = ()
    software: SoftwareNumbering | None = None
    first: Mapping[str, int] | None = None

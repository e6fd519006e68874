"""An office as data: everything an office lays down, read from its TOML file.

A matter keeps the profile it began under: `text` is stored with it and read again by
`parse_profile`, so a later version of the file changes nothing for it.
"""

import hashlib
import tomllib
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, Final

from core.errors import InvalidInput
from registry.form import DeliveryWish, Trading
from registry.numbering import CERTIFICATES, CertificateSeries, Numbering, SoftwareSeries
from registry.profile_checks import check
from registry.profile_lines import line_of, line_of_decoding, lines_of
from registry.profile_numbering import SoftwareNumbering
from registry.profile_parts import Clock, ExaminationStage, Stage
from registry.profile_reading import InvalidProfile, Problem, Reader
from registry.profile_rules import Rules

MOST_CHARACTERS: Final = 200_000
SOFTWARE: Final = "software"


@dataclass(frozen=True)
class Profile(Rules):
    """Rules with the exact text they were read from."""

    text: str = ""

    @property
    def digest(self) -> bytes:
        """SHA-256 of the text: which edition of the rules this is."""
        return hashlib.sha256(self.text.encode()).digest()

    @property
    def numbers(self) -> Numbering:
        """How this office forms its registration numbers."""
        rules = self.numbering
        return Numbering(rules.prefix, rules.scope, rules.width)

    def numbering_of(self, category: str) -> Numbering | SoftwareSeries:
        """How works of this category are numbered: software has numbers of its own."""
        if category != SOFTWARE:
            return self.numbers
        rules = self.numbering.software or SoftwareNumbering()
        return SoftwareSeries(rules.infix, rules.width)

    @property
    def certificate_numbers(self) -> CertificateSeries | None:
        """How certificates of software are numbered; None where they are not."""
        rules = None if self.numbering.software is None else self.numbering.software.certificate
        if rules is None:
            return None
        return CertificateSeries(rules.prefix, rules.suffix, rules.width, rules.first or 1)

    def first_serial(self, series: str) -> int:
        """With which serial a series begins."""
        if series == CERTIFICATES:
            return 1 if self.certificate_numbers is None else self.certificate_numbers.first
        return (self.numbering.first or {}).get(series, 1)

    def letter(self, category: str) -> str:
        """The letter of an accepted category in this office's numbers; software has none."""
        return "" if category == SOFTWARE else self.numbering.letters[category]

    def require_agency(self, key: str | None) -> None:
        """Refuse an agency the office does not have, or none where one is to be chosen.

        Raises:
            InvalidInput: naming the agencies there are.
        """
        known = self.agencies or {}
        if key is None and self.filing.agency != "chosen":
            return
        if key not in known:
            names = ", ".join(f"{each} {agency.name.zh}" for each, agency in known.items())
            raise InvalidInput(f"初审机构可选 / accepts: {names or '无 none'}", field="agency")

    def agency_of(self, key: str | None) -> str | None:
        """The agency that was named; where the office assigns one and has only one, that one."""
        known = tuple(self.agencies or {})
        if key is None and self.filing.agency == "assigned" and len(known) == 1:
            return known[0]
        return key

    def most_of(self, kind: str, own: int | None) -> int | None:
        """How large a file of the format `kind` may be, where the paper or sample allows `own`."""
        limits = [each for each in (own, (self.most_bytes or {}).get(kind)) if each is not None]
        return min(limits, default=None)

    def require_category(self, category: str) -> None:
        """Raises InvalidInput, naming the categories the office accepts."""
        if category not in self.categories:
            names = ", ".join(self.categories)
            raise InvalidInput(f"本机构受理 / this office accepts: {names}", field="category")

    def require_delivery(self, wanted: DeliveryWish | None) -> None:
        """Refuse a way of delivery the office has not, or one that lacks whom to deliver to.

        Raises:
            InvalidInput: naming the ways there are, or the field that is missing.
        """
        if wanted is None or wanted.way is None:
            return
        ways = self.delivery.paper or {}
        if wanted.way not in ways:
            names = ", ".join(f"{each} {way.name.zh}" for each, way in ways.items())
            raise InvalidInput(
                f"领取方式可选 / accepts: {names or '无 none'}", field="delivery.way"
            )
        for name in ("recipient", "mobile", "address") if ways[wanted.way].address else ():
            if getattr(wanted, name) is None:
                raise InvalidInput(
                    "邮寄须填写,请补充 / is needed to deliver: fill it in", field=f"delivery.{name}"
                )

    def require_trading(self, wanted: Trading | None) -> None:
        """Where the office has a trading page, one may consent to be shown there (TJ-107); nothing
        said is no consent. Information about trading goes with consent only (TJ-109).

        Raises:
            InvalidInput: no such page here, or information without consent.
        """
        if not self.filing.trading_consent:
            if wanted is not None:
                raise InvalidInput(
                    "本机构没有交易展示,请删去 / this office shows no works for trading: remove it",
                    field="trading",
                )
            return
        if wanted is not None:
            wanted.require_consent("trading.information")

    def stage(self, which: Stage) -> ExaminationStage | None:
        """The first or the final examination; None when the office has no such stage."""
        return next((each for each in self.stages if each.stage == which), None)

    def clock(self, purpose: str, form: str = "work") -> Clock | None:
        """The term for this purpose and form; None when the office sets none."""
        return next(
            (
                each
                for each in self.clocks
                if each.purpose == purpose and (not each.form or form in each.form)
            ),
            None,
        )


@lru_cache(maxsize=64)
def parse_profile(text: str, name: str = "profile") -> Profile:
    """Read and check a profile; `name` is what errors call it.

    Raises:
        InvalidProfile: with every problem found, each with its key and line.
    """
    return _parsed(text, name, stored=False)


@lru_cache(maxsize=64)
def stored_profile(text: str, name: str) -> Profile:
    """Rules that some matter began under, as an earlier release accepted them: what is checked
    today, and keys that have gone since, do not end a matter that is under way.

    Raises:
        InvalidProfile: it cannot be read at all. A new key therefore needs a default
            (tests/registry/editions holds the texts of the past).
    """
    return _parsed(text, name, stored=True)


def _parsed(text: str, name: str, *, stored: bool) -> Profile:
    if len(text) > MOST_CHARACTERS:
        said = f"文件过长,至多 {MOST_CHARACTERS} 个字符 / too long: at most so many characters"
        raise InvalidProfile(name, (Problem("file", 1, said),))
    try:
        table: dict[str, Any] = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        said = f"不是有效的 TOML / not TOML: {error}"
        raise InvalidProfile(name, (Problem("file", line_of_decoding(str(error)), said),)) from None
    lines = lines_of(text)
    reader = Reader(lambda key: line_of(key, lines), lenient=stored)
    rules = reader.table(Rules, table, "")
    if isinstance(rules, Rules) and not stored:
        check(rules, reader)
    if reader.problems or not isinstance(rules, Rules):
        raise InvalidProfile(name, tuple(sorted(reader.problems, key=lambda each: each.line)))
    said_by_file = {each.name: getattr(rules, each.name) for each in fields(Rules)}
    return Profile(**said_by_file, text=text)

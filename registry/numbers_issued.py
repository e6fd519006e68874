"""What an office has numbered this year, and whether its rules go on with it.

The register numbers; a matter's own edition of the rules does not. So the form of the numbers stays
what it was when a year's first one was issued: a second series beside it would give numbers that
there are already, or that read as if something were missing between them. Numbers of certificates
name no year: their series runs on, keeps its form to the year's end like the others, and takes up
no prefix that another office ever issued with.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from core.errors import Conflict
from registry.models import NumberSeries, Registration, SoftwareCertificateNumber
from registry.numbering import BEIJING, CERTIFICATES
from registry.profile import SOFTWARE, Profile
from registry.profile_numbering import SoftwareNumbering
from registry.readiness import Fault

_WORK: Final = re.compile(r"(?P<prefix>.+)-\d{4}-[A-Z]-(?P<serial>\d+)")
_SOFTWARE: Final = re.compile(r"\d{4}(?P<infix>[A-Z]{2,4})(?P<serial>\d+)")
_CERTIFICATE: Final = re.compile(r"(?P<prefix>\D+)(?P<serial>\d+)(?P<suffix>\D*)")
_OWN: Final = "numbering.software.certificate"
_NAMES: Final = ("numbering.prefix", "numbering.software.infix", f"{_OWN}.prefix")
"""What tells one office's numbers from another's."""


Kind = Literal["work", "software", "certificate"]
"""What is numbered: works, software, certificates of software."""


@dataclass(frozen=True)
class Issued:
    """The newest number of a series, and the serial that the series began with. `kept`: issued in
    the year that was asked about, so that the series keeps its form.
    """

    office: str
    series: str
    first: int
    number: str
    at: datetime
    kept: bool = True

    @property
    def kind(self) -> Kind:
        if self.series == CERTIFICATES:
            return "certificate"
        return "work" if _SOFTWARE.fullmatch(self.number) is None else "software"

    @property
    def form(self) -> Mapping[str, str | int]:
        """What the number shows of the rules it was issued under, by key."""
        if self.kind == "certificate":
            parts = _CERTIFICATE.fullmatch(self.number)
            if parts is None:
                return {}
            return _of_certificates(parts["prefix"], len(parts["serial"]), parts["suffix"])
        if read := _SOFTWARE.fullmatch(self.number):
            return _of_software(read["infix"], len(read["serial"]))
        read = _WORK.fullmatch(self.number)
        if read is None:
            return {}
        scope = "year_letter" if "-" in self.series else "year"
        return _of_works(read["prefix"], scope, len(read["serial"]))


def issued_in(session: Session, year: int) -> tuple[Issued, ...]:
    """Of every office, each series of this year that has a number, and that of certificates."""
    begins = f"{year:04d}"
    rows = session.execute(
        select(
            NumberSeries.office, NumberSeries.series, NumberSeries.first,
            Registration.number, Registration.registered_at,
        )
        .join(
            Registration,
            and_(
                Registration.office == NumberSeries.office,
                Registration.series == NumberSeries.series,
                Registration.serial == NumberSeries.last,
            ),
        )
        .where(or_(NumberSeries.series == begins, NumberSeries.series.startswith(f"{begins}-")))
        .order_by(NumberSeries.office, NumberSeries.series)
    )  # fmt: skip
    return (*(Issued(*row) for row in rows), *_of_all_years(session, year))


def _of_all_years(session: Session, year: int) -> Iterator[Issued]:
    numbers = SoftwareCertificateNumber
    for office, first, number, at in session.execute(
        select(NumberSeries.office, NumberSeries.first, numbers.number, numbers.issued_at)
        .join(
            numbers,
            and_(numbers.office == NumberSeries.office, numbers.serial == NumberSeries.last),
        )
        .where(NumberSeries.series == CERTIFICATES)
        .order_by(NumberSeries.office)
    ):
        kept = at.astimezone(BEIJING).year == year
        yield Issued(office, CERTIFICATES, first, number, at, kept)


def faults(profile: Profile, issued: Iterable[Issued]) -> Iterator[Fault]:
    """Why this edition cannot come into use in the year that these numbers are of."""
    issued = tuple(issued)
    for form in ("work", SOFTWARE):
        for kind in _KINDS[form] if form in profile.forms else ():
            yield from _of_kind(profile, issued, kind)
    begun = {each.series: each for each in issued if each.office == profile.key}
    for series, key, first in _firsts(profile):
        if series in begun and begun[series].first != first:
            was = begun[series].first
            yield Fault(
                key,
                f"{profile.name.zh}的 {series} 号段已从 {was} 发起,不能再改:请写 {was} 或删去 / "
                f"{profile.name.en} began the series {series} with {was}, which stays: write {was} "
                "or remove it",
            )


def _firsts(profile: Profile) -> Iterator[tuple[str, str, int]]:
    """Series that the rules begin with a serial, the key that says so, and the serial."""
    for series, first in (profile.numbering.first or {}).items():
        yield series, f"numbering.first.{series}", first
    software = profile.numbering.software
    own = None if software is None else software.certificate
    if own is not None and own.first is not None:
        yield CERTIFICATES, f"{_OWN}.first", own.first


def require_agreement(session: Session, profile: Profile, category: str, *, now: datetime) -> None:
    """Refuse to number otherwise than this year's numbers. The office's lock is held by the caller.

    Raises:
        Conflict: naming the key of the rules, the number that was issued, and the remedy.
    """
    issued = issued_in(session, now.astimezone(BEIJING).year)
    for kind in _KINDS.get(category, _KINDS["work"]):
        for fault in _of_kind(profile, issued, kind):
            raise Conflict(fault.said, field=fault.field)


def require_unused(session: Session, profile: Profile, number: str) -> None:
    """Refuse a number that any office of the installation has issued.

    Raises:
        Conflict: saying which, and what to change.
    """
    for column in (Registration.number, SoftwareCertificateNumber.number):
        if session.scalar(select(column).where(column == number)) is None:
            continue
        raise Conflict(
            f"编号 {number} 已发过:请更正{profile.name.zh}规则中的 numbering 并重启各进程 / "
            f"{number} was issued already: correct the numbering in the rules of "
            f"{profile.name.en} and restart",
            field="numbering",
        )


_KINDS: Final[Mapping[str, tuple[Kind, ...]]] = {
    "work": ("work",), SOFTWARE: ("software", "certificate"),
}  # fmt: skip
"""What is numbered of each form."""


def _of_kind(profile: Profile, issued: Iterable[Issued], kind: Kind) -> Iterator[Fault]:
    """Disagreements about numbers of one kind."""
    alike = [each for each in issued if each.kind == kind]
    laid_down = _laid_down(profile, kind)
    if laid_down is None:
        return
    own = [each for each in alike if each.office == profile.key and each.kept]
    newest = max(own, key=lambda each: each.at, default=None)
    for key, value in ({} if newest is None else newest.form).items():
        if newest is not None and laid_down[key] != value:
            yield Fault(
                key,
                f"{profile.name.zh}本年已发 {newest.number},编排到年底不变:{key} 应为 {value},"
                f"新的编排请自次年 1 月 1 日起启用 / {profile.name.en} issued {newest.number} this "
                f"year, and its numbers keep their form to the year's end: {key} must be {value}; "
                "put another form in use from 1 January (UTC+8)",
            )
    for each in alike:
        for key in _NAMES:
            if each.office != profile.key and each.form.get(key) == laid_down.get(key, ""):
                yield Fault(
                    key,
                    f"{each.office} 已用此编号发出 {each.number},{profile.name.zh}须另选 / "
                    f"{each.office} issued {each.number} with it: {profile.name.en} "
                    "needs another",
                )


def _laid_down(profile: Profile, kind: Kind) -> Mapping[str, str | int] | None:
    """What the rules say of numbers of this kind; None where there are none."""
    rules = profile.numbering
    if kind == "work":
        return _of_works(rules.prefix, rules.scope, rules.width)
    software = rules.software or SoftwareNumbering()
    if kind == "software":
        return _of_software(software.infix, software.width)
    own = software.certificate
    return None if own is None else _of_certificates(own.prefix, own.width, own.suffix)


def _of_works(prefix: str, scope: str, width: int) -> Mapping[str, str | int]:
    return {"numbering.prefix": prefix, "numbering.scope": scope, "numbering.width": width}


def _of_software(infix: str, width: int) -> Mapping[str, str | int]:
    return {"numbering.software.infix": infix, "numbering.software.width": width}


def _of_certificates(prefix: str, width: int, suffix: str) -> Mapping[str, str | int]:
    return {f"{_OWN}.prefix": prefix, f"{_OWN}.width": width, f"{_OWN}.suffix": suffix}

"""What an office has numbered this year, and whether its rules go on with it.

The register numbers; a matter's own edition of the rules does not. So the form of the numbers stays
what it was when a year's first one was issued: a second series beside it would give numbers that
there are already, or that read as if something were missing between them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from core.errors import Conflict
from registry.models import NumberSeries, Registration
from registry.numbering import BEIJING
from registry.profile import SOFTWARE, Profile
from registry.profile_parts import SoftwareNumbering
from registry.readiness import Fault

_WORK: Final = re.compile(r"(?P<prefix>.+)-\d{4}-[A-Z]-(?P<serial>\d+)")
_SOFTWARE: Final = re.compile(r"\d{4}(?P<infix>[A-Z]{2,4})(?P<serial>\d+)")
_NAMES: Final = ("numbering.prefix", "numbering.software.infix")
"""What tells one office's numbers from another's."""


@dataclass(frozen=True)
class Issued:
    """The newest number of one of a year's series, and the serial that the series began with."""

    office: str
    series: str
    first: int
    number: str
    at: datetime

    @property
    def software(self) -> bool:
        return _SOFTWARE.fullmatch(self.number) is not None

    @property
    def form(self) -> Mapping[str, str | int]:
        """What the number shows of the rules it was issued under, by key."""
        if read := _SOFTWARE.fullmatch(self.number):
            return _of_software(read["infix"], len(read["serial"]))
        read = _WORK.fullmatch(self.number)
        if read is None:
            return {}
        scope = "year_letter" if "-" in self.series else "year"
        return _of_works(read["prefix"], scope, len(read["serial"]))


def issued_in(session: Session, year: int) -> tuple[Issued, ...]:
    """Of every office, each series of this year that has a number."""
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
    return tuple(Issued(*row) for row in rows)


def faults(profile: Profile, issued: Iterable[Issued]) -> Iterator[Fault]:
    """Why this edition cannot come into use in the year that these numbers are of."""
    issued = tuple(issued)
    for category in ("work", SOFTWARE):
        if category in profile.forms:
            yield from _of_kind(profile, issued, software=category == SOFTWARE)
    begun = {each.series: each for each in issued if each.office == profile.key}
    for series, first in (profile.numbering.first or {}).items():
        if series in begun and begun[series].first != first:
            was = begun[series].first
            yield Fault(
                f"numbering.first.{series}",
                f"{profile.name.zh}的 {series} 号段已从 {was} 发起,不能再改:请写 {was} 或删去 / "
                f"{profile.name.en} began the series {series} with {was}, which stays: write {was} "
                "or remove it",
            )


def require_agreement(session: Session, profile: Profile, category: str, *, now: datetime) -> None:
    """Refuse to number otherwise than this year's numbers. The office's lock is held by the caller.

    Raises:
        Conflict: naming the key of the rules, the number that was issued, and the remedy.
    """
    issued = issued_in(session, now.astimezone(BEIJING).year)
    for fault in _of_kind(profile, issued, software=category == SOFTWARE):
        raise Conflict(fault.said, field=fault.field)


def require_unused(session: Session, profile: Profile, number: str) -> None:
    """Refuse a number that any office of the installation has issued.

    Raises:
        Conflict: saying which, and what to change.
    """
    if session.scalar(select(Registration.id).where(Registration.number == number)) is not None:
        raise Conflict(
            f"登记号 {number} 已发过:请更正{profile.name.zh}规则中的 numbering 并重启各进程 / "
            f"{number} was issued already: correct the numbering in the rules of "
            f"{profile.name.en} and restart",
            field="numbering",
        )


def _of_kind(profile: Profile, issued: Iterable[Issued], *, software: bool) -> Iterator[Fault]:
    """Disagreements about works, or about software."""
    alike = [each for each in issued if each.software == software]
    laid_down = _laid_down(profile, software=software)
    own = [each for each in alike if each.office == profile.key]
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
                    f"本年 {each.office} 已用此编号发出 {each.number},{profile.name.zh}须另选 / "
                    f"{each.office} issued {each.number} with it this year: {profile.name.en} "
                    "needs another",
                )


def _laid_down(profile: Profile, *, software: bool) -> Mapping[str, str | int]:
    rules = profile.numbering
    if software:
        of_software = rules.software or SoftwareNumbering()
        return _of_software(of_software.infix, of_software.width)
    return _of_works(rules.prefix, rules.scope, rules.width)


def _of_works(prefix: str, scope: str, width: int) -> Mapping[str, str | int]:
    return {"numbering.prefix": prefix, "numbering.scope": scope, "numbering.width": width}


def _of_software(infix: str, width: int) -> Mapping[str, str | int]:
    return {"numbering.software.infix": infix, "numbering.software.width": width}

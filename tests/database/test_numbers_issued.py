"""A year's numbers keep their form, begin where the rules say, and no approval fails for good."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.fsck import Findings, registry
from core.errors import Conflict
from registry import opening, registering
from registry.lifecycle import MatterState
from registry.models import NumberSeries, Registration
from registry.numbers_issued import faults, issued_in
from registry.profile import Profile, parse_profile
from tests.grounds.matters import CHECKED_FINALLY, NOW, TIANJIN, brought_to, cast

NEXT_YEAR = datetime(2027, 1, 1, tzinfo=UTC)
_NUMBERING = '[numbering]\nprefix = "津作登字"\nscope = "year_letter"\nwidth = 8\n'


def edition(old: str, new: str) -> Profile:
    """The rules of TIANJIN with one thing otherwise."""
    assert old in TIANJIN.text
    return parse_profile(TIANJIN.text.replace(old, new, 1))


def beginning(**firsts: int) -> Profile:
    lines = "".join(f"{series.strip('_').replace('_', '-')} = {first}\n"
                    for series, first in firsts.items())  # fmt: skip
    return edition("[numbering.letters]", f"[numbering.first]\n{lines}[numbering.letters]")


WHOLE_YEAR = edition('scope = "year_letter"', 'scope = "year"')


def approved(
    session: Session, rules: Profile | None = None, at: datetime = NOW, began: Profile = TIANJIN
) -> Registration:
    people = cast(session)
    matter = brought_to(session, people, MatterState.FINAL_EXAMINATION, profile=began)
    opening.open_matter(session, people.final, matter, now=NOW)
    return registering.approve(
        session, people.final, matter, CHECKED_FINALLY, lambda _record: None, lambda: at, rules
    )


def violations(session: Session) -> set[str]:
    found = Findings()
    registry.check_serials(session, found)
    assert found.checked["I8"]
    return {str(each["detail"]) for each in found.violations}


class TestANewEditionWithinAYear:
    @pytest.mark.parametrize(
        ("old", "new", "key"),
        [
            ('scope = "year_letter"', 'scope = "year"', "numbering.scope"),
            ('prefix = "津作登字"', 'prefix = "沽作登字"', "numbering.prefix"),
            ("width = 8", "width = 6", "numbering.width"),
        ],
    )
    def test_that_numbers_otherwise_is_refused(
        self, session: Session, old: str, new: str, key: str
    ) -> None:
        first = approved(session)
        changed = edition(old, new)
        (fault,) = faults(changed, issued_in(session, 2026))
        assert fault.field == key
        for said in (TIANJIN.name.zh, first.number, key, "1 January"):
            assert said in fault.said
        with pytest.raises(Conflict) as refused:
            approved(session, changed)
        assert (refused.value.field, refused.value.message) == (fault.field, fault.said)

    def test_comes_into_use_with_the_next(self, session: Session) -> None:
        approved(session)
        assert not [*faults(WHOLE_YEAR, issued_in(session, 2027))]
        entry = approved(session, WHOLE_YEAR, NEXT_YEAR)
        assert (entry.series, entry.number) == ("2027", "津作登字-2027-F-00000001")

    def test_numbers_matters_of_the_edition_before_as_well(self, session: Session) -> None:
        """Else the two would open two series, and give one number twice."""
        approved(session, WHOLE_YEAR, NEXT_YEAR)
        late = approved(session, WHOLE_YEAR, NEXT_YEAR, began=TIANJIN)
        assert (late.series, late.serial) == ("2027", 2)

    def test_that_numbers_alike_goes_on(self, session: Session) -> None:
        approved(session)
        same = edition("width = 8", "width = 8   # as before")
        assert not [*faults(same, issued_in(session, 2026))]
        assert approved(session, same).serial == 2


def test_no_office_takes_up_a_prefix_that_another_issued_with_this_year(session: Session) -> None:
    approved(session)
    other = edition('key = "tianjin"', 'key = "jin"')
    (fault,) = faults(other, issued_in(session, 2026))
    assert fault.field == "numbering.prefix"
    assert "tianjin" in fault.said
    with pytest.raises(Conflict):
        approved(session, other)


def test_a_number_that_was_issued_is_named(session: Session) -> None:
    with pytest.raises(Conflict, match="津作登字-2026-F-00000001") as refused:
        registering.numbers_issued.require_unused(session, TIANJIN, approved(session).number)
    assert refused.value.field == "numbering"


class TestTheFirstSerial:
    def test_is_the_one_the_rules_say(self, session: Session) -> None:
        rules = beginning(_2026_F=1204)
        numbers = [approved(session, rules).number for _ in range(2)]
        assert numbers == ["津作登字-2026-F-00001204", "津作登字-2026-F-00001205"]
        assert approved(session, rules, NEXT_YEAR).serial == 1
        assert violations(session) == set()

    def test_stays_once_it_was_issued(self, session: Session) -> None:
        approved(session)
        rules = beginning(_2026_F=1204)
        (fault,) = faults(rules, issued_in(session, 2026))
        assert fault.field == "numbering.first.2026-F"
        assert not [*faults(beginning(_2026_F=1, _2026_G=7), issued_in(session, 2026))]
        assert approved(session, rules).serial == 2

    def test_no_rules_speak_of_is_found(self, session: Session) -> None:
        approved(session, beginning(_2026_F=1204))
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(update(NumberSeries).values(first=1203, last=1204))
        session.execute(text("SET LOCAL session_replication_role = origin"))
        session.expire_all()
        assert violations(session) == {"a gap in the numbers", "begins where no rules say"}

    @pytest.mark.parametrize("serial", [1, 1203, 1205])
    def test_is_kept_by_the_database(self, session: Session, serial: int) -> None:
        entry = approved(session, beginning(_2026_F=1204))
        values = {each.name: getattr(entry, each.name) for each in Registration.__table__.columns}
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(delete(Registration))
        session.execute(text("UPDATE matter SET status = 'final_examination'"))
        session.execute(text("SET LOCAL session_replication_role = origin"))
        session.expunge_all()
        session.add(Registration(**{**values, "serial": serial}))
        with pytest.raises(IntegrityError, match="a gap in the series"):
            session.flush()


@pytest.mark.parametrize(
    "change",
    [
        update(NumberSeries).values(last=NumberSeries.last + 2),
        update(NumberSeries).values(last=NumberSeries.last),
        update(NumberSeries).values(first=NumberSeries.first + 1, last=NumberSeries.last + 1),
        update(NumberSeries).values(series="2026-G", last=NumberSeries.last + 1),
        delete(NumberSeries),
    ],
)
def test_a_series_counts_on_by_one_and_nothing_else(session: Session, change: object) -> None:
    approved(session)
    with pytest.raises(IntegrityError, match="counts on by one"):
        session.execute(change)  # type: ignore[call-overload]

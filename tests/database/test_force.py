"""Offices in force: acts that are never edited, and what they make official."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.errors import Conflict, InvalidInput
from registry import enforcing, force
from registry.enforcing import Grounds
from registry.force import OfficeAct
from registry.lifecycle import MatterState
from registry.models import Registration
from registry.profile import Profile, parse_profile
from registry.registering import of_matter
from tests.grounds.in_force import REAL
from tests.grounds.matters import NOW, TIANJIN, brought_to, cast

GROUNDS = Grounds("aa" * 32, "bb" * 32, "cc" * 32, 7, b"\x01" * 20, ("dd" * 32,))
HOUR = timedelta(hours=1)
LAKE = parse_profile(REAL)


def registered(session: Session, rules: Profile = TIANJIN) -> Registration:
    """Entered at NOW."""
    matter = brought_to(session, cast(session), MatterState.REGISTERED, profile=rules)
    found = of_matter(session, matter.id)
    assert found is not None
    return found


def test_the_newest_act_counts(session: Session) -> None:
    assert not force.any_in_force(session)
    act = enforcing.enforce(session, LAKE, GROUNDS, " 张主任 ", clock=lambda: NOW)
    assert act.by == "张主任"
    assert force.in_force(session, "lake") is act
    assert force.in_force(session, "lake", NOW - HOUR) is None
    assert force.any_in_force(session)
    assert force.roots(session) == {"bb" * 32}
    enforcing.suspend(session, "lake", "张主任", "密钥更换", clock=lambda: NOW + HOUR)
    assert force.in_force(session, "lake") is None
    assert force.in_force(session, "lake", NOW) is act
    assert not force.any_in_force(session)
    assert force.roots(session) == {"bb" * 32}


def test_the_same_again_is_the_same_act_and_other_grounds_another(session: Session) -> None:
    first = enforcing.enforce(session, LAKE, GROUNDS, "a", clock=lambda: NOW)
    assert enforcing.enforce(session, LAKE, GROUNDS, "b", clock=lambda: NOW + HOUR) is first
    rules = parse_profile(REAL.replace("version = 3", "version = 4"))
    assert enforcing.enforce(session, rules, GROUNDS, "b", clock=lambda: NOW + HOUR) is not first
    key = replace(GROUNDS, certificate_sha256="ee" * 32)
    enforcing.enforce(session, rules, key, "b", clock=lambda: NOW + HOUR)
    assert [act.by for act in force.acts(session, "lake")] == ["a", "b", "b"]


def test_nobody_uses_another_offices_seal(session: Session) -> None:
    enforcing.enforce(session, LAKE, GROUNDS, "a", clock=lambda: NOW)
    with pytest.raises(Conflict) as caught:
        enforcing.enforce(session, TIANJIN, GROUNDS, "a", clock=lambda: NOW)
    assert caught.value.field == "seal"


def test_the_seal_of_software_is_kept_and_nobody_elses(session: Session) -> None:
    own = replace(GROUNDS, software_seal_sha256="ab" * 32)
    enforcing.enforce(session, LAKE, GROUNDS, "a", clock=lambda: NOW)
    act = enforcing.enforce(session, LAKE, own, "a", clock=lambda: NOW + HOUR)
    assert act.software_seal_sha256 == "ab" * 32
    for taken in (
        replace(GROUNDS, seal_sha256="ab" * 32),
        replace(GROUNDS, seal_sha256="cd" * 32, software_seal_sha256="ab" * 32),
    ):
        with pytest.raises(Conflict) as caught:
            enforcing.enforce(session, TIANJIN, taken, "a", clock=lambda: NOW + HOUR)
        assert caught.value.field == "seal"


def test_somebody_says_who_and_why(session: Session) -> None:
    with pytest.raises(InvalidInput):
        enforcing.enforce(session, LAKE, GROUNDS, " ", clock=lambda: NOW)
    with pytest.raises(Conflict):
        enforcing.suspend(session, "lake", "a", "b", clock=lambda: NOW)
    enforcing.enforce(session, LAKE, GROUNDS, "a", clock=lambda: NOW)
    with pytest.raises(InvalidInput):
        enforcing.suspend(session, "lake", "a", "", clock=lambda: NOW)


@pytest.mark.parametrize("change", [update(OfficeAct).values(by="x"), delete(OfficeAct)])
def test_no_act_is_edited(session: Session, change: object) -> None:
    enforcing.enforce(session, LAKE, GROUNDS, "a", clock=lambda: NOW)
    with pytest.raises(IntegrityError, match="append-only"):
        session.execute(change)  # type: ignore[call-overload]


def test_the_database_wants_grounds(session: Session) -> None:
    session.add(OfficeAct(office="lake", act="enforced", by="a", at=NOW))
    with pytest.raises(IntegrityError, match="grounded"):
        session.flush()


class TestARegistrationIsOfficial:
    def test_when_its_office_was_and_is_in_force_on_its_rules(self, session: Session) -> None:
        act = enforcing.enforce(session, TIANJIN, GROUNDS, "a", clock=lambda: NOW - HOUR)
        entry = registered(session)
        assert force.official(session, entry) is act
        assert force.registered_as(session, entry.record_evidence_id) is entry

    def test_and_not_when_it_came_before(self, session: Session) -> None:
        entry = registered(session)
        enforcing.enforce(session, TIANJIN, GROUNDS, "a", clock=lambda: datetime.now(UTC))
        assert force.official(session, entry) is None

    def test_nor_while_the_office_is_suspended(self, session: Session) -> None:
        enforcing.enforce(session, TIANJIN, GROUNDS, "a", clock=lambda: NOW - HOUR)
        entry = registered(session)
        enforcing.suspend(session, "tianjin", "a", "b", clock=lambda: NOW + HOUR)
        assert force.official(session, entry) is None
        again = enforcing.enforce(session, TIANJIN, GROUNDS, "a", clock=lambda: NOW + 2 * HOUR)
        assert force.official(session, entry) is again

    def test_nor_when_it_was_entered_while_suspended(self, session: Session) -> None:
        enforcing.enforce(session, TIANJIN, GROUNDS, "a", clock=lambda: NOW - 2 * HOUR)
        enforcing.suspend(session, "tianjin", "a", "b", clock=lambda: NOW - HOUR)
        entry = registered(session)
        enforcing.enforce(session, TIANJIN, GROUNDS, "a", clock=lambda: NOW + HOUR)
        assert force.official(session, entry) is None

    def test_nor_under_rules_that_never_were_in_force(self, session: Session) -> None:
        other = parse_profile(TIANJIN.text + "\n# another edition\n")
        enforcing.enforce(session, other, GROUNDS, "a", clock=lambda: NOW - HOUR)
        assert force.official(session, registered(session)) is None

    def test_and_among_many_only_those_that_are(self, session: Session) -> None:
        other = parse_profile(TIANJIN.text + "\n# another edition\n")
        act = enforcing.enforce(session, TIANJIN, GROUNDS, "a", clock=lambda: NOW - HOUR)
        first, trial, second = (registered(session, each) for each in (TIANJIN, other, TIANJIN))
        among = force.official_among(session, "tianjin", [first, trial, second])
        assert dict(among) == {first.id: act, second.id: act}
        enforcing.suspend(session, "tianjin", "a", "b", clock=lambda: NOW + HOUR)
        assert force.official_among(session, "tianjin", [first, trial, second]) == {}

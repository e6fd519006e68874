"""A clock of ours that is far off is told: certificates print the submission times it gives."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import pytest
from sqlalchemy import select

from api import jobs, own_clock
from api.database import transaction
from api.wiring import Services, utc_now
from chain.models import Alarm
from core import pki
from evidence.authority import LocalTimestampClient
from evidence.models import TimestampToken
from evidence.rfc3161 import TimestampClient
from tests.database.test_sweeping import services as bare
from tests.grounds.matters import account, stated

__all__ = ["bare"]


@pytest.fixture
def services(bare: Services) -> Services:
    """With an authority of its own, whose clock the tests set."""
    identity = pki.create_authority("abcd1234", now=utc_now())
    pki.save(identity, bare.settings.keys / "authority")
    return bare


@dataclass(frozen=True)
class Behind(Services):
    """Whose authority's clock is so far behind ours."""

    off: timedelta = timedelta()

    @cached_property
    def timestamps(self) -> TimestampClient:
        assert self.authority is not None
        return LocalTimestampClient(self.authority, lambda: utc_now() - self.off)


def stamped(services: Services, off: timedelta) -> set[str]:
    """One more evidence gets its token, by a clock that is so far behind ours; what is alarming."""
    behind = Behind(services.settings, off)
    with transaction(services.sessions) as session:
        evidence = stated(session, account(session)).id
    assert jobs.timestamp_some(behind)
    behind.engine.dispose()
    with transaction(services.sessions) as session:
        assert session.get(TimestampToken, evidence) is not None, "the token counts all the same"
        return set(session.scalars(select(Alarm.kind).where(Alarm.cleared_at.is_(None))))


@pytest.mark.parametrize("minutes", [3, -3, 45])
def test_minutes_are_told_until_it_is_set(services: Services, minutes: int) -> None:
    assert stamped(services, timedelta()) == set()
    assert stamped(services, timedelta(minutes=minutes)) == {own_clock.CLOCK}
    assert stamped(services, timedelta(minutes=minutes)) == {own_clock.CLOCK}
    assert stamped(services, timedelta(seconds=1)) == set()


def test_nothing_heard_clears_nothing(services: Services) -> None:
    stamped(services, timedelta(minutes=9))
    with transaction(services.sessions) as session:
        own_clock.watch(session, [], now=utc_now())
        assert session.scalars(select(Alarm.kind).where(Alarm.cleared_at.is_(None))).all()

"""The sliding window: never more than the limit, and the wait it names is long enough."""

import pytest
import redis

from api.braking import brake
from api.limits import Limiter, LocalWindow, wait_seconds
from core.errors import RateLimited


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Away:
    """A broker that does not answer."""

    asked = 0

    def take(self, name: str, limit: int, seconds: int) -> int | None:
        self.asked += 1
        raise redis.ConnectionError(f"{name} {limit} {seconds}")


class TestLocalWindow:
    def test_allows_the_limit_and_no_more(self) -> None:
        window = LocalWindow(Clock())
        assert [window.take("a", 3, 60) is None for _ in range(5)] == [True] * 3 + [False] * 2

    def test_names_do_not_count_against_each_other(self) -> None:
        window = LocalWindow(Clock())
        assert window.take("a", 1, 60) is None
        assert window.take("b", 1, 60) is None

    @pytest.mark.parametrize("start", [1000.0, 1019.9, 1020.0, 1050.0])
    def test_after_the_named_wait_one_more_is_allowed(self, start: float) -> None:
        clock = Clock()
        window = LocalWindow(clock)
        clock.now = start
        for _ in range(10):
            assert window.take("a", 10, 60) is None
        wait = window.take("a", 10, 60)
        assert wait is not None
        clock.now += wait
        assert window.take("a", 10, 60) is None

    def test_no_stretch_of_a_minute_sees_twice_the_limit(self) -> None:
        clock = Clock()
        window = LocalWindow(clock)
        allowed = []
        for _ in range(600):
            clock.now += 0.5
            if window.take("a", 20, 60) is None:
                allowed.append(clock.now)
        most = max(sum(1 for at in allowed if start <= at < start + 60) for start in allowed)
        assert most < 40

    def test_a_wait_is_at_least_a_second(self) -> None:
        assert wait_seconds(count=0, before=10, part=0.9999, limit=1, seconds=60) >= 1


class TestLimiter:
    def test_counts_here_while_the_broker_is_away_and_does_not_ask_it_each_time(self) -> None:
        away = Away()
        limiter = Limiter(away, LocalWindow(Clock()))
        limiter.check("a", 2)
        limiter.check("a", 2)
        with pytest.raises(RateLimited) as refusal:
            limiter.check("a", 2)
        assert refusal.value.retry_after >= 1
        assert away.asked == 1


class Counted:
    """Lets everything through, and keeps what was counted."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def take(self, name: str, limit: int, seconds: int) -> int | None:
        assert limit * seconds > 0
        self.names.add(name)
        return None


class TestBrake:
    """Of sign-in, at ten in a minute."""

    def tries(self, limiter: Limiter, addresses: int, times: int) -> int:
        """How many of so many tries at one name, from each address, are let through."""
        passed = 0
        for turn in range(addresses * times):
            try:
                brake(limiter, "sign-in", f"address {turn % addresses}", "owner", 10)
            except RateLimited:
                continue
            passed += 1
        return passed

    def test_one_address_guesses_slowly_and_keeps_nobody_out(self) -> None:
        clock = Clock()
        limiter, passed = Limiter(None, LocalWindow(clock)), 0
        for _ in range(60):
            clock.now += 60
            passed += self.tries(limiter, 1, 30)
            brake(limiter, "sign-in", "the owner's", "owner", 10)
        assert 0 < passed <= 200

    def test_one_name_is_guessed_so_often_from_everywhere(self) -> None:
        assert self.tries(Limiter(None, LocalWindow(Clock())), 400, 5) == 1000

    def test_where_the_owner_has_been_the_owner_gets_in_while_ten_addresses_guess(self) -> None:
        limiter = Limiter(None, LocalWindow(Clock()))
        for address in range(1000):
            brake(limiter, "sign-in", f"address {address}", "owner", 10)
        with pytest.raises(RateLimited):
            brake(limiter, "sign-in", "a new one", "owner", 10, lambda: False)
        brake(limiter, "sign-in", "the owner's", "owner", 10, lambda: True)

    def test_where_the_owner_has_been_guessing_is_as_slow_as_at_one_address(self) -> None:
        clock, passed = Clock(), 0
        limiter = Limiter(None, LocalWindow(clock))
        for address in range(1000):
            brake(limiter, "sign-in", f"address {address}", "owner", 10)
        for turn in range(60 * 30):
            clock.now = 1000 + turn * 2
            try:
                brake(limiter, "sign-in", "the owner's", "owner", 10, lambda: True)
            except RateLimited:
                continue
            passed += 1
        assert 100 <= passed <= 200

    def test_whether_an_address_is_known_is_asked_only_when_guesses_are_too_many(self) -> None:
        def nobody_asks() -> bool:
            raise AssertionError

        brake(Limiter(None, LocalWindow(Clock())), "sign-in", "address", "owner", 10, nobody_asks)

    def test_a_flood_at_other_names_from_other_addresses_counts_for_nobody_else(self) -> None:
        flood, own = Counted(), Counted()
        brake(Limiter(flood, LocalWindow()), "sign-in", "address", "somebody", 10)
        brake(Limiter(own, LocalWindow()), "sign-in", "the owner's", "owner", 10)
        assert own.names
        assert not own.names & flood.names

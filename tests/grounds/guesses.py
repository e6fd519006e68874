"""Guessing from outside, as often as one likes: numbers, and who has an account."""

import http.client
import math
import secrets
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx2

from evidence import numbers
from tests.grounds.callers import PASSWORD, Person, fresh_address, person, visitor
from tests.grounds.stack import RunningStack

LIMIT = 600
"""Looks of one address at public pages in a minute."""
_HERE = "/api/v1"
_TRIES_OF_ONE = 100
"""So often the password of one account is guessed here: the brake is far from it."""


def tried_numbers(stack: RunningStack, tries: int) -> None:
    """T18: one address tries numbers out, by four connections. None is hit, it is slowed down, and
    nobody else is.
    """
    address, place = fresh_address(), urlsplit(stack.address)

    def guess(many: int) -> tuple[Counter[int], set[str]]:
        found: Counter[int] = Counter()
        waits: set[str] = set()
        connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=60)
        for _ in range(many):
            path = f"{_HERE}/public/evidence/{numbers.new_number()}"
            connection.request("GET", path, headers={"X-Forwarded-For": address})
            answer = connection.getresponse()
            answer.read()
            found[answer.status] += 1
            if answer.status == 429:
                waits.add(answer.headers.get("Retry-After", ""))
        connection.close()
        return found, waits

    begun = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(guess, [tries // 4] * 4))
    minutes = (time.monotonic() - begun) / 60
    found = sum((each for each, _ in parts), Counter())
    waits = set().union(*(each for _, each in parts))
    assert set(found) == {404, 429}, found
    assert found.total() == tries // 4 * 4
    # A minute may see up to two thirds more than the limit, where two windows meet.
    assert found[404] <= LIMIT * (1 + minutes) * 5 / 3, found
    assert all(1 <= int(wait) <= 120 for wait in waits), waits
    other = visitor(stack).get(f"{_HERE}/public/evidence/{numbers.new_number()}")
    assert other.status_code == 404


def try_to_sign_in(stack: RunningStack, identifier: str, password: str) -> httpx2.Response:
    """From an address of its own."""
    body = {"identifier": identifier, "password": password}
    headers = {"X-Forwarded-For": fresh_address()}
    return visitor(stack).post(f"{_HERE}/session", json=body, headers=headers)


def timed_sign_ins(stack: RunningStack, samples: int) -> None:
    """T39: sign-ins that fail take as long for an address of nobody's, a wrong password, and an
    account that was closed; asked in turn, `samples` of each.
    """
    many = 2 + samples // _TRIES_OF_ONE
    known, closed = [[person(stack) for _ in range(many)] for _ in range(2)]
    for each in closed:
        answer = each.http.post(f"{_HERE}/account/closing", json={"password": PASSWORD})
        assert answer.status_code == 200, answer.text
    found: dict[str, list[float]] = {"none": [], "wrong": [], "closed": []}
    for turn in range(samples):
        named = {"none": f"{secrets.token_hex(6)}@example.org",
                 "wrong": _next(known, turn), "closed": _next(closed, turn)}  # fmt: skip
        kinds = sorted(named)
        secrets.SystemRandom().shuffle(kinds)
        for kind in kinds:
            began = time.perf_counter()
            answer = try_to_sign_in(stack, named[kind], "床前明月光疑是地上霜")
            found[kind].append(time.perf_counter() - began)
            assert answer.status_code == 401
    # Nobody's password costs a whole hash: without one the answer would come in a hundredth.
    assert min(found["none"]) > min(found["wrong"]) / 2
    assert min(found["closed"]) > min(found["wrong"]) / 2
    for kind in ("none", "closed"):
        assert abs(_t(found[kind], found["wrong"])) < 4.5, kind


def _next(people: Sequence[Person], turn: int) -> str:
    return people[turn % len(people)].identifier


def _t(some: Sequence[float], others: Sequence[float]) -> float:
    """Welch's t, without the tenth of each that the machine was busy elsewhere."""
    one, other = (sorted(each)[: max(2, len(each) * 9 // 10)] for each in (some, others))
    spread = math.sqrt(
        statistics.variance(one) / len(one) + statistics.variance(other) / len(other)
    )
    return (statistics.fmean(one) - statistics.fmean(other)) / spread

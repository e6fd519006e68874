"""Identity numbers go in while parts of the stack are killed; none is found anywhere after it."""

import random
from collections.abc import Iterator

import httpx2

from tests.api.test_canaries import files_with, in_the_clear, party, rows_with, write_out
from tests.faults.harness import Victim, kill_part, until
from tests.grounds.callers import Person, person
from tests.grounds.people import resident_number

PARTS = ("postgres -D", "valkey-server", "-A api.worker worker", "uvicorn api.app")
COUNT = 200
_BETWEEN = 20
"""So many numbers between two kills."""


def through(hurt: Victim, dice: random.Random, count: int = COUNT) -> None:
    """Add, claim and change with every number; a part dies after each score of them.

    An answer that never came, and an error, are as good as any other: only what is said counts.
    """
    numbers = sorted({resident_number() for _ in range(count)})
    told: list[str] = []
    for some in _scores(numbers):
        who = _somebody(hurt)
        kill_part(hurt, dice.choice(PARTS))
        for number in some:
            told += _said(who, number)
    until(lambda: _somebody(hurt), "an account after the last kill")
    pattern = in_the_clear(numbers)
    assert told, "nothing was answered at all"
    assert not [text for text in told if pattern.search(text.encode())], "in an answer"
    write_out(hurt.stack)
    assert files_with(hurt.stack.var, pattern) == [], "in a file"
    assert rows_with(hurt.stack, pattern) == [], "in a row"
    assert not pattern.search(hurt.printed.encode()), "on the terminal"


def _scores(numbers: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(numbers), _BETWEEN):
        yield numbers[start : start + _BETWEEN]


def _somebody(hurt: Victim) -> Person:
    """Somebody with an account, as soon as the stack gives one."""
    made: list[Person] = []

    def opened() -> bool:
        try:
            made.append(person(hurt.stack))
        except (httpx2.HTTPError, AssertionError):
            return False
        return True

    until(opened, "an account")
    made[0].http.put("/api/v1/account/kind", json={"kind": "individual"})
    return made[0]


def _said(who: Person, number: str) -> list[str]:
    claim = {"name": "李四", "document_kind": "resident_id", "number": number, "region": "330106"}
    told = []
    for path, body in (
        ("parties", party(number)),
        ("identity", claim),
        ("identity", {"x": number}),
    ):
        try:
            told.append(who.http.post(f"/api/v1/{path}", json=body).text)
        except httpx2.HTTPError:
            continue
    return told

"""kill -9 between a provider's answer and our record, and around what is told of a payment."""

import pytest

from tests.faults.harness import Victim, until
from tests.faults.payments import PAYMENT_POINTS, TOLD_POINTS, Till, anybody_answers


@pytest.fixture(scope="module")
def till(hurt: Victim) -> Till:
    return Till(hurt)


@pytest.mark.parametrize("point", [*PAYMENT_POINTS, *TOLD_POINTS])
def test_a_process_killed_there_credits_and_pays_back_once(till: Till, point: str) -> None:
    till.hit(point)
    until(lambda: anybody_answers(till.hurt), "the API again")

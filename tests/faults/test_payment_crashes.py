"""kill -9 between a provider's answer and our record, and around what is told of a payment."""

from collections.abc import Iterator

import pytest

from tests.faults.harness import until, victim
from tests.faults.payments import PAYMENT_POINTS, TOLD_POINTS, Till, anybody_answers


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    with victim(tmp_path_factory.mktemp("till")) as started:
        yield Till(started)


@pytest.mark.parametrize("point", [*PAYMENT_POINTS, *TOLD_POINTS])
def test_a_process_killed_there_credits_and_pays_back_once(till: Till, point: str) -> None:
    till.hit(point)
    until(lambda: anybody_answers(till.hurt), "the API again")

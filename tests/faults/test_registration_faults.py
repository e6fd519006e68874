"""Approvals amid which a part is killed: no gap, no double, each matter entered once."""

import pytest

from tests.faults.harness import Victim, kill_part
from tests.faults.registrations import Desk


@pytest.fixture(scope="module")
def desk(hurt: Victim) -> Desk:
    return Desk(hurt)


@pytest.mark.parametrize("words", ["uvicorn api.app", "postgres -D", "-A api.worker worker"])
def test_a_part_killed_amid_approvals_costs_no_number(hurt: Victim, desk: Desk, words: str) -> None:
    waiting = desk.bring(6)
    desk.approve_amid(waiting, lambda: kill_part(hurt, words))
    desk.all_hold(waiting)


def test_everything_killed_amid_approvals_costs_no_number(hurt: Victim, desk: Desk) -> None:
    def kill_and_start() -> None:
        hurt.kill_all()
        hurt.start_again()

    waiting = desk.bring(6)
    desk.approve_amid(waiting, kill_and_start)
    desk.all_hold(waiting)

"""The whole stack in front of a node that is cut off, that reorganises, and that is raced for."""

from collections.abc import Iterator

import pytest

from tests.faults.outside import Outside, outside


@pytest.fixture(scope="module")
def hurt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    with outside(tmp_path_factory.mktemp("chain")) as started:
        yield started


def test_a_connection_cut_after_forwarding_anchors_once(hurt: Outside) -> None:
    hurt.all_hold(hurt.cut("after forwarding", forwarding=True))


def test_a_node_out_of_reach_is_waited_for(hurt: Outside) -> None:
    hurt.all_hold(hurt.cut("before forwarding", forwarding=False))


@pytest.mark.parametrize("turn", [1, 2])
def test_a_reorganisation_before_finality_is_seen_and_outlived(hurt: Outside, turn: int) -> None:
    hurt.all_hold(hurt.reorganise(f"reorganised {turn}"))


def test_a_worker_killed_between_mined_and_final_changes_nothing(hurt: Outside) -> None:
    hurt.all_hold(hurt.kill_unfinished("killed between"))


def test_two_workers_woken_for_the_same_batch_anchor_it_once(hurt: Outside) -> None:
    hurt.all_hold(hurt.wake_both("for two", 12))

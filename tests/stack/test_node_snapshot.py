"""Snapshots of a real node."""

from pathlib import Path

import pytest

from api.stack.ports import free_ports
from chain.snapshot import SnapshotStore, dump_state, nudge
from core.errors import OutsideError
from tests.grounds.proxy import proxy

from .looking import wait_until
from .node import rpc, running_node

pytestmark = pytest.mark.integration

SENDER = "0x" + "12" * 20


def send(url: str) -> str:
    """One transaction from an account the node plays for us."""
    rpc(url, "anvil_setBalance", SENDER, hex(10**18))
    rpc(url, "anvil_impersonateAccount", SENDER)
    return str(rpc(url, "eth_sendTransaction", {"from": SENDER, "to": SENDER, "value": "0x1"}))


def test_blocks_and_receipts_survive_kill_9_after_a_snapshot(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    with running_node() as (url, process):
        sent = [send(url) for _ in range(20)]
        receipts = [rpc(url, "eth_getTransactionReceipt", one) for one in sent]
        assert store.take(url) == 20
        process.kill()
    with running_node("--load-state", str(store.newest())) as (url, _):
        assert [rpc(url, "eth_getTransactionReceipt", one) for one in sent] == receipts
        assert rpc(url, "eth_blockNumber") == "0x14"


def test_old_receipts_are_there_when_old_states_are_not_kept(tmp_path: Path) -> None:
    with running_node("--prune-history", "4") as (url, _):
        sent = [send(url) for _ in range(20)]
        assert all(rpc(url, "eth_getTransactionReceipt", one) for one in sent)
        assert rpc(url, "eth_getBlockByNumber", "0x1", True)["transactions"]
        assert SnapshotStore(tmp_path).take(url) == 20


def test_nothing_is_asked_of_the_node_when_another_process_has_kept_it(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    with running_node() as (url, _):
        rpc(url, "evm_mine")
        assert store.take(url) == 1
        rpc(url, "evm_mine")
        assert store.take(url, unless=lambda: True) == 1
        assert store.take(url, unless=lambda: False) == 2


def test_a_slow_snapshot_is_not_taken_again_at_once(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    assert store.is_due()
    with running_node() as (url, _):
        send(url)
        with proxy(url) as slow:
            store.take(slow.url)
            assert store.is_due()
            slow.delay["anvil_dumpState"] = 0.3
            store.take(slow.url)
    assert not store.is_due()
    wait_until(store.is_due)


def test_a_node_that_is_not_there_is_an_outside_error() -> None:
    with pytest.raises(OutsideError):
        dump_state(f"http://127.0.0.1:{free_ports(1)[0]}")
    with pytest.raises(OutsideError):
        dump_state("nonsense")


def test_nudge_mines_what_stays_pending_and_nothing_else() -> None:
    with running_node("--no-mining") as (url, _):
        assert not nudge(url, patience=0.05)
        assert rpc(url, "eth_blockNumber") == "0x0"
        sent = send(url)
        assert nudge(url, patience=0.05)
        assert rpc(url, "eth_getTransactionReceipt", sent)["status"] == "0x1"
        assert not nudge(url, patience=0.05)
        assert rpc(url, "eth_blockNumber") == "0x1"


def test_nudge_waits_no_longer_than_the_node_needs() -> None:
    with running_node("--block-time", "1") as (url, _):
        send(url)
        # An hour's patience would outlast any test.
        assert not nudge(url, patience=3600)

"""The anchoring jobs against a real node that reorganises, forgets, refuses, and is cut off."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, text, update

from api import anchoring
from api.deploying import deploy
from chain.blockdata import encode_header
from chain.embedded import SnapshottedLedger
from chain.ethereum import EthereumLedger
from chain.keccak import keccak256
from chain.ledger import AgreeingLedger
from chain.models import Anchor, Attempt, Batch, Sender, Transaction
from chain.signing import ANCHORED_TOPIC, LocalSigner
from chain.snapshot import NOTHING_DURABLE, SnapshotStore
from core.errors import Misconfigured, OutsideError
from core.lifecycle import Transition
from tests.grounds.anchoring import ANCHORER, REGISTRAR, Bench, bench
from tests.grounds.anvil import ADMIN_KEY, ChainNode, chain_node, fund, started
from tests.grounds.database import Cluster
from tests.grounds.proxy import SEND, Proxy, proxy


@pytest.fixture
def node() -> Iterator[ChainNode]:
    with chain_node() as running:
        running.ask("evm_setAutomine", False)
        yield running


@pytest.fixture
def made(postgres: Cluster, node: ChainNode) -> Iterator[Bench]:
    with bench(postgres.fresh(), EthereumLedger(node.url), node.terms) as prepared:
        yield prepared


@pytest.fixture
def between(made: Bench, node: ChainNode) -> Iterator[Proxy]:
    with proxy(node.url) as running:
        made.use(EthereumLedger(running.url, timeout=2.0))
        yield running


def events(made: Bench, node: ChainNode) -> int:
    (batch,) = made.all(Batch)
    logs = node.ask(
        "eth_getLogs",
        {
            "address": "0x" + node.terms.contract.hex(),
            "topics": ["0x" + ANCHORED_TOPIC.hex(), "0x" + batch.root.hex()],
            "fromBlock": "0x0",
            "toBlock": "latest",
        },
    )
    return len(logs)


def mine(node: ChainNode, blocks: int = 1) -> None:
    node.ask("anvil_mine", hex(blocks))


class TestReorganisation:
    def test_before_finality_the_same_bytes_are_sent_and_mined_again(
        self, made: Bench, node: ChainNode
    ) -> None:
        made.leaves(5)
        made.run("seal", "sign", "broadcast")
        mine(node)
        made.run("confirm")
        assert made.statuses() == [("open", ["mined"])]
        node.ask("anvil_reorg", 1, [])
        made.run("confirm")
        assert made.statuses() == [("open", ["reorged"])]
        made.run("broadcast")
        mine(node, 2)
        made.run("confirm")
        assert made.statuses() == [("final", ["final"])]
        assert events(made, node) == 1
        assert made.verify_all() == 5

    def test_beyond_finality_the_anchor_is_suspended_and_renewed(
        self, made: Bench, node: ChainNode
    ) -> None:
        made.leaves(2)
        made.run("seal", "sign", "broadcast")
        mine(node, 2)
        made.run("confirm")
        before = made.one(Anchor).block_hash
        node.ask("anvil_reorg", 2, [])
        anchoring.recheck(made.services)
        assert made.one(Anchor).suspended_at is not None
        made.run("broadcast")
        mine(node, 2)
        made.run("confirm")
        assert made.one(Anchor).suspended_at is None
        assert made.one(Anchor).block_hash != before
        assert events(made, node) == 1
        assert made.verify_all() == 2


class TestPool:
    def test_a_dropped_transaction_is_sent_again(self, made: Bench, node: ChainNode) -> None:
        made.leaves()
        made.run("seal", "sign", "broadcast")
        node.ask("anvil_dropTransaction", "0x" + made.one(Attempt).hash.hex())
        made.run("broadcast")
        mine(node, 2)
        made.run("confirm")
        assert made.statuses() == [("final", ["final"])]

    def test_a_stuck_transaction_is_replaced_within_its_nonce(
        self, made: Bench, node: ChainNode
    ) -> None:
        made.leaves()
        made.run("seal", "sign", "broadcast", "replace", "broadcast")
        mine(node, 2)
        made.run("confirm")
        assert made.statuses() == [("final", ["replaced", "final"])]
        assert events(made, node) == 1

    def test_a_fee_above_the_cap_is_waited_out(self, made: Bench, node: ChainNode) -> None:
        made.leaves()
        made.terms(max_fee_cap=20 * 10**9)
        node.ask("anvil_setNextBlockBaseFeePerGas", hex(900 * 10**9))
        mine(node)
        made.run("seal", "sign")
        assert made.all(Attempt) == []
        assert made.alarms() == {"fee-cap"}
        node.ask("anvil_setNextBlockBaseFeePerGas", hex(10**9))
        mine(node)
        made.run("sign", "broadcast")
        mine(node, 2)
        made.run("confirm")
        assert made.statuses() == [("final", ["final"])]


class TestProvider:
    def test_cut_after_forwarding_leads_to_one_transaction(
        self, made: Bench, node: ChainNode, between: Proxy
    ) -> None:
        between.cut_after = {SEND}
        made.leaves()
        made.run("seal", "sign", "broadcast")
        assert between.did("cut-after", SEND) == 1
        assert made.statuses() == [("open", ["signed"])]
        mine(node, 2)
        made.run("broadcast", "confirm")
        assert made.statuses() == [("final", ["final"])]
        assert events(made, node) == 1

    def test_bytes_that_are_known_already_count_as_sent(self, made: Bench, between: Proxy) -> None:
        between.cut_after = {SEND}
        made.leaves()
        made.run("seal", "sign", "broadcast")
        between.cut_after = set()
        made.run("broadcast")
        assert made.statuses() == [("open", ["broadcast"])]

    @pytest.mark.parametrize("fault", ["cut_before", "too_many", "null", "garbled"])
    @pytest.mark.parametrize(
        "method", ["eth_getTransactionReceipt", "eth_getBlockByNumber", "eth_getBlockReceipts"]
    )
    def test_no_answer_of_any_kind_ends_or_undoes_anything(
        self, made: Bench, node: ChainNode, between: Proxy, fault: str, method: str
    ) -> None:
        made.leaves()
        made.run("seal", "sign", "broadcast")
        mine(node)
        made.run("confirm")
        mine(node)
        setattr(between, fault, {method})
        made.run("confirm", "confirm")
        assert between.log
        assert made.statuses() == [("open", ["mined"])]
        setattr(between, fault, set())
        made.run("confirm")
        assert made.statuses() == [("final", ["final"])]

    @pytest.mark.parametrize(
        "fault", ["cut_before", "too_many", "null", "garbled", "empty", "other"]
    )
    def test_a_provider_that_answers_a_sending_badly_keeps_no_bytes_from_the_next(
        self, made: Bench, node: ChainNode, between: Proxy, fault: str
    ) -> None:
        made.use(AgreeingLedger([EthereumLedger(between.url), EthereumLedger(node.url)]))
        if fault == "empty":
            between.raw = {SEND: b"{}"}
        elif fault == "other":
            between.claims = {SEND: "0x" + "ab" * 32}
        else:
            setattr(between, fault, {SEND})
        made.leaves()
        made.run("seal", "sign", "broadcast")
        assert between.log
        assert made.statuses() == [("open", ["broadcast"])]
        mine(node, 2)
        made.run("confirm")
        assert made.statuses() == [("final", ["final"])]

    @pytest.mark.parametrize("answer", [b"{}", b'{"result": null}', b'{"result": "0xab"}', b"[]"])
    def test_the_only_provider_has_not_taken_what_it_does_not_name(
        self, made: Bench, between: Proxy, answer: bytes
    ) -> None:
        between.raw = {SEND: answer}
        made.leaves()
        made.run("seal", "sign", "broadcast")
        assert made.statuses() == [("open", ["signed"])]

    def test_an_error_that_is_null_is_none(self, between: Proxy) -> None:
        """As JSON-RPC 1.0 has it, and some gateways still do."""
        between.raw = {
            "eth_chainId": b'{"jsonrpc": "2.0", "id": 1, "error": null, "result": "0x7"}'
        }
        assert EthereumLedger(between.url).chain_id() == 7

    def test_a_slow_answer_is_no_answer(self, made: Bench, between: Proxy) -> None:
        between.delay = {SEND: 3.0}
        made.leaves()
        made.run("seal", "sign", "broadcast")
        assert made.statuses() == [("open", ["signed"])]

    def test_another_chain_id_in_mid_run_stops_signing_and_believing(
        self, made: Bench, node: ChainNode, between: Proxy
    ) -> None:
        made.leaves()
        made.run("seal", "sign", "broadcast")
        mine(node, 2)
        between.claims = {"eth_chainId": "0x1"}
        made.leaves()
        made.run("seal", "sign", "confirm")
        assert made.statuses() == [("open", ["broadcast"])]
        assert made.alarms() == {"wrong-chain"}

    def test_two_that_disagree_are_not_believed(
        self, made: Bench, node: ChainNode, between: Proxy
    ) -> None:
        made.use(AgreeingLedger([EthereumLedger(node.url), EthereumLedger(between.url)]))
        made.leaves()
        made.run("seal", "sign", "broadcast")
        mine(node, 3)
        between.null = {"eth_getTransactionReceipt"}
        made.run("confirm")
        assert made.statuses() == [("open", ["broadcast"])]
        between.null = set()
        made.run("confirm")
        assert made.statuses() == [("final", ["final"])]

    def test_a_head_that_goes_back_is_believed_only_when_it_stays(self, node: ChainNode) -> None:
        ledger = EthereumLedger(node.url)
        mine(node, 3)
        head = ledger.head()
        held = node.ask("eth_getBlockByNumber", hex(head.number - 1), False)
        with proxy(node.url) as between:
            flapping = EthereumLedger(between.url)
            flapping.head()
            between.claims = {"eth_getBlockByNumber": held}
            for _ in range(4):
                with pytest.raises(OutsideError):
                    flapping.head()
            assert flapping.head().number == head.number - 1


class TestKeys:
    def test_a_nonce_spent_by_somebody_else_halts_the_key(
        self, made: Bench, node: ChainNode
    ) -> None:
        node.ask("anvil_setNonce", "0x" + ANCHORER.address.hex(), "0x5")
        made.leaves()
        made.run("seal", "sign")
        assert made.all(Attempt) == []
        assert made.alarms() == {"key-halted"}

    def test_what_stands_on_the_chain_is_taken_over_after_a_restore(
        self, made: Bench, node: ChainNode
    ) -> None:
        made.leaves(3)
        made.run("seal", "sign", "broadcast")
        mine(node, 2)
        made.run("confirm")
        before = made.one(Anchor).transaction_hash
        with made.session() as session:
            session.execute(text("SET LOCAL session_replication_role = replica"))
            for model in (Anchor, Attempt, Transaction, Transition):
                session.execute(delete(model))
            session.execute(update(Batch).values(settled=False))
            session.execute(update(Sender).values(next_nonce=0))
        made.run("sign", "confirm")
        assert made.one(Anchor).transaction_hash == before
        assert events(made, node) == 1
        assert made.verify_all() == 3


class TestEmbedded:
    def test_mines_the_confirmations_and_is_final_only_in_the_snapshot(
        self, postgres: Cluster, tmp_path: Path
    ) -> None:
        with chain_node(depth=4) as node:
            store = SnapshotStore(tmp_path)
            ledger = SnapshottedLedger(EthereumLedger(node.url), node.url, store)
            with bench(postgres.fresh(), ledger, node.terms) as made:
                made.leaves()
                made.run("seal", "sign", "broadcast", "confirm")
                anchor = made.one(Anchor)
                assert anchor.confirmations == 4
                assert store.best_block_number() >= anchor.block_number + 3

    def test_takes_a_new_snapshot_when_another_block_stands_at_the_same_height(
        self, tmp_path: Path
    ) -> None:
        with chain_node() as node:
            store = SnapshotStore(tmp_path)
            ledger = SnapshottedLedger(EthereumLedger(node.url), node.url, store)
            mine(node, 3)
            height = ledger.final_number(1)
            node.ask("anvil_reorg", 1, [])
            assert ledger.final_number(1) == height
            header = store.best_header()
            assert header is not None
            assert keccak256(encode_header(header)) == ledger.head().hash

    def test_between_snapshots_only_what_the_last_one_holds_is_final(self, tmp_path: Path) -> None:
        with chain_node() as node:
            provider = EthereumLedger(node.url)
            mine(node, 3)
            final = SnapshottedLedger(provider, node.url, SnapshotStore(tmp_path)).final_number(2)
            resting = SnapshottedLedger(provider, node.url, _Resting(tmp_path))
            mine(node, 5)
            assert resting.final_number(2) == final == provider.head().number - 6
            node.ask("anvil_reorg", 6, [])
            assert resting.final_number(2) == NOTHING_DURABLE


def test_deploying_again_finds_the_first_contract(tmp_path: Path) -> None:
    with started() as url, proxy(url) as between:
        fund(url, LocalSigner(ADMIN_KEY).address)
        ledger, intent = EthereumLedger(between.url), tmp_path / "begun.json"
        between.cut_after = {SEND}

        def run() -> bytes:
            return deploy(
                ledger, ledger, ADMIN_KEY, ANCHORER.address, REGISTRAR.address,
                wait=lambda _: None, intent_file=intent, tries=40,
            ).contract  # fmt: skip

        first = run()
        assert between.did("cut-after", SEND) >= 1
        assert run() == first
        assert ledger.nonce(LocalSigner(ADMIN_KEY).address) == 1


def test_one_key_with_two_roles_is_not_deployed() -> None:
    with started() as url:
        ledger = EthereumLedger(url)
        with pytest.raises(Misconfigured):
            deploy(
                ledger, ledger, ADMIN_KEY, ANCHORER.address, ANCHORER.address, wait=lambda _: None
            )


class _Resting(SnapshotStore):
    """The last snapshot took so long that another is not due."""

    def is_due(self) -> bool:
        return False

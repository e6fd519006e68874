"""The committed bytecode on the real node: code hash, gas, event, storage and refusals."""

from collections.abc import Iterator

import pytest

from chain.keccak import keccak256

from .node import Deployed, Refused, deploy, running_node, word

pytestmark = pytest.mark.contracts

ROOT = bytes.fromhex("5f" * 32)
LEAF = bytes.fromhex("a1" * 32)
SIZE = 1000
ANCHOR_GAS_LIMIT = 50_000
OK, REVERTED = "0x1", "0x0"


@pytest.fixture
def deployed() -> Iterator[Deployed]:
    with running_node() as node:
        yield deploy(node)


def test_the_deployed_code_is_the_one_whose_hash_is_committed(deployed: Deployed) -> None:
    code = deployed.node.call("eth_getCode", deployed.address, "latest").removeprefix("0x")
    assert keccak256(bytes.fromhex(code)) == deployed.artefact.runtime_code_hash


def test_one_anchor_costs_at_most_fifty_thousand_gas(deployed: Deployed) -> None:
    call = deployed.encode("anchor(bytes32,uint64)", ROOT, SIZE)
    receipt = deployed.send(deployed.anchorer, call)
    assert receipt["status"] == OK
    assert 21_000 < int(receipt["gasUsed"], 16) <= ANCHOR_GAS_LIMIT


def test_an_anchor_is_logged_and_stored_with_its_block(deployed: Deployed) -> None:
    call = deployed.encode("anchor(bytes32,uint64)", ROOT, SIZE)
    receipt = deployed.send(deployed.anchorer, call)
    block = deployed.node.call("eth_getBlockByHash", receipt["blockHash"], False)
    (log,) = receipt["logs"]
    assert [bytes.fromhex(topic[2:]) for topic in log["topics"]] == [
        deployed.artefact.topics["RootAnchored(bytes32,address,uint64)"],
        ROOT,
        word(deployed.anchorer),
    ]
    assert int(log["data"], 16) == SIZE
    time, height = int(block["timestamp"], 16), int(block["number"], 16)
    assert deployed.view("anchorOf(bytes32)", ROOT) == [time, SIZE, height]
    assert deployed.view("isIssued(bytes32)", ROOT) == [1]


def test_a_second_anchor_reverts_with_the_root_and_the_first_time(deployed: Deployed) -> None:
    call = deployed.encode("anchor(bytes32,uint64)", ROOT, SIZE)
    assert deployed.send(deployed.anchorer, call)["status"] == OK
    first = deployed.view("anchorOf(bytes32)", ROOT)
    with pytest.raises(Refused) as refused:
        deployed.node.read(deployed.address, call, deployed.anchorer)
    assert refused.value.data == deployed.encode("AlreadyAnchored(bytes32,uint64)", ROOT, first[0])
    again = deployed.send(deployed.anchorer, call)
    assert (again["status"], again["logs"]) == (REVERTED, [])
    assert deployed.view("anchorOf(bytes32)", ROOT) == first


def test_a_key_without_the_role_is_refused_by_name(deployed: Deployed) -> None:
    call = deployed.encode("anchor(bytes32,uint64)", ROOT, SIZE)
    with pytest.raises(Refused) as refused:
        deployed.node.read(deployed.address, call, deployed.registrar)
    assert refused.value.data == deployed.encode(
        "AccessControlUnauthorizedAccount(address,bytes32)",
        deployed.registrar,
        keccak256(b"ANCHOR_ROLE"),
    )
    assert deployed.send(deployed.registrar, call)["status"] == REVERTED
    assert deployed.view("isIssued(bytes32)", ROOT) == [0]


def test_a_revoked_leaf_says_so_with_its_reason(deployed: Deployed) -> None:
    call = deployed.encode("revoke(bytes32,uint8)", LEAF, 3)
    receipt = deployed.send(deployed.registrar, call)
    block = deployed.node.call("eth_getBlockByHash", receipt["blockHash"], False)
    assert deployed.view("revocationOf(bytes32)", LEAF) == [int(block["timestamp"], 16), 3]
    assert deployed.view("isRevoked(bytes32)", LEAF) == [1]
    assert deployed.view("isRevoked(bytes32)", ROOT) == [0]

"""P6: gas for one evidence, from real transactions to the committed contract on a real node.

Beside it the Ethereum Attestation Service, deployed from its own published artefacts on the same
node: `timestamp` and `attest`, once for each evidence, which is how it is used.
"""

import json
from hashlib import sha256

from eth_abi.abi import encode

from bench import installing
from bench.figures import Row, Series, Target
from bench.installing import PeerMissing
from bench.terms import Terms
from chain.artefact import evidence_anchor
from chain.keccak import keccak256
from chain.merkle import Tree
from tests.contracts.node import Deployed, Node, deploy, running_node

_EAS = "@ethereum-attestation-service/eas-contracts"
_BATCHES = (1, 1_000, 10_000)
_TARGETS = {1_000: 50.0, 10_000: 5.0}
_ATTEST = "(bytes32,(address,uint64,bool,bytes32,bytes,uint256))"
_NOBODY = "0x" + bytes(20).hex()


def measure(terms: Terms) -> Row:
    """Several anchors of each size, and as many calls of each kind to the peer."""
    rounds = terms.size(9, 2)
    series: list[Series] = []
    missing: list[str] = []
    with running_node() as node:
        ours = deploy(node)
        for batch in _BATCHES:
            gas = tuple(_anchor(ours, batch, each) / batch for each in range(rounds))
            series.append(Series(f"ours: anchored in batches of {batch:,}", "gas", gas))
        try:
            series += _eas(node, ours.anchorer, rounds)
        except PeerMissing as reason:
            missing.append(f"EAS: {reason}")
    by_name = {each.name: each.median for each in series}
    return Row(
        id="P6",
        title="gas for one evidence in the deployed contract",
        series=tuple(series),
        targets=(
            *(
                Target(
                    f"gas for one evidence in a batch of {batch:,}",
                    "at most",
                    wanted,
                    by_name[f"ours: anchored in batches of {batch:,}"],
                    "gas",
                )
                for batch, wanted in _TARGETS.items()
            ),
            *(_cheaper(by_name, kind) for kind in ("timestamp", "attest")),
        ),
        missing=tuple(missing),
        notes=("Deploying is not counted; a revocation is a transaction of its own.",),
        circumstances={"compiler": evidence_anchor().compiler}
        | ({} if missing else installing.node_version(_EAS)),
    )


def _cheaper(by_name: dict[str, float], kind: str) -> Target:
    theirs = by_name.get(f"EAS {kind} of each")
    ours = by_name["ours: anchored in batches of 1,000"]
    wanted = {"timestamp": 900.0, "attest": 3_600.0}[kind]
    measured = None if theirs is None else theirs / ours
    return Target(f"times cheaper than EAS {kind}, batch of 1,000", "at least", wanted, measured)


def _anchor(ours: Deployed, batch: int, round_: int) -> int:
    leaves = (sha256(f"{round_} {batch} {index}".encode()).digest() for index in range(batch))
    root = Tree(list(leaves)).root
    data = ours.encode("anchor(bytes32,uint64)", root, batch)
    return _gas(ours.send(ours.anchorer, data))


def _eas(node: Node, sender: str, rounds: int) -> list[Series]:
    folder = installing.module(_EAS) / "artifacts" / "contracts"

    def contract(name: str, arguments: bytes = b"") -> str:
        artefact = json.loads((folder / f"{name}.sol" / f"{name}.json").read_text("utf-8"))
        code = bytes.fromhex(artefact["bytecode"].removeprefix("0x"))
        address: str = node.send(sender, code + arguments)["contractAddress"]
        return address

    registry = contract("SchemaRegistry")
    service = contract("EAS", encode(["address"], [registry]))
    description = encode(["string", "address", "bool"], ["bytes32 root", _NOBODY, True])
    registered = node.send(
        sender, _selector("register(string,address,bool)") + description, registry
    )
    _gas(registered)
    schema = bytes.fromhex(registered["logs"][0]["topics"][1].removeprefix("0x"))
    stamped, attested = [], []
    for round_ in range(rounds):
        digest = sha256(f"eas {round_}".encode()).digest()
        stamp = _selector("timestamp(bytes32)") + digest
        stamped.append(float(_gas(node.send(sender, stamp, service))))
        request = (schema, (_NOBODY, 0, True, bytes(32), digest, 0))
        attest = _selector(f"attest({_ATTEST})") + encode([_ATTEST], [request])
        attested.append(float(_gas(node.send(sender, attest, service))))
    return [
        Series("EAS timestamp of each", "gas", tuple(stamped)),
        Series("EAS attest of each", "gas", tuple(attested)),
    ]


def _gas(receipt: dict[str, object]) -> int:
    assert receipt["status"] == "0x1", receipt
    return int(str(receipt["gasUsed"]), 16)


def _selector(signature: str) -> bytes:
    return keccak256(signature.encode())[:4]

"""The committed artefact is what the source compiles to, and a damaged one is refused."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chain.artefact import EVIDENCE_ANCHOR, evidence_anchor, load
from chain.keccak import keccak256
from core.errors import Misconfigured

from .tools import CONTRACTS, report, tool

pytestmark = pytest.mark.contracts


@pytest.fixture
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(EVIDENCE_ANCHOR.read_bytes())
    return loaded


class TestCommitted:
    def test_it_is_byte_for_byte_what_the_source_compiles_to(self, tmp_path: Path) -> None:
        tool("forge")
        rebuilt = tmp_path / "rebuilt.json"
        done = subprocess.run(
            [sys.executable, CONTRACTS / "build.py", "--output", rebuilt],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, report(done)
        assert rebuilt.read_bytes() == EVIDENCE_ANCHOR.read_bytes()

    def test_its_code_hash_is_that_of_its_runtime_code(self) -> None:
        artefact = evidence_anchor()
        assert artefact.runtime_code_hash == keccak256(artefact.runtime_bytecode)

    def test_its_selectors_and_topics_are_the_hashes_of_their_signatures(self) -> None:
        artefact = evidence_anchor()
        for signature, selector in artefact.selectors.items():
            assert selector == keccak256(signature.encode())[:4], signature
        for signature, topic in artefact.topics.items():
            assert topic == keccak256(signature.encode()), signature

    def test_its_deployment_code_ends_with_its_runtime_code(self) -> None:
        artefact = evidence_anchor()
        assert artefact.bytecode.endswith(artefact.runtime_bytecode)

    def test_it_has_the_functions_errors_and_events_the_product_speaks(self) -> None:
        artefact = evidence_anchor()
        assert {
            "anchor(bytes32,uint64)",
            "anchorOf(bytes32)",
            "revoke(bytes32,uint8)",
            "revocationOf(bytes32)",
            "isIssued(bytes32)",
            "isRevoked(bytes32)",
            "AlreadyAnchored(bytes32,uint64)",
            "AlreadyRevoked(bytes32,uint64)",
            "EmptyTree(bytes32)",
            "MissingReason()",
            "ZeroRoot()",
        } <= artefact.selectors.keys()
        assert {
            "RootAnchored(bytes32,address,uint64)",
            "LeafRevoked(bytes32,address,uint8)",
        } <= artefact.topics.keys()

    def test_nothing_in_it_takes_money_or_unknown_calls(self) -> None:
        abi = evidence_anchor().abi
        assert not [entry for entry in abi if entry["type"] in {"fallback", "receive"}]
        assert not [entry for entry in abi if entry.get("stateMutability") == "payable"]

    def test_only_these_functions_can_change_anything(self) -> None:
        changing = {
            entry["name"]
            for entry in evidence_anchor().abi
            if entry["type"] == "function" and entry["stateMutability"] == "nonpayable"
        }
        assert changing == {
            "anchor",
            "revoke",
            "grantRole",
            "revokeRole",
            "renounceRole",
            "beginDefaultAdminTransfer",
            "acceptDefaultAdminTransfer",
            "cancelDefaultAdminTransfer",
            "changeDefaultAdminDelay",
            "rollbackDefaultAdminDelay",
        }

    def test_its_code_runs_on_chains_that_lack_push0(self, document: dict[str, Any]) -> None:
        assert document["settings"]["evmVersion"] == "paris"
        assert document["settings"]["metadata"] == {"appendCBOR": False, "bytecodeHash": "none"}


class TestDamaged:
    def test_a_missing_file_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(Misconfigured, match=r"gone\.json cannot be read"):
            load(tmp_path / "gone.json")

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"{}", b"\xff\xfe"])
    def test_what_is_no_artefact_is_refused(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "broken.json"
        path.write_bytes(content)
        with pytest.raises(Misconfigured, match=r"broken\.json is damaged"):
            load(path)

    @pytest.mark.parametrize(
        ("member", "value"),
        [
            ("abi", [{"name": "anchor"}]),
            ("abi", ["anchor"]),
            ("bytecode", "0x"),
            ("bytecode", "6080"),
            ("bytecode", "0x60__$library$__"),
            ("compiler", "solc"),
            ("contract", ""),
            ("deployedBytecode", None),
            ("runtime_code_hash", "0x00"),
            ("selectors", {"anchor(bytes32,uint64)": "0x00"}),
            ("topics", []),
        ],
    )
    def test_a_wrong_member_is_refused(
        self, tmp_path: Path, document: dict[str, Any], member: str, value: object
    ) -> None:
        path = tmp_path / "wrong.json"
        path.write_text(json.dumps({**document, member: value}), encoding="utf-8")
        with pytest.raises(Misconfigured, match=r"wrong\.json is damaged"):
            load(path)

    @pytest.mark.parametrize(
        "member",
        ["abi", "bytecode", "compiler", "contract", "deployedBytecode", "runtime_code_hash"],
    )
    def test_an_absent_member_is_refused(
        self, tmp_path: Path, document: dict[str, Any], member: str
    ) -> None:
        path = tmp_path / "short.json"
        del document[member]
        path.write_text(json.dumps(document), encoding="utf-8")
        with pytest.raises(Misconfigured, match=member):
            load(path)

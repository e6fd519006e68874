import json
from typing import Any

import pytest

from certs import trust
from core.errors import InvalidInput
from tests.certs import told

GOOD: dict[str, Any] = json.loads(told.read("trust/home.json"))
CHAIN = GOOD["chains"][0]


def _encoded(**changed: Any) -> bytes:
    return told.edited(told.read("trust/home.json"), **changed)


def _chain(**changed: Any) -> bytes:
    return _encoded(chains=[{**CHAIN, **changed}])


def test_what_is_written_reads_back() -> None:
    assert told.trusted().encode() == told.read("trust/home.json")
    assert trust.parse(told.trusted().encode()) == told.trusted()


def test_a_chain_is_found_by_id_and_contract_together() -> None:
    known = told.trusted()
    entry = known.chains[0]
    assert known.chain(entry.chain_id, entry.contract) == entry
    assert known.chain(entry.chain_id + 1, entry.contract) is None
    assert known.chain(entry.chain_id, bytes(20)) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        _encoded(type="yinji/proof"),
        _encoded(version=2),
        _encoded(version=True),
        _encoded(note=""),
        _encoded(issuer_roots=None),
        _encoded(issuer_roots=["5a" * 31]),
        _encoded(issuer_roots=["5A" * 32]),
        _encoded(issuer_roots=["5a" * 32] * 65),
        _encoded(status_keys=[1]),
        _encoded(chains={}),
        _encoded(chains=[CHAIN] * 65),
        _encoded(chains=[{}]),
        _chain(chain_id=0),
        _chain(chain_id=True),
        _chain(chain_id="1"),
        _chain(confirmations=0),
        _chain(genesis="5a" * 32),
        _chain(genesis="0x" + "5A" * 32),
        _chain(genesis="0x" + "5a " * 32),
        _chain(contract="0x" + "5a" * 32),
        _chain(code_hash=None),
        told.read("trust/home.json") + b"\n",
        json.dumps(GOOD).encode(),
    ],
)
def test_anything_but_a_canonical_trust_file_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        trust.parse(data)

"""Signed calls: what they say, whose they are, and what never shows."""

import pytest
import rlp
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.keccak import keccak256
from chain.signing import (
    Call,
    LocalSigner,
    anchor_data,
    encode_signed,
    read_signed,
    revoke_data,
)
from core.errors import InvalidInput, Misconfigured

KEY = bytes.fromhex("4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318")
SIGNER = LocalSigner(KEY)
CALL = Call(7, 3, bytes.fromhex("c0" * 20), anchor_data(bytes(32), 9), 150_000, 30, 2)


def test_the_address_is_that_of_the_key() -> None:
    assert SIGNER.address.hex() == "2c7536e3605d9c16a7a3d7b1898e529396a65c23"


def test_the_hash_is_that_of_the_bytes() -> None:
    signed = SIGNER.sign(CALL)
    assert signed.hash == keccak256(signed.raw)


@settings(deadline=None)
@given(st.integers(1, 2**53), st.integers(0, 2**40), st.integers(1, 2**60), st.binary(max_size=99))
def test_what_was_signed_is_read_again(chain: int, nonce: int, fee: int, data: bytes) -> None:
    call = Call(chain, nonce, bytes.fromhex("ab" * 20), data, 21_000, fee, fee // 2)
    read = read_signed(SIGNER.sign(call).raw)
    assert (read.call, read.sender) == (call, SIGNER.address)


@pytest.mark.parametrize("raw", [b"", b"\x02", b"\x02\xc0", b"\x01\xc0", b"hello", bytes(200)])
def test_other_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_signed(raw)


def as_node_says(raw: bytes) -> dict[str, object]:
    names = [
        "chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas", "to", "value", "input",
    ]  # fmt: skip
    fields = rlp.decode(raw[1:])
    said: dict[str, object] = {
        name: "0x" + (value.hex() or ("" if name in {"to", "input"} else "0"))
        for name, value in zip(names, fields, strict=False)
    }
    rest = zip(("yParity", "r", "s"), fields[9:], strict=True)
    said.update({name: "0x" + (value.hex() or "0") for name, value in rest})
    return {**said, "accessList": [], "hash": "0x" + keccak256(raw).hex(), "type": "0x2"}


def test_a_nodes_json_gives_the_signed_bytes_back() -> None:
    raw = SIGNER.sign(CALL).raw
    assert encode_signed(as_node_says(raw)) == raw


def test_a_nodes_json_that_was_changed_is_refused() -> None:
    said = as_node_says(SIGNER.sign(CALL).raw)
    with pytest.raises(InvalidInput):
        encode_signed({**said, "nonce": "0x4"})


def test_call_data_is_the_contracts_abi() -> None:
    assert anchor_data(b"\x11" * 32, 5)[4:] == b"\x11" * 32 + bytes(31) + b"\x05"
    assert revoke_data(b"\x22" * 32, 9)[4:] == b"\x22" * 32 + bytes(31) + b"\x09"


def test_a_bad_key_is_refused_without_repeating_it() -> None:
    with pytest.raises(Misconfigured) as refused:
        LocalSigner(b"\xaa" * 31)
    assert "aa" * 4 not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_signer_shows_its_address_and_never_its_key() -> None:
    assert KEY.hex() not in repr(SIGNER)
    assert SIGNER.address.hex() in repr(SIGNER)

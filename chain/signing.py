"""Signed transactions: the calls of our contract, as bytes ready to be sent.

`TransactionSigner` is the seam for keys. `LocalSigner` holds one in memory; its `repr` shows the
address only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chain.keccak import keccak256
from core.errors import InvalidInput, Misconfigured

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

ANCHOR_SELECTOR: Final = keccak256(b"anchor(bytes32,uint64)")[:4]
REVOKE_SELECTOR: Final = keccak256(b"revoke(bytes32,uint8)")[:4]
ANCHORED_TOPIC: Final = keccak256(b"RootAnchored(bytes32,address,uint64)")
REVOKED_TOPIC: Final = keccak256(b"LeafRevoked(bytes32,address,uint8)")
_EIP1559: Final = b"\x02"
_FIELDS: Final = 12
_KEY_BYTES: Final = 32
_ORDER: Final = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
"""Of the group of secp256k1: SEC 2 version 2, 2.4.1."""


@dataclass(frozen=True)
class Call:
    """An unsigned EIP-1559 transaction to our contract. Fees in wei per gas."""

    chain_id: int
    nonce: int
    contract: bytes
    data: bytes
    gas: int
    max_fee: int
    max_priority_fee: int


@dataclass(frozen=True)
class SignedCall:
    raw: bytes
    hash: bytes


@dataclass(frozen=True)
class ReadCall:
    """What signed bytes say, and whose key signed them."""

    call: Call
    sender: bytes
    hash: bytes


class TransactionSigner(Protocol):
    @property
    def address(self) -> bytes: ...

    def sign(self, call: Call) -> SignedCall: ...


class LocalSigner:
    """A secp256k1 key in this process."""

    def __init__(self, key: bytes) -> None:
        number = int.from_bytes(key, "big")
        if len(key) != _KEY_BYTES or not 0 < number < _ORDER:
            raise Misconfigured("链上密钥无效 / the chain key is not usable")
        private = ec.derive_private_key(number, ec.SECP256K1())
        point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        # Yellow paper, appendix F: the last 20 bytes of the Keccak-256 of both coordinates.
        self._address = keccak256(point[1:])[12:]
        self._key = key

    def __repr__(self) -> str:
        return f"LocalSigner(0x{self.address.hex()})"

    @property
    def address(self) -> bytes:
        return self._address

    @cached_property
    def _account(self) -> "LocalAccount":
        from eth_account import Account  # noqa: PLC0415 - half a second; who never signs is spared

        account: LocalAccount = Account.from_key(self._key)
        return account

    def sign(self, call: Call) -> SignedCall:
        signed = self._account.sign_transaction(
            {
                "type": 2,
                "chainId": call.chain_id,
                "nonce": call.nonce,
                "to": call.contract,
                "value": 0,
                "data": call.data,
                "gas": call.gas,
                "maxFeePerGas": call.max_fee,
                "maxPriorityFeePerGas": call.max_priority_fee,
            }
        )
        return SignedCall(bytes(signed.raw_transaction), bytes(signed.hash))


def anchor_data(root: bytes, size: int) -> bytes:
    """ABI encoding of anchor(bytes32,uint64)."""
    return ANCHOR_SELECTOR + root + size.to_bytes(32, "big")


def revoke_data(leaf: bytes, reason: int) -> bytes:
    """ABI encoding of revoke(bytes32,uint8)."""
    return REVOKE_SELECTOR + leaf + reason.to_bytes(32, "big")


def read_signed(raw: bytes) -> ReadCall:
    """Read an EIP-1559 transaction and recover its sender.

    Raises:
        InvalidInput: other bytes.
    """
    import rlp  # noqa: PLC0415 - as below
    from eth_account import Account  # noqa: PLC0415 - see LocalSigner

    try:
        fields = rlp.decode(raw[1:])
        if raw[:1] != _EIP1559 or not isinstance(fields, list) or len(fields) != _FIELDS:
            raise InvalidInput("不是 EIP-1559 交易 / not an EIP-1559 transaction")
        numbers = [int.from_bytes(fields[place], "big") for place in range(5)]
        sender = bytes.fromhex(Account.recover_transaction(raw)[2:])
        contract, data = bytes(fields[5]), bytes(fields[7])
    except (rlp.exceptions.RLPException, TypeError, ValueError) as error:
        raise InvalidInput("交易无法读取 / the transaction cannot be read") from error
    chain_id, nonce, priority, max_fee, gas = numbers
    call = Call(chain_id, nonce, contract, data, gas, max_fee, priority)
    return ReadCall(call, sender, keccak256(raw))


def encode_signed(transaction: Mapping[str, Any]) -> bytes:
    """The signed bytes of a transaction in a node's JSON, checked against its hash.

    Raises:
        InvalidInput: the fields do not hash to what the node calls the transaction's hash.
    """

    def number(name: str) -> bytes:
        value = int(transaction[name], 16)
        return value.to_bytes((value.bit_length() + 7) // 8, "big")

    def data(name: str) -> bytes:
        return bytes.fromhex(str(transaction[name] or "0x").removeprefix("0x"))

    import rlp  # noqa: PLC0415 - brings eth_utils along

    parity = "yParity" if "yParity" in transaction else "v"
    access = [
        [bytes.fromhex(entry["address"][2:]), [bytes.fromhex(k[2:]) for k in entry["storageKeys"]]]
        for entry in transaction.get("accessList") or []
    ]
    raw: bytes = _EIP1559 + rlp.encode(
        [
            number("chainId"), number("nonce"), number("maxPriorityFeePerGas"),
            number("maxFeePerGas"), number("gas"), data("to"), number("value"), data("input"),
            access, number(parity), number("r"), number("s"),
        ]
    )  # fmt: skip
    if keccak256(raw) != data("hash"):
        raise InvalidInput("交易与其哈希不符 / the transaction does not hash to its hash")
    return raw

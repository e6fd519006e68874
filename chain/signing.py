"""Signed transactions: the calls of our contract, as bytes ready to be sent.

`TransactionSigner` is the seam for keys. `LocalSigner` holds one in memory; its `repr` shows the
address only.
"""

from dataclasses import dataclass
from typing import Final, Protocol

from eth_account import Account
from eth_account.signers.local import LocalAccount

from chain.keccak import keccak256
from core.errors import Misconfigured

ANCHOR_SELECTOR: Final = keccak256(b"anchor(bytes32,uint64)")[:4]
REVOKE_SELECTOR: Final = keccak256(b"revoke(bytes32,uint8)")[:4]


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


class TransactionSigner(Protocol):
    @property
    def address(self) -> bytes: ...

    def sign(self, call: Call) -> SignedCall: ...


class LocalSigner:
    """A secp256k1 key in this process."""

    def __init__(self, key: bytes) -> None:
        try:
            self._account: LocalAccount = Account.from_key(key)
        except (ValueError, TypeError):
            # The library's own message may hold key bytes.
            raise Misconfigured("链上密钥无效 / the chain key is not usable") from None

    def __repr__(self) -> str:
        return f"LocalSigner(0x{self.address.hex()})"

    @property
    def address(self) -> bytes:
        return bytes.fromhex(self._account.address[2:])

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

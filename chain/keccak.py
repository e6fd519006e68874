"""Keccak-256 as Ethereum uses it (the original padding, not SHA3-256)."""

from Crypto.Hash import keccak


def keccak256(data: bytes) -> bytes:
    """32 bytes."""
    digest: bytes = keccak.new(digest_bits=256, data=data).digest()
    return digest

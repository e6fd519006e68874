import pytest
from Crypto.Hash import keccak

from chain.keccak import keccak256, plain_keccak256


@pytest.mark.parametrize(
    ("data", "digest"),
    [
        (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        (
            b"Transfer(address,address,uint256)",
            "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef",
        ),
    ],
)
def test_known_digests_come_out(data: bytes, digest: str) -> None:
    assert keccak256(data).hex() == plain_keccak256(data).hex() == digest


@pytest.mark.parametrize("length", [*range(270), 1000, 4095, 4096, 4097])
def test_both_implementations_agree_at_every_length_around_a_block(length: int) -> None:
    data = bytes(place * 7 % 256 for place in range(length))
    assert plain_keccak256(data) == keccak.new(digest_bits=256, data=data).digest()

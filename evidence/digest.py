"""Digests of files: SHA-256, and SM3 beside it (GB/T 32905), from one pass over the bytes."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives import hashes

from core.errors import InvalidInput

CHUNK: Final = 1024 * 1024
"""Bytes read at once; larger chunks gained nothing when measured."""

_HEX_32 = re.compile(r"^[0-9a-f]{64}$")


@dataclass(frozen=True)
class FileDigest:
    """What is known of one file's bytes. `size` in bytes; digests as 64 lower-case hex digits.

    `sm3` is None only when a depositor declared a file we never saw and gave no SM3.
    """

    size: int
    sha256: str
    sm3: str | None


def digest_chunks(chunks: Iterable[bytes]) -> FileDigest:
    """Digest a byte stream; memory stays flat."""
    sha256, sm3, size = hashlib.sha256(), hashes.Hash(hashes.SM3()), 0
    for chunk in chunks:
        sha256.update(chunk)
        sm3.update(chunk)
        size += len(chunk)
    return FileDigest(size, sha256.hexdigest(), sm3.finalize().hex())


def require_hex32(text: object, field: str) -> str:
    """Return `text` if it is 32 bytes in lower-case hex, else raise InvalidInput naming `field`."""
    if not isinstance(text, str) or not _HEX_32.fullmatch(text):
        raise InvalidInput(
            f"{field} 须为 64 位小写十六进制 / must be 64 lower-case hex digits", field=field
        )
    return text

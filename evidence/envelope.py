"""An object sealed: what lies in the store where its plain bytes must not.

    offset  bytes
         0      8  `YINJIOB1`
         8      8  size of the content (big-endian, as all numbers here)
        16      2  length n of the sealed data key
        18      n  a data key of this object alone, sealed by the keyring (`core.sealed`): it names
                   the key it is under, and is bound to the SHA-256 of the content
                   zeros up to 256
       256         the content in pieces of 64 KiB, the last one as long as what is left, each
                   sealed with AES-256-GCM under the data key, and its tag of 16 bytes after it

The nonce of a piece is its place (11 bytes) and a byte that is 1 for the last one and 0 for others:
the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár, CRYPTO 2015), as in age v1. The
SHA-256 of the content is authenticated with each. So a piece that is left out, moved, or of another
object does not open, and any range can be read without the rest.
"""

import io
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.sealed import KEY_BYTES, Content, DoesNotOpen, Keyring, Sealed

HEAD: Final = 256
PIECE: Final = 64 * 1024
_MAGIC: Final = b"YINJIOB1"
_FIXED: Final = 18
_TAG: Final = 16
_ON_DISK: Final = PIECE + _TAG


@dataclass(frozen=True)
class Envelope:
    """What opens one object, piece by piece."""

    content: Content
    size: int
    key: bytes = field(repr=False)

    @property
    def pieces(self) -> int:
        """How many there are: at least one, which may be empty."""
        return max(1, -(-self.size // PIECE))

    @property
    def length(self) -> int:
        """Of the whole sealed object, in bytes."""
        return HEAD + self.size + self.pieces * _TAG

    def seal(self, place: int, data: bytes) -> bytes:
        return AESGCM(self.key).encrypt(self._nonce(place), data, self.content.bound())

    def open(self, place: int, data: bytes) -> bytes:
        """Raises DoesNotOpen: altered, cut short, or of another place or object."""
        try:
            found = AESGCM(self.key).decrypt(self._nonce(place), data, self.content.bound())
        except (InvalidTag, ValueError) as error:
            raise DoesNotOpen("加密的对象已变更 / the sealed object was altered") from error
        if len(found) != min(PIECE, self.size - place * PIECE):
            raise DoesNotOpen("加密的对象不完整 / the sealed object is cut short")
        return found

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where on the disk the pieces lie in which these bytes of the content are."""
        first, last = start // PIECE, max(start, end - 1) // PIECE
        return HEAD + first * _ON_DISK, min(self.length, HEAD + (last + 1) * _ON_DISK)

    def _nonce(self, place: int) -> bytes:
        return place.to_bytes(11, "big") + bytes([place == self.pieces - 1])


def seal(ring: Keyring, sha256: str, size: int, source: BinaryIO) -> Iterator[bytes]:
    """The sealed object, in pieces, of a source with this digest and size."""
    envelope = Envelope(Content(sha256), size, os.urandom(KEY_BYTES))
    key = ring.seal(envelope.key, envelope.content).raw
    head = _MAGIC + size.to_bytes(8, "big") + len(key).to_bytes(2, "big") + key
    yield head.ljust(HEAD, b"\0")
    for place in range(envelope.pieces):
        yield envelope.seal(place, source.read(PIECE))


def key_id(head: bytes) -> str:
    """Under which key the object is that begins like this. Raises DoesNotOpen: no such head."""
    return _sealed_key(head).key_id


def rewrapped(ring: Keyring, head: bytes) -> bytes:
    """The same head, its data key under the ring's current key. Raises as `read_head`."""
    key = ring.rewrap(_sealed_key(head)).raw
    return (head[:16] + len(key).to_bytes(2, "big") + key).ljust(HEAD, b"\0")


def read_head(ring: Keyring, sha256: str, head: bytes) -> Envelope:
    """What opens the object that begins like this.

    Raises:
        DoesNotOpen: no such head, or of another object.
        KeyMissing: its key is not on the ring.
    """
    key, content = _sealed_key(head), Content(sha256)
    return Envelope(content, int.from_bytes(head[8:16], "big"), ring.open(key, content))


def _sealed_key(head: bytes) -> Sealed:
    length = int.from_bytes(head[16:_FIXED], "big")
    key, rest = head[_FIXED : _FIXED + length], head[_FIXED + length :]
    if len(head) != HEAD or not head.startswith(_MAGIC) or len(key) != length or any(rest):
        raise DoesNotOpen("不是加密的对象 / not a sealed object of a known form")
    return Sealed(key)


def opened(ring: Keyring, sha256: str, source: BinaryIO) -> BinaryIO:
    """The content, to be read from anywhere; closing it closes the source.

    Raises:
        As `read_head`, and DoesNotOpen when it is longer or shorter than it says.
    """
    envelope = read_head(ring, sha256, source.read(HEAD))
    if source.seek(0, os.SEEK_END) != envelope.length:
        raise DoesNotOpen("加密的对象不完整 / the sealed object is cut short, or too long")
    return io.BufferedReader(_Opened(envelope, source), PIECE)


def between(envelope: Envelope, sealed: Iterable[bytes], start: int, end: int) -> Iterator[bytes]:
    """Bytes `start` up to `end` of the content, from the bytes of `Envelope.span`."""
    end = min(end, envelope.size)
    place, waiting = start // PIECE, bytearray()
    for data in sealed:
        waiting += data
        while len(waiting) >= _ON_DISK:
            yield _part(envelope, place, bytes(waiting[:_ON_DISK]), start, end)
            del waiting[:_ON_DISK]
            place += 1
    if waiting or place * PIECE < end:
        yield _part(envelope, place, bytes(waiting), start, end)
        place += 1
    if place * PIECE < end:
        raise DoesNotOpen("加密的对象不完整 / the sealed object is cut short")


def _part(envelope: Envelope, place: int, data: bytes, start: int, end: int) -> bytes:
    base = place * PIECE
    return envelope.open(place, data)[max(0, start - base) : end - base]


class _Opened(io.RawIOBase):
    """Reads one piece at a time, and keeps the last."""

    def __init__(self, envelope: Envelope, source: BinaryIO) -> None:
        self._envelope, self._source = envelope, source
        self._at, self._place, self._piece = 0, -1, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._envelope.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any writable buffer
        if self._at >= self._envelope.size:
            self._check_empty()
            return 0
        place, skip = divmod(self._at, PIECE)
        found = self._read(place)[skip : skip + len(buffer)]
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)

    def _check_empty(self) -> None:
        if self._envelope.size == 0:
            self._read(0)

    def _read(self, place: int) -> bytes:
        if place != self._place:
            self._source.seek(HEAD + place * _ON_DISK)
            self._piece = self._envelope.open(place, self._source.read(_ON_DISK))
            self._place = place
        return self._piece

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()

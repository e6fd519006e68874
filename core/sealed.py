"""Envelope encryption for columns that hold identity, and blind indexes to find them again.

A sealed value is `0x01 ‖ length of the key id ‖ key id ‖ wrapped data key ‖ nonce ‖ ciphertext`:
a data key of its own, wrapped under a key-encryption key (RFC 3394, 40 bytes), encrypts the value
with AES-256-GCM (NIST SP 800-38D; 96-bit nonce). Table, column and row are authenticated with it,
so that a value moved to another row or column does not open. Rotation wraps the data key anew and
leaves the ciphertext as it is.

A blind index is HMAC-SHA-256 under a key of its own: equal inputs are found, and the small space
of identity numbers cannot be tried without that key.
"""

import hashlib
import hmac
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from sqlalchemy import Dialect, LargeBinary, TypeDecorator

from core.errors import InvalidInput, Misconfigured, VerificationFailed

KEY_BYTES: Final = 32
_VERSION: Final = 1
_WRAPPED: Final = 40
_NONCE: Final = 12
_TAG: Final = 16
_MOST_ID: Final = 32


class DoesNotOpen(VerificationFailed):
    """The value was altered, or does not belong to this row and column."""

    code = "sealed-does-not-open"


class KeyMissing(Misconfigured):
    """Nothing is wrong with the value: the key that it was sealed under is not there."""

    code = "sealing-key-missing"

    def __init__(self, key_id: str) -> None:
        name = f"sealing/{key_id if key_id.isalnum() else '?'}.key"
        super().__init__(
            f"加密密钥 {name} 不在,请放回 YINJI_KEYS 后重试 / "
            f"sealed under the key {name}, which is not there: put it back into YINJI_KEYS",
            field=name,
        )


class Bound(Protocol):
    """Where a sealed value belongs."""

    def bound(self) -> bytes:
        """What is authenticated with the value."""


@dataclass(frozen=True)
class Content:
    """Bytes with this SHA-256 (64 hex digits): what is sealed for them opens nothing else."""

    sha256: str

    def bound(self) -> bytes:
        return b"yinji/sealed-content/1\x00" + bytes.fromhex(self.sha256)


@dataclass(frozen=True)
class Place:
    """Where a value belongs. The row's id is known before the row is written."""

    table: str
    column: str
    row: uuid.UUID

    def bound(self) -> bytes:
        """What is authenticated with the value."""
        return b"\x00".join(
            (b"yinji/sealed/1", self.table.encode(), self.column.encode(), self.row.bytes)
        )


@dataclass(frozen=True, repr=False)
class Sealed:
    """An encrypted value as it stands in a column. Only a `Keyring` opens it."""

    raw: bytes

    def __repr__(self) -> str:
        return "Sealed(…)"

    @property
    def key_id(self) -> str:
        """Under which key-encryption key the data key is wrapped."""
        return self._split()[0]

    def _split(self) -> tuple[str, bytes, bytes, bytes]:
        raw = self.raw
        if len(raw) < 2 or raw[0] != _VERSION or not 1 <= raw[1] <= _MOST_ID:  # noqa: PLR2004
            raise DoesNotOpen("密文格式有误 / not a sealed value of a known version")
        start = 2 + raw[1]
        if len(raw) < start + _WRAPPED + _NONCE + _TAG:
            raise DoesNotOpen("密文不完整 / the sealed value is cut short")
        try:
            key_id = raw[2:start].decode("ascii")
        except UnicodeDecodeError as error:
            raise DoesNotOpen("密文格式有误 / not a sealed value of a known version") from error
        wrapped, rest = raw[start : start + _WRAPPED], raw[start + _WRAPPED :]
        return key_id, wrapped, rest[:_NONCE], rest[_NONCE:]


@dataclass(frozen=True)
class Keyring:
    """Key-encryption keys by id, the one that seals, and the key of blind indexes.

    Raises:
        Misconfigured: a key of another length, an unusable id, or no current key.
    """

    keys: Mapping[str, bytes] = field(repr=False)
    current: str
    index_key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        for name in self.keys:
            if not (name.isascii() and name.isalnum() and len(name) <= _MOST_ID):
                raise Misconfigured("密钥编号须为字母或数字 / a key id is letters and digits")
        if self.current not in self.keys:
            raise Misconfigured("缺少当前加密密钥 / the current sealing key is missing")
        if any(len(key) != KEY_BYTES for key in (*self.keys.values(), self.index_key)):
            raise Misconfigured("加密密钥须为 32 字节 / sealing keys have 32 bytes")
        if self.index_key in self.keys.values():
            raise Misconfigured("索引密钥须另设 / the index key must be a key of its own")

    def seal(self, value: bytes, place: Bound) -> Sealed:
        """Encrypt under a new data key, bound to its place."""
        data_key, nonce = os.urandom(KEY_BYTES), os.urandom(_NONCE)
        body = AESGCM(data_key).encrypt(nonce, value, place.bound())
        return self._pack(data_key, nonce + body)

    def seal_text(self, text: str, place: Place) -> Sealed:
        return self.seal(text.encode(), place)

    def open(self, sealed: Sealed, place: Bound) -> bytes:
        """The value.

        Raises:
            DoesNotOpen: altered, or of another row or column.
            KeyMissing: its key is not on the ring.
        """
        data_key, nonce, body = self._data_key(sealed)
        try:
            return AESGCM(data_key).decrypt(nonce, body, place.bound())
        except InvalidTag as error:
            raise DoesNotOpen(
                "密文已变更或不属于此行 / altered, or of another row or column"
            ) from error

    def open_text(self, sealed: Sealed, place: Place) -> str:
        return self.open(sealed, place).decode()

    def rewrap(self, sealed: Sealed) -> Sealed:
        """The same ciphertext, its data key under the current key; unchanged when it is already."""
        if sealed.key_id == self.current:
            return sealed
        data_key, nonce, body = self._data_key(sealed)
        return self._pack(data_key, nonce + body)

    def blind_index(self, domain: str, value: str) -> bytes:
        """32 bytes, the same for the same value in the same domain (`identity`, `mobile` …).

        Raises:
            InvalidInput: an empty value, which would make all empty ones the same person.
        """
        if not value:
            raise InvalidInput("值不能为空 / must not be empty", field=domain)
        message = b"yinji/blind-index/1\x00" + domain.encode() + b"\x00" + value.encode()
        return hmac.new(self.index_key, message, hashlib.sha256).digest()

    def _pack(self, data_key: bytes, rest: bytes) -> Sealed:
        name = self.current.encode("ascii")
        wrapped = aes_key_wrap(self.keys[self.current], data_key)
        return Sealed(bytes((_VERSION, len(name))) + name + wrapped + rest)

    def _data_key(self, sealed: Sealed) -> tuple[bytes, bytes, bytes]:
        key_id, wrapped, nonce, body = sealed._split()  # noqa: SLF001 - one format, two classes
        if key_id not in self.keys:
            raise KeyMissing(key_id)
        try:
            return aes_key_unwrap(self.keys[key_id], wrapped), nonce, body
        except InvalidUnwrap as error:
            raise DoesNotOpen(
                f"数据密钥解不开:密文已变更,或 sealing/{key_id}.key 不是原来的密钥 / its data key "
                f"does not unwrap: it was altered, or sealing/{key_id}.key is another key than then"
            ) from error


class SealedColumn(TypeDecorator[Sealed]):
    """bytea that takes and gives `Sealed` only: plain text cannot be written by mistake."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Sealed | None, dialect: Dialect) -> bytes | None:
        _ = dialect
        if value is not None and not isinstance(value, Sealed):
            raise InvalidInput("此列只存密文 / this column holds sealed values only")
        return None if value is None else value.raw

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Sealed | None:
        _ = dialect
        return None if value is None else Sealed(bytes(value))

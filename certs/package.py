"""The package: a ZIP with all a verifier needs, in one fixed shape.

Members are stored or deflated, in the order of `ORDER`; every other byte of the file follows from
their names, sizes and contents. `read` refuses anything else, so two ZIP readers cannot see
different members and nothing can hide between them. `docs/verification.md` §10 is normative.
"""

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from certs import documents
from core.errors import InvalidInput, TooLarge

CERTIFICATE: Final = "certificate.pdf"
STATUS: Final = documents.STATUS
README: Final = "README.txt"
TRUST: Final = "trust/"
REQUIRED: Final = (
    CERTIFICATE,
    documents.STATEMENT,
    documents.TOKEN,
    documents.PROOF,
    documents.BLOCK,
    documents.DISCLOSURES,
    documents.CUSTODY,
    STATUS,
    README,
)
PEMS: Final = ("trust/issuer-root.pem", "trust/tsa-root.pem")
ORDER: Final = (*REQUIRED, *PEMS)
MAX_PACKAGE: Final = 32 * 1024 * 1024
MAX_MEMBER: Final = 16 * 1024 * 1024
_STORED, _DEFLATED = 0, 8
_VERSION: Final = 20
_UNIX: Final = 3 << 8
_FILE_MODE: Final = 0o644 << 16
# 1980-01-01 00:00:00 as ZIP writes it: no member tells a time.
_NO_TIME, _FIRST_DAY = 0, 0x21
# PKWARE APPNOTE 4.3.7, 4.3.12 and 4.3.16.
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_DIRECTORY: Final = struct.Struct("<4s6H3L5H2L")
_END: Final = struct.Struct("<4s4H2LH")
_LOCAL_MAGIC, _DIRECTORY_MAGIC, _END_MAGIC = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


@dataclass(frozen=True, slots=True)
class _Member:
    """What the directory says of one member; sizes in bytes, `at` where its header begins."""

    name: str
    method: int
    crc: int
    packed: int
    size: int
    at: int

    def local(self) -> bytes:
        """The header before the data, in its one spelling."""
        name = self.name.encode("ascii")
        fields = (0, self.method, _NO_TIME, _FIRST_DAY, self.crc, self.packed, self.size)
        return _LOCAL.pack(_LOCAL_MAGIC, _VERSION, *fields, len(name), 0) + name

    def listed(self) -> bytes:
        """The directory entry, in its one spelling."""
        name = self.name.encode("ascii")
        fields = (0, self.method, _NO_TIME, _FIRST_DAY, self.crc, self.packed, self.size)
        versions = (_UNIX | _VERSION, _VERSION)
        rest = (len(name), 0, 0, 0, 0, _FILE_MODE, self.at)
        return _DIRECTORY.pack(_DIRECTORY_MAGIC, *versions, *fields, *rest) + name


def build(members: Mapping[str, bytes]) -> bytes:
    """The package's bytes; equal members give equal bytes with one zlib."""
    if set(members) != set(ORDER):
        raise InvalidInput("证据包成员不全或多余 / members missing or unknown", field="package")
    out, listed = bytearray(), bytearray()
    for name in ORDER:
        data = members[name]
        packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed = packer.compress(data) + packer.flush()
        member = _Member(name, _DEFLATED, zlib.crc32(data), len(packed), len(data), len(out))
        out += member.local() + packed
        listed += member.listed()
    return bytes(out + listed + _end(len(listed), len(out)))


def read(data: bytes) -> dict[str, bytes]:
    """The members of a presented package.

    Raises:
        InvalidInput: not of this shape to the byte: unknown, missing, duplicate or hidden
            members, bytes before, between or after them, other flags, times or attributes,
            a wrong CRC-32, or sizes beyond the limits.
    """
    if len(data) > MAX_PACKAGE:
        raise TooLarge(
            f"证据包过大 / the package is larger than {MAX_PACKAGE} bytes", field="package"
        )
    listed = _directory(data)
    found: dict[str, bytes] = {}
    at = 0
    for member in listed:
        header = member.local()
        start = at + len(header)
        if member.at != at or data[at:start] != header:
            raise _altered(f"{member.name}: 两处描述不一致 / its two headers disagree")
        at = start + member.packed
        found[member.name] = _unpacked(member, data[start:at])
    if data[at:] != _tail(listed, at):
        raise _altered("成员之外有多余字节 / bytes beside the members")
    return found


def _directory(data: bytes) -> list[_Member]:
    """The entries of the directory, whose place the end record tells."""
    if len(data) < _END.size or data[-_END.size :][:4] != _END_MAGIC:
        raise _altered("不完整或末尾有多余字节 / cut short, or something follows its end")
    *_, size, at, _comment = _END.unpack(data[-_END.size :])
    if at + size + _END.size != len(data):
        raise _altered("不完整或末尾有多余字节 / cut short, or something follows its end")
    found: list[_Member] = []
    end = at + size
    for name in ORDER:
        after = at + _DIRECTORY.size + len(name)
        if after > end or data[at + _DIRECTORY.size : after] != name.encode("ascii"):
            raise _altered("成员有误 / members missing, unknown, double or disordered")
        fields = _DIRECTORY.unpack_from(data, at)
        member = _Member(name, fields[4], fields[7], fields[8], fields[9], fields[16])
        if data[at:after] != member.listed() or member.method not in {_STORED, _DEFLATED}:
            raise _altered(f"{name}: 描述有误 / its directory entry is not of our kind")
        if member.size > MAX_MEMBER:
            raise TooLarge(f"证据包成员过大 / a member is too large: {name}", field="package")
        found.append(member)
        at = after
    if at != end:
        raise _altered("成员有误 / members missing, unknown, double or disordered")
    return found


def _unpacked(member: _Member, packed: bytes) -> bytes:
    if member.method == _STORED:
        data, whole = packed, True
    else:
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            data = unpacker.decompress(packed, member.size + 1)
        except zlib.error as error:
            raise _altered(f"{member.name}: 数据损坏 / its data are damaged") from error
        whole = unpacker.eof and not unpacker.unused_data
    right_length = len(data) == member.size and len(packed) == member.packed
    if not whole or not right_length or zlib.crc32(data) != member.crc:
        raise _altered(f"{member.name}: 数据损坏 / its data are damaged")
    return data


def _tail(members: Sequence[_Member], at: int) -> bytes:
    listed = b"".join(member.listed() for member in members)
    return listed + _end(len(listed), at)


def _end(size: int, at: int) -> bytes:
    return _END.pack(_END_MAGIC, 0, 0, len(ORDER), len(ORDER), size, at, 0)


def _altered(what: str) -> InvalidInput:
    return InvalidInput(f"证据包损坏或被改动 / damaged or altered package: {what}", field="package")

"""The package: a ZIP with all a verifier needs, in one fixed shape.

Members are stored uncompressed or deflated, in the order of `ORDER`, with fixed dates; reading
refuses what two ZIP readers could see differently. `docs/verification.md` §10 is normative.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Final

from certs import documents
from core.errors import InvalidInput, TooLarge

CERTIFICATE: Final = "certificate.pdf"
STATUS: Final = "status.json"
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
_DATE: Final = (1980, 1, 1, 0, 0, 0)
_END_RECORD: Final = struct.Struct("<4s4H2LH")
_END_MAGIC: Final = b"PK\x05\x06"
_LOCAL_MAGIC: Final = b"PK\x03\x04"


def build(members: Mapping[str, bytes]) -> bytes:
    """The package's bytes; equal members give equal bytes."""
    if set(members) != set(ORDER):
        raise InvalidInput("证据包成员不全或多余 / members missing or unknown", field="package")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ORDER:
            info = zipfile.ZipInfo(name, _DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, members[name])
    return out.getvalue()


def read(data: bytes) -> dict[str, bytes]:
    """The members of a presented package.

    Raises:
        InvalidInput: not a ZIP of this shape: unknown, missing, duplicate or hidden members,
            bytes before, between or after them, encryption, or sizes beyond the limits.
    """
    if len(data) > MAX_PACKAGE:
        raise TooLarge(
            f"证据包过大 / the package is larger than {MAX_PACKAGE} bytes", field="package"
        )
    _check_end(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            _check_layout(data, infos)
            return {info.filename: archive.read(info) for info in infos}
    except (zipfile.BadZipFile, zlib.error, ValueError, struct.error, NotImplementedError,
            OSError, EOFError, RuntimeError) as error:  # fmt: skip
        raise InvalidInput(
            "证据包已损坏或不完整 / the package is damaged or truncated", field="package"
        ) from error


def _check_end(data: bytes) -> None:
    """One end record, at the very end, without a comment: no second directory can hide."""
    if len(data) < _END_RECORD.size or data.count(_END_MAGIC) != 1:
        raise InvalidInput("不是证据包,或已被改动 / not a package, or altered", field="package")
    magic, disk, start_disk, here, total, size, offset, comment = _END_RECORD.unpack(
        data[-_END_RECORD.size :]
    )
    exact = offset + size + _END_RECORD.size == len(data)
    if magic != _END_MAGIC or disk or start_disk or here != total or comment or not exact:
        raise InvalidInput("不是证据包,或已被改动 / not a package, or altered", field="package")


def _check_layout(data: bytes, infos: list[zipfile.ZipInfo]) -> None:
    names = [info.filename for info in infos]
    if tuple(names) != ORDER:
        raise InvalidInput(
            "证据包成员缺失、多余、重复或乱序 / members missing, unknown, double or disordered",
            field="package",
        )
    expected = 0
    for info in infos:
        local = data[info.header_offset : info.header_offset + 30]
        if info.header_offset != expected or local[:4] != _LOCAL_MAGIC:
            raise InvalidInput("证据包成员之间有多余字节 / bytes between members", field="package")
        name_length, extra_length = struct.unpack("<2H", local[26:30])
        local_name = data[info.header_offset + 30 : info.header_offset + 30 + name_length]
        plain = info.flag_bits == 0 and info.compress_type in {0, 8}
        if local_name != info.filename.encode() or extra_length or info.extra or not plain:
            raise InvalidInput("证据包成员的两处描述不一致 / headers disagree", field="package")
        if local[6:26] != _local_fields(info):
            raise InvalidInput("证据包成员的两处描述不一致 / headers disagree", field="package")
        if info.file_size > MAX_MEMBER:
            raise TooLarge("证据包成员过大 / a member is too large", field="package")
        expected = info.header_offset + 30 + name_length + info.compress_size
    if expected != len(data) - _END_RECORD.size - _directory_size(data):
        raise InvalidInput("证据包成员之间有多余字节 / bytes between members", field="package")


def _local_fields(info: zipfile.ZipInfo) -> bytes:
    """Flags to uncompressed size, as the local header must repeat them from the directory."""
    return struct.pack(
        "<4H3L", info.flag_bits, info.compress_type, 0, 0x21, info.CRC, info.compress_size,
        info.file_size,
    )  # fmt: skip


def _directory_size(data: bytes) -> int:
    size: int = _END_RECORD.unpack(data[-_END_RECORD.size :])[5]
    return size

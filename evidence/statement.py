"""The statement: the canonical bytes that are committed to the chain, and its commitments.

A statement names the files by digest and size in the clear, and every other fact (title,
depositor, dates …) only as a commitment, so that facts can be disclosed one by one and erased
without touching the proof. `docs/verification.md` §3–4 is the normative text.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core import canonical
from core.canonical import Json
from core.errors import InvalidInput
from evidence.digest import FileDigest, require_hex32

TYPE: Final = "yinji/statement"
VERSION: Final = 1
SALT_BYTES: Final = 32
MAX_FILES: Final = 10
"""Files of one version (manual item SD-75)."""

MAX_FACTS: Final = 64
_COMMITMENT_TAG: Final = b"yinji/commitment/1\x00"
_LEAF_PREFIX: Final = b"\x00"
FACT_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_FAMILY = re.compile(r"^[0-9a-f]{32}$")


@dataclass(frozen=True)
class Fact:
    """One named value and the salt of its commitment (32 random bytes)."""

    name: str
    value: Json
    salt: bytes

    def commitment(self) -> str:
        """SHA-256(tag ‖ salt ‖ RFC 8785 [name, value]) as hex."""
        if len(self.salt) != SALT_BYTES:
            raise InvalidInput("盐须为 32 字节 / a salt has 32 bytes", field=self.name)
        body = canonical.encode([self.name, self.value])
        return hashlib.sha256(_COMMITMENT_TAG + self.salt + body).hexdigest()


@dataclass(frozen=True)
class Family:
    """The place among a work's versions. `previous` is the leaf hash of the version before."""

    id: str
    version: int
    previous: str | None


@dataclass(frozen=True)
class Statement:
    """A parsed statement. `commitments` maps fact names to 64 hex digits."""

    evidence: str
    files: tuple[FileDigest, ...]
    commitments: Mapping[str, str]
    family: Family
    salt: str

    def encode(self) -> bytes:
        """The exact bytes that are committed (RFC 8785)."""
        return canonical.encode(
            {
                "type": TYPE,
                "version": VERSION,
                "evidence": self.evidence,
                "files": [{"size": f.size, "sha256": f.sha256, "sm3": f.sm3} for f in self.files],
                "commitments": [
                    {"name": name, "commitment": self.commitments[name]}
                    for name in sorted(self.commitments)
                ],
                "family": {
                    "id": self.family.id,
                    "version": self.family.version,
                    "previous": self.family.previous,
                },
                "salt": self.salt,
            }
        )


def leaf_hash(statement: bytes) -> str:
    """SHA-256(0x00 ‖ statement), the RFC 6962 §2.1 leaf hash, as hex."""
    return hashlib.sha256(_LEAF_PREFIX + statement).hexdigest()


def compose(
    evidence: str,
    files: Sequence[FileDigest],
    facts: Sequence[Fact],
    family: Family,
    salt: bytes,
) -> Statement:
    """Build a statement from known facts; reading it back must give the same."""
    names = [fact.name for fact in facts]
    if len(set(names)) != len(names):
        raise InvalidInput("事实重名 / two facts share a name", field="facts")
    statement = Statement(
        evidence=evidence,
        files=tuple(files),
        commitments={fact.name: fact.commitment() for fact in facts},
        family=family,
        salt=salt.hex(),
    )
    if parse(statement.encode()) != statement:
        raise InvalidInput("声明不能无损重读 / the statement does not read back")
    return statement


def parse(data: bytes) -> Statement:
    """Read a statement strictly: exact keys, canonical bytes, sorted unique fact names.

    Raises:
        InvalidInput: anything that `Statement.encode` would not have written.
    """
    document = _object(
        canonical.decode(data),
        {"type", "version", "evidence", "files", "commitments", "family", "salt"},
    )
    if document["type"] != TYPE:
        raise InvalidInput("不是存证声明 / not a statement", field="type")
    if document["version"] != VERSION or isinstance(document["version"], bool):
        raise InvalidInput("未知的声明版本 / unknown statement version", field="version")
    evidence = document["evidence"]
    if not isinstance(evidence, str) or not evidence:
        raise InvalidInput("缺少存证编号 / no evidence number", field="evidence")
    files = document["files"]
    if not isinstance(files, list) or not 1 <= len(files) <= MAX_FILES:
        raise InvalidInput(f"文件数须为 1–{MAX_FILES} / 1 to {MAX_FILES} files", field="files")
    return Statement(
        evidence=evidence,
        files=tuple(_file(item) for item in files),
        commitments=_commitments(document["commitments"]),
        family=_family(document["family"]),
        salt=require_hex32(document["salt"], "salt"),
    )


def _file(item: Json) -> FileDigest:
    entry = _object(item, {"size", "sha256", "sm3"})
    size = entry["size"]
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise InvalidInput("文件大小须为正整数 / a size is a positive integer", field="size")
    sm3 = entry["sm3"]
    return FileDigest(
        size,
        require_hex32(entry["sha256"], "sha256"),
        None if sm3 is None else require_hex32(sm3, "sm3"),
    )


def _commitments(items: Json) -> dict[str, str]:
    if not isinstance(items, list) or len(items) > MAX_FACTS:
        raise InvalidInput("承诺列表无效 / bad list of commitments", field="commitments")
    found: dict[str, str] = {}
    last = ""
    for item in items:
        entry = _object(item, {"name", "commitment"})
        name = entry["name"]
        if not isinstance(name, str) or not FACT_NAME.fullmatch(name) or name <= last:
            raise InvalidInput("事实名无效或未排序 / bad or unsorted name", field="commitments")
        found[name] = require_hex32(entry["commitment"], "commitment")
        last = name
    return found


def _family(item: Json) -> Family:
    entry = _object(item, {"id", "version", "previous"})
    family_id, version, previous = entry["id"], entry["version"], entry["previous"]
    if not isinstance(family_id, str) or not _FAMILY.fullmatch(family_id):
        raise InvalidInput("版本族编号无效 / bad family id", field="family")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise InvalidInput("版本号须为正整数 / a version is a positive integer", field="family")
    if previous is not None:
        require_hex32(previous, "previous")
    return Family(family_id, version, previous if isinstance(previous, str) else None)


def _object(value: Json, keys: set[str]) -> dict[str, Json]:
    if not isinstance(value, dict) or set(value) != keys:
        raise InvalidInput("字段缺失或多余 / members missing or unknown", field="statement")
    return value

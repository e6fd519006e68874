"""Every value a certificate prints, frozen, with one exact encoding.

Promises: a `CertificateContent` that exists is well formed (patterns, ranges and cross-references
are checked when it is made); `to_canonical` gives RFC 8785 JSON of type `yinji/content`,
version 1; `from_canonical` accepts exactly those bytes and nothing else, so equal contents and
equal bytes are the same thing. Times are RFC 3339 in UTC with milliseconds. Digests are lower-case
hexadecimal: file and evidence digests bare, values of the chain with `0x`.
"""

import re
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any, Final, Literal

from core import canonical
from core.canonical import parse_time
from core.errors import InvalidInput
from evidence.statement import FACT_NAME, MAX_FACTS, MAX_FILES

TYPE: Final = "yinji/content"
VERSION: Final = 1
MAX_NOTES: Final = 64

Kind = Literal["evidence", "copy", "registration", "work_sample"]

REGISTER_KINDS: Final = frozenset({"registration", "work_sample"})
"""What a register issues: the certificate, and the sample of the work that goes with it."""

REGISTER_FACTS: Final = (
    "registration_number", "registered_on", "office", "applicant", "title", "category", "authors",
    "owners", "completion_date", "evidence_number", "record_sha256",
)  # fmt: skip

HASH_ONLY: Final = "hash_only"
"""The custody mode of files that the platform has never seen."""
NEVER_SEEN_MARK: Final = ("申报，文件未经本平台查看", "declared, file never seen")
"""What stands beside each of their digests."""

FactValue = str | int | tuple[str | int, ...]

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_CHAIN_HASH: Final = re.compile(r"0x[0-9a-f]{64}")
_ADDRESS: Final = re.compile(r"0x[0-9a-f]{40}")
_NUMBER: Final = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)+")
_SERIAL: Final = re.compile(r"0x([0-9A-F]{2}){1,20}")
_OID: Final = re.compile(r"[0-2](\.(0|[1-9][0-9]*)){1,31}")
_URL: Final = re.compile(r"https?://[!-~]{1,300}")
_SAFE_INTEGER: Final = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues: names in both languages, and the two public numbers where there are any."""

    name_zh: str
    name_en: str
    uscc: str | None
    filing_number: str | None

    def __post_init__(self) -> None:
        _text(self.name_zh, "issuer.name_zh")
        _text(self.name_en, "issuer.name_en")


@dataclass(frozen=True, slots=True)
class Fact:
    """One disclosed fact of the statement, printed exactly as disclosed."""

    name: str
    value: FactValue

    def __post_init__(self) -> None:
        _match(FACT_NAME, self.name, "facts.name", "a short lower-case name")
        items = self.value if isinstance(self.value, tuple) else (self.value,)
        for item in items:
            if isinstance(item, int) and not -_SAFE_INTEGER <= item <= _SAFE_INTEGER:
                raise _wrong("facts.value", "an integer RFC 8785 can carry")


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of the statement. `position` counts from 1, `size` is in bytes."""

    position: int
    size: int
    sha256: str
    sm3: str | None

    def __post_init__(self) -> None:
        _range(self.position, 1, "files.position")
        _range(self.size, 1, "files.size")
        _match(_DIGEST, self.sha256, "files.sha256", "64 lower-case hexadecimal digits")
        if self.sm3 is not None:
            _match(_DIGEST, self.sm3, "files.sm3", "64 lower-case hexadecimal digits")


@dataclass(frozen=True, slots=True)
class Tree:
    """Where the leaf stands in its batch: RFC 6962 tree of `size` leaves, `index` from 0."""

    size: int
    index: int
    root: str
    path_length: int

    def __post_init__(self) -> None:
        _range(self.size, 1, "tree.size")
        _range(self.index, 0, "tree.index")
        if self.index >= self.size:
            raise _wrong("tree.index", "smaller than the tree's size")
        _match(_DIGEST, self.root, "tree.root", "64 lower-case hexadecimal digits")
        _range(self.path_length, 0, "tree.path_length")


@dataclass(frozen=True, slots=True)
class TokenTime:
    """The RFC 3161 token: `serial` as openssl prints it (`0x0A1B`), `policy` a dotted OID."""

    gen_time: str
    serial: str
    policy: str
    tsa_name: str
    controller_zh: str
    controller_en: str

    def __post_init__(self) -> None:
        _time(self.gen_time, "times.token.gen_time")
        _match(_SERIAL, self.serial, "times.token.serial", "0x and upper-case hexadecimal pairs")
        _match(_OID, self.policy, "times.token.policy", "a dotted object identifier")
        _text(self.tsa_name, "times.token.tsa_name")
        _text(self.controller_zh, "times.token.controller_zh")
        _text(self.controller_en, "times.token.controller_en")


@dataclass(frozen=True, slots=True)
class BlockTime:
    """The block that carries the root, and the time it claims."""

    time: str
    number: int
    hash: str
    controller_zh: str
    controller_en: str

    def __post_init__(self) -> None:
        _time(self.time, "times.block.time")
        _range(self.number, 0, "times.block.number")
        _match(_CHAIN_HASH, self.hash, "times.block.hash", "0x and 64 hexadecimal digits")
        _text(self.controller_zh, "times.block.controller_zh")
        _text(self.controller_en, "times.block.controller_en")


@dataclass(frozen=True, slots=True)
class Times:
    """The five times. `stored_at` is None when the file was never seen."""

    submitted_at: str
    stored_at: str | None
    token: TokenTime
    block: BlockTime
    issued_at: str

    def __post_init__(self) -> None:
        _time(self.submitted_at, "times.submitted_at")
        if self.stored_at is not None:
            _time(self.stored_at, "times.stored_at")
        _time(self.issued_at, "times.issued_at")


@dataclass(frozen=True, slots=True)
class Chain:
    """Chain, contract and transaction; `log_index` is the log's place in its block."""

    name_zh: str
    name_en: str
    chain_id: int
    contract: str
    transaction: str
    block_number: int
    block_hash: str
    log_index: int
    confirmations: int

    def __post_init__(self) -> None:
        _text(self.name_zh, "chain.name_zh")
        _text(self.name_en, "chain.name_en")
        _range(self.chain_id, 1, "chain.chain_id")
        _match(_ADDRESS, self.contract, "chain.contract", "0x and 40 hexadecimal digits")
        _match(_CHAIN_HASH, self.transaction, "chain.transaction", "0x and 64 hexadecimal digits")
        _range(self.block_number, 0, "chain.block_number")
        _match(_CHAIN_HASH, self.block_hash, "chain.block_hash", "0x and 64 hexadecimal digits")
        _range(self.log_index, 0, "chain.log_index")
        _range(self.confirmations, 0, "chain.confirmations")


@dataclass(frozen=True, slots=True)
class Family:
    """The work's version, and the leaf hash of the version before it."""

    version: int
    previous: str | None

    def __post_init__(self) -> None:
        _range(self.version, 1, "family.version")
        if self.previous is not None:
            _match(_DIGEST, self.previous, "family.previous", "64 lower-case hexadecimal digits")


@dataclass(frozen=True, slots=True)
class CertificateContent:
    """What one certificate says. Making one that contradicts itself raises `InvalidInput`."""

    kind: Kind
    number: str
    certificate_number: str
    edition: int
    sample: bool
    issuer: Issuer
    verify_url: str
    trust_sha256: str
    facts: tuple[Fact, ...]
    files: tuple[FileEntry, ...]
    custody_mode: Literal["stored", "hash_only"]
    statement_sha256: str
    leaf_hash: str
    tree: Tree
    times: Times
    chain: Chain
    family: Family
    notes: tuple[str, ...]

    def __post_init__(self) -> None:
        _match(_NUMBER, self.number, "number", "an evidence number")
        _range(self.edition, 1, "edition")
        if self.certificate_number != f"{self.number}-{self.edition}":
            raise _wrong("certificate_number", "the evidence number, a hyphen and the edition")
        _match(_URL, self.verify_url, "verify_url", "an http(s) address in ASCII")
        for field in ("trust_sha256", "statement_sha256", "leaf_hash"):
            _match(_DIGEST, getattr(self, field), field, "64 lower-case hexadecimal digits")
        if not 1 <= len(self.files) <= MAX_FILES:
            raise _wrong("files", f"between 1 and {MAX_FILES} files")
        if [entry.position for entry in self.files] != list(range(1, len(self.files) + 1)):
            raise _wrong("files.position", "1, 2, 3, … in order")
        if len(self.facts) > MAX_FACTS or len({fact.name for fact in self.facts}) != len(
            self.facts
        ):
            raise _wrong("facts", f"at most {MAX_FACTS}, each name once")
        if len(self.notes) > MAX_NOTES:
            raise _wrong("notes", f"at most {MAX_NOTES}")
        block = self.times.block
        if (block.number, block.hash) != (self.chain.block_number, self.chain.block_hash):
            raise _wrong("chain.block_hash", "the block named in times.block")
        if (self.times.stored_at is None) != (self.custody_mode == HASH_ONLY):
            raise _wrong("times.stored_at", "absent exactly when the file was never seen")
        self._agree()

    def _agree(self) -> None:
        """A disclosed fact that is also told elsewhere must say the same in both places."""
        for name, value in (
            ("custody_mode", self.custody_mode),
            ("submitted_at", self.times.submitted_at),
            ("stored_at", self.times.stored_at),
        ):
            if self.fact(name) not in (None, value):
                raise _wrong(f"facts.{name}", "what the certificate says elsewhere")
        for name in ("file_names", "media_types"):
            each = self.fact(name)
            if each is not None and (not isinstance(each, tuple) or len(each) != len(self.files)):
                raise _wrong(f"facts.{name}", "one for each file")

        for name in REGISTER_FACTS if self.kind in REGISTER_KINDS else ():
            if self.fact(name) is None:
                raise _wrong(f"facts.{name}", "disclosed on what a register issues")

    def fact(self, name: str) -> FactValue | None:
        """The value of a disclosed fact, or None when it is not disclosed."""
        return next((fact.value for fact in self.facts if fact.name == name), None)

    @property
    def short_digest(self) -> str:
        """The first 16 digits of the statement's SHA-256, in fours, for reading aloud."""
        head = self.statement_sha256[:16]
        return " ".join(head[at : at + 4] for at in range(0, 16, 4))


def to_canonical(content: CertificateContent) -> bytes:
    """RFC 8785 JSON of `content`; raises `InvalidInput` for text that is not valid Unicode."""
    return canonical.encode({"type": TYPE, "version": VERSION, **_plain_object(content)})


def from_canonical(data: bytes) -> CertificateContent:
    """The content encoded by `data`.

    Raises `InvalidInput` unless `data` is exactly what `to_canonical` would give: right type and
    version, every member and no other, and canonical to the byte.
    """
    document = canonical.decode(data)
    if not isinstance(document, dict):
        raise _wrong("content", "a JSON object")
    kind, version = document.pop("type", None), document.pop("version", None)
    if kind != TYPE or version != VERSION or isinstance(version, bool):
        raise _wrong("content.type", f"{TYPE}, version {VERSION}")
    content: CertificateContent = _build(CertificateContent, document, "content")
    return content


def _plain_object(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any of the dataclasses above
    return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
    if is_dataclass(value):
        return _plain_object(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


@cache
def _members(kind: type) -> Mapping[str, Any]:
    return typing.get_type_hints(kind)


def _build(kind: Any, value: Any, at: str) -> Any:  # noqa: ANN401 - parsed JSON
    """`value` (parsed JSON) as `kind`, following the dataclasses' own annotations."""
    if type(value) is kind:  # exact: True is an int to Python, not to us
        return value
    if is_dataclass(kind):
        members = _members(typing.cast("type", kind))
        if not isinstance(value, dict) or value.keys() != members.keys():
            raise _wrong(at, f"an object with exactly {', '.join(members)}")
        built = {key: _build(member, value[key], f"{at}.{key}") for key, member in members.items()}
        return typing.cast("Any", kind)(**built)
    origin = typing.get_origin(kind)
    if origin is Literal:
        if isinstance(value, str) and value in typing.get_args(kind):
            return value
        raise _wrong(at, " or ".join(typing.get_args(kind)))
    if origin is tuple:
        if not isinstance(value, list):
            raise _wrong(at, "a list")
        return tuple(_build(typing.get_args(kind)[0], item, at) for item in value)
    if origin in (types.UnionType, typing.Union):
        return _build_union(typing.get_args(kind), value, at)
    raise _wrong(at, {str: "text", int: "an integer", bool: "true or false"}.get(kind, "null"))


def _build_union(kinds: tuple[Any, ...], value: Any, at: str) -> Any:  # noqa: ANN401 - parsed JSON
    if value is None and types.NoneType in kinds:
        return None
    for kind in kinds:
        if typing.get_origin(kind) is tuple and isinstance(value, list):
            return _build(kind, value, at)
        if type(value) is kind:
            return value
    raise _wrong(at, "of one of the kinds this member allows")


def _wrong(field: str, expected: str) -> InvalidInput:
    return InvalidInput(
        f"证书内容的 {field} 不符合规定 / the certificate content's {field} must be {expected}",
        field=field,
    )


def _match(pattern: re.Pattern[str], value: str, field: str, expected: str) -> None:
    if pattern.fullmatch(value) is None:
        raise _wrong(field, expected)


def _text(value: str, field: str) -> None:
    if not value.strip():
        raise _wrong(field, "not empty")


def _range(value: int, least: int, field: str) -> None:
    if not least <= value <= _SAFE_INTEGER:
        raise _wrong(field, f"an integer from {least}")


def _time(value: str, field: str) -> None:
    try:
        parse_time(value)
    except InvalidInput as error:
        raise _wrong(field, "a time in UTC with milliseconds") from error

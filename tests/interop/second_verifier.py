"""A second, independent verifier of Yinji certificates and packages.

Written from docs/verification.md alone, by somebody who had not read the first one; section
numbers below are those of that document. It needs Python 3.11, its standard library and the
`openssl` command (3.0) and nothing else: keccak-256, RLP, the receipt trie, DER, ZIP and the bytes
of the PDF are read here by hand, signatures and certificate paths are left to openssl. One
comparison is left out, as section 11.5 allows: the text of the pages. It is one long file on
purpose: whoever doubts us can carry it away and read it alone.

    python second_verifier.py FILE... CERTIFICATE|PACKAGE --trust FILE [--offline] [--node NODE]
    python second_verifier.py --vectors DIR

NODE is a recording as in the README of the vectors, or a URL. FILE and --trust may be missing.
"""

from __future__ import annotations

import argparse
import base64
import calendar
import hashlib
import http.client
import itertools
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import urllib.request
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

Node = Callable[[str, list[Any]], Any]
"""Asks a node one question (method, params) and returns the result, or raises NoAnswer."""

MAX_INPUT, MAX_TRUST = 67_108_864, 1_048_576
MAX_PACKAGE, MAX_MEMBER, MAX_DOCUMENT = 33_554_432, 16_777_216, 4_194_304
MAX_TOKEN, MAX_RLP, MAX_REPLY = 65_536, 1_048_576, 33_554_432

STEPS = (
    "format", "signature", "copies", "statement", "facts", "printed",
    "file", "timestamp", "inclusion", "block", "chain", "status",
)  # fmt: skip
COPIED = (
    "statement.json", "timestamp.tsr", "proof.json",
    "block.json", "disclosures.json", "custody.json",
)  # fmt: skip
PEMS = ("trust/issuer-root.pem", "trust/tsa-root.pem")
MEMBERS = ("certificate.pdf", *COPIED, "status.json", "README.txt", *PEMS)
ATTACHMENTS = (*COPIED, "content.json", "status.json")
ANCHORED = bytes.fromhex("db96f57960f1a8d2f2350bb63e1e1664fc0c2d57304af37731bb95cf619e26cd")
EXIT_CODES = {"valid": 0, "invalid": 1, "revoked": 1, "indeterminate": 2, "superseded": 3}


class Fault(Exception):
    """A check was made and did not hold: the step is `failed`."""


class Unknown(Exception):
    """A check could not be made: the step is `not_checked`."""


class Revoked(Fault):
    """Step 12 found a revocation."""


class Superseded(Fault):
    """Step 12 found a later edition."""


class NoAnswer(Exception):
    """A node did not answer, or answered with an error."""


class InputError(Exception):
    """No verdict can be given at all (exit code 64)."""


def require(condition: object, reason: str) -> None:
    if not condition:
        raise Fault(reason)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


# --- Keccak-256 ---------------------------------------------------------------------------------

_MASK = (1 << 64) - 1


def _keccak_tables() -> tuple[list[int], list[tuple[int, int, int]]]:
    """Round constants by their shift register; for rho and pi (from, to, rotation) of each lane."""
    constants, register = [], 1
    for _ in range(24):
        constant = 0
        for j in range(7):
            if register & 1:
                constant |= 1 << ((1 << j) - 1)
            register = (register << 1) ^ (0x171 if register & 0x80 else 0)
        constants.append(constant)
    moves, x, y = [(0, 0, 0)], 1, 0
    for t in range(24):
        moves.append((x + 5 * y, y + 5 * ((2 * x + 3 * y) % 5), (t + 1) * (t + 2) // 2 % 64))
        x, y = y, (2 * x + 3 * y) % 5
    return constants, moves


_CONSTANTS, _MOVES = _keccak_tables()


def keccak256(data: bytes) -> bytes:
    """The original Keccak with padding byte 0x01, not SHA3-256."""
    rate = 136
    padded = bytearray(data + b"\x01" + bytes(-(len(data) + 1) % rate))
    padded[-1] |= 0x80
    a = [0] * 25
    for start in range(0, len(padded), rate):
        for i, lane in enumerate(struct.unpack_from("<17Q", padded, start)):
            a[i] ^= lane
        for constant in _CONSTANTS:
            c = [a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20] for x in range(5)]
            d = [c[x - 1] ^ (c[x - 4] << 1 & _MASK | c[x - 4] >> 63) for x in range(5)]
            b = [0] * 25
            for source, target, shift in _MOVES:
                lane = a[source] ^ d[source % 5]
                b[target] = (lane << shift | lane >> (64 - shift)) & _MASK
            for row in range(0, 25, 5):
                for x in range(5):
                    b2 = b[row + (x + 2) % 5]
                    a[row + x] = b[row + x] ^ (~b[row + (x + 1) % 5] & b2 & _MASK)
            a[0] ^= constant
    return struct.pack("<4Q", *a[:4])


# --- Canonical JSON (3.1) and the shapes of documents -------------------------------------------


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return {name: _sorted(value[name]) for name in names}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def encode(value: Any) -> bytes:
    return json.dumps(_sorted(value), ensure_ascii=False, separators=(",", ":")).encode()


def _limits(value: Any, depth: int) -> None:
    if isinstance(value, dict | list):
        if depth > 14 and value:  # its members would be inside 16
            raise ValueError("nested too deeply")
        for item in value.values() if isinstance(value, dict) else value:
            _limits(item, depth + 1)
    elif type(value) is int and abs(value) > 2**53 - 1:
        raise ValueError("an integer is too large")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name occurs twice")
    return dict(pairs)


def _refuse(number: str) -> NoReturn:
    raise ValueError(f"{number} is not an integer")


def decode(data: bytes, name: str) -> Any:
    """Read canonical JSON; anything else is a fault."""
    require(len(data) <= MAX_DOCUMENT, f"{name} is too large")
    try:
        value = json.loads(
            data.decode(), object_pairs_hook=_pairs, parse_float=_refuse, parse_constant=_refuse
        )
        _limits(value, 0)
        same = encode(value) == data
    except (ValueError, RecursionError) as error:
        raise Fault(f"{name} is not canonical JSON: {error}") from error
    require(same, f"{name} is not canonical JSON")
    return value


Check = Callable[[Any, str], None]
"""Raises Fault unless the value (found at the place named) has a shape."""


def one_of(*values: Any) -> Check:
    def check(value: Any, where: str) -> None:
        same = any(type(value) is type(v) and value == v for v in values)
        require(same, f"{where} is not as specified")

    return check


def integer(low: int, high: int = 2**53 - 1) -> Check:
    def check(value: Any, where: str) -> None:
        require(type(value) is int and low <= value <= high, f"{where} is no integer in range")

    return check


def text(pattern: str = r"(?s:.*)") -> Check:
    def check(value: Any, where: str) -> None:
        good = isinstance(value, str) and re.fullmatch(pattern, value)
        require(good, f"{where} is not a string as specified")

    return check


def maybe(inner: Check) -> Check:
    def check(value: Any, where: str) -> None:
        if value is not None:
            inner(value, where)

    return check


def many(low: int, high: int, inner: Check) -> Check:
    def check(value: Any, where: str) -> None:
        require(isinstance(value, list) and low <= len(value) <= high, f"{where} is no such list")
        for i, item in enumerate(value):
            inner(item, f"{where}[{i}]")

    return check


def record(**members: Check) -> Check:
    def check(value: Any, where: str) -> None:
        good = isinstance(value, dict) and set(value) == set(members)
        require(good, f"{where} has not exactly the members named")
        for name, inner in members.items():
            inner(value[name], f"{where}.{name}")

    return check


def anything(value: Any, where: str) -> None:
    """Any canonical JSON."""


def moment(value: Any, where: str) -> None:
    text(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")(value, where)
    try:
        datetime.fromisoformat(value)
    except ValueError as error:
        raise Fault(f"{where} is a time that does not exist") from error


def fact_value(value: Any, where: str) -> None:
    """What content.json may print: a string, an integer, or a list of these."""
    for item in value if isinstance(value, list) else [value]:
        require(type(item) in (str, int), f"{where} is neither text nor integer")


def digits(count: int) -> Check:
    return text(f"[0-9a-f]{{{count}}}")


HASH, WORD, ADDRESS = digits(64), text("0x[0-9a-f]{64}"), text("0x[0-9a-f]{40}")
HEX = text("0x([0-9a-f]{2})+")
STRING, FACT_NAME = text(), text("[a-z][a-z0-9_]{0,39}")
BOOLEAN = one_of(True, False)
V1 = one_of(1)

TRUST = record(
    type=one_of("yinji/trust"), version=V1,
    issuer_roots=many(0, 64, HASH), tsa_roots=many(0, 64, HASH), status_keys=many(0, 64, HASH),
    chains=many(0, 64, record(
        chain_id=integer(1), genesis=WORD, contract=ADDRESS, code_hash=WORD,
        confirmations=integer(1),
    )),
)  # fmt: skip
STATEMENT = record(
    type=one_of("yinji/statement"), version=V1, evidence=text(r"(?s:.+)"), salt=HASH,
    files=many(1, 10, record(sha256=HASH, size=integer(1), sm3=maybe(HASH))),
    commitments=many(0, 64, record(commitment=HASH, name=FACT_NAME)),
    family=record(id=digits(32), previous=maybe(HASH), version=integer(1)),
)  # fmt: skip
DISCLOSURES = record(
    type=one_of("yinji/disclosures"), version=V1,
    facts=many(0, 64, record(name=STRING, salt=HASH, value=anything)),
)  # fmt: skip
PROOF = record(
    type=one_of("yinji/proof"), version=V1, chain_id=integer(1), contract=ADDRESS,
    leaf_index=integer(0), tree_size=integer(1), path=many(0, 64, HASH), root=HASH,
    transaction=WORD,
)  # fmt: skip
BLOCK = record(
    type=one_of("yinji/block"), version=V1, header=HEX, receipt_proof=many(1, 64, HEX),
    log_index=integer(0), transaction_index=integer(0, 2**32 - 1),
)  # fmt: skip
STATUS = record(
    signature=record(algorithm=one_of("Ed25519"), key=HASH, value=digits(128)),
    status=record(
        type=one_of("yinji/status"), version=V1, evidence=STRING, leaf_hash=HASH,
        edition=integer(1), reason=maybe(integer(1, 255)), as_of=moment,
        state=one_of("in_force", "revoked", "superseded", "suspended"),
    ),
)  # fmt: skip
CONTENT = record(
    type=one_of("yinji/content"), version=V1, number=STRING,
    kind=one_of("evidence", "copy", "registration", "work_sample"), certificate_number=STRING,
    edition=integer(1), sample=BOOLEAN, verify_url=maybe(STRING),
    issuer=record(
        filing_number=maybe(STRING), name_en=maybe(STRING), name_zh=maybe(STRING),
        uscc=maybe(STRING),
    ),
    trust_sha256=HASH, statement_sha256=HASH, leaf_hash=HASH, notes=many(0, 10_000, STRING),
    facts=many(0, 64, record(name=STRING, value=fact_value)),
    files=many(1, 10, record(
        position=integer(1), sha256=HASH, size=integer(1), sm3=maybe(HASH),
    )),
    custody_mode=one_of("stored", "hash_only"),
    tree=record(index=integer(0), path_length=integer(0), root=HASH, size=integer(1)),
    times=record(
        submitted_at=moment, stored_at=maybe(moment), issued_at=moment,
        token=record(
            controller_en=maybe(STRING), controller_zh=maybe(STRING), gen_time=moment,
            policy=STRING, serial=STRING, tsa_name=STRING,
        ),
        block=record(
            controller_en=maybe(STRING), controller_zh=maybe(STRING), hash=WORD,
            number=integer(0), time=moment,
        ),
    ),
    chain=record(
        block_hash=WORD, block_number=integer(0), chain_id=integer(1), confirmations=integer(0),
        contract=ADDRESS, log_index=integer(0), name_en=maybe(STRING), name_zh=maybe(STRING),
        transaction=WORD,
    ),
    family=record(previous=maybe(HASH), version=integer(1)),
)  # fmt: skip


def document(data: bytes, name: str, shape: Check) -> Any:
    value = decode(data, name)
    shape(value, name)
    for rows in ("commitments", "facts") if shape in (STATEMENT, DISCLOSURES) else ():
        names = [row["name"] for row in value.get(rows, ())]
        ascending = all(a < b for a, b in itertools.pairwise(names))
        require(ascending, f"{name}: {rows} are not in ascending order")
    if shape is STATUS:
        revoked = value["status"]["state"] == "revoked"
        require(revoked == (value["status"]["reason"] is not None), "status.json: reason")
    return value


def read_trust(data: bytes) -> dict[str, Any]:
    try:
        require(len(data) <= MAX_TRUST, "too large")
        return document(data, "trust", TRUST)  # type: ignore[no-any-return]
    except Fault as fault:
        raise InputError(f"trust file: {fault}") from fault


# --- RLP and the trie of receipts (7) -----------------------------------------------------------

Rlp = bytes | list["Rlp"]


def _rlp_item(data: bytes, at: int, end: int, depth: int) -> tuple[Rlp, int]:
    require(at < end, "RLP is cut")
    first = data[at]
    if first < 0x80:
        return data[at : at + 1], at + 1
    base = 0xC0 if first >= 0xC0 else 0x80
    size, start = first - base, at + 1
    if size > 55:
        count = size - 55
        require(count <= 4 and start + count <= end and data[start] != 0, "RLP length")
        size, start = int.from_bytes(data[start : start + count]), start + count
        require(size >= 56, "RLP length is not the shortest")
    stop = start + size
    require(stop <= end, "RLP is cut")
    if base == 0x80:
        require(not (size == 1 and data[start] < 0x80), "RLP wraps a single byte")
        return data[start:stop], stop
    require(depth < 8, "RLP is nested too deeply")
    items: list[Rlp] = []
    while start < stop:
        item, start = _rlp_item(data, start, stop, depth + 1)
        items.append(item)
    return items, stop


REGISTERED = (
    "registration_number", "registered_on", "office", "applicant", "title", "category", "authors",
    "owners", "completion_date", "evidence_number", "record_sha256",
)  # fmt: skip
NOT_OF_THE_RECORD = {
    "custody_mode", "depositor", "file_names", "media_types", "record_sha256", "stored_at",
    "submitted_at",
}  # fmt: skip


def check_record(facts: dict[str, Any]) -> None:
    for name in REGISTERED:
        require(name in facts, f"a register must disclose {name}")
    members = {name: value for name, value in facts.items() if name not in NOT_OF_THE_RECORD}
    record = encode({"type": "yinji/registration", "version": 1, **members})
    require(facts["record_sha256"] == sha256(record).hex(), "the facts are not the whole record")


def rlp(data: bytes) -> Rlp:
    require(len(data) <= MAX_RLP, "RLP is too large")
    item, end = _rlp_item(data, 0, len(data), 0)
    require(end == len(data), "bytes after the RLP item")
    return item


def rlp_list(item: Rlp, minimum: int, what: str) -> list[Rlp]:
    require(isinstance(item, list) and len(item) >= minimum, f"{what} is no such list")
    return item  # type: ignore[return-value]


def rlp_bytes(item: Rlp, size: int | None, what: str) -> bytes:
    good = isinstance(item, bytes) and (size is None or len(item) == size)
    require(good, f"{what} is no such string")
    return item  # type: ignore[return-value]


def rlp_integer(item: Rlp, what: str) -> int:
    data = rlp_bytes(item, None, what)
    require(len(data) <= 32 and data[:1] != b"\0", f"{what} is no RLP integer")
    return int.from_bytes(data)


def rlp_encode_integer(value: int) -> bytes:
    data = value.to_bytes((value.bit_length() + 7) // 8)
    return data if len(data) == 1 and data[0] < 0x80 else bytes([0x80 + len(data)]) + data


def nibbles(data: bytes) -> list[int]:
    return [half for byte in data for half in (byte >> 4, byte & 15)]


def trie_value(root: bytes, key: bytes, proof: list[bytes]) -> bytes:
    """The value under a key, by the nodes on its way; every node listed must be used."""
    left, listed, reference = nibbles(key), list(proof), root
    node: Rlp = b""
    item: Rlp = reference
    while True:
        if isinstance(item, list):
            node = item
        else:
            require(listed and keccak256(listed[0]) == item, "the proof lacks a node")
            node = rlp(listed.pop(0))
        require(isinstance(node, list) and len(node) in (2, 17), "a node is neither kind")
        if len(node) == 17:
            if not left:
                item = node[16]
                break
            item = node[left.pop(0)]
            continue
        path = nibbles(rlp_bytes(node[0], None, "the path of a node"))
        require(path and path[0] <= 3 and (path[0] & 1 or path[1] == 0), "the path of a node")
        part = path[1:] if path[0] & 1 else path[2:]
        require(left[: len(part)] == part, "the proof leads to another key")
        left, item = left[len(part) :], node[1]
        if path[0] & 2:
            require(not left, "a leaf before the end of the key")
            break
    require(not listed, "a node of the proof is left over")
    value = rlp_bytes(item, None, "the value")
    require(value, "the value is empty")
    return value


@dataclass(frozen=True)
class Header:
    hash: str
    number: int
    seconds: int

    @property
    def time(self) -> str:
        require(self.seconds < 253_402_300_800, "the time of the block does not exist")
        when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)
        return when.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def check_block(proof: dict[str, Any], block: dict[str, Any]) -> Header:
    """Step 10: the event with root and size stands in the block."""
    raw = bytes.fromhex(block["header"][2:])
    items = rlp_list(rlp(raw), 15, "the header")
    header = Header(
        "0x" + keccak256(raw).hex(),
        rlp_integer(items[8], "the number"),
        rlp_integer(items[11], "the time"),
    )
    root = rlp_bytes(items[5], 32, "the receipts root")
    nodes = [bytes.fromhex(node[2:]) for node in block["receipt_proof"]]
    value = trie_value(root, rlp_encode_integer(block["transaction_index"]), nodes)
    receipt = rlp_list(rlp(value[1:] if value[0] < 0x80 else value), 4, "the receipt")
    require(rlp_integer(receipt[0], "the receipt's status") == 1, "the transaction failed")
    logs = rlp_list(receipt[3], 0, "the logs")
    require(block["log_index"] < len(logs), "the receipt has no such log")
    log = rlp_list(logs[block["log_index"]], 3, "the log")
    address = rlp_bytes(log[0], 20, "the address of the log")
    require("0x" + address.hex() == proof["contract"], "the event is of another contract")
    topics = [rlp_bytes(t, 32, "a topic") for t in rlp_list(log[1], 0, "the topics")]
    require(len(topics) == 3 and topics[0] == ANCHORED, "it is another event")
    require(topics[1].hex() == proof["root"], "the event names another root")
    size = int.from_bytes(rlp_bytes(log[2], 32, "the data of the log"))
    require(size == proof["tree_size"], "the event names another size")
    return header


def check_inclusion(leaf: bytes, proof: dict[str, Any]) -> None:
    """Step 9: RFC 9162, section 2.1.3.2."""
    fn, sn, r = proof["leaf_index"], proof["tree_size"] - 1, leaf
    require(fn <= sn, "the index is not in the tree")
    for p in map(bytes.fromhex, proof["path"]):
        require(sn, "the path is too long")
        if fn & 1 or fn == sn:
            r = sha256(b"\x01" + p + r)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha256(b"\x01" + r + p)
        fn, sn = fn >> 1, sn >> 1
    require(sn == 0, "the path is too short")
    require(r.hex() == proof["root"], "the path leads to another root")


# --- DER, certificates, CMS and tokens (8, 11.2) ------------------------------------------------

OID_DATA, OID_SIGNED, OID_TST = (
    "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4",
)  # fmt: skip
OID_CONTENT_TYPE, OID_DIGEST, OID_SIGNING_CERTIFICATE, OID_TOKEN = (
    "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4",
    "1.2.840.113549.1.9.16.2.47", "1.2.840.113549.1.9.16.2.14",
)  # fmt: skip
OID_SHA256 = "2.16.840.1.101.3.4.2.1"
OID_RSA, OID_PSS, OID_EC = (
    "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10", "1.2.840.10045.2.1",
)  # fmt: skip
SIGNATURES = {  # the digests allowed, and with each the signatures by RSA and by ECDSA
    OID_SHA256: ("1.2.840.113549.1.1.11", "1.2.840.10045.4.3.2"),
    "2.16.840.1.101.3.4.2.2": ("1.2.840.113549.1.1.12", "1.2.840.10045.4.3.3"),
    "2.16.840.1.101.3.4.2.3": ("1.2.840.113549.1.1.13", "1.2.840.10045.4.3.4"),
}
CURVES = ("1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35")
OID_COMMON_NAME, OID_KEY_USAGE = "2.5.4.3", "2.5.29.15"
OID_CONSTRAINTS, OID_EXTENDED = "2.5.29.19", "2.5.29.37"
ONLY_TIME_STAMPING = bytes.fromhex("300a06082b06010505070308")
SEQ, SET, INT, BOOL, BITS, OCTETS, OID = 0x30, 0x31, 0x02, 0x01, 0x03, 0x04, 0x06
GENERALIZED = 0x18


@dataclass(frozen=True)
class Der:
    """One element: its tag, its content, and all its bytes."""

    tag: int
    body: bytes
    raw: bytes

    def parts(self) -> list[Der]:
        found, at = [], 0
        while at < len(self.body):
            part = der_at(self.body, at)
            found.append(part)
            at += len(part.raw)
        return found

    @property
    def integer(self) -> int:
        require(self.tag == INT and self.body, "DER: no integer")
        return int.from_bytes(self.body, signed=True)

    @property
    def oid(self) -> str:
        require(self.tag == OID and self.body and self.body[-1] < 0x80, "DER: no identifier")
        numbers, value = [], 0
        for byte in self.body:
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                numbers.append(value)
                value = 0
        first = min(numbers[0] // 40, 2)
        return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def der_at(data: bytes, at: int) -> Der:
    require(at + 2 <= len(data) and data[at] & 0x1F != 0x1F, "DER is cut")
    size, start = data[at + 1], at + 2
    if size >= 0x80:
        count = size - 0x80
        require(1 <= count <= 4 and start + count <= len(data), "DER length")
        size, start = int.from_bytes(data[start : start + count]), start + count
        require(size >= max(0x80, 1 << 8 * (count - 1)), "DER length is not the shortest")
    require(start + size <= len(data), "DER is cut")
    return Der(data[at], data[start : start + size], data[at : start + size])


def der(data: bytes) -> Der:
    item = der_at(data, 0)
    require(len(item.raw) == len(data), "bytes after the DER")
    return item


class Reader:
    """The parts of a constructed element, one after the other."""

    def __init__(self, item: Der, tag: int = SEQ) -> None:
        require(item.tag == tag, "DER: another tag than expected")
        self.rest = item.parts()

    def take(self, tag: int) -> Der:
        item = self.maybe(tag)
        if item is None:
            raise Fault("DER: another structure than expected")
        return item

    def maybe(self, tag: int) -> Der | None:
        return self.rest.pop(0) if self.rest and self.rest[0].tag == tag else None

    def end(self) -> None:
        require(not self.rest, "DER: more than expected")


@dataclass(frozen=True)
class Certificate:
    der: bytes
    serial: bytes
    issuer: bytes
    subject: Der
    key: Der
    extensions: dict[str, tuple[bool, bytes]]

    @property
    def sha256(self) -> str:
        return sha256(self.der).hex()

    @property
    def pem(self) -> bytes:
        body = base64.b64encode(self.der)
        lines = [body[i : i + 64] for i in range(0, len(body), 64)]
        first, last = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"
        return b"\n".join((first, *lines, last, b""))

    @property
    def common_name(self) -> str | None:
        for part in self.subject.parts():
            for pair in part.parts():
                name = Reader(pair)
                if name.take(OID).oid == OID_COMMON_NAME and name.rest:
                    coding = {0x0C: "utf-8", 0x1E: "utf-16-be", 0x1C: "utf-32-be"}
                    value = name.rest[0]
                    return value.body.decode(coding.get(value.tag, "latin-1"), "replace")
        return None


def certificate(raw: bytes) -> Certificate:
    tbs = Reader(Reader(der(raw)).take(SEQ))
    tbs.maybe(0xA0)
    serial, _, issuer = tbs.take(INT).raw, tbs.take(SEQ), tbs.take(SEQ).raw
    _, subject, key = tbs.take(SEQ), tbs.take(SEQ), tbs.take(SEQ)
    for tag in (0x81, 0x82):
        tbs.maybe(tag)
    wrapped, extensions = tbs.maybe(0xA3), {}
    tbs.end()
    for extension in Reader(wrapped, 0xA3).take(SEQ).parts() if wrapped else ():
        reader = Reader(extension)
        oid, flag = reader.take(OID).oid, reader.maybe(BOOL)
        require(oid not in extensions, "a certificate has an extension twice")
        extensions[oid] = (flag is not None and flag.body != b"\0", reader.take(OCTETS).body)
    return Certificate(raw, serial, issuer, subject, key, extensions)


@dataclass(frozen=True)
class Signed:
    """SignedData with exactly one signer (RFC 5652)."""

    content: bytes | None
    certificates: list[Certificate]
    issuer: bytes
    serial: bytes
    digest: str
    attributes: dict[str, list[Der]]
    algorithm: str
    signature: bytes
    unsigned: dict[str, list[Der]]

    def signer(self) -> Certificate:
        for item in self.certificates:
            if (item.issuer, item.serial) == (self.issuer, self.serial):
                return item
        raise Fault("the signer's certificate is missing")

    def check_attributes(self, content_type: str) -> None:
        require(self.digest in SIGNATURES, "another digest than SHA-256, SHA-384 or SHA-512")
        named = self.algorithm in (OID_RSA, OID_PSS, *SIGNATURES[self.digest])
        require(named, "another signature algorithm")  # openssl does not look
        for oid in (OID_CONTENT_TYPE, OID_DIGEST, OID_SIGNING_CERTIFICATE):
            require(len(self.attributes.get(oid, ())) == 1, "a signed attribute is missing")
        same = self.attributes[OID_CONTENT_TYPE][0].oid == content_type
        require(same, "the signed content type is another")


def _attributes(item: Der | None) -> dict[str, list[Der]]:
    found: dict[str, list[Der]] = {}
    for attribute in item.parts() if item else ():
        reader = Reader(attribute)
        oid, values = reader.take(OID).oid, reader.take(SET).parts()
        reader.end()
        require(oid not in found, "an attribute occurs twice")
        found[oid] = values
    return found


def signed_data(raw: Der, content_type: str, *, strict: bool) -> Signed:
    """Read a ContentInfo; strict is the exact structure of 11.2: detached, certificates only."""
    info = Reader(raw)
    require(info.take(OID).oid == OID_SIGNED, "no SignedData")
    wrapped = Reader(info.take(0xA0), 0xA0)
    info.end()
    data = Reader(wrapped.take(SEQ))
    wrapped.end()
    version = data.take(INT).integer
    require(version in ((1,) if strict else (3, 4, 5)), "another version of SignedData")
    data.take(SET)
    inner = Reader(data.take(SEQ))
    require(inner.take(OID).oid == content_type, "another content type")
    content = inner.maybe(0xA0)
    inner.end()
    require(content is None or not strict, "the content is not detached")
    listed = data.take(0xA0) if strict else data.maybe(0xA0)
    if not strict:
        data.maybe(0xA1)
    signers = data.take(SET).parts()
    data.end()
    require(len(signers) == 1, "not exactly one signer")
    signer = Reader(signers[0])
    require(signer.take(INT).integer == 1, "another version of SignerInfo")
    name = Reader(signer.take(SEQ))
    issuer, serial = name.take(SEQ).raw, name.take(INT).raw
    digest, attributes = Reader(signer.take(SEQ)).take(OID).oid, _attributes(signer.take(0xA0))
    algorithm = Reader(signer.take(SEQ)).take(OID).oid
    signature = signer.take(OCTETS).body
    unsigned = _attributes(signer.maybe(0xA1))
    signer.end()
    parts = listed.parts() if listed else []
    return Signed(
        Reader(content, 0xA0).take(OCTETS).body if content else None,
        [certificate(part.raw) for part in parts if strict or part.tag == SEQ],
        issuer, serial, digest, attributes, algorithm, signature, unsigned,
    )  # fmt: skip


@dataclass(frozen=True)
class Token:
    raw: bytes
    signed: Signed
    imprint: bytes
    seconds: int
    gen_time: str
    serial: str
    policy: str


def token_of(raw: Der) -> Token:
    """Read a time-stamp token: 8, items 1, 3 (without the signature) and 4."""
    signed = signed_data(raw, OID_TST, strict=False)
    signed.check_attributes(OID_TST)
    extended = signed.signer().extensions.get(OID_EXTENDED)
    require(extended == (True, ONLY_TIME_STAMPING), "the signer is no time-stamp authority")
    info = Reader(der(signed.content or b""))
    require(info.take(INT).integer == 1, "TSTInfo has another version")
    policy, imprint = info.take(OID).oid, Reader(info.take(SEQ))
    algorithm, hashed = Reader(imprint.take(SEQ)).take(OID).oid, imprint.take(OCTETS).body
    require(algorithm == OID_SHA256, "the imprint is not SHA-256")
    number, when = info.take(INT).integer, info.take(GENERALIZED).body.decode("latin-1")
    require(number >= 0, "the serial number is negative")
    for tag in (SEQ, BOOL, INT, 0xA0):  # accuracy, ordering, nonce, tsa
        info.maybe(tag)
    for extension in Reader(extensions, 0xA1).rest if (extensions := info.maybe(0xA1)) else ():
        reader = Reader(extension)
        reader.take(OID)
        flag = reader.maybe(BOOL)
        require(flag is None or flag.body == b"\0", "TSTInfo has a critical extension")
    info.end()
    match = re.fullmatch(r"([0-9]{14})(?:\.([0-9]+))?Z", when)
    try:
        time = datetime.strptime(match[1] if match else "", "%Y%m%d%H%M%S")
    except ValueError as error:
        raise Fault("genTime is no time") from error
    fraction = ((match and match[2]) or "")[:3].ljust(3, "0")
    pairs = number.to_bytes(max(1, (number.bit_length() + 7) // 8)).hex().upper()
    return Token(
        raw.raw, signed, hashed, calendar.timegm(time.timetuple()),
        f"{time.isoformat()}.{fraction}Z", "0x" + pairs, policy,
    )  # fmt: skip


def openssl(arguments: Sequence[str], files: dict[str, bytes]) -> bool:
    """Run openssl in a folder with these files; whether it was content."""
    with tempfile.TemporaryDirectory(prefix="second-") as folder:
        for name, data in files.items():
            Path(folder, name).write_bytes(data)
        environment = {"PATH": os.environ.get("PATH", ""), "OPENSSL_CONF": os.devnull}
        done = subprocess.run(
            ["openssl", *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
            capture_output=True, check=False, timeout=120,
        )  # fmt: skip
        return done.returncode == 0


def path_to(signer: Certificate, pool: list[Certificate], trusted: list[str]) -> list[Certificate]:
    """Certificates from the signer to a trusted one, by their names alone; empty: there is none."""
    ways, seen = [[signer]], {signer.sha256}
    while ways:
        way = ways.pop(0)
        if way[-1].sha256 in trusted:
            return way
        for item in pool:
            if item.subject.raw == way[-1].issuer and item.sha256 not in seen:
                seen.add(item.sha256)
                ways.append([*way, item])
    return []


def check_token(token: Token, data: bytes, pool: list[Certificate], trusted: list[str]) -> None:
    """8, items 2, 3, 5 and 6. Trust in the root is judged last: a fault outweighs missing trust."""
    require(token.imprint == sha256(data), "the token is over other bytes")
    signer = token.signed.signer()
    way = path_to(signer, [*pool, *token.signed.certificates], trusted)
    arguments = [
        "ts", "-verify", "-data", "data.bin", "-in", "token.der", "-token_in", "-CAfile", "tsa.pem",
        "-untrusted", "all.pem", "-attime", str(token.seconds),
    ]  # fmt: skip
    files = {
        "data.bin": data,
        "token.der": token.raw,
        "tsa.pem": way[-1].pem if way else signer.pem,
        "all.pem": b"".join(item.pem for item in pool),
    }
    good = openssl(arguments if way else [*arguments, "-partial_chain"], files)
    require(good, "the signature of the token, or its path, does not hold")
    if not way:
        raise Unknown("the root of the time-stamp authority is not trusted")


def check_signer(way: list[Certificate]) -> None:
    """11.3, item 3, as far as openssl does not look."""
    extensions = way[0].extensions
    if OID_CONSTRAINTS in extensions:
        authority = Reader(der(extensions[OID_CONSTRAINTS][1])).maybe(BOOL)
        require(authority is None or authority.body == b"\0", "the signer is a CA")
    if OID_KEY_USAGE in extensions:
        usage = der(extensions[OID_KEY_USAGE][1])
        may = usage.tag == BITS and len(usage.body) > 1 and usage.body[1] & 0xC0
        require(may, "the signer's certificate is not for signing")
    for item in way:
        key = Reader(item.key)
        algorithm, bits = Reader(key.take(SEQ)), key.take(BITS).body
        kind = algorithm.take(OID).oid
        if kind == OID_RSA:
            size = Reader(der(bits[1:])).take(INT).integer.bit_length()
            require(2048 <= size <= 8192, "an RSA key of another size")
        else:
            require(kind == OID_EC and algorithm.take(OID).oid in CURVES, "a key of another kind")


# --- ZIP (10.2) ---------------------------------------------------------------------------------


def _member(data: bytes, at: int, name: bytes) -> tuple[bytes, bytes, int]:
    """The member at an offset, its directory entry, and where the next one begins."""
    require(at + 30 + len(name) <= len(data), "the package is cut")
    method, crc, packed, size = struct.unpack_from("<8xH4xIII", data, at)
    common = struct.pack("<HHHHHIIIHH", 20, 0, method, 0, 0x21, crc, packed, size, len(name), 0)
    start = at + 30 + len(name)
    exact = data[at:start] == b"PK\x03\x04" + common + name
    require(exact and method in (0, 8), f"the local header of {name.decode()} is not ours")
    require(size <= MAX_MEMBER and start + packed <= len(data), "a member is too large")
    body = data[start : start + packed]
    if method == 8:
        inflater = zlib.decompressobj(-15)
        try:
            body = inflater.decompress(body, size + 1)
        except zlib.error as error:
            raise Fault(f"{name.decode()} cannot be unpacked") from error
        ended = inflater.eof and not inflater.unused_data
        require(ended, f"the data of {name.decode()} do not end where they should")
    require(len(body) == size and zlib.crc32(body) == crc, f"{name.decode()}: size or CRC-32")
    entry = b"PK\x01\x02" + struct.pack("<H", 0x0314) + common
    return body, entry + struct.pack("<HHHII", 0, 0, 0, 0x01A40000, at) + name, start + packed


def read_zip(data: bytes) -> dict[str, bytes]:
    require(len(data) <= MAX_PACKAGE, "the package is too large")
    members, directory, at = {}, b"", 0
    for name in MEMBERS:
        members[name], entry, at = _member(data, at, name.encode())
        directory += entry
    count, size = len(MEMBERS), len(directory)
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count, count, size, at, 0)
    require(data[at:] == directory + end, "the directory of the package is not ours")
    return members


# --- PDF (11.1, 11.4) ---------------------------------------------------------------------------

W, EOL = rb"[\x00\t\n\x0c\r ]", rb"(?:\r\n|\r|\n)"
"""White space and line ends of PDF; AFTER is what may follow a name or a number."""
AFTER = rb"(?=[\x00\t\n\x0c\r /<>\[\]]|\Z)"


def pdf_pattern(*tokens: bytes) -> re.Pattern[bytes]:
    """Tokens with optional white space between them."""
    return re.compile((W + rb"*").join(tokens))


FOUR = (W + rb"+").join([rb"([0-9]{1,10})"] * 4)
TAIL = re.compile(rb"startxref" + EOL + rb"[0-9]{1,10}" + EOL + rb"%%EOF" + EOL + rb"?\Z")
RANGE = pdf_pattern(rb"/ByteRange", rb"\[", FOUR, rb"\]")
DOC_MDP = pdf_pattern(rb"/TransformMethod", rb"/DocMDP", rb"/TransformParams", rb"<<([^<>]*)>>")
PERMISSION = re.compile(rb"/P" + W + rb"+([^\x00\t\n\x0c\r /<>]+)")
OBJECT = re.compile(rb"(?<![0-9])[0-9]+ [0-9]+ obj(?![A-Za-z])")
STREAM = re.compile(rb"endobj|(?<!end)stream(?:\r\n|\n)")
EMBEDDED = pdf_pattern(rb"/Type", rb"/EmbeddedFile" + AFTER)
LENGTH = re.compile(rb"/Length" + W + rb"+([0-9]{1,10})" + AFTER + rb"(?!" + W + rb"+[0-9]+ R)")
FILTER = re.compile(rb"/Filter" + AFTER)
FLATE = pdf_pattern(rb"/Filter", rb"(?:/FlateDecode" + AFTER, rb"|\[", rb"/FlateDecode", rb"\])")
END_STREAM = re.compile(EOL + rb"?endstream")


def _unpack(head: bytes, data: bytes) -> bytes:
    filters = FILTER.findall(head)
    if filters:
        require(len(filters) == 1 and FLATE.search(head), "an attachment has another filter")
        inflater = zlib.decompressobj()
        try:
            data = inflater.decompress(data, MAX_DOCUMENT + 1)
        except zlib.error as error:
            raise Fault("an attachment cannot be unpacked") from error
        whole = len(data) > MAX_DOCUMENT or (inflater.eof and not inflater.unused_data)
        require(whole, "an attachment is not one whole zlib stream")
    require(len(data) <= MAX_DOCUMENT, "an attachment is too large")
    return data


def embedded_files(covered: bytes) -> list[bytes]:
    """Walk from object to object, past the data of every stream, and unpack the embedded files."""
    found, at = [], 0
    while start := OBJECT.search(covered, at):
        mark = STREAM.search(covered, start.end())
        if mark is None:
            break
        at = mark.end()
        head = covered[start.end() : mark.start()]
        if mark[0] == b"endobj":
            require(not EMBEDDED.search(head), "an embedded file without data")
            continue
        length = LENGTH.search(head)
        end = END_STREAM.match(covered, at + int(length[1])) if length else None
        if EMBEDDED.search(head):
            if length is None or end is None:
                raise Fault("the length of an attachment is not direct or not right")
            found.append(_unpack(head, covered[at : at + int(length[1])]))
        end = end or re.compile(b"endstream").search(covered, at)
        require(end, "a stream does not end")
        at = end.end() if end else len(covered)
    return found


def name_of(data: bytes) -> str:
    """Which document an attachment is, by what it says of itself; it need not be canonical yet."""
    try:
        value = json.loads(data.decode())
    except (ValueError, RecursionError):
        return "timestamp.tsr"
    require(isinstance(value, dict), "an attachment is no document of ours")
    if set(value) == {"signature", "status"}:
        return "status.json"
    kind = value.get("type")
    name = f"{kind[6:]}.json" if isinstance(kind, str) and kind.startswith("yinji/") else ""
    known = name in ATTACHMENTS and name != "status.json"
    require(known, "an attachment is no document of ours")
    return name


@dataclass(frozen=True)
class Pdf:
    covered: bytes
    cms: bytes
    signed: Signed
    attachments: dict[str, bytes]


def read_pdf(data: bytes) -> Pdf:
    require(len(data) <= MAX_MEMBER, "the PDF is too large")
    require(re.match(rb"%PDF-1\.7[\r\n]", data), "the PDF does not begin as it should")
    require(TAIL.search(data, max(0, len(data) - 64)), "the PDF does not end as it should")
    require(data.count(b"%%EOF") == 2, "not exactly the document and its signature")
    require(data.count(b"/ByteRange") == 1, "not exactly one signed range")
    match = RANGE.search(data)
    if match is None:
        raise Fault("the signed range cannot be read")
    a, b, c, d = map(int, match.groups())
    require(a == 0 and 0 < b < c and c + d == len(data), "the signed range is not the whole file")
    hole = re.fullmatch(rb"<((?:[0-9A-F]{2})*)>", data[b:c])
    require(hole, "the signature is not written as it should be")
    before = data[max(0, b - 64) : b].rstrip(b"\x00\t\n\x0c\r ")
    require(before.endswith(b"/Contents"), "the range leaves out something else")
    covered = data[:b] + data[c:]
    found = DOC_MDP.findall(covered)
    require(covered.count(b"/DocMDP") == 2 and len(found) == 1, "no certification signature")
    require(PERMISSION.findall(found[0]) == [b"1"], "changes are permitted after signing")
    padded = bytes.fromhex(hole[1].decode()) if hole else b""
    require(padded[:2] in (b"\x30\x81", b"\x30\x82", b"\x30\x83"), "no CMS signature")
    item = der_at(padded, 0)
    require(not padded[len(item.raw) :].strip(b"\0"), "something stands behind the signature")
    signed = signed_data(item, OID_DATA, strict=True)
    files = embedded_files(covered)
    attachments = {name_of(file): file for file in files}
    complete = len(files) == len(ATTACHMENTS) == len(attachments)
    require(complete, "the attachments are not the eight documents")
    return Pdf(covered, item.raw, signed, attachments)


# --- Nodes (12) ---------------------------------------------------------------------------------


def recorded(path: Path) -> Node:
    try:
        answers = json.loads(path.read_bytes())["answers"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is no recording") from error

    def ask(method: str, params: list[Any]) -> Any:
        for answer in answers:
            if answer["method"] == method and encode(answer["params"]) == encode(params):
                if "result" in answer:
                    return answer["result"]
                break
        raise NoAnswer(f"{method}: an error, or not recorded")

    return ask


def unreachable(method: str, params: list[Any]) -> Any:
    raise NoAnswer(f"{method}: nobody there")


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def live(url: str) -> Node:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay)

    def ask(method: str, params: list[Any]) -> Any:
        question = {"id": 1, "jsonrpc": "2.0", "method": method, "params": params}
        try:
            headers = {"Content-Type": "application/json"}
            request = urllib.request.Request(url, encode(question), headers)
            with opener.open(request, timeout=20) as reply:
                answer = json.loads(reply.read(MAX_REPLY))
        except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
            raise NoAnswer(f"{method}: {error}") from error
        if not isinstance(answer, dict) or "result" not in answer or answer.get("error"):
            raise NoAnswer(f"{method}: an error")
        return answer["result"]

    return ask


def as_hex(value: Any, size: int | None = None) -> str:
    """Hex data of so many bytes in a node's answer."""
    pattern = rf"0x(?:[0-9a-fA-F]{{2}}){{{size}}}" if size else r"0x(?:[0-9a-fA-F]{2})*"
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise NoAnswer("an answer of another shape")
    return value.lower()


def as_quantity(value: Any) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"0x[0-9a-fA-F]{1,64}", value):
        raise NoAnswer("an answer of another shape")
    return int(value, 16)


def block_of(node: Node, number: str) -> dict[str, Any] | None:
    answer = node("eth_getBlockByNumber", [number, False])
    if answer is not None and not isinstance(answer, dict):
        raise NoAnswer("an answer of another shape")
    return answer


def hash_at(node: Node, number: str) -> str:
    return as_hex((block_of(node, number) or {}).get("hash"), 32)


def check_chain(node: Node, chain: dict[str, Any], proof: Any, block: Any, header: Header) -> None:
    """12, items 1 and 2."""
    genesis, identity = hash_at(node, "0x0"), as_quantity(node("eth_chainId", []))
    if (genesis, identity) != (chain["genesis"], chain["chain_id"]):
        raise Unknown("the node is of another chain")
    head = as_quantity((block_of(node, "latest") or {}).get("number"))
    there = block_of(node, hex(header.number))
    if there is None:
        raise Unknown("the node has no block at that height")
    if as_hex(there.get("hash"), 32) != header.hash:
        raise Unknown("the node has another block at that height")
    listed = there.get("transactions")
    if not isinstance(listed, list):
        raise NoAnswer("an answer of another shape")
    at = block["transaction_index"]
    same = at < len(listed) and as_hex(listed[at], 32) == proof["transaction"]
    require(same, "the block has another transaction at that place")
    code = as_hex(node("eth_getCode", [chain["contract"], "latest"]))
    actual = "0x" + keccak256(bytes.fromhex(code[2:])).hex()
    require(actual == chain["code_hash"], "the contract has another code")
    if head - header.number + 1 < chain["confirmations"]:
        raise Unknown("the block is not deep enough yet")


def revocation(node: Node, contract: str, leaf: bytes) -> int:
    """12, item 3: the reason, 0 for none."""
    question = {"to": contract, "data": "0xcb74c873" + leaf.hex()}
    for _ in range(3):
        before = hash_at(node, "latest")
        answer = as_hex(node("eth_call", [question, "latest"]), 64)
        if hash_at(node, "latest") == before:
            return int(answer[66:], 16)
    raise NoAnswer("the head moved three times")


# --- The twelve steps (1) -----------------------------------------------------------------------


@dataclass
class Verifier:
    """One verification; what a step establishes for later ones is kept in the attributes."""

    data: bytes
    files: list[tuple[str, bytes]]
    trust: dict[str, Any] | None
    node: Node | None
    offline: bool
    results: dict[str, tuple[str, str]] = field(default_factory=dict)
    members: dict[str, bytes] | None = None
    found_pdf: Pdf | None = None
    statement: Any = None
    disclosures: Any = None
    content: Any = None
    header: Header | None = None
    waived: bool = False
    ending: str | None = None
    as_of: str | None = None

    @property
    def pdf(self) -> Pdf:
        assert self.found_pdf is not None
        return self.found_pdf

    @property
    def documents(self) -> dict[str, bytes]:
        """The attachments of the PDF: step 3 shows that those of a package are the same."""
        return self.pdf.attachments

    @property
    def leaf(self) -> bytes:
        return sha256(b"\0" + self.documents["statement.json"])

    def passed(self, step: str) -> bool:
        return self.results[step][0] == "passed"

    def need(self, condition: object, what: str) -> None:
        if not condition:
            raise Unknown(f"needs {what}")

    def need_trust(self) -> dict[str, Any]:
        if self.trust is None:
            raise Unknown("needs a trust file")
        return self.trust

    def proof(self) -> Any:
        return document(self.documents["proof.json"], "proof.json", PROOF)

    def block(self) -> Any:
        return document(self.documents["block.json"], "block.json", BLOCK)

    def run(self) -> dict[str, Any]:
        for step in STEPS:
            try:
                if step != "format":
                    self.need(self.passed("format"), "step format")
                reason = getattr(self, f"step_{step}")() or ""
                self.results[step] = ("passed", reason)
            except Fault as fault:
                self.results[step] = ("failed", str(fault))
            except (Unknown, NoAnswer) as unknown:
                self.results[step] = ("not_checked", str(unknown))
        steps = [{"id": s, "result": r, "reason": why} for s, (r, why) in self.results.items()]
        return {"verdict": self.verdict(), "as_of": self.as_of, "steps": steps}

    def verdict(self) -> str:
        failed = {s for s, (r, _) in self.results.items() if r == "failed"}
        if failed - ({"status"} if self.ending else set()):
            return "invalid"
        if self.ending:
            return self.ending
        unchecked = {s for s, (r, _) in self.results.items() if r == "not_checked"}
        return "indeterminate" if unchecked - ({"chain"} if self.waived else set()) else "valid"

    def step_format(self) -> None:
        certificate_bytes = self.data
        if self.data.startswith(b"PK"):
            self.members = read_zip(self.data)
            certificate_bytes = self.members["certificate.pdf"]
        self.found_pdf = read_pdf(certificate_bytes)

    def step_signature(self) -> None:
        trust, signed = self.need_trust(), self.pdf.signed
        pool = signed.certificates
        for roots in ("issuer_roots", "tsa_roots"):
            known = any(item.sha256 in trust[roots] for item in pool)
            self.need(known, f"a root that is in {roots}")
        values = signed.unsigned.get(OID_TOKEN, [])
        require(len(values) == 1, "the signature has no time-stamp token")
        token = token_of(values[0])
        check_token(token, signed.signature, pool, trust["tsa_roots"])
        signed.check_attributes(OID_DATA)
        way = path_to(signed.signer(), pool, trust["issuer_roots"])
        self.need(way, "a root that is in issuer_roots")
        check_signer(way)
        files = {"cms.der": self.pdf.cms, "covered.bin": self.pdf.covered, "root.pem": way[-1].pem}
        arguments = [
            "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "cms.der",
            "-content", "covered.bin", "-CAfile", "root.pem", "-no-CApath", "-no-CAstore",
            "-purpose", "any", "-attime", str(token.seconds), "-out", os.devnull,
        ]  # fmt: skip
        require(openssl(arguments, files), "the signature, or its path, does not hold")

    def step_copies(self) -> str:
        if self.members is None:
            return "a PDF alone has no copies"
        for name in COPIED:
            require(self.members[name] == self.documents[name], f"{name} is not the attached one")
        pems = {item.pem for item in self.pdf.signed.certificates}
        for name in PEMS:
            require(self.members[name] in pems, f"{name} is no certificate of the signature")
        return ""

    def step_statement(self) -> None:
        data = self.documents["statement.json"]
        self.statement = document(data, "statement.json", STATEMENT)

    def step_facts(self) -> None:
        self.need(self.statement, "step statement")
        data = self.documents["disclosures.json"]
        disclosures = document(data, "disclosures.json", DISCLOSURES)
        committed = {row["name"]: row["commitment"] for row in self.statement["commitments"]}
        for fact in disclosures["facts"]:
            name = fact["name"]
            opened = b"yinji/commitment/1\0" + bytes.fromhex(fact["salt"])
            opened += encode([name, fact["value"]])
            same = committed.get(name) == sha256(opened).hex()
            require(same, f"{name} does not open its commitment")
        disclosed = {fact["name"] for fact in disclosures["facts"]}
        for name in ("custody_mode", "submitted_at"):
            require(name in disclosed or name not in committed, f"{name} is not disclosed")
        self.disclosures = disclosures

    def step_printed(self) -> str:
        self.need(self.statement and self.passed("facts"), "steps statement and facts")
        content = document(self.documents["content.json"], "content.json", CONTENT)
        self.content = content
        proof, block = self.proof(), self.block()
        header = check_block(proof, block)
        facts = {fact["name"]: fact["value"] for fact in self.disclosures["facts"]}
        printed = {fact["name"]: fact["value"] for fact in content["facts"]}
        require(len(printed) == len(content["facts"]), "a fact is printed twice")
        statement, times, chain = self.statement, content["times"], content["chain"]
        numbered = [{"position": i, **f} for i, f in enumerate(statement["files"], 1)]
        number, edition = content["number"], content["edition"]
        tree = {
            "index": proof["leaf_index"], "path_length": len(proof["path"]),
            "root": proof["root"], "size": proof["tree_size"],
        }  # fmt: skip
        family = {name: statement["family"][name] for name in ("previous", "version")}
        for what, value, expected in (
            ("number", number, statement["evidence"]),
            ("certificate_number", content["certificate_number"], f"{number}-{edition}"),
            ("facts", printed, facts),
            ("files", content["files"], numbered),
            ("custody_mode", content["custody_mode"], facts.get("custody_mode")),
            ("submitted_at", times["submitted_at"], facts.get("submitted_at")),
            ("stored_at", times["stored_at"], facts.get("stored_at", times["stored_at"])),
            ("stored_at", times["stored_at"] is None, content["custody_mode"] == "hash_only"),
            ("statement_sha256", content["statement_sha256"],
             sha256(self.documents["statement.json"]).hex()),
            ("leaf_hash", content["leaf_hash"], self.leaf.hex()),
            ("tree", content["tree"], tree),
            ("chain.chain_id", chain["chain_id"], proof["chain_id"]),
            ("chain.contract", chain["contract"], proof["contract"]),
            ("chain.transaction", chain["transaction"], proof["transaction"]),
            ("chain.block_number", chain["block_number"], header.number),
            ("chain.block_hash", chain["block_hash"], header.hash),
            ("times.block.number", times["block"]["number"], header.number),
            ("times.block.hash", times["block"]["hash"], header.hash),
            ("times.block.time", times["block"]["time"], header.time),
            ("chain.log_index", chain["log_index"], block["log_index"]),
            ("family", content["family"], family),
        ):  # fmt: skip
            require(encode(value) == encode(expected), f"{what} is printed otherwise")
        if content["kind"] in {"registration", "work_sample"}:
            check_record(facts)
        return "the text of the pages was not compared"

    def step_file(self) -> str:
        self.need(self.statement, "step statement")
        self.need(self.files, "a file")
        listed = [(entry["size"], entry["sha256"]) for entry in self.statement["files"]]
        presented = {(len(data), sha256(data).hex()): name for name, data in self.files}
        strangers = [name for entry, name in presented.items() if entry not in listed]
        require(not strangers, f"not listed in the statement: {', '.join(strangers)}")
        absent = [str(i) for i, entry in enumerate(listed, 1) if entry not in presented]
        return f"not presented: {', '.join(absent)}" if absent else ""

    def step_timestamp(self) -> None:
        trust, data = self.need_trust(), self.documents["timestamp.tsr"]
        require(len(data) <= MAX_TOKEN, "timestamp.tsr is too large")
        reply = Reader(der(data))
        status, token = Reader(reply.take(SEQ)), token_of(reply.take(SEQ))
        reply.end()
        require(status.take(INT).integer == 0, "the status of the reply is not granted")
        status.maybe(SEQ)
        status.end()  # failure information would stand here
        pool = self.pdf.signed.certificates
        check_token(token, self.documents["statement.json"], pool, trust["tsa_roots"])
        try:
            content = document(self.documents["content.json"], "content.json", CONTENT)
        except Fault as fault:
            raise Unknown("content.json cannot be read") from fault
        printed = content["times"]["token"]
        for what, value in (
            ("gen_time", token.gen_time), ("serial", token.serial), ("policy", token.policy),
            ("tsa_name", token.signed.signer().common_name),
        ):  # fmt: skip
            require(printed[what] == value, f"content.json names another {what}")

    def step_inclusion(self) -> None:
        check_inclusion(self.leaf, self.proof())

    def step_block(self) -> None:
        self.need(self.passed("inclusion"), "step inclusion")
        self.header = check_block(self.proof(), self.block())

    def step_chain(self) -> None:
        trust = self.need_trust()
        self.need(self.passed("inclusion") and self.header, "steps inclusion and block")
        proof = self.proof()
        wanted = (proof["chain_id"], proof["contract"])
        chains = [c for c in trust["chains"] if (c["chain_id"], c["contract"]) == wanted]
        self.need(chains, "a trusted chain with this contract")
        if self.offline:
            self.waived = True
            raise Unknown("the checker chose not to ask")
        if self.node is None or self.header is None:
            raise Unknown("no node is known")
        check_chain(self.node, chains[0], proof, self.block(), self.header)

    def step_status(self) -> str:
        self.need(self.statement, "step statement")
        asked = self.passed("chain")
        if asked and self.node:
            reason = revocation(self.node, self.proof()["contract"], self.leaf)
            self.as_of = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
            if reason:
                self.ending = "revoked"
                raise Revoked(f"revoked on the chain, reason {reason}")
        self.stapled(asked)
        if not asked and not self.offline:
            raise Unknown("the chain was not asked")
        return "the chain was asked" if asked else "by the stapled status"

    def stapled(self, asked: bool) -> None:
        """Verify and judge the stapled status (9)."""
        trust = self.need_trust()
        source = self.documents if self.members is None else self.members
        value = document(source["status.json"], "status.json", STATUS)
        status, signature = value["status"], value["signature"]
        self.need(signature["key"] in trust["status_keys"], "a status key that is trusted")
        files = {
            "key.der": bytes.fromhex("302a300506032b6570032100" + signature["key"]),
            "message.bin": b"yinji/status/1\0" + encode(status),
            "value.bin": bytes.fromhex(signature["value"]),
        }
        arguments = [
            "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key.der", "-rawin",
            "-in", "message.bin", "-sigfile", "value.bin",
        ]  # fmt: skip
        require(openssl(arguments, files), "the signature of the status does not hold")
        ours = (self.statement["evidence"], self.leaf.hex())
        require((status["evidence"], status["leaf_hash"]) == ours, "the status of another evidence")
        if not asked:
            self.as_of = status["as_of"]
        if status["state"] == "revoked":
            self.ending = "revoked"
            raise Revoked(f"revoked, reason {status['reason']}")
        self.need(self.content, "content.json, read by step printed")
        if status["edition"] < self.content["edition"]:
            raise Unknown("the status speaks of an earlier edition")
        if status["state"] == "superseded" or status["edition"] > self.content["edition"]:
            self.ending = "superseded"
            raise Superseded("there is a later edition")
        if status["state"] == "suspended":
            raise Unknown("suspended: a reorganisation is being mended")


def verify(
    data: bytes,
    files: list[tuple[str, bytes]],
    trust: bytes | None,
    node: Node | None,
    *,
    offline: bool,
) -> dict[str, Any]:
    """Verify a certificate or package; raises InputError when there can be no verdict."""
    known = None if trust is None else read_trust(trust)
    if len(data) > MAX_INPUT or not data.startswith((b"%PDF-", b"PK")):
        raise InputError("the presented bytes are neither a certificate nor a package")
    return Verifier(data, files, known, node, offline).run()


# --- The command (13) ---------------------------------------------------------------------------


def run_vectors(folder: Path) -> int:
    """Run all vectors of a manifest; 0 when every verdict agrees."""
    vectors, agreed = json.loads((folder / "manifest.json").read_bytes())["vectors"], 0
    lines = []
    for vector in vectors:
        trust = (folder / vector["trust"]).read_bytes() if vector["trust"] else None
        name = vector["node"]
        node = unreachable if name == "unreachable" else recorded(folder / name) if name else None
        files = [(name, (folder / name).read_bytes()) for name in vector["files"]]
        data, steps = (folder / vector["presented"]).read_bytes(), []
        try:
            answer = verify(data, files, trust, node, offline=vector["offline"])
            verdict, steps = answer["verdict"], answer["steps"]
        except InputError:
            verdict = "error"
        allowed = {vector["verdict"]} | ({"valid"} if vector.get("needs") == "page text" else set())
        agreed += verdict in allowed
        if verdict not in allowed:
            lines.append(f"{vector['id']}: {verdict}, expected {vector['verdict']}: {steps}")
        for result in ("failed", "not_checked"):
            mine = sorted(step["id"] for step in steps if step["result"] == result)
            if vector.get(result) is not None and mine != vector[result]:
                lines.append(f"  note: {vector['id']}: {result} {mine}, expected {vector[result]}")
    print(f"vectors {len(vectors)} agreed {agreed}", *lines, sep="\n")
    return 0 if agreed == len(vectors) else 1


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InputError(message)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = _Parser(description="An independent verifier of Yinji certificates and packages.")
    parser.add_argument("paths", nargs="*", type=Path, metavar="FILE... CERTIFICATE|PACKAGE")
    parser.add_argument("--trust", type=Path)
    parser.add_argument("--node", help="a recording, or the URL of a node")
    parser.add_argument("--offline", action="store_true")
    parser.add_argument("--vectors", type=Path, help="run all vectors in this folder instead")
    try:
        options = parser.parse_intermixed_args(arguments)
        if options.vectors:
            return run_vectors(options.vectors)
        if not options.paths:
            parser.error("a certificate or package is needed")
        *files, presented = [(path.name, path.read_bytes()) for path in options.paths]
        trust = options.trust.read_bytes() if options.trust else None
        node: Node | None = None
        if options.node:
            url = options.node.startswith(("http://", "https://"))
            node = live(options.node) if url else recorded(Path(options.node))
        answer = verify(presented[1], files, trust, node, offline=options.offline)
    except (InputError, OSError) as error:
        print(json.dumps({"error": str(error)}), file=sys.stderr)
        return 64
    except Exception as error:  # noqa: BLE001 - section 13 has a code for these
        print(json.dumps({"error": repr(error)}), file=sys.stderr)
        return 70
    print(json.dumps(answer, indent=1))
    return EXIT_CODES[answer["verdict"]]


if __name__ == "__main__":
    sys.exit(main())

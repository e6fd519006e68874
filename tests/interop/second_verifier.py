"""A second, independent verifier of Yinji certificates and packages.

Written from docs/verification.md and sharing no line with the first one; section numbers below
are those of that document. It needs Python 3.11, its standard library and the
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
import contextlib
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
MAX_NESTING = 16
MAX_TOKEN, MAX_RLP, MAX_REPLY = 65_536, 1_048_576, 16_777_216

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
NO_SUCH_YEAR = 253_402_300_800
"""Seconds from 1970 to the year 10000."""
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


def nesting(data: bytes) -> int:
    """How deep brackets stand in brackets outside of strings; a parser may crash of it."""
    depth = deepest = 0
    for mark in re.findall(rb'"(?:[^"\\]|\\.)*"?|[\[\]{}]', data, re.DOTALL):
        depth += (mark in (b"[", b"{")) - (mark in (b"]", b"}"))
        deepest = max(deepest, depth)
    return deepest


def decode(data: bytes, name: str) -> Any:
    """Read canonical JSON; anything else is a fault."""
    require(len(data) <= MAX_DOCUMENT, f"{name} is too large")
    require(nesting(data) <= MAX_NESTING, f"{name} is nested too deeply")
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


def address(value: Any, where: str) -> None:
    text(r"https?://[!-~]{1,300}")(value, where)


def fact_value(value: Any, where: str) -> None:
    """What content.json may print: a string, an integer, or a list of these."""
    for item in value if isinstance(value, list) else [value]:
        require(type(item) in (str, int), f"{where} is neither text nor integer")


def digits(count: int) -> Check:
    return text(f"[0-9a-f]{{{count}}}")


HASH, WORD, ADDRESS = digits(64), text("0x[0-9a-f]{64}"), text("0x[0-9a-f]{40}")
HEX = text("0x([0-9a-f]{2})+")
STRING, FACT_NAME = text(), text("[a-z][a-z0-9_]{0,39}")
INK = text(r"(?s:.*\S.*)")
"""Not white space alone."""
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
    type=one_of("yinji/content"), version=V1, number=text("[A-Z0-9]+(-[A-Z0-9]+)+"),
    kind=one_of("evidence", "copy", "registration", "work_sample"), certificate_number=STRING,
    edition=integer(1), sample=BOOLEAN, verify_url=address,
    issuer=record(
        filing_number=maybe(STRING), name_en=INK, name_zh=INK, uscc=maybe(STRING),
    ),
    trust_sha256=HASH, statement_sha256=HASH, leaf_hash=HASH, notes=many(0, 64, STRING),
    facts=many(0, 64, record(name=FACT_NAME, value=fact_value)),
    files=many(1, 10, record(
        position=integer(1), sha256=HASH, size=integer(1), sm3=maybe(HASH),
    )),
    custody_mode=one_of("stored", "hash_only"),
    tree=record(index=integer(0), path_length=integer(0), root=HASH, size=integer(1)),
    times=record(
        submitted_at=moment, stored_at=maybe(moment), issued_at=moment,
        token=record(
            controller_en=INK, controller_zh=INK, gen_time=moment,
            policy=text(r"[0-2](\.(0|[1-9][0-9]*)){1,31}"), serial=text("0x([0-9A-F]{2}){1,20}"),
            tsa_name=INK,
        ),
        block=record(
            controller_en=INK, controller_zh=INK, hash=WORD,
            number=integer(0), time=moment,
        ),
    ),
    chain=record(
        block_hash=WORD, block_number=integer(0), chain_id=integer(1), confirmations=integer(0),
        contract=ADDRESS, log_index=integer(0), name_en=INK, name_zh=INK,
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
        found = document(data, "trust", TRUST)
        pairs = [(chain["chain_id"], chain["contract"]) for chain in found["chains"]]
        require(len(set(pairs)) == len(pairs), "a chain and contract stand twice")
        return found  # type: ignore[no-any-return]
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
    members = {name: value for name, value in facts.items() if name not in NOT_OF_THE_RECORD}
    fixed = {"type": "yinji/registration", "version": 1}
    require(not fixed.keys() & members.keys(), "a fact is named type or version")
    record = encode({**fixed, **members})
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
    require(header.seconds < NO_SUCH_YEAR, "the time of the block does not exist")
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


# --- DER, certificates and paths (8.1, 8.2) -----------------------------------------------------

OID_DATA, OID_SIGNED, OID_TST = (
    "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4",
)  # fmt: skip
OID_CONTENT_TYPE, OID_DIGEST, OID_SIGNING_CERTIFICATE, OID_TOKEN = (
    "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4",
    "1.2.840.113549.1.9.16.2.47", "1.2.840.113549.1.9.16.2.14",
)  # fmt: skip
OID_RSA, OID_MGF1, OID_PSS, OID_EC = (
    "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.8", "1.2.840.113549.1.1.10", "1.2.840.10045.2.1",
)  # fmt: skip
DIGESTS = {
    "2.16.840.1.101.3.4.2.1": "sha256", "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512", "2.16.840.1.101.3.4.2.4": "sha224", "1.3.14.3.2.26": "sha1",
}  # fmt: skip
STRONG = ("sha256", "sha384", "sha512")
RSA_WITH = {
    "1.2.840.113549.1.1.11": "sha256", "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512", "1.2.840.113549.1.1.14": "sha224",
    "1.2.840.113549.1.1.5": "sha1",
}  # fmt: skip
ECDSA_WITH = {
    "1.2.840.10045.4.3.2": "sha256", "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512", "1.2.840.10045.4.3.1": "sha224", "1.2.840.10045.4.1": "sha1",
}  # fmt: skip
CURVES = ("1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35")
OID_COMMON_NAME, OID_KEY_USAGE, OID_KEY_ID = "2.5.4.3", "2.5.29.15", "2.5.29.14"
OID_CONSTRAINTS, OID_EXTENDED = "2.5.29.19", "2.5.29.37"
UNDERSTOOD = (  # the last three: other names, key identifier of the issuer, policies
    OID_CONSTRAINTS, OID_KEY_USAGE, OID_EXTENDED, OID_KEY_ID, "2.5.29.17", "2.5.29.35", "2.5.29.32",
)  # fmt: skip
SIGNING_DOCUMENTS = (
    "1.3.6.1.5.5.7.3.36", "1.3.6.1.5.5.7.3.4", "2.5.29.37.0", "1.3.6.1.4.1.311.10.3.12",
    "1.2.840.113583.1.1.5",
)  # fmt: skip
ONLY_TIME_STAMPING = bytes.fromhex("300a06082b06010505070308")
SEQ, SET, INT, BOOL, BITS, OCTETS, OID = 0x30, 0x31, 0x02, 0x01, 0x03, 0x04, 0x06
GENERALIZED = 0x18
NULL = b"\x05\x00"
LONGEST_PATH, MOST_CERTIFICATES = 6, 16


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
        body = self.body
        require(self.tag == INT and body, "DER: no integer")
        padded = len(body) > 1 and (body[0], body[1] >> 7) in ((0, 0), (0xFF, 1))
        require(not padded, "DER: an integer is not the shortest")
        return int.from_bytes(body, signed=True)

    @property
    def true(self) -> bool:
        require(self.tag == BOOL and self.body in (b"\0", b"\xff"), "DER: no truth value")
        return self.body == b"\xff"

    @property
    def oid(self) -> str:
        body = self.body
        good = self.tag == OID and 0 < len(body) <= 64 and body[-1] < 0x80 and body[0] != 0x80
        require(good, "DER: no identifier")
        numbers, value = [], 0
        for at, byte in enumerate(body):
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                numbers.append(value)
                value = 0
                require(body[at + 1 : at + 2] != b"\x80", "DER: an identifier is not the shortest")
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


def der_bytes(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8)
    head = bytes([len(body)]) if len(body) < 0x80 else bytes([0x80 + len(size)]) + size
    return bytes([tag]) + head + body


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


def only(item: Der, tag: int) -> Der:
    """The one part of an explicitly tagged element."""
    reader = Reader(item, item.tag)
    part = reader.take(tag)
    reader.end()
    return part


@dataclass(frozen=True)
class Algorithm:
    """An AlgorithmIdentifier; the parameters as bytes, empty when there are none."""

    oid: str
    parameters: bytes

    @classmethod
    def of(cls, item: Der) -> Algorithm:
        reader = Reader(item)
        oid = reader.take(OID).oid
        parameters = reader.rest.pop(0).raw if reader.rest else b""
        reader.end()
        return cls(oid, parameters)

    @property
    def plain(self) -> bool:
        return self.parameters in (b"", NULL)

    @property
    def digest(self) -> str:
        """The name of a strong digest."""
        name = DIGESTS.get(self.oid)
        require(name in STRONG and self.plain, "another digest than SHA-256, SHA-384 or SHA-512")
        return str(name)


def pem(kind: str, raw: bytes) -> bytes:
    body = base64.b64encode(raw)
    lines = [body[i : i + 64] for i in range(0, len(body), 64)]
    first, last = f"-----BEGIN {kind}-----".encode(), f"-----END {kind}-----".encode()
    return b"\n".join((first, *lines, last, b""))


@dataclass(frozen=True)
class Certificate:
    der: bytes
    signed: bytes
    algorithm: Algorithm
    signature: bytes
    serial: int
    issuer: bytes
    subject: Der
    key: Der
    extensions: dict[str, tuple[bool, bytes]]

    @property
    def sha256(self) -> str:
        return sha256(self.der).hex()

    @property
    def pem(self) -> bytes:
        return pem("CERTIFICATE", self.der)

    @property
    def kind(self) -> str:
        """ "rsa" or "ec": the kind of its key, of a size and on a curve that count."""
        key = Reader(self.key)
        algorithm, bits = Reader(key.take(SEQ)), key.take(BITS).body
        kind = algorithm.take(OID).oid
        if kind in (OID_RSA, OID_PSS):
            size = Reader(der(bits[1:])).take(INT).integer.bit_length()
            require(2048 <= size <= 8192, "an RSA key of another size")
            return "rsa"
        require(kind == OID_EC and algorithm.take(OID).oid in CURVES, "a key of another kind")
        return "ec"

    @property
    def authority(self) -> bool:
        """Whether basicConstraints says that it is a CA."""
        if OID_CONSTRAINTS not in self.extensions:
            return False
        said = Reader(der(self.extensions[OID_CONSTRAINTS][1])).maybe(BOOL)
        return said is not None and said.true

    @property
    def key_usage(self) -> int | None:
        """The bits of its key usage from the first on, digitalSignature being 0x8000."""
        if OID_KEY_USAGE not in self.extensions:
            return None
        bits = der(self.extensions[OID_KEY_USAGE][1])
        require(bits.tag == BITS and 1 < len(bits.body) <= 3, "a key usage cannot be read")
        return int.from_bytes(bits.body[1:].ljust(2, b"\0"))

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

    def key_digest(self) -> tuple[str, list[str]]:
        """The digest under this certificate's signature, and what openssl must be told of it."""
        if self.algorithm.oid == OID_PSS:
            hashed = only(Reader(der(self.algorithm.parameters)).take(0xA0), SEQ)
            pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:auto"]
            return DIGESTS[Algorithm.of(hashed).oid], pss
        return {**RSA_WITH, **ECDSA_WITH}[self.algorithm.oid], []


def certificate(raw: bytes) -> Certificate:
    whole = Reader(der(raw))
    tbs, algorithm, bits = whole.take(SEQ), Algorithm.of(whole.take(SEQ)), whole.take(BITS).body
    whole.end()
    inner = Reader(tbs)
    inner.maybe(0xA0)
    serial, same, issuer = inner.take(INT).integer, inner.take(SEQ), inner.take(SEQ).raw
    require(Algorithm.of(same) == algorithm and bits[:1] == b"\0", "a certificate's signature")
    plain = algorithm.oid not in ECDSA_WITH or algorithm.parameters == b""
    require(serial >= 1 and plain, "a certificate's serial number or algorithm")
    _, subject, key = inner.take(SEQ), inner.take(SEQ), inner.take(SEQ)
    for tag in (0x81, 0x82):
        inner.maybe(tag)
    wrapped, extensions = inner.maybe(0xA3), {}
    inner.end()
    for extension in only(wrapped, SEQ).parts() if wrapped else ():
        reader = Reader(extension)
        oid, flag = reader.take(OID).oid, reader.maybe(BOOL)
        require(oid not in extensions, "a certificate has an extension twice")
        extensions[oid] = (flag is not None and flag.true, reader.take(OCTETS).body)
        reader.end()
    return Certificate(
        raw, tbs.raw, algorithm, bits[1:], serial, issuer, subject, key, extensions,
    )  # fmt: skip


def readable(items: Sequence[Der]) -> list[Certificate]:
    """Those that are certificates: nothing signs the list, and what cannot be read is none."""
    found = []
    for item in items:
        with contextlib.suppress(Fault):
            found.append(certificate(item.raw))
    return found


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


_ISSUED: dict[tuple[bytes, bytes], bool] = {}


def issued(child: Certificate, parent: Certificate) -> bool:
    """Whether the parent's key signed the child, and the names say so."""
    if child.issuer != parent.subject.raw:
        return False
    pair = (child.der, parent.der)
    if pair not in _ISSUED:
        try:
            digest, options = child.key_digest()
        except (Fault, KeyError):
            return False
        files = {
            "key.pem": pem("PUBLIC KEY", parent.key.raw),
            "signature.bin": child.signature,
            "signed.bin": child.signed,
        }
        arguments = ["dgst", f"-{digest}", *options, "-verify", "key.pem"]
        _ISSUED[pair] = openssl([*arguments, "-signature", "signature.bin", "signed.bin"], files)
    return _ISSUED[pair]


def paths(
    signer: Certificate, pool: Sequence[Certificate], trusted: Sequence[str]
) -> list[list[Certificate]]:
    """Every chain of true signatures from the signer to a trusted certificate, shortest first."""
    found, ways = [], [[signer]]
    for _ in range(256):
        if not ways:
            break
        way = ways.pop(0)
        if way[-1].sha256 in trusted:
            found.append(way)
        elif len(way) < LONGEST_PATH:
            others = {item.der: item for item in pool if item not in way}.values()
            ways += [[*way, item] for item in others if issued(way[-1], item)]
    return found


def check_path(way: list[Certificate]) -> None:
    """8.2, as far as openssl does not look."""
    for item in way:
        require(item.kind, "a key of another kind")
        for oid, (critical, _) in item.extensions.items():
            require(not critical or oid in UNDERSTOOD, "a critical extension that nobody knows")
    for item in way[:-1]:
        require(item.key_digest()[0] in STRONG, "a certificate is signed with a weak digest")
    require(not way[0].authority, "the signer is a CA")
    require(all(item.authority for item in way[1:]), "an issuer is no CA")
    usage = way[0].key_usage
    require(usage is None or usage & 0xC000, "the signer's certificate is not for signing")


# --- CMS and tokens (8.1, 8.3) ------------------------------------------------------------------


@dataclass(frozen=True)
class Named:
    """One ESSCertIDv2: a digest of a certificate, perhaps its issuer and serial."""

    digest: str
    value: bytes
    issuer: bytes | None
    serial: int | None

    def means(self, item: Certificate) -> bool:
        same = self.issuer is None or (self.issuer, self.serial) == (item.issuer, item.serial)
        return same and hashlib.new(self.digest, item.der).digest() == self.value

    @classmethod
    def of(cls, item: Der) -> Named:
        reader = Reader(item)
        stated, value = reader.maybe(SEQ), reader.take(OCTETS).body
        digest = Algorithm.of(stated).digest if stated else "sha256"
        names, issuer, serial = reader.maybe(SEQ), None, None
        reader.end()
        if names:
            inner = Reader(names)
            issuer = only(inner.take(SEQ), 0xA4).body
            serial = inner.take(INT).integer
            inner.end()
        return cls(digest, value, issuer, serial)


@dataclass(frozen=True)
class Signed:
    """SignedData with exactly one signer, as in 8.1."""

    before: bytes
    """Version, digest algorithms and content, as they stand."""
    signer_info: bytes
    """Without its unsigned attributes."""
    content: bytes | None
    certificates: list[Certificate]
    identifier: Der
    digest: str
    attributes: dict[str, Der]
    kind: str
    signature: bytes
    unsigned: dict[str, Der]

    def without_others(self, certificates: Sequence[Certificate]) -> bytes:
        """The same ContentInfo with these certificates alone, for openssl."""
        listed = der_bytes(0xA0, *(item.der for item in certificates))
        data = der_bytes(SEQ, self.before, listed, der_bytes(SET, self.signer_info))
        oid = der_bytes(OID, bytes.fromhex("2a864886f70d010702"))
        return der_bytes(SEQ, oid, der_bytes(0xA0, data))

    def named(self) -> list[Named]:
        """What signing-certificate-v2 names, the signer first."""
        reader = Reader(self.attributes[OID_SIGNING_CERTIFICATE])
        found = [Named.of(item) for item in reader.take(SEQ).parts()]
        reader.maybe(SEQ)
        reader.end()
        require(0 < len(found) <= MOST_CERTIFICATES, "no certificate is named, or too many")
        return found

    def identified(self, item: Certificate) -> bool:
        if self.identifier.tag == 0x80:
            key_id = item.extensions.get(OID_KEY_ID)
            return key_id is not None and der(key_id[1]).body == self.identifier.body
        reader = Reader(self.identifier)
        name = reader.take(SEQ).raw, reader.take(INT).integer
        reader.end()
        return name == (item.issuer, item.serial)

    def signer(self, pool: Sequence[Certificate]) -> Certificate:
        for item in pool:
            if self.identified(item) and self.named()[0].means(item):
                return item
        raise Fault("the signer's certificate is missing")


def _attributes(item: Der | None) -> dict[str, Der]:
    """By type; each once, with one value."""
    found: dict[str, Der] = {}
    for attribute in item.parts() if item else ():
        reader = Reader(attribute)
        oid, values = reader.take(OID).oid, reader.take(SET).parts()
        reader.end()
        require(oid not in found and len(values) == 1, "an attribute occurs twice, or has values")
        found[oid] = values[0]
    return found


def _signature_kind(algorithm: Algorithm, digest: str) -> str:
    """ "rsa" or "ec", when the algorithm is one for this digest."""
    if algorithm.oid in ECDSA_WITH:
        same = ECDSA_WITH[algorithm.oid] == digest and algorithm.parameters == b""
        require(same, "another signature algorithm")
        return "ec"
    if algorithm.oid == OID_PSS:
        reader = Reader(der(algorithm.parameters))
        hashed, mask = only(reader.take(0xA0), SEQ), Algorithm.of(only(reader.take(0xA1), SEQ))
        salt, trailer = only(reader.take(0xA2), INT).integer, reader.maybe(0xA3)
        reader.end()
        same = Algorithm.of(hashed).digest == digest and mask.oid == OID_MGF1
        same = same and Algorithm.of(der(mask.parameters)).digest == digest and 0 <= salt <= 1024
        require(same and (trailer is None or trailer.body == b"\x02\x01\x01"), "PSS parameters")
        return "rsa"
    same = algorithm.oid == OID_RSA or RSA_WITH.get(algorithm.oid) == digest
    require(same and algorithm.plain, "another signature algorithm")
    return "rsa"


def signed_data(raw: Der, content_type: str) -> Signed:
    """Read a ContentInfo (8.1); nothing in it is believed yet."""
    info = Reader(raw)
    require(info.take(OID).oid == OID_SIGNED, "no SignedData")
    data = Reader(only(info.take(0xA0), SEQ))
    info.end()
    number, digests, encapsulated = data.take(INT), data.take(SET), data.take(SEQ)
    inner = Reader(encapsulated)
    require(inner.take(OID).oid == content_type, "another content type")
    wrapped = inner.maybe(0xA0)
    inner.end()
    listed = data.maybe(0xA0)
    data.maybe(0xA1)
    signers = data.take(SET).parts()
    data.end()
    require(len(signers) == 1, "not exactly one signer")
    parts = listed.parts() if listed else []
    usual = len(parts) <= MOST_CERTIFICATES and all(part.tag == SEQ for part in parts)
    require(usual, "too many certificates, or of another kind")
    signer = Reader(signers[0])
    version, identifier = signer.take(INT).integer, signer.maybe(0x80) or signer.take(SEQ)
    by_key = identifier.tag == 0x80
    require(version == (3 if by_key else 1), "another version of SignerInfo")
    expected = 1 if content_type == OID_DATA and not by_key else 3
    require(number.integer == expected, "another version of SignedData")
    digest, covered = Algorithm.of(signer.take(SEQ)).digest, signer.take(0xA0)
    announced = [Algorithm.of(item).digest for item in digests.parts()]
    require(digest in announced, "the digest is not announced")
    kind = _signature_kind(Algorithm.of(signer.take(SEQ)), digest)
    signature, unsigned = signer.take(OCTETS).body, signer.maybe(0xA1)
    signer.end()
    rows = [part.raw for part in covered.parts()]
    require(rows == sorted(rows), "the signed attributes are not in the order of DER")
    attributes = _attributes(covered)
    for oid in (OID_CONTENT_TYPE, OID_DIGEST, OID_SIGNING_CERTIFICATE):
        require(oid in attributes, "a signed attribute is missing")
    require(attributes[OID_CONTENT_TYPE].oid == content_type, "the signed content type is another")
    kept = [part.raw for part in signers[0].parts() if part.tag != 0xA1]
    return Signed(
        number.raw + digests.raw + encapsulated.raw, der_bytes(SEQ, *kept),
        only(wrapped, OCTETS).body if wrapped else None, readable(parts),
        identifier, digest, attributes, kind, signature, _attributes(unsigned),
    )  # fmt: skip


def check_signed(
    signed: Signed,
    signer: Certificate,
    pool: Sequence[Certificate],
    trusted: Sequence[str],
    command: Callable[[list[Certificate]], bool],
    files: dict[str, bytes],
) -> None:
    """Signature, then path; missing trust is told only when nothing else is wrong.

    `command` is what openssl thinks of signature and path by these certificates.
    """
    fits = der_kind(signer) in (None, signed.kind)
    require(fits, "the signature algorithm does not fit the signer's key")
    ways = paths(signer, pool, trusted)
    if not ways:
        alone = {**files, "alone.der": signed.without_others([signer])}
        arguments = ["cms", "-verify", "-noverify", "-binary", "-inform", "DER", "-in", "alone.der"]
        more = ["-content", "content.bin"] if "content.bin" in files else []
        require(openssl([*arguments, *more, "-out", os.devnull], alone), "the signature is wrong")
        raise Unknown("no path leads to a trusted root")
    faults = []
    for way in ways:
        try:
            check_path(way)
            allowed = signed.named()[1:]
            named = all(any(name.means(item) for name in allowed) for item in way[1:-1])
            require(not allowed or named, "the path has a certificate that the signer did not name")
            require(command(way), "signature or path do not hold")
        except Fault as fault:
            faults.append(fault)
        else:
            return
    raise faults[0]


def der_kind(item: Certificate) -> str | None:
    """The kind of a certificate's key; None when that is for its path to judge."""
    try:
        return item.kind
    except Fault:
        return None


@dataclass(frozen=True)
class Token:
    signed: Signed
    tsa: bytes | None
    imprint: bytes
    seconds: int
    gen_time: str
    serial: str
    policy: str


def token_of(raw: Der) -> Token:
    """Read a time-stamp token: 8.3, item 1."""
    signed = signed_data(raw, OID_TST)
    info = Reader(der(signed.content or b""))
    require(info.take(INT).integer == 1, "TSTInfo has another version")
    policy, imprint = info.take(OID).oid, Reader(info.take(SEQ))
    algorithm, hashed = Algorithm.of(imprint.take(SEQ)), imprint.take(OCTETS).body
    imprint.end()
    require(algorithm.digest == "sha256", "the imprint is not SHA-256")
    number, when = info.take(INT).integer, info.take(GENERALIZED).body.decode("latin-1")
    require(0 <= number < 1 << 160, "the serial number is out of range")
    _check_accuracy(info.maybe(SEQ))
    ordering = info.maybe(BOOL)
    require(ordering is None or ordering.true, "DER does not write what is the default")
    nonce, tsa = info.maybe(INT), info.maybe(0xA0)
    require(nonce is None or nonce.integer is not None, "the nonce cannot be read")
    extensions = info.maybe(0xA1)
    for extension in extensions.parts() if extensions else ():
        reader = Reader(extension)
        reader.take(OID)
        flag = reader.maybe(BOOL)
        require(flag is None or not flag.true, "TSTInfo has a critical extension")
        reader.take(OCTETS)
        reader.end()
    info.end()
    match = re.fullmatch(r"([0-9]{14})(?:\.([0-9]*[1-9]))?Z", when)
    try:
        time = datetime.strptime(match[1] if match else "", "%Y%m%d%H%M%S")
    except ValueError as error:
        raise Fault("genTime is no time") from error
    fraction = ((match and match[2]) or "")[:3].ljust(3, "0")
    pairs = number.to_bytes(max(1, (number.bit_length() + 7) // 8)).hex().upper()
    return Token(
        signed, tsa.body if tsa else None, hashed, calendar.timegm(time.timetuple()),
        f"{time.isoformat()}.{fraction}Z", "0x" + pairs, policy,
    )  # fmt: skip


def _check_accuracy(item: Der | None) -> None:
    """Seconds up to a day, milliseconds and microseconds up to 999."""
    if item is None:
        return
    reader = Reader(item)
    for tag, most in ((INT, 86_400), (0x80, 999), (0x81, 999)):
        part = reader.maybe(tag)
        low = part is None or 0 <= Der(INT, part.body, part.raw).integer <= most
        require(low, "an impossible accuracy")
    reader.end()


def check_token(
    token: Token, data: bytes, pool: list[Certificate], trusted: list[str]
) -> Certificate:
    """8.3, items 2 to 5; the authority's certificate."""
    require(token.imprint == sha256(data), "the token is over other bytes")
    everybody = [*token.signed.certificates, *pool]
    signer = token.signed.signer(everybody)
    extended = signer.extensions.get(OID_EXTENDED)
    require(extended == (True, ONLY_TIME_STAMPING), "the signer is no time-stamp authority")
    usage = signer.key_usage
    require(usage is None or not usage & 0x3FFF, "the authority's key is for more than signing")
    require(signer.common_name is not None, "the authority has no name")
    if token.tsa is not None:
        others = signer.extensions.get("2.5.29.17")
        names = [part.raw for part in der(others[1]).parts()] if others else []
        known = token.tsa in [der_bytes(0xA4, signer.subject.raw), *names]
        require(known, "the token names another authority")

    def command(way: list[Certificate]) -> bool:
        arguments = [
            "ts", "-verify", "-data", "data.bin", "-in", "token.der", "-token_in",
            "-CAfile", "tsa.pem", "-untrusted", "all.pem", "-partial_chain",
            "-attime", str(token.seconds),
        ]  # fmt: skip
        files = {
            "data.bin": data,
            "token.der": token.signed.without_others(way),
            "tsa.pem": way[-1].pem,
            "all.pem": b"".join(item.pem for item in way),
        }
        return openssl(arguments, files)

    check_signed(token.signed, signer, everybody, trusted, command, {})
    return signer


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

W, EOL = rb"[\x00\t\n\x0c\r ]", rb"(?:\r\n|\n)"
"""White space and line ends as 11 has them; AFTER is what may follow a name or a number."""
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
PARAMETERS = re.compile(rb"/DecodeParms" + AFTER)
END_STREAM = re.compile(rb"(?:\r\n|\r|\n)?endstream")


def _unpack(head: bytes, data: bytes) -> bytes:
    filters = FILTER.findall(head)
    if filters:
        plain = len(filters) == 1 and FLATE.search(head) and not PARAMETERS.search(head)
        require(plain, "an attachment has another filter")
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
    """Which document an attachment is, by what it says of itself."""
    if data[:1] == b"\x30":
        return "timestamp.tsr"
    kinds = re.findall(rb'"type":"yinji/([a-z]+)"', data)
    name = f"{kinds[0].decode()}.json" if len(kinds) == 1 else ""
    require(name in ATTACHMENTS, "an attachment is no document of ours")
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
    before = data[:b].rstrip(b"\x00\t\n\x0c\r ")
    require(before.endswith(b"/Contents"), "the range leaves out something else")
    covered = data[:b] + data[c:]
    found = DOC_MDP.findall(covered)
    require(covered.count(b"/DocMDP") == 2 and len(found) == 1, "no certification signature")
    require(PERMISSION.findall(found[0]) == [b"1"], "changes are permitted after signing")
    padded = bytes.fromhex(hole[1].decode()) if hole else b""
    require(padded[:2] in (b"\x30\x81", b"\x30\x82", b"\x30\x83"), "no CMS signature")
    item = der_at(padded, 0)
    require(not padded[len(item.raw) :].strip(b"\0"), "something stands behind the signature")
    signed = signed_data(item, OID_DATA)
    require(signed.content is None, "the content is not detached")
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
                data = reply.read(MAX_REPLY + 1)
                if reply.status != 200 or len(data) > MAX_REPLY or nesting(data) > MAX_NESTING:
                    raise NoAnswer(f"{method}: an error")
                answer = json.loads(data)
        except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
            raise NoAnswer(f"{method}: {error}") from error
        good = isinstance(answer, dict) and "result" in answer and answer.get("error") is None
        if not good:
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
    """A block as 12 wants it to be shown; None when the node has none there."""
    answer = node("eth_getBlockByNumber", [number, False])
    if answer is None:
        return None
    listed = answer.get("transactions") if isinstance(answer, dict) else None
    if not isinstance(listed, list):
        raise NoAnswer("an answer of another shape")
    found = {
        "hash": as_hex(answer.get("hash"), 32), "number": as_quantity(answer.get("number")),
        "transactions": [as_hex(each, 32) for each in listed],
        "seconds": as_quantity(answer.get("timestamp")),
    }  # fmt: skip
    seconds = found["seconds"]
    same = number == "latest" or found["number"] == int(number, 16)
    if not same or seconds >= NO_SUCH_YEAR:
        raise NoAnswer("an answer of another shape")
    return found


def head_of(node: Node) -> dict[str, Any]:
    head = block_of(node, "latest")
    if head is None:
        raise NoAnswer("no head")
    return head


def now() -> str:
    """The checker's clock."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def check_chain(node: Node, chain: dict[str, Any], proof: Any, block: Any, header: Header) -> None:
    """12, items 1 and 2."""
    first, identity = block_of(node, "0x0"), as_quantity(node("eth_chainId", []))
    genesis = first["hash"] if first else None
    if (genesis, identity) != (chain["genesis"], chain["chain_id"]):
        raise Unknown("the node is of another chain")
    head = head_of(node)["number"]
    there = block_of(node, hex(header.number))
    if there is None:
        raise Unknown("the node has no block at that height")
    if there["hash"] != header.hash:
        raise Unknown("the node has another block at that height")
    at, listed = block["transaction_index"], there["transactions"]
    require(
        at < len(listed) and listed[at] == proof["transaction"],
        "the block has another transaction at that place",
    )
    code = as_hex(node("eth_getCode", [chain["contract"], "latest"]))
    actual = "0x" + keccak256(bytes.fromhex(code[2:])).hex()
    require(actual == chain["code_hash"], "the contract has another code")
    if head - header.number + 1 < chain["confirmations"]:
        raise Unknown("the block is not deep enough yet")


def revocation(node: Node, contract: str, leaf: bytes) -> tuple[str, int]:
    """12, item 3: the head's time, and the reason, 0 for none."""
    question = {"to": contract, "data": "0xcb74c873" + leaf.hex()}
    for _ in range(3):
        before = head_of(node)
        answer = as_hex(node("eth_call", [question, "latest"]), 64)
        if int(answer[2:66], 16) >= NO_SUCH_YEAR:
            raise NoAnswer("an answer of another shape")
        if head_of(node)["hash"] == before["hash"]:
            when = datetime.fromtimestamp(before["seconds"], UTC)
            return when.strftime("%Y-%m-%dT%H:%M:%S.000Z"), int(answer[66:], 16)
    raise NoAnswer("the head moved three times")


# --- The twelve steps (1) -----------------------------------------------------------------------


@dataclass
class Verifier:
    """One verification; what a step establishes for later ones is kept in the attributes."""

    data: bytes
    files: list[tuple[str, bytes]]
    trust: dict[str, Any]
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
        signed, pool, trusted = self.pdf.signed, self.pdf.signed.certificates, self.trust
        require(OID_TOKEN in signed.unsigned, "the signature has no time-stamp token")
        token, roots, untimely = token_of(signed.unsigned[OID_TOKEN]), trusted["issuer_roots"], None
        try:
            check_token(token, signed.signature, pool, trusted["tsa_roots"])
        except Unknown as unknown:
            roots, untimely = [], unknown
        content = {"content.bin": self.pdf.covered}

        def command(way: list[Certificate]) -> bool:
            arguments = [
                "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "cms.der",
                "-content", "content.bin", "-CAfile", "root.pem", "-no-CApath", "-no-CAstore",
                "-partial_chain", "-purpose", "any", "-attime", str(token.seconds),
                "-out", os.devnull,
            ]  # fmt: skip
            cms, root = signed.without_others(way), way[-1].pem
            return openssl(arguments, {**content, "cms.der": cms, "root.pem": root})

        signer = signed.signer(pool)
        if OID_EXTENDED in signer.extensions:
            purposes = [part.oid for part in der(signer.extensions[OID_EXTENDED][1]).parts()]
            allowed = any(purpose in SIGNING_DOCUMENTS for purpose in purposes)
            require(allowed, "the signer's certificate is not for documents")
        try:
            check_signed(signed, signer, pool, roots, command, content)
        except Unknown as unknown:
            raise untimely or unknown from None

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
        registered = content["kind"] in {"registration", "work_sample"}
        if registered:
            named = {fact["name"] for fact in content["facts"]}
            for name in REGISTERED:
                require(name in named, f"a register must disclose {name}")
        self.content = content
        proof, block = self.proof(), self.block()
        header = check_block(proof, block)
        facts = {fact["name"]: fact["value"] for fact in self.disclosures["facts"]}
        printed = {fact["name"]: fact["value"] for fact in content["facts"]}
        require(len(printed) == len(content["facts"]), "a fact is printed twice")
        for each in ("file_names", "media_types"):
            value = printed.get(each, content["files"])
            whole = isinstance(value, list) and len(value) == len(content["files"])
            require(whole, f"{each} are not one for each file")
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
        if registered:
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
        data = self.documents["timestamp.tsr"]
        require(len(data) <= MAX_TOKEN, "timestamp.tsr is too large")
        reply = Reader(der(data))
        status, token = Reader(reply.take(SEQ)), token_of(reply.take(SEQ))
        reply.end()
        require(status.take(INT).integer == 0, "the status of the reply is not granted")
        status.maybe(SEQ)
        status.end()  # failure information would stand here
        pool, roots = self.pdf.signed.certificates, self.trust["tsa_roots"]
        signer = check_token(token, self.documents["statement.json"], pool, roots)
        if self.content is None:
            return
        printed = self.content["times"]["token"]
        for what, value in (
            ("gen_time", token.gen_time), ("serial", token.serial), ("policy", token.policy),
            ("tsa_name", signer.common_name),
        ):  # fmt: skip
            require(printed[what] == value, f"content.json names another {what}")

    def step_inclusion(self) -> None:
        check_inclusion(self.leaf, self.proof())

    def step_block(self) -> None:
        self.need(self.passed("inclusion"), "step inclusion")
        self.header = check_block(self.proof(), self.block())

    def step_chain(self) -> None:
        self.need(self.passed("inclusion") and self.header, "steps inclusion and block")
        proof = self.proof()
        wanted = (proof["chain_id"], proof["contract"])
        chains = [c for c in self.trust["chains"] if (c["chain_id"], c["contract"]) == wanted]
        self.need(chains, "a trusted chain with this contract")
        if self.offline:
            self.waived = True
            raise Unknown("the checker chose not to ask")
        if self.node is None or self.header is None:
            raise Unknown("no node is known")
        check_chain(self.node, chains[0], proof, self.block(), self.header)

    def step_status(self) -> str:
        self.need(self.statement, "step statement")
        asked = False
        if self.passed("chain") and self.node:
            with contextlib.suppress(NoAnswer):
                head, reason = revocation(self.node, self.proof()["contract"], self.leaf)
                asked = True
                self.as_of = min(head, now())
                if reason:
                    self.ending = "revoked"
                    raise Revoked(f"revoked on the chain, reason {reason}")
        self.stapled()
        if not asked and not self.offline:
            raise Unknown("the chain was not asked, or did not answer")
        return "the chain was asked" if asked else "by the stapled status"

    def stapled(self) -> None:
        """Verify and judge the stapled status (9)."""
        source = self.documents if self.members is None else self.members
        value = document(source["status.json"], "status.json", STATUS)
        status, signature = value["status"], value["signature"]
        self.need(signature["key"] in self.trust["status_keys"], "a status key that is trusted")
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
        self.as_of = min(max(self.as_of or status["as_of"], status["as_of"]), now())
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
    nobody: dict[str, Any] = {"issuer_roots": [], "tsa_roots": [], "chains": [], "status_keys": []}
    known = nobody if trust is None else read_trust(trust)
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

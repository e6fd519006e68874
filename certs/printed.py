"""Is what a certificate prints what its documents say?

`compare` sets content.json against statement, disclosures, proof and block, `compare_token`
against the token; `compare_pages` looks for disclosed values and digests in the pages' text.
"""

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

from certs.content import REGISTER_KINDS, CertificateContent
from certs.content import Fact as PrintedFact
from chain.proof import AnchoredBlock, BlockEvidence, Proof
from core import canonical
from core.canonical import format_time
from core.errors import VerificationFailed
from evidence.rfc3161 import Token
from evidence.statement import Fact, Statement, leaf_hash

ALWAYS_DISCLOSED: Final = frozenset({"custody_mode", "submitted_at"})
"""No copy may hide how the file was kept or when it was submitted."""

_NOT_OF_THE_RECORD: Final = frozenset(
    {"custody_mode", "depositor", "file_names", "media_types", "record_sha256", "stored_at",
     "submitted_at"}
)  # fmt: skip
"""What the deposit of a record adds to it."""

_SPACE: Final = re.compile(r"\s+")


def compare(
    content: CertificateContent,
    statement: Statement,
    statement_bytes: bytes,
    facts: Sequence[Fact],
    proof: Proof,
    block: BlockEvidence,
    anchored: AnchoredBlock,
) -> None:
    """Every member of content.json follows from the documents, or is the issuer's own word.

    `anchored` is what `verify_anchor` found of `proof` and `block`.

    Raises:
        VerificationFailed: naming the first printed value that differs.
    """
    values = {fact.name: fact.value for fact in facts}
    pairs: list[tuple[str, object, object]] = [
        ("number", content.number, statement.evidence),
        ("facts", {fact.name: _printed(fact) for fact in content.facts}, values),
        (
            "files",
            [(f.size, f.sha256, f.sm3) for f in content.files],
            [(f.size, f.sha256, f.sm3) for f in statement.files],
        ),
        ("custody_mode", content.custody_mode, values.get("custody_mode")),
        ("times.submitted_at", content.times.submitted_at, values.get("submitted_at")),
        ("statement_sha256", content.statement_sha256, sha256(statement_bytes).hexdigest()),
        ("leaf_hash", content.leaf_hash, leaf_hash(statement_bytes)),
        ("tree.size", content.tree.size, proof.tree_size),
        ("tree.index", content.tree.index, proof.leaf_index),
        ("tree.root", content.tree.root, proof.root.hex()),
        ("tree.path_length", content.tree.path_length, len(proof.path)),
        ("times.block.time", content.times.block.time, format_time(anchored.time)),
        ("chain.chain_id", content.chain.chain_id, proof.chain_id),
        ("chain.contract", content.chain.contract, "0x" + proof.contract.hex()),
        ("chain.transaction", content.chain.transaction, "0x" + proof.transaction.hex()),
        ("chain.block_number", content.chain.block_number, anchored.number),
        ("chain.block_hash", content.chain.block_hash, "0x" + anchored.hash.hex()),
        ("chain.log_index", content.chain.log_index, block.log_index),
        ("family.version", content.family.version, statement.family.version),
        ("family.previous", content.family.previous, statement.family.previous),
    ]
    if "stored_at" in values:
        pairs.append(("times.stored_at", content.times.stored_at, values["stored_at"]))
    for name, said, shown in pairs:
        if said != shown:
            raise VerificationFailed(f"印出的值与文件不符 / printed value differs: {name}")
    if content.kind in REGISTER_KINDS:
        compare_record(facts)


def compare_record(facts: Sequence[Fact]) -> None:
    """The disclosed facts are the whole record: its digest is among them.

    Raises:
        VerificationFailed: a fact of the record is hidden or added.
    """
    values = {fact.name: fact.value for fact in facts}
    members = {name: value for name, value in values.items() if name not in _NOT_OF_THE_RECORD}
    fixed = {"type": "yinji/registration", "version": 1}
    if fixed.keys() & members.keys():
        raise VerificationFailed("事实与登记记录的固定字段同名 / a fact is named type or version")
    record = canonical.encode({**fixed, **members})
    if values.get("record_sha256") != sha256(record).hexdigest():
        raise VerificationFailed(
            "登记记录不完整或不符 / the facts are not the registration record: record_sha256"
        )


def compare_token(content: CertificateContent, token: Token) -> None:
    """The printed time-stamp is the token's.

    Raises:
        VerificationFailed: naming what differs.
    """
    said = content.times.token
    pairs = (
        ("gen_time", said.gen_time, format_time(token.gen_time)),
        ("serial", said.serial, serial_text(token.serial)),
        ("policy", said.policy, token.policy),
        ("tsa_name", said.tsa_name, token.tsa_name),
    )
    for name, printed, shown in pairs:
        if printed != shown:
            raise VerificationFailed(f"印出的时间戳与令牌不符 / printed value differs: {name}")


def compare_pages(content: CertificateContent, pages: Iterable[str]) -> None:
    """Numbers, digests and disclosed texts stand on the pages (white space aside).

    `pages` is the text of each; no more are asked for once everything was found.

    Raises:
        VerificationFailed: naming what is missing from the pages.
    """
    wanted: list[tuple[str, str]] = [
        ("number", content.number),
        ("statement_sha256", content.statement_sha256),
        *((f"files[{entry.position}]", entry.sha256) for entry in content.files),
    ]
    for name in ("title", "depositor", "registration_number"):
        value = content.fact(name)
        if isinstance(value, str):
            wanted.append((f"facts.{name}", value))
    missing = [(name, _SPACE.sub("", value)) for name, value in wanted]
    read = ""
    for page in pages:
        # A value may begin on one page and end on the next.
        read += _SPACE.sub("", page)
        missing = [(name, value) for name, value in missing if value not in read]
        if not missing:
            return
    raise VerificationFailed(f"页面上没有应印的值 / missing from the pages: {missing[0][0]}")


def serial_text(number: int) -> str:
    """As openssl prints it: 0x and pairs of upper-case digits, without the sign byte of DER."""
    return "0x" + number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big").hex().upper()


def _printed(fact: PrintedFact) -> object:
    return list(fact.value) if isinstance(fact.value, tuple) else fact.value

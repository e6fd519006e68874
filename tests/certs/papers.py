"""Certificates made to order: one content with everything in it, keys that last one test run."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from certs.content import (
    BlockTime,
    CertificateContent,
    Chain,
    Fact,
    Family,
    FileEntry,
    Issuer,
    Times,
    TokenTime,
    Tree,
    to_canonical,
)
from certs.pades import DocumentSigner
from certs.pdf import Attachment, render
from core.pki import Identity, create_authority, create_issuer
from evidence.authority import EmbeddedAuthority, LocalTimestampClient

NOW = datetime(2026, 11, 21, 8, 0, 2, 345_000, tzinfo=UTC)
POLICY = "1.3.6.1.4.1.99999.1.1"
RARE_NAME = "王𠮷"
PHOTOGRAPH = b"the bytes of a photograph"
STATEMENT = b'{"files":[{"sha256":"%b"}]}' % hashlib.sha256(PHOTOGRAPH).hexdigest().encode("ascii")


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def content(**changes: Any) -> CertificateContent:
    leaf = hashlib.sha256(b"\0" + STATEMENT).hexdigest()
    block = "0x" + digest("block")
    number = "YJ-7K3M-9QWX-2F4T-HN8C"
    whole = CertificateContent(
        kind="evidence",
        number=number,
        certificate_number=f"{number}-1",
        edition=1,
        sample=True,
        issuer=Issuer("印记存证平台（样本）", "Yinji Evidence Platform (sample)", None, None),
        verify_url=f"http://127.0.0.1:43127/v/{number}-0123456789ABCDEFGHJKMNPQRS",
        trust_sha256=digest("trust"),
        facts=(
            Fact("title", "山间"),
            Fact("description", "雾中的第一缕光。\nFirst light in the fog."),
            Fact("category", "photography"),
            Fact("tags", ("山", "雾")),
            Fact("creation_nature", "original"),
            Fact("completion_date", "2026-11-01"),
            Fact("depositor", "林小雨"),
            Fact("authors", ("林小雨", RARE_NAME)),
            Fact("custody_mode", "stored"),
            Fact("file_names", ("山间.jpg",)),
            Fact("media_types", ("image/jpeg",)),
            Fact("submitted_at", "2026-11-21T08:00:00.000Z"),
            Fact("stored_at", "2026-11-21T08:00:00.412Z"),
        ),
        files=(FileEntry(1, 3_412_345, hashlib.sha256(PHOTOGRAPH).hexdigest(), digest("sm3")),),
        custody_mode="stored",
        statement_sha256=hashlib.sha256(STATEMENT).hexdigest(),
        leaf_hash=leaf,
        tree=Tree(12, 5, digest("root"), 4),
        times=Times(
            submitted_at="2026-11-21T08:00:00.000Z",
            stored_at="2026-11-21T08:00:00.412Z",
            token=TokenTime(
                "2026-11-21T08:00:00.512Z",
                "0x0A1B2C3D4E5F6071",
                POLICY,
                "Yinji SAMPLE time-stamp 样本 7f3a0011",
                "由出具方自行控制",
                "controlled by the issuer itself",
            ),
            block=BlockTime(
                "2026-11-21T08:00:01.000Z",
                42,
                block,
                "由出具方自行控制",
                "controlled by the issuer itself",
            ),
            issued_at="2026-11-21T08:00:02.345Z",
        ),
        chain=Chain(
            "内置试验链",
            "embedded trial chain",
            7_331_842,
            "0x" + digest("contract")[:40],
            "0x" + digest("transaction"),
            42,
            block,
            0,
            1,
        ),
        family=Family(1, None),
        notes=(),
    )
    return replace(whole, **changes)


def with_facts(**values: Any) -> CertificateContent:
    """The usual content with some facts changed or added."""
    base = content()
    facts = {fact.name: fact.value for fact in base.facts} | values
    return replace(base, facts=tuple(Fact(name, value) for name, value in facts.items()))


def hash_only() -> CertificateContent:
    base = content()
    hidden = {"media_types", "stored_at", "custody_mode"}
    return replace(
        base,
        custody_mode="hash_only",
        facts=tuple(fact for fact in base.facts if fact.name not in hidden),
        times=replace(base.times, stored_at=None),
    )


def crowded() -> CertificateContent:
    """As much as the limits allow: a long title, ten files with long names, thirty authors."""
    names = tuple(
        f"{place:02d}-" + "一个很长的文件名 a long name " * 8 + ".tiff" for place in range(10)
    )
    base = content()
    facts = {fact.name: fact.value for fact in base.facts} | {
        "title": "山间晨雾与远去的钟声" * 30,
        "description": "这是一段很长的说明，讲述作品的由来。It tells where the work comes from. "
        * 25,
        "authors": tuple(f"作者{place}·{RARE_NAME}" for place in range(30)),
        "depositor": "某某文化传播有限责任公司" * 8,
        "file_names": tuple(name[:200] for name in names),
        "media_types": ("image/tiff",) * 10,
    }
    return replace(
        base,
        facts=tuple(Fact(name, value) for name, value in facts.items()),
        files=tuple(
            FileEntry(place + 1, 21_474_836_480, digest(f"file {place}"), digest(f"sm3 {place}"))
            for place in range(10)
        ),
        notes=("本证书由第一版更正而来。 Corrected from the first edition.",),
        family=Family(2, digest("before")),
    )


def attachments(of: CertificateContent, token: bytes = b"\x30\x03\x02\x01\x00") -> list[Attachment]:
    proof = json.dumps({"root": of.tree.root}).encode("ascii")
    return [
        Attachment("statement.json", "application/json", "规范声明 statement", STATEMENT),
        Attachment("timestamp.tsr", "application/timestamp-reply", "时间戳 time-stamp", token),
        Attachment("proof.json", "application/json", "默克尔证明 proof", proof),
        Attachment("content.json", "application/json", "内容 content", to_canonical(of)),
    ]


@cache
def issuer() -> Identity:
    return create_issuer("7f3a0011", now=NOW - timedelta(days=1))


@cache
def authority() -> Identity:
    return create_authority("7f3a0011", now=NOW - timedelta(days=1))


def stamp() -> Callable[[bytes], bytes]:
    embedded = EmbeddedAuthority(authority(), POLICY, timedelta(seconds=1))
    return LocalTimestampClient(embedded, lambda: NOW).ask


@cache
def signer() -> DocumentSigner:
    return DocumentSigner(issuer(), others=[authority()], policy=POLICY)


@cache
def signed() -> bytes:
    """One signed certificate, the same for all tests of a run."""
    said = content()
    return signer().sign(render(said, attachments(said)), stamp(), now=NOW)

"""Vectors of what a register issues: certificate and work sample of a whole registration, true and
false. A false one carries the issuer's good signature over a record that is not whole.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from certs import disclosures
from certs.documents import CONTENT, DISCLOSURES
from certs.signer_keys import SignerAuthority
from core import pki
from tests.vectors.build import Grounds
from tests.vectors.issuing import Issued, altered

OFFLINE: dict[str, Any] = {"offline": True, "not_checked": ("chain",)}
REASON = 12
"""The registration does not match the facts: `chain.revoking`."""


def write(grounds: Grounds) -> None:
    entry, photo = grounds.issued["registration"], grounds.issued["photo"]
    _valid(grounds, entry)
    _revoked(grounds, entry)
    _not_whole(grounds, entry)
    _otherwise_called(grounds, entry, photo)
    _by_a_persons_key(grounds, entry)


def _valid(grounds: Grounds, entry: Issued) -> None:
    node = grounds.node("registration", grounds.nodes["registration"])
    add = grounds.add
    add("valid-registration", "a registration certificate in its package, asked of the chain",
        "valid", entry.package, node=node, not_checked=())  # fmt: skip
    add("valid-registration-pdf", "the same certificate alone", "valid", entry.pdf, **OFFLINE)
    add("valid-work-sample", "the work sample of the same registration", "valid",
        grounds.sample, **OFFLINE)  # fmt: skip
    add("registration-other-file", "a work that was not registered", "invalid",
        "presented/valid-registration.zip", ["photo-changed.jpg"], offline=True,
        failed=["file"], not_checked=["chain"])  # fmt: skip


def _revoked(grounds: Grounds, entry: Issued) -> None:
    node = grounds.node("registration-revoked", grounds.nodes["registration-revoked"])
    grounds.add("registration-revoked", "revoked by the registrar, with a register's reason",
                "revoked", "presented/valid-registration.zip", node=node, failed=["status"],
                not_checked=())  # fmt: skip
    grounds.add("work-sample-revoked", "the sample of a revoked registration", "revoked",
                "presented/valid-work-sample.pdf", node=node, failed=["status"],
                not_checked=())  # fmt: skip
    status = grounds.home.status(entry, state="revoked", reason=REASON)
    grounds.add("registration-status-revoked", "the stapled status says so", "revoked",
                entry.with_members(status_json=status), offline=True, failed=["status"],
                not_checked=["chain"])  # fmt: skip
    status = grounds.home.status(entry, edition=2)
    grounds.add("registration-reissued", "a later edition is in force", "superseded",
                entry.with_members(status_json=status), offline=True, failed=["status"],
                not_checked=["chain"])  # fmt: skip


def _without(entry: Issued, hidden: set[str], **said: Any) -> dict[str, bytes]:
    """The documents with some facts hidden, in content.json as well, which says `said` besides."""
    facts = disclosures.parse(entry.documents[DISCLOSURES])
    kept = disclosures.encode([fact for fact in facts if fact.name not in hidden])

    def fewer(value: Any) -> None:
        value["facts"] = [fact for fact in value["facts"] if fact["name"] not in hidden]
        value.update(said)

    return entry.documents | {
        DISCLOSURES: kept,
        CONTENT: altered(entry.documents[CONTENT], fewer),
    }


def _not_whole(grounds: Grounds, entry: Issued) -> None:
    def add(name: str, says: str, documents: dict[str, bytes], drawn: bytes | None = None) -> None:
        """`drawn` where content.json is not well formed, and our own drawing would refuse it."""
        pdf = grounds.home.certificate(documents, drawn=drawn)
        left = ["chain"] if drawn is None else ["chain", "status"]
        grounds.add(name, says, "invalid", pdf, offline=True, failed=["printed"], not_checked=left)

    add("registration-fact-hidden", "a fact of the record that is not required is hidden",
        _without(entry, {"acquisition"}))  # fmt: skip
    left = {"applicant", "record_sha256", "evidence_number"}
    for name in sorted(left):
        spelled = name.replace("_", "-")
        add(f"registration-without-{spelled}", f"the fact {name} is hidden",
            _without(entry, {name}), entry.documents[CONTENT])  # fmt: skip
    sample = _without(entry, {"ownership"}, kind="work_sample")
    add("work-sample-fact-hidden", "a sample does not hide the record either", sample)


def _otherwise_called(grounds: Grounds, entry: Issued, photo: Issued) -> None:
    """The kind is the issuer's own word; what each kind needs is not."""

    def called(issued: Issued, kind: str) -> dict[str, bytes]:
        change = _kind(kind)
        return issued.documents | {CONTENT: altered(issued.documents[CONTENT], change)}

    grounds.add("registration-called-evidence", "the record's evidence, plainly called", "valid",
                grounds.home.certificate(called(entry, "evidence")), **OFFLINE)  # fmt: skip
    title = {"title", "custody_mode", "submitted_at"}
    every = {fact["name"] for fact in json.loads(entry.documents[CONTENT])["facts"]}
    grounds.add("registration-copy", "a copy may hide what a certificate may not", "valid",
                grounds.home.certificate(_without(entry, every - title, kind="copy")),
                **OFFLINE)  # fmt: skip
    pdf = grounds.home.certificate(called(photo, "registration"), drawn=photo.documents[CONTENT])
    grounds.add("evidence-called-registration", "a deposit that calls itself a registration",
                "invalid", pdf, offline=True, failed=["printed"],
                not_checked=["chain", "status"])  # fmt: skip

    def renumbered(value: Any) -> None:
        for fact in value["facts"]:
            if fact["name"] == "registration_number":
                fact["value"] = fact["value"][:-1] + ("2" if fact["value"][-1] == "1" else "1")

    drawn = altered(entry.documents[CONTENT], renumbered)
    pdf = grounds.home.certificate(entry.documents, drawn=drawn)
    grounds.add("registration-other-number-drawn", "pages that show another registration number",
                "invalid", pdf, offline=True, failed=["printed"], not_checked=["chain"],
                needs="page text")  # fmt: skip


def _kind(kind: str) -> Callable[[Any], None]:
    def change(value: Any) -> None:
        value["kind"] = kind

    return change


def _by_a_persons_key(grounds: Grounds, entry: Issued) -> None:
    """People sign papers under a root of their own; it certifies no certificate."""
    now = datetime.now(UTC)
    signers = SignerAuthority(pki.create_signers("persons1", now=now))
    person = signers.certify("张三", "act-1", now=now)
    pdf = replace(grounds.home, issuer=person).certificate(entry.documents)
    grounds.add("registration-by-a-persons-key", "signed by a key that people sign papers with",
                "indeterminate", pdf, offline=True,
                not_checked=["signature", "chain"])  # fmt: skip

"""The frozen vectors as values for unit tests, and a node that says what it is told to."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from certs import package, pdffile, trust
from certs.content import CertificateContent, from_canonical
from certs.documents import BLOCK, CONTENT, PROOF
from certs.report import Report
from certs.verifying import PresentedFile, check
from chain.node import SeenBlock, SeenRevocation
from chain.proof import parse_block, parse_proof, verify_anchor
from core.errors import OutcomeUnknown
from evidence.digest import digest_chunks

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
NOW = datetime(2027, 1, 1, tzinfo=UTC)


@cache
def read(name: str) -> bytes:
    return (VECTORS / name).read_bytes()


@cache
def zip_bytes() -> bytes:
    return read("presented/valid-zip.zip")


@cache
def members() -> dict[str, bytes]:
    return package.read(zip_bytes())


@cache
def pdf_bytes() -> bytes:
    return members()[package.CERTIFICATE]


@cache
def documents() -> dict[str, bytes]:
    return dict(pdffile.attachments(pdf_bytes()))


def content() -> CertificateContent:
    return from_canonical(documents()[CONTENT])


@cache
def trusted() -> trust.TrustFile:
    return trust.parse(read("trust/home.json"))


@cache
def photo() -> PresentedFile:
    return PresentedFile("photo.jpg", digest_chunks([read("works/photo.jpg")]))


@dataclass
class Told:
    """`Node`: everything fits, unless a member says otherwise. `heads` are shown in turn."""

    id: int
    genesis: bytes
    block: SeenBlock | None
    code: bytes
    heads: list[SeenBlock]
    revoked: SeenRevocation
    silent: tuple[str, ...] = ()

    def chain_id(self) -> int:
        return self.id

    def head(self) -> SeenBlock:
        return self.heads.pop(0) if len(self.heads) > 1 else self.heads[0]

    def block_at(self, number: int) -> SeenBlock | None:
        return SeenBlock(0, self.genesis, NOW) if number == 0 else self.block

    def code_hash(self, contract: bytes) -> bytes:
        assert contract == trusted().chains[0].contract
        return self.code

    def revocation(self, contract: bytes, leaf: bytes) -> SeenRevocation:
        if "revocation" in self.silent:
            raise OutcomeUnknown("no answer")
        assert (contract, leaf.hex()) == (trusted().chains[0].contract, content().leaf_hash)
        return self.revoked


@cache
def _anchoring_block() -> SeenBlock:
    proof, block = parse_proof(documents()[PROOF]), parse_block(documents()[BLOCK])
    found = verify_anchor(proof, block)
    others = (bytes(32),) * block.transaction_index
    return SeenBlock(found.number, found.hash, found.time, (*others, proof.transaction))


def node(**changed: Any) -> Told:
    """A node of the right chain that holds the block, changed as told."""
    entry, seen = trusted().chains[0], _anchoring_block()
    values: dict[str, Any] = {
        "id": entry.chain_id,
        "genesis": entry.genesis,
        "block": seen,
        "code": entry.code_hash,
        "heads": [replace(seen, number=seen.number + 5, time=NOW)],
        "revoked": SeenRevocation(0, datetime.fromtimestamp(0, UTC)),
    }
    return Told(**{**values, **changed})


def checked(data: bytes, **changed: Any) -> Report:
    """The check of `data` with the photograph, our trust file and a good node."""
    values: dict[str, Any] = {
        "files": [photo()], "trust": trusted(), "node": node(), "offline": False, "now": NOW,
    }  # fmt: skip
    values |= changed
    return check(
        data,
        values["files"],
        values["trust"],
        values["node"],
        offline=values["offline"],
        now=values["now"],
    )


def results(report: Report) -> dict[str, str]:
    return {step.id: step.result.value for step in report.steps}


def edited(data: bytes, **changed: Any) -> bytes:
    """A JSON document with other members, spelled canonically."""
    value = {**json.loads(data), **changed}
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

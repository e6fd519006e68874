"""Everything known of one anchored evidence, gathered for certificate and package.

`gather` reads; the documents built here are byte for byte what PDF and ZIP carry.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from certs import disclosures
from certs.documents import BLOCK, CUSTODY, DISCLOSURES, PROOF, STATEMENT, TOKEN
from chain.merkle import split
from chain.models import Anchor, Attempt, Batch, Leaf, Transaction
from chain.proof import Proof, parse_block
from core.errors import Gone, InvalidInput, NotReady
from evidence import custody
from evidence.intake import ALWAYS_DISCLOSED
from evidence.models import CustodyEvent, Evidence, EvidenceFact, StatementRow, TimestampToken
from evidence.statement import Fact, Statement, parse


@dataclass(frozen=True)
class Dossier:
    """The facts of one anchored evidence, as values and as the documents that carry them."""

    evidence: Evidence
    statement: Statement
    statement_bytes: bytes
    leaf_hash: str
    facts: tuple[Fact, ...]
    token: TimestampToken
    anchor: Anchor
    proof: Proof
    custody_document: bytes

    def documents(self) -> Mapping[str, bytes]:
        """What is attached to the PDF and lies in the package, without content.json."""
        return {
            STATEMENT: self.statement_bytes,
            TOKEN: self.token.response,
            PROOF: self.proof.encode(),
            BLOCK: self.anchor.block_document,
            DISCLOSURES: disclosures.encode(self.facts),
            CUSTODY: self.custody_document,
        }

    @property
    def log_index(self) -> int:
        return parse_block(self.anchor.block_document).log_index


def gather(session: Session, evidence: Evidence, disclose: Sequence[str] | None = None) -> Dossier:
    """Read everything about `evidence`; `disclose` limits the facts (None: all of them).

    Raises:
        NotReady: not anchored, suspended, or still without its token.
        Gone: the facts asked for were erased.
        InvalidInput: a fact to disclose that does not exist.
    """
    statement_row = session.get(StatementRow, evidence.id)
    token = session.get(TimestampToken, evidence.id)
    leaf = session.get(Leaf, evidence.id)
    anchor = None if leaf is None else session.get(Anchor, leaf.batch_id)
    if statement_row is None or token is None or leaf is None or anchor is None:
        raise NotReady("存证尚未上链完成,请稍后 / not anchored yet: ask again shortly")
    if anchor.suspended_at is not None:
        raise NotReady("链发生重组,正在重新上链 / the chain reorganised: being anchored again")
    batch = session.get_one(Batch, leaf.batch_id)
    statement = parse(statement_row.body)
    return Dossier(
        evidence=evidence,
        statement=statement,
        statement_bytes=statement_row.body,
        leaf_hash=statement_row.leaf_hash.hex(),
        facts=_facts(session, evidence, disclose),
        token=token,
        anchor=anchor,
        proof=Proof(
            leaf_index=leaf.index,
            tree_size=batch.size,
            path=split(leaf.path),
            root=batch.root,
            chain_id=anchor.chain_id,
            contract=anchor.contract,
            transaction=anchor.transaction_hash,
        ),
        custody_document=_custody(session, evidence, anchor),
    )


def ready(session: Session, limit: int, skip: Collection[uuid.UUID] = ()) -> Sequence[uuid.UUID]:
    """Evidence that is anchored and time-stamped but has no certificate yet."""
    return session.scalars(
        select(Leaf.evidence_id)
        .join(Anchor, Anchor.batch_id == Leaf.batch_id)
        .join(TimestampToken, TimestampToken.evidence_id == Leaf.evidence_id)
        .where(~Leaf.issued, Anchor.suspended_at.is_(None), Leaf.evidence_id.not_in(skip))
        .order_by(Anchor.anchored_at, Leaf.index)
        .limit(limit)
    ).all()


def _facts(
    session: Session, evidence: Evidence, disclose: Sequence[str] | None
) -> tuple[Fact, ...]:
    rows = session.scalars(
        select(EvidenceFact)
        .where(EvidenceFact.evidence_id == evidence.id)
        .order_by(EvidenceFact.name)
    ).all()
    known = {row.name for row in rows}
    wanted = known if disclose is None else set(disclose) | (ALWAYS_DISCLOSED & known)
    if unknown := sorted(wanted - known):
        raise InvalidInput(
            f"没有这些事实 / no such facts: {', '.join(unknown)}; 可选 / available: "
            f"{', '.join(sorted(known))}",
            field="disclose",
        )
    facts: list[Fact] = []
    for row in rows:
        if row.name not in wanted:
            continue
        if row.value is None or row.salt is None:
            raise Gone("个人信息已删除,不能再出具 / erased: it cannot be disclosed any more")
        facts.append(Fact(row.name, row.value["value"], row.salt))
    return tuple(facts)


def _custody(session: Session, evidence: Evidence, anchor: Anchor) -> bytes:
    """The evidence's own events, and those of its batch and transaction, in order of time."""
    lines = list(custody.events(session, evidence.id))
    batch = session.get_one(Batch, anchor.batch_id)
    attempt = session.get_one(Attempt, anchor.attempt_id)
    transaction = session.get_one(Transaction, attempt.transaction_id)
    chain_lines: list[tuple[str, datetime, dict[str, object]]] = [
        ("sealed", batch.sealed_at, {"root": batch.root.hex(), "size": batch.size}),
        (
            "signed",
            attempt.signed_at,
            {"transaction": "0x" + attempt.hash.hex(), "nonce": transaction.nonce},
        ),
        (
            "anchored",
            anchor.anchored_at,
            {"block": anchor.block_number, "block_hash": "0x" + anchor.block_hash.hex()},
        ),
    ]
    lines += [
        CustodyEvent(evidence_id=evidence.id, sequence=0, kind=kind, at=at, detail=detail)
        for kind, at, detail in chain_lines
    ]
    lines.sort(key=lambda line: line.at)
    numbered = [
        CustodyEvent(
            evidence_id=line.evidence_id, sequence=place, kind=line.kind, at=line.at,
            detail=line.detail,
        )
        for place, line in enumerate(lines, 1)
    ]  # fmt: skip
    return custody.document(evidence.number, numbered)

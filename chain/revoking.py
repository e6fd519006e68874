"""Taking evidence back for good: the wish is written first, the chain makes it true.

Reason codes are the contract's second argument; they are public and never change their meaning.
"""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chain.lifecycle import AttemptStatus, TransactionStatus
from chain.models import Attempt, Revocation, Transaction
from core import audit
from core.errors import Conflict, InvalidInput
from evidence.about import REGISTRATION
from evidence.models import Evidence

REASONS: Final[Mapping[int, str]] = MappingProxyType(
    {
        1: "存证人申请 / at the depositor's request",
        2: "误存 / deposited by mistake",
        3: "法院裁判 / by order of a court",
        4: "权属争议已有结论 / a dispute about the rights was decided",
        9: "其他 / another reason",
    }
)

"""What is given for evidence that somebody deposited."""

REGISTRATION_REASONS: Final[Mapping[int, str]] = MappingProxyType(
    {
        11: "登记撤销:属不予登记的情形 / registration revoked: it should have been refused",
        12: "登记撤销:与事实不相符 / registration revoked: it does not match the facts",
        13: "登记撤销:申请人申请 / registration revoked: at the applicant's request",
        14: "登记撤销:重复登记 / registration revoked: it was registered twice",
        15: "登记撤销:依终审判决 / registration revoked: by a final judgment",
        16: "登记撤销:依行政处罚决定 / registration revoked: by an administrative penalty",
    }
)
"""Given for the record of a registration: 11 to 14 《作品自愿登记试行办法》(1994) art. 6, items 1
to 4; of software 13, 15 and 16, 《计算机软件著作权登记办法》 arts 24 and 23.
"""


@dataclass(frozen=True)
class RevocationStanding:
    """`state` is requested, broadcast, mined or revoked (final on the chain, for good)."""

    revocation: Revocation
    state: Literal["requested", "broadcast", "mined", "revoked"]
    transaction: bytes | None


def request(
    session: Session,
    evidence: Evidence,
    reason: int,
    requested_by: uuid.UUID,
    *,
    now: datetime,
) -> Revocation:
    """Write down that `evidence` shall be revoked; the same wish again is the same row.

    Raises:
        InvalidInput: not one of the reasons for this kind of evidence.
        Conflict: rejected evidence has nothing to revoke; or another reason was given before.
    """
    reasons = REGISTRATION_REASONS if evidence.kind == REGISTRATION else REASONS
    if reason not in reasons:
        known = "; ".join(f"{code} {text}" for code, text in reasons.items())
        raise InvalidInput(f"原因码须为 / reason is one of: {known}", field="reason")
    if evidence.rejected_at is not None:
        raise Conflict("该存证未成立,无需撤销 / it was rejected: there is nothing to revoke")
    made = session.scalar(
        insert(Revocation)
        .values(
            id=uuid.uuid4(),
            evidence_id=evidence.id,
            reason=reason,
            requested_by=requested_by,
            requested_at=now,
        )
        .on_conflict_do_nothing()
        .returning(Revocation.id)
    )
    if made is not None:
        audit.note(
            session, audit.INSTALLATION, "evidence.revocation_requested",
            f"evidence:{evidence.id}", requested_by, {"reason": reason}, now=now,
        )  # fmt: skip
    found = session.scalars(select(Revocation).where(Revocation.evidence_id == evidence.id)).one()
    if found.reason != reason:
        raise Conflict(
            f"已以原因码 {found.reason} 申请撤销,不可更改 / its revocation was requested with "
            f"reason {found.reason}: that cannot be changed",
            field="reason",
        )
    return found


def standing(session: Session, evidence_id: uuid.UUID) -> RevocationStanding | None:
    """How far the revocation is; None when nobody asked for one."""
    revocation = session.scalar(select(Revocation).where(Revocation.evidence_id == evidence_id))
    if revocation is None:
        return None
    attempts = session.execute(
        select(Attempt.hash, Attempt.status, Transaction.status.label("transaction_status"))
        .join(Transaction, Transaction.id == Attempt.transaction_id)
        .where(
            Transaction.revocation_id == revocation.id,
            Transaction.status != TransactionStatus.FAILED,
        )
        .order_by(Attempt.number)
    ).all()
    for row in attempts:
        if row.transaction_status == TransactionStatus.FINAL and row.status == AttemptStatus.FINAL:
            return RevocationStanding(revocation, "revoked", row.hash)
    for row in attempts:
        if row.status == AttemptStatus.MINED:
            return RevocationStanding(revocation, "mined", row.hash)
    sent = [row.hash for row in attempts if row.status != AttemptStatus.SIGNED]
    if sent:
        return RevocationStanding(revocation, "broadcast", sent[-1])
    return RevocationStanding(revocation, "requested", None)


def is_revoked(session: Session, evidence_id: uuid.UUID) -> bool:
    """Whether the revocation is final on the chain."""
    return evidence_id in revoked_among(session, [evidence_id])


def revoked_among(session: Session, evidence_ids: Collection[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Those whose revocation is final on the chain."""
    if not evidence_ids:
        return frozenset()
    return frozenset(
        session.scalars(
            select(Revocation.evidence_id)
            .join(Transaction, Transaction.revocation_id == Revocation.id)
            .where(
                Revocation.evidence_id.in_(evidence_ids),
                Transaction.status == TransactionStatus.FINAL,
            )
        )
    )

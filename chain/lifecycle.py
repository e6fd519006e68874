"""States of transactions and attempts, and what anchoring state follows from facts.

Each member's comment says who acts next. Nothing ends because something was not seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.errors import IllegalTransition


class TransactionStatus(StrEnum):
    OPEN = "open"  # we: send its attempts, look for receipts
    FINAL = "final"  # nobody: one attempt is final and succeeded
    FAILED = "failed"  # we: a new transaction with a new nonce; this nonce was used in vain


class AttemptStatus(StrEnum):
    SIGNED = "signed"  # we: send the stored bytes
    BROADCAST = "broadcast"  # the chain: mine it; we: send again while it is not seen
    MINED = "mined"  # the chain: bury it
    REORGED = "reorged"  # we: send the same bytes again
    REPLACED = "replaced"  # nobody: another attempt of the same nonce is final
    FINAL = "final"  # nobody
    REVERTED = "reverted"  # nobody: final, and the call failed


TRANSACTION: Final[Mapping[TransactionStatus, frozenset[TransactionStatus]]] = {
    TransactionStatus.OPEN: frozenset({TransactionStatus.FINAL, TransactionStatus.FAILED}),
    # Back to open only when the chain reorganised past our finality.
    TransactionStatus.FINAL: frozenset({TransactionStatus.OPEN}),
    TransactionStatus.FAILED: frozenset({TransactionStatus.OPEN}),
}

ATTEMPT: Final[Mapping[AttemptStatus, frozenset[AttemptStatus]]] = {
    AttemptStatus.SIGNED: frozenset(
        {AttemptStatus.BROADCAST, AttemptStatus.MINED, AttemptStatus.REPLACED}
    ),
    AttemptStatus.BROADCAST: frozenset({AttemptStatus.MINED, AttemptStatus.REPLACED}),
    AttemptStatus.MINED: frozenset(
        {
            AttemptStatus.FINAL,
            AttemptStatus.REVERTED,
            AttemptStatus.REORGED,
            AttemptStatus.REPLACED,
        }
    ),
    AttemptStatus.REORGED: frozenset(
        {AttemptStatus.BROADCAST, AttemptStatus.MINED, AttemptStatus.REPLACED}
    ),
    # A reorganisation past finality can bring any of the family back.
    AttemptStatus.REPLACED: frozenset({AttemptStatus.REORGED}),
    AttemptStatus.FINAL: frozenset({AttemptStatus.REORGED}),
    AttemptStatus.REVERTED: frozenset({AttemptStatus.REORGED}),
}


class AnchoringState(StrEnum):
    """Where evidence stands; derived, never stored."""

    RECEIVED = "received"
    STORED = "stored"
    TIMESTAMPED = "timestamped"
    SEALED = "sealed"
    BROADCAST = "broadcast"
    MINED = "mined"
    ANCHORED = "anchored"
    REJECTED = "rejected"
    SUSPENDED = "suspended"


@dataclass(frozen=True)
class AnchoringFacts:
    """The rows that exist for one evidence, as plain values."""

    rejected: bool
    stated_at: datetime | None
    token: bool
    sealed: bool
    attempts: frozenset[AttemptStatus]
    anchored: bool
    suspended: bool


def anchoring_state(facts: AnchoringFacts) -> AnchoringState:  # noqa: PLR0911 - one line a rule
    """The furthest state the facts support.

    Raises:
        IllegalTransition: facts that cannot stand together (a sign of tampering or a bug).
    """
    if facts.rejected:
        if facts.sealed or facts.anchored:
            raise IllegalTransition("已拒绝却已封存 / rejected, yet sealed")
        return AnchoringState.REJECTED
    if facts.sealed and facts.stated_at is None:
        raise IllegalTransition("已封存却无声明 / sealed without a statement")
    if facts.anchored:
        if not facts.sealed:
            raise IllegalTransition("已上链却未封存 / anchored without a batch")
        return AnchoringState.SUSPENDED if facts.suspended else AnchoringState.ANCHORED
    if AttemptStatus.MINED in facts.attempts:
        return AnchoringState.MINED
    if facts.attempts & {AttemptStatus.BROADCAST, AttemptStatus.REORGED}:
        return AnchoringState.BROADCAST
    if facts.sealed:
        return AnchoringState.SEALED
    if facts.stated_at is None:
        return AnchoringState.RECEIVED
    return AnchoringState.TIMESTAMPED if facts.token else AnchoringState.STORED

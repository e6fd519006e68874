"""Signing that cannot come to its end by itself: an operator is alarmed, and the applicant told to
take the application back and submit it again.

Two causes: a paper that the worker cannot certify or sign, whatever it tries; and an agent who was
to sign in its principal's stead and whose mandate has ended meanwhile.
"""

import uuid
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts import mandates
from accounts.person_models import Mandate
from chain import alarms
from chain.models import Alarm
from core.errors import ConcurrentChange, NotReady, OutcomeUnknown, OutsideError, ServiceError
from registry import telling
from registry.lifecycle import MatterState
from registry.matters import profile_of
from registry.models import Matter
from registry.signing_models import SigningAct, SigningPaper, SigningSigner
from registry.signing_state import ActState

UNSIGNABLE: Final = "paper-unsignable"
MANDATE_ENDED: Final = "signing-mandate-ended"
_PASSES: Final = (OutsideError, OutcomeUnknown, ConcurrentChange, NotReady)
"""Errors that a later try may not meet."""


def failed(
    session: Session, paper_id: uuid.UUID, error: ServiceError, *, now: datetime
) -> None:  # fmt: skip
    """A paper could not be certified or signed. What may pass by itself alarms nobody."""
    if isinstance(error, _PASSES):
        return
    paper = session.get_one(SigningPaper, paper_id)
    message = f"签署文件无法完成 / a paper cannot be signed: {error.code}"
    alarms.raise_alarm(session, UNSIGNABLE, f"paper:{paper_id}", message, now=now)
    _tell(session, paper.matter_id, f"unsignable:{paper_id}", now=now)


def watch(session: Session, *, now: datetime) -> None:
    """Open the alarms of ended mandates; close those whose matter is not being signed any more."""
    due = {}
    for matter_id, signer_id, mandate_id in _in_stead(session):
        if not mandates.in_force(session.get_one(Mandate, mandate_id), now):
            due[f"signer:{signer_id}"] = "代签委托已终止 / the mandate to sign has ended"
            _tell(session, matter_id, f"unsignable:{signer_id}", now=now)
    alarms.keep_open(session, MANDATE_ENDED, due, now=now)
    alarms.keep_open(session, UNSIGNABLE, _still_failing(session), now=now)


def _in_stead(session: Session) -> list[tuple[uuid.UUID, uuid.UUID, uuid.UUID]]:
    """Matter, signer and mandate of every signature in somebody's stead that is waited for."""
    rows = session.execute(
        select(Matter.id, SigningSigner.id, SigningSigner.mandate_id)
        .join(SigningSigner, SigningSigner.matter_id == Matter.id)
        .join(SigningAct, SigningAct.signer_id == SigningSigner.id)
        .where(
            Matter.status == MatterState.SIGNING.value,
            Matter.round == SigningSigner.round,
            SigningSigner.mandate_id.is_not(None),
            SigningAct.status == ActState.WAITING,
        )
        .distinct()
    )
    return [(matter, signer, mandate) for matter, signer, mandate in rows if mandate is not None]


def _still_failing(session: Session) -> dict[str, str]:
    """The alarms of papers whose round is still being signed."""
    standing = session.scalars(
        select(Alarm).where(Alarm.kind == UNSIGNABLE, Alarm.cleared_at.is_(None))
    ).all()
    found = {}
    for alarm in standing:
        paper = session.get(SigningPaper, uuid.UUID(alarm.subject.partition(":")[2]))
        if paper is None:
            continue
        matter = session.get_one(Matter, paper.matter_id)
        if (matter.status, matter.round) == (MatterState.SIGNING, paper.round):
            found[alarm.subject] = alarm.message
    return found


def _tell(session: Session, matter_id: uuid.UUID, key: str, *, now: datetime) -> None:
    matter = session.get_one(Matter, matter_id)
    telling.cannot_be_signed(session, matter, profile_of(session, matter), key, now=now)

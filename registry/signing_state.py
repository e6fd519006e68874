"""How far a signing is: derived from acts and revisions, never stored."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit
from core.canonical import Json
from core.errors import NotFound
from core.lifecycle import Lifecycle
from registry.lifecycle import MatterState
from registry.matters import profile_of
from registry.models import Matter
from registry.signing_models import SigningAct, SigningPaper, SigningRevision, SigningSigner


class ActState(StrEnum):
    WAITING = "waiting"  # the signer: prove who you are, read, confirm
    INTENDED = "intended"  # the worker: sign
    SIGNED = "signed"  # nobody


ACT: Final = Lifecycle(
    "signing_act",
    {
        ActState.WAITING: frozenset({ActState.INTENDED}),
        ActState.INTENDED: frozenset({ActState.SIGNED}),
        ActState.SIGNED: frozenset(),
    },
)


class SignerState(StrEnum):
    """As lists of signatures show it."""

    PREPARING = "preparing"  # the worker: draw and certify the papers
    WAITS = "waits"  # those before: sign (准备签章)
    TO_SIGN = "to_sign"  # the signer (待签章)
    UNFINISHED = "unfinished"  # the signer: was here, did not confirm (ZJ-89)
    SIGNING = "signing"  # the worker: make the signatures
    SIGNED = "signed"  # nobody (已签章)


def tell(
    session: Session,
    matter: Matter,
    act: str,
    signer_id: uuid.UUID,
    by: uuid.UUID | None,
    *,
    now: datetime,
) -> None:
    """A line of the office's audit; signers are named by the id of their row."""
    facts: dict[str, Json] = {"signer": str(signer_id), "round": matter.round}
    stream = audit.of_office(matter.office)
    audit.note(session, stream, f"signing.{act}", f"matter:{matter.id}", by, facts, now=now)


def papers_of(session: Session, matter_id: uuid.UUID, number: int) -> Sequence[SigningPaper]:
    """The papers of one round, by code."""
    return session.scalars(
        select(SigningPaper)
        .where(SigningPaper.matter_id == matter_id, SigningPaper.round == number)
        .order_by(SigningPaper.code)
    ).all()


def paper_of(session: Session, matter: Matter, code: str) -> SigningPaper:
    """A paper of the matter's own round. Raises NotFound."""
    for each in papers_of(session, matter.id, matter.round):
        if each.code == code:
            return each
    raise NotFound("没有此签署文件 / no such paper to sign")


def signers_of(session: Session, matter_id: uuid.UUID, number: int) -> Sequence[SigningSigner]:
    """The signers of one round, in order."""
    return session.scalars(
        select(SigningSigner)
        .where(SigningSigner.matter_id == matter_id, SigningSigner.round == number)
        .order_by(SigningSigner.position)
    ).all()


def signer_of(session: Session, matter: Matter, signer_id: uuid.UUID) -> SigningSigner:
    """A signer of the matter's own round. Raises NotFound."""
    found = session.get(SigningSigner, signer_id)
    if found is None or (found.matter_id, found.round) != (matter.id, matter.round):
        raise NotFound("没有此签署人 / no such signer")
    return found


def acts_of(session: Session, paper_id: uuid.UUID) -> Sequence[SigningAct]:
    """The signatures one paper asks for."""
    return session.scalars(
        select(SigningAct).where(SigningAct.paper_id == paper_id).order_by(SigningAct.place)
    ).all()


def acts_by(session: Session, signer_id: uuid.UUID) -> Sequence[SigningAct]:
    """The signatures asked of one signer."""
    return session.scalars(
        select(SigningAct).where(SigningAct.signer_id == signer_id).order_by(SigningAct.id)
    ).all()


def stored_revisions(session: Session, paper_id: uuid.UUID) -> Sequence[SigningRevision]:
    """What is stored of a paper, oldest first; empty until it is prepared."""
    return session.scalars(
        select(SigningRevision)
        .where(SigningRevision.paper_id == paper_id, SigningRevision.stored_at.is_not(None))
        .order_by(SigningRevision.number)
    ).all()


def newest(session: Session, paper_id: uuid.UUID) -> SigningRevision | None:
    """The paper as it stands."""
    found = stored_revisions(session, paper_id)
    return found[-1] if found else None


def is_complete(session: Session, matter: Matter) -> bool:
    """Whether every signature of this round is there."""
    open_act = session.scalar(
        select(SigningAct.id)
        .join(SigningPaper, SigningPaper.id == SigningAct.paper_id)
        .where(
            SigningPaper.matter_id == matter.id,
            SigningPaper.round == matter.round,
            SigningAct.status != ActState.SIGNED,
        )
        .limit(1)
    )
    return open_act is None


def standing_of(session: Session, matter: Matter) -> str:
    """Which words say how a matter stands (`registry.tables.standings`): of two states the state
    alone does not say.
    """
    return standings_of(session, [matter])[matter.id]


def standings_of(session: Session, page: Collection[Matter]) -> Mapping[uuid.UUID, str]:
    """As `standing_of`, of each; the database is asked once."""
    ids = [each.id for each in page if each.status == MatterState.SIGNING]
    unsigned = set(
        session.scalars(
            select(SigningPaper.matter_id)
            .join(SigningAct, SigningAct.paper_id == SigningPaper.id)
            .join(Matter, Matter.id == SigningPaper.matter_id)
            .where(
                SigningPaper.matter_id.in_(ids),
                SigningPaper.round == Matter.round,
                SigningAct.status != ActState.SIGNED,
            )
        )
    )
    found = {}
    for each in page:
        standing = each.status
        if standing == MatterState.SUBMITTED and each.awaits_papers:
            standing = "awaiting_papers"
        elif standing == MatterState.SIGNING and each.id not in unsigned:
            standing = "signed_all"
        found[each.id] = standing
    return found


def unsigned(session: Session, matter: Matter) -> tuple[str, ...]:
    """The papers being signed that somebody still has to sign, by code; none in another state."""
    if matter.status != MatterState.SIGNING:
        return ()
    return tuple(
        session.scalars(
            select(SigningPaper.code)
            .join(SigningAct, SigningAct.paper_id == SigningPaper.id)
            .where(
                SigningPaper.matter_id == matter.id,
                SigningPaper.round == matter.round,
                SigningAct.status != ActState.SIGNED,
            )
            .distinct()
            .order_by(SigningPaper.code)
        )
    )


def is_prepared(session: Session, matter: Matter) -> bool:
    """Whether every paper of this round can be signed."""
    papers = papers_of(session, matter.id, matter.round)
    return all(newest(session, each.id) is not None for each in papers)


def is_on(matter: Matter, signer: SigningSigner) -> bool:
    """Whether this signer's round is the one being signed."""
    return matter.status == MatterState.SIGNING and matter.round == signer.round


def has_signed(session: Session, signer: SigningSigner) -> bool:
    """Whether all asked of this signer is signed."""
    return all(act.status == ActState.SIGNED for act in acts_by(session, signer.id))


def is_their_turn(session: Session, matter: Matter, signer: SigningSigner) -> bool:
    """Always, unless the office has signers sign one after the other (ZJ-83)."""
    if profile_of(session, matter).signing.order != "sequential":
        return True
    return all(
        has_signed(session, each)
        for each in signers_of(session, matter.id, signer.round)
        if each.position < signer.position
    )


def state_of(
    session: Session, matter: Matter, signer: SigningSigner, *, now: datetime
) -> SignerState:
    """Where one signer stands."""
    statuses = {act.status for act in acts_by(session, signer.id)}
    if statuses == {ActState.SIGNED}:
        return SignerState.SIGNED
    if ActState.INTENDED in statuses:
        return SignerState.SIGNING
    if not is_prepared(session, matter):
        return SignerState.PREPARING
    if not is_their_turn(session, matter, signer):
        return SignerState.WAITS
    proving = signer.proof_expires_at is not None and signer.proof_expires_at > now
    if signer.proven_at is not None and not proving:
        return SignerState.UNFINISHED
    return SignerState.TO_SIGN

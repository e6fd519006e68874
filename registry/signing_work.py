"""The worker's part of signing: certify papers that wait, sign what was confirmed.

A signature is an irreversible act. Its intent is committed by `registry.signing_links.confirm`;
here it is made outside any transaction, noted (`note`), stored, recorded (`record`). A process may
die between any two: a noted revision that is found stored is recorded, one that is not is let go
and made anew (`unfinished`). So a paper never has two signatures for one act, and no object lies
about that no row knows.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import lifecycle
from core.errors import ConcurrentChange
from registry.lifecycle import MatterState
from registry.models import Matter
from registry.signing_models import SigningAct, SigningPaper, SigningRevision, SigningSigner
from registry.signing_state import ACT, ActState, acts_of, has_signed, newest, tell


@dataclass(frozen=True)
class PlaceOfSigning:
    """As `certs.cosigning.Place` wants it."""

    name: str
    page: int
    x: float
    y: float
    wide: float
    high: float


@dataclass(frozen=True)
class ToPrepare:
    """A paper to certify, as it was drawn."""

    paper_id: uuid.UUID
    drawn: bytes
    places: tuple[PlaceOfSigning, ...]


@dataclass(frozen=True)
class ToSign:
    """One signature to make, on the revision `before`; `last` locks the paper."""

    paper_id: uuid.UUID
    act_id: uuid.UUID
    number: int
    before: str
    place: PlaceOfSigning
    kind: Literal["signature", "seal"]
    name: str
    stead: str | None
    reference: str
    strokes: tuple[Any, ...]
    sample: bool
    last: bool


@dataclass(frozen=True)
class Noted:
    """A revision that was noted and may or may not be stored."""

    paper_id: uuid.UUID
    number: int
    sha256: str
    act_id: uuid.UUID | None


def waiting(session: Session, limit: int, skip: Collection[uuid.UUID] = ()) -> Sequence[uuid.UUID]:
    """Papers of matters being signed that need something of the worker, oldest first."""
    stored = (
        select(func.count())
        .where(SigningRevision.paper_id == SigningPaper.id, SigningRevision.stored_at.is_not(None))
        .scalar_subquery()
    )
    intended = select(SigningAct.id).where(
        SigningAct.paper_id == SigningPaper.id, SigningAct.status == ActState.INTENDED
    )
    return session.scalars(
        select(SigningPaper.id)
        .join(
            Matter,
            and_(
                Matter.id == SigningPaper.matter_id,
                Matter.round == SigningPaper.round,
                Matter.status == MatterState.SIGNING.value,
            ),
        )
        .where((stored == 0) | intended.exists(), SigningPaper.id.not_in(skip))
        .order_by(SigningPaper.created_at, SigningPaper.id)
        .limit(limit)
    ).all()


def unfinished(session: Session, paper_id: uuid.UUID) -> Noted | None:
    """A revision that was noted and not recorded, whoever died over it."""
    row = session.scalar(
        select(SigningRevision).where(
            SigningRevision.paper_id == paper_id, SigningRevision.stored_at.is_(None)
        )
    )
    return None if row is None else Noted(row.paper_id, row.number, row.sha256, row.act_id)


def plan(session: Session, paper_id: uuid.UUID) -> ToPrepare | ToSign | None:
    """What is to be done with a paper now; None when nothing is (any more)."""
    row = session.get_one(SigningPaper, paper_id)
    matter = session.get_one(Matter, row.matter_id)
    if (matter.status, matter.round) != (MatterState.SIGNING, row.round):
        return None
    places = {each["name"]: PlaceOfSigning(**each) for each in row.places}
    standing = newest(session, paper_id)
    if standing is None:
        return ToPrepare(paper_id, row.drawn or b"", tuple(places.values()))
    acts = acts_of(session, paper_id)
    intended = sorted(
        (act for act in acts if act.status == ActState.INTENDED),
        key=lambda act: (act.intended_at, act.place),
    )
    if not intended:
        return None
    act = intended[0]
    signer = session.get_one(SigningSigner, act.signer_id)
    left = [each for each in acts if each.status != ActState.SIGNED]
    return ToSign(
        paper_id=paper_id, act_id=act.id, number=standing.number + 1, before=standing.sha256,
        place=places[act.place], kind="seal" if signer.kind == "seal" else "signature",
        name=signer.name, stead=act.stead, reference=str(act.reference),
        strokes=tuple(tuple(map(tuple, stroke)) for stroke in act.strokes or ()),
        sample=row.sample, last=len(left) == 1,
    )  # fmt: skip


def note(session: Session, noted: Noted, *, now: datetime) -> None:
    """What is about to be stored. Raises ConcurrentChange when this revision is taken already."""
    inserted = session.scalar(
        insert(SigningRevision)
        .values(
            paper_id=noted.paper_id, number=noted.number, sha256=noted.sha256,
            act_id=noted.act_id, noted_at=now,
        )
        .on_conflict_do_nothing()
        .returning(SigningRevision.number)
    )  # fmt: skip
    if inserted is None:
        raise ConcurrentChange("此版本已由他人写入 / somebody else was first")


def let_go(session: Session, noted: Noted) -> None:
    """The noted bytes were lost before they were stored."""
    session.execute(
        delete(SigningRevision).where(
            SigningRevision.paper_id == noted.paper_id,
            SigningRevision.number == noted.number,
            SigningRevision.sha256 == noted.sha256,
            SigningRevision.stored_at.is_(None),
        )
    )


def record(session: Session, noted: Noted, *, now: datetime) -> Matter:
    """The bytes are stored: the paper is prepared, or signed by one more. Gives the locked matter.

    Raises:
        ConcurrentChange: the round is not being signed any more, or it was recorded already.
    """
    paper = session.get_one(SigningPaper, noted.paper_id)
    matter = session.get_one(Matter, paper.matter_id, with_for_update=True)
    if (matter.status, matter.round) != (MatterState.SIGNING, paper.round):
        raise ConcurrentChange("此业务已不在签署中 / the matter is not being signed any more")
    kept = session.scalar(
        update(SigningRevision)
        .where(
            SigningRevision.paper_id == noted.paper_id,
            SigningRevision.number == noted.number,
            SigningRevision.sha256 == noted.sha256,
            SigningRevision.stored_at.is_(None),
        )
        .values(stored_at=now)
        .returning(SigningRevision.number)
    )
    if kept is None:
        raise ConcurrentChange("此版本已记录 / this revision was recorded already")
    if noted.act_id is None:
        paper.drawn = None
    else:
        lifecycle.move(
            session, ACT, SigningAct, noted.act_id, was=ActState.INTENDED, to=ActState.SIGNED,
            reason="signed", now=now, signed_at=now,
        )  # fmt: skip
        signer_id = session.get_one(SigningAct, noted.act_id).signer_id
        tell(session, matter, "signed", signer_id, None, now=now)
        _forget_contact(session, noted.act_id)
    session.flush()
    return matter


def _forget_contact(session: Session, act_id: uuid.UUID) -> None:
    """Who has signed everything is not written to any more."""
    act = session.get_one(SigningAct, act_id, populate_existing=True)
    signer = session.get_one(SigningSigner, act.signer_id)
    session.expire_all()
    if has_signed(session, signer):
        signer.contact = None


def forget_contacts(session: Session) -> int:
    """Contacts of rounds that are not being signed any more; returns how many were forgotten."""
    over = (
        select(SigningSigner.id)
        .join(Matter, Matter.id == SigningSigner.matter_id)
        .where(
            SigningSigner.contact.is_not(None),
            (Matter.status != MatterState.SIGNING.value) | (Matter.round != SigningSigner.round),
        )
    )
    gone = session.scalars(
        update(SigningSigner)
        .where(SigningSigner.id.in_(over))
        .values(contact=None, code_index=None, proof_hash=None)
        .returning(SigningSigner.id)
    ).all()
    return len(gone)

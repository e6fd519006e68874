"""Who else brought the same file, or one that looks like it: for examiners, and for nobody else.

Whether two deposits are of one author no machine can say. An examiner is shown each with its dates,
so that a later deposit of another's work does not pass unseen; its depositor is told nothing, for
the list would say what strangers keep here.
"""

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import cast, func, select
from sqlalchemy.dialects.postgresql import BIT
from sqlalchemy.orm import Session

from chain.models import Anchor, Leaf
from evidence import likeness, works
from evidence.models import Evidence, FileFacts, StatementFile, TimestampToken
from registry.models import Matter, Registration

MOST: Final = 50
"""Hits shown for one matter; the same files first, then by how alike, then by date."""

_DEPOSIT: Final = "deposit"
_MOST_ALIKE: Final = 200


@dataclass(frozen=True)
class Dates:
    """The times of one evidence; None: not (yet)."""

    submitted_at: datetime
    timestamped_at: datetime | None
    anchored_at: datetime | None
    registered_at: datetime | None
    registration_number: str | None


@dataclass(frozen=True)
class Hit:
    """`position` is of the file under examination, `distance` in bits of 256, 0 for the same.
    `own`: by the same depositor. `earlier`: submitted before the evidence under examination.
    """

    kind: Literal["same", "alike"]
    position: int
    distance: int
    evidence_number: str
    own: bool
    earlier: bool
    dates: Dates


def hits(session: Session, evidence: Evidence, most_distance: int) -> tuple[Hit, ...]:
    """Deposits of the same files, and of pictures within `most_distance` bits of them."""
    near = _near(session, evidence, most_distance)
    best: dict[uuid.UUID, tuple[Evidence, str]] = {}
    for row, digest in _deposits(session, evidence, near):
        if row.id not in best or near[digest].distance < near[best[row.id][1]].distance:
            best[row.id] = row, digest
    dates = dates_of(session, [row for row, _ in best.values()])
    found = [
        Hit(
            kind="same" if near[digest].same else "alike",
            position=near[digest].position,
            distance=near[digest].distance,
            evidence_number=row.number,
            own=row.owner_id == evidence.owner_id,
            earlier=row.submitted_at < evidence.submitted_at,
            dates=dates[row.id],
        )
        for row, digest in best.values()
    ]
    found.sort(key=lambda hit: (hit.kind != "same", hit.distance, hit.dates.submitted_at))
    return tuple(found[:MOST])


@dataclass(frozen=True)
class _Near:
    """A content like that of the file at `position`; `same`: it is the very content."""

    position: int
    distance: int
    same: bool


def _near(session: Session, evidence: Evidence, most: int) -> dict[str, _Near]:
    """The files under examination, and every content that looks like one of them."""
    files = works.version_files(session, evidence.version_id)
    found = {file.sha256: _Near(file.position, 0, same=True) for file in files}
    for file in files:
        for digest, distance in alike(session, file.sha256, most):
            known = found.get(digest)
            if known is None or (not known.same and distance < known.distance):
                found[digest] = _Near(file.position, distance, same=False)
    return found


def alike(session: Session, sha256: str, most: int) -> Sequence[tuple[str, int]]:
    """Contents within `most` bits of this one, 0 to 31, with their distance; nearest first, and
    none that is so near is missed.
    """
    mine = session.scalar(select(FileFacts.likeness).where(FileFacts.sha256 == sha256))
    if mine is None:
        return ()
    distance = func.bit_count(FileFacts.likeness.op("#")(cast(mine, BIT(likeness.BITS))))
    with by_index(session):
        return session.execute(
            select(FileFacts.sha256, distance)
            .where(
                FileFacts.pieces.overlap(likeness.probes(mine, most)),
                distance <= most,
                FileFacts.sha256 != sha256,
            )
            .order_by(distance, FileFacts.looked_at)
            .limit(_MOST_ALIKE)
        ).all()


@contextmanager
def by_index(session: Session) -> Iterator[None]:
    """Until the end of the block no table is read whole.

    Postgres takes an overlap with 272 pieces for three quarters of all rows; it is two in a
    hundred. Among a million it would compare the pieces of each, fifty times as slow as the index.
    """
    session.execute(select(func.set_config("enable_seqscan", "off", True)))
    yield
    session.execute(select(func.set_config("enable_seqscan", "on", True)))


def dates_of(session: Session, evidence: Collection[Evidence]) -> Mapping[uuid.UUID, Dates]:
    """When each was submitted, time-stamped, anchored, and registered."""
    ids = [each.id for each in evidence]
    stamped = dict(
        session.execute(
            select(TimestampToken.evidence_id, TimestampToken.gen_time).where(
                TimestampToken.evidence_id.in_(ids)
            )
        ).all()
    )
    anchored = dict(
        session.execute(
            select(Leaf.evidence_id, Anchor.block_time)
            .join(Anchor, Anchor.batch_id == Leaf.batch_id)
            .where(Leaf.evidence_id.in_(ids))
        ).all()
    )
    registered = {
        row.evidence_id: row
        for row in session.execute(
            select(Matter.evidence_id, Registration.number, Registration.registered_at)
            .join(Registration, Registration.matter_id == Matter.id)
            .where(Matter.evidence_id.in_(ids))
            .order_by(Registration.registered_at.desc())
        )
    }
    return {
        each.id: Dates(
            submitted_at=each.submitted_at,
            timestamped_at=stamped.get(each.id),
            anchored_at=anchored.get(each.id),
            registered_at=registered[each.id].registered_at if each.id in registered else None,
            registration_number=registered[each.id].number if each.id in registered else None,
        )
        for each in evidence
    }


def _deposits(
    session: Session, evidence: Evidence, digests: Collection[str]
) -> Sequence[tuple[Evidence, str]]:
    """Other deposits with one of these contents, earliest first; one row for each content."""
    return session.execute(
        select(Evidence, StatementFile.sha256)
        .join(StatementFile, StatementFile.evidence_id == Evidence.id)
        .where(
            StatementFile.sha256.in_(digests),
            Evidence.id != evidence.id,
            Evidence.kind == _DEPOSIT,
        )
        .order_by(Evidence.submitted_at)
        .limit(4 * MOST)
    ).all()

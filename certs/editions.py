"""When a certificate gives way to its next edition: the anchor it prints stands elsewhere now, or
it was lost and is issued anew.

A reorganisation past finality does the first, a registrar the second. The old edition stays what it
is, a signed paper; its status says superseded, and the next edition names where the anchor stands.
"""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from certs.models import Certificate
from chain.models import Anchor, Leaf
from core.errors import NotReady
from evidence.models import Evidence


def supersede(session: Session, batch_id: uuid.UUID, *, now: datetime) -> None:
    """The batch was anchored anew: no certificate of its leaves stands any more.

    One that was not made yet never will be: its frozen content names a block that is gone.
    """
    standing = (
        Certificate.evidence_id.in_(select(Leaf.evidence_id).where(Leaf.batch_id == batch_id)),
        Certificate.superseded_at.is_(None),
    )
    unmade = update(Certificate).where(*standing, Certificate.pdf_sha256.is_(None))
    session.execute(unmade.values(content=None).execution_options(synchronize_session=False))
    session.execute(
        update(Certificate)
        .where(*standing)
        .values(superseded_at=now)
        .execution_options(synchronize_session=False)
    )


def retire(session: Session, evidence_id: uuid.UUID, *, now: datetime) -> Certificate:
    """The current edition gives way to a new one that says the same; the one that gave way.

    Raises:
        NotReady: there is no current edition whose bytes exist.
    """
    current = session.scalar(
        select(Certificate)
        .where(Certificate.evidence_id == evidence_id, Certificate.superseded_at.is_(None))
        .with_for_update()
    )
    if current is None or current.pdf_sha256 is None:
        raise NotReady("证书尚未制成,请稍后 / the certificate is not made yet: ask again shortly")
    current.superseded_at = now
    session.flush()
    return current


def awaiting_next(
    session: Session, limit: int, skip: Collection[uuid.UUID] = ()
) -> Sequence[uuid.UUID]:
    """Evidence all of whose certificates are superseded, and whose anchor stands again."""
    of_this = Certificate.evidence_id == Leaf.evidence_id
    return session.scalars(
        select(Leaf.evidence_id)
        .join(Anchor, Anchor.batch_id == Leaf.batch_id)
        .join(Evidence, Evidence.id == Leaf.evidence_id)
        .where(
            Anchor.suspended_at.is_(None),
            Evidence.erased_at.is_(None),
            Leaf.evidence_id.not_in(skip),
            Leaf.evidence_id.in_(
                select(Certificate.evidence_id).where(Certificate.superseded_at.is_not(None))
            ),
            ~select(Certificate.id).where(of_this, Certificate.superseded_at.is_(None)).exists(),
        )
        .order_by(Anchor.anchored_at, Leaf.index)
        .limit(limit)
    ).all()

"""Evidence that shows who somebody is, as an identity card does. Its files lie sealed.

That it is personal is known from its depositor, or from the application that names it; from then on
it stays so. `unsealed` finds what is to be sealed, the worker seals, `record_sealed` notes it.
"""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from evidence.models import Blob, Evidence, FileFacts, StatementFile, VersionFile


def mark(
    session: Session, owner_id: uuid.UUID, numbers: Collection[str], *, now: datetime
) -> Sequence[uuid.UUID]:
    """Evidence of this owner, by its numbers, is personal from now on; returns which was not yet.
    Numbers of nobody's, or of somebody else's, are passed over.
    """
    if not numbers:
        return ()
    return session.scalars(
        update(Evidence)
        .where(
            Evidence.owner_id == owner_id,
            Evidence.number.in_(numbers),
            Evidence.personal_at.is_(None),
        )
        .values(personal_at=now)
        .returning(Evidence.id)
    ).all()


def unsealed(session: Session, limit: int, skip: Collection[uuid.UUID] = ()) -> Sequence[uuid.UUID]:
    """Stored evidence whose files are to be sealed, the longest known first; without `skip`."""
    return session.scalars(
        select(Evidence.id)
        .where(
            Evidence.personal_at.is_not(None),
            Evidence.files_sealed_at.is_(None),
            Evidence.stated_at.is_not(None),
            Evidence.id.not_in(skip),
        )
        .order_by(Evidence.personal_at)
        .limit(limit)
    ).all()


def digests(session: Session, evidence_id: uuid.UUID) -> Sequence[str]:
    """Of its files that are here, display pictures among them."""
    return session.scalars(
        select(VersionFile.sha256)
        .join(Evidence, Evidence.version_id == VersionFile.version_id)
        .where(Evidence.id == evidence_id, VersionFile.upload_id.is_not(None))
        .order_by(VersionFile.sha256)
    ).all()


def record_sealed(session: Session, evidence_id: uuid.UUID, *, now: datetime) -> None:
    """All its files lie sealed."""
    session.execute(
        update(Evidence)
        .where(Evidence.id == evidence_id, Evidence.files_sealed_at.is_(None))
        .values(files_sealed_at=now)
    )


def forget_likeness(session: Session, digests: Collection[str]) -> None:
    """These contents are no longer found by what they look like."""
    session.execute(
        update(FileFacts)
        .where(FileFacts.sha256.in_(digests), FileFacts.likeness.is_not(None))
        .values(likeness=None, pieces=None)
    )


def compare_again(session: Session, digests: Collection[str]) -> None:
    """Of these contents those that are not compared, because personal evidence holds them, are
    looked at again: they have come as something else as well.
    """
    held = exists().where(
        StatementFile.sha256 == FileFacts.sha256,
        StatementFile.evidence_id == Evidence.id,
        Evidence.personal_at.is_not(None),
    )
    again = session.scalars(
        delete(FileFacts)
        .where(
            FileFacts.sha256.in_(digests),
            FileFacts.likeness.is_(None),
            FileFacts.problem.is_(None),
            held,
        )
        .returning(FileFacts.sha256)
    ).all()
    if again:
        session.execute(update(Blob).where(Blob.sha256.in_(again)).values(looked=False))

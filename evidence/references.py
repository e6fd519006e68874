"""Who still needs which bytes. Objects are shared by content; the last to need one lets it go.

Naming a digest and deciding to delete its object take the same advisory lock, so that an object
is never deleted between somebody's naming it and their bytes being found there already.
"""

import hashlib
from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from evidence.models import Blob, VersionFile


def lock_name(sha256: str) -> str:
    """The name of the lease that whoever deletes this object must hold."""
    return f"object:{sha256}"


def lock_key(name: str) -> int:
    """A lease's name as the number of a Postgres advisory lock."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


def hold(session: Session, digests: Iterable[str]) -> None:
    """Keep these objects from being deleted until this transaction has ended."""
    for digest in sorted(set(digests)):
        session.execute(select(func.pg_advisory_xact_lock(lock_key(lock_name(digest)))))


def unneeded(session: Session, limit: int) -> Sequence[str]:
    """Digests of stored objects that no version needs any more."""
    return session.scalars(
        select(Blob.sha256).where(~_needed()).order_by(Blob.stored_at).limit(limit)
    ).all()


def forget(session: Session, sha256: str) -> bool:
    """Drop the row of an object nobody needs; False when somebody does. Hold the lease."""
    gone = session.scalar(
        delete(Blob).where(Blob.sha256 == sha256, ~_needed()).returning(Blob.sha256)
    )
    return gone is not None


def _needed() -> ColumnElement[bool]:
    return (
        select(VersionFile.id)
        .where(VersionFile.sha256 == Blob.sha256, VersionFile.upload_id.is_not(None))
        .exists()
    )

"""One person behind several accounts: recognised by a blind index of the identity number."""

import os
import uuid
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.documents import NATURAL, Document
from accounts.models import Account, Person
from core.errors import ConcurrentChange
from core.sealed import Keyring

_DOMAIN: Final = "identity"
_INDEX_BYTES: Final = 32
_TRIES: Final = 3


def index_of(ring: Keyring, document: Document) -> bytes:
    """What a document is found by; of no use without the ring's index key."""
    return ring.blind_index(_DOMAIN, document.canonical())


def recognise(session: Session, ring: Keyring, document: Document, *, now: datetime) -> uuid.UUID:
    """The person with this document, made when it is new. Concurrent calls agree on one row, which
    nobody forgets (`forget`) before this transaction has ended.

    Raises:
        ConcurrentChange: the person was forgotten again and again just now.
    """
    index = index_of(ring, document)
    nature = "natural" if document.kind in NATURAL else "body"
    for _ in range(_TRIES):
        session.execute(
            insert(Person)
            .values(id=uuid.uuid4(), nature=nature, identity_index=index, created_at=now)
            .on_conflict_do_nothing()
        )
        found = session.scalar(
            select(Person.id)
            .where(Person.identity_index == index)
            .with_for_update(read=True, key_share=True)
        )
        if found is not None:
            return found
    raise ConcurrentChange("请重试 / try again")


def forget(session: Session, person_id: uuid.UUID) -> None:
    """Nobody is recognised as this person any more. What names the row by its id still does.
    Whoever calls holds the row, and has looked that nobody needs it.
    """
    session.execute(
        update(Person).where(Person.id == person_id).values(identity_index=os.urandom(_INDEX_BYTES))
    )


def person_of(session: Session, account_id: uuid.UUID) -> uuid.UUID | None:
    """Who stands behind an account; None until it has said who it is."""
    return session.scalar(select(Account.person_id).where(Account.id == account_id))


def same_person(session: Session, one: uuid.UUID, other: uuid.UUID) -> bool:
    """Whether two accounts are one account or one known person."""
    if one == other:
        return True
    first = person_of(session, one)
    return first is not None and first == person_of(session, other)

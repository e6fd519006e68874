"""I1, I11: identities and rights holders open with our keys, papers are there and whole.

What was erased has no number and no key any more: its row is a tombstone, and holds as it is.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts import identity, papers, parties
from accounts.person_models import Paper, Party, Verification
from api.fsck.findings import Findings
from api.fsck.objects import GRACE, unread
from api.paper_store import PaperStore
from core.errors import ServiceError
from core.sealed import KeyMissing, Keyring


def check_people(session: Session, ring: Keyring, found: Findings) -> None:
    """I1: every number that was not erased opens, in its own row."""
    for row in session.scalars(select(Verification).where(Verification.number.is_not(None))):
        _opens(partial(identity.document_of, ring, row), row.id, found)
    for party in session.scalars(select(Party).where(Party.number.is_not(None))):
        _opens(partial(parties.document_of, ring, party), party.id, found)


def check_papers(
    session: Session, ring: Keyring, store: PaperStore, found: Findings, *, now: datetime
) -> None:
    """I1: every paper that was not erased opens to its digest. I11: no file without a row."""
    known = set()
    for paper in session.scalars(select(Paper)):
        known.add(paper.id.hex)
        if paper.erased_at is not None:
            found.look(
                "I1", holds=paper.data_key is None, subject=paper.id, detail="erased, with its key"
            )
            continue
        detail = "paper is missing or changed"
        try:
            body = papers.open_body(papers.key_of(ring, paper), paper.id, store.read(paper.id))
            whole = (len(body), hashlib.sha256(body).hexdigest()) == (paper.size, paper.sha256)
        except KeyMissing as error:
            whole, detail = False, unread(error)
        except ServiceError:
            whole = False
        found.look("I1", holds=whole, subject=paper.id, detail=detail)
    for name in store.names():
        young = now - store.written_at(name) < GRACE
        found.look("I11", holds=name in known or young, subject=name, detail="paper without a row")


def _opens(read: Callable[[], object], subject: object, found: Findings) -> None:
    holds, detail = True, "number does not open"
    try:
        read()
    except KeyMissing as error:
        holds, detail = False, unread(error)
    except ServiceError:
        holds = False
    found.look("I1", holds=holds, subject=subject, detail=detail)

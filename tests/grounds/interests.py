"""What binds an officer to a matter, and that it keeps the officer away."""

import uuid

import pytest
from sqlalchemy.orm import Session

from accounts import parties
from accounts.documents import Document, DocumentKind
from accounts.parties import PartyFacts
from accounts.staff import Officer
from core.errors import NotAllowed
from registry import examined, examining, interests, matters, queueing, submitting
from registry.lifecycle import MatterState, Role
from registry.matters import Draft
from registry.models import Matter
from registry.queueing import Wanted
from tests.grounds.matters import (
    FORM,
    NOW,
    Cast,
    brought_to,
    papers,
)
from tests.grounds.people import RING


def kept_away(session: Session, who: Officer, matter: Matter, role: Role) -> None:
    """Neither shown, nor given, nor let take it."""
    assert matter not in queueing.page(session, who, Wanted(role), None, 100)
    save = session.begin_nested()
    given = []
    while (taken := queueing.take_next(session, who, Wanted(role), now=NOW)) is not None:
        given.append(taken.id)
    assert matter.id not in given
    save.rollback()
    session.expire_all()
    with pytest.raises(NotAllowed):
        examining.claim(session, who, matter, role, now=NOW)
    with pytest.raises(NotAllowed):
        examined.before(session, who, matter.id)
    with pytest.raises(NotAllowed):
        examined.readable(session, who, matter.id)


def declare(session: Session, who: Officer, subject: Document | str) -> uuid.UUID:
    kind = "name"
    if not isinstance(subject, str):
        kind = "organisation" if subject.kind is DocumentKind.CREDIT_CODE else "person"
    return interests.declare(
        session,
        RING,
        who,
        kind,
        subject,
        "表哥",
        now=NOW,  # type: ignore[arg-type]
    ).id


def party(session: Session, owner: uuid.UUID, document: Document, name: str = "王五") -> uuid.UUID:
    """Somebody in the applicant's library, known by document."""
    facts = PartyFacts(name, ["author"], document, "330106", {})
    return parties.add(session, RING, owner, facts, now=NOW).id


def with_author(session: Session, people: Cast, document: Document) -> Matter:
    """A matter whose author is a known party of the applicant's library."""
    reference = str(party(session, people.applicant, document))
    form = {**FORM, "authors": [{"name": "王五", "signature": "real_name", "party": reference}]}
    matter = brought_to(session, people, MatterState.DRAFT)
    matters.change(session, matter, Draft(form, papers(people.pledge.number)))
    submitting.submit(session, RING, matter, people.evidence.number, now=NOW)
    return matter

"""Papers of identity come of themselves for whoever is on file with them, and for nobody else."""

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from accounts import identity, parties
from accounts import papers as identity_papers
from accounts.documents import Document, DocumentKind
from core.errors import InvalidInput
from registry import matters, on_file, papers, prechecking, submitting
from registry.form import parse
from registry.lifecycle import MatterState
from registry.matters import Draft
from registry.models import Matter
from registry.profile import Profile, parse_profile
from tests.grounds.matters import FORM, NOW, TIANJIN, account, stated
from tests.grounds.matters import papers as brought
from tests.grounds.people import RING, resident
from tests.grounds.signing import (
    DOCUMENTS,
    author_of,
    body_party,
    form_of,
    office,
    owner_of,
    party,
    shown,
)

UNIT = "杭州某某文化有限公司"
CREDIT = Document(DocumentKind.CREDIT_CODE, "91350100M000100Y43")
CARD = ("handler_id_front", "handler_id_back")


def form_with(*owners: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {**FORM, "owners": list(owners), **more}


def named(name: str, **more: Any) -> dict[str, Any]:
    return {**FORM["owners"][0], "name": name, **more}


def lacking(
    session: Session, who: uuid.UUID, form: dict[str, Any], profile: Profile = TIANJIN, **now: Any
) -> Mapping[int, frozenset[str]]:
    return on_file.lacking(session, who, profile, parse(form), **{"now": NOW, **now})


def refused(
    session: Session, who: uuid.UUID, form: dict[str, Any], profile: Profile = TIANJIN,
    **documents: str,
) -> tuple[str | None, str]:  # fmt: skip
    """The field and the words of the refusal; pre-check and required papers say the same."""
    matter = drafted(session, who, form, profile, **documents)
    with pytest.raises(InvalidInput) as refusal:
        submitting.submit(session, RING, matter, stated(session, who).number, now=NOW)
    field = refusal.value.field
    found = prechecking.of_matter(session, matter, None, lambda _form: (), ring=RING, now=NOW)
    told = {f"documents.{each.name}" for each in found if each.id == "document-missing"}
    owed = papers.owed(session, who, profile, parse(form), now=NOW)
    assert field in told
    assert {f"documents.{each}" for each in owed} >= told
    return field, refusal.value.message


def drafted(
    session: Session, who: uuid.UUID, form: dict[str, Any], profile: Profile, **documents: str
) -> Matter:
    said = {**brought(stated(session, who).number), **documents}
    if profile.key == "zhejiang":
        said = {**DOCUMENTS, **documents}
    agency = next(iter(profile.agencies or {}), None)
    return matters.draft(session, who, profile, agency, Draft(form, said), now=NOW)


def submitted(
    session: Session, who: uuid.UUID, form: dict[str, Any], profile: Profile = TIANJIN,
    **documents: str,
) -> MatterState:  # fmt: skip
    matter = drafted(session, who, form, profile, **documents)
    submitting.submit(session, RING, matter, stated(session, who).number, now=NOW)
    return MatterState(matter.status)


class TestTheAccount:
    def test_needs_no_papers_of_its_own(self, session: Session) -> None:
        assert lacking(session, account(session), FORM) == {}

    def test_is_itself_as_a_rights_holder_without_papers_too(self, session: Session) -> None:
        card = resident()
        who = account(session, document=card)
        myself = parties.add(session, RING, who, facts_of("张三", card), now=NOW)
        assert lacking(session, who, form_with(owner_of(myself))) == {}

    def test_is_not_somebody_else_by_referring_to_itself(self, session: Session) -> None:
        card = resident()
        who = account(session, document=card)
        myself = parties.add(session, RING, who, facts_of("张三", card), now=NOW)
        form = form_with(owner_of(myself, name="李四"))
        assert lacking(session, who, form) == {0: frozenset()}

    def test_is_a_person_or_a_body_and_not_both(self, session: Session) -> None:
        form = form_with(named("张三", kind="enterprise", paper="business_licence"))
        assert lacking(session, account(session), form) == {0: frozenset()}

    def test_that_another_office_asked_for_fewer_papers_brings_what_lacks(
        self, session: Session
    ) -> None:
        """ZJ-43, ZJ-47: a unit verified elsewhere has not shown its handler's card."""
        who, form = unit(session)
        zhejiang = office()
        assert submitted(session, who, form, zhejiang) is MatterState.SIGNING
        without(session, who, *CARD)
        field, told = refused(session, who, form, zhejiang)
        assert field == "documents.handler_identity"
        assert "owners[0]" in told
        assert "handler_id_back, handler_id_front" in told
        owed = papers.owed(session, who, zhejiang, parse(form), now=NOW)
        assert "identity" not in owed
        card = stated(session, who, "card.png").number
        state = submitted(session, who, form, zhejiang, handler_identity=card)
        assert state is MatterState.SIGNING

    def test_is_told_by_itself_while_it_is_not_verified(self, session: Session) -> None:
        who = account(session)
        row = identity.current(session, who)
        assert row is not None
        identity.erase(session, row, now=NOW)
        assert lacking(session, who, FORM) == {}
        assert lacking(session, who, form_with(named("李四"))) == {0: frozenset()}


class TestSomebodyElse:
    def test_brings_papers_or_is_refused_by_field(self, session: Session) -> None:
        who = account(session)
        form = form_with(named("张三"), named("李四"), ownership="joint")
        contract = stated(session, who, "contract.png").number
        field, told = refused(session, who, form, ownership_contract=contract)
        assert field == "documents.identity"
        assert "owners[1]" in told
        assert "owners[0]" not in told
        assert "李四" not in told
        assert "人员档案" in told
        card = stated(session, who, "card.png").number
        state = submitted(session, who, form, ownership_contract=contract, identity=card)
        assert state is MatterState.SUBMITTED

    def test_is_on_file_with_papers_under_its_own_name(self, session: Session) -> None:
        who = account(session)
        other = party(session, who, "李四")
        assert lacking(session, who, form_with(owner_of(other))) == {}
        assert lacking(session, who, form_with(owner_of(other, name="王五"))) == {0: frozenset()}
        stranger = account(session)
        assert lacking(session, stranger, form_with(owner_of(other))) == {0: frozenset()}

    def test_lacks_the_papers_that_are_not_there_any_more(self, session: Session) -> None:
        who = account(session)
        other = party(session, who, "李四")
        for paper in parties.papers_of(session, other.id):
            if paper.kind == "id_back":
                identity_papers.erase(paper, now=NOW)
        session.flush()
        form = form_with(owner_of(other))
        assert lacking(session, who, form) == {0: frozenset({"id_back"})}
        assert refused(session, who, form)[0] == "documents.identity"

    def test_is_not_known_by_papers_that_have_expired(self, session: Session) -> None:
        who, last = account(session), date(2026, 3, 1)
        other = party(session, who, "李四", valid_from=date(2006, 3, 1), valid_until=last)
        form = form_with(owner_of(other))
        assert lacking(session, who, form) == {}
        assert lacking(session, who, form, now=NOW + timedelta(days=1)) == {0: frozenset()}

    def test_is_not_known_once_erased(self, session: Session) -> None:
        who = account(session)
        other = party(session, who, "李四")
        form = form_with(owner_of(other))
        parties.erase(session, other, now=NOW)
        assert lacking(session, who, form) == {0: frozenset()}

    def test_a_unit_shows_its_handlers_card_as_well(self, session: Session) -> None:
        """ZJ-47."""
        who, zhejiang = account(session), office()
        body, author = body_party(session, who), party(session, who, "李四")
        form = form_of([owner_of(body)], [author_of(author)])
        assert lacking(session, who, form, zhejiang) == {}
        for paper in parties.papers_of(session, body.id):
            if paper.kind in CARD:
                identity_papers.erase(paper, now=NOW)
        session.flush()
        assert refused(session, who, form, zhejiang)[0] == "documents.handler_identity"

    def test_a_minor_is_known_by_the_household_register(self, session: Session) -> None:
        own = resident()
        who = account(session, document=own)
        guardian = party(session, who, "张三", own)
        child = party(session, who, "张小明", resident(date(2015, 6, 1)), guardian_id=guardian.id)
        form = form_with(owner_of(child, minor=True))
        assert lacking(session, who, form) == {0: frozenset()}
        shown(session, child, "household_register")
        assert lacking(session, who, form) == {}


def test_a_paper_that_proves_more_than_identity_is_always_brought(session: Session) -> None:
    """Only what it proves beside that can bring it in; the account is well known."""
    text = TIANJIN.text.replace('proves = ["identity"]', 'proves = ["identity", "ownership"]')
    assert text != TIANJIN.text
    assert refused(session, account(session), FORM, parse_profile(text, "tianjin"))[0] == (
        "documents.identity"
    )


def facts_of(name: str, document: Document) -> parties.PartyFacts:
    return parties.PartyFacts(name, ("owner",), document, "330106", {"mobile": "13800000001"})


def unit(session: Session) -> tuple[uuid.UUID, dict[str, Any]]:
    """A unit's account, and the form of its own work by an author on file."""
    who = account(session, UNIT, CREDIT)
    author = party(session, who, "李四")
    body = named(UNIT, kind="enterprise", paper="business_licence", place=owner_of(author)["place"])
    return who, form_of(
        [body], [author_of(author)], applicant={"name": UNIT, "mobile": "13800000001"}
    )


def without(session: Session, who: uuid.UUID, *kinds: str) -> None:
    held = identity.current(session, who)
    assert held is not None
    for paper in identity.papers_of(session, held.id):
        if paper.kind in kinds:
            identity_papers.erase(paper, now=NOW)
    session.flush()

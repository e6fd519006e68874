"""Minors: no account of their own; a guardian files, having shown that it is one."""

import uuid
from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from accounts import identity, papers, parties, persons
from accounts.claims import Claim
from accounts.documents import Document
from accounts.models import Account
from accounts.parties import PartyFacts
from accounts.person_models import Party
from core.errors import InvalidInput, NotAllowed
from registry import guardians, matters
from registry.form import parse
from registry.matters import Draft
from registry.models import Matter
from registry.profile import parse_profile
from tests.grounds.matters import FORM, NOW, PLACE, TIANJIN, account
from tests.grounds.people import RING, resident

CHILD = date(2015, 6, 1)
REFUSING = TIANJIN.text.replace('minors = "guardian"', 'minors = "refused"')


def party(
    session: Session, owner: uuid.UUID, name: str, document: Document, guardian: Party | None = None
) -> Party:
    facts = PartyFacts(name, ["author", "owner"], document, "120101", {},
                       guardian_id=None if guardian is None else guardian.id)  # fmt: skip
    return parties.add(session, RING, owner, facts, now=NOW)


def show(session: Session, whose: Party, *kinds: str) -> None:
    for kind in kinds:
        made = papers.prepare(RING, kind, b"\xff\xd8\xff paper")
        papers.record(session, whose.owner_id, made, party_id=whose.id, now=NOW)


class Family:
    """A parent's account, parent and child on file, and a form for the child's work."""

    def __init__(self, session: Session) -> None:
        self.document = resident()
        self.account = account(session, "李妈妈", self.document)
        self.parent = party(session, self.account, "李妈妈", self.document)
        self.child = party(session, self.account, "李小明", resident(CHILD), self.parent)

    def form(self, **owner: Any) -> dict[str, Any]:
        named = {"name": "李小明", "kind": "natural_person", "paper": "resident_id",
                 "nationality": "CN", "place": PLACE, "signature": "real_name",
                 "party": str(self.child.id), "minor": True, **owner}  # fmt: skip
        return {**FORM, "owners": [named], "authors": [{**named}],
                "applicant": {"name": "李妈妈", "mobile": "13800000000"}}  # fmt: skip

    def matter(self, session: Session, form: dict[str, Any]) -> Matter:
        form["authors"] = [
            {k: v for k, v in each.items() if k in {"name", "signature", "party", "minor"}}
            for each in form["authors"]
        ]
        said = Draft(form, {})
        return matters.draft(session, self.account, TIANJIN, "exchange", said, now=NOW)


@pytest.fixture
def family(session: Session) -> Family:
    return Family(session)


def check(session: Session, matter: Matter) -> None:
    guardians.require_guarded(session, matter, TIANJIN, matters.form_of(matter))


def test_a_guardian_with_papers_files_for_the_child(session: Session, family: Family) -> None:
    """ZJ-90: the household register of the child, both sides of the parent's card."""
    matter = family.matter(session, family.form())
    assert parties.guardianship_missing(session, family.child) == [
        "household_register", "id_front", "id_back",
    ]  # fmt: skip
    with pytest.raises(InvalidInput) as refusal:
        check(session, matter)
    assert refusal.value.field == "owners[0].party"
    show(session, family.child, "household_register")
    show(session, family.parent, "id_front", "id_back")
    check(session, matter)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"minor": False}, "owners[0].minor"), ({"party": None}, "owners[0].party"),
     ({"party": str(uuid.uuid4())}, "owners[0].party"), ({"party": "x"}, "owners[0].party")],
)  # fmt: skip
def test_the_form_says_what_is_on_file(
    session: Session, family: Family, change: dict[str, Any], field: str
) -> None:
    show(session, family.child, "household_register")
    show(session, family.parent, "id_front", "id_back")
    with pytest.raises(InvalidInput) as refusal:
        check(session, family.matter(session, family.form(**change)))
    assert refusal.value.field == field


@pytest.mark.parametrize("case", ["another name", "another person"])
def test_nobody_but_the_guardian_files(session: Session, family: Family, case: str) -> None:
    """ZJ-91: the parent acts, in the parent's own account."""
    show(session, family.child, "household_register")
    show(session, family.parent, "id_front", "id_back")
    form, own = family.form(), session.get_one(Account, family.account)
    if case == "another name":
        form["applicant"] = {"name": "王五", "mobile": "13800000000"}
    else:
        own.person_id = persons.recognise(session, RING, resident(), now=NOW)
        session.flush()
    matter = family.matter(session, form)
    with pytest.raises(NotAllowed) as refusal:
        check(session, matter)
    assert refusal.value.field == "applicant.name"
    if case == "another person":
        own.person_id = persons.recognise(session, RING, family.document, now=NOW)
        session.flush()
        check(session, matter)


def test_an_office_may_take_no_works_of_minors(session: Session, family: Family) -> None:
    matter = family.matter(session, family.form())
    profile = parse_profile(REFUSING, "tianjin")
    with pytest.raises(InvalidInput) as refusal:
        guardians.require_guarded(session, matter, profile, parse(matter.form))
    assert refusal.value.field == "owners[0].minor"


def test_a_minor_has_no_account_of_its_own(session: Session) -> None:
    who = account(session, "李小明")
    session.get_one(Account, who).kind = "individual"
    session.flush()
    claim = Claim("李小明", resident(CHILD), "120101", {})
    with pytest.raises(InvalidInput) as refusal:
        identity.begin(session, RING, who, claim, now=NOW)
    assert refusal.value.field == "number"

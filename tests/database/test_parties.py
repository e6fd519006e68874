"""Rights holders and mandates: owned, sealed, guarded; authority ends the moment it is revoked."""

import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from accounts import mandates, parties
from accounts.days import day_of
from accounts.documents import Document, DocumentKind
from accounts.mandates import MandateScope
from accounts.models import Account
from accounts.parties import PartyFacts
from accounts.person_models import Party
from core.errors import Conflict, Gone, InvalidInput, NotFound
from tests.grounds.people import NOW, RING, account, resident

TODAY = day_of(NOW)
CHILD = date(2015, 6, 1)


def facts(**more: object) -> PartyFacts:
    made = PartyFacts("李四", ["author"], resident(), "330106", {"mobile": "+8613800138000"})
    return replace(made, **more)  # type: ignore[arg-type]


def add(session: Session, owner: Account, **more: object) -> Party:
    return parties.add(session, RING, owner.id, facts(**more), now=NOW)


@pytest.fixture
def owner(session: Session) -> Account:
    return account(session)


class TestParties:
    def test_what_was_added_opens_again(self, session: Session, owner: Account) -> None:
        given = facts()
        party = parties.add(session, RING, owner.id, given, now=NOW)
        assert parties.document_of(RING, party) == given.document
        assert parties.details_of(RING, party) == {"mobile": "+8613800138000"}

    def test_somebody_elses_does_not_exist(self, session: Session, owner: Account) -> None:
        party = add(session, owner)
        with pytest.raises(NotFound):
            parties.owned(session, account(session).id, party.id)

    def test_a_library_is_read_page_by_page_newest_first(
        self, session: Session, owner: Account
    ) -> None:
        made = [add(session, owner, document=resident()) for _ in range(5)]
        for turn, each in enumerate(made):
            each.created_at = NOW + timedelta(seconds=turn // 2)
        session.flush()
        pages, after = list[list[Party]](), None
        while not pages or pages[-1]:
            pages.append(list(parties.of_account(session, owner.id, after, 2)))
            if len(pages) == 1:
                parties.erase(session, pages[0][-1], now=NOW)
            after = pages[-1][-1].id if pages[-1] else None
        told = [each for page in pages for each in page]
        assert told == sorted(made, key=lambda each: (each.created_at, each.id), reverse=True)
        assert parties.of_account(session, owner.id, None, 9) == [
            each for each in told if each.erased_at is None
        ]
        with pytest.raises(InvalidInput) as refusal:
            parties.of_account(session, account(session).id, made[0].id, 2)
        assert refusal.value.field == "cursor"

    def test_a_document_is_in_a_library_once_and_in_many_libraries(
        self, session: Session, owner: Account
    ) -> None:
        document = resident()
        add(session, owner, document=document)
        with pytest.raises(Conflict) as refusal:
            add(session, owner, document=document)
        assert refusal.value.field == "number"
        add(session, account(session), document=document)

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"roles": []}, "roles"),
            ({"roles": ["king"]}, "roles"),
            ({"name": ""}, "name"),
            ({"region": "999999"}, "region"),
            ({"valid_until": TODAY}, "valid_from"),
            ({"valid_from": TODAY, "valid_until": date(2020, 1, 1)}, "valid_until"),
            ({"born": CHILD}, "born"),
            ({"document": resident(CHILD)}, "guardian_id"),
            ({"document": Document(DocumentKind.PASSPORT, "E12345678"), "born": CHILD},
             "guardian_id"),
        ],
    )  # fmt: skip
    def test_refuses_by_field(
        self, session: Session, owner: Account, change: dict[str, object], field: str
    ) -> None:
        with pytest.raises(InvalidInput) as refusal:
            add(session, owner, **change)
        assert refusal.value.field == field

    def test_erasure_leaves_a_tombstone_and_frees_the_document(
        self, session: Session, owner: Account
    ) -> None:
        document = resident()
        party = add(session, owner, document=document)
        parties.erase(session, party, now=NOW)
        assert (party.name, party.number, party.number_index, party.details) == (None,) * 4
        assert (party.roles, party.erased_at) == (["author"], NOW)
        with pytest.raises(Gone):
            parties.document_of(RING, party)
        with pytest.raises(Gone):
            parties.change(session, RING, party, facts(), now=NOW)
        add(session, owner, document=document)

    def test_a_change_seals_anew_and_never_turns_a_person_into_a_company(
        self, session: Session, owner: Account
    ) -> None:
        party = add(session, owner)
        changed = parties.change(session, RING, party, facts(name="李四四"), now=NOW)
        assert (changed.id, changed.name) == (party.id, "李四四")
        company = Document(DocumentKind.CREDIT_CODE, "91350100M000100Y43")
        with pytest.raises(InvalidInput):
            parties.change(session, RING, party, facts(document=company), now=NOW)


class TestGuardians:
    def test_a_minor_has_a_guardian_of_age(self, session: Session, owner: Account) -> None:
        parent = add(session, owner)
        child = add(session, owner, document=resident(CHILD), guardian_id=parent.id)
        assert parties.is_minor(RING, child, TODAY) is True
        assert parties.is_minor(RING, parent, TODAY) is False
        with pytest.raises(Conflict):
            parties.erase(session, parent, now=NOW)

    def test_neither_a_minor_nor_a_company_nor_somebody_unknown_guards(
        self, session: Session, owner: Account
    ) -> None:
        parent = add(session, owner)
        child = add(session, owner, document=resident(CHILD), guardian_id=parent.id)
        company = add(session, owner, document=Document(DocumentKind.CREDIT_CODE,
                                                        "91350100M000100Y43"))  # fmt: skip
        unknown = add(session, owner, document=Document(DocumentKind.PASSPORT, "E12345678"))
        for guardian in (child, company, unknown):
            with pytest.raises(InvalidInput) as refusal:
                add(session, owner, document=resident(CHILD), guardian_id=guardian.id)
            assert refusal.value.field == "guardian_id"
        for stranger in (uuid.uuid4(), add(session, account(session)).id):
            with pytest.raises(NotFound):
                add(session, owner, document=resident(CHILD), guardian_id=stranger)

    def test_somebody_of_age_needs_none(self, session: Session, owner: Account) -> None:
        parent = add(session, owner)
        with pytest.raises(InvalidInput):
            add(session, owner, guardian_id=parent.id)


class TestMandates:
    def grant(self, session: Session, principal: Account, agent: Account, **more: object) -> object:
        given = {"scopes": ["register"], "valid_from": TODAY, "valid_until": TODAY, **more}
        return mandates.grant(session, principal.id, agent.id, now=NOW, **given)  # type: ignore[arg-type]

    def test_holds_on_its_days_for_its_scope_and_nobody_else(
        self, session: Session, owner: Account
    ) -> None:
        agent, rival = account(session, kind="agent_firm"), account(session, kind="agent_firm")
        self.grant(session, owner, agent)

        def holds(who: Account, scope: MandateScope, hours: float) -> bool:
            try:
                mandates.authority(session, who.id, owner.id, scope,
                                   now=NOW + timedelta(hours=hours))  # fmt: skip
            except NotFound:
                return False
            return True

        assert holds(agent, MandateScope.REGISTER, 0)
        # NOW is 16:00 in Shanghai: the day ends eight hours later, and began sixteen before.
        assert holds(agent, MandateScope.REGISTER, 7.9)
        assert not holds(agent, MandateScope.REGISTER, 8)
        assert holds(agent, MandateScope.REGISTER, -16)
        assert not holds(agent, MandateScope.REGISTER, -16.1)
        assert not holds(agent, MandateScope.SIGN, 0)
        assert not holds(rival, MandateScope.REGISTER, 0)

    def test_ends_at_once_when_revoked_or_when_the_agent_is_none_any_more(
        self, session: Session, owner: Account
    ) -> None:
        for end in ("principal", "agent", "kind"):
            agent = account(session, kind="agent_lawyer")
            row = mandates.grant(session, owner.id, agent.id, ["sign"], TODAY, TODAY, now=NOW)
            if end == "kind":
                agent.kind = "individual"
            else:
                by = owner if end == "principal" else agent
                mandates.revoke(session, by.id, row.id, now=NOW)
            session.flush()
            with pytest.raises(NotFound):
                mandates.authority(session, agent.id, owner.id, MandateScope.SIGN, now=NOW)

    def test_a_stranger_neither_sees_nor_ends_one(self, session: Session, owner: Account) -> None:
        agent = account(session, kind="agent_firm")
        row = mandates.grant(session, owner.id, agent.id, ["sign"], TODAY, TODAY, now=NOW)
        with pytest.raises(NotFound):
            mandates.revoke(session, account(session).id, row.id, now=NOW)

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"scopes": []}, "scopes"),
            ({"scopes": ["everything"]}, "scopes"),
            ({"valid_until": TODAY - timedelta(days=1)}, "valid_until"),
            ({"valid_from": date(2020, 1, 1), "valid_until": date(2020, 2, 1)}, "valid_until"),
            ({"valid_until": date(2050, 1, 1)}, "valid_until"),
        ],
    )
    def test_refuses_by_field(
        self, session: Session, owner: Account, change: dict[str, object], field: str
    ) -> None:
        agent = account(session, kind="agent_firm")
        with pytest.raises(InvalidInput) as refusal:
            self.grant(session, owner, agent, **change)
        assert refusal.value.field == field

    def test_only_an_agent_confirmed_by_staff_and_never_oneself(
        self, session: Session, owner: Account
    ) -> None:
        with pytest.raises(InvalidInput):
            self.grant(session, owner, account(session, kind="enterprise"))
        agent = account(session, kind="agent_lawyer")
        with pytest.raises(InvalidInput):
            self.grant(session, agent, agent)

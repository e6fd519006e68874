"""Whoever is not the owner files for the owner, where the office has it so (TJ-110); and whose
applications an office takes at all.
"""

import uuid
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from accounts import identity, mandates
from accounts.models import Account
from core.errors import InvalidInput, NotAllowed, NotFound
from registry import agents, matters
from registry.matters import Draft
from registry.models import Matter
from tests.database.test_agents import (
    agent_firm,
    decided,
    filed,
    in_office,
    mandate,
    ordinary,
    submit,
)
from tests.grounds.matters import NOW, TIANJIN, account, stated


class TestOrdinaryAgents:
    """TJ-110: whoever is not the owner files for the owner, where the office has it so."""

    @pytest.mark.parametrize("kind", [None, "individual", "enterprise"])
    def test_anybody_verified_files_under_a_dated_mandate(
        self, session: Session, kind: str | None
    ) -> None:
        principal, agent = account(session), account(session, "代理公司")
        session.get_one(Account, agent).kind = kind
        matter = filed(session, principal, agent)
        evidence = stated(session, principal)
        with pytest.raises(NotFound):
            submit(session, matter, evidence)
        ordinary(session, principal, agent)
        submit(session, matter, evidence)
        assert matter.status == "submitted"

    @pytest.mark.parametrize("office", ["tianjin", "national"])
    def test_where_the_rule_is_a_mandate_they_are_admitted(
        self, session: Session, office: str
    ) -> None:
        principal, agent = account(session), account(session, "代理公司")
        ordinary(session, principal, agent)
        agents.require_admitted(session, agent, principal, in_office(office), now=NOW)

    def test_where_agents_are_confirmed_they_are_not(self, session: Session) -> None:
        """ZJ-20."""
        principal, agent = account(session), account(session, "代理公司")
        ordinary(session, principal, agent)
        with pytest.raises(NotAllowed) as refusal:
            agents.require_admitted(session, agent, principal, in_office("zhejiang"), now=NOW)
        assert refusal.value.field == "office"

    @pytest.mark.parametrize("name", [None, "", "代理", "别家公司"])
    def test_who_cannot_name_an_agent_is_told_what_a_stranger_is_told(
        self, session: Session, name: str | None
    ) -> None:
        principal, agent = account(session), account(session, "代理公司")
        nobody = uuid.uuid4()
        said = []
        for each in (agent, nobody):
            with pytest.raises(InvalidInput) as refusal:
                ordinary(session, principal, each, name)
            said.append((refusal.value.field, str(refusal.value)))
        assert said[0] == said[1]
        assert said[0][0] == "agent"

    def test_nobody_unverified_is_an_agent(self, session: Session) -> None:
        principal, agent = account(session), account(session, "代理公司")
        held = identity.current(session, agent)
        assert held is not None
        row = ordinary(session, principal, agent)
        held.status = "superseded"
        session.flush()
        with pytest.raises(InvalidInput):
            ordinary(session, principal, agent)
        with pytest.raises(NotFound):
            mandates.authority(session, agent, principal, now=NOW)
        assert mandates.in_force(row, NOW)

    def test_mandates_end_with_the_standing_they_were_given_for(self, session: Session) -> None:
        principal, agent = account(session), agent_firm(session)
        row = mandate(session, principal, agent)
        decided(session, agent, "tianjin", "agent_lawyer")
        assert mandates.in_force(row, NOW)
        decided(session, agent, "tianjin", "enterprise")
        assert row.revoked_at == NOW
        ordinary(session, principal, agent)
        assert mandates.authority(session, agent, principal, now=NOW).id != row.id


class TestApplicants:
    @pytest.mark.parametrize(
        ("office", "kind", "taken"),
        [
            ("tianjin", None, True), ("tianjin", "individual", True),
            ("tianjin", "enterprise", True), ("tianjin", "organisation", True),
            ("tianjin", "agent_firm", False), ("shandong", "agent_lawyer", False),
            ("national", "agent_firm", True), ("zhejiang", "agent_lawyer", True),
        ],
    )  # fmt: skip
    def test_an_office_takes_whom_its_rules_name(
        self, session: Session, office: str, kind: str | None, *, taken: bool
    ) -> None:
        applicant, profile = account(session), in_office(office)
        session.get_one(Account, applicant).kind = kind
        agency = next(iter(profile.agencies or {}), None)

        def draft() -> Matter:
            return matters.draft(session, applicant, profile, agency, Draft({}, {}), now=NOW)

        if taken:
            assert draft().status == "draft"
            return
        with pytest.raises(NotAllowed) as refusal:
            draft()
        assert refusal.value.field == "office"
        assert "法人或非法人组织" in str(refusal.value)
        assert "choose another office" in str(refusal.value)

    def test_an_office_of_organisations_takes_no_individuals(self, session: Session) -> None:
        only = replace(TIANJIN.filing, accounts=("organisation",))
        profile = replace(TIANJIN, filing=only)
        with pytest.raises(NotAllowed):
            matters.draft(session, account(session), profile, "exchange", Draft({}, {}), now=NOW)

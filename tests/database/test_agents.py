"""Agents in matters: only under a mandate in force, for whom it is, and never for a rival too."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts import identity, joining, kinds, mandates, organisations, staff
from accounts.days import day_of
from accounts.identifiers import parse_identifier
from accounts.models import Account
from accounts.organisations import MemberRole
from accounts.person_models import KindChange, Mandate
from accounts.staff import Officer
from core.errors import InvalidInput, NotAllowed, NotFound
from evidence.models import Evidence
from registry import agents, examining, matters, submitting
from registry.examining import Remark
from registry.lifecycle import MatterState, Role
from registry.matters import Draft
from registry.models import Matter
from registry.offices import shipped
from registry.profile import Profile
from registry.searching import Filter
from tests.grounds.matters import (
    FORM,
    NOW,
    TIANJIN,
    account,
    officer,
    papers,
    person,
    stated,
    verify,
)
from tests.grounds.people import RING

TODAY = day_of(NOW)
AGENT = {"name": "代理公司", "address": "和平区一号", "mobile": "13900000000"}
BY_AGENT = {**FORM, "filed_by": "agent", "agent": AGENT, "agent_reason": "委托办理"}
OWN = {**FORM, "owners": [{**FORM["owners"][0], "name": "代理公司"}],
       "applicant": {"name": "代理公司", "mobile": "13900000000"}}  # fmt: skip
SECONDS = timedelta(seconds=1)


def agent_firm(session: Session, kind: str = "agent_firm", name: str = "代理公司") -> uuid.UUID:
    made = account(session, name)
    session.get_one(Account, made).kind = kind
    session.flush()
    return made


def mandate(
    session: Session, principal: uuid.UUID, agent: uuid.UUID, *scopes: str, offices: Any = ()
) -> Mandate:
    return mandates.grant(
        session, principal, agent, scopes or ("register",), TODAY, TODAY, offices, now=NOW
    )


def ordinary(
    session: Session, principal: uuid.UUID, agent: uuid.UUID, name: str | None = "代理公司"
) -> Mandate:
    """A mandate for somebody whom no staff confirmed."""
    return mandates.grant(session, principal, agent, ["register"], TODAY, TODAY, (), name, now=NOW)


def decided(session: Session, agent: uuid.UUID, office: str, kind: str) -> None:
    """A supervisor of an office grants that this account is of another kind."""
    by = officer(session, staff.Role.SUPERVISOR, office=office)
    row = KindChange(
        id=uuid.uuid4(), account_id=agent, office=office, wanted=kind, reason="资质",
        paper_id=_paper(session, agent), requested_at=NOW, status="requested",
    )  # fmt: skip
    session.add(row)
    session.flush()
    kinds.decide_change(session, by, row.id, grant=True, ground="已核", now=NOW)


def attorney(session: Session, principal: uuid.UUID) -> dict[str, str]:
    made = papers(stated(session, principal).number)
    wanted = [c for c, d in TIANJIN.documents.items() if "authority" in d.proves]
    for code in wanted:
        made[code] = "授权代为办理登记" if "online" in TIANJIN.documents[code].how else (
            stated(session, principal).number
        )  # fmt: skip
    return made


def filed(
    session: Session, principal: uuid.UUID, agent: uuid.UUID | None, form: Any = None,
    now: datetime = NOW,
) -> Matter:  # fmt: skip
    said = Draft(form or BY_AGENT, attorney(session, principal))
    return matters.draft(session, principal, TIANJIN, "exchange", said, agent, now=now)


def submit(session: Session, matter: Matter, evidence: Evidence) -> None:
    submitting.submit(session, RING, matter, evidence.number, now=NOW)


def returned(session: Session, matter: Matter) -> None:
    submit(session, matter, stated(session, matter.applicant_id))
    examiner = officer(session, staff.Role.FIRST_EXAMINER)
    remarks = [Remark("field", "title", "请写明具体名称")]
    examining.claim(session, examiner, matter, Role.FIRST_EXAMINER, now=NOW)
    examining.return_for_correction(session, examiner, matter, remarks, "", now=NOW)


def in_office(office: str) -> Profile:
    return shipped()[office]


class TestFiling:
    def test_under_a_mandate_it_is_the_principals_and_the_agents(self, session: Session) -> None:
        principal, agent = account(session), agent_firm(session)
        mandate(session, principal, agent)
        matter = filed(session, principal, agent)
        submit(session, matter, stated(session, principal))
        assert matter.status == "submitted"
        assert matters.owned(session, principal, matter.id) is matter
        assert matters.owned(session, principal, matter.id, agent) is matter
        assert agents.filed_by(session, agent, None, 10, now=NOW) == [matter]

    def test_pages_of_what_an_agent_files_go_on_by_due_date_and_by_age(
        self, session: Session
    ) -> None:
        agent = agent_firm(session)
        principals = [account(session) for _ in range(6)]
        made = []
        for at, principal in enumerate(principals):
            mandate(session, principal, agent)
            then = NOW + timedelta(minutes=at // 2)  # two at a time
            made.append(filed(session, principal, agent, now=then))
        late, soon = made.pop(0), made.pop()
        for each in (late, soon):
            returned(session, each)
        assert late.due_at is not None
        soon.due_at = late.due_at - timedelta(days=1)
        session.flush()
        pages: list[Matter] = []
        while page := agents.filed_by(session, agent, pages[-1].id if pages else None, 2, now=NOW):
            pages += page
        drafts = sorted(made, key=lambda each: (-each.created_at.timestamp(), each.id))
        assert pages == [soon, late, *drafts]
        one = Filter(applicant_id=principals[3]).conditions()
        assert agents.filed_by(session, agent, None, 9, one, now=NOW) == [made[2]]
        with pytest.raises(InvalidInput):
            agents.filed_by(session, account(session), made[0].id, 9, now=NOW)

    def test_an_agent_sees_of_its_principal_only_what_it_files(self, session: Session) -> None:
        principal, agent, other = account(session), agent_firm(session), agent_firm(session)
        for each in (agent, other):
            mandate(session, principal, each)
        own = filed(session, principal, None, FORM)
        theirs = filed(session, principal, other)
        for matter in (own, theirs):
            with pytest.raises(NotFound):
                matters.owned(session, principal, matter.id, agent)
        assert matters.of_applicant(session, principal, None, 9, agent) == []
        assert len(matters.of_applicant(session, principal, None, 9)) == 2

    @pytest.mark.parametrize("case", ["none", "revoked", "over", "scope", "office", "not an agent"])
    def test_without_a_mandate_in_force_nothing_is_submitted(
        self, session: Session, case: str
    ) -> None:
        """T03: no mandate, an ended one, or one for something or somewhere else."""
        principal, agent = account(session), agent_firm(session)
        matter, now = filed(session, principal, agent), NOW
        if case == "scope":
            mandate(session, principal, agent, "deposit")
        elif case == "office":
            mandate(session, principal, agent, offices=["zhejiang"])
        elif case != "none":
            row = mandate(session, principal, agent)
            if case == "revoked":
                mandates.revoke(session, principal, row.id, now=NOW)
            elif case == "over":
                now = NOW + timedelta(hours=8)
            else:
                decided(session, agent, "tianjin", "enterprise")
        with pytest.raises(NotFound):
            submitting.submit(session, RING, matter, stated(session, principal).number, now=now)
        assert matter.status == "draft"

    @pytest.mark.parametrize(
        ("by_agent", "change", "field"),
        [
            (False, BY_AGENT, "filed_by"),
            (True, FORM, "filed_by"),
            (True, {**BY_AGENT, "agent": {**AGENT, "name": "别家代理"}}, "agent.name"),
        ],
    )
    def test_the_form_says_who_files(
        self, session: Session, *, by_agent: bool, change: Any, field: str
    ) -> None:
        principal, agent = account(session), agent_firm(session)
        mandate(session, principal, agent)
        matter = filed(session, principal, agent if by_agent else None, change)
        with pytest.raises(InvalidInput) as refusal:
            submit(session, matter, stated(session, principal))
        assert refusal.value.field == field

    def test_the_power_of_attorney_is_asked_for(self, session: Session) -> None:
        principal, agent = account(session), agent_firm(session)
        mandate(session, principal, agent)
        matter = filed(session, principal, agent)
        lacking = papers(stated(session, principal).number)
        matters.change(session, matter, Draft(BY_AGENT, lacking))
        with pytest.raises(InvalidInput) as refusal:
            submit(session, matter, stated(session, principal))
        assert "authority" in TIANJIN.documents[(refusal.value.field or "").split(".")[1]].proves


class TestRivals:
    def test_an_agent_is_no_owner_of_what_it_files(self, session: Session) -> None:
        """T03: an agent acting for itself."""
        principal, agent = account(session), agent_firm(session, name="张三")
        mandate(session, principal, agent)
        form = {**BY_AGENT, "agent": {**AGENT, "name": "张三"}}
        matter = filed(session, principal, agent, form)
        with pytest.raises(NotAllowed) as refusal:
            submit(session, matter, stated(session, principal))
        assert refusal.value.field == "owners"

    def test_an_agent_never_files_the_same_files_for_two(self, session: Session) -> None:
        """T03: an agent acting for two rivals."""
        principal, agent, rival = account(session), agent_firm(session), account(session)
        mandate(session, principal, agent)
        mandate(session, rival, agent)
        mine = stated(session, principal)
        submit(session, filed(session, principal, agent), mine)
        with pytest.raises(NotAllowed) as refusal:
            submit(session, filed(session, rival, agent), stated(session, rival, digest_of=mine))
        assert refusal.value.field == "evidence_number"
        submit(session, filed(session, rival, agent), stated(session, rival))

    @pytest.mark.parametrize("itself_first", [False, True])
    def test_an_agent_never_files_the_same_files_for_itself(
        self, session: Session, *, itself_first: bool
    ) -> None:
        """T03: an agent acting for itself and for a rival, in either order."""
        principal, agent = account(session), account(session, "代理公司")
        ordinary(session, principal, agent)
        mine = stated(session, principal)
        theirs = stated(session, agent, digest_of=mine)
        acts = [
            (filed(session, principal, agent), mine),
            (filed(session, agent, None, OWN), theirs),
        ]
        (first, of_first), (second, of_second) = acts[::-1] if itself_first else acts
        submit(session, first, of_first)
        with pytest.raises(NotAllowed) as refusal:
            submit(session, second, of_second)
        assert refusal.value.field == "evidence_number"


class TestThePrincipal:
    def test_is_whom_its_account_was_verified_to_be(self, session: Session) -> None:
        principal, agent = account(session), agent_firm(session)
        mandate(session, principal, agent)
        form = {**BY_AGENT, "applicant": {"name": "李四", "mobile": "13800000000"}}
        matter = filed(session, principal, agent, form)
        with pytest.raises(InvalidInput) as refusal:
            submit(session, matter, stated(session, principal))
        assert refusal.value.field == "applicant.name"


class TestOffices:
    def test_one_that_takes_no_agents_refuses(self, session: Session) -> None:
        principal, agent = account(session), agent_firm(session)
        mandate(session, principal, agent)
        with pytest.raises(NotAllowed) as refusal:
            agents.require_admitted(session, agent, principal, in_office("shandong"), now=NOW)
        assert refusal.value.field == "office"

    def test_one_that_confirms_agents_takes_those_its_own_staff_confirmed(
        self, session: Session
    ) -> None:
        principal, agent, profile = account(session), agent_firm(session), in_office("zhejiang")
        mandate(session, principal, agent)
        for office, admitted in (("tianjin", False), ("zhejiang", True)):
            decided(session, agent, office, "agent_firm")
            if admitted:
                agents.require_admitted(session, agent, principal, profile, now=NOW)
            else:
                with pytest.raises(NotAllowed):
                    agents.require_admitted(session, agent, principal, profile, now=NOW)


def _paper(session: Session, owner: uuid.UUID) -> uuid.UUID:
    from accounts import papers as identity_papers  # noqa: PLC0415 - `papers` is a matter's here

    prepared = identity_papers.prepare(RING, "agent_qualification", b"\xff\xd8\xff x")
    return identity_papers.record(session, owner, prepared, now=NOW).id


class TestExamination:
    def waiting(self, session: Session, applicant: uuid.UUID) -> Matter:
        if identity.current(session, applicant) is None:
            verify(session, applicant)
        matter = filed(session, applicant, None, FORM)
        submit(session, matter, stated(session, applicant))
        return matter

    def member(self, session: Session, body: Account, by: Officer) -> None:
        human = session.get_one(Account, by.account_id)
        code = joining.invite(
            session, body.id, human.id, MemberRole.OWNER,
            parse_identifier(human.email or "", "identifier"), "viewer", None, now=NOW - SECONDS,
        )[1]  # fmt: skip
        joining.join(session, human.id, code, now=NOW - SECONDS)

    @pytest.mark.parametrize("other_account", [False, True])
    def test_officers_never_examine_what_their_organisation_files(
        self, session: Session, *, other_account: bool
    ) -> None:
        founder = account(session)
        body = organisations.found(session, founder, "山间公司", "enterprise", now=NOW)
        matter = self.waiting(session, body.id)
        human = person(session)
        by = officer(session, staff.Role.FIRST_EXAMINER, who=human)
        member = by
        if other_account:
            second = account(session, "同一人")
            session.get_one(Account, second).person_id = human
            member = officer(session, who=human, account_id=second)
        self.member(session, body, member)
        with pytest.raises(NotAllowed):
            examining.claim(session, by, matter, Role.FIRST_EXAMINER, now=NOW)
        with pytest.raises(IntegrityError, match="interest"), session.begin_nested():
            session.execute(
                text("UPDATE matter SET status = 'first_examination', first_officer_id = :o, "
                     "first_person = :p WHERE id = :m"),
                {"o": by.account_id, "p": by.person_id, "m": matter.id},
            )  # fmt: skip
        stranger = officer(session, staff.Role.FIRST_EXAMINER)
        examining.claim(session, stranger, matter, Role.FIRST_EXAMINER, now=NOW)

    def test_nor_what_another_account_of_that_body_files(self, session: Session) -> None:
        founder = account(session)
        body, twin = (
            organisations.found(session, founder, "山间公司", "enterprise", now=NOW)
            for _ in range(2)
        )
        verify(session, twin.id)
        body.person_id = twin.person_id = person(session)
        session.flush()
        matter = self.waiting(session, twin.id)
        by = officer(session, staff.Role.FIRST_EXAMINER)
        self.member(session, body, by)
        with pytest.raises(NotAllowed):
            examining.claim(session, by, matter, Role.FIRST_EXAMINER, now=NOW)

    def test_nor_what_they_file_themselves_as_agents(self, session: Session) -> None:
        principal, agent = account(session), agent_firm(session, "agent_lawyer")
        mandate(session, principal, agent)
        matter = filed(session, principal, agent)
        submit(session, matter, stated(session, principal))
        by = officer(session, staff.Role.FIRST_EXAMINER, account_id=agent)
        with pytest.raises(NotAllowed):
            examining.claim(session, by, matter, Role.FIRST_EXAMINER, now=NOW)
        with pytest.raises(IntegrityError, match="never changes"), session.begin_nested():
            session.execute(
                text("UPDATE matter SET agent_id = NULL WHERE id = :m"), {"m": matter.id}
            )

    def test_who_left_before_the_submission_may(self, session: Session) -> None:
        founder = account(session)
        body = organisations.found(session, founder, "山间公司", "enterprise", now=NOW)
        by = officer(session, staff.Role.FIRST_EXAMINER)
        self.member(session, body, by)
        (row,) = [r for r in organisations.members(session, body.id) if r.account_id != founder]
        organisations.end(
            session, body.id, by.account_id, MemberRole.VIEWER, row.id, now=NOW - SECONDS
        )
        matter = self.waiting(session, body.id)
        examining.claim(session, by, matter, Role.FIRST_EXAMINER, now=NOW)
        assert matter.status == MatterState.FIRST_EXAMINATION

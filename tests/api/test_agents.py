"""Agents over HTTP: confirmed by staff or known by name, under a mandate, and nothing without."""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from certs.pdffile import page_text
from tests.grounds.agents import (
    BYTES,
    QUALIFICATION,
    account_id,
    acting,
    agent,
    asked_to_be,
    mandate,
)
from tests.grounds.callers import (
    TUS,
    Person,
    begin_upload,
    certified,
    declared,
    deposit,
    offset_of,
    person,
    send,
)
from tests.grounds.officers import OfficerAtWork, at_work
from tests.grounds.stack import RunningStack
from tests.grounds.verifying import verified

DRAFT = {"office": "tianjin", "agency": "exchange"}


@pytest.fixture(scope="module")
def boss(stack: RunningStack) -> OfficerAtWork:
    return at_work(stack, "tianjin", "supervisor")


@pytest.fixture(scope="module")
def firm(stack: RunningStack, boss: OfficerAtWork) -> Person:
    return agent(stack, boss, "tianjin")


class TestConfirming:
    def test_a_supervisor_sees_the_paper_and_decides(
        self, stack: RunningStack, boss: OfficerAtWork
    ) -> None:
        """ZJ-33, ZJ-34: not changed by oneself; by staff, with papers."""
        who = person(stack)
        assert who.http.put("/api/v1/account/kind", json={"kind": "individual"}).status_code == 204
        own = who.http.put("/api/v1/account/kind", json={"kind": "enterprise"})
        assert own.status_code == 409
        asked = asked_to_be(who, "tianjin", "agent_lawyer").json()
        assert asked_to_be(who, "tianjin", "agent_lawyer").status_code == 409
        at = "/api/v1/offices/tianjin/kind-changes"
        assert asked["id"] in {each["id"] for each in boss.http.get(at).json()["items"]}
        seen = boss.http.post(f"{at}/{asked['id']}/paper", json={"reason": "核对资质"})
        assert (seen.status_code, seen.headers["Content-Type"]) == (200, "image/jpeg")
        assert seen.content != QUALIFICATION, "not marked for whom it was shown"
        word = {"outcome": "refused", "ground": "证书不清"}
        assert boss.http.post(f"{at}/{asked['id']}/decision", json=word).status_code == 200
        (row,) = who.http.get("/api/v1/account/kind-changes").json()["items"]
        assert (row["status"], row["ground"], row["account_kind"]) == (
            "refused", "证书不清", "individual",
        )  # fmt: skip

    def test_another_office_and_another_role_do_not(self, stack: RunningStack) -> None:
        who = person(stack)
        who.http.put("/api/v1/account/kind", json={"kind": "individual"})
        made = asked_to_be(who, "tianjin", "agent_lawyer").json()["id"]
        word = {"outcome": "granted", "ground": "x"}
        other = at_work(stack, "zhejiang", "supervisor")
        at = f"/api/v1/offices/zhejiang/kind-changes/{made}/decision"
        assert other.http.post(at, json=word).status_code == 404
        clerk = at_work(stack, "tianjin", "cashier")
        at = f"/api/v1/offices/tianjin/kind-changes/{made}/decision"
        assert clerk.http.post(at, json=word).status_code == 403

    def test_somebody_elses_paper_shows_nothing(self, stack: RunningStack, firm: Person) -> None:
        at = "/api/v1/account/papers?kind=other"
        paper = firm.http.put(at, content=QUALIFICATION, headers=BYTES).json()["id"]
        body = {"office": "tianjin", "kind": "agent_firm", "reason": "x", "paper_id": paper}
        answer = person(stack).http.post("/api/v1/account/kind-changes", json=body)
        assert (answer.status_code, answer.json()["field"]) == (404, "paper_id")


class TestOrdinaryAgents:
    """TJ-110: whoever is not the owner files for the owner."""

    def test_anybody_verified_and_named_files_under_a_mandate(self, stack: RunningStack) -> None:
        principal, friend = person(stack), verified(stack, person(stack), "tianjin", "周明")
        mandate(principal, friend, "register", agent_name="周明")
        http, to = friend.http, acting(principal)
        made = http.post("/api/v1/matters", json=DRAFT, headers=to)
        assert made.status_code == 201, made.text
        assert made.json()["agent_id"] == account_id(friend)
        confirmed_only = http.post("/api/v1/matters", json={"office": "zhejiang"}, headers=to)
        assert (confirmed_only.status_code, confirmed_only.json()["field"]) == (403, "office")
        principal.http.delete(f"/api/v1/mandates/{_held(principal)}")
        assert http.post("/api/v1/matters", json=DRAFT, headers=to).status_code == 404

    def test_an_address_alone_tells_nothing_of_who_has_it(self, stack: RunningStack) -> None:
        """Not whether it has an account, nor whether that is verified, nor its name."""
        principal, friend = person(stack), verified(stack, person(stack), "tianjin", "周明")
        body = {"scopes": ["register"], "valid_from": "2026-01-01", "valid_until": "2030-01-01"}
        told = [
            principal.http.post("/api/v1/mandates", json={**body, **who})
            for who in (
                {"agent": friend.identifier},
                {"agent": friend.identifier, "agent_name": "周亮"},
                {"agent": person(stack).identifier, "agent_name": "张三"},
                {"agent": "nobody-there@example.org", "agent_name": "周明"},
            )
        ]
        assert {each.status_code for each in told} == {422}
        assert len({(each.json()["field"], each.json()["detail"]) for each in told}) == 1
        assert "agent_name" in told[0].json()["detail"]


def _held(principal: Person) -> str:
    (row,) = principal.http.get("/api/v1/mandates").json()["items"]
    found: str = row["id"]
    return found


class TestApplicants:
    def test_an_office_takes_only_whom_its_rules_name(self, firm: Person) -> None:
        """TJ-07, TJ-15: individuals and companies; what an agent firm does is file for others."""
        answer = firm.http.post("/api/v1/matters", json=DRAFT)
        assert (answer.status_code, answer.json()["field"]) == (403, "office")
        assert "个人、法人或非法人组织" in answer.json()["detail"]
        national = firm.http.post("/api/v1/matters", json={"office": "national"})
        assert national.status_code == 201, national.text


class TestMandates:
    def test_what_an_agent_makes_is_its_principals_and_it_sees_nothing_else(
        self, stack: RunningStack, firm: Person
    ) -> None:
        principal = person(stack)
        file = {"custody_mode": "hash_only"}
        own = deposit(principal.http, declared("a.txt", os.urandom(8)), **file).json()
        another = deposit(person(stack).http, declared("c.txt", os.urandom(8)), **file).json()
        mandate(principal, firm, "deposit", "register")
        firm.http.headers.update(acting(principal))
        try:
            made = deposit(firm.http, declared("b.txt", os.urandom(8)), **file).json()
            matter = firm.http.post("/api/v1/matters", json=DRAFT).json()
            at = f"/api/v1/matters/{matter['id']}/precheck"
            prechecked = [
                firm.http.get(at, params={"evidence_number": each["evidence_number"]})
                for each in (own, made, another)
            ]
            listed = firm.http.get("/api/v1/evidence").json()["items"]
            foreign = firm.http.get(f"/api/v1/evidence/{own['evidence_number']}")
            works = firm.http.get("/api/v1/works").json()["items"]
        finally:
            del firm.http.headers["Yinji-Acting-For"]
        assert [each["evidence_number"] for each in listed] == [made["evidence_number"]]
        assert (foreign.status_code, len(works)) == (404, 1)
        # As at the submission: whoever knows the number may file with it.
        assert [each.status_code for each in prechecked] == [200, 200, 404]
        assert (matter["applicant_id"], matter["agent_name"]) == (account_id(principal), "代理公司")
        seen = principal.http.get(f"/api/v1/matters/{matter['id']}").json()
        assert seen["agent_id"] == account_id(firm)
        assert len(principal.http.get("/api/v1/evidence").json()["items"]) == 2
        filed = firm.http.get("/api/v1/matters/filed").json()["items"]
        assert matter["id"] in {each["id"] for each in filed}

    def test_an_agent_uses_only_uploads_it_began_itself(
        self, stack: RunningStack, firm: Person
    ) -> None:
        """T02: the id of the principal's upload is of no use to the agent."""
        principal = person(stack)
        mandate(principal, firm, "deposit")
        theirs = begin_upload(principal.http, 4)
        assert send(principal.http, theirs, b"ab").status_code == 204
        named = {**declared("a.txt", b"abcd"), "upload": theirs.rsplit("/", 1)[-1]}
        firm.http.headers.update(acting(principal))
        try:
            refused = [
                firm.http.head(theirs, headers=TUS),
                send(firm.http, theirs, b"cd", 2),
                firm.http.delete(theirs, headers=TUS),
                deposit(firm.http, named),
            ]
            own = begin_upload(firm.http, 4)
            assert send(firm.http, own, b"abcd").status_code == 204
            named["upload"] = own.rsplit("/", 1)[-1]
            made = deposit(firm.http, named)
        finally:
            del firm.http.headers["Yinji-Acting-For"]
        assert [each.status_code for each in refused] == [404] * 4
        assert refused[-1].json()["field"] == "files[0].upload"
        assert offset_of(principal.http, theirs) == 2
        assert offset_of(principal.http, own) == 4  # the owner sees its agent's
        assert made.status_code == 201, made.text

    def test_what_an_agent_deposits_says_so(self, stack: RunningStack, firm: Person) -> None:
        """domain §5.4 (2): the depositor, and the agent if any."""
        principal = person(stack)
        mandate(principal, firm, "deposit")
        file = declared("a.txt", os.urandom(8))
        firm.http.headers.update(acting(principal))
        try:
            made = deposit(firm.http, file, custody_mode="hash_only").json()
        finally:
            del firm.http.headers["Yinji-Acting-For"]
        certified(principal.http, made["evidence_number"])
        at = f"/api/v1/evidence/{made['evidence_number']}/certificate"
        pages = page_text(principal.http.get(at).content)
        assert "代理公司" in pages
        own = deposit(principal.http, declared("b.txt", os.urandom(8)), custody_mode="hash_only")
        certified(principal.http, own.json()["evidence_number"])
        at = f"/api/v1/evidence/{own.json()['evidence_number']}/certificate"
        assert "代理" not in page_text(principal.http.get(at).content)

    @pytest.mark.parametrize(
        ("office", "status"), [("tianjin", 201), ("zhejiang", 403), ("shandong", 403)]
    )
    def test_the_office_says_whether_agents_may_file(
        self, stack: RunningStack, firm: Person, office: str, status: int
    ) -> None:
        principal = person(stack)
        mandate(principal, firm, "register")
        body = {"office": office, **({"agency": "exchange"} if office == "tianjin" else {})}
        answer = firm.http.post("/api/v1/matters", json=body, headers=acting(principal))
        assert answer.status_code == status, answer.text

    @pytest.mark.parametrize("case", ["nothing", "scope", "office"])
    def test_without_the_right_mandate_nothing_is_drafted(
        self, stack: RunningStack, firm: Person, case: str
    ) -> None:
        """T03: no mandate at all, or one for something or somewhere else."""
        principal = person(stack)
        if case == "scope":
            mandate(principal, firm, "deposit")
        elif case == "office":
            mandate(principal, firm, "register", offices=["national"])
        answer = firm.http.post("/api/v1/matters", json=DRAFT, headers=acting(principal))
        assert answer.status_code == (403 if case == "scope" else 404), answer.text

    def test_a_mandate_given_twice_with_one_key_is_one(
        self, stack: RunningStack, firm: Person
    ) -> None:
        principal = person(stack)
        body = {"agent": firm.identifier, "scopes": ["sign"], "valid_from": "2026-01-01",
                "valid_until": "2030-01-01"}  # fmt: skip
        key = {"Idempotency-Key": "m-1"}
        made = [
            principal.http.post("/api/v1/mandates", json=body, headers=key).json()["id"]
            for _ in range(2)
        ]
        assert made[0] == made[1]
        assert len(principal.http.get("/api/v1/mandates").json()["items"]) == 1

    def test_members_of_a_firm_act_under_its_mandates_as_their_role_goes(
        self, stack: RunningStack, firm: Person
    ) -> None:
        principal, clerk = person(stack), person(stack)
        mandate(principal, firm, "register")
        home = account_id(firm)
        at = f"/api/v1/organisations/{home}"
        for role, status in (("viewer", 403), ("filer", 201)):
            body = {"identifier": clerk.identifier, "role": role}
            rows = firm.http.get(f"{at}/members").json()["items"]
            held = [r["id"] for r in rows if r["ended_at"] is None]
            if held:
                answer = firm.http.put(f"{at}/members/{held[0]}", json={"role": role})
                assert answer.status_code == 200, answer.text
            else:
                assert firm.http.post(f"{at}/invitations", json=body).status_code == 201
                code = _code(stack, clerk)
                joined = clerk.http.post("/api/v1/organisations/members", json={"code": code})
                assert joined.status_code == 201, joined.text
            made = clerk.http.post("/api/v1/matters", json=DRAFT, headers=acting(principal))
            assert made.status_code == status, made.text
        assert made.json()["agent_id"] == home


def _code(stack: RunningStack, who: Person) -> str:
    from tests.grounds.officers import message_to  # noqa: PLC0415 - only here

    code: str = message_to(stack, who.identifier)["code"]
    return code


class MandateMachine(RuleBasedStateMachine):
    """T02: mandates given and revoked in any order; the very next call knows.

    The model is the set of mandates that are in force, by what they are for.
    """

    principal: Person
    firm: Person
    matter: str

    @initialize()
    def begin(self) -> None:
        self.held: dict[str, tuple[str, str]] = {}
        for row in self.principal.http.get("/api/v1/mandates").json()["items"]:
            self.principal.http.delete(f"/api/v1/mandates/{row['id']}")

    @rule(
        scope=st.sampled_from(["register", "sign"]),
        office=st.sampled_from(["", "tianjin", "national"]),
    )
    def give(self, scope: str, office: str) -> None:
        offices = {"offices": [office]} if office else {}
        self.held[mandate(self.principal, self.firm, scope, **offices)] = (scope, office)

    @rule(data=st.data(), by_agent=st.booleans())
    def revoke(self, data: st.DataObject, *, by_agent: bool) -> None:
        if self.held:
            made = data.draw(st.sampled_from(sorted(self.held)))
            who = self.firm if by_agent else self.principal
            assert who.http.delete(f"/api/v1/mandates/{made}").status_code == 204
            del self.held[made]

    @invariant()
    def the_next_call_knows(self) -> None:
        here = [scope for scope, office in self.held.values() if office in {"", "tianjin"}]
        at, headers = f"/api/v1/matters/{self.matter}", acting(self.principal)
        looked = self.firm.http.get(at, headers=headers)
        assert looked.status_code == (200 if here else 404)
        changed = self.firm.http.put(
            f"{at}/application", json={"form": {"title": "山间"}}, headers=headers
        )
        may_anywhere = any(scope == "register" for scope, _ in self.held.values())
        wanted = 200 if "register" in here else 404
        if self.held and not may_anywhere:
            wanted = 403  # an agent of this principal, but not for this
        assert changed.status_code == wanted, changed.text


def test_whatever_is_revoked_the_next_call_finds_nothing(stack: RunningStack, firm: Person) -> None:
    """T02: stateful; three histories of mandates, each step checked by the next call."""
    principal = person(stack)
    first = mandate(principal, firm, "register")
    made: Any = firm.http.post("/api/v1/matters", json=DRAFT, headers=acting(principal)).json()
    principal.http.delete(f"/api/v1/mandates/{first}")
    machine = type(
        "Machine", (MandateMachine,),
        {"principal": principal, "firm": firm, "matter": made["id"]},
    )  # fmt: skip
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=3,  # an account gives at most thirty mandates a minute
            stateful_step_count=8,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

"""T01–T04, T08, T46: operations × callers × {own, foreign, another organisation, another office} ×
states. What is expected follows from `api.policies`, the powers of members and mandates, and the
rules of matters; no operation has an expectation of its own.
"""

import itertools
import uuid
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from accounts import identity, keys, mandates, organisations, staff
from accounts.acting import BY_MANDATE, BY_ROLE
from accounts.mandates import MandateScope
from accounts.models import Account
from accounts.organisations import MemberRole
from api.database import transaction
from api.policies import MATTER, OFFICER, PARTY, POLICIES, SIGNED_IN, UPLOAD
from api.wiring import Services
from registry.lifecycle import RULES, Action, MatterState, Role
from tests.api.test_policy import GUARDED, Matrix
from tests.api.test_policy import matrix as matrix  # noqa: PLC0414 - the fixture of that file
from tests.grounds.appointing import appointed
from tests.grounds.bodies import IDENTITY_IN
from tests.grounds.callers import PASSWORD, Person, person, program, visitor
from tests.grounds.matters import Cast, brought_to, officer, stated, verify
from tests.grounds.officers import OfficerAtWork
from tests.grounds.stack import RunningStack
from tests.grounds.wallets import awaiting_payment

HERE, ELSEWHERE = "tianjin", "zhejiang"
ROLES = [role.value for role in staff.Role]
LAST = ("sign_out", "end_session", "change_password", "enrol_officer")
"""What ends the caller's own way in is left to other tests."""

BY_ACTION = {
    "claim_matter": Action.CLAIM, "release_matter": Action.RELEASE, "return_matter": Action.RETURN,
    "pass_matter": Action.PASS, "send_back_matter": Action.SEND_BACK,
    "refuse_matter": Action.REFUSE, "approve_matter": Action.APPROVE,
}  # fmt: skip
BY_APPLICANT = {
    "change_matter": {Action.CHANGE}, "extend_matter": {Action.EXTEND},
    "submit_matter": {Action.SUBMIT}, "recall_matter": {Action.RECALL, Action.REOPEN},
    "withdraw_matter": {Action.WITHDRAW},
}  # fmt: skip
"""In an order in which none makes another impossible that a rule allows in the same state."""
REFUSED_ALL_THE_SAME = {"submit_matter", "extend_matter"}
"""The body of the matrix names no evidence of theirs; an office may give no more time."""
OFFICERS = [name for name, row in POLICIES.items() if row.access == OFFICER]
OF_MATTERS = [name for name, row in POLICIES.items() if row.resource == MATTER]
Answers = dict[str, httpx2.Response]


@dataclass
class Ground:
    """The matrix of operations, and everybody who tries them. `matters` has one in each state."""

    matrix: Matrix
    services: Services
    matters: dict[MatterState, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    def ask(
        self, http: httpx2.Client, names: Iterable[str], acting_for: str | None = None,
        **ids: str,
    ) -> Answers:  # fmt: skip
        """What each operation answers; each answer is also looked at for what it must not say."""
        found = {}
        for name in names:
            if name in LAST:
                continue
            found[name] = self.matrix.call(http, name, ids=ids, acting_for=acting_for)
            assert found[name].status_code < 500, (name, found[name].text)
            self.told.append(found[name].text)
        return found


def account_of(session: Session, who: Person) -> Account:
    return session.query(Account).filter(Account.email == who.identifier).one()


@pytest.fixture(scope="module")
def ground(stack: RunningStack, matrix: Matrix) -> Iterator[Ground]:
    with stack.services() as services:
        made = Ground(matrix, services)
        with transaction(services.sessions) as session:
            session.info["ring"] = services.keyring
            session.info["papers"] = services.papers
            owner = account_of(session, matrix.owner).id
            if identity.current(session, owner) is None:
                verify(session, owner)
            for state in MatterState:
                made.matters[state] = matter_in(session, owner, state)
        yield made


def matter_in(session: Session, owner: uuid.UUID, state: MatterState) -> str:
    people = Cast(
        owner, stated(session, owner), stated(session, owner),
        officer(session, staff.Role.FIRST_EXAMINER), officer(session, staff.Role.FINAL_EXAMINER),
    )  # fmt: skip
    matter = brought_to(session, people, state)
    if state is MatterState.RETURNED:  # or the clock would end it at once
        later = "SET due_at = now() + interval '9 days'"
        session.execute(text(f"UPDATE matter {later} WHERE id = :id"), {"id": matter.id})
        session.execute(text(f"UPDATE term {later} WHERE matter_id = :id"), {"id": matter.id})
    return str(matter.id)


@pytest.fixture(scope="module")
def elsewhere(stack: RunningStack, ground: Ground) -> tuple[Person, str]:
    """The owner of another organisation, and its account."""
    other = person(stack)
    with transaction(ground.services.sessions) as session:
        founder = account_of(session, other).id
        now = datetime.now(UTC)
        body = organisations.found(session, founder, "彼岸公司", "enterprise", now=now).id
    return other, str(body)


@pytest.fixture(scope="module")
def officers(stack: RunningStack, ground: Ground) -> dict[str, OfficerAtWork]:
    """One officer for each role here, and one with every role at another office."""
    found = {role: appointed(stack, ground.services, HERE, [role]) for role in ROLES}
    return {**found, ELSEWHERE: appointed(stack, ground.services, ELSEWHERE, ROLES)}


def wrong(answers: Answers, holds: Callable[[str, int], bool]) -> dict[str, int]:
    """The operations whose answer does not hold."""
    found = {name: answer.status_code for name, answer in answers.items()}
    return {name: status for name, status in found.items() if not holds(name, status)}


@pytest.mark.parametrize("scope", sorted(keys.ALL_SCOPES))
def test_a_key_of_one_scope_does_what_its_scope_says(ground: Ground, scope: str) -> None:
    """On things of others: they do not exist for it, whatever it may do."""
    stack = ground.matrix.stack
    http = program(stack, person(stack).key(scope))
    answers = ground.ask(http, [name for name in GUARDED if name != "create_key"])

    def holds(name: str, status: int) -> bool:
        row = POLICIES[name]
        if row.access != scope:
            return status == 403
        return status == 404 if row.resource else status not in {401, 403}

    assert wrong(answers, holds) == {}


@pytest.mark.parametrize("role", list(MemberRole))
def test_a_member_does_for_the_organisation_what_the_role_may(
    ground: Ground, role: MemberRole
) -> None:
    """T02. What belongs to another account than the organisation does not exist for it."""
    stack, now = ground.matrix.stack, datetime.now(UTC)
    member = person(stack)
    with transaction(ground.services.sessions) as session:
        founder = account_of(session, ground.matrix.owner).id
        body = organisations.found(session, founder, "水边公司", "enterprise", now=now).id
        row = organisations.begin(
            session, body, account_of(session, member).id, role, None, now=now
        ).id
    answers = ground.ask(member.http, GUARDED, acting_for=str(body))
    assert wrong(answers, allowed_by(BY_ROLE[role])) == {}
    with transaction(ground.services.sessions) as session:
        organisations.end(session, body, founder, MemberRole.OWNER, row, now=now)
    gone = ground.ask(member.http, GUARDED, acting_for=str(body))
    assert wrong(gone, lambda _, status: status == 404) == {}


@pytest.mark.parametrize("scope", list(MandateScope))
def test_an_agent_does_for_a_principal_what_the_mandate_says(
    ground: Ground, scope: MandateScope
) -> None:
    """T03. Even then only what that agent made exists, but for the library of rights holders and
    unfinished uploads, which are the principal's; without the mandate nothing does.
    """
    now = datetime.now(UTC)
    agent = person(ground.matrix.stack)
    with transaction(ground.services.sessions) as session:
        principal = account_of(session, ground.matrix.owner).id
        account = account_of(session, agent)
        account.kind = "agent_lawyer"
        session.flush()
        today = now.date()
        days = (today - timedelta(days=1), today + timedelta(days=9))
        mandate = mandates.grant(session, principal, account.id, [scope], *days, now=now).id
    answers = ground.ask(agent.http, GUARDED, acting_for=str(principal))
    assert wrong(answers, allowed_by(BY_MANDATE[scope], shared=(PARTY, UPLOAD))) == {}
    with transaction(ground.services.sessions) as session:
        mandates.revoke(session, principal, mandate, now=now)
    gone = ground.ask(agent.http, GUARDED, acting_for=str(principal))
    assert wrong(gone, lambda _, status: status == 404) == {}


def allowed_by(powers: frozenset[str], shared: Container[str] = ()) -> Callable[[str, int], bool]:
    """As the row says: refused without the power; with it, foreign things do not exist."""

    def holds(name: str, status: int) -> bool:
        row = POLICIES[name]
        if row.for_others is None or row.for_others not in powers:
            return status == 403
        if row.resource is not None:
            return row.resource in shared or status == 404
        # Agents and members may still be refused by an office's own rules, never as strangers.
        return status != 401

    return holds


@pytest.mark.parametrize("state", list(MatterState))
class TestMattersInEachState:
    def test_do_not_exist_for_strangers(self, ground: Ground, state: MatterState) -> None:
        stranger = ground.matrix.stranger.http
        foreign = ground.ask(stranger, OF_MATTERS, matter_id=ground.matters[state])
        unknown = ground.ask(stranger, OF_MATTERS, matter_id=str(uuid.uuid4()))
        for name in OF_MATTERS:
            assert foreign[name].status_code == 404, name
            assert foreign[name].content == unknown[name].content, name

    def test_do_not_exist_for_another_organisation(
        self, ground: Ground, elsewhere: tuple[Person, str], state: MatterState
    ) -> None:
        """T02. Its owner has every power there, for what is its own."""
        other, body = elsewhere
        known, unknown = (
            ground.ask(other.http, OF_MATTERS, acting_for=body, matter_id=matter_id)
            for matter_id in (ground.matters[state], str(uuid.uuid4()))
        )
        assert wrong(known, allowed_by(BY_ROLE[MemberRole.OWNER])) == {}
        assert 404 in {answer.status_code for answer in known.values()}
        for name in OF_MATTERS:
            assert known[name].content == unknown[name].content, name

    def test_are_there_for_their_applicant_who_moves_them_where_a_rule_says_so(
        self, ground: Ground, state: MatterState
    ) -> None:
        """T04. Nothing that somebody else is told does not exist is so for its own applicant."""
        matter_id = fresh_matter(ground, state)
        http = program(ground.matrix.stack, ground.matrix.owner.key(*keys.ALL_SCOPES))
        others = [n for n in OF_MATTERS if n not in {*BY_APPLICANT, "send_on_signed"}]
        own = ground.ask(http, others, matter_id=matter_id)
        unknown = ground.ask(http, OF_MATTERS, matter_id=str(uuid.uuid4()))
        assert wrong(unknown, lambda _, status: status == 404) == {}
        for name, actions in BY_APPLICANT.items():
            answer = ground.ask(http, [name], matter_id=matter_id)[name]
            ruled = any(
                r.action in actions and (r.was, r.role) == (state, Role.APPLICANT) for r in RULES
            )
            done = answer.status_code < 300
            assert done is ruled or (ruled and name in REFUSED_ALL_THE_SAME), (name, answer.text)
            own[name] = answer
        own |= ground.ask(http, ["send_on_signed"], matter_id=matter_id)  # it moves it, too
        for name in OF_MATTERS:
            assert own[name].status_code != 401, name
            found = (own[name].status_code, own[name].content)
            assert found != (404, unknown[name].content), name

    def test_do_not_exist_at_another_office(
        self, ground: Ground, officers: dict[str, OfficerAtWork], state: MatterState
    ) -> None:
        http, names = officers[ELSEWHERE].http, [n for n in OFFICERS if of_a_matter(ground, n)]
        assert set(BY_ACTION) <= set(names)
        foreign = ground.ask(http, names, office=ELSEWHERE, matter_id=ground.matters[state])
        unknown = ground.ask(http, names, office=ELSEWHERE, matter_id=str(uuid.uuid4()))
        for name in names:
            assert foreign[name].status_code == 404, name
            assert foreign[name].content == unknown[name].content, name

    def test_are_moved_by_officers_only_where_a_rule_says_so(
        self, ground: Ground, officers: dict[str, OfficerAtWork], state: MatterState
    ) -> None:
        """T04. Nobody here holds a matter, so a claim is all that can succeed."""
        matter_id = ground.matters[state]
        for role, (name, action) in itertools.product(ROLES, BY_ACTION.items()):
            http = officers[role].http
            answer = ground.ask(http, [name], office=HERE, matter_id=matter_id)[name]
            ruled = any((r.action, r.was, r.role) == (action, state, role) for r in RULES)
            # The body of the matrix claims for a first examination.
            may = ruled and action is Action.CLAIM and role == Role.FIRST_EXAMINER
            assert (answer.status_code == 200) is may, (role, name, answer.text)
            if may:
                back = ground.ask(http, ["release_matter"], office=HERE, matter_id=matter_id)
                assert back["release_matter"].status_code == 204


def fresh_matter(ground: Ground, state: MatterState) -> str:
    """One of the owner's that no other test has; it waits for a payment where one is owed."""
    if state is MatterState.PAYMENT:
        return str(awaiting_payment(ground.matrix.stack, ground.matrix.owner)["id"])
    with transaction(ground.services.sessions) as session:
        session.info["ring"], session.info["papers"] = (
            ground.services.keyring,
            ground.services.papers,
        )
        return matter_in(session, account_of(session, ground.matrix.owner).id, state)


def of_a_matter(ground: Ground, name: str) -> bool:
    return "{matter_id}" in ground.matrix.operations[name][1]


def test_officers_of_one_office_are_nobody_at_another(
    ground: Ground, officers: dict[str, OfficerAtWork]
) -> None:
    answers = ground.ask(officers[ELSEWHERE].http, OFFICERS, office=HERE)
    assert wrong(answers, lambda _, status: status == 403) == {}


def test_what_another_office_has_does_not_exist_here(
    ground: Ground, officers: dict[str, OfficerAtWork]
) -> None:
    http = officers[ELSEWHERE].http
    with_ids = [n for n in OFFICERS if ground.matrix.operations[n][1].count("{") > 1]
    named = [n for n in with_ids if "{day}" not in ground.matrix.operations[n][1]]
    known = ground.ask(http, named, office=ELSEWHERE)
    fresh = {place: str(uuid.uuid4()) for place in ground.matrix.owned if place.endswith("_id")}
    unknown = ground.ask(http, named, office=ELSEWHERE, **fresh, number="YJ-0000-0000-0000-0000")
    for name in named:
        assert known[name].status_code == 404, (name, known[name].text)
        assert known[name].content == unknown[name].content, name


def test_what_an_office_has_is_there_for_its_own(
    ground: Ground, officers: dict[str, OfficerAtWork]
) -> None:
    """Or another office's not finding it would show nothing; only looked at, so that it stays."""
    looks = [
        name for name in OFFICERS
        if ground.matrix.operations[name][0] == "GET"
        and ground.matrix.operations[name][1].count("{") > 1
    ]  # fmt: skip
    fresh = {place: str(uuid.uuid4()) for place in ground.matrix.owned if place.endswith("_id")}
    unseen = set(looks)
    for role in ROLES:
        http, matter = officers[role].http, ground.matters[MatterState.REGISTERED]
        own = ground.ask(http, looks, office=HERE, matter_id=matter)
        unknown = ground.ask(http, looks, office=HERE, **fresh)
        unseen -= {
            name for name in looks
            if own[name].status_code not in {401, 403}
            and (own[name].status_code, own[name].content) != (404, unknown[name].content)
        }  # fmt: skip
    assert unseen == set()


def test_no_officer_acts_before_the_second_factor_is_shown(
    stack: RunningStack, ground: Ground, officers: dict[str, OfficerAtWork]
) -> None:
    http = visitor(stack)
    body = {"identifier": officers["supervisor"].identifier, "password": PASSWORD}
    answer = http.post("/api/v1/session", json=body)
    http.headers.update({"X-CSRF-Token": answer.json()["csrf_token"], "Origin": stack.address})
    answers = ground.ask(http, OFFICERS, office=HERE)
    assert wrong(answers, lambda _, status: status == 403) == {}


def test_an_operator_has_no_decision_over_http(stack: RunningStack, ground: Ground) -> None:
    """T08: the local account of the command line has every scope, and is no officer anywhere."""
    secret = stack.local["key"]
    answers = ground.ask(program(stack, secret), [*OFFICERS, *personal()], office=HERE)
    assert wrong(answers, lambda _, status: status == 403) == {}


def personal() -> list[str]:
    return [name for name, row in POLICIES.items() if row.access == SIGNED_IN and not row.resource]


def test_nothing_that_was_answered_says_too_much(
    ground: Ground, officers: dict[str, OfficerAtWork]
) -> None:
    """T46: in every answer to everybody above; last, so that there are answers to look at."""
    assert len(ground.told) > len(GUARDED)
    ours: list[Any] = [IDENTITY_IN["number"], ground.matrix.owner.identifier, PASSWORD, "$argon2"]
    ours += [each.number for each in officers.values()]
    ours += [each.identifier for each in officers.values()]
    ours += ["password_hash", "secret_hash", "code_hash", "number_index", "identity_index",
             "data_key", "request_digest", "first_person", "final_person"]  # fmt: skip
    said = [word for word in ours for answer in ground.told if word in answer]
    assert said == []

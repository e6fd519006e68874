"""Whatever has a status: every (state × action × who) is tried, and what the code's one table does
not allow answers a plain problem and changes nothing of the row (T04, G11).

Which machines there are the code says (`api.fsck.histories`). Those of people and signatures are
here, with the check that none is left out; those of money in `test_money_by_state`; those with
rules by role have tests of their own. How all is tried: `tests.grounds.acts`. What the database
refuses by itself: `test_states_guarded`.
"""

import re
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy.orm import Session

from accounts import identity, kinds, reviewing, staff
from accounts.identity import REVIEWERS, IdentityStatus
from accounts.kinds import KindChangeStatus
from accounts.person_models import Verification
from accounts.staff import Officer
from core.errors import NotAllowed
from registry import signing_links
from registry.signing_state import ActState
from tests.database import test_identity as identities
from tests.database import test_matter_triples as matters
from tests.database import test_money_by_state as money
from tests.database import test_paper_delivery as deliveries
from tests.database import test_revocations as revocations
from tests.database import test_ties as ties
from tests.grounds.acts import TABLES, Act, Machine, Scene, cases, only, wrongs
from tests.grounds.matters import NOW, officer
from tests.grounds.people import RING
from tests.grounds.people import account as person
from tests.grounds.signing import STROKES, Signing, Store, confirmed, proven, two_people, work

BY_RULES: Final = {
    "matter": matters.test_every_action_of_every_role_does_what_the_table_says,
    "paper_delivery": deliveries.test_every_action_of_each_side_does_what_the_table_says,
    "registration_revocation": revocations.test_every_triple_does_what_the_rules_say,
}
"""Tried by role in tests of their own."""
NOBODYS: Final = {"attempt": "sending", "transaction": "confirming"}
"""Moved by the worker from what the chain says; the module of each."""


def officers(session: Session) -> dict[str, Any]:
    """One in each role at the office, one in all of them at another."""
    here = {str(role): officer(session, role) for role in staff.Role}
    return {**here, "elsewhere": officer(session, *staff.Role, office="zhejiang")}


# Identities

_I = IdentityStatus


def identity_in(session: Session, state: IdentityStatus) -> Scene:
    owner = person(session, kind="individual")
    by = officer(session, staff.Role.SUPERVISOR)
    if state is _I.SUBMITTED:
        row = identities.submitted(session, owner)
    elif state in {_I.VERIFIED, _I.REJECTED}:
        row = identities.submitted(session, owner)
        identity.decide(session, RING, by, row, state, "x", now=NOW)
    else:
        row = identities.draft(session, owner)
    if state in {_I.ACCEPTED, _I.SUPERSEDED, _I.ERASED}:
        identity.submit(session, RING, row, identities.POLICY, None, now=NOW)
    if state is _I.SUPERSEDED:
        newer = identities.submitted(session, owner, reason="改名")
        identity.decide(session, RING, by, newer, _I.VERIFIED, "x", now=NOW)
    if state is _I.ERASED:
        identity.erase(session, row, now=NOW)
    if state is _I.WITHDRAWN:
        identities.draft(session, owner)
    session.refresh(row)
    who = {"owner": owner.id, "stranger": person(session, kind="individual").id}
    return Scene(session, row, {**who, **officers(session)})


def _own(on: Scene, who: Any) -> Verification:
    by = who.account_id if isinstance(who, Officer) else who
    return identity.owned(on.session, by, on.row.id)


def _submit(policy: identity.IdentityPolicy, office: str | None) -> Callable[[Scene, Any], object]:
    return lambda on, who: identity.submit(on.session, RING, _own(on, who), policy, office, now=NOW)


def _decide(to: IdentityStatus) -> Callable[[Scene, Any], object]:
    def does(on: Scene, who: Any) -> None:
        if not isinstance(who, Officer):
            raise NotAllowed("no officer: the way in is closed")
        row = reviewing.at_office(on.session, who, on.row.id)
        identity.decide(on.session, RING, who, row, to, "x", now=NOW)

    return does


def _begin_anew(on: Scene, who: Any) -> None:
    row = _own(on, who)
    was = row.status
    identity.begin(on.session, RING, row.account_id, identities.claim(), now=NOW)
    on.session.refresh(row)
    if row.status == was:
        raise NotAllowed("another began, and this one stays")


REVIEW: Final = frozenset(map(str, REVIEWERS))
IDENTITY: Final = {
    "submit to an office": Act(
        _submit(identities.REVIEWED, "tianjin"), only("owner"), _I.SUBMITTED
    ),
    "submit": Act(_submit(identities.POLICY, None), only("owner"), _I.ACCEPTED),
    "begin anew": Act(
        _begin_anew, only("owner"), _I.WITHDRAWN, within=frozenset({_I.DRAFT})
    ),
    "add a paper": Act(
        lambda on, who: identity.require_draft(_own(on, who)), only("owner"),
        within=frozenset({_I.DRAFT}),
    ),
    "withdraw": Act(
        lambda on, who: identity.withdraw(on.session, _own(on, who), who, now=NOW), only("owner"),
        _I.WITHDRAWN,
    ),
    "erase": Act(
        lambda on, who: identity.erase(on.session, _own(on, who), now=NOW), only("owner"),
        _I.ERASED,
    ),
    "verify": Act(_decide(_I.VERIFIED), REVIEW, _I.VERIFIED),
    "reject": Act(_decide(_I.REJECTED), REVIEW, _I.REJECTED),
}  # fmt: skip


# Changes of kind


def kind_in(session: Session, state: KindChangeStatus) -> Scene:
    made = ties.organisations.found(session, person(session).id, "山间", "enterprise", now=NOW)
    row, boss = ties.wants_to_be_an_agent(session, made), officer(session, staff.Role.SUPERVISOR)
    if state is not KindChangeStatus.REQUESTED:
        granted = state is KindChangeStatus.GRANTED
        kinds.decide_change(session, boss, row.id, grant=granted, ground="x", now=NOW)
        session.refresh(row)
    return Scene(session, row, officers(session))


def _decide_kind(*, grant: bool) -> Callable[[Scene, Any], object]:
    return lambda on, who: kinds.decide_change(
        on.session, who, on.row.id, grant=grant, ground="x", now=NOW
    )


KIND: Final = {
    "grant": Act(_decide_kind(grant=True), only("supervisor"), KindChangeStatus.GRANTED),
    "refuse": Act(_decide_kind(grant=False), only("supervisor"), KindChangeStatus.REFUSED),
}


# Signatures


def signature_in(session: Session, state: ActState) -> Scene:
    signing, store = two_people(session), Store()
    work(session, store)
    signer = signing.signer(session, "张三")
    if state is ActState.WAITING:
        signing_links.issue(session, signing.matter, signer, now=NOW)
        proof = proven(session, signing, "张三")
        for paper in signing_links.papers_by(session, signer):
            signing_links.read(session, signer, paper.code, now=NOW)
    else:
        confirmed(session, signing, "张三")
        proof = "used up"
    if state is ActState.SIGNED:
        work(session, store)
    row = signing_links.acts_by(session, signer.id)[0]
    people = {"signer": ("张三", proof), "another": ("李四", proof), "unproven": ("张三", "guess")}
    return Scene(session, row, people, {"signing": signing})


def _confirm(on: Scene, who: Any) -> None:
    name, proof = who
    signing: Signing = on.kept["signing"]
    signer = signing.signer(on.session, name)
    signing_links.require_proven(signer, proof, now=NOW)
    signing_links.confirm(on.session, signing.matter, signer, STROKES, now=NOW)


SIGNATURE: Final = {"confirm": Act(_confirm, only("signer"), ActState.INTENDED)}

MACHINES: Final = {
    "verification": Machine(identity_in, IDENTITY),
    "kind_change": Machine(kind_in, KIND),
    "signing_act": Machine(signature_in, SIGNATURE),
}


def test_every_machine_is_tried() -> None:
    assert set(TABLES) == {*MACHINES, *money.MACHINES, *BY_RULES, *NOBODYS}


def test_no_call_moves_what_nobody_moves() -> None:
    for path in Path("api/routes").glob("*.py"):
        imported = re.findall(
            r"^from chain(?:\.(\w+))? import (.+)$", path.read_text(), re.MULTILINE
        )
        assert not {word for each in imported for word in each} & set(NOBODYS.values()), path


@pytest.mark.parametrize(("machine", "state"), cases(MACHINES), ids=str)
def test_every_action_of_everybody_does_what_the_table_says(
    session: Session, machine: str, state: StrEnum
) -> None:
    assert wrongs(session, MACHINES[machine], state, TABLES[machine]) == []

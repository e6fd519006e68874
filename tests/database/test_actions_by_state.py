"""Whatever has a status: every (state × action × who) is tried, and what the code's one table does
not allow answers a plain problem and changes nothing of the row (T04, G11).

Which machines there are the code says (`api.fsck.histories`); those with rules by role have tests
of their own. What the database refuses by itself: `test_states_guarded`.
"""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from accounts import identity, kinds, reviewing, staff
from accounts.identity import REVIEWERS, IdentityStatus
from accounts.kinds import KindChangeStatus
from accounts.person_models import Verification
from accounts.staff import Officer
from api.errors import status_of
from api.fsck.histories import HISTORIES
from billing import crediting, invoices, orders, paying, refunding, transferring
from billing.invoices import Asked
from billing.lifecycle import OrderState, RefundState, RequestState
from billing.models import Order, PaymentRequest
from billing.provider import Place
from core.errors import NotAllowed, ServiceError
from registry import signing_links
from registry.signing_state import ActState
from tests.database import test_identity as identities
from tests.database import test_matter_triples as matters
from tests.database import test_paper_delivery as deliveries
from tests.database import test_revocations as revocations
from tests.database import test_ties as ties
from tests.grounds.matters import account, officer
from tests.grounds.orders import NOW, asked, opened, told
from tests.grounds.people import RING
from tests.grounds.people import account as person
from tests.grounds.signing import STROKES, Signing, Store, confirmed, proven, two_people, work

LATER: Final = NOW + timedelta(days=400)
BY_RULES: Final = {
    "matter": matters.test_every_action_of_every_role_does_what_the_table_says,
    "paper_delivery": deliveries.test_every_action_of_each_side_does_what_the_table_says,
    "registration_revocation": revocations.test_every_triple_does_what_the_rules_say,
}
"""Tried by role in tests of their own."""
NOBODYS: Final = {"attempt": "sending", "transaction": "confirming"}
"""Moved by the worker from what the chain says; the module of each."""


@dataclass
class Scene:
    """The row, and everybody who tries something with it."""

    session: Session
    row: Any
    people: dict[str, Any]
    kept: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Act:
    """`who` of all may do it where the table leads to `to` (without one the state stays), and only
    in the states `within` if any are named. `quiet`: where it may not be done it is told again, or
    late, and nothing is said against it.
    """

    does: Callable[[Scene, Any], object]
    who: frozenset[str]
    to: StrEnum | None = None
    within: frozenset[StrEnum] = frozenset()
    quiet: bool = False


@dataclass(frozen=True)
class Machine:
    brought_to: Callable[[Session, Any], Scene]
    acts: Mapping[str, Act]


def officers(session: Session) -> dict[str, Any]:
    """One in each role at the office, one in all of them at another."""
    here = {str(role): officer(session, role) for role in staff.Role}
    return {**here, "elsewhere": officer(session, *staff.Role, office="zhejiang")}


def only(*who: str) -> frozenset[str]:
    return frozenset(who)


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


# Orders, payments and refunds


def order_in(session: Session, state: OrderState) -> Scene:
    payer = account(session)
    order = opened(session, payer)
    request = asked(session, order)
    if state in {OrderState.CANCELLED, OrderState.EXPIRED}:
        paying.record_closed(session, request.id, now=NOW)
        orders.move(session, order, state, "x", now=NOW)
    elif state is not OrderState.OPEN:
        crediting.credit(session, told(request, uuid.uuid4().hex), now=NOW)
        if state is not OrderState.PAID:
            part = Decimal(1) if state is OrderState.PARTLY_REFUNDED else None
            back = refunding.refund(session, order, part, "x", now=NOW)
            if state is not OrderState.REFUNDING and back is not None:
                refunding.record_done(session, back.id, uuid.uuid4().hex, now=NOW)
    who = {"payer": payer, "stranger": account(session), "system": None}
    return Scene(session, order, who, {"request": request})


def _ordered(on: Scene, who: Any) -> Order:
    """As the way in finds it; what the system does it does with the order it holds."""
    if who is None:
        raise NotAllowed("no way in")
    return orders.owned(on.session, who, on.row.id, lock=True)


def _system(does: Callable[[Scene], object]) -> Callable[[Scene, Any], object]:
    def act(on: Scene, who: Any) -> None:
        if who is not None or does(on) in {None, False}:
            raise NotAllowed("nobody's verb, or nothing to do")

    return act


def _expire(on: Scene) -> bool:
    paying.record_closed(on.session, on.kept["request"].id, now=NOW)
    return orders.expire_one(on.session, now=LATER)


def _cancel(on: Scene) -> bool:
    orders.cancel(on.session, on.row, "x", now=NOW)
    return True


def _credit(on: Scene, request: PaymentRequest) -> bool:
    return crediting.credit(on.session, told(request, uuid.uuid4().hex), now=NOW).settled


INVOICE: Final = Asked("张三", None, "a@example.org")
ORDER: Final = {
    "start a payment": Act(
        lambda on, who: asked(on.session, _ordered(on, who)), only("payer"),
        within=frozenset({OrderState.OPEN}),
    ),
    "ask for an invoice": Act(
        lambda on, who: invoices.ask(on.session, _ordered(on, who), INVOICE, now=NOW),
        only("payer"), within=frozenset({OrderState.OPEN, OrderState.PAID}),
    ),
    "cancel": Act(_system(_cancel), only("system"), OrderState.CANCELLED),
    "expire": Act(_system(_expire), only("system"), OrderState.EXPIRED),
    "credit": Act(
        _system(lambda on: _credit(on, on.kept["request"])), only("system"), OrderState.PAID
    ),
    "pay back": Act(
        _system(lambda on: refunding.refund(on.session, on.row, None, "x", now=NOW)),
        only("system"), OrderState.REFUNDING,
    ),
}  # fmt: skip


def request_in(session: Session, state: RequestState) -> Scene:
    request = asked(session, opened(session, account(session)))
    if state is RequestState.ASKED:
        paying.record_asked(session, request.id, Place("p", None), now=NOW)
    elif state is RequestState.CLOSED:
        paying.record_closed(session, request.id, now=NOW)
    elif state is RequestState.PAID:
        crediting.credit(session, told(request), now=NOW)
    return Scene(session, request, {"provider": None})


REQUEST: Final = {
    "asked": Act(
        lambda on, _: paying.record_asked(on.session, on.row.id, Place("p", None), now=NOW),
        only("provider"), RequestState.ASKED, quiet=True,
    ),
    "closed": Act(
        lambda on, _: paying.record_closed(on.session, on.row.id, now=NOW), only("provider"),
        RequestState.CLOSED, quiet=True,
    ),
    "paid": Act(
        lambda on, _: _credit(on, on.row), only("provider"), RequestState.PAID, quiet=True
    ),
}  # fmt: skip


def refund_in(session: Session, state: RefundState) -> Scene:
    order = opened(session, account(session))
    request = transferring.request_of(session, order, now=NOW)
    paid = told(request, uuid.uuid4().hex)
    heard = type(paid)(**{**vars(paid), "provider": request.provider, "merchant": request.merchant})
    crediting.credit(session, heard, now=NOW)
    row = refunding.refund(session, order, None, "x", now=NOW)
    assert row is not None
    if state is RefundState.DONE:
        refunding.record_done(session, row.id, "first", now=NOW)
    return Scene(session, row, {"seller": order.seller, "another seller": "zhejiang"})


REFUND: Final = {
    "paid back": Act(
        lambda on, who: transferring.paid_back(on.session, who, on.row.id, "second", now=NOW),
        only("seller"), RefundState.DONE,
    ),
}  # fmt: skip


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
    "order": Machine(order_in, ORDER),
    "payment_request": Machine(request_in, REQUEST),
    "refund": Machine(refund_in, REFUND),
    "signing_act": Machine(signature_in, SIGNATURE),
}
TABLES: Final = {each.lifecycle.name: each.lifecycle.transitions for each in HISTORIES}


def test_every_machine_is_tried() -> None:
    assert set(TABLES) == {*MACHINES, *BY_RULES, *NOBODYS}


def test_no_call_moves_what_nobody_moves() -> None:
    for path in Path("api/routes").glob("*.py"):
        imported = re.findall(
            r"^from chain(?:\.(\w+))? import (.+)$", path.read_text(), re.MULTILINE
        )
        assert not {word for each in imported for word in each} & set(NOBODYS.values()), path


def columns(row: Any) -> dict[str, object]:
    return {each.key: getattr(row, each.key) for each in inspect(type(row)).column_attrs}


def missed(on: Scene, name: str, act: Act, who: str, state: StrEnum, table: Any) -> str:
    """What was not as it should be when `who` tried it; nothing when all was."""
    leads = act.to is None or act.to in table[state]
    may = who in act.who and leads and (not act.within or state in act.within)
    before, refused = columns(on.row), False
    try:
        act.does(on, on.people[who])
    except ServiceError as error:
        refused = True
        if status_of(error) not in {403, 404, 409, 422}:
            return f"{name} by {who}: {status_of(error)} {error}"
    on.session.flush()
    on.session.refresh(on.row)
    if may and not refused:
        return "" if on.row.status == (act.to or state) else f"{name} by {who}: {on.row.status}"
    if may or not (refused or act.quiet):
        return f"{name} by {who}: {'refused' if refused else 'done'}"
    return "" if columns(on.row) == before else f"{name} by {who}: refused, and changed"


@pytest.mark.parametrize(
    ("machine", "state"),
    [(name, state) for name in MACHINES for state in TABLES[name]],
    ids=str,
)
def test_every_action_of_everybody_does_what_the_table_says(
    session: Session, machine: str, state: StrEnum
) -> None:
    on = MACHINES[machine].brought_to(session, state)
    assert on.row.status == state
    wrong = []
    for name, act in MACHINES[machine].acts.items():
        for who in on.people:
            save = session.begin_nested()
            session.refresh(on.row)
            wrong.append(missed(on, name, act, who, state, TABLES[machine]))
            save.rollback()
            session.expire_all()
    assert [each for each in wrong if each] == []

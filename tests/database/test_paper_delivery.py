"""Paper certificates: every step of the table and no other, for the applicant and the registrar."""

import itertools
import uuid
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts import staff
from accounts.addresses import Delivery
from accounts.inbox_models import Dispatch, Message
from accounts.staff import Officer
from core.errors import Conflict, IllegalTransition, InvalidInput, NotAllowed, NotFound
from core.sealed import Keyring, Place
from registry import (
    deliveries,
    delivering,
    examining,
    matters,
    opening,
    registering,
    revoking,
    submitting,
)
from registry.clockwork import day_of
from registry.deliveries import PaperDelivery
from registry.delivery_lifecycle import (
    DELIVERY_RULES,
    DeliveryAction,
    DeliveryState,
    Side,
)
from registry.lifecycle import Role
from registry.matters import Draft
from registry.models import Matter, Registration
from registry.offices import shipped
from registry.profile import Profile, parse_profile
from registry.revoking import Reasons
from tests.grounds.matters import (
    CHECKED,
    CHECKED_FINALLY,
    FORM,
    NOW,
    TIANJIN,
    Cast,
    cast,
    officer,
    papers,
)
from tests.grounds.people import RING

TO = Delivery("林小雨", "13800138000", "西湖区一号")
ELSEWHERE = Delivery("陈墨", "13800138001", "西湖区二号")
SENT = {"way": "post", "recipient": "林小雨", "mobile": "13800138000", "address": "西湖区一号"}
COLLECTED = {"way": "pickup"}
_S, _A = DeliveryState, DeliveryAction


def with_both_ways() -> Profile:
    """An office that charges nothing, and sends or lays ready as another one does."""
    zhejiang = shipped()["zhejiang"].text
    ways = "[delivery]" + zhejiang.partition("[delivery]")[2].partition("[batch]")[0]
    making = zhejiang[: zhejiang.index("[numbering]")].rpartition("[[clocks]]")[2]
    head, _, rest = TIANJIN.text.partition("[delivery]")
    head = head.replace("[numbering]", f"[[clocks]]{making}\n[numbering]", 1)
    return parse_profile(f"{head}{ways}[batch]{rest.partition('[batch]')[2]}", "both ways")


BOTH = with_both_ways()


@pytest.fixture
def people(session: Session) -> Cast:
    return cast(session)


@pytest.fixture
def registrar(session: Session) -> Officer:
    return officer(session, staff.Role.REGISTRAR)


def registered(
    session: Session, people: Cast, wish: dict[str, str] | None, profile: Profile = BOTH
) -> Matter:
    form: dict[str, Any] = FORM if wish is None else {**FORM, "delivery": wish}
    said = Draft(form, papers(people.pledge.number))
    matter = matters.draft(session, people.applicant, profile, "exchange", said, now=NOW)
    submitting.hand_in(session, matter, people.evidence.number, now=NOW)
    submitting.go_on_when_signed(session, matter, "all signed", now=NOW)
    submitting.go_on_when_settled(session, matter, "paid", now=NOW)
    examining.claim(session, people.first, matter, Role.FIRST_EXAMINER, now=NOW)
    examining.pass_on(session, people.first, matter, CHECKED, "", now=NOW)
    examining.claim(session, people.final, matter, Role.FINAL_EXAMINER, now=NOW)
    opening.open_matter(session, people.final, matter, now=NOW)
    registering.approve(
        session, people.final, matter, CHECKED_FINALLY, lambda _record: None, lambda: NOW
    )
    return matter


def wished(session: Session, people: Cast, wish: dict[str, str]) -> PaperDelivery:
    return deliveries.of_applicant(session, registered(session, people, wish).id)


def told(session: Session, account_id: uuid.UUID, kind: str) -> list[Message]:
    query = select(Message).where(Message.account_id == account_id, Message.kind == kind)
    return list(session.scalars(query))


def act(
    session: Session, row: PaperDelivery, action: DeliveryAction, side: Side, who: Officer
) -> None:
    matter = session.get_one(Matter, row.matter_id)
    if side is Side.APPLICANT:
        match action:
            case _A.CANCEL:
                delivering.cancel(session, matter, row, now=NOW)
            case _A.HAND_OVER:
                delivering.receive(session, matter, row, now=NOW)
            case _A.REDIRECT:
                delivering.redirect(session, RING, matter, row, ELSEWHERE, now=NOW)
            case _:
                raise NotAllowed("no such verb for an applicant")
        return
    match action:
        case _A.MAKE:
            delivering.make(session, who, row, now=NOW)
        case _A.DISPATCH:
            delivering.dispatch(session, who, row, "顺丰速运", "SF1234567890123", now=NOW)
        case _A.LAY_READY:
            delivering.lay_ready(session, who, row, now=NOW)
        case _A.HAND_OVER:
            delivering.hand_over(session, who, row, "", now=NOW)
        case _A.COME_BACK:
            delivering.come_back(session, who, row, "地址不详", now=NOW)
        case _:
            raise NotAllowed("no such verb for a registrar")


def brought_to(
    session: Session, people: Cast, registrar: Officer, state: DeliveryState
) -> PaperDelivery:
    row = wished(session, people, COLLECTED if state is _S.READY else SENT)
    ways = {
        _S.ASKED: [], _S.CANCELLED: [], _S.MADE: [_A.MAKE], _S.READY: [_A.MAKE, _A.LAY_READY],
        _S.DISPATCHED: [_A.MAKE, _A.DISPATCH],
        _S.RETURNED: [_A.MAKE, _A.DISPATCH, _A.COME_BACK],
        _S.COLLECTED: [_A.MAKE, _A.DISPATCH, _A.HAND_OVER],
    }  # fmt: skip
    for action in ways[state]:
        act(session, row, action, Side.REGISTRAR, registrar)
    if state is _S.CANCELLED:
        act(session, row, _A.CANCEL, Side.APPLICANT, registrar)
    return row


@pytest.mark.parametrize("state", list(DeliveryState))
def test_every_action_of_each_side_does_what_the_table_says(
    session: Session, people: Cast, registrar: Officer, state: DeliveryState
) -> None:
    row = brought_to(session, people, registrar, state)
    other_way = {_A.DISPATCH if row.way == "pickup" else _A.LAY_READY}
    for action, side in itertools.product(DeliveryAction, Side):
        save = session.begin_nested()
        session.refresh(row)
        ruled = [r.to for r in DELIVERY_RULES if (r.action, r.side, r.was) == (action, side, state)]
        if ruled and action not in other_way:
            act(session, row, action, side, registrar)
            assert row.status == ruled[0], (action, side)
        else:
            with pytest.raises((Conflict, NotAllowed)):
                act(session, row, action, side, registrar)
            session.refresh(row)
            assert row.status == state, (action, side)
        save.rollback()


@pytest.mark.parametrize("state", list(DeliveryState))
def test_sql_alone_changes_nothing_of_what_it_is(
    session: Session, people: Cast, registrar: Officer, state: DeliveryState
) -> None:
    brought_to(session, people, registrar, state)
    for change in ("way = 'by hand'", "office = 'x'"):
        save = session.begin_nested()
        with pytest.raises(IntegrityError):
            session.execute(text(f"UPDATE paper_delivery SET {change}"))  # noqa: S608
        save.rollback()
    save = session.begin_nested()
    with pytest.raises(IntegrityError):
        session.execute(text("DELETE FROM paper_delivery"))
    save.rollback()


class TestTheWish:
    def test_on_the_form_begins_with_the_registration(
        self, session: Session, people: Cast, registrar: Officer
    ) -> None:
        """ZJ-29: made after the final examination, in about a week."""
        row = wished(session, people, SENT)
        assert (row.status, row.way) == ("asked", "post")
        assert delivering.recipient_of(session, RING, row) == TO
        by = delivering.made_by(session, row)
        assert by is not None
        assert (day_of(by) - day_of(NOW)).days == 8  # the seventh is a Sunday
        assert len(told(session, registrar.account_id, "delivery_to_make")) == 1

    def test_is_an_additional_service(self, session: Session, people: Cast) -> None:
        """ZJ-62: nobody who does not ask for paper gets any, and the registration is whole."""
        matter = registered(session, people, None)
        assert deliveries.latest(session, matter.id) is None
        assert session.scalar(select(Registration.id).where(Registration.matter_id == matter.id))

    def test_can_be_said_later_and_once(self, session: Session, people: Cast) -> None:
        matter = registered(session, people, None)
        with pytest.raises(InvalidInput) as refused:
            delivering.ask(session, RING, matter, "post", None, now=NOW)
        assert refused.value.field == "address"
        with pytest.raises(InvalidInput, match="自领"):
            delivering.ask(session, RING, matter, "pigeon", TO, now=NOW)
        row = delivering.ask(session, RING, matter, "post", TO, now=NOW)
        assert row.contents is not None
        assert "西湖".encode() not in row.contents.raw
        with pytest.raises(Conflict, match="already"):
            delivering.ask(session, RING, matter, "pickup", None, now=NOW)
        delivering.cancel(session, matter, row, now=NOW)
        assert delivering.ask(session, RING, matter, "pickup", None, now=NOW).way == "pickup"

    def test_waits_for_the_registration(self, session: Session, people: Cast) -> None:
        said = Draft(FORM, papers(people.pledge.number))
        draft = matters.draft(session, people.applicant, BOTH, "exchange", said, now=NOW)
        with pytest.raises(Conflict, match="not registered"):
            delivering.ask(session, RING, draft, "post", TO, now=NOW)
        with pytest.raises(NotFound):
            deliveries.of_applicant(session, draft.id)


class TestOnItsWay:
    def test_the_applicant_is_told_carrier_and_number(
        self, session: Session, people: Cast, registrar: Officer
    ) -> None:
        """ZJ-63, CP-34: sent without asking once more."""
        brought_to(session, people, registrar, _S.DISPATCHED)
        (message,) = told(session, people.applicant, "delivery_dispatched")
        assert message.facts["carrier"] == "顺丰速运"
        assert message.facts["tracking"] == "SF1234567890123"
        sent = select(Dispatch).where(Dispatch.message_id == message.id)
        assert session.scalars(sent).all()
        assert not {"林小雨", "13800138000"} & set(message.facts.values())

    def test_ready_for_collection_is_told(
        self, session: Session, people: Cast, registrar: Officer
    ) -> None:
        """ZJ-64."""
        row = brought_to(session, people, registrar, _S.READY)
        assert len(told(session, people.applicant, "delivery_ready")) == 1
        assert delivering.recipient_of(session, RING, row) is None

    def test_what_came_back_goes_to_another_address(
        self, session: Session, people: Cast, registrar: Officer
    ) -> None:
        row = brought_to(session, people, registrar, _S.RETURNED)
        assert row.note == "地址不详"
        assert len(told(session, people.applicant, "delivery_returned")) == 1
        act(session, row, _A.REDIRECT, Side.APPLICANT, registrar)
        act(session, row, _A.DISPATCH, Side.REGISTRAR, registrar)
        to = delivering.recipient_of(session, RING, row)
        assert to is not None
        assert (to.recipient, to.address) == (ELSEWHERE.recipient, ELSEWHERE.address)
        with pytest.raises(IllegalTransition):
            act(session, row, _A.REDIRECT, Side.APPLICANT, registrar)

    def test_only_a_registrar_of_the_office_sees_it(
        self, session: Session, people: Cast, registrar: Officer
    ) -> None:
        row = wished(session, people, SENT)
        assert deliveries.at_office(session, registrar, None, None, 9) == [row]
        assert deliveries.at_office(session, registrar, _S.MADE, None, 9) == []
        with pytest.raises(NotAllowed):
            deliveries.seen(session, people.first, row.id)
        elsewhere = officer(session, staff.Role.REGISTRAR, office="zhejiang")
        with pytest.raises(NotFound):
            deliveries.seen(session, elsewhere, row.id)

    def test_of_a_revoked_registration_nothing_is_handed_out(
        self, session: Session, people: Cast, registrar: Officer
    ) -> None:
        row = brought_to(session, people, registrar, _S.MADE)
        number = deliveries.number_of(session, row)
        reasons = Reasons("untrue", "与事实不符", None)
        proposed = revoking.propose(session, registrar, number, reasons, now=NOW)
        other = officer(session, staff.Role.REGISTRAR)
        revoking.confirm(session, other, proposed, now=NOW)
        with pytest.raises(Conflict, match="revoked"):
            act(session, row, _A.DISPATCH, Side.REGISTRAR, registrar)


def test_an_ended_one_is_wrapped_under_another_key_and_stays_what_it_was(
    session: Session, people: Cast, registrar: Officer
) -> None:
    row = wished(session, people, SENT)
    for action in (_A.REDIRECT, _A.CANCEL):
        act(session, row, action, Side.APPLICANT, registrar)
    place = Place("paper_delivery", "contents", row.id)
    assert row.contents is not None
    rotated = Keyring({**RING.keys, "10": b"\x03" * 32}, "10", RING.index_key)
    kept = RING.open_text(row.contents, place)
    other = RING.seal_text(kept, place)
    for change in ({"contents": other}, {"contents": None}, {"note": "x"}):
        save = session.begin_nested()
        with pytest.raises(IntegrityError):
            session.execute(update(PaperDelivery).values(change))
        save.rollback()
    anew = rotated.rewrap(row.contents)
    session.execute(update(PaperDelivery).values(contents=anew))
    assert rotated.open_text(anew, place) == kept

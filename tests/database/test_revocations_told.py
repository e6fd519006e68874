"""Revoking a registration: its owner hears of every step, officers of what waits for them."""

import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.inbox_models import Dispatch, Message
from accounts.staff import Officer, Role
from certs.paper import decode
from chain.lifecycle import TransactionStatus
from chain.models import Revocation, Transaction
from core.errors import InvalidInput
from registry import noticing, registering, revocation_telling, revocations, revoking
from registry.lifecycle import MatterState
from registry.models import Matter, Registration
from registry.revocations import RegistrationRevocation
from registry.revoking import Reasons
from tests.grounds.matters import NOW, Cast, brought_to, cast, officer

UNTRUE = Reasons("untrue", "作者另有其人,见判决书。", None)


class Scene:
    def __init__(self, session: Session) -> None:
        self.session = session
        self.people: Cast = cast(session)
        self.matter: Matter = brought_to(session, self.people, MatterState.REGISTERED)
        entry = registering.of_matter(session, self.matter.id)
        assert entry is not None
        self.entry: Registration = entry
        self.proposer = officer(session, Role.REGISTRAR)
        self.other = officer(session, Role.REGISTRAR)
        session.expire_all()

    def told(self, account_id: uuid.UUID) -> list[str]:
        kinds = self.session.scalars(
            select(Message.kind)
            .where(Message.account_id == account_id, Message.kind.startswith("revocation"))
            .order_by(Message.created_at, Message.kind)
        )
        return [kind.removeprefix("revocation_") for kind in kinds]

    @property
    def owner(self) -> list[str]:
        return self.told(self.matter.applicant_id)

    def officers(self, *each: Officer) -> list[list[str]]:
        return [self.told(one.account_id) for one in each]

    def proposed(self) -> RegistrationRevocation:
        return revoking.propose(self.session, self.proposer, self.entry.number, UNTRUE, now=NOW)

    def notices(self) -> list[str]:
        return [each.kind for each in noticing.of_matter(self.session, self.matter.id)]


@pytest.fixture
def on(session: Session) -> Scene:
    return Scene(session)


def test_a_proposal_is_told_to_the_owner_and_to_those_who_decide(on: Scene) -> None:
    on.proposed()
    assert on.owner == ["proposed"]
    assert on.officers(on.proposer, on.other, on.people.final, on.people.first) == [
        [], ["to_decide"], ["to_decide"], [],
    ]  # fmt: skip


def test_a_request_is_confirmed_to_its_owner_and_waits_for_registrars(on: Scene) -> None:
    row = revoking.ask(on.session, on.matter, "重复登记", None, now=NOW)
    assert on.owner == ["requested"]
    assert on.officers(on.proposer, on.other, on.people.final) == [
        ["to_take_up"], ["to_take_up"], [],
    ]  # fmt: skip
    revoking.take_up(on.session, on.proposer, row, now=NOW)
    assert set(on.owner) == {"requested", "proposed"}


def test_what_goes_on_is_told_by_mail_or_sms_too(on: Scene) -> None:
    row = on.proposed()
    revoking.reject(on.session, on.other, row, "证据不足", now=NOW)
    sent = on.session.scalars(
        select(Message.kind)
        .join(Dispatch, Dispatch.message_id == Message.id)
        .where(Dispatch.account_id == on.matter.applicant_id, Message.kind.like("revocation%"))
    )
    assert set(sent) == {"revocation_proposed", "revocation_rejected"}
    assert "revocation" not in on.notices()
    shown = revocations.latest(on.session, on.entry.id)
    assert shown is not None
    assert shown.note == "证据不足"


def test_a_proposal_taken_back_is_told(on: Scene) -> None:
    revoking.withdraw(on.session, on.proposer, on.proposed(), now=NOW)
    assert set(on.owner) == {"proposed", "withdrawn"}


def test_a_decision_is_a_notice_with_ground_rule_and_number(on: Scene) -> None:
    revoking.confirm(on.session, on.people.final, on.proposed(), now=NOW)
    assert set(on.owner) == {"proposed", "confirmed"}
    notice = noticing.of_matter(on.session, on.matter.id)[-1]
    assert notice.kind == "revocation"
    said = str(decode(notice.content))
    for word in (on.entry.number, "与事实不相符", "第六条", UNTRUE.explanation):
        assert word in said


def test_the_chain_is_told_of_once_and_only_when_it_is_final(on: Scene) -> None:
    session = on.session
    revoking.confirm(session, on.people.final, on.proposed(), now=NOW)
    assert revocation_telling.final(session, 9, now=NOW) == []
    wish = session.scalars(
        select(Revocation).where(Revocation.evidence_id == on.entry.record_evidence_id)
    ).one()
    sending = sent(session, wish)
    assert revocation_telling.final(session, 9, now=NOW) == []
    sending.status = TransactionStatus.FINAL.value
    session.flush()
    (found,) = revocation_telling.final(session, 9, now=NOW)
    assert revocation_telling.final(session, 9, [found], now=NOW) == []
    assert revocation_telling.tell_final(session, found, now=NOW)
    assert not revocation_telling.tell_final(session, found, now=NOW)
    assert revocation_telling.final(session, 9, now=NOW) == []
    assert on.owner.count("final") == 1


def sent(session: Session, wish: Revocation) -> Transaction:
    """The transaction that carries a wish, not final yet."""
    made = Transaction(
        id=uuid.uuid4(), chain_id=7, sender=b"\1" * 20, nonce=0, contract=b"\2" * 20, batch_id=None,
        revocation_id=wish.id, status=TransactionStatus.OPEN.value, created_at=NOW,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def test_a_works_registration_is_not_revoked_by_the_rules_of_software(on: Scene) -> None:
    reasons = Reasons("judgment", "判决", None)
    with pytest.raises(InvalidInput, match="duplicate") as refused:
        revoking.propose(on.session, on.proposer, on.entry.number, reasons, now=NOW)
    assert refused.value.field == "ground"
    assert "judgment" not in refused.value.message

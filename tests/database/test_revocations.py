"""Revoking a registration: two persons, one decision, a record beside the entry (T04)."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.models import Account
from accounts.staff import Officer, Role
from chain.models import Revocation
from chain.revoking import REGISTRATION_REASONS
from core import canonical
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from evidence.about import REVOCATION
from evidence.models import Evidence, EvidenceFact
from registry import registering, revocations, revoking
from registry.lifecycle import MatterState
from registry.models import Matter, Registration
from registry.revocation_lifecycle import (
    GROUNDS,
    REVOCATION_RULES,
    REVOCATION_TRANSITIONS,
    Part,
    RevocationAction,
    RevocationState,
)
from registry.revocations import RegistrationRevocation
from registry.revoking import Reasons
from tests.grounds.matters import (
    NOW,
    Cast,
    brought_to,
    cast,
    officer,
    stated,
)

UNTRUE = Reasons("untrue", "作者另有其人,见判决书。", None)
ENDS = ("confirmed", "rejected", "withdrawn")


@dataclass(frozen=True)
class Scene:
    """An entry, and everybody who might want it revoked or not."""

    people: Cast
    matter: Matter
    entry: Registration
    proposer: Officer
    other: Officer
    final: Officer
    stranger: Officer


def scene(session: Session) -> Scene:
    people = cast(session)
    matter = brought_to(session, people, MatterState.REGISTERED)
    entry = registering.of_matter(session, matter.id)
    assert entry is not None
    return Scene(
        people, matter, entry,
        officer(session, Role.REGISTRAR), officer(session, Role.REGISTRAR),
        officer(session, Role.FINAL_EXAMINER), officer(session, Role.CASHIER),
    )  # fmt: skip


def in_state(session: Session, on: Scene, state: RevocationState) -> RegistrationRevocation:
    """A revocation in `state`, by the shortest way there."""
    if state is RevocationState.REQUESTED:
        return revoking.ask(session, on.matter, "重复登记", None, now=NOW)
    row = revoking.propose(session, on.proposer, on.entry.number, UNTRUE, now=NOW)
    if state is RevocationState.CONFIRMED:
        revoking.confirm(session, on.final, row, now=NOW)
    if state is RevocationState.REJECTED:
        revoking.reject(session, on.final, row, "证据不足", now=NOW)
    if state is RevocationState.WITHDRAWN:
        revoking.withdraw(session, on.proposer, row, now=NOW)
    return row


ACTS: dict[RevocationAction, Callable[[Session, Officer, RegistrationRevocation], None]] = {
    RevocationAction.TAKE_UP: lambda s, o, r: revoking.take_up(s, o, r, now=NOW),
    RevocationAction.CONFIRM: lambda s, o, r: revoking.confirm(s, o, r, now=NOW),
    RevocationAction.REJECT: lambda s, o, r: revoking.reject(s, o, r, "不成立", now=NOW),
    RevocationAction.WITHDRAW: lambda s, o, r: revoking.withdraw(s, o, r, now=NOW),
}
WHO: dict[str, Callable[[Scene], Officer]] = {
    Part.PROPOSER: lambda on: on.proposer,
    Part.REGISTRAR: lambda on: on.other,
    Part.FINAL_EXAMINER: lambda on: on.final,
    "stranger": lambda on: on.stranger,
}


def allowed(action: RevocationAction, who: str, state: RevocationState) -> bool:
    """A registrar who proposed it is still a registrar, but never decides on it."""
    parts = {who, Part.REGISTRAR} if who == Part.PROPOSER else {who}
    if who == Part.PROPOSER and state is RevocationState.PROPOSED:
        parts = {who}
    return any(r.action is action and r.was is state and r.part in parts for r in REVOCATION_RULES)


@pytest.mark.parametrize(
    ("state", "action", "who"), [*itertools.product(RevocationState, RevocationAction, WHO)]
)
def test_every_triple_does_what_the_rules_say(
    session: Session, state: RevocationState, action: RevocationAction, who: str
) -> None:
    on = scene(session)
    row = in_state(session, on, state)
    if allowed(action, who, state):
        ACTS[action](session, WHO[who](on), row)
        assert row.status in REVOCATION_TRANSITIONS[state]
        return
    with pytest.raises((Conflict, NotAllowed)):
        ACTS[action](session, WHO[who](on), row)
    session.refresh(row)
    assert row.status == state


class TestConfirmed:
    def test_it_is_a_record_beside_the_entry_with_evidence_of_its_own(
        self, session: Session
    ) -> None:
        on = scene(session)
        before = on.entry.record
        row = in_state(session, on, RevocationState.CONFIRMED)
        assert on.entry.record == before
        document = canonical.decode(row.record or b"")
        assert isinstance(document, dict)
        assert document["registration_number"] == on.entry.number
        assert document["type"] == "yinji/registration-revocation"
        evidence = session.get_one(Evidence, row.record_evidence_id)
        assert evidence.kind == REVOCATION
        rows = select(EvidenceFact).where(EvidenceFact.evidence_id == evidence.id)
        facts = {row.name: row.value for row in session.scalars(rows)}
        for name, value in document.items():
            if name not in {"type", "version"}:
                assert facts[name] == {"value": value}

    def test_the_chain_is_asked_in_the_same_transaction(self, session: Session) -> None:
        on = scene(session)
        in_state(session, on, RevocationState.CONFIRMED)
        wish = session.scalars(
            select(Revocation).where(Revocation.evidence_id == on.entry.record_evidence_id)
        ).one()
        assert wish.reason == GROUNDS["untrue"].code == 12

    def test_nothing_of_it_can_begin_again(self, session: Session) -> None:
        on = scene(session)
        in_state(session, on, RevocationState.CONFIRMED)
        with pytest.raises(Conflict, match="revoked already"):
            revoking.propose(session, on.proposer, on.entry.number, UNTRUE, now=NOW)
        with pytest.raises(Conflict, match="revoked already"):
            revoking.ask(session, on.matter, "x", None, now=NOW)

    def test_its_number_is_never_used_again_and_is_listed(self, session: Session) -> None:
        on = scene(session)
        in_state(session, on, RevocationState.CONFIRMED)
        other = brought_to(session, cast(session), MatterState.REGISTERED)
        entry = registering.of_matter(session, other.id)
        assert entry is not None
        assert entry.serial == on.entry.serial + 1
        found = revocations.voided(session, on.proposer, None, 10)
        assert [each.number for each, _ in found] == [on.entry.number]
        assert not revocations.voided(session, on.proposer, on.entry.number, 10)
        with pytest.raises(NotAllowed):
            revocations.voided(session, on.final, None, 10)


class TestWhoMayNot:
    def test_one_person_with_two_accounts(self, session: Session) -> None:
        on = scene(session)
        row = in_state(session, on, RevocationState.PROPOSED)
        same = officer(session, Role.FINAL_EXAMINER, who=on.proposer.person_id)
        for act in (RevocationAction.CONFIRM, RevocationAction.REJECT):
            with pytest.raises(NotAllowed, match="two different persons"):
                ACTS[act](session, same, row)

    def test_one_person_with_two_identity_papers(self, session: Session) -> None:
        on = scene(session)
        row = in_state(session, on, RevocationState.PROPOSED)
        same = officer(session, Role.FINAL_EXAMINER)
        session.get_one(Account, same.account_id).person_id = on.proposer.person_id
        session.flush()
        for act in (RevocationAction.CONFIRM, RevocationAction.REJECT):
            with pytest.raises(NotAllowed, match="two different persons"):
                ACTS[act](session, same, row)

    def test_who_applied_for_it(self, session: Session) -> None:
        on = scene(session)
        own = officer(session, Role.REGISTRAR, account_id=on.people.applicant)
        with pytest.raises(NotAllowed, match="their own"):
            revoking.propose(session, own, on.entry.number, UNTRUE, now=NOW)
        row = in_state(session, on, RevocationState.PROPOSED)
        with pytest.raises(NotAllowed, match="their own"):
            revoking.confirm(session, own, row, now=NOW)

    def test_another_office(self, session: Session) -> None:
        on = scene(session)
        row = in_state(session, on, RevocationState.PROPOSED)
        elsewhere = officer(session, Role.REGISTRAR, office="zhejiang")
        with pytest.raises(NotFound):
            revocations.seen(session, elsewhere, row.id)
        with pytest.raises(NotFound):
            revoking.propose(session, elsewhere, on.entry.number, UNTRUE, now=NOW)
        assert not revocations.at_office(session, elsewhere, None, None, 10)
        with pytest.raises(InvalidInput, match="cursor"):
            revocations.at_office(session, elsewhere, None, row.id, 10)


def test_an_office_reads_its_own_page_by_page_newest_first(session: Session) -> None:
    on = [scene(session) for _ in range(3)]
    times = [NOW, NOW, NOW + timedelta(seconds=1)]
    made = [
        revoking.propose(session, each.proposer, each.entry.number, UNTRUE, now=at)
        for each, at in zip(on, times, strict=True)
    ]
    revoking.withdraw(session, on[1].proposer, made[1], now=NOW)
    found, after = list[RegistrationRevocation](), None
    while page := revocations.at_office(session, on[0].final, None, after, 1):
        found, after = [*found, *page], page[-1].id
    assert found == sorted(made, key=lambda each: (each.created_at, each.id), reverse=True)
    waiting = RevocationState.PROPOSED
    rest = revocations.at_office(session, on[0].final, waiting, found[0].id, 9)
    assert [each.id for each in rest] == [made[0].id]


class TestReasons:
    @pytest.mark.parametrize(
        ("reasons", "field"),
        [
            (Reasons("because", "x", None), "ground"),
            (Reasons("untrue", " ", None), "explanation"),
            (Reasons("untrue", "x" * 2001, None), "explanation"),
            (Reasons("requested", "x", None), "document"),
        ],
    )
    def test_are_given(self, session: Session, reasons: Reasons, field: str) -> None:
        on = scene(session)
        with pytest.raises(InvalidInput) as caught:
            revoking.propose(session, on.proposer, on.entry.number, reasons, now=NOW)
        assert caught.value.field == field

    def test_a_document_is_evidence_of_who_brings_it(self, session: Session) -> None:
        on = scene(session)
        judgment = stated(session, on.proposer.account_id)
        reasons = Reasons("untrue", "见判决书", judgment.number)
        row = revoking.propose(session, on.proposer, on.entry.number, reasons, now=NOW)
        revoking.confirm(session, on.other, row, now=NOW)
        document = canonical.decode(row.record or b"")
        assert isinstance(document, dict)
        assert document["document"] == judgment.number

    def test_somebody_elses_document_does_not_exist(self, session: Session) -> None:
        on = scene(session)
        foreign = stated(session, on.people.applicant)
        reasons = Reasons("untrue", "x", foreign.number)
        with pytest.raises(NotFound):
            revoking.propose(session, on.proposer, on.entry.number, reasons, now=NOW)

    def test_each_ground_has_a_code_that_the_chain_knows(self) -> None:
        assert {ground.code for ground in GROUNDS.values()} == set(REGISTRATION_REASONS)


class TestARequest:
    def test_goes_through_two_officers(self, session: Session) -> None:
        on = scene(session)
        row = in_state(session, on, RevocationState.REQUESTED)
        assert (row.ground, row.proposer_id) == ("requested", None)
        revoking.take_up(session, on.proposer, row, now=NOW)
        with pytest.raises(NotAllowed):
            revoking.confirm(session, on.proposer, row, now=NOW)
        revoking.confirm(session, on.other, row, now=NOW)
        assert row.status == RevocationState.CONFIRMED

    def test_is_taken_back_until_somebody_took_it_up(self, session: Session) -> None:
        on = scene(session)
        row = in_state(session, on, RevocationState.REQUESTED)
        revoking.withdraw_request(session, row, now=NOW)
        assert row.status == RevocationState.WITHDRAWN
        again = revoking.ask(session, on.matter, "重复登记", None, now=NOW)
        revoking.take_up(session, on.proposer, again, now=NOW)
        with pytest.raises(Conflict):
            revoking.withdraw_request(session, again, now=NOW)

    def test_is_for_what_is_registered(self, session: Session) -> None:
        matter = brought_to(session, cast(session), MatterState.PASSED)
        with pytest.raises(Conflict, match="not registered"):
            revoking.ask(session, matter, "x", None, now=NOW)

    def test_is_one_at_a_time(self, session: Session) -> None:
        on = scene(session)
        in_state(session, on, RevocationState.REQUESTED)
        with pytest.raises(Conflict, match="under way"):
            revoking.propose(session, on.proposer, on.entry.number, UNTRUE, now=NOW)


class TestTheDatabase:
    """Refuses by itself what no verb would try."""

    def refused(
        self, session: Session, row: RegistrationRevocation, change: str, said: str
    ) -> None:
        with pytest.raises(IntegrityError, match=said), session.begin_nested():
            session.execute(
                text(f"UPDATE registration_revocation SET {change} WHERE id = :id"),  # noqa: S608
                {"id": row.id},
            )

    def test_four_eyes(self, session: Session) -> None:
        on = scene(session)
        row = in_state(session, on, RevocationState.PROPOSED)
        same = "decider_id = proposer_id, decider_person = proposer_person"
        record = f"record = 'x', record_evidence_id = '{on.entry.record_evidence_id}'"
        for change, said in (
            (f"status = 'confirmed', {record}", "four_eyes"),
            (f"status = 'confirmed', {record}, {same}", "two_"),
            ("decider_person = proposer_person", "two_persons"),
            ("decider_id = proposer_id", "two_accounts"),
            ("status = 'confirmed'", "recorded|four_eyes"),
        ):  # fmt: skip
            self.refused(session, row, change, said)

    @pytest.mark.parametrize("state", [s for s in RevocationState if s in ENDS])
    def test_what_was_decided_stays(self, session: Session, state: RevocationState) -> None:
        row = in_state(session, scene(session), state)
        self.refused(session, row, "note = 'x'", "never changes")

    @pytest.mark.parametrize(
        "change",
        ["ground = 'untrue'", "explanation = 'x'", "requested_by = NULL", "created_at = now()",
         "office = 'x'"],
    )  # fmt: skip
    def test_what_it_is_about_stays(self, session: Session, change: str) -> None:
        row = in_state(session, scene(session), RevocationState.REQUESTED)
        self.refused(session, row, change, "never changes")

    def test_the_proposer_stays(self, session: Session) -> None:
        on = scene(session)
        row = in_state(session, on, RevocationState.PROPOSED)
        change = f"proposer_id = '{on.other.account_id}'"
        self.refused(session, row, change, "never changes")

    def test_it_is_never_deleted(self, session: Session) -> None:
        row = in_state(session, scene(session), RevocationState.REQUESTED)
        session.delete(row)
        with pytest.raises(IntegrityError, match="never deleted"):
            session.flush()

"""Identity: accepted is not verified, corrections are looked at, erasure leaves a tombstone."""

import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from accounts import identity, kinds, papers, persons, reveals, reviewing, staff
from accounts.claims import Claim
from accounts.documents import Document, DocumentKind
from accounts.identifiers import parse_identifier
from accounts.identity import IdentityPolicy, IdentityStatus
from accounts.models import Account
from accounts.person_models import Paper, Reveal, Verification
from accounts.staff import Officer
from core.errors import (
    Conflict,
    IllegalTransition,
    InvalidInput,
    NotAllowed,
    NotFound,
    RateLimited,
    TooLarge,
)
from core.sealed import DoesNotOpen, Place
from tests.grounds.people import NOW, RING, account, resident

POLICY = IdentityPolicy()
REVIEWED = IdentityPolicy(reviewed=frozenset({"natural", "body"}))
JPEG = b"\xff\xd8\xff\xe0 a picture"
VERIFIED, REJECTED = IdentityStatus.VERIFIED, IdentityStatus.REJECTED


def claim(document: Document | None = None, **more: object) -> Claim:
    made = Claim("张三", document or resident(), "120101", {"address": "和平区一号"})
    return replace(made, **more)  # type: ignore[arg-type]


def officer(session: Session, document: Document | None = None, role: str = "supervisor",
            office: str = "tianjin") -> Officer:  # fmt: skip
    to = parse_identifier(f"{uuid.uuid4().hex}@office.example", "identifier")
    code = staff.invite(session, to, "王五", office, role, None, now=NOW)
    made = staff.enrol(session, RING, code, "hash", document or resident(), now=NOW)
    return staff.officer_at(session, made.id, office)


def add_paper(session: Session, row: Verification, kind: str) -> Paper:
    prepared = papers.prepare(RING, kind, JPEG)
    return papers.record(session, row.account_id, prepared, verification_id=row.id, now=NOW)


def draft(session: Session, person: Account, **more: object) -> Verification:
    row = identity.begin(session, RING, person.id, claim(**more), now=NOW)  # type: ignore[arg-type]
    for kind in ("id_front", "id_back", "licence"):
        add_paper(session, row, kind)
    return row


def submitted(session: Session, person: Account, **more: object) -> Verification:
    row = draft(session, person, **more)
    identity.submit(session, RING, row, REVIEWED, "tianjin", now=NOW)
    return row


@pytest.fixture
def person(session: Session) -> Account:
    return account(session, kind="individual")


class TestSubmitting:
    def test_complete_in_form_is_accepted_and_called_no_more(
        self, session: Session, person: Account
    ) -> None:
        row = draft(session, person)
        assert identity.submit(session, RING, row, POLICY, None, now=NOW) == "accepted"
        assert "未经核验" in identity.MEANING[IdentityStatus(row.status)]
        assert persons.person_of(session, person.id) is not None

    def test_missing_papers_are_named(self, session: Session, person: Account) -> None:
        row = identity.begin(session, RING, person.id, claim(), now=NOW)
        add_paper(session, row, "id_front")
        with pytest.raises(InvalidInput) as refusal:
            identity.submit(session, RING, row, POLICY, None, now=NOW)
        assert refusal.value.field == "papers"
        assert "id_back" in refusal.value.message

    def test_where_an_office_looks_at_papers_nothing_holds_before_it_did(
        self, session: Session, person: Account
    ) -> None:
        row = draft(session, person)
        with pytest.raises(InvalidInput) as refusal:
            identity.submit(session, RING, row, REVIEWED, None, now=NOW)
        assert refusal.value.field == "office"
        assert identity.submit(session, RING, row, REVIEWED, "tianjin", now=NOW) == "submitted"
        assert identity.current(session, person.id) is None
        assert persons.person_of(session, person.id) is None

    def test_a_document_no_program_can_check_is_always_looked_at(
        self, session: Session, person: Account
    ) -> None:
        row = draft(session, person, document=Document(DocumentKind.OFFICER_CARD, "军字2001号"))
        assert identity.submit(session, RING, row, POLICY, "tianjin", now=NOW) == "submitted"

    @pytest.mark.parametrize("known_by", ["an erased claim", "enrolment"])
    def test_another_number_than_the_account_was_known_by_is_looked_at(
        self, session: Session, person: Account, known_by: str
    ) -> None:
        document = resident()
        if known_by == "enrolment":
            person = session.get_one(Account, officer(session, document).account_id)
        else:
            row = draft(session, person, document=document)
            identity.submit(session, RING, row, POLICY, None, now=NOW)
            identity.erase(session, row, now=NOW)
        before, other = person.person_id, draft(session, person)
        with pytest.raises(InvalidInput) as refusal:
            identity.submit(session, RING, other, POLICY, None, now=NOW)
        assert refusal.value.field == "office"
        same = draft(session, person, document=document)
        assert identity.submit(session, RING, same, POLICY, None, now=NOW) == "accepted"
        identity.erase(session, same, now=NOW)
        other = draft(session, person)
        assert identity.submit(session, RING, other, POLICY, "tianjin", now=NOW) == "submitted"
        assert person.person_id == before

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"region": "999999"}, "region"),
            ({"name": " "}, "name"),
            ({"valid_until": date(2020, 1, 1)}, "valid_until"),
            ({"document": Document(DocumentKind.CREDIT_CODE, "91350100M000100Y43")},
             "document_kind"),
        ],
    )  # fmt: skip
    def test_refuses_by_field(
        self, session: Session, person: Account, change: dict[str, object], field: str
    ) -> None:
        with pytest.raises(InvalidInput) as refusal:
            draft(session, person, **change)
        assert refusal.value.field == field

    def test_the_kind_of_account_comes_first(self, session: Session) -> None:
        with pytest.raises(Conflict) as refusal:
            draft(session, account(session))
        assert refusal.value.field == "kind"


class TestDeciding:
    def test_an_officer_verifies_and_the_next_one_supersedes(
        self, session: Session, person: Account
    ) -> None:
        by, first = officer(session), submitted(session, person)
        identity.decide(session, RING, by, first, VERIFIED, "ok", now=NOW)
        with pytest.raises(InvalidInput) as refusal:
            draft(session, person)
        assert refusal.value.field == "reason"
        second = draft(session, person, reason="改名")
        assert identity.submit(session, RING, second, POLICY, "tianjin", now=NOW) == "submitted"
        held = identity.current(session, person.id)
        assert held is not None
        assert held.id == first.id
        identity.decide(session, RING, by, second, VERIFIED, "ok", now=NOW)
        session.expire_all()
        assert (first.status, second.status) == ("superseded", "verified")

    def test_a_rejected_one_changes_nothing_and_is_not_decided_twice(
        self, session: Session, person: Account
    ) -> None:
        by, row = officer(session), submitted(session, person)
        identity.decide(session, RING, by, row, REJECTED, "照片不清", now=NOW)
        assert identity.current(session, person.id) is None
        with pytest.raises(IllegalTransition):
            identity.decide(session, RING, by, row, VERIFIED, "ok", now=NOW)

    def test_nobody_verifies_themselves_behind_another_account(
        self, session: Session, person: Account
    ) -> None:
        document = resident()
        by = officer(session, document)
        row = submitted(session, person, document=document)
        with pytest.raises(NotAllowed):
            identity.decide(session, RING, by, row, VERIFIED, "ok", now=NOW)
        row.decided_by = person.id
        session.flush()
        with pytest.raises(IntegrityError):
            session.execute(
                text("UPDATE verification SET status = 'verified' WHERE id = :id"), {"id": row.id}
            )

    def test_another_office_and_other_roles_do_not(self, session: Session, person: Account) -> None:
        row = submitted(session, person)
        with pytest.raises(NotFound):
            reviewing.at_office(session, officer(session, office="zhejiang"), row.id)
        by = officer(session, role="cashier")
        with pytest.raises(NotAllowed):
            identity.decide(session, RING, by, row, VERIFIED, "ok", now=NOW)

    def test_the_queue_is_the_offices_own_oldest_first(self, session: Session) -> None:
        by = officer(session)
        rows = [submitted(session, account(session, kind="individual")) for _ in range(3)]
        rows[0].submitted_at = NOW + timedelta(hours=1)
        session.flush()
        found = [row.id for row in reviewing.queue(session, by, 10)]
        assert found[-1] == rows[0].id
        assert set(found) == {row.id for row in rows}


class TestExpiry:
    """Papers end; the same papers with a new term renew the identity, looked at by an officer."""

    def held(self, session: Session, person: Account, document: Document) -> Verification:
        row = submitted(session, person, document=document, valid_from=date(2020, 1, 1),
                        valid_until=date(2026, 3, 10))  # fmt: skip
        identity.decide(session, RING, officer(session), row, VERIFIED, "ok", now=NOW)
        return row

    def test_what_has_expired_is_renewed_without_a_reason_and_with_a_look(
        self, session: Session, person: Account
    ) -> None:
        document, later = resident(), NOW + timedelta(days=20)
        row = self.held(session, person, document)
        assert not identity.expired(row, NOW)
        assert identity.expired(row, later)
        new = claim(document, valid_from=date(2026, 3, 11), valid_until=date(2036, 3, 11))
        made = identity.begin(session, RING, person.id, new, now=later)
        for kind in ("id_front", "id_back"):
            add_paper(session, made, kind)
        assert identity.submit(session, RING, made, POLICY, "tianjin", now=later) == "submitted"

    @pytest.mark.parametrize("other", ["number", "name", "term"])
    def test_anything_else_is_a_correction_and_needs_its_reason(
        self, session: Session, person: Account, other: str
    ) -> None:
        document = resident()
        self.held(session, person, document)
        ends = date(2026, 3, 10) if other == "term" else date(2036, 1, 1)
        shown = resident() if other == "number" else document
        new = claim(shown, valid_from=date(2020, 1, 1), valid_until=ends)
        if other == "name":
            new = replace(new, name="李四")
        with pytest.raises(InvalidInput) as refusal:
            identity.begin(session, RING, person.id, new, now=NOW)
        assert refusal.value.field == "reason"

    def test_another_kind_of_account_ends_an_identity_that_does_not_fit(
        self, session: Session, person: Account
    ) -> None:
        row = self.held(session, person, resident())
        identity.end_unfitting(session, person.id, now=NOW)
        assert identity.current(session, person.id) is row
        person.kind = "enterprise"
        session.flush()
        identity.end_unfitting(session, person.id, now=NOW)
        session.expire_all()
        assert (identity.current(session, person.id), row.status) == (None, "superseded")


class TestSeeing:
    def test_a_number_is_revealed_with_a_recorded_reason_only(
        self, session: Session, person: Account
    ) -> None:
        document = resident()
        by, row = officer(session), submitted(session, person, document=document)
        with pytest.raises(InvalidInput):
            reveals.reveal_number(session, RING, by, row, "  ", now=NOW)
        assert session.scalars(select(Reveal)).all() == []
        found = reveals.reveal_number(session, RING, by, row, "核对证件", now=NOW)
        assert found == document.number
        seen = session.scalars(select(Reveal)).one()
        assert (seen.by_id, seen.subject_id, seen.reason) == (by.account_id, row.id, "核对证件")
        with pytest.raises(DBAPIError, match="append-only"):
            session.execute(text("DELETE FROM reveal"))

    def test_after_many_in_a_day_there_are_no_more(self, session: Session, person: Account) -> None:
        """T49: counted on the rows, for each officer, over the last 24 hours."""
        by, other, row = officer(session), officer(session), submitted(session, person)
        yesterday = NOW - timedelta(hours=24)
        for at in [yesterday] * 3 + [NOW] * reveals.MOST_A_DAY:
            reveals.reveal_number(session, RING, by, row, "核对", now=at)
        assert reveals.seen_lately(session, by.account_id, now=NOW) == reveals.MOST_A_DAY
        with pytest.raises(RateLimited):
            reveals.reveal_number(session, RING, by, row, "核对", now=NOW)
        reveals.reveal_number(session, RING, other, row, "核对", now=NOW)
        reveals.reveal_number(session, RING, by, row, "核对", now=NOW + timedelta(hours=24))

    def test_a_number_moved_to_another_row_does_not_open(
        self, session: Session, person: Account
    ) -> None:
        one = submitted(session, person)
        other = submitted(session, account(session, kind="individual"))
        other.number = one.number
        session.flush()
        with pytest.raises(DoesNotOpen):
            identity.document_of(RING, other)

    def test_no_column_holds_the_number(self, session: Session, person: Account) -> None:
        document = resident()
        row = submitted(session, person, document=document)
        found = session.execute(
            text("SELECT v::text, encode(number, 'escape'), encode(details, 'escape') "
                 "FROM verification v WHERE id = :id"), {"id": row.id},
        ).one()  # fmt: skip
        assert document.number not in "".join(found)
        assert "和平区一号".encode().decode("latin-1") not in "".join(found)


class TestErasing:
    def test_leaves_row_and_times_and_no_way_back(self, session: Session, person: Account) -> None:
        row = submitted(session, person)
        with pytest.raises(IllegalTransition):
            identity.erase(session, row, now=NOW)
        identity.decide(session, RING, officer(session), row, VERIFIED, "ok", now=NOW)
        paper = identity.papers_of(session, row.id)[0]
        identity.erase(session, row, now=NOW)
        assert (row.status, row.number, row.name, row.number_index) == ("erased", None, None, None)
        assert row.decided_at is not None
        with pytest.raises(NotFound):
            identity.document_of(RING, row)
        with pytest.raises(NotFound):
            papers.key_of(RING, paper)
        assert paper.sha256


class TestPapers:
    def test_bytes_open_under_the_rows_key_and_no_other(self, session: Session) -> None:
        prepared = papers.prepare(RING, "id_front", JPEG)
        paper = papers.record(session, account(session).id, prepared, now=NOW)
        key = papers.key_of(RING, paper)
        assert JPEG[4:] not in prepared.body
        assert papers.open_body(key, paper.id, prepared.body) == JPEG
        for wrong in (prepared.body[:-1], b"", bytes(len(prepared.body))):
            with pytest.raises(DoesNotOpen):
                papers.open_body(key, paper.id, wrong)
        with pytest.raises(DoesNotOpen):
            papers.open_body(key, uuid.uuid4(), prepared.body)
        with pytest.raises(DoesNotOpen):
            RING.open(prepared.data_key, Place("paper", "data_key", uuid.uuid4()))

    @pytest.mark.parametrize(
        ("kind", "data", "field"),
        [("id_front", b"", "body"), ("id_front", b"MZ\x90", "body"), ("selfie", JPEG, "kind")],
    )
    def test_refuses_by_field(self, kind: str, data: bytes, field: str) -> None:
        with pytest.raises(InvalidInput) as refusal:
            papers.prepare(RING, kind, data)
        assert refusal.value.field == field

    def test_refuses_what_is_too_large(self) -> None:
        with pytest.raises(TooLarge):
            papers.prepare(RING, "id_front", JPEG + bytes(papers.MOST_BYTES))


class TestKinds:
    def test_is_chosen_once(self, session: Session) -> None:
        made = account(session)
        kinds.choose(session, made.id, "enterprise")
        with pytest.raises(Conflict):
            kinds.choose(session, made.id, "individual")

    def test_nobody_makes_themselves_an_agent(self, session: Session) -> None:
        made = account(session)
        for kind in ("agent_firm", "agent_lawyer"):
            with pytest.raises(NotAllowed):
                kinds.choose(session, made.id, kind)
        with pytest.raises(InvalidInput):
            kinds.choose(session, made.id, "king")

    def test_staff_confirm_an_agent_by_papers(self, session: Session) -> None:
        made, by = account(session, kind="individual"), officer(session)
        paper = papers.record(
            session, made.id, papers.prepare(RING, "agent_qualification", JPEG), now=NOW
        )
        asked = kinds.request_change(
            session, made.id, "tianjin", "agent_lawyer", "执业律师", paper.id, now=NOW
        )
        with pytest.raises(Conflict):
            kinds.request_change(
                session, made.id, "tianjin", "agent_lawyer", "执业律师", paper.id, now=NOW
            )
        with pytest.raises(NotFound):
            kinds.decide_change(session, officer(session, office="zhejiang"), asked.id, grant=True,
                                ground="ok", now=NOW)  # fmt: skip
        kinds.decide_change(session, by, asked.id, grant=True, ground="ok", now=NOW)
        session.refresh(made)
        assert made.kind == "agent_lawyer"

    def test_a_paper_of_somebody_else_shows_nothing(self, session: Session) -> None:
        made = account(session, kind="individual")
        paper = papers.record(
            session, account(session).id, papers.prepare(RING, "other", JPEG), now=NOW
        )
        with pytest.raises(NotFound):
            kinds.request_change(session, made.id, "tianjin", "agent_firm", "x", paper.id, now=NOW)

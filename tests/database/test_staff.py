"""Officers: codes work once, persons are recognised, second factors are never replayed."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts import persons, recoveries, second_factors, sign_ins, staff
from accounts.documents import Document, DocumentKind
from accounts.identifiers import parse_identifier
from accounts.models import Account, OfficerRole, SecondFactor
from accounts.staff import Role
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.grounds.people import NOW, RING, account, resident


def invited(session: Session, role: str = "final_examiner", agency: str | None = None) -> str:
    identifier = parse_identifier(f"{uuid.uuid4().hex}@office.example", "identifier")
    return staff.invite(session, identifier, "王五", "tianjin", role, agency, now=NOW)


def officer(
    session: Session, document: Document, role: str = "final_examiner", agency: str | None = None
) -> Account:
    code = invited(session, role, agency)
    return staff.enrol(session, RING, code, "hash", document, now=NOW)


class TestInvitations:
    def test_a_code_makes_an_officer_once(self, session: Session) -> None:
        code = invited(session, "first_examiner", "tj-1")
        made = staff.enrol(session, RING, code, "hash", resident(), now=NOW)
        (found,) = staff.officers_of(session, made.id)
        assert (found.office, found.roles) == ("tianjin", {Role.FIRST_EXAMINER})
        assert found.agencies == {"tj-1"}
        assert found.person_id == made.person_id
        with pytest.raises(NotFound):
            staff.enrol(session, RING, code, "hash", resident(), now=NOW)

    def test_a_code_ends_after_a_day_and_guesses_find_nothing(self, session: Session) -> None:
        code = invited(session)
        late = NOW + staff.CODE_LIFE
        with pytest.raises(NotFound) as expired:
            staff.enrol(session, RING, code, "hash", resident(), now=late)
        with pytest.raises(NotFound) as unknown:
            staff.enrol(session, RING, code + "x", "hash", resident(), now=NOW)
        assert expired.value.message == unknown.value.message

    def test_the_code_itself_is_not_kept(self, session: Session) -> None:
        code = invited(session)
        row = staff.pending(session, code, now=NOW)
        assert code.encode() not in row.code_hash
        assert code not in (row.identifier, row.name, row.office, row.role)

    @pytest.mark.parametrize(
        ("role", "agency", "field"), [("king", None, "role"), ("first_examiner", None, "agency")]
    )
    def test_refuses_by_field(
        self, session: Session, role: str, agency: str | None, field: str
    ) -> None:
        with pytest.raises(InvalidInput) as refusal:
            invited(session, role, agency)
        assert refusal.value.field == field

    def test_a_company_is_no_officer(self, session: Session) -> None:
        company = Document(DocumentKind.CREDIT_CODE, "91350100M000100Y43")
        with pytest.raises(InvalidInput):
            officer(session, company)

    def test_a_further_role_needs_a_code_for_this_very_address(self, session: Session) -> None:
        made = officer(session, resident())
        with pytest.raises(NotFound):
            staff.accept(session, made.id, invited(session, "registrar"), now=NOW)
        own = parse_identifier(made.email or "", "identifier")
        code = staff.invite(session, own, "王五", "tianjin", "registrar", None, now=NOW)
        staff.accept(session, made.id, code, now=NOW)
        (found,) = staff.officers_of(session, made.id)
        assert found.roles == {Role.FINAL_EXAMINER, Role.REGISTRAR}


class TestPersons:
    def test_one_person_behind_two_accounts_is_recognised(self, session: Session) -> None:
        document = resident()
        one, two = officer(session, document), officer(session, document)
        other = officer(session, resident())
        assert one.id != two.id
        assert persons.same_person(session, one.id, two.id)
        assert not persons.same_person(session, one.id, other.id)

    def test_accounts_that_never_said_who_they_are_are_not_one(self, session: Session) -> None:
        one, two = account(session), account(session)
        assert not persons.same_person(session, one.id, two.id)
        assert persons.same_person(session, one.id, one.id)


class TestRoles:
    def test_a_role_ended_by_a_supervisor_ends_at_once(self, session: Session) -> None:
        boss, made = officer(session, resident(), "supervisor"), officer(session, resident())
        by = staff.officer_at(session, boss.id, "tianjin")
        (row,) = session.scalars(select(OfficerRole).where(OfficerRole.account_id == made.id))
        staff.end_role(session, by, row.id, now=NOW)
        session.flush()
        assert staff.officers_of(session, made.id) == []
        with pytest.raises(NotAllowed):
            staff.officer_at(session, made.id, "tianjin")

    def test_nobody_else_ends_roles_nor_their_own(self, session: Session) -> None:
        boss, made = officer(session, resident(), "supervisor"), officer(session, resident())
        by = staff.officer_at(session, boss.id, "tianjin")
        (own,) = session.scalars(select(OfficerRole).where(OfficerRole.account_id == boss.id))
        with pytest.raises(NotAllowed):
            staff.end_role(session, by, own.id, now=NOW)
        examiner = staff.officer_at(session, made.id, "tianjin")
        with pytest.raises(NotAllowed):
            staff.end_role(session, examiner, own.id, now=NOW)
        with pytest.raises(NotFound):
            staff.end_role(session, by, uuid.uuid4(), now=NOW)

    def test_the_database_refuses_an_unknown_role(self, session: Session) -> None:
        made = officer(session, resident())
        session.add(
            OfficerRole(account_id=made.id, person_id=made.person_id, office="tianjin",
                        role="king", appointed_at=NOW)
        )  # fmt: skip
        with pytest.raises(IntegrityError):
            session.flush()


class TestSecondFactors:
    def test_a_code_works_once_and_steps_never_go_back(self, session: Session) -> None:
        made = account(session)
        _, row = sign_ins.open_one(session, made.id, timedelta(hours=1), now=NOW)
        secret = second_factors.begin(session, RING, made.id, now=NOW)
        step = int(NOW.timestamp()) // 30
        second_factors.show(session, RING, made.id, row.id, second_factors.totp(secret, step),
                            now=NOW)  # fmt: skip
        assert second_factors.is_set_up(session, made.id)
        assert second_factors.was_shown(session, row.id)
        for used in (step, step - 1):
            code = second_factors.totp(secret, used)
            with pytest.raises(NotAllowed):
                second_factors.show(session, RING, made.id, row.id, code, now=NOW)
        later = NOW + timedelta(seconds=30)
        code = second_factors.totp(secret, step + 1)
        second_factors.show(session, RING, made.id, row.id, code, now=later)

    @pytest.mark.parametrize("steps", [-2, 2, 100])
    def test_codes_of_other_times_are_refused(self, session: Session, steps: int) -> None:
        made = account(session)
        _, row = sign_ins.open_one(session, made.id, timedelta(hours=1), now=NOW)
        secret = second_factors.begin(session, RING, made.id, now=NOW)
        code = second_factors.totp(secret, int(NOW.timestamp()) // 30 + steps)
        with pytest.raises(NotAllowed):
            second_factors.show(session, RING, made.id, row.id, code, now=NOW)
        assert not second_factors.is_set_up(session, made.id)
        assert not second_factors.was_shown(session, row.id)

    def test_a_confirmed_factor_cannot_be_replaced(self, session: Session) -> None:
        made = account(session)
        _, row = sign_ins.open_one(session, made.id, timedelta(hours=1), now=NOW)
        assert second_factors.begin(session, RING, made.id, now=NOW) != second_factors.begin(
            session, RING, made.id, now=NOW
        )
        secret = second_factors.begin(session, RING, made.id, now=NOW)
        code = second_factors.totp(secret, int(NOW.timestamp()) // 30)
        second_factors.show(session, RING, made.id, row.id, code, now=NOW)
        with pytest.raises(Conflict):
            second_factors.begin(session, RING, made.id, now=NOW)

    def test_the_secret_is_sealed(self, session: Session) -> None:
        made = account(session)
        secret = second_factors.begin(session, RING, made.id, now=NOW)
        stored = session.scalars(select(SecondFactor)).one().secret
        assert secret not in stored.raw


class TestRecovery:
    def test_a_code_works_once_ends_sessions_and_older_codes(self, session: Session) -> None:
        made = account(session)
        kept, _ = sign_ins.open_one(session, made.id, timedelta(hours=1), now=NOW)
        older = recoveries.begin(session, made.id, now=NOW)
        code = recoveries.begin(session, made.id, now=NOW)
        with pytest.raises(NotFound):
            recoveries.finish(session, older, "new", now=NOW)
        found = recoveries.finish(session, code, "new", now=NOW)
        session.expire_all()
        assert (found.id, found.password_hash) == (made.id, "new")
        assert sign_ins.find(session, kept, now=NOW) is None
        with pytest.raises(NotFound):
            recoveries.finish(session, code, "newer", now=NOW)

    def test_a_code_ends_after_half_an_hour(self, session: Session) -> None:
        made = account(session)
        code = recoveries.begin(session, made.id, now=NOW)
        with pytest.raises(NotFound):
            recoveries.finish(session, code, "new", now=NOW + recoveries.LIFE)
        assert timedelta(minutes=30) == recoveries.LIFE

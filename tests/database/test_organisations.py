"""Organisations: who may do what for one, and from when until when."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts import acting, joining, keys, organisations
from accounts.identifiers import parse_identifier
from accounts.models import Account
from accounts.organisation_models import Membership
from accounts.organisations import MemberRole
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.grounds.people import NOW, account

OWNER, ADMIN, FILER, VIEWER = MemberRole
TODAY = date(2026, 3, 1)


@pytest.fixture
def owner(session: Session) -> Account:
    return account(session)


@pytest.fixture
def body(session: Session, owner: Account) -> Account:
    return organisations.found(session, owner.id, "山间文化有限公司", "enterprise", now=NOW)


def invited(
    session: Session, body: Account, who: Account, role: str, until: date | None = None,
    by: MemberRole = OWNER,
) -> str:  # fmt: skip
    to = parse_identifier(who.email or "", "identifier")
    _, code = joining.invite(session, body.id, who.id, by, to, role, until, now=NOW)
    return code


def joined(
    session: Session, body: Account, role: str, until: date | None = None
) -> tuple[Account, Membership]:
    who = account(session)
    code = invited(session, body, who, role, until)
    return who, joining.join(session, who.id, code, now=NOW)


def row_of(session: Session, body: Account, who: Account) -> Membership:
    return next(r for r in organisations.members(session, body.id) if r.account_id == who.id)


class TestRoles:
    @pytest.mark.parametrize(
        ("role", "may", "may_not"),
        [
            ("viewer", {"read"}, {"deposit", "register", "keys", "revoke", "manage", "parties"}),
            ("filer", {"read", "deposit", "register", "parties"}, {"keys", "revoke", "manage"}),
            ("admin", {"read", "deposit", "register", "keys", "revoke", "manage"}, set()),
        ],
    )
    def test_say_what_a_member_may(
        self, session: Session, body: Account, role: str, may: set[str], may_not: set[str]
    ) -> None:
        who, _ = joined(session, body, role)
        powers = acting.acting_for(session, who.id, body.id, now=NOW).powers
        assert may <= powers
        assert not may_not & powers

    def test_nobody_else_may_anything(self, session: Session, body: Account) -> None:
        stranger = account(session)
        with pytest.raises(NotFound) as foreign:
            acting.acting_for(session, stranger.id, body.id, now=NOW)
        with pytest.raises(NotFound) as unknown:
            acting.acting_for(session, stranger.id, uuid.uuid4(), now=NOW)
        assert foreign.value.message == unknown.value.message

    def test_only_an_owner_makes_and_ends_owners(
        self, session: Session, body: Account, owner: Account
    ) -> None:
        with pytest.raises(NotAllowed):
            invited(session, body, account(session), "owner", by=ADMIN)
        admin, _ = joined(session, body, "admin")
        with pytest.raises(NotAllowed):
            organisations.end(
                session, body.id, admin.id, ADMIN, row_of(session, body, owner).id, now=NOW
            )

    @pytest.mark.parametrize("role", [FILER, VIEWER])
    def test_who_only_files_manages_nobody(
        self, session: Session, body: Account, role: MemberRole
    ) -> None:
        with pytest.raises(NotAllowed):
            invited(session, body, account(session), "viewer", by=role)
        _, other = joined(session, body, "viewer")
        who, _ = joined(session, body, role)
        with pytest.raises(NotAllowed):
            organisations.end(session, body.id, who.id, role, other.id, now=NOW)


class TestInvitations:
    def test_a_code_works_once_and_for_the_invited_only(
        self, session: Session, body: Account
    ) -> None:
        who = account(session)
        code = invited(session, body, who, "filer")
        with pytest.raises(NotFound):
            joining.join(session, account(session).id, code, now=NOW)
        joining.join(session, who.id, code, now=NOW)
        with pytest.raises(NotFound):
            joining.join(session, who.id, code, now=NOW)

    def test_one_that_expired_or_was_taken_back_works_no_more(
        self, session: Session, body: Account
    ) -> None:
        who = account(session)
        code = invited(session, body, who, "filer")
        with pytest.raises(NotFound):
            joining.join(session, who.id, code, now=NOW + joining.CODE_LIFE)
        (row,) = joining.invitations(session, body.id, now=NOW)
        joining.withdraw(session, body.id, row.id, now=NOW)
        session.flush()
        with pytest.raises(NotFound):
            joining.join(session, who.id, code, now=NOW)

    def test_a_member_does_not_join_twice(self, session: Session, body: Account) -> None:
        who, _ = joined(session, body, "filer")
        with pytest.raises(Conflict):
            joining.join(session, who.id, invited(session, body, who, "viewer"), now=NOW)

    @pytest.mark.parametrize(
        ("role", "until", "field"),
        [
            ("king", None, "role"),
            ("owner", date(2030, 1, 1), "valid_until"),
            ("filer", date(2026, 2, 28), "valid_until"),
        ],
    )
    def test_refuses_by_field(
        self, session: Session, body: Account, role: str, until: date | None, field: str
    ) -> None:
        with pytest.raises(InvalidInput) as refusal:
            invited(session, body, account(session), role, until)
        assert refusal.value.field == field


class TestEnding:
    def test_an_ex_member_may_nothing_from_then_on(self, session: Session, body: Account) -> None:
        """T02: who left, was ended, or whose last day has passed."""
        ends: list[Callable[[Account, Membership], None]] = [
            lambda who, row: organisations.end(session, body.id, who.id, FILER, row.id, now=NOW),
            lambda _who, row: organisations.end(
                session, body.id, uuid.uuid4(), ADMIN, row.id, now=NOW
            ),
        ]
        for end in ends:
            who, row = joined(session, body, "filer")
            assert acting.acting_for(session, who.id, body.id, now=NOW)
            end(who, row)
            with pytest.raises(NotFound):
                acting.acting_for(session, who.id, body.id, now=NOW)

    def test_a_last_day_ends_by_itself_and_one_may_be_invited_again(
        self, session: Session, body: Account
    ) -> None:
        who, _ = joined(session, body, "filer", TODAY)
        # NOW is 16:00 in Shanghai: the day ends eight hours later.
        assert acting.acting_for(session, who.id, body.id, now=NOW + timedelta(hours=7.9))
        later = NOW + timedelta(hours=8)
        with pytest.raises(NotFound):
            acting.acting_for(session, who.id, body.id, now=later)
        joining.join(session, who.id, invited(session, body, who, "viewer"), now=later)
        assert organisations.role_of(session, body.id, who.id, now=later) is VIEWER

    def test_the_last_owner_stays(self, session: Session, body: Account, owner: Account) -> None:
        row = row_of(session, body, owner)
        with pytest.raises(Conflict):
            organisations.end(session, body.id, owner.id, OWNER, row.id, now=NOW)
        with pytest.raises(Conflict):
            organisations.change_role(session, body.id, OWNER, row.id, "viewer", None, now=NOW)
        joined(session, body, "owner")
        organisations.end(session, body.id, owner.id, OWNER, row.id, now=NOW)

    def test_another_role_is_another_row(self, session: Session, body: Account) -> None:
        who, row = joined(session, body, "filer")
        organisations.change_role(session, body.id, ADMIN, row.id, "viewer", None, now=NOW)
        rows = [r for r in organisations.members(session, body.id) if r.account_id == who.id]
        assert {(r.role, r.ended_at is None) for r in rows} == {("filer", False), ("viewer", True)}
        assert acting.acting_for(session, who.id, body.id, now=NOW).powers == {"read"}

    def test_the_keys_a_member_made_end_with_the_membership(
        self, session: Session, body: Account
    ) -> None:
        who, row = joined(session, body, "admin")
        _, secret = keys.issue(session, body.id, "k", ["read"], None, who.id, now=NOW)
        _, others = keys.issue(session, body.id, "k", ["read"], None, now=NOW)
        organisations.end(session, body.id, who.id, ADMIN, row.id, now=NOW)
        session.expire_all()
        assert keys.find(session, secret, now=NOW) is None
        assert keys.find(session, others, now=NOW) is not None


def test_only_a_body_without_a_password_is_reached_by_nobody(session: Session) -> None:
    values = {"id": uuid.uuid4(), "now": NOW}
    with pytest.raises(IntegrityError, match="reachable"):
        session.execute(
            text("INSERT INTO account (id, name, kind, created_at) "
                 "VALUES (:id, 'x', 'individual', :now)"), values,
        )  # fmt: skip

"""What gives power and has ended: every way to end, change or use it again changes nothing of it.

Which things can end the models say (`test_states_guarded.ends`), where the database's own guards
are tried; a new one without its row here fails.
"""

import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts import joining, keys, mandates, organisations, parties, sign_ins, staff
from accounts.identifiers import parse_identifier
from accounts.mandates import MandateScope
from accounts.models import OfficerRole
from accounts.organisations import MemberRole
from accounts.parties import PartyFacts
from accounts.staff import Role
from core import audit
from core.audit import AuditLine
from core.errors import Conflict, Gone, NotAllowed, NotFound
from registry import interests
from tests.database.test_states_guarded import ends
from tests.grounds.acts import columns
from tests.grounds.matters import officer
from tests.grounds.people import NOW, RING, account, resident

LATER: Final = NOW + timedelta(hours=1)
Verb = Callable[[], object]
Trial = tuple[Any, list[Verb], list[Verb]]
"""The row, not ended yet; what ends it, the first time and again; what needs it."""


def none(found: object) -> None:
    """What is looked for and not found is as if refused."""
    if found is None:
        raise NotFound("no such")


def key(session: Session) -> Trial:
    owner = account(session).id
    row, secret = keys.issue(session, owner, "k", ["read"], None, now=NOW)
    return (
        row,
        [lambda: keys.revoke(session, owner, row.id, now=LATER)],
        [lambda: none(keys.find(session, secret, now=LATER))],
    )


def sign_in(session: Session) -> Trial:
    secret, row = sign_ins.open_one(session, account(session).id, timedelta(days=1), now=NOW)
    return (
        row,
        [lambda: sign_ins.end(row, now=LATER)],
        [lambda: none(sign_ins.find(session, secret, now=LATER))],
    )


def mandate(session: Session) -> Trial:
    principal, agent = account(session), account(session, kind="agent_lawyer")
    days = (NOW.date(), NOW.date() + timedelta(days=9))
    row = mandates.grant(session, principal.id, agent.id, [MandateScope.SIGN], *days, now=NOW)

    def use() -> None:
        if not mandates.in_force(row, LATER):
            raise NotAllowed("ended")

    by_both = [
        lambda: mandates.revoke(session, principal.id, row.id, now=LATER),
        lambda: mandates.revoke(session, agent.id, row.id, now=LATER),
    ]
    return row, by_both, [use]


def membership(session: Session) -> Trial:
    founder, member = account(session).id, account(session).id
    body = organisations.found(session, founder, "山间", "enterprise", now=NOW).id
    row = organisations.begin(session, body, member, MemberRole.ADMIN, None, founder, now=NOW)
    own = MemberRole.OWNER
    return (
        row,
        [lambda: organisations.end(session, body, founder, own, row.id, now=LATER)],
        [lambda: organisations.change_role(session, body, own, row.id, "admin", None, now=LATER)],
    )


def member_invitation(session: Session) -> Trial:
    founder, guest = account(session).id, account(session)
    body = organisations.found(session, founder, "山间", "enterprise", now=NOW).id
    to = parse_identifier(str(guest.email), "identifier")
    row, code = joining.invite(session, body, founder, MemberRole.OWNER, to, "admin", None, now=NOW)
    return (
        row,
        [lambda: joining.withdraw(session, body, row.id, now=LATER)],
        [lambda: joining.join(session, guest.id, code, now=LATER)],
    )


def invitation(session: Session) -> Trial:
    to = parse_identifier(f"{uuid.uuid4().hex}@office.example", "identifier")
    code = staff.invite(session, to, "王五", "tianjin", Role.CASHIER, None, now=NOW)
    row = staff.pending(session, code, now=NOW)
    staff.enrol(session, RING, code, "hash", resident(), now=LATER)
    who = account(session).id
    return (
        row,
        [],
        [
            lambda: staff.enrol(session, RING, code, "hash", resident(), now=LATER),
            lambda: staff.accept(session, who, code, now=LATER),
        ],
    )


def officer_role(session: Session) -> Trial:
    boss, other = officer(session, Role.SUPERVISOR), officer(session, Role.CASHIER)
    row = session.scalars(
        select(OfficerRole).where(OfficerRole.account_id == other.account_id)
    ).one()
    return (
        row,
        [lambda: staff.end_role(session, boss, row.id, now=LATER)],
        [lambda: staff.require_still(session, other, Role.CASHIER)],
    )


def declared_conflict(session: Session) -> Trial:
    who = officer(session, Role.CASHIER)
    row = interests.declare(session, RING, who, "name", "张三的表哥", "x", now=NOW)
    return row, [lambda: interests.end(session, who, row.id, now=LATER)], []


def party(session: Session) -> Trial:
    facts = PartyFacts("李四", ["author"], resident(), "120101", {})
    row = parties.add(session, RING, account(session).id, facts, now=NOW)
    return (
        row,
        [lambda: parties.erase(session, row, now=LATER)],
        [lambda: parties.change(session, RING, row, facts, now=LATER)],
    )


TRIALS: Final = {
    "api_key": key, "declared_conflict": declared_conflict, "invitation": invitation,
    "mandate": mandate, "member_invitation": member_invitation, "membership": membership,
    "officer_role": officer_role, "party": party, "sign_in": sign_in,
}  # fmt: skip
NO_POWER: Final = {
    "account", "certificate", "contact_code", "delivery_address", "evidence", "paper", "passkey",
    "passkey_challenge", "recovery", "term", "work_version",
}  # fmt: skip
"""Closed (`test_closing`), of the clock, forgotten or replaced, or used up in one statement."""


def test_all_that_can_end_is_tried() -> None:
    assert {*TRIALS, *NO_POWER} == {table for table, _ in ends()}


@pytest.mark.parametrize("name", TRIALS)
def test_what_has_ended_is_of_no_use_and_stays_as_it_ended(session: Session, name: str) -> None:
    row, ending, using = TRIALS[name](session)
    for verb in ending[:1]:
        verb()
    session.flush()
    session.refresh(row)
    before = columns(row)
    assert before[dict(ends())[name]] is not None
    audit.settle(session)
    lines = session.scalar(select(func.count()).select_from(AuditLine))
    for verb in ending:
        with suppress(NotFound, Conflict, Gone):
            verb()
    for verb in using:
        with pytest.raises((NotAllowed, NotFound, Conflict, Gone)):
            verb()
    session.flush()
    session.refresh(row)
    assert columns(row) == before
    audit.settle(session)
    assert session.scalar(select(func.count()).select_from(AuditLine)) == lines

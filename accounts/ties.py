"""What ties an officer to accounts: the person's own, whatever the account, and those of whom the
person works for or worked for. A body is known by its document as well, so that its other accounts
are found.

A person is found by more than what an account holds now: an account may have been said to be
another before (a correction, an appointment under another number), and a second account may have
claimed the officer's number without anybody having looked yet. One step each way, no further: a
claim that nobody looked at ties the account that made it, not whom that account is said to be.
"""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime, time
from typing import Final

from sqlalchemy import or_, select, union, union_all
from sqlalchemy.orm import Session

from accounts.days import SHANGHAI
from accounts.models import Account, OfficerRole, Person
from accounts.organisation_models import Membership
from accounts.person_models import Verification
from accounts.staff import Officer

_HELD: Final = ("accepted", "verified", "superseded")
_CLAIMED: Final = ("draft", "submitted", *_HELD)
"""Of a verification: what held once; and what is said, or was and was not rejected."""


def persons_of(session: Session, officer: Officer) -> frozenset[uuid.UUID]:
    """Everybody whom an officer's account is or was said to be: in its roles, in its identity of
    today and in those that held before.
    """
    known = union(
        select(OfficerRole.person_id).where(OfficerRole.account_id == officer.account_id),
        select(Person.id)
        .join(Account, Account.person_id == Person.id)
        .where(Account.id == officer.account_id),
        select(Person.id)
        .join(Verification, Verification.number_index == Person.identity_index)
        .where(Verification.account_id == officer.account_id, Verification.status.in_(_HELD)),
    )
    return frozenset({officer.person_id, *session.scalars(known)})


def accounts_of(session: Session, officer: Officer) -> frozenset[uuid.UUID]:
    """Every account of the person behind an officer's account: known as that person, appointed as
    that person, or having claimed that person's number (found by its blind index).
    """
    persons = persons_of(session, officer)
    others = union(
        select(Account.id).where(Account.person_id.in_(persons)),
        select(OfficerRole.account_id).where(OfficerRole.person_id.in_(persons)),
        select(Verification.account_id)
        .join(Person, Person.identity_index == Verification.number_index)
        .where(Person.id.in_(persons), Verification.status.in_(_CLAIMED)),
    )
    return frozenset({officer.account_id, *session.scalars(others)})


def did(
    session: Session, officer: Officer, person: uuid.UUID | None, account: uuid.UUID | None
) -> bool:
    """Whether what `person` did under `account` was done by the human being behind an officer's
    account, whoever that was said to be then.
    """
    return person in persons_of(session, officer) or account in accounts_of(session, officer)


def is_own(
    session: Session, officer: Officer, account: Account, claimed: bytes | None = None
) -> bool:
    """Whether an account is the officer's own, as a person; or claims the person's number (its
    blind index).
    """
    persons = persons_of(session, officer)
    known = session.scalars(select(Person.id).where(Person.identity_index == claimed))
    return (
        account.person_id in persons
        or not persons.isdisjoint(known)
        or account.id in accounts_of(session, officer)
    )


def organisations_of(
    session: Session, accounts: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, datetime | None]:
    """Whom these accounts work for, or worked for until then: accounts, and bodies behind them."""
    rows = session.execute(
        select(Membership, Account.person_id)
        .join(Account, Account.id == Membership.organisation_id)
        .where(Membership.account_id.in_(accounts))
    ).all()
    found: dict[uuid.UUID, datetime | None] = {}
    for membership, body in rows:
        until = _until(membership)
        for each in (membership.organisation_id, body):
            if each is None:
                continue
            known = found.get(each, until)
            found[each] = None if until is None or known is None else max(known, until)
    return found


def names_of(session: Session, officer: Officer, accounts: Collection[uuid.UUID]) -> frozenset[str]:
    """What the person behind an officer's account is called: by its office, and by every identity
    that one of the person's accounts claims or claimed.
    """
    own = select(Account.name).where(Account.id == officer.account_id)
    claimed = select(Verification.name).where(
        Verification.account_id.in_(accounts), Verification.status.in_(_CLAIMED)
    )
    return frozenset(name for name in session.scalars(union_all(own, claimed)) if name is not None)


def organisation_names(
    session: Session, accounts: Collection[uuid.UUID]
) -> list[tuple[str, datetime | None]]:
    """What those are called for whom these accounts work, or worked until then: as their account
    calls itself, verified or not, and by every identity it claims or claimed.
    """
    rows = session.execute(
        select(Membership, Account.name, Verification.name)
        .join(Account, Account.id == Membership.organisation_id)
        .outerjoin(
            Verification,
            (Verification.account_id == Account.id) & Verification.status.in_(_CLAIMED),
        )
        .where(Membership.account_id.in_(accounts))
    ).all()
    return [
        (name, _until(membership))
        for membership, *names in rows
        for name in names
        if name is not None
    ]


def works_for(
    session: Session,
    officer: Officer,
    account: Account,
    since: datetime,
    claimed: bytes | None = None,
) -> bool:
    """Whether the officer works for an account, or did at `since` or later; or for another account
    of the same body, known by the account's document or by the one it claims (its blind index).
    """
    known = or_(Person.id == account.person_id, Person.identity_index == claimed)
    bodies = {account.id, *session.scalars(select(Person.id).where(known))}
    tied = organisations_of(session, accounts_of(session, officer))
    ends = [tied[each] for each in bodies & tied.keys()]
    return any(until is None or until >= since for until in ends)


def _until(membership: Membership) -> datetime | None:
    """The last moment of a membership; None: it goes on."""
    ends = [] if membership.ended_at is None else [membership.ended_at]
    if membership.valid_until is not None:
        ends.append(datetime.combine(membership.valid_until, time.max, SHANGHAI))
    return min(ends, default=None)

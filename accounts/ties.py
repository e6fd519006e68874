"""What ties an officer to accounts: the person's own, whatever the account, and those of whom the
person works for or worked for. A body is known by its document as well, so that its other accounts
are found.
"""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime, time

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from accounts.days import SHANGHAI
from accounts.models import Account, Person
from accounts.organisation_models import Membership
from accounts.staff import Officer


def accounts_of(session: Session, officer: Officer) -> frozenset[uuid.UUID]:
    """Every account of the person behind an officer's account."""
    others = select(Account.id).where(Account.person_id == officer.person_id)
    return frozenset({officer.account_id, *session.scalars(others)})


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

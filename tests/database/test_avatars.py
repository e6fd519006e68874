"""A picture ends with its account, and opens in no other account's row."""

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from accounts import avatars
from accounts.contact_models import Avatar
from accounts.models import Account
from core.errors import NotFound
from core.sealed import DoesNotOpen
from tests.grounds.people import NOW, RING, account


def test_is_erased_with_the_account(session: Session) -> None:
    one, other = account(session), account(session)
    for each in (one, other):
        avatars.keep(session, RING, each.id, b"a picture", now=NOW)
    session.execute(delete(Account).where(Account.id == one.id))
    assert session.scalars(select(Avatar.account_id)).all() == [other.id]
    with pytest.raises(NotFound):
        avatars.opened(session, RING, one.id)


def test_moved_to_another_account_it_does_not_open(session: Session) -> None:
    one, other = account(session), account(session)
    for each in (one, other):
        avatars.keep(session, RING, each.id, str(each.id).encode(), now=NOW)
    rows = {row.account_id: row for row in session.scalars(select(Avatar))}
    rows[other.id].picture = rows[one.id].picture
    session.flush()
    with pytest.raises(DoesNotOpen):
        avatars.opened(session, RING, other.id)

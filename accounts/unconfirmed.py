"""Accounts that claim an e-mail or number and have not shown that it is theirs.

There may be any number of them for one address, and each signs in with its own password, whoever
else claims the address or has shown that it is theirs. All of them keep their passwords under one
salt, which follows from the address: one hash of what was typed finds the right one among however
many, and takes as long where there is none.
"""

from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from accounts import people
from accounts.identifiers import Identifier
from accounts.models import Account
from core.sealed import Keyring

_SALT_BYTES: Final = 16
"""RFC 9106 §3.1. Unique to an address, and without the ring's index key not known beforehand."""


def salt_of(ring: Keyring, identifier: Identifier) -> bytes:
    """The salt for the passwords of all who claim this address."""
    return ring.blind_index("claimed address", identifier.value)[:_SALT_BYTES]


def salt_for(ring: Keyring, account: Account) -> bytes | None:
    """The salt for a password of this account; None, any: it claims nothing that is not its own."""
    claimed = people.unconfirmed(account)
    return salt_of(ring, claimed[0]) if claimed else None


def find(session: Session, identifier: Identifier, kept: str) -> Account | None:
    """The first to claim this address with the password that is kept as `kept`."""
    return session.scalar(_claimants(identifier).where(Account.password_hash == kept).limit(1))


def kept_otherwise(session: Session, identifier: Identifier, kept: str) -> Account | None:
    """The first to claim this address whose password is not kept like `kept`: it was set before
    there was a salt for all, or with other figures of argon2id.
    """
    alike = kept.rpartition("$")[0] + "$"
    others = Account.password_hash.startswith(alike, autoescape=True).is_(False)
    return session.scalar(_claimants(identifier).where(others).limit(1))


def _claimants(identifier: Identifier) -> Select[Account]:
    column, confirmed = people.columns(identifier)
    return (
        select(Account)
        .where(column == identifier.value, confirmed.is_(None))
        .order_by(Account.created_at, Account.id)
    )

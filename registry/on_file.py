"""Of whose identity a matter need not bring papers: the verified account itself, and rights
holders (人员档案) with valid papers on file, of the kinds that the office asks for.
"""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from accounts import identity, parties
from accounts.days import day_of
from accounts.documents import NATURAL
from accounts.models import Account
from accounts.papers import PaperKind
from accounts.person_models import Party, Verification
from core.errors import NotFound
from registry.asking import Lacking, is_natural
from registry.conflicts import folded
from registry.form import Form, Owner
from registry.identities import policy
from registry.profile import Profile

_MINOR = frozenset({PaperKind.HOUSEHOLD_REGISTER})
"""A minor is known by the household register; the guardian's papers are asked for beside it."""
_NOTHING: frozenset[str] = frozenset()


def lacking(
    session: Session, account_id: uuid.UUID, profile: Profile, form: Form, *, now: datetime
) -> Lacking:
    """The owners whose papers of identity are not on file, each with the kinds that lack."""
    if not any("identity" in each.proves for each in profile.documents.values()):
        return {}
    held, found = identity.current(session, account_id), {}
    for place, owner in enumerate(form.owners):
        wanted = policy(profile.filing).papers["natural" if is_natural(owner) else "body"]
        party = _party(session, account_id, owner)
        if _is_account(session, account_id, held, owner, party):
            lacks = _account_lacks(session, held, owner, wanted, now)
        else:
            lacks = _party_lacks(session, party, owner, wanted, now)
        if lacks is not None:
            found[place] = lacks
    return found


def _is_account(
    session: Session,
    account_id: uuid.UUID,
    held: Verification | None,
    owner: Owner,
    party: Party | None,
) -> bool:
    """By the number of the party, else by the name that was verified; while none was, by the
    account's: that this identity is to be verified first is said by `registry.identities`.
    """
    if owner.party is not None:
        return party is not None and held is not None and party.number_index == held.number_index
    name = session.get_one(Account, account_id).name if held is None else held.name
    return folded(owner.name or "") == folded(name or "")


def _account_lacks(
    session: Session,
    held: Verification | None,
    owner: Owner,
    wanted: frozenset[PaperKind],
    now: datetime,
) -> frozenset[str] | None:
    """None: nothing. Another office may have asked for fewer papers than this one does."""
    if held is None or identity.expired(held, now):
        return None
    same = folded(owner.name or "") == folded(held.name or "")
    if not same or (held.document_kind in NATURAL) != is_natural(owner):
        return _NOTHING
    there = {paper.kind for paper in identity.papers_of(session, held.id)}
    return (wanted - there) or None


def _party_lacks(
    session: Session,
    party: Party | None,
    owner: Owner,
    wanted: frozenset[PaperKind],
    now: datetime,
) -> frozenset[str] | None:
    """None: nothing. The party is the owner only under its own name."""
    if party is None or party.erased_at is not None:
        return _NOTHING
    same = folded(party.name or "") == folded(owner.name or "")
    over = party.valid_until is not None and party.valid_until < day_of(now)
    if not same or over or (party.nature == "natural") != is_natural(owner):
        return _NOTHING
    there = {paper.kind for paper in parties.papers_of(session, party.id)}
    if party.guardian_id is not None:
        return None if there >= _MINOR else _NOTHING
    return (wanted - there) or None


def _party(session: Session, account_id: uuid.UUID, owner: Owner) -> Party | None:
    if owner.party is None:
        return None
    try:
        return parties.owned(session, account_id, uuid.UUID(owner.party))
    except (ValueError, NotFound):
        return None

"""Whose identities stand in a matter: of the accounts that file, of the parties the form names, and
of the guardians of minors among them.

They are shown to the officer who holds the matter and to nobody else: not to who could claim it,
not to who held it, not to those who supervise.
"""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final

from sqlalchemy.orm import Session

from accounts import identity, parties
from accounts.person_models import Party, Verification
from accounts.staff import Officer
from core.errors import NotFound
from registry import examining, interests, permitted
from registry.form import Form
from registry.matters import form_of
from registry.models import Matter

Identity = Verification | Party

_NONE: Final = "没有此证件 / no such identity"


@dataclass(frozen=True)
class Standing:
    """One identity. `places`: what it is in the matter, `applicant` or `agent` for an account that
    files, else where the form names the party: `owners[0]`, `authors[1].employer`; of a guardian
    `owners[0].guardian`.
    """

    places: tuple[str, ...]
    row: Identity


def held(session: Session, officer: Officer, matter_id: uuid.UUID) -> Matter:
    """A matter that this officer holds in first or final examination.

    Raises:
        NotFound: somebody else's, or nobody's: for this officer its identities do not exist.
        NotAllowed: the officer has come to have an interest in it.
    """
    matter = examining.seen(session, officer, matter_id)
    if not permitted.holds(officer, matter):
        raise NotFound("业务不在您手中 / you do not hold this matter: claim it first")
    interests.require_none(session, officer, matter)
    return matter


def standing(session: Session, matter: Matter) -> tuple[Standing, ...]:
    """Every identity in the matter, each once: accounts first, then as the form has them. An
    account of which none holds has none here; the pre-check says so.
    """
    places: dict[uuid.UUID, list[str]] = {}
    rows: dict[uuid.UUID, Identity] = {}
    found: chain[tuple[str, Identity]] = chain(
        _accounts(session, matter), _parties(session, matter)
    )
    for place, row in found:
        rows.setdefault(row.id, row)
        places.setdefault(row.id, []).append(place)
    return tuple(Standing(tuple(places[each]), row) for each, row in rows.items())


def one_of(session: Session, matter: Matter, identity_id: uuid.UUID) -> Identity:
    """One of them. Raises NotFound when it does not stand in this matter."""
    for each in standing(session, matter):
        if each.row.id == identity_id:
            return each.row
    raise NotFound(_NONE)


def _accounts(session: Session, matter: Matter) -> Iterator[tuple[str, Verification]]:
    filers = {"applicant": matter.applicant_id, "agent": matter.agent_id}
    for place, account_id in filers.items():
        row = None if account_id is None else identity.current(session, account_id)
        if row is not None:
            yield place, row


def _parties(session: Session, matter: Matter) -> Iterator[tuple[str, Party]]:
    """Of the applicant's library only: what else a form may refer to is nobody here."""
    for place, reference in references(form_of(matter)).items():
        party = _on_file(session, matter.applicant_id, reference)
        if party is None:
            continue
        yield place, party
        if party.guardian_id is not None:
            yield f"{place}.guardian", session.get_one(Party, party.guardian_id)


def references(form: Form) -> Mapping[str, str]:
    """Where the form names a party on file, with its id as it was written there."""
    found = {f"owners[{at}]": each.party for at, each in enumerate(form.owners)}
    for at, each in enumerate(form.authors):
        found[f"authors[{at}]"] = each.party
        found[f"authors[{at}].employer"] = each.employer
    for name in ("applicant", "agent", "handler"):
        said = getattr(form, name)
        found[name] = None if said is None else said.party
    return {place: reference for place, reference in found.items() if reference is not None}


def id_of(reference: str) -> uuid.UUID | None:
    """Whom a form refers to, in any spelling of the id; None: what is no id is nobody."""
    try:
        return uuid.UUID(reference)
    except ValueError:
        return None


def _on_file(session: Session, owner_id: uuid.UUID, reference: str) -> Party | None:
    party_id = id_of(reference)
    try:
        return None if party_id is None else parties.owned(session, owner_id, party_id)
    except NotFound:
        return None

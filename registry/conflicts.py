"""回避: when an officer must not examine a matter. Pure: sets in, a ground or None out.

One rule for the queue, for claiming, for the next assignment and for every decision. What an
officer is bound to and who stands in a matter is gathered by `registry.interests`.
"""

import unicodedata
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Id = uuid.UUID


class Ground(StrEnum):
    """Why somebody must not examine."""

    OWN = "own"  # the officer's own matter, under whatever account, or one filed as an agent
    ORGANISATION = "organisation"  # of an organisation the officer worked for since it was filed
    DECLARED = "declared"  # of a person, organisation or name that the officer declared
    RECUSED = "recused"  # the officer stepped back from this matter


@dataclass(frozen=True)
class Interests:
    """What binds an officer. `accounts` and `persons` are the officer's own, whatever the account;
    `organisations` the accounts, and the bodies behind them, that the officer works for or worked
    for until then (None: still does); `declared` the persons and bodies, and `names` the folded
    names, that the officer declared. `called` are the folded names of the officer, and
    `organisation_names` those of whom the officer works for.
    """

    accounts: frozenset[Id]
    persons: frozenset[Id]
    organisations: Mapping[Id, datetime | None] = field(default_factory=dict)
    declared: frozenset[Id] = frozenset()
    names: frozenset[str] = frozenset()
    recused: frozenset[Id] = frozenset()
    """Matters the officer stepped back from."""
    called: frozenset[str] = frozenset()
    organisation_names: Mapping[str, datetime | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Involved:
    """Who stands in a matter: accounts, persons and bodies as far as they are known, folded names.
    `since`: when it came before the office. `unproven` are those of the names that no verified
    identity is behind: they may be anybody's of that name.
    """

    matter: Id
    since: datetime
    accounts: frozenset[Id]
    persons: frozenset[Id] = frozenset()
    names: frozenset[str] = frozenset()
    unproven: frozenset[str] = frozenset()


def conflict(interests: Interests, involved: Involved) -> Ground | None:
    """The first ground that keeps this officer from this matter; None: there is none known."""
    everybody = involved.accounts | involved.persons
    if everybody & (interests.accounts | interests.persons):
        return Ground.OWN
    if involved.unproven & interests.called:
        return Ground.OWN
    ends = (
        *(interests.organisations[each] for each in everybody & interests.organisations.keys()),
        *(
            interests.organisation_names[each]
            for each in involved.unproven & interests.organisation_names.keys()
        ),
    )
    if any(until is None or until >= involved.since for until in ends):
        return Ground.ORGANISATION
    if everybody & interests.declared or involved.names & interests.names:
        return Ground.DECLARED
    if involved.matter in interests.recused:
        return Ground.RECUSED
    return None


def first_without(interests: Interests, waiting: Iterable[Involved]) -> Involved | None:
    """The first of these matters that the officer may be given."""
    return next((each for each in waiting if conflict(interests, each) is None), None)


def folded(name: str) -> str:
    """A name as it is compared: compatibility forms made one, without white space and case."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(plain.split())

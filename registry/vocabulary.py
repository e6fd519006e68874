"""Every word that stands in answers and requests, and what people call it: list by list.

A portal draws its selects and labels from here, so that no word has to be known to it beforehand.
What stands in a table of its own already is taken from there.
"""

from collections.abc import Mapping
from functools import cache

from accounts.documents import BODIES, NATURAL
from chain.revoking import REASONS, REGISTRATION_REASONS
from registry import choices, profile_words, tables
from registry.delivery_lifecycle import SAID as PAPER_DELIVERIES
from registry.lifecycle import ACTIONS, ROLES
from registry.revocation_lifecycle import GROUNDS
from registry.words import Words


@cache
def vocabulary() -> Mapping[str, Mapping[str, Words]]:
    """By list, then by key, in the order people expect."""
    lists: dict[str, Mapping[str, Words]] = {
        "matter_states": {key: each.state for key, each in tables.standings().items()},
        "matter_actions": {key.value: words for key, words in ACTIONS.items()},
        "matter_roles": {key.value: words for key, words in ROLES.items()},
        "paper_delivery_states": {key.value: words for key, words in PAPER_DELIVERIES.items()},
        "revocation_grounds": {key: each.words for key, each in GROUNDS.items()},
        "revocation_reasons": {
            str(code): _parted(said) for code, said in {**REASONS, **REGISTRATION_REASONS}.items()
        },
        "forms": choices.FORMS,
        "categories": choices.CATEGORIES,
        "natures": choices.NATURES,
        "applicants": choices.APPLICANT_KINDS,
        "source_comments": choices.COMMENTS,
        "signing_orders": profile_words.ORDERS,
        "units": profile_words.UNITS,
        "terms": profile_words.PURPOSES,
        "term_actors": profile_words.ACTORS,
        "fees_due": profile_words.DUE,
        "ways_to_pay": profile_words.PAYING,
        "identity_facts": profile_words.IDENTITY_FACTS,
        "paper_kinds": profile_words.IDENTITY_PAPERS,
    }
    for name, rows in tables.words().items():
        lists[name] = {**lists.get(name, {}), **rows}
    kinds = lists["document_kinds"]
    for name, some in (("person_document_kinds", NATURAL), ("body_document_kinds", BODIES)):
        lists[name] = {key: words for key, words in kinds.items() if key in some}
    return lists


def _parted(said: str) -> Words:
    zh, _, en = said.partition(" / ")
    return Words(zh, en)

"""Whatever a profile may say, there are words for it: a new choice without words fails here."""

from collections.abc import Mapping
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from registry import profile_words
from registry.profile_parts import Clock, Document, ExaminationStage, Fees, Filing, Signing
from registry.words import Words

SAID: list[tuple[type[Any], str, Mapping[str, Words]]] = [
    (Filing, "accounts", profile_words.ACCOUNTS),
    (Filing, "agents", profile_words.AGENTS),
    (Filing, "area_rule", profile_words.AREAS),
    (Filing, "agency", profile_words.AGENCY),
    (Filing, "minors", profile_words.MINORS),
    (Filing, "verification", profile_words.VERIFICATION),
    (Filing, "identity", profile_words.IDENTITY),
    (Filing, "person_papers", profile_words.IDENTITY_PAPERS),
    (Document, "how", profile_words.HOW),
    (Signing, "order", profile_words.ORDERS),
    (Signing, "signers", profile_words.SIGNERS),
    (Signing, "individuals", profile_words.SIGNED_BY_INDIVIDUALS),
    (Signing, "organisations", profile_words.SIGNED_BY_ORGANISATIONS),
    (Signing, "after_return", profile_words.SIGNED_AGAIN),
    (Fees, "due", profile_words.DUE),
    (Fees, "ways", profile_words.PAYING),
    (ExaminationStage, "by", profile_words.ACTORS),
    (ExaminationStage, "returns_to", profile_words.RETURNED_TO),
    (Clock, "purpose", profile_words.PURPOSES),
    (Clock, "starts", profile_words.STARTS),
    (Clock, "unit", profile_words.UNITS),
    (Clock, "acts", profile_words.ACTORS),
]


@pytest.mark.parametrize(("table", "key", "words"), SAID, ids=lambda each: str(each)[:40])
def test_every_choice_of_a_profile_has_words(
    table: type[Any], key: str, words: Mapping[str, Words]
) -> None:
    kind = get_type_hints(table)[key]
    if get_origin(kind) is tuple:
        kind = get_args(kind)[0]
    assert set(get_args(kind)) <= words.keys()
    assert all(each.zh and each.en for each in words.values())

"""Which state may follow which, and where evidence stands."""

from datetime import UTC, datetime

import pytest

from chain.lifecycle import (
    ATTEMPT,
    TRANSACTION,
    AnchoringFacts,
    AnchoringState,
    AttemptStatus,
    TransactionStatus,
    anchoring_state,
)
from core.errors import IllegalTransition
from core.lifecycle import Lifecycle

NOTHING = AnchoringFacts(
    rejected=False, stated_at=None, token=False, sealed=False, attempts=frozenset(),
    anchored=False, suspended=False,
)  # fmt: skip
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def facts(**known: object) -> AnchoringFacts:
    return AnchoringFacts(**{**vars(NOTHING), **known})


def test_every_state_has_its_rules() -> None:
    assert set(ATTEMPT) == set(AttemptStatus)
    assert set(TRANSACTION) == set(TransactionStatus)


@pytest.mark.parametrize("end", [AttemptStatus.FINAL, AttemptStatus.REVERTED])
def test_an_attempt_ends_only_after_it_was_mined(end: AttemptStatus) -> None:
    assert {state for state, after in ATTEMPT.items() if end in after} == {AttemptStatus.MINED}


@pytest.mark.parametrize(
    "ended", [AttemptStatus.FINAL, AttemptStatus.REVERTED, AttemptStatus.REPLACED]
)
def test_only_a_reorganisation_takes_an_end_back(ended: AttemptStatus) -> None:
    assert ATTEMPT[ended] == {AttemptStatus.REORGED}


def test_what_no_rule_allows_is_refused() -> None:
    with pytest.raises(IllegalTransition):
        Lifecycle("attempt", ATTEMPT).advance(AttemptStatus.SIGNED, AttemptStatus.FINAL)


@pytest.mark.parametrize(
    ("known", "state"),
    [
        ({}, AnchoringState.RECEIVED),
        ({"stated_at": NOW}, AnchoringState.STORED),
        ({"stated_at": NOW, "token": True}, AnchoringState.TIMESTAMPED),
        ({"stated_at": NOW, "sealed": True}, AnchoringState.SEALED),
        (
            {"stated_at": NOW, "sealed": True, "attempts": frozenset({AttemptStatus.SIGNED})},
            AnchoringState.SEALED,
        ),
        (
            {"stated_at": NOW, "sealed": True, "attempts": frozenset({AttemptStatus.REORGED})},
            AnchoringState.BROADCAST,
        ),
        (
            {"stated_at": NOW, "sealed": True, "attempts": frozenset({AttemptStatus.MINED})},
            AnchoringState.MINED,
        ),
        ({"stated_at": NOW, "sealed": True, "anchored": True}, AnchoringState.ANCHORED),
        (
            {"stated_at": NOW, "sealed": True, "anchored": True, "suspended": True},
            AnchoringState.SUSPENDED,
        ),
        ({"rejected": True}, AnchoringState.REJECTED),
    ],
)
def test_the_furthest_state_that_the_facts_support(
    known: dict[str, object], state: AnchoringState
) -> None:
    assert anchoring_state(facts(**known)) is state


@pytest.mark.parametrize(
    "known",
    [
        {"rejected": True, "sealed": True},
        {"sealed": True},
        {"anchored": True, "stated_at": NOW},
    ],
)
def test_facts_that_cannot_stand_together_are_loud(known: dict[str, object]) -> None:
    with pytest.raises(IllegalTransition):
        anchoring_state(facts(**known))

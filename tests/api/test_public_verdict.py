"""Which word the public look-up has for an evidence, from the rows that exist."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from api.public import Found

THEN = datetime(2026, 3, 1, 17, 30, tzinfo=UTC)
RECEIVED: dict[str, Any] = {
    **dict.fromkeys(Found._fields),
    "number": "YJ-0123-4567-89AB-CDEZ",
    "check_code": "0" * 26,
    "custody_mode": "stored",
    "submitted_at": THEN,
    "rejected": False,
    "suspended": False,
    "superseded": False,
    "certificate_ready": False,
}
SEALED = {**RECEIVED, "stated_at": THEN, "root": b"r" * 32, "tree_size": 1, "leaf_index": 0}
ANCHORED = {**SEALED, "block_hash": b"b" * 32, "token_time": THEN}
REVOKED = {"revocation_reason": 1, "revocation_at": THEN}


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        (RECEIVED, "pending"),
        ({**RECEIVED, "rejected": True}, "rejected"),
        (SEALED, "pending"),
        ({**SEALED, "attempts": ["mined"]}, "pending"),
        ({**ANCHORED, "token_time": None}, "pending"),
        (ANCHORED, "valid"),
        ({**ANCHORED, "suspended": True}, "suspended"),
        ({**ANCHORED, "superseded": True}, "superseded"),
        ({**ANCHORED, "superseded": True, "suspended": True}, "superseded"),
        ({**ANCHORED, **REVOKED}, "revoked"),
        ({**ANCHORED, **REVOKED, "superseded": True, "suspended": True}, "revoked"),
        ({**SEALED, **REVOKED}, "revoked"),
    ],
)
def test_the_gravest_word_that_applies_is_said(rows: dict[str, Any], verdict: str) -> None:
    assert Found(**rows).verdict == verdict


def test_the_day_is_that_of_the_depositors_clock_at_utc_plus_8() -> None:
    assert Found(**RECEIVED).deposited_on == date(2026, 3, 2)
    earlier = {**RECEIVED, "submitted_at": THEN - timedelta(hours=2)}
    assert Found(**earlier).deposited_on == date(2026, 3, 1)

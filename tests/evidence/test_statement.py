"""The statement: one spelling, commitments that open, the leaf hash of RFC 6962."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from evidence.digest import FileDigest
from evidence.statement import Fact, Family, compose, leaf_hash, parse

NUMBER = "YJ-7K3M-9QWX-2F4T-HN8C"
FILE = FileDigest(3, "ab" * 32, "cd" * 32)
FACTS = [Fact("title", "山间", b"\x01" * 32), Fact("authors", ["李", "王"], b"\x02" * 32)]


def body(**changes: Any) -> bytes:
    made = compose(NUMBER, [FILE], FACTS, Family("0" * 32, 1, None), b"\x03" * 32)
    document = json.loads(made.encode())
    document |= changes
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def test_the_leaf_hash_is_that_of_rfc_6962() -> None:
    # The known answer of certificate transparency for the empty leaf.
    assert leaf_hash(b"") == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


def test_a_statement_reads_back_as_it_was_composed() -> None:
    found = parse(body())
    assert found.evidence == NUMBER
    assert found.files == (FILE,)
    assert set(found.commitments) == {"title", "authors"}


def test_a_commitment_opens_only_with_its_own_name_value_and_salt() -> None:
    fact = FACTS[0]
    others = [
        Fact("author", fact.value, fact.salt),
        Fact(fact.name, "山间 ", fact.salt),
        Fact(fact.name, fact.value, b"\x04" * 32),
    ]
    assert all(other.commitment() != fact.commitment() for other in others)


def test_a_copied_leaf_is_of_nobody_but_its_depositor() -> None:
    """T21: the same file, title and salts, deposited by two: two leaves, and neither one's name
    opens what the other committed to.
    """
    mine, theirs = (
        compose(
            NUMBER, [FILE], [FACTS[0], Fact("depositor", name, b"\x05" * 32)],
            Family("0" * 32, 1, None), b"\x03" * 32,
        )
        for name in ("甲", "乙")
    )  # fmt: skip
    assert leaf_hash(mine.encode()) != leaf_hash(theirs.encode())
    mine_says = Fact("depositor", "甲", b"\x05" * 32)
    assert mine.commitments["depositor"] == mine_says.commitment()
    assert theirs.commitments["depositor"] != mine_says.commitment()


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "yinji/other"},
        {"version": 2},
        {"version": True},
        {"files": []},
        {"files": [{"size": 1, "sha256": "AB" * 32, "sm3": None}]},
        {"files": [{"size": 0, "sha256": "ab" * 32, "sm3": None}]},
        {"files": [{"size": 1.5, "sha256": "ab" * 32, "sm3": None}]},
        {"files": [{"size": 1, "sha256": "ab" * 32 + "\n", "sm3": None}]},
        {"salt": "00"},
        {"salt": "00" * 32 + "\n"},
        {"family": {"id": "0" * 32 + "\n", "version": 1, "previous": None}},
        {"family": {"id": "0" * 32, "version": True, "previous": None}},
        {"family": {"id": "0" * 32, "version": 1, "previous": "0" * 64 + "\n"}},
        {"commitments": [{"name": "a\n", "commitment": "0" * 64}]},
        {"more": 1},
        {"family": {"id": "0" * 32, "version": 0, "previous": None}},
        {"commitments": [{"name": name, "commitment": "0" * 64} for name in "ba"]},
        {"commitments": [{"name": name, "commitment": "0" * 64} for name in "aa"]},
    ],
)  # fmt: skip
def test_anything_else_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        parse(body(**changes))


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_another_leaf(place: int, flip: int) -> None:
    data = bytearray(body())
    data[place % len(data)] ^= flip
    try:
        parse(bytes(data))
    except InvalidInput:
        return
    assert leaf_hash(bytes(data)) != leaf_hash(body())

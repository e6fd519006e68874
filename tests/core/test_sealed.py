"""Sealed values open in their own row and column, under their own key, unaltered; nowhere else."""

import uuid
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql

from core.errors import InvalidInput, Misconfigured
from core.sealed import DoesNotOpen, Keyring, Place, Sealed, SealedColumn

FIRST, SECOND, INDEX = (bytes([number]) * 32 for number in (1, 2, 3))
RING = Keyring({"1": FIRST}, "1", INDEX)
ROTATED = Keyring({"1": FIRST, "2": SECOND}, "2", INDEX)
HERE = Place("party", "number", uuid.uuid4())
NUMBER = b"11010519491231002X"


@given(st.binary(max_size=300))
def test_what_was_sealed_opens_in_its_place(value: bytes) -> None:
    assert RING.open(RING.seal(value, HERE), HERE) == value


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(HERE, row=uuid.UUID(int=7)),
        replace(HERE, column="details"),
        replace(HERE, table="verification"),
        replace(HERE, table="party\x00number", column=""),
    ],
)
def test_a_value_moved_to_another_row_or_column_does_not_open(elsewhere: Place) -> None:
    with pytest.raises(DoesNotOpen):
        RING.open(RING.seal(NUMBER, HERE), elsewhere)


def test_any_flipped_bit_and_any_missing_end_is_noticed() -> None:
    raw = RING.seal(NUMBER, HERE).raw
    for place in range(len(raw)):
        altered = bytearray(raw)
        altered[place] ^= 1
        with pytest.raises((DoesNotOpen, Misconfigured)):
            RING.open(Sealed(bytes(altered)), HERE)
        with pytest.raises((DoesNotOpen, Misconfigured)):
            RING.open(Sealed(raw[:place]), HERE)


def test_equal_values_do_not_look_equal() -> None:
    assert RING.seal(NUMBER, HERE).raw != RING.seal(NUMBER, HERE).raw


def test_a_new_key_takes_over_and_the_old_one_can_go() -> None:
    old = RING.seal(NUMBER, HERE)
    assert ROTATED.open(old, HERE) == NUMBER
    new = ROTATED.rewrap(old)
    assert (old.key_id, new.key_id) == ("1", "2")
    assert Keyring({"2": SECOND}, "2", INDEX).open(new, HERE) == NUMBER
    assert ROTATED.rewrap(new) is new
    with pytest.raises(Misconfigured):
        Keyring({"2": SECOND}, "2", INDEX).open(old, HERE)


def test_another_key_of_the_same_name_opens_nothing() -> None:
    with pytest.raises(DoesNotOpen):
        Keyring({"1": SECOND}, "1", INDEX).open(RING.seal(NUMBER, HERE), HERE)


@pytest.mark.parametrize(
    ("keys", "current", "index"),
    [
        ({"1": FIRST}, "2", INDEX),
        ({"1": FIRST[:16]}, "1", INDEX),
        ({"1": FIRST}, "1", INDEX[:16]),
        ({"1": FIRST}, "1", FIRST),
        ({"a b": FIRST}, "a b", INDEX),
        ({}, "1", INDEX),
    ],
)
def test_a_ring_that_could_not_work_is_refused(
    keys: dict[str, bytes], current: str, index: bytes
) -> None:
    with pytest.raises(Misconfigured):
        Keyring(keys, current, index)


def test_an_index_finds_equal_values_and_tells_domains_apart() -> None:
    number = NUMBER.decode()
    assert RING.blind_index("identity", number) == ROTATED.blind_index("identity", number)
    assert RING.blind_index("identity", number) != RING.blind_index("mobile", number)
    assert Keyring({"1": FIRST}, "1", SECOND).blind_index("identity", number) != RING.blind_index(
        "identity", number
    )
    with pytest.raises(InvalidInput):
        RING.blind_index("identity", "")


def test_representations_show_nothing() -> None:
    shown = repr(RING) + repr(RING.seal(NUMBER, HERE)) + str(RING.seal(NUMBER, HERE))
    for secret in (FIRST, INDEX):
        assert repr(secret)[2:-1] not in shown
    assert NUMBER.decode() not in shown


def test_a_column_takes_no_plain_text() -> None:
    dialect = postgresql.dialect()
    with pytest.raises(InvalidInput):
        SealedColumn().process_bind_param(NUMBER, dialect)  # type: ignore[arg-type]
    sealed = RING.seal(NUMBER, HERE)
    stored = SealedColumn().process_bind_param(sealed, dialect)
    assert SealedColumn().process_result_value(stored, dialect) == sealed

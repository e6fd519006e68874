"""One value, one encoding: what the strict DER reader takes and refuses."""

from datetime import UTC, datetime

import pytest
from asn1crypto import core as asn1
from hypothesis import given
from hypothesis import strategies as st

from core import der
from core.der import MalformedDer

pytestmark = pytest.mark.unit


def one(data: bytes) -> der.Element:
    return der.Reader(data, "value").any()


class TestValues:
    @given(st.integers(-(1 << 200), 1 << 200))
    def test_integers_come_back_and_agree_with_another_library(self, value: int) -> None:
        encoded = der.encode_integer(value)
        assert der.integer(one(encoded)) == value
        assert encoded == asn1.Integer(value).dump()

    @given(
        st.tuples(st.integers(0, 2), st.integers(0, 39)),
        st.lists(st.integers(0, 1 << 40), max_size=6),
    )
    def test_identifiers_come_back_and_agree_with_another_library(
        self, head: tuple[int, int], tail: list[int]
    ) -> None:
        dotted = ".".join(str(arc) for arc in (*head, *tail))
        encoded = der.encode_oid(dotted)
        assert der.oid(one(encoded)) == dotted
        assert encoded == asn1.ObjectIdentifier(dotted).dump()

    @given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001 - the strategy takes naive bounds
    def test_times_come_back_cut_to_the_millisecond(self, moment: datetime) -> None:
        read = der.generalized_time(one(der.encode_time_ms(moment)))
        assert read == moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    @given(st.binary(max_size=70_000))
    def test_lengths_come_back(self, body: bytes) -> None:
        assert one(der.encode(der.OCTET_STRING, body)).body == body

    def test_a_set_is_written_in_order(self) -> None:
        assert der.encode_set_of([b"\x02\x01\x05", b"\x01\x01\xff"]).hex() == "31060101ff020105"


class TestRefused:
    @pytest.mark.parametrize(
        "encoded",
        [
            "",
            "30",
            "3080",
            "308100",
            "30810102",
            "3082000102",
            "3085000000000101",
            "300205",
            "1f0100",
        ],
    )
    def test_a_header_that_is_short_indefinite_or_not_minimal(self, encoded: str) -> None:
        with pytest.raises(MalformedDer):
            one(bytes.fromhex(encoded))

    @pytest.mark.parametrize("encoded", ["0200", "02020001", "0202ffff", "0202ff80"])
    def test_an_integer_that_is_not_minimal(self, encoded: str) -> None:
        with pytest.raises(MalformedDer):
            der.integer(one(bytes.fromhex(encoded)))

    @pytest.mark.parametrize("encoded", ["0100", "010101", "01020000"])
    def test_a_boolean_that_is_neither(self, encoded: str) -> None:
        with pytest.raises(MalformedDer):
            der.boolean(one(bytes.fromhex(encoded)))

    @pytest.mark.parametrize(
        "encoded", ["0600", "060180", "06022a80", "06032a8001", "0641" + "01" * 65]
    )
    def test_an_identifier_that_is_cut_off_padded_or_endless(self, encoded: str) -> None:
        with pytest.raises(MalformedDer):
            der.oid(one(bytes.fromhex(encoded)))

    @pytest.mark.parametrize(
        "text",
        [
            "20260101000000",
            "20260101000000.Z",
            "20260101000000.0Z",
            "20261301000000Z",
            "00000101000000Z",
        ],
    )
    def test_a_time_of_another_form(self, text: str) -> None:
        with pytest.raises(MalformedDer):
            der.generalized_time(one(der.encode(der.GENERALIZED_TIME, text.encode())))

    @pytest.mark.parametrize("text", ["2601010000Z", "260101000000+0000", "260230000000Z"])
    def test_a_short_time_of_another_form(self, text: str) -> None:
        with pytest.raises(MalformedDer):
            der.utc_time(one(der.encode(der.UTC_TIME, text.encode())))

    def test_a_value_under_another_tag(self) -> None:
        with pytest.raises(MalformedDer):
            der.integer(one(b"\x04\x01\x01"))

    def test_bytes_left_over(self) -> None:
        with pytest.raises(MalformedDer, match="left over"):
            der.whole(b"\x30\x00\x00", der.SEQUENCE, "value")

    @given(st.binary(max_size=200))
    def test_no_bytes_raise_anything_else(self, noise: bytes) -> None:
        reader = der.Reader(noise, "noise")
        try:
            elements = reader.rest()
        except MalformedDer:
            return
        assert b"".join(each.raw for each in elements) == noise


def test_a_short_time_has_its_century_from_its_year() -> None:
    moments = [
        der.utc_time(one(der.encode(der.UTC_TIME, t))) for t in (b"490101000000Z", b"500101000000Z")
    ]
    assert [each.year for each in moments] == [2049, 1950]

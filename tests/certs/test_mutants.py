"""Thousands of damaged certificates and packages: none is valid, none escapes as a crash.

Of the PDF every byte counts (a damaged certificate inside the signature leads to no trusted root,
which is *indeterminate*). Of the ZIP a changed byte may leave the members as they were (spare bits
of a deflate stream), and README.txt is no evidence; nothing else may differ in a valid one.
"""

import random
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certs import package
from certs.presented import Unreadable
from certs.report import Verdict
from tests.certs.told import checked, documents, members, pdf_bytes, read, zip_bytes

SEED = 20261121
PDFS, ZIPS, MORE = 800, 1600, 300


@contextmanager
def _quietly() -> Iterator[None]:
    """Libraries warn of odd certificates; here that is no news."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _mutants(data: bytes, count: int) -> Iterator[bytes]:
    chance = random.Random(SEED)  # noqa: S311 - a fixed seed is the point
    for _ in range(count):
        at = chance.randrange(len(data))
        match chance.randrange(8):
            case 0:
                yield data[:at] + data[at + 1 :]
            case 1:
                yield data[:at] + bytes([chance.randrange(256)]) + data[at:]
            case 2:
                yield data[:at]
            case 3:
                to = chance.randrange(len(data))
                yield data[:at] + data[to : to + 16] + data[at + 16 :]
            case _:
                yield data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]


def _verdict(data: bytes, **how: Any) -> Verdict | None:
    try:
        with _quietly():
            return checked(data, **how).verdict
    except Unreadable:
        return None


@pytest.mark.parametrize("part", range(4))
def test_no_changed_certificate_is_valid(part: int) -> None:
    found = [m for place, m in enumerate(_mutants(pdf_bytes(), PDFS)) if place % 4 == part]
    for mutant in found:
        if mutant != pdf_bytes():
            assert _verdict(mutant) not in {Verdict.VALID, Verdict.REVOKED, Verdict.SUPERSEDED}


def test_no_changed_package_is_valid_unless_its_members_are_the_same() -> None:
    evidence = {name for name in package.ORDER if name != package.README}
    for mutant in _mutants(zip_bytes(), ZIPS):
        if _verdict(mutant) is Verdict.VALID:
            found = package.read(mutant)
            assert {name: found[name] for name in evidence} == {
                name: members()[name] for name in evidence
            }


def test_no_changed_member_in_a_well_formed_package_is_valid() -> None:
    chance = random.Random(SEED)  # noqa: S311 - a fixed seed is the point
    for name in (*documents(), package.STATUS, *package.PEMS):
        if name not in members():
            continue
        for _ in range(12):
            data = bytearray(members()[name])
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            mutant = package.build({**members(), name: bytes(data)})
            assert _verdict(mutant) in {Verdict.INVALID, Verdict.INDETERMINATE}


REGISTERED = ("valid-registration-pdf.pdf", "valid-registration.zip", "valid-work-sample.pdf")


@pytest.mark.parametrize("name", REGISTERED)
def test_nothing_changed_that_a_register_issued_is_valid(name: str) -> None:
    data, offline = read(f"presented/{name}"), {"node": None, "offline": True}
    assert _verdict(data, **offline) is Verdict.VALID
    for mutant in _mutants(data, MORE):
        if mutant == data or _verdict(mutant, **offline) is not Verdict.VALID:
            continue
        assert name.endswith(".zip")
        found, was = package.read(mutant), package.read(data)
        assert {**found, package.README: b""} == {**was, package.README: b""}


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=300), st.sampled_from([b"%PDF-1.7\n", b"PK\x03\x04", b""]))
def test_any_bytes_get_an_answer(data: bytes, head: bytes) -> None:
    assert _verdict(head + data) in {Verdict.INVALID, None}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(documents())), st.binary(max_size=200))
def test_any_bytes_in_the_place_of_a_document_get_an_answer(name: str, data: bytes) -> None:
    if name not in members():
        return
    mutant = package.build({**members(), name: data})
    assert _verdict(mutant) is Verdict.INVALID

"""No two offices of an installation issue the same numbers."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import Misconfigured
from registry.numbers_issued import Issued, faults
from registry.offices import require_own_numbers, shipped, with_own
from registry.profile_numbering import CertificateNumbering, SoftwareNumbering
from tests.registry.offices import LAKE, lake


def test_the_shipped_ones_do_not() -> None:
    require_own_numbers([*shipped().values(), lake()])


def test_of_one_prefix_both_are_named(tmp_path: Path) -> None:
    (tmp_path / "lake.toml").write_text(LAKE.replace("湖作登字", "浙作登字"))
    with pytest.raises(Misconfigured, match="zhejiang and lake") as refused:
        with_own(tmp_path)
    assert refused.value.field == "YINJI_OFFICES"
    assert "numbering.prefix" in refused.value.message


def test_of_one_infix_both_are_named() -> None:
    national = shipped()["national"]
    numbering = replace(national.numbering, prefix="某作登字", software=None)
    other = replace(national, key="other", numbering=numbering)
    with pytest.raises(Misconfigured, match="national and other") as refused:
        require_own_numbers([national, other])
    assert "numbering.software.infix" in refused.value.message
    own = replace(numbering, software=SoftwareNumbering(infix="XR"))
    require_own_numbers([national, replace(other, numbering=own)])


def test_of_one_prefix_of_certificates_both_are_named() -> None:
    national = shipped()["national"]
    own = CertificateNumbering("软著登字第", "号", 7)
    software = SoftwareNumbering("XR", certificate=own)
    numbering = replace(national.numbering, prefix="某作登字", software=software)
    with pytest.raises(Misconfigured, match="national and other") as refused:
        require_own_numbers([national, replace(national, key="other", numbering=numbering)])
    assert "numbering.software.certificate.prefix" in refused.value.message


def test_an_infix_that_another_office_issued_with_this_year_is_refused() -> None:
    national = shipped()["national"]
    rules = national.numbering.software or SoftwareNumbering()
    number = f"2026{rules.infix}{1:0{rules.width}}"
    issued = Issued("national", "2026", 1, number, datetime(2026, 3, 1, tzinfo=UTC))
    assert issued.kind == "software"
    assert list(faults(national, [issued])) == []
    other = replace(national, key="other", numbering=replace(national.numbering, prefix="某作登字"))
    (fault,) = faults(other, [issued])
    assert fault.field == "numbering.software.infix"
    assert "national" in fault.said
    assert number in fault.said
    own = replace(other.numbering, software=replace(rules, infix="XR"))
    assert list(faults(replace(other, numbering=own), [issued])) == []


def test_an_operators_file_takes_the_place_of_one_that_ships(tmp_path: Path) -> None:
    text = shipped()["tianjin"].text.replace("version = 1", "version = 2", 1)
    (tmp_path / "tianjin.toml").write_text(text)
    assert with_own(tmp_path)["tianjin"].text == text

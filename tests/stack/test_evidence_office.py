"""Under whose terms evidence is taken: one setting, and it names an office that says something."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from api.production import check_start
from api.settings import Settings
from api.wiring import Services
from core.errors import Misconfigured
from evidence.delivery import DeliveryTerms
from registry.confirming import unconfirmed
from registry.explaining import render
from registry.offices import shipped
from registry.profile import parse_profile
from registry.profile_reading import InvalidProfile

pytestmark = pytest.mark.unit

SHANDONG = shipped()["shandong"]
AT = datetime(2026, 3, 1, tzinfo=UTC)


def services(folder: Path, **changed: str) -> Services:
    given = {
        "YINJI_VAR": str(folder), "YINJI_PUBLIC_URL": "http://127.0.0.1", "DATABASE_URL": "x",
        "BROKER_URL": "x", "YINJI_RPC_URLS": "x", **changed,
    }  # fmt: skip
    return Services(Settings.from_environment(given, folder))


def test_nothing_is_asked_where_no_office_is_named(tmp_path: Path) -> None:
    assert services(tmp_path).evidence_terms == DeliveryTerms()


def test_the_offices_table_holds(tmp_path: Path) -> None:
    """SD-115 … SD-117."""
    found = services(tmp_path, YINJI_EVIDENCE_OFFICE="shandong")
    assert found.evidence_terms == DeliveryTerms(Decimal("100.00"), "CNY", review=True)
    check_start(found, now=AT)


def test_an_operators_own_office_counts(tmp_path: Path) -> None:
    own = tmp_path / "offices"
    own.mkdir()
    text = SHANDONG.text.replace('fee = "100.00"', 'fee = "7.00"').replace(
        "review = true", "review = false"
    )
    (own / "shandong.toml").write_text(text)
    found = services(tmp_path, YINJI_EVIDENCE_OFFICE="shandong", YINJI_OFFICES=str(own))
    assert found.evidence_terms == DeliveryTerms(Decimal("7.00"), "CNY", review=False)


@pytest.mark.parametrize("office", ["nowhere", "tianjin"])
def test_an_office_that_says_nothing_of_evidence_is_refused_at_the_start(
    tmp_path: Path, office: str
) -> None:
    with pytest.raises(Misconfigured, match="shandong") as refused:
        check_start(services(tmp_path, YINJI_EVIDENCE_OFFICE=office), now=AT)
    assert refused.value.field == "YINJI_EVIDENCE_OFFICE"


@pytest.mark.parametrize("name", ["YINJI_EVIDENCE_FEE", "YINJI_EVIDENCE_REVIEW"])
def test_what_was_set_before_is_not_lost_in_silence(tmp_path: Path, name: str) -> None:
    with pytest.raises(Misconfigured, match="YINJI_EVIDENCE_OFFICE") as refused:
        services(tmp_path, **{name: "1"})
    assert refused.value.field == name


def test_the_terms_are_said_and_unconfirmed() -> None:
    assert "evidence" in unconfirmed(SHANDONG)
    assert "存证每件 100.00 CNY(示例,待确认);审核后可取证书;存证时间不变。" in render(SHANDONG)
    confirmed = SHANDONG.text.replace(
        'review = true\nsource = "example"', 'review = true\nsource = "manual"'
    )
    assert "evidence" not in unconfirmed(parse_profile(confirmed))


def test_a_table_that_asks_nothing_is_refused() -> None:
    text = SHANDONG.text.replace('fee = "100.00"', 'fee = "0.00"').replace(
        "review = true", "review = false"
    )
    with pytest.raises(InvalidProfile) as refused:
        parse_profile(text)
    assert [each.key for each in refused.value.problems] == ["evidence"]
    assert text.splitlines()[refused.value.problems[0].line - 1].startswith("[evidence]")

"""Whereto officers are invited: first examiners to one of the office's agencies."""

from pathlib import Path

import pytest

from accounts.identifiers import parse_identifier
from api.commands.officers import staff
from api.messages import officer_invitation
from api.staffing import agency_for
from core.errors import InvalidInput, NotFound
from registry.offices import shipped
from registry.words import Words

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("given", [None, "", "banana"])
def test_a_first_examiner_is_told_the_agencies_of_the_office(given: str | None) -> None:
    with pytest.raises(InvalidInput, match="exchange") as refused:
        agency_for(shipped()["tianjin"], "first_examiner", given)
    assert refused.value.field == "agency"
    assert agency_for(shipped()["tianjin"], "first_examiner", "exchange") == "exchange"


@pytest.mark.parametrize("given", [None, "", "zhejiang"])
def test_where_the_office_examines_first_itself_no_agency_is_asked_for(given: str | None) -> None:
    assert agency_for(shipped()["zhejiang"], "first_examiner", given) == "zhejiang"


def test_nor_is_another_taken() -> None:
    with pytest.raises(InvalidInput, match="leave this out"):
        agency_for(shipped()["zhejiang"], "first_examiner", "exchange")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"action": "remove"}, "action"),
        ({"to": "nobody"}, "to"),
        ({"office": "tianjing"}, "office"),
        ({"role": "king"}, "role"),
        ({"name": " "}, "name"),
        ({"role": "first_examiner"}, "agency"),
        ({"role": "first_examiner", "agency": "nowhere"}, "agency"),
        ({"agency": "nowhere"}, "agency"),
    ],
)
def test_the_command_invites_nobody_with(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, changed: dict[str, str], field: str
) -> None:
    """Each is found before the database is asked: there is none."""
    for name, value in {
        "DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/none", "BROKER_URL": "memory://",
        "YINJI_PUBLIC_URL": "http://127.0.0.1:1", "YINJI_RPC_URLS": "http://127.0.0.1:1",
        "YINJI_VAR": str(tmp_path),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    said = {"action": "add", "office": "tianjin", "role": "registrar", "to": "a@office.example",
            "name": "王五"}  # fmt: skip
    with pytest.raises((InvalidInput, NotFound)) as refused:
        staff(**{**said, **changed})
    assert refused.value.field == field
    assert not (tmp_path / "outbox").exists()


def test_the_invitation_names_office_and_role_in_words() -> None:
    to = parse_identifier("a@office.example", "to")
    said = officer_invitation(
        to, shipped()["zhejiang"].name, Words("初审员", "first examiner"), "code"
    ).text
    assert "您被邀请担任浙江省版权局的初审员。" in said
    assert "as first examiner of Zhejiang Copyright Bureau." in said

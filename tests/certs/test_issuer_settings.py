"""The issuer's public numbers are settings, checked before they are printed."""

from pathlib import Path

import pytest

from api.settings import Settings
from core.errors import Misconfigured

NEEDED = {
    "DATABASE_URL": "postgresql://x", "BROKER_URL": "memory://",
    "YINJI_PUBLIC_URL": "http://x", "YINJI_RPC_URLS": "http://x",
}  # fmt: skip


def read(tmp_path: Path, **given: str) -> Settings:
    return Settings.from_environment({**NEEDED, **given}, tmp_path)


def test_both_are_read_and_the_code_is_put_in_order(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        YINJI_ISSUER_USCC=" 91350100m000100y43 ",
        YINJI_ISSUER_FILING="京网信备11010824123456780019号",
    )
    assert found.issuer_uscc == "91350100M000100Y43"
    assert found.issuer_filing == "京网信备11010824123456780019号"
    assert (read(tmp_path).issuer_uscc, read(tmp_path).issuer_filing) == (None, None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("YINJI_ISSUER_USCC", "91350100M000100Y44"),
        ("YINJI_ISSUER_USCC", "11"),
        ("YINJI_ISSUER_FILING", "x" * 61),
        ("YINJI_ISSUER_FILING", "a\u202eb"),
    ],
)
def test_what_cannot_be_is_refused_by_name(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(Misconfigured) as refusal:
        read(tmp_path, **{name: value})
    assert refusal.value.field == name

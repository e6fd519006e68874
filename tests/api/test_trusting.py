"""The installation's trust file where it lies, and where it does not."""

import hashlib
from pathlib import Path

import pytest

from api.settings import Settings
from api.trusting import trust_digest, trust_file
from core.errors import Misconfigured
from tests.grounds.database import alone


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment(alone("postgresql+psycopg://nobody", tmp_path), tmp_path)


def test_is_read_as_it_lies_there(settings: Settings) -> None:
    settings.var.mkdir(exist_ok=True)
    (settings.var / "trust.json").write_bytes(b"{}")
    assert trust_file(settings) == b"{}"
    assert trust_digest(settings) == hashlib.sha256(b"{}").hexdigest()


def test_that_is_missing_is_said_with_the_remedy(settings: Settings) -> None:
    for ask in (trust_file, trust_digest):
        with pytest.raises(Misconfigured, match="run setup first"):
            ask(settings)

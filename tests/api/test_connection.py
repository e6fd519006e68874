"""Which server and key the command line takes; a key goes to the server it belongs to."""

import json
from pathlib import Path

import pytest

from api.commands.local import connection
from core.errors import InvalidInput

HERE = "http://127.0.0.1:4321"


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cli.json").write_text(json.dumps({"server": HERE, "key": "yk_local"}))
    monkeypatch.setenv("YINJI_VAR", str(tmp_path))
    for name in ("YINJI_SERVER", "YINJI_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("given", [None, HERE, HERE + "/"])
def test_the_local_server_gets_the_local_key(given: str | None) -> None:
    found = connection(given, None)
    assert (found.server, found.key) == (HERE, "yk_local")


@pytest.mark.parametrize(
    "given", ["http://elsewhere.example", HERE + "1", HERE + "@elsewhere.example"]
)
def test_another_server_never_gets_the_local_key(given: str) -> None:
    with pytest.raises(InvalidInput, match="--key-file"):
        connection(given, None)


def test_an_address_that_is_none_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("yk_other")
    with pytest.raises(InvalidInput, match="http://"):
        connection("nonsense", tmp_path / "key")

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.stack.keeping import keep, read_environment, write_environment
from api.stack.logs import KEPT, tail, turn_over
from api.stack.settings import StackSettings
from core.errors import Misconfigured

pytestmark = pytest.mark.unit


def test_the_data_folder_is_var_of_the_checkout_unless_named(tmp_path: Path) -> None:
    assert StackSettings.from_environment({}, tmp_path).var == tmp_path / "var"
    named = StackSettings.from_environment({"YINJI_VAR": "/srv/data"}, tmp_path)
    assert named.var == Path("/srv/data")


def test_an_empty_value_counts_as_absent(tmp_path: Path) -> None:
    settings = StackSettings.from_environment({"DATABASE_URL": " ", "YINJI_PORT": ""}, tmp_path)
    assert settings.database_url is None
    assert settings.port is None


def test_an_address_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("postgresql://elsewhere/db\n")
    environ = {"DATABASE_URL_FILE": str(tmp_path / "secret")}
    settings = StackSettings.from_environment(environ, tmp_path)
    assert settings.database_url == "postgresql://elsewhere/db"


def test_a_file_that_cannot_be_read_is_named_by_its_variable(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as refused:
        StackSettings.from_environment({"BROKER_URL_FILE": str(tmp_path / "none")}, tmp_path)
    assert refused.value.field == "BROKER_URL_FILE"


@pytest.mark.parametrize("port", ["0", "-1", "65536", "8o", "٣", "1.5"])
def test_a_port_that_is_none_is_refused(tmp_path: Path, port: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        StackSettings.from_environment({"YINJI_PORT": port}, tmp_path)
    assert refused.value.field == "YINJI_PORT"


def test_a_kept_value_is_chosen_once_even_by_many_at_the_same_time(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "value"
    with ThreadPoolExecutor(8) as pool:
        values = set(pool.map(lambda number: keep(path, lambda: str(number)), range(64)))
    assert values == {path.read_text().strip()}
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["value"]


def test_the_environment_file_is_private_and_read_back_as_written(tmp_path: Path) -> None:
    values = {"DATABASE_URL": "postgresql://u:p=q@h/db", "EMPTY": ""}
    write_environment(tmp_path / "env", values)
    assert read_environment(tmp_path / "env") == values
    assert (tmp_path / "env").stat().st_mode & 0o777 == 0o600
    assert read_environment(tmp_path / "none") == {}


def test_old_logs_are_kept_up_to_a_number(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    for number in range(KEPT + 3):
        turn_over(log)
        log.write_text(str(number))
    texts = [path.read_text() for path in sorted(tmp_path.iterdir())]
    assert texts == ["5", "4", "3", "2"]


def test_a_quoted_log_shows_its_last_lines_without_addresses(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("first\nto redis://:hidden@127.0.0.1:1/0 and on\nlast\n")
    assert tail(log, 2) == ["to <address> and on", "last"]
    assert tail(tmp_path / "none", 2) == []

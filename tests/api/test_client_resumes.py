"""An upload that a killed client left behind is gone on with, or begun anew where it must be."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.client import CHUNK, BegunUpload, Client, asked_to_wait
from tests.grounds.callers import person
from tests.grounds.stack import YINJI, RunningStack, clean_environment

SIZE = CHUNK + 1_000_000


@pytest.fixture(scope="module")
def key(stack: RunningStack) -> str:
    return person(stack).key("deposit", "read")


@pytest.fixture
def client(stack: RunningStack, key: str) -> Iterator[Client]:
    made = Client(stack.address, key)
    yield made
    made.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "large.bin"
    path.write_bytes(os.urandom(SIZE))
    return path


@pytest.fixture
def begun(tmp_path: Path, client: Client, path: Path) -> BegunUpload:
    """The first piece is safe; then the client was no more."""
    note = BegunUpload.of(tmp_path / "notes", client.server, "ab" * 32)

    def die(offset: int) -> None:
        if offset:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        client.upload(path, SIZE, die, note)
    assert note.location is not None
    return note


def test_it_goes_on_where_the_server_says(client: Client, path: Path, begun: BegunUpload) -> None:
    seen: list[int] = []
    upload = client.upload(path, SIZE, seen.append, begun)
    assert seen == [CHUNK, SIZE]
    assert begun.location == f"/api/v1/uploads/{upload}"


@pytest.mark.parametrize(
    "location",
    [
        "/api/v1/uploads/00000000-0000-4000-8000-000000000000",
        "/api/v1/uploads/x",
        "http://127.0.0.1:9/elsewhere",
        "",
    ],
)
def test_a_note_that_leads_nowhere_begins_anew(
    client: Client, path: Path, begun: BegunUpload, location: str
) -> None:
    begun.remember(location)
    seen: list[int] = []
    client.upload(path, SIZE, seen.append, begun)
    assert seen == [0, CHUNK, SIZE]


def test_an_upload_of_another_length_is_not_used(
    client: Client, path: Path, begun: BegunUpload
) -> None:
    path.write_bytes(path.read_bytes()[:-1])
    seen: list[int] = []
    client.upload(path, SIZE - 1, seen.append, begun)
    assert seen[0] == 0


def test_another_server_or_file_has_another_note(tmp_path: Path) -> None:
    notes = {
        BegunUpload.of(tmp_path, server, sha256).note
        for server in ("http://a", "http://b")
        for sha256 in ("00", "11")
    }
    assert len(notes) == 4


def test_where_no_note_can_be_written_an_upload_still_works(
    client: Client, path: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    seen: list[int] = []
    client.upload(path, SIZE, seen.append, BegunUpload(tmp_path / "file" / "note"))
    assert seen[-1] == SIZE


def test_the_command_killed_amid_its_upload_uses_it_the_next_time(
    stack: RunningStack, key: str, path: Path, tmp_path: Path
) -> None:
    incoming = stack.var / "incoming"
    before = set(incoming.iterdir())
    # Refused deposits of other tests on this stack leave their notes.
    notes = stack.var.parent / "state" / "yinji" / "uploads"
    noted = set(notes.glob("*"))
    words = [YINJI, "deposit", path, "--json", "--out", tmp_path / "out"]
    environment = {**clean_environment(stack.var), "YINJI_KEY": key}
    first = subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not (begun := set(incoming.iterdir()) - before):
        assert first.poll() is None
        assert time.monotonic() < until
        time.sleep(0.002)
    first.send_signal(signal.SIGKILL)
    first.wait()
    ran = stack.yinji(*words[1:], YINJI_KEY=key)
    assert ran.code == 0, ran.err
    # What was begun became the object; nothing else was sent.
    assert not begun & set(incoming.iterdir())
    assert set(incoming.iterdir()) <= before
    assert set(notes.glob("*")) <= noted


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("0", 0.0), ("7", 7.0), ("86400", 60.0), ("", 0.5), ("soon", 0.5), ("-1", 0.5),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.5), ("Sun, 06 Nov 2094 08:49:37 GMT", 60.0),
    ],
)  # fmt: skip
def test_it_waits_as_asked_in_seconds_or_until_a_date(asked: str, seconds: float) -> None:
    assert asked_to_wait({"retry-after": asked}, 0.5) == seconds
    assert asked_to_wait({}, 0.5) == 0.5

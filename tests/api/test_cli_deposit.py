"""`yinji deposit` as a program would call it: JSON out, exit codes, repeats."""

import os
from pathlib import Path

import pytest

from tests.grounds.callers import person
from tests.grounds.stack import RunningStack

TIMES = ("submitted_at", "stored_at", "timestamped_at", "block_time", "anchored_at",
         "certificate_issued_at")  # fmt: skip


@pytest.fixture(scope="module")
def key(stack: RunningStack) -> str:
    return person(stack).key("deposit", "read")


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "一.bin", tmp_path / "二.bin"]
    for path in paths:
        path.write_bytes(os.urandom(1000))
    return paths


def test_each_file_gets_its_own_evidence_with_every_time_and_digest(
    stack: RunningStack, key: str, files: list[Path], tmp_path: Path
) -> None:
    ran = stack.yinji(
        "deposit", *files, "--each", "--json", "--out", tmp_path / "out", YINJI_KEY=key
    )
    assert ran.code == 0, ran.err
    assert len({answer["evidence_number"] for answer in ran.json}) == 2
    for answer in ran.json:
        assert Path(answer["certificate"]).read_bytes().startswith(b"%PDF")
        assert Path(answer["package"]).read_bytes().startswith(b"PK")
        assert all(answer[name] for name in TIMES)
        assert answer["statement_sha256"]
        assert len(answer["files"][0]["sha256"]) == 64


def test_several_files_are_one_work(
    stack: RunningStack, key: str, files: list[Path], tmp_path: Path
) -> None:
    ran = stack.yinji("deposit", *files, "--json", "--out", tmp_path, YINJI_KEY=key)
    assert ran.code == 0, ran.err
    assert [file["name"] for file in ran.json["files"]] == ["一.bin", "二.bin"]


def test_hash_only_sends_no_file(
    stack: RunningStack, key: str, files: list[Path], tmp_path: Path
) -> None:
    before = set((stack.var / "incoming").iterdir())
    ran = stack.yinji(
        "deposit", files[0], "--hash-only", "--json", "--out", tmp_path, YINJI_KEY=key
    )
    assert ran.code == 0, ran.err
    assert ran.json["custody_mode"] == "hash_only"
    assert ran.json["stored_at"] is None
    assert set((stack.var / "incoming").iterdir()) <= before
    assert stack.yinji("verify", files[0], ran.json["package"]).code == 0


def test_without_waiting_the_number_comes_at_once_and_a_repeat_fetches_the_rest(
    stack: RunningStack, key: str, files: list[Path], tmp_path: Path
) -> None:
    first = stack.yinji("deposit", files[0], "--no-wait", "--json", YINJI_KEY=key)
    assert (first.code, first.json["certificate"]) == (0, None)
    second = stack.yinji("deposit", files[0], "--json", "--out", tmp_path, YINJI_KEY=key)
    assert second.json["evidence_number"] == first.json["evidence_number"]
    assert second.json["certificate"] is not None


def test_not_in_time_is_exit_75_with_the_number(
    stack: RunningStack, key: str, files: list[Path], tmp_path: Path
) -> None:
    ran = stack.yinji(
        "deposit", files[0], "--timeout", "0", "--json", "--out", tmp_path, YINJI_KEY=key
    )
    assert ran.code == 75
    assert ran.json["evidence_number"].startswith("YJ-")
    assert ran.json["certificate"] is None


def test_again_asks_for_a_new_one(stack: RunningStack, key: str, files: list[Path]) -> None:
    numbers = set()
    for more in ([], [], ["--again"]):
        ran = stack.yinji("deposit", files[0], "--no-wait", "--json", *more, YINJI_KEY=key)
        assert ran.code == 0, ran.err
        numbers.add(ran.json["evidence_number"])
    assert len(numbers) == 2


@pytest.mark.parametrize("name", ["empty.bin", "missing.bin", "a.exe"])
def test_what_cannot_be_deposited_is_one_sentence_and_exit_64(
    stack: RunningStack, key: str, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    if name != "missing.bin":
        path.write_bytes(b"MZ" if name == "a.exe" else b"")
    ran = stack.yinji("deposit", path, "--json", YINJI_KEY=key)
    assert (ran.code, ran.out) == (64, "")
    assert ran.err.splitlines()[-1].startswith("yinji: ")
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("--out", "FILE"), "out"),
        (("--out", "FILE/below"), "out"),
        (("--timeout", "nan"), "timeout"),
    ],
)
def test_where_certificates_cannot_go_is_said_before_anything_is_deposited(
    stack: RunningStack, key: str, files: list[Path], words: tuple[str, str], field: str
) -> None:
    said = [word.replace("FILE", str(files[1])) for word in words]
    ran = stack.yinji("deposit", files[0], *said, "--json", YINJI_KEY=key)
    assert ran.code == 64
    assert field in ran.err
    assert "YJ-" not in ran.err, "nothing was deposited"


def test_alarms_are_listed_with_the_settings_of_the_running_stack(stack: RunningStack) -> None:
    ran = stack.yinji("alarms")
    assert ran.code == 0, ran.err
    assert isinstance(ran.json, list)
    assert all({"id", "kind", "message"} <= set(each) for each in ran.json)

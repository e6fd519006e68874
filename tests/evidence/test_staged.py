"""Staged bytes: written where they belong, by one writer at a time."""

from pathlib import Path

import pytest

from evidence.uploads import Busy, StagedFile


def test_bytes_land_at_their_offset(tmp_path: Path) -> None:
    with StagedFile(tmp_path / "a") as staged:
        staged.write(b"world", 5)
        staged.write(b"hello", 0)
        staged.sync()
    assert (tmp_path / "a").read_bytes() == b"helloworld"


def test_a_second_writer_is_told_at_once(tmp_path: Path) -> None:
    with StagedFile(tmp_path / "a"), pytest.raises(Busy):
        StagedFile(tmp_path / "a")


def test_the_lock_ends_with_its_writer(tmp_path: Path) -> None:
    with StagedFile(tmp_path / "a"):
        pass
    with StagedFile(tmp_path / "a") as staged:
        staged.write(b"x", 0)

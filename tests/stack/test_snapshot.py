import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from chain.snapshot import NOTHING_DURABLE, SnapshotStore
from core.errors import InvalidInput

pytestmark = pytest.mark.unit


def header(number: int, branch: str = "main") -> dict[str, Any]:
    return {"number": hex(number), "parentHash": f"{branch}-{number - 1}"}


def dump(best: int, branch: str = "main", *, since: int = 0) -> bytes:
    """A state as anvil gives it; blocks from `since` on belong to `branch`."""
    blocks = [{"header": header(n, branch if n >= since else "main")} for n in range(best + 1)]
    parts = {"block": {}, "accounts": {}, "transactions": [], "best_block_number": best}
    return json.dumps({**parts, "blocks": blocks}).encode()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("state-*.json"))


def test_nothing_is_durable_before_the_first_snapshot(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path / "chain")
    assert store.best_block_number() == NOTHING_DURABLE
    assert store.newest() is None


def test_a_snapshot_is_found_again_by_another_store(tmp_path: Path) -> None:
    assert SnapshotStore(tmp_path).write(dump(7)) == 7
    store = SnapshotStore(tmp_path)
    newest = store.newest()
    assert newest is not None
    assert newest.read_bytes() == dump(7)
    assert store.best_block_number() == 7


def test_two_generations_are_kept(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    for best in (1, 2, 3, 4):
        store.write(dump(best))
    assert names(tmp_path) == ["state-000000000003-3.json", "state-000000000004-4.json"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", dump(9)[:-40], dump(8)])
def test_a_broken_newest_is_set_aside_with_a_reason(tmp_path: Path, content: bytes) -> None:
    store = SnapshotStore(tmp_path)
    store.write(dump(5))
    store.write(dump(9))
    broken = tmp_path / "state-000000000002-9.json"
    broken.write_bytes(content)
    assert store.best_block_number() == 5
    assert store.newest() == tmp_path / "state-000000000001-5.json"
    assert broken.with_name(broken.name + ".broken").read_bytes() == content
    assert broken.with_name(broken.name + ".broken.txt").read_text().strip()


def test_a_changed_byte_that_still_parses_is_found(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    store.write(dump(5))
    store.write(dump(9))
    changed = tmp_path / "state-000000000002-9.json"
    changed.write_bytes(changed.read_bytes().replace(b"main-3", b"main-4"))
    assert SnapshotStore(tmp_path).newest() == tmp_path / "state-000000000001-5.json"
    assert SnapshotStore(tmp_path).best_block_number() == 5


def test_a_seal_is_kept_as_long_as_its_state(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    for best in (1, 2, 3):
        store.write(dump(best))
    seals = sorted(path.stem for path in tmp_path.glob("*.seal"))
    assert seals == [name.removesuffix(".json") for name in names(tmp_path)]


@pytest.mark.parametrize("seal", [None, b"", b"{}", b"[1]", b'{"sha256": 5, "header": 5}'])
def test_without_a_readable_seal_the_state_speaks_for_itself(
    tmp_path: Path, seal: bytes | None
) -> None:
    SnapshotStore(tmp_path).write(dump(7))
    path = tmp_path / "state-000000000001-7.seal"
    path.unlink()
    if seal is not None:
        path.write_bytes(seal)
    store = SnapshotStore(tmp_path)
    assert store.newest() is not None
    assert store.best_header() == header(7)


def test_what_is_not_a_state_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    store.write(dump(5))
    for wrong in (b"", b"null", b"{}", dump(6).replace(b'"number": "0x6"', b'"number": "0x9"')):
        with pytest.raises(InvalidInput):
            store.write(wrong)
    assert names(tmp_path) == ["state-000000000001-5.json"]


def test_a_dump_that_was_overtaken_does_not_replace_the_newer_one(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    store.write(dump(9))
    assert store.write(dump(6)) == 6
    assert store.best_block_number() == 9


def test_a_chain_that_was_reorganised_to_a_lower_height_is_kept(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    store.write(dump(9))
    assert store.write(dump(6, "other", since=4)) == 6
    assert store.best_block_number() == 6


def test_what_a_killed_writer_left_is_swept_up(tmp_path: Path) -> None:
    leftover = tmp_path / "state-000000000001-3.writing"
    leftover.write_bytes(b"{")
    SnapshotStore(tmp_path).write(dump(3))
    assert not leftover.exists()


def test_writers_at_the_same_time_never_lose_a_number(tmp_path: Path) -> None:
    def write(best: int) -> tuple[int, int]:
        store = SnapshotStore(tmp_path)
        return store.write(dump(best)), store.best_block_number()

    numbers = random.Random(5).sample(range(1, 60), 40)  # noqa: S311 - repeatable on purpose
    with ThreadPoolExecutor(8) as pool:
        for returned, durable in pool.map(write, numbers):
            assert durable >= returned
    assert SnapshotStore(tmp_path).best_block_number() == max(numbers)

"""T29: of an archive the list of names is read in the confined process; nothing is unpacked."""

import io
import json
import random
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from evidence import previews
from tests.grounds import hostile

RUN = Path(hostile.__file__).with_name("hostile_run.py")
PROGRAM = Path(previews.__file__).with_name("previewer.py")
DONE, BROKEN, BEYOND = 0, 3, 4
END = b"PK\x05\x06"
MUCH = 400 * 1024 * 1024
"""Less than what the swollen one holds."""


def packed(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def changed(data: bytes, mark: bytes, at: int, put: bytes) -> bytes:
    """`put` in place of what stands `at` bytes behind the last `mark`."""
    start = data.rindex(mark) + at
    return data[:start] + put + data[start + len(put) :]


def swollen() -> bytes:
    """Entries of 64 MiB of zeros each, 640 MiB in all, in some hundred kilobytes."""
    return packed({f"{at}.py": bytes(64 * 1024 * 1024) for at in range(10)})


GOOD = packed({"a.py": b"x = 1\n", "b/c.txt": b"y"})
CASES: Mapping[str, tuple[bytes, set[int]]] = {
    "good": (GOOD, {DONE}),
    "swollen": (swollen(), {DONE}),
    "an archive in an archive": (packed({"in.zip": swollen()}), {DONE}),
    "many entries": (packed({f"{at}.py": b"" for at in range(60_000)}), {DONE}),
    "names that lead out": (packed({"../../etc/cron.d/a.py": b"", "/b.py": b""}), {DONE}),
    "names of no kind": (packed({"\u202eyp.exe": b"", "a.py\n": b"", "x" * 60_000: b""}), {DONE}),
    "an identity number for an ending": (packed({"a.11010519491231002X": b""}), {DONE}),
    "no list": (changed(GOOD, END, 12, bytes(4)), {BROKEN, DONE}),
    "a list elsewhere": (changed(GOOD, END, 16, b"\xff\xff\xff\x7f"), {BROKEN, DONE}),
    "a list longer than the file": (changed(GOOD, END, 12, b"\xff\xff\xff\x7f"), {BROKEN}),
    "cut short": (GOOD[:-30], {BROKEN}),
    "only the beginning": (b"PK\x03\x04" + bytes(400), {BROKEN}),
    "an entry elsewhere": (changed(GOOD, b"PK\x01\x02", 42, b"\xff\xff\xff\x7f"), {BROKEN, DONE}),
    "unknown compression": (changed(GOOD, b"PK\x01\x02", 10, b"\xfe\xff"), {BROKEN, DONE}),
    "a later version": (changed(GOOD, b"PK\x01\x02", 6, b"\xff\xff"), {BROKEN}),
}  # fmt: skip


def looked(folder: Path, archives: Mapping[str, bytes]) -> dict[str, tuple[int, int, bytes]]:
    """What became of each: exit code, memory in KiB, bytes."""
    asked = []
    for at, data in enumerate(archives.values()):
        path = folder / str(at)
        path.write_bytes(data)
        asked.append(["look", "ZIP", str(path), "1000"])
    done = subprocess.run(
        [sys.executable, "-I", str(RUN), str(PROGRAM)],
        input=json.dumps(asked), capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = [(code, kib, bytes.fromhex(out)) for code, kib, out in json.loads(done.stdout)]
    return dict(zip(archives, found, strict=True))


@pytest.mark.timeout(400)
def test_every_one_ends_well_and_nothing_is_unpacked(tmp_path: Path) -> None:
    for name, (code, kib, out) in looked(tmp_path, {k: v[0] for k, v in CASES.items()}).items():
        assert code in CASES[name][1], name
        assert kib * 1024 < MUCH, name
        told = json.loads(out)["endings"] if code == DONE else []
        assert all(re.fullmatch("[a-z][a-z0-9]{0,9}", each) for each in told), name


@pytest.mark.timeout(400)
def test_of_bytes_changed_anywhere_it_ends_in_a_known_way(tmp_path: Path) -> None:
    dice = random.Random(29)  # noqa: S311 - the same every time
    mutants = {}
    for at in range(150):
        data = bytearray(GOOD)
        for _ in range(dice.randint(1, 4)):
            data[dice.randrange(GOOD.index(b"PK\x01\x02"), len(data))] = dice.randrange(256)
        mutants[str(at)] = bytes(data)
    ends = looked(tmp_path, mutants)
    assert {code for code, _, _ in ends.values()} <= {DONE, BROKEN, BEYOND}

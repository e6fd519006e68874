"""Deposits on the running stack, for tests that look at what came of them."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from tests.grounds.stack import RunningStack


@dataclass(frozen=True)
class Deposited:
    """An anchored evidence with its certificate. `check` is the code in the QR address."""

    number: str
    check: str
    verify_url: str
    files: tuple[Path, ...]
    certificate: Path
    title: str

    @property
    def digests(self) -> list[str]:
        return [hashlib.sha256(file.read_bytes()).hexdigest() for file in self.files]


def deposit(stack: RunningStack, out: Path, title: str, *files: Path) -> Deposited:
    """Deposit `files` as one work and wait for its certificate."""
    ran = stack.yinji("deposit", *files, "--title", title, "--out", out, "--json", timeout=180)
    assert ran.code == 0, ran.err
    number, url = ran.json["evidence_number"], ran.json["verify_url"]
    return Deposited(
        number=number,
        check=url.rpartition("-")[2],
        verify_url=url,
        files=files,
        certificate=Path(ran.json["certificate"]),
        title=title,
    )

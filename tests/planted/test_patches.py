"""Every planted bug still applies and names a test that exists; `make planted` runs them."""

import shutil
from pathlib import Path

import pytest

from tests.architecture.sources import exists
from tests.planted.catalogue import ROOT, Planted, catalogue

REQUIRED = {
    "broadcast-before-commit",
    "empty-receipt-is-failure",
    "leaf-prefix-dropped",
    "finality-skipped",
    "pdf-coverage-unchecked",
    "offset-before-durable",
    "trust-from-package",
    "first-is-final",
    "recusal-ignored",
    "queue-of-another-office",
    "one-pair-of-eyes",
    "signers-root-trusted",
    "number-outside-transaction",
    "year-before-lock",
    "notice-unsigned",
    "audit-outside-transaction",
    "owner-check-dropped",
    "reminder-without-key",
    "clock-without-holidays",
    "precheck-of-anybodys-evidence",
    "sample-taken-for-official",
    "check-left-out-of-fsck",
}


def test_the_important_bugs_are_planted() -> None:
    assert {planted.name for planted in catalogue()} >= REQUIRED


@pytest.mark.parametrize("planted", catalogue(), ids=lambda planted: planted.name)
def test_the_patch_applies_and_its_test_exists(planted: Planted, tmp_path: Path) -> None:
    for line in planted.path.read_text().splitlines():
        if line.startswith("--- a/"):
            name = line.removeprefix("--- a/").split("\t")[0]
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    assert planted.apply(tmp_path) is None
    assert exists(planted.test.split("[")[0])

"""What a machine lacks is named and counted; under CI=true such a gap fails.

A skip that looks green is worse than a failure: `pytest -ra` prints every gap with its reason.
"""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest


def need(program: str, *, why: str) -> Path:
    """Where `program` is; without it the test is a named gap, or a failure under CI=true."""
    found = shutil.which(program)
    if found is None:
        gap(f"{program} is not installed: {why}")
    return Path(found)


def gap(reason: str) -> NoReturn:
    """This machine cannot run the test."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"gap under CI: {reason}", pytrace=False)
    pytest.skip(f"gap: {reason}")

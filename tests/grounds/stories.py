"""What came of a story that was played: a test file's own fixture `told` plays it into `out`."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("story")


@pytest.fixture(scope="module", params=["registration.pdf", "registration.zip", "sample.pdf"])
def paper(request: pytest.FixtureRequest, told: dict[str, Any], out: Path) -> Path:
    """Each of the three that a stranger may be given."""
    kind, _, ending = request.param.partition(".")
    return out / f"{kind}-{told['registration']}.{ending}"

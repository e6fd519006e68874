"""One stack to hurt for each test process: whatever is done to it, it must come out of whole."""

from collections.abc import Iterator

import pytest

from tests.faults.harness import Victim, victim


@pytest.fixture(scope="session")
def hurt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    with victim(tmp_path_factory.mktemp("hurt")) as started:
        yield started

"""Every test has the marker of its folder; unit tests cannot open sockets.

`integration` folders use real parts on loopback. The running stack is one for each test process;
files stay whole on one process (`--dist loadfile`), because their fixtures are the files' own.
"""

import gc
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import pytest_socket
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from tests.grounds.database import Cluster, cluster
from tests.grounds.samples import Samples, samples_folder
from tests.grounds.stack import RunningStack, running_stack

UNIT = {"core", "accounts", "billing", "evidence", "chain", "certs", "registry", "architecture"}
INTEGRATION = {"database", "api", "flows", "stack", "interop", "faults", "security", "planted"}
OTHER = {"contracts": "contracts", "browser": "browser"}
LONG = ("faults", "flows", "api", "stack", "interop", "contracts", "browser", "database")
"""Folders in which a file may take minutes, the slowest first."""


def folder_of(path: Path) -> str:
    return path.relative_to(Path(__file__).parent).parts[0]


def marker_of(path: Path) -> str:
    """The marker that the test's folder demands; a folder without one is an error."""
    folder = folder_of(path)
    if folder in UNIT:
        return "unit"
    if folder in INTEGRATION:
        return "integration"
    return OTHER[folder]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first: no process is left alone with it while the others idle."""
    place = {folder: number for number, folder in enumerate(LONG)}
    items.sort(key=lambda item: place.get(folder_of(item.path), len(LONG)))


def pytest_collection_finish() -> None:
    """Thousands of items stay to the end: the collector need not go through them each time."""
    gc.collect()
    gc.freeze()


def pytest_itemcollected(item: pytest.Item) -> None:
    item.add_marker(marker_of(item.path))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("unit") is not None:
        pytest_socket.disable_socket(allow_unix_socket=True)
    else:
        pytest_socket.enable_socket()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("cluster")) as started:
        yield started


@pytest.fixture(scope="session")
def shared_database(postgres: Cluster) -> str:
    """For tests that roll back."""
    return postgres.fresh()


@pytest.fixture
def session(shared_database: str) -> Iterator[Session]:
    """A session whose transaction is rolled back after the test."""
    engine = create_engine(shared_database)
    with engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as opened:
            yield opened
        outer.rollback()
    engine.dispose()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """The whole embedded stack, started by `yinji up` in a folder of its own."""
    with running_stack(tmp_path_factory.mktemp("stack")) as started:
        yield started


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    """Real files, from published packages."""
    return samples_folder(tmp_path_factory.mktemp("samples"))


# A loaded machine is no failure of the code: examples are counted, not timed.
hypothesis.settings.register_profile("yinji", deadline=None)
hypothesis.settings.load_profile("yinji")

"""The migrations lead to the tables that the models describe."""

import re
from importlib import import_module

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import NullPool, create_engine

from api.migrating import FOLDER, require_newest
from core.db import Base
from core.errors import Misconfigured
from tests.grounds.database import Cluster


def test_lead_to_what_the_models_say(postgres: Cluster) -> None:
    for module in re.findall(r"^import ([a-z_.]+)$", models(), re.MULTILINE):
        import_module(module)
    engine = create_engine(postgres.fresh(), poolclass=NullPool)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_another_schema_is_told_with_the_command_that_mends_it(postgres: Cluster) -> None:
    require_newest(postgres.fresh())
    with pytest.raises(Misconfigured, match="yinji migrate"):
        require_newest(postgres.empty())


def models() -> str:
    """Where the migrations name every module that has tables."""
    return (FOLDER / "env.py").read_text()

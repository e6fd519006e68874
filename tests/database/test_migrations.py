"""The migrations lead to the tables that the models describe."""

import re
from importlib import import_module

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import NullPool, create_engine

from api.migrating import FOLDER
from core.db import Base
from tests.grounds.database import Cluster


def test_lead_to_what_the_models_say(postgres: Cluster) -> None:
    for module in re.findall(r"^import ([a-z_.]+)$", models(), re.MULTILINE):
        import_module(module)
    engine = create_engine(postgres.fresh(), poolclass=NullPool)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def models() -> str:
    """Where the migrations name every module that has tables."""
    return (FOLDER / "env.py").read_text()

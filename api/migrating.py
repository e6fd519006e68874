"""`yinji migrate`: bring the database to the newest schema. Quick when there is nothing to do."""

from pathlib import Path
from typing import Final

from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import OperationalError

from core.errors import Misconfigured

FOLDER: Final = Path(__file__).parent / "migrations"


def migrate(database_url: str) -> None:
    """Apply what is missing; concurrent runs wait for each other."""
    if current_revision(database_url) == newest_revision():
        return
    from alembic import command  # noqa: PLC0415 - a second of imports that most starts need not pay
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["url"] = database_url
    command.upgrade(config, "head")


def require_newest(database_url: str) -> None:
    """Raises Misconfigured: the database cannot be reached, or has another schema than this code
    works on.
    """
    try:
        current = current_revision(database_url)
    except OperationalError as error:
        raise Misconfigured(
            "数据库无法连接:请确认它在运行且地址正确 / the database cannot be reached: see that it "
            "runs and that this is its address",
            field="DATABASE_URL",
        ) from error
    if current != newest_revision():
        raise Misconfigured(
            "数据库结构与本版本不符:请先运行 yinji migrate / the database has another schema than "
            "this version: run `yinji migrate` first",
            field="DATABASE_URL",
        )


def newest_revision() -> str:
    """The revision of the last migration: files are named by number, and a test holds that."""
    return max(path.name.split("_", 1)[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))


def current_revision(database_url: str) -> str | None:
    """What the database says of itself; None before the first migration."""
    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
            return found
    finally:
        engine.dispose()

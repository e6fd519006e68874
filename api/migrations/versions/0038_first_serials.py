"""A series begins with the serial that the office's rules say, and counts on by one.

What is counted is kept by the database as well: a series never begins anew, and its first serial
never changes.
"""

import importlib

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_EARLIER = importlib.import_module(
    "api.migrations.versions.0003_registration"
).REGISTRATION_GUARD.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")

REGISTRATION_GUARD = """
CREATE OR REPLACE FUNCTION registration_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT status FROM matter WHERE id = NEW.matter_id) <> 'final_examination' THEN
        RAISE EXCEPTION 'entered without a final examination' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.serial <> COALESCE(
        (SELECT 1 + max(serial) FROM registration
         WHERE office = NEW.office AND series = NEW.series),
        (SELECT first FROM number_series WHERE office = NEW.office AND series = NEW.series), 1)
    THEN
        RAISE EXCEPTION 'a gap in the series' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""

NUMBER_SERIES_GUARD = """
CREATE FUNCTION number_series_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.last = NEW.first THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.last = OLD.last + 1
       AND (NEW.office, NEW.series, NEW.first) = (OLD.office, OLD.series, OLD.first)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a series counts on by one' USING ERRCODE = 'check_violation';
END $$
"""


def upgrade() -> None:
    op.add_column(
        "number_series",
        sa.Column("first", sa.BigInteger(), server_default="1", nullable=False),
    )
    op.drop_constraint(op.f("ck_number_series_begun"), "number_series")
    op.create_check_constraint(
        op.f("ck_number_series_begun"), "number_series", "first >= 1 AND last >= first"
    )
    op.execute(REGISTRATION_GUARD)
    op.execute(NUMBER_SERIES_GUARD)
    op.execute(
        "CREATE TRIGGER number_series_guard BEFORE INSERT OR UPDATE OR DELETE ON number_series "
        "FOR EACH ROW EXECUTE FUNCTION number_series_guard()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER number_series_guard ON number_series")
    op.execute("DROP FUNCTION number_series_guard()")
    op.execute(_EARLIER)
    op.drop_constraint(op.f("ck_number_series_begun"), "number_series")
    op.drop_column("number_series", "first")
    op.create_check_constraint(op.f("ck_number_series_begun"), "number_series", "last >= 1")

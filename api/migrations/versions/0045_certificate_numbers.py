"""Certificates of software have a number of their own, counted like the register's."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_TABLE = "software_certificate_number"

GUARD = """
CREATE FUNCTION software_certificate_number_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.office <> (SELECT office FROM registration WHERE id = NEW.registration_id) THEN
        RAISE EXCEPTION 'of another office' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.serial <> COALESCE(
        (SELECT 1 + max(serial) FROM software_certificate_number WHERE office = NEW.office),
        (SELECT first FROM number_series
         WHERE office = NEW.office AND series = 'software-certificate'), 1)
    THEN
        RAISE EXCEPTION 'a gap in the series' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_software_certificate_number_registration_id"),
        ),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_software_certificate_number")),
        sa.UniqueConstraint("number", name=op.f("uq_software_certificate_number_number")),
        sa.UniqueConstraint(
            "office", "serial", name=op.f("uq_software_certificate_number_office_serial")
        ),
    )
    op.execute(GUARD)
    op.execute(
        f"CREATE TRIGGER {_TABLE}_guard BEFORE INSERT ON {_TABLE} "
        f"FOR EACH ROW EXECUTE FUNCTION {_TABLE}_guard()"
    )
    op.execute(
        f"CREATE TRIGGER {_TABLE}_never_edited BEFORE UPDATE OR DELETE ON {_TABLE} "
        "FOR EACH ROW EXECUTE FUNCTION never_edited()"
    )


def downgrade() -> None:
    op.drop_table(_TABLE)
    op.execute(f"DROP FUNCTION {_TABLE}_guard()")

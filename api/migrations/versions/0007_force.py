"""Offices in force: who put which office in force, on what grounds; what a certificate calls itself.

Acts on offices are append-only. A certificate remembers whether it is a sample, also after its
content was erased; what is there already said so itself, or was of an installation that could not
issue anything else.
"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "office_act",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("edition", sa.LargeBinary(), nullable=True),
        sa.Column("certificate_sha256", sa.Text(), nullable=True),
        sa.Column("root_sha256", sa.Text(), nullable=True),
        sa.Column("seal_sha256", sa.Text(), nullable=True),
        sa.Column("chain_id", sa.BigInteger(), nullable=True),
        sa.Column("contract", sa.LargeBinary(), nullable=True),
        sa.Column("time_roots", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "act = 'suspended' AND reason IS NOT NULL OR act = 'enforced' AND edition IS NOT NULL "
            "AND certificate_sha256 IS NOT NULL AND root_sha256 IS NOT NULL "
            "AND seal_sha256 IS NOT NULL AND chain_id IS NOT NULL AND contract IS NOT NULL "
            "AND time_roots IS NOT NULL",
            name=op.f("ck_office_act_grounded"),
        ),
        sa.ForeignKeyConstraint(
            ["edition"], ["office_edition.digest"], name=op.f("fk_office_act_edition")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_act")),
    )
    op.create_index(op.f("ix_office_act_office"), "office_act", ["office"])
    op.execute(
        "CREATE TRIGGER office_act_never_edited BEFORE UPDATE OR DELETE ON office_act "
        "FOR EACH ROW EXECUTE FUNCTION never_edited()"
    )
    op.add_column("certificate", sa.Column("sample", sa.Boolean(), nullable=True))
    op.execute(
        "UPDATE certificate SET sample = COALESCE("
        "(convert_from(content, 'UTF8')::jsonb ->> 'sample')::boolean, true)"
    )
    op.alter_column("certificate", "sample", nullable=False)


def downgrade() -> None:
    op.drop_column("certificate", "sample")
    op.drop_index(op.f("ix_office_act_office"), table_name="office_act")
    op.drop_table("office_act")

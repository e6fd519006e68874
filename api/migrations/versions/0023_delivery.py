"""Terms of delivery that held when an evidence came: charged, reviewed."""

from alembic import op
import sqlalchemy as sa

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evidence_delivery",
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("charged", sa.Boolean(), nullable=False),
        sa.Column("reviewed", sa.Boolean(), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_evidence_delivery_evidence_id")
        ),
        sa.PrimaryKeyConstraint("evidence_id", name=op.f("pk_evidence_delivery")),
    )


def downgrade() -> None:
    op.drop_table("evidence_delivery")

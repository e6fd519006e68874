"""Matters that a registrar took out of an officer's hands, and why."""

from alembic import op
import sqlalchemy as sa

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "removal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("held_by", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_removal_matter_id")),
        sa.ForeignKeyConstraint(["held_by"], ["account.id"], name=op.f("fk_removal_held_by")),
        sa.ForeignKeyConstraint(["officer_id"], ["account.id"], name=op.f("fk_removal_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removal")),
    )
    op.create_index(op.f("ix_removal_matter_id"), "removal", ["matter_id"], unique=False)
    op.execute(
        "CREATE TRIGGER removal_never_edited BEFORE UPDATE OR DELETE ON removal "
        "FOR EACH ROW EXECUTE FUNCTION never_edited()"
    )


def downgrade() -> None:
    op.drop_table("removal")

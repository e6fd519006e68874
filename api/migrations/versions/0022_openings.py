"""Which matters a final examiner opened before approving many at once."""

from alembic import op
import sqlalchemy as sa

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "matter_opening",
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_matter_opening_matter_id")
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["account.id"], name=op.f("fk_matter_opening_officer_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_matter_opening_person_id")
        ),
        sa.PrimaryKeyConstraint("matter_id", "round", "person_id", name=op.f("pk_matter_opening")),
    )
    op.execute(
        "CREATE TRIGGER matter_opening_never_edited BEFORE UPDATE OR DELETE ON matter_opening "
        "FOR EACH ROW EXECUTE FUNCTION never_edited()"
    )


def downgrade() -> None:
    op.drop_table("matter_opening")

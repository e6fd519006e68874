"""What is announced of an entry is never edited, as little as the entry."""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "CREATE TRIGGER announcement_never_edited BEFORE UPDATE OR DELETE ON announcement "
        "FOR EACH ROW EXECUTE FUNCTION never_edited()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER announcement_never_edited ON announcement")

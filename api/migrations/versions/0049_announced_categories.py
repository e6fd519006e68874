"""What is announced is found by its category, too."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("announcement", sa.Column("category", sa.Text(), nullable=True))
    op.execute("ALTER TABLE announcement DISABLE TRIGGER announcement_never_edited")
    op.execute(
        "UPDATE announcement a SET category = convert_from(r.record, 'UTF8')::jsonb ->> 'category' "
        "FROM registration r WHERE r.id = a.registration_id"
    )
    op.execute("ALTER TABLE announcement ENABLE TRIGGER announcement_never_edited")
    op.alter_column("announcement", "category", nullable=False)
    op.create_index(
        "ix_announcement_category",
        "announcement",
        ["office", "category", "registered_at", "registration_id"],
    )


def downgrade() -> None:
    op.drop_index("ix_announcement_category", "announcement")
    op.drop_column("announcement", "category")

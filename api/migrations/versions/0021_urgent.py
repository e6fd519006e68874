"""Urgent matters have an index of their own in the examiners' queues."""

from alembic import op
import sqlalchemy as sa

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_WAITS = sa.text("status IN ('submitted', 'passed') AND urgent")


def upgrade() -> None:
    op.add_column(
        "matter",
        sa.Column(
            "urgent",
            sa.Boolean(),
            sa.Computed("COALESCE((form -> 'urgent')::boolean, false)", persisted=True),
            nullable=False,
        ),
    )
    op.create_index(
        "ix_matter_queue_urgent",
        "matter",
        ["office", "status", sa.text("COALESCE(examine_by, submitted_at)"), "submitted_at", "id"],
        unique=False,
        postgresql_where=_WAITS,
    )


def downgrade() -> None:
    op.drop_index("ix_matter_queue_urgent", table_name="matter", postgresql_where=_WAITS)
    op.drop_column("matter", "urgent")

"""An office's matters by state, the newest first, for its registrars and supervisors."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_matter_overseen", "matter", ["office", "status", "submitted_at", "id"],
        postgresql_where=sa.text("submitted_at IS NOT NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_matter_overseen", "matter")

"""Attempts by block: final blocks are looked at again."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_attempt_block_number", "attempt", ["block_number"])


def downgrade() -> None:
    op.drop_index("ix_attempt_block_number", table_name="attempt")

"""Idempotency keys of calls that create something."""

from alembic import op
import sqlalchemy as sa

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "creating_call",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_digest", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("scope", "operation", "key", name=op.f("pk_creating_call")),
    )
    op.create_index(op.f("ix_creating_call_made_at"), "creating_call", ["made_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_creating_call_made_at"), table_name="creating_call")
    op.drop_table("creating_call")

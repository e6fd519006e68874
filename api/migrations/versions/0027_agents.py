"""Agents: who began an upload or deposited an evidence for its owner, who signs in whose stead."""

from alembic import op
import sqlalchemy as sa

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("upload", "evidence"):
        op.add_column(table, sa.Column("agent_id", sa.Uuid(), nullable=True))
        op.create_foreign_key(op.f(f"fk_{table}_agent_id"), table, "account", ["agent_id"], ["id"])
    op.add_column("signing_signer", sa.Column("mandate_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_signing_signer_mandate_id"), "signing_signer", "mandate", ["mandate_id"], ["id"]
    )
    op.add_column("signing_act", sa.Column("stead", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("signing_act", "stead")
    op.drop_column("signing_signer", "mandate_id")
    for table in ("upload", "evidence"):
        op.drop_column(table, "agent_id")

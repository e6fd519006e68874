"""The owner of a registration is told, once, when its revocation is final on the chain."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "revocation_awaited",
        sa.Column("revocation_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["revocation_id"],
            ["registration_revocation.id"],
            name=op.f("fk_revocation_awaited_revocation_id"),
        ),
        sa.PrimaryKeyConstraint("revocation_id", name=op.f("pk_revocation_awaited")),
    )


def downgrade() -> None:
    op.drop_table("revocation_awaited")

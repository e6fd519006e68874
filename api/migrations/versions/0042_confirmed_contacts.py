"""An e-mail or number is an account's once it is confirmed; claims without a code keep nobody out."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

COLUMNS = ("email", "mobile")


def upgrade() -> None:
    for column in COLUMNS:
        op.create_index(op.f(f"ix_account_{column}"), "account", [column])
        op.create_index(
            f"uq_account_{column}_confirmed",
            "account",
            [column],
            unique=True,
            postgresql_where=sa.text(f"{column}_confirmed_at IS NOT NULL"),
        )
        op.drop_constraint(op.f(f"uq_account_{column}"), "account", type_="unique")


def downgrade() -> None:
    """Fails where two accounts claim the same: it is for the operator to say which of them stays."""
    for column in COLUMNS:
        op.create_unique_constraint(op.f(f"uq_account_{column}"), "account", [column])
        op.drop_index(f"uq_account_{column}_confirmed", "account")
        op.drop_index(op.f(f"ix_account_{column}"), "account")

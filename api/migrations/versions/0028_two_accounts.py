"""First and final examination are by two accounts as well, whoever an account is said to be."""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_check_constraint(
        op.f("ck_matter_two_accounts"), "matter", "first_officer_id <> final_officer_id"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_matter_two_accounts"), "matter", type_="check")

"""What was made is one key's, of one digest; and in one round nobody is asked twice to sign."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

NOTHING_YET = "00000000-0000-0000-0000-000000000000"


def upgrade() -> None:
    op.create_index(
        "uq_creating_call_subject", "creating_call", ["subject"], unique=True,
        # More time is given to a matter again and again.
        postgresql_where=sa.text(f"subject <> '{NOTHING_YET}' AND operation <> 'extend_matter'"),
    )  # fmt: skip
    op.create_check_constraint(
        op.f("ck_creating_call_digest"), "creating_call", "octet_length(request_digest) = 32"
    )
    op.create_unique_constraint(
        op.f("uq_signing_signer_matter_id_round_number_index"), "signing_signer",
        ["matter_id", "round", "number_index"],
    )  # fmt: skip


def downgrade() -> None:
    op.drop_constraint(
        op.f("uq_signing_signer_matter_id_round_number_index"), "signing_signer", type_="unique"
    )
    op.drop_constraint(op.f("ck_creating_call_digest"), "creating_call", type_="check")
    op.drop_index("uq_creating_call_subject", "creating_call")

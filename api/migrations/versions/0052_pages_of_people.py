"""A library of rights holders and an office's revocations are read page by page."""

from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_party_library", "party", ["owner_id", "created_at", "id"])
    op.drop_index("ix_party_owner_id", "party")
    op.create_index(
        "ix_registration_revocation_newest", "registration_revocation",
        ["office", "created_at", "id"],
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_registration_revocation_newest", "registration_revocation")
    op.create_index("ix_party_owner_id", "party", ["owner_id"])
    op.drop_index("ix_party_library", "party")

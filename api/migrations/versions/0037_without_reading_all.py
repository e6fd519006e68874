"""What is looked for at every tick, and is rare among millions, is found without reading all."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_RUNNING = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.drop_index("ix_term_due", "term")
    op.create_index("ix_term_over", "term", ["purpose", "due_at"], postgresql_where=_RUNNING)
    op.create_index(
        "ix_evidence_audit", "evidence", ["submitted_at"], postgresql_where=sa.text("kind = 'audit'")
    )
    op.create_index(
        "ix_evidence_erased", "evidence", ["erased_at"],
        postgresql_where=sa.text("erased_at IS NOT NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_certificate_superseded", "certificate", ["evidence_id"],
        postgresql_where=sa.text("superseded_at IS NOT NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_verification_valid_until", "verification", ["valid_until"],
        postgresql_where=sa.text("status IN ('accepted', 'verified')"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_verification_valid_until", "verification")
    op.drop_index("ix_certificate_superseded", "certificate")
    op.drop_index("ix_evidence_erased", "evidence")
    op.drop_index("ix_evidence_audit", "evidence")
    op.drop_index("ix_term_over", "term")
    op.create_index("ix_term_due", "term", ["due_at"], postgresql_where=_RUNNING)

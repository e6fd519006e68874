"""Evidence that shows who somebody is: since when that is known, and since when its files lie sealed.
What was received never changes, and what is personal stays so.
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

GUARD = """
CREATE OR REPLACE FUNCTION evidence_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.number, NEW.check_code, NEW.owner_id, NEW.version_id, NEW.submitted_at)
        IS DISTINCT FROM
       (OLD.id, OLD.number, OLD.check_code, OLD.owner_id, OLD.version_id, OLD.submitted_at)
       OR OLD.stated_at IS NOT NULL AND (NEW.stated_at, NEW.custody_mode)
           IS DISTINCT FROM (OLD.stated_at, OLD.custody_mode)
       OR OLD.rejected_at IS NOT NULL AND NEW.rejected_at IS DISTINCT FROM OLD.rejected_at
       OR OLD.erased_at IS NOT NULL AND NEW.erased_at IS DISTINCT FROM OLD.erased_at
       {more}
    THEN
        RAISE EXCEPTION 'what was received never changes' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""
PERSONAL = """
       OR OLD.personal_at IS NOT NULL AND NEW.personal_at IS DISTINCT FROM OLD.personal_at
       OR OLD.files_sealed_at IS NOT NULL
           AND NEW.files_sealed_at IS DISTINCT FROM OLD.files_sealed_at
"""


def upgrade() -> None:
    for name in ("personal_at", "files_sealed_at"):
        op.add_column("evidence", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_evidence_unsealed_files",
        "evidence",
        ["personal_at"],
        postgresql_where=sa.text("personal_at IS NOT NULL AND files_sealed_at IS NULL"),
    )
    op.execute(GUARD.format(more=PERSONAL))


def downgrade() -> None:
    op.execute(GUARD.format(more=""))
    op.drop_index("ix_evidence_unsealed_files", "evidence")
    for name in ("files_sealed_at", "personal_at"):
        op.drop_column("evidence", name)

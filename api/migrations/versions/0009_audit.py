"""The audit: append-only lines, hash-chained for each stream; its heads are evidence."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

GUARD = """
CREATE FUNCTION audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    head record;
BEGIN
    SELECT sequence, digest INTO head FROM audit_line
        WHERE stream = NEW.stream ORDER BY sequence DESC LIMIT 1;
    IF NEW.sequence <> COALESCE(head.sequence, 0) + 1
       OR NEW.previous <> COALESCE(head.digest, decode(repeat('00', 32), 'hex'))
    THEN
        RAISE EXCEPTION 'a line of the audit follows the last one'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "audit_line",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("sequence >= 1", name=op.f("ck_audit_line_numbered")),
        sa.PrimaryKeyConstraint("stream", "sequence", name=op.f("pk_audit_line")),
        sa.UniqueConstraint("stream", "previous", name=op.f("uq_audit_line_stream_previous")),
    )
    op.create_index("ix_audit_line_subject", "audit_line", ["subject"], unique=False)
    op.create_index("ix_audit_line_at", "audit_line", ["at"], unique=False)
    op.execute(GUARD)
    op.execute(
        "CREATE TRIGGER audit_guard BEFORE INSERT ON audit_line "
        "FOR EACH ROW EXECUTE FUNCTION audit_guard()"
    )
    op.execute(
        "CREATE TRIGGER audit_line_never_edited BEFORE UPDATE OR DELETE ON audit_line "
        "FOR EACH ROW EXECUTE FUNCTION never_edited()"
    )
    op.execute(
        "CREATE TRIGGER audit_line_never_emptied BEFORE TRUNCATE ON audit_line "
        "FOR EACH STATEMENT EXECUTE FUNCTION never_edited()"
    )
    op.drop_constraint(op.f("ck_evidence_kind"), "evidence")
    op.create_check_constraint(
        op.f("ck_evidence_kind"), "evidence", "kind IN ('deposit', 'registration', 'audit')"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_evidence_kind"), "evidence")
    op.create_check_constraint(
        op.f("ck_evidence_kind"), "evidence", "kind IN ('deposit', 'registration')"
    )
    op.drop_table("audit_line")
    op.execute("DROP FUNCTION audit_guard()")

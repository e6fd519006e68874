"""What was received never changes: evidence, its statement, its token, its custody.

Times above all: nobody, whatever password they hold, moves a submission to another day.
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

EVIDENCE_GUARD = """
CREATE FUNCTION evidence_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.number, NEW.check_code, NEW.owner_id, NEW.version_id, NEW.submitted_at)
        IS DISTINCT FROM
       (OLD.id, OLD.number, OLD.check_code, OLD.owner_id, OLD.version_id, OLD.submitted_at)
       OR OLD.stated_at IS NOT NULL AND (NEW.stated_at, NEW.custody_mode)
           IS DISTINCT FROM (OLD.stated_at, OLD.custody_mode)
       OR OLD.rejected_at IS NOT NULL AND NEW.rejected_at IS DISTINCT FROM OLD.rejected_at
       OR OLD.erased_at IS NOT NULL AND NEW.erased_at IS DISTINCT FROM OLD.erased_at
    THEN
        RAISE EXCEPTION 'what was received never changes' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""

STATEMENT_GUARD = """
CREATE FUNCTION statement_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.evidence_id, NEW.body, NEW.leaf_hash, NEW.fixed_at, NEW.sequence)
        IS DISTINCT FROM
       (OLD.evidence_id, OLD.body, OLD.leaf_hash, OLD.fixed_at, OLD.sequence)
    THEN
        RAISE EXCEPTION 'a statement never changes' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""

APPEND_ONLY = ("custody_event", "timestamp_token")
NEVER_DELETED = ("evidence", "statement")


def upgrade() -> None:
    for name, function in (("evidence", EVIDENCE_GUARD), ("statement", STATEMENT_GUARD)):
        op.execute(function)
        op.execute(
            f"CREATE TRIGGER {name}_guard BEFORE UPDATE ON {name} "
            f"FOR EACH ROW EXECUTE FUNCTION {name}_guard()"
        )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_never_edited BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION never_edited()"
        )
    for table in NEVER_DELETED:
        op.execute(
            f"CREATE TRIGGER {table}_never_deleted BEFORE DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION never_edited()"
        )


def downgrade() -> None:
    for table in NEVER_DELETED:
        op.execute(f"DROP TRIGGER {table}_never_deleted ON {table}")
    for table in APPEND_ONLY:
        op.execute(f"DROP TRIGGER {table}_never_edited ON {table}")
    for name in ("evidence", "statement"):
        op.execute(f"DROP TRIGGER {name}_guard ON {name}")
        op.execute(f"DROP FUNCTION {name}_guard()")

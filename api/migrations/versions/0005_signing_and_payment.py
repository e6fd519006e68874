"""A submission is signed and paid for before it reaches the examiners.

The guard of 0003 anew, with the steps through `signing` and `payment`; the time to correct runs on
until a correction is signed and paid for.
"""

import importlib

from alembic import op
import sqlalchemy as sa

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STEPS = (
    ("draft", "signing"),
    ("draft", "withdrawn"),
    ("signing", "payment"),
    ("signing", "draft"),
    ("signing", "returned"),
    ("signing", "withdrawn"),
    ("signing", "lapsed"),
    ("payment", "submitted"),
    ("payment", "draft"),
    ("payment", "returned"),
    ("payment", "withdrawn"),
    ("payment", "lapsed"),
    ("submitted", "first_examination"),
    ("submitted", "withdrawn"),
    ("first_examination", "submitted"),
    ("first_examination", "returned"),
    ("first_examination", "passed"),
    ("first_examination", "withdrawn"),
    ("returned", "signing"),
    ("returned", "withdrawn"),
    ("returned", "lapsed"),
    ("passed", "final_examination"),
    ("passed", "withdrawn"),
    ("final_examination", "passed"),
    ("final_examination", "submitted"),
    ("final_examination", "refused"),
    ("final_examination", "registered"),
    ("final_examination", "withdrawn"),
)
_PAIRS = ", ".join(f"('{was}', '{to}')" for was, to in STEPS)

MATTER_GUARD = f"""
CREATE OR REPLACE FUNCTION matter_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a matter is never deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'draft' OR NEW.round <> 0 THEN
            RAISE EXCEPTION 'a matter begins as a draft' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.number, NEW.office, NEW.edition, NEW.applicant_id, NEW.created_at)
        IS DISTINCT FROM
       (OLD.id, OLD.number, OLD.office, OLD.edition, OLD.applicant_id, OLD.created_at)
    THEN
        RAISE EXCEPTION 'what a matter is never changes' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.status NOT IN ('draft', 'returned') AND
       (NEW.form, NEW.documents, NEW.evidence_id, NEW.agency)
        IS DISTINCT FROM (OLD.form, OLD.documents, OLD.evidence_id, OLD.agency)
    THEN
        RAISE EXCEPTION 'not the applicant''s to edit now' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.status IN ('registered', 'refused', 'lapsed', 'withdrawn') THEN
        RAISE EXCEPTION 'a matter that has ended never changes' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN ({_PAIRS}) THEN
        RAISE EXCEPTION 'no rule leads from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.round <> OLD.round
       AND (NEW.round <> OLD.round + 1 OR NEW.status <> 'signing'
            OR OLD.status NOT IN ('draft', 'returned'))
    THEN
        RAISE EXCEPTION 'a round begins with a submission' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status = 'registered'
       AND NOT EXISTS (SELECT 1 FROM registration WHERE matter_id = NEW.id)
    THEN
        RAISE EXCEPTION 'registered without an entry' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.drop_constraint(op.f("ck_matter_due_when_returned"), "matter")
    op.create_check_constraint(
        op.f("ck_matter_due_when_returned"), "matter", "status <> 'returned' OR due_at IS NOT NULL"
    )
    op.create_check_constraint(
        op.f("ck_matter_due_while_correcting"),
        "matter",
        "due_at IS NULL OR status IN ('returned', 'signing', 'payment')",
    )
    op.drop_index("ix_matter_due", table_name="matter")
    op.create_index(
        "ix_matter_due", "matter", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.execute(MATTER_GUARD)


def downgrade() -> None:
    op.drop_index("ix_matter_due", table_name="matter")
    op.create_index(
        "ix_matter_due", "matter", ["due_at"], postgresql_where=sa.text("status = 'returned'")
    )
    op.drop_constraint(op.f("ck_matter_due_while_correcting"), "matter")
    op.drop_constraint(op.f("ck_matter_due_when_returned"), "matter")
    op.create_check_constraint(
        op.f("ck_matter_due_when_returned"), "matter", "(status = 'returned') = (due_at IS NOT NULL)"
    )
    earlier = importlib.import_module("api.migrations.versions.0003_registration")
    op.execute(earlier.MATTER_GUARD.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))

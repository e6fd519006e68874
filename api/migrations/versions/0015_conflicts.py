"""Declared conflicts and recusals: whoever stepped back from a matter is never given it again."""

from alembic import op
import sqlalchemy as sa

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

RECUSAL_GUARD = """
CREATE FUNCTION recusal_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM recusal WHERE matter_id = NEW.id AND (
            (person_id = NEW.first_person AND NEW.first_person IS DISTINCT FROM OLD.first_person)
            OR (person_id = NEW.final_person AND NEW.final_person IS DISTINCT FROM OLD.final_person)
        )
    ) THEN
        RAISE EXCEPTION 'given to somebody who stepped back' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""

DECLARED_GUARD = """
CREATE FUNCTION declared_conflict_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL OR
       (NEW.id, NEW.person_id, NEW.declared_by, NEW.kind, NEW.subject_id, NEW.name, NEW.note,
        NEW.declared_at)
        IS DISTINCT FROM
       (OLD.id, OLD.person_id, OLD.declared_by, OLD.kind, OLD.subject_id, OLD.name, OLD.note,
        OLD.declared_at)
    THEN
        RAISE EXCEPTION 'a declaration is ended, once' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "declared_conflict",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("declared_by", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('person', 'organisation', 'name')", name=op.f("ck_declared_conflict_kind")
        ),
        sa.CheckConstraint(
            "(kind = 'name') = (name IS NOT NULL)", name=op.f("ck_declared_conflict_name_when_name")
        ),
        sa.CheckConstraint(
            "(kind = 'name') = (subject_id IS NULL)",
            name=op.f("ck_declared_conflict_subject_otherwise"),
        ),
        sa.ForeignKeyConstraint(
            ["declared_by"], ["account.id"], name=op.f("fk_declared_conflict_declared_by")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_declared_conflict_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["person.id"], name=op.f("fk_declared_conflict_subject_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declared_conflict")),
    )
    op.create_index(
        op.f("ix_declared_conflict_person_id"), "declared_conflict", ["person_id"], unique=False
    )
    op.create_table(
        "recusal",
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_recusal_matter_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["account.id"], name=op.f("fk_recusal_officer_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_recusal_person_id")),
        sa.PrimaryKeyConstraint("matter_id", "person_id", name=op.f("pk_recusal")),
    )
    op.create_index(op.f("ix_recusal_person_id"), "recusal", ["person_id"], unique=False)
    op.execute(RECUSAL_GUARD)
    op.execute(
        "CREATE TRIGGER recusal_guard BEFORE UPDATE OF first_person, final_person ON matter "
        "FOR EACH ROW EXECUTE FUNCTION recusal_guard()"
    )
    op.execute(
        "CREATE TRIGGER recusal_never_edited BEFORE UPDATE OR DELETE ON recusal "
        "FOR EACH ROW EXECUTE FUNCTION never_edited()"
    )
    op.execute(DECLARED_GUARD)
    op.execute(
        "CREATE TRIGGER declared_conflict_guard BEFORE UPDATE OR DELETE ON declared_conflict "
        "FOR EACH ROW EXECUTE FUNCTION declared_conflict_guard()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER recusal_guard ON matter")
    op.execute("DROP FUNCTION recusal_guard()")
    op.drop_table("recusal")
    op.drop_table("declared_conflict")
    op.execute("DROP FUNCTION declared_conflict_guard()")

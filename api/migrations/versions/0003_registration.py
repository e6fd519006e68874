"""Registration: matters, their examination, numbers, the register.

What a table cannot say is said by triggers, so that a direct UPDATE is refused as well: a matter
begins as a draft, moves along the allowed steps only, and is edited only while it is the
applicant's; decisions, submissions, history and entries are never edited; serials have no gaps.
"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STEPS = (
    ("draft", "submitted"),
    ("draft", "withdrawn"),
    ("submitted", "first_examination"),
    ("submitted", "withdrawn"),
    ("first_examination", "submitted"),
    ("first_examination", "returned"),
    ("first_examination", "passed"),
    ("first_examination", "withdrawn"),
    ("returned", "submitted"),
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
CREATE FUNCTION matter_guard() RETURNS trigger LANGUAGE plpgsql AS $$
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
       AND (NEW.round <> OLD.round + 1 OR NEW.status <> 'submitted'
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

REGISTRATION_GUARD = """
CREATE FUNCTION registration_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT status FROM matter WHERE id = NEW.matter_id) <> 'final_examination' THEN
        RAISE EXCEPTION 'entered without a final examination' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.serial <> 1 + COALESCE(
        (SELECT max(serial) FROM registration
         WHERE office = NEW.office AND series = NEW.series), 0)
    THEN
        RAISE EXCEPTION 'a gap in the series' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""

NEVER_EDITED = """
CREATE FUNCTION never_edited() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$
"""

APPEND_ONLY = ("matter_submission", "matter_finding", "registration", "office_edition")


def upgrade() -> None:
    op.create_table(
        "number_register",
        sa.Column("office", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("office", name=op.f("pk_number_register")),
    )
    op.create_table(
        "office_edition",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_office_edition")),
    )
    op.create_table(
        "number_series",
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("last >= 1", name=op.f("ck_number_series_begun")),
        sa.ForeignKeyConstraint(
            ["office"], ["number_register.office"], name=op.f("fk_number_series_office")
        ),
        sa.PrimaryKeyConstraint("office", "series", name=op.f("pk_number_series")),
    )
    op.create_table(
        "matter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("edition", sa.LargeBinary(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=True),
        sa.Column("applicant_id", sa.Uuid(), nullable=False),
        sa.Column("applicant_person", sa.Uuid(), nullable=True),
        sa.Column("evidence_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("form", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("documents", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_officer_id", sa.Uuid(), nullable=True),
        sa.Column("first_person", sa.Uuid(), nullable=True),
        sa.Column("final_officer_id", sa.Uuid(), nullable=True),
        sa.Column("final_person", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(status = 'returned') = (due_at IS NOT NULL)", name=op.f("ck_matter_due_when_returned")
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'withdrawn') OR evidence_id IS NOT NULL",
            name=op.f("ck_matter_with_evidence"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('final_examination', 'registered', 'refused') OR (final_officer_id IS NOT NULL AND final_person IS NOT NULL)",
            name=op.f("ck_matter_finally_examined"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('first_examination', 'passed', 'final_examination', 'registered', 'refused') OR (first_officer_id IS NOT NULL AND first_person IS NOT NULL)",
            name=op.f("ck_matter_first_examined"),
        ),
        sa.CheckConstraint(
            "applicant_id <> first_officer_id AND applicant_id <> final_officer_id",
            name=op.f("ck_matter_not_own_account"),
        ),
        sa.CheckConstraint(
            "applicant_person <> first_person AND applicant_person <> final_person",
            name=op.f("ck_matter_not_own_person"),
        ),
        sa.CheckConstraint("first_person <> final_person", name=op.f("ck_matter_two_persons")),
        sa.ForeignKeyConstraint(
            ["applicant_id"], ["account.id"], name=op.f("fk_matter_applicant_id")
        ),
        sa.ForeignKeyConstraint(
            ["applicant_person"], ["person.id"], name=op.f("fk_matter_applicant_person")
        ),
        sa.ForeignKeyConstraint(
            ["edition"], ["office_edition.digest"], name=op.f("fk_matter_edition")
        ),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_matter_evidence_id")
        ),
        sa.ForeignKeyConstraint(
            ["final_officer_id"], ["account.id"], name=op.f("fk_matter_final_officer_id")
        ),
        sa.ForeignKeyConstraint(
            ["final_person"], ["person.id"], name=op.f("fk_matter_final_person")
        ),
        sa.ForeignKeyConstraint(
            ["first_officer_id"], ["account.id"], name=op.f("fk_matter_first_officer_id")
        ),
        sa.ForeignKeyConstraint(
            ["first_person"], ["person.id"], name=op.f("fk_matter_first_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter")),
        sa.UniqueConstraint("number", name=op.f("uq_matter_number")),
    )
    op.create_index(
        "ix_matter_applicant_id_created_at", "matter", ["applicant_id", "created_at"], unique=False
    )
    op.create_index(
        "ix_matter_due",
        "matter",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("status = 'returned'"),
    )
    op.create_index(op.f("ix_matter_evidence_id"), "matter", ["evidence_id"], unique=False)
    op.create_index(
        "ix_matter_queue",
        "matter",
        ["office", "status", "submitted_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('submitted', 'passed')"),
    )
    op.create_table(
        "matter_finding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("checklist", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("items", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("ground", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_matter_finding_matter_id")
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["account.id"], name=op.f("fk_matter_finding_officer_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_matter_finding_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter_finding")),
    )
    op.create_index(
        op.f("ix_matter_finding_matter_id"), "matter_finding", ["matter_id"], unique=False
    )
    op.create_table(
        "matter_submission",
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("form", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("documents", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_matter_submission_evidence_id")
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_matter_submission_matter_id")
        ),
        sa.PrimaryKeyConstraint("matter_id", "round", name=op.f("pk_matter_submission")),
    )
    op.create_table(
        "registration",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("record_evidence_id", sa.Uuid(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_registration_matter_id")
        ),
        sa.ForeignKeyConstraint(
            ["record_evidence_id"], ["evidence.id"], name=op.f("fk_registration_record_evidence_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
        sa.UniqueConstraint("matter_id", name=op.f("uq_registration_matter_id")),
        sa.UniqueConstraint("number", name=op.f("uq_registration_number")),
        sa.UniqueConstraint(
            "office", "series", "serial", name=op.f("uq_registration_office_series_serial")
        ),
        sa.UniqueConstraint("record_evidence_id", name=op.f("uq_registration_record_evidence_id")),
    )
    op.add_column(
        "evidence", sa.Column("kind", sa.Text(), server_default="deposit", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_evidence_kind"), "evidence", "kind IN ('deposit', 'registration')"
    )
    for function in (MATTER_GUARD, REGISTRATION_GUARD, NEVER_EDITED):
        op.execute(function)
    op.execute(
        "CREATE TRIGGER matter_guard BEFORE INSERT OR UPDATE OR DELETE ON matter "
        "FOR EACH ROW EXECUTE FUNCTION matter_guard()"
    )
    op.execute(
        "CREATE TRIGGER registration_guard BEFORE INSERT ON registration "
        "FOR EACH ROW EXECUTE FUNCTION registration_guard()"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_never_edited BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION never_edited()"
        )
    op.execute(
        "CREATE TRIGGER matter_history_never_edited BEFORE UPDATE OR DELETE ON transition "
        "FOR EACH ROW WHEN (OLD.lifecycle = 'matter') EXECUTE FUNCTION never_edited()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER matter_history_never_edited ON transition")
    op.drop_constraint(op.f("ck_evidence_kind"), "evidence")
    op.drop_column("evidence", "kind")
    op.drop_table("registration")
    op.drop_table("matter_submission")
    op.drop_index(op.f("ix_matter_finding_matter_id"), table_name="matter_finding")
    op.drop_table("matter_finding")
    op.drop_index(
        "ix_matter_queue",
        table_name="matter",
        postgresql_where=sa.text("status IN ('submitted', 'passed')"),
    )
    op.drop_index(op.f("ix_matter_evidence_id"), table_name="matter")
    op.drop_index(
        "ix_matter_due", table_name="matter", postgresql_where=sa.text("status = 'returned'")
    )
    op.drop_index("ix_matter_applicant_id_created_at", table_name="matter")
    op.drop_table("matter")
    op.drop_table("number_series")
    op.drop_table("office_edition")
    op.drop_table("number_register")
    for function in ("matter_guard", "registration_guard", "never_edited"):
        op.execute(f"DROP FUNCTION {function}()")

"""Revocation of registrations: a proposal of one officer, the decision of another.

A revocation moves along the allowed steps only; what it is about never changes, and what was decided
is never edited. Its record is evidence of a kind of its own.
"""

from alembic import op
import sqlalchemy as sa

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STEPS = (
    ("requested", "proposed"),
    ("requested", "rejected"),
    ("requested", "withdrawn"),
    ("proposed", "confirmed"),
    ("proposed", "rejected"),
    ("proposed", "withdrawn"),
)
_PAIRS = ", ".join(f"('{was}', '{to}')" for was, to in STEPS)

GUARD = f"""
CREATE FUNCTION registration_revocation_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a revocation is never deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.status NOT IN ('requested', 'proposed') THEN
            RAISE EXCEPTION 'a revocation begins undecided' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.office <> (SELECT office FROM registration WHERE id = NEW.registration_id) THEN
            RAISE EXCEPTION 'another office''s registration' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.status IN ('confirmed', 'rejected', 'withdrawn') THEN
        RAISE EXCEPTION 'what was decided never changes' USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.id, NEW.registration_id, NEW.office, NEW.ground, NEW.explanation, NEW.document_id,
        NEW.created_at, NEW.requested_by)
        IS DISTINCT FROM
       (OLD.id, OLD.registration_id, OLD.office, OLD.ground, OLD.explanation, OLD.document_id,
        OLD.created_at, OLD.requested_by)
       OR (OLD.proposer_id IS NOT NULL
           AND (NEW.proposer_id, NEW.proposer_person, NEW.proposed_at)
               IS DISTINCT FROM (OLD.proposer_id, OLD.proposer_person, OLD.proposed_at))
    THEN
        RAISE EXCEPTION 'what it is about never changes' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN ({_PAIRS}) THEN
        RAISE EXCEPTION 'no rule leads from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.drop_constraint(op.f("ck_evidence_kind"), "evidence")
    op.create_check_constraint(
        op.f("ck_evidence_kind"),
        "evidence",
        "kind IN ('deposit', 'registration', 'audit', 'revocation')",
    )
    op.create_table(
        "registration_revocation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("proposer_id", sa.Uuid(), nullable=True),
        sa.Column("proposer_person", sa.Uuid(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decider_id", sa.Uuid(), nullable=True),
        sa.Column("decider_person", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("record", sa.LargeBinary(), nullable=True),
        sa.Column("record_evidence_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "proposer_person <> decider_person",
            name=op.f("ck_registration_revocation_two_persons"),
        ),
        sa.CheckConstraint(
            "proposer_id <> decider_id", name=op.f("ck_registration_revocation_two_accounts")
        ),
        sa.CheckConstraint(
            "status <> 'confirmed' OR (proposer_person IS NOT NULL AND decider_person IS NOT NULL "
            "AND proposer_id IS NOT NULL AND decider_id IS NOT NULL)",
            name=op.f("ck_registration_revocation_four_eyes"),
        ),
        sa.CheckConstraint(
            "(status = 'confirmed') = (record IS NOT NULL AND record_evidence_id IS NOT NULL)",
            name=op.f("ck_registration_revocation_recorded"),
        ),
        sa.CheckConstraint(
            "status <> 'requested' OR requested_by IS NOT NULL",
            name=op.f("ck_registration_revocation_asked"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [there], name=op.f(f"fk_registration_revocation_{column}")
            )
            for column, there in (
                ("registration_id", "registration.id"),
                ("document_id", "evidence.id"),
                ("requested_by", "account.id"),
                ("proposer_id", "account.id"),
                ("proposer_person", "person.id"),
                ("decider_id", "account.id"),
                ("decider_person", "person.id"),
                ("record_evidence_id", "evidence.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_revocation")),
        sa.UniqueConstraint(
            "record_evidence_id", name=op.f("uq_registration_revocation_record_evidence_id")
        ),
    )
    op.create_index(
        "uq_registration_revocation_live",
        "registration_revocation",
        ["registration_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('requested', 'proposed', 'confirmed')"),
    )
    op.create_index(
        "ix_registration_revocation_office",
        "registration_revocation",
        ["office", "status", "created_at"],
    )
    op.execute(GUARD)
    op.execute(
        "CREATE TRIGGER registration_revocation_guard BEFORE INSERT OR UPDATE OR DELETE "
        "ON registration_revocation FOR EACH ROW EXECUTE FUNCTION registration_revocation_guard()"
    )
    op.execute(
        "CREATE TRIGGER revocation_history_never_edited BEFORE UPDATE OR DELETE ON transition "
        "FOR EACH ROW WHEN (OLD.lifecycle = 'registration_revocation') "
        "EXECUTE FUNCTION never_edited()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER revocation_history_never_edited ON transition")
    op.drop_table("registration_revocation")
    op.execute("DROP FUNCTION registration_revocation_guard()")
    op.drop_constraint(op.f("ck_evidence_kind"), "evidence")
    op.create_check_constraint(
        op.f("ck_evidence_kind"), "evidence", "kind IN ('deposit', 'registration', 'audit')"
    )

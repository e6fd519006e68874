"""Paper certificates on their way: along the allowed steps only, never edited when they ended."""

from alembic import op
import sqlalchemy as sa

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

STEPS = (
    ("asked", "made"),
    ("asked", "cancelled"),
    ("made", "dispatched"),
    ("made", "ready"),
    ("returned", "dispatched"),
    ("returned", "ready"),
    ("dispatched", "collected"),
    ("dispatched", "returned"),
    ("ready", "collected"),
    ("ready", "returned"),
)
_PAIRS = ", ".join(f"('{was}', '{to}')" for was, to in STEPS)

GUARD = f"""
CREATE FUNCTION paper_delivery_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a delivery is never deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'asked' THEN
            RAISE EXCEPTION 'a delivery begins by being asked for'
                USING ERRCODE = 'check_violation';
        END IF;
        IF NOT EXISTS (
            SELECT 1 FROM registration
            WHERE id = NEW.registration_id AND office = NEW.office AND matter_id = NEW.matter_id
        ) THEN
            RAISE EXCEPTION 'of another matter or office' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.status IN ('collected', 'cancelled') THEN
        RAISE EXCEPTION 'a delivery that has ended never changes' USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.id, NEW.registration_id, NEW.matter_id, NEW.office, NEW.way, NEW.created_at)
        IS DISTINCT FROM
       (OLD.id, OLD.registration_id, OLD.matter_id, OLD.office, OLD.way, OLD.created_at)
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
    op.create_table(
        "paper_delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("contents", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("carrier", sa.Text(), nullable=True),
        sa.Column("tracking", sa.Text(), nullable=True),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status <> 'dispatched' OR (carrier IS NOT NULL AND tracking IS NOT NULL)",
            name=op.f("ck_paper_delivery_traceable"),
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_paper_delivery_registration_id")
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_paper_delivery_matter_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_delivery")),
    )
    op.create_index(
        "uq_paper_delivery_live",
        "paper_delivery",
        ["registration_id"],
        unique=True,
        postgresql_where=sa.text("status <> 'cancelled'"),
    )
    op.create_index("ix_paper_delivery_office", "paper_delivery", ["office", "status", "created_at"])
    op.create_index(op.f("ix_paper_delivery_matter_id"), "paper_delivery", ["matter_id"])
    op.execute(GUARD)
    op.execute(
        "CREATE TRIGGER paper_delivery_guard BEFORE INSERT OR UPDATE OR DELETE ON paper_delivery "
        "FOR EACH ROW EXECUTE FUNCTION paper_delivery_guard()"
    )
    op.execute(
        "CREATE TRIGGER delivery_history_never_edited BEFORE UPDATE OR DELETE ON transition "
        "FOR EACH ROW WHEN (OLD.lifecycle = 'paper_delivery') EXECUTE FUNCTION never_edited()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER delivery_history_never_edited ON transition")
    op.drop_table("paper_delivery")
    op.execute("DROP FUNCTION paper_delivery_guard()")

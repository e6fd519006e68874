"""What waits for its papers on paper is in no queue; that they came is kept."""

from alembic import op
import sqlalchemy as sa

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_BEFORE = "status IN ('submitted', 'passed')"
_ORDER = (sa.text("COALESCE(examine_by, submitted_at)"), "submitted_at", "id")
_BY = {
    "ix_matter_queue": ((), ""),
    "ix_matter_queue_agency": (("agency",), ""),
    "ix_matter_queue_category": (("category",), ""),
    "ix_matter_queue_urgent": ((), " AND urgent"),
}


def _queues(was: str, becomes: str) -> None:
    for name, (columns, more) in _BY.items():
        op.drop_index(name, table_name="matter", postgresql_where=sa.text(_BEFORE + more + was))
        op.create_index(
            name,
            "matter",
            ["office", "status", *columns, *_ORDER],
            unique=False,
            postgresql_where=sa.text(_BEFORE + more + becomes),
        )


def upgrade() -> None:
    op.add_column(
        "matter",
        sa.Column("awaits_papers", sa.Boolean(), server_default="false", nullable=False),
    )
    _queues("", " AND NOT awaits_papers")
    op.create_index(
        "ix_matter_awaits_papers",
        "matter",
        ["office", "submitted_at", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'submitted' AND awaits_papers"),
    )
    op.create_table(
        "paper_receipt",
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_paper_receipt_matter_id")
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["account.id"], name=op.f("fk_paper_receipt_officer_id")
        ),
        sa.PrimaryKeyConstraint("matter_id", name=op.f("pk_paper_receipt")),
    )
    op.execute(
        "CREATE TRIGGER paper_receipt_never_edited BEFORE UPDATE OR DELETE ON paper_receipt "
        "FOR EACH ROW EXECUTE FUNCTION never_edited()"
    )


def downgrade() -> None:
    op.drop_table("paper_receipt")
    op.drop_index(
        "ix_matter_awaits_papers",
        table_name="matter",
        postgresql_where=sa.text("status = 'submitted' AND awaits_papers"),
    )
    _queues(" AND NOT awaits_papers", "")
    op.drop_column("matter", "awaits_papers")

"""Indexes for the examiners' queues: by due order, agency and category, and what somebody holds."""

from alembic import op
import sqlalchemy as sa

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_WAITS = sa.text("status IN ('submitted', 'passed')")
_ORDER = (sa.text("COALESCE(examine_by, submitted_at)"), "submitted_at", "id")
_BY = {
    "ix_matter_queue": (),
    "ix_matter_queue_agency": ("agency",),
    "ix_matter_queue_category": ("category",),
}


def upgrade() -> None:
    op.add_column(
        "matter",
        sa.Column(
            "category",
            sa.Text(),
            sa.Computed("form ->> 'category'", persisted=True),
            nullable=True,
        ),
    )
    for name in ("ix_matter_queue", "ix_matter_examine_by"):
        op.drop_index(name, table_name="matter", postgresql_where=_WAITS)
    for name, columns in _BY.items():
        op.create_index(
            name,
            "matter",
            ["office", "status", *columns, *_ORDER],
            unique=False,
            postgresql_where=_WAITS,
        )
    for stage in ("first", "final"):
        op.create_index(
            f"ix_matter_{stage}_held",
            "matter",
            [f"{stage}_officer_id"],
            unique=False,
            postgresql_where=sa.text(f"status = '{stage}_examination'"),
        )


def downgrade() -> None:
    for stage in ("first", "final"):
        op.drop_index(
            f"ix_matter_{stage}_held",
            table_name="matter",
            postgresql_where=sa.text(f"status = '{stage}_examination'"),
        )
    for name in _BY:
        op.drop_index(name, table_name="matter", postgresql_where=_WAITS)
    op.create_index(
        "ix_matter_queue",
        "matter",
        ["office", "status", "submitted_at"],
        unique=False,
        postgresql_where=_WAITS,
    )
    op.create_index(
        "ix_matter_examine_by",
        "matter",
        ["office", "status", "examine_by", "id"],
        unique=False,
        postgresql_where=_WAITS,
    )
    op.drop_column("matter", "category")

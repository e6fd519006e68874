"""For which edition of a paper signed by hand a scan was brought."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paper_scan",
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("scan", sa.LargeBinary(), nullable=False),
        sa.Column("paper", sa.LargeBinary(), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_paper_scan_matter_id")),
        sa.PrimaryKeyConstraint("matter_id", "code", "scan", name=op.f("pk_paper_scan")),
    )
    op.execute(
        "CREATE TRIGGER paper_scan_never_edited BEFORE UPDATE OR DELETE ON paper_scan "
        "FOR EACH ROW EXECUTE FUNCTION never_edited()"
    )


def downgrade() -> None:
    op.drop_table("paper_scan")

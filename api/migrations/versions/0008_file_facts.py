"""What can be seen of stored files: size, resolution, pages, and how alike pictures are."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file_facts",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=True),
        sa.Column("height", sa.BigInteger(), nullable=True),
        sa.Column("dpi", sa.BigInteger(), nullable=True),
        sa.Column("pages", sa.BigInteger(), nullable=True),
        sa.Column("likeness", postgresql.BIT(length=256), nullable=True),
        sa.Column("pieces", sa.ARRAY(sa.Integer()), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "problem IN ('damaged', 'beyond_limits', 'unknown')",
            name=op.f("ck_file_facts_problem"),
        ),
        sa.CheckConstraint(
            "(likeness IS NULL) = (pieces IS NULL)",
            name=op.f("ck_file_facts_likeness_with_pieces"),
        ),
        sa.ForeignKeyConstraint(
            ["sha256"], ["blob.sha256"], name=op.f("fk_file_facts_sha256"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_file_facts")),
    )
    op.create_index(
        "ix_file_facts_pieces", "file_facts", ["pieces"], unique=False, postgresql_using="gin"
    )
    op.add_column(
        "blob", sa.Column("looked", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_index(
        "ix_blob_unlooked",
        "blob",
        ["stored_at"],
        unique=False,
        postgresql_where=sa.text("NOT looked"),
    )


def downgrade() -> None:
    op.drop_index("ix_blob_unlooked", table_name="blob", postgresql_where=sa.text("NOT looked"))
    op.drop_column("blob", "looked")
    op.drop_index("ix_file_facts_pieces", table_name="file_facts", postgresql_using="gin")
    op.drop_table("file_facts")

"""What offices publish beside the register: news, notices, rules, guides, answers."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "office_article",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=True),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=True),
        sa.Column("published_by", sa.Uuid(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["published_by"], ["account.id"], name=op.f("fk_office_article_published_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_article")),
    )
    op.create_index(
        "ix_office_article_office", "office_article", ["office", "published_at", "id"]
    )
    op.create_index(
        "ix_office_article_section", "office_article", ["office", "section", "published_at", "id"]
    )


def downgrade() -> None:
    op.drop_table("office_article")

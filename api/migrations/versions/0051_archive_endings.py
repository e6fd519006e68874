"""What kinds of files are in an archive; those already stored are looked at again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "file_facts", sa.Column("endings", postgresql.ARRAY(sa.Text()), nullable=True)
    )
    op.execute("UPDATE blob SET looked = false WHERE media_type = 'application/zip'")


def downgrade() -> None:
    op.execute("DELETE FROM file_facts WHERE endings IS NOT NULL")
    op.drop_column("file_facts", "endings")

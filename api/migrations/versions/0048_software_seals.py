"""An office in force may have another seal for certificates of software."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("office_act", sa.Column("software_seal_sha256", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("office_act", "software_seal_sha256")

"""From where an account has signed in, as a blind index bound to the account: its owner is let try from
there whoever guesses elsewhere.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sign_in", sa.Column("address_index", sa.LargeBinary(), nullable=True))
    op.create_index(op.f("ix_sign_in_address_index"), "sign_in", ["address_index"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_sign_in_address_index"), table_name="sign_in")
    op.drop_column("sign_in", "address_index")

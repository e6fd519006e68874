"""A final examiner may return a matter to its applicant, where the office's rules say so."""

import importlib

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

EARLIER = importlib.import_module("api.migrations.versions.0005_signing_and_payment")
STEPS = (*EARLIER.STEPS, ("final_examination", "returned"))


def _pairs(steps: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"('{was}', '{to}')" for was, to in steps)


def upgrade() -> None:
    op.execute(EARLIER.MATTER_GUARD.replace(_pairs(EARLIER.STEPS), _pairs(STEPS)))


def downgrade() -> None:
    op.execute(EARLIER.MATTER_GUARD)

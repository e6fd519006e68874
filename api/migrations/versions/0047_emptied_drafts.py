"""A draft that was taken back can be emptied: no office has ever seen what stands in it."""

import importlib

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

_RETURNS = importlib.import_module("api.migrations.versions.0032_final_returns")
_EARLIER = _RETURNS.EARLIER.MATTER_GUARD.replace(
    _RETURNS._pairs(_RETURNS.EARLIER.STEPS),
    _RETURNS._pairs(_RETURNS.STEPS),
)
_BEFORE = "    IF OLD.status NOT IN ('draft', 'returned') AND\n"
_COLUMNS = "'form', 'documents', 'applicant_person', 'category', 'urgent'"
_EMPTIED = f"""
    IF OLD.status = 'withdrawn' AND OLD.round = 0 AND NEW.form = '{{}}' AND NEW.documents = '{{}}'
       AND NEW.applicant_person IS NULL
       AND to_jsonb(NEW) - ARRAY[{_COLUMNS}]
           = to_jsonb(OLD) - ARRAY[{_COLUMNS}]
    THEN
        RETURN NEW;  -- category and urgent are read from the form
    END IF;
"""


def upgrade() -> None:
    op.execute(_EARLIER.replace(_BEFORE, _EMPTIED + _BEFORE))


def downgrade() -> None:
    op.execute(_EARLIER)

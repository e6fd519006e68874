"""Marks of the queue on statements, set in one order whoever sets them."""

import uuid
from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from evidence.models import StatementRow


def mark(session: Session, evidence_ids: Collection[uuid.UUID], **marks: bool) -> None:
    """Set `timed` or `sealed` on these statements.

    Tokens and batches are recorded side by side, over the same rows: locked in the order of their
    sequence, the two wait for each other and never crosswise.
    """
    rows = StatementRow.evidence_id.in_(evidence_ids)
    session.execute(
        select(StatementRow.evidence_id)
        .where(rows)
        .order_by(StatementRow.sequence)
        .with_for_update(key_share=True)
    ).all()
    session.execute(
        update(StatementRow)
        .where(rows)
        .values(**marks)
        .execution_options(synchronize_session=False)
    )

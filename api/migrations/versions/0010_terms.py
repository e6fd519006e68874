"""Terms, the holiday table, the inbox, and what goes out by mail or SMS.

Terms of matters that are under way begin with a placeholder for their last day; the worker counts
them with the calendar of today before anything rests on it. A correction keeps the day it was told.
"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

APPEND_ONLY = ("holiday_change", "term_change")

RUNNING = """
INSERT INTO term (id, matter_id, purpose, began_at, due_at, provisional, extended, reckoned)
SELECT gen_random_uuid(), m.id, 'correction', COALESCE(
    (SELECT max(t.at) FROM transition t WHERE t.subject = m.id AND t.became = 'returned'),
    m.created_at), m.due_at, true, 0, 0
FROM matter m WHERE m.due_at IS NOT NULL
UNION ALL
SELECT gen_random_uuid(), m.id, 'examination', m.submitted_at, m.submitted_at, true, 0, 0
FROM matter m
WHERE m.status IN ('submitted', 'first_examination', 'passed', 'final_examination')
"""


def upgrade() -> None:
    op.add_column("matter", sa.Column("examine_by", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_matter_examine_by", "matter", ["office", "status", "examine_by", "id"],
        postgresql_where=sa.text("status IN ('submitted', 'passed')"),
    )
    _calendar()
    _terms()
    _inbox()
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_never_edited BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION never_edited()"
        )
    op.execute(RUNNING)


def _calendar() -> None:
    op.create_table(
        "holiday",
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("office", "day", name=op.f("pk_holiday")),
    )
    op.create_table(
        "holiday_change",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_holiday_change_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holiday_change")),
    )


def _terms() -> None:
    op.create_table(
        "term",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("extended", sa.BigInteger(), nullable=False),
        sa.Column("reckoned", sa.BigInteger(), nullable=False),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("extended >= 0", name=op.f("ck_term_extended")),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_term_matter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term")),
    )
    running = sa.text("ended_at IS NULL")
    op.create_index(op.f("ix_term_matter_id"), "term", ["matter_id"])
    op.create_index("ix_term_remind", "term", ["remind_at"], postgresql_where=running)
    op.create_index("ix_term_reckoned", "term", ["reckoned"], postgresql_where=running)
    op.create_index(
        "uq_term_running", "term", ["matter_id", "purpose"], unique=True, postgresql_where=running
    )
    op.create_table(
        "term_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("term_id", sa.Uuid(), nullable=False),
        sa.Column("was", sa.DateTime(timezone=True), nullable=False),
        sa.Column("became", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["term_id"], ["term.id"], name=op.f("fk_term_change_term_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_change")),
    )
    op.create_index(op.f("ix_term_change_term_id"), "term_change", ["term_id"])
    op.create_table(
        "certificate_awaited",
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_certificate_awaited_matter_id")
        ),
        sa.PrimaryKeyConstraint("matter_id", name=op.f("pk_certificate_awaited")),
    )


def _inbox() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Uuid(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_message_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("key", name=op.f("uq_message_key")),
    )
    op.create_index(
        "ix_message_account_id_created_at", "message", ["account_id", "created_at", "id"]
    )
    op.create_index(op.f("ix_message_about"), "message", ["about"])
    op.create_index(
        "ix_message_unread", "message", ["account_id"],
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_table(
        "dispatch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_dispatch_message_id")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_dispatch_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch")),
        sa.UniqueConstraint(
            "message_id", "account_id", name=op.f("uq_dispatch_message_id_account_id")
        ),
    )
    op.create_index(
        "ix_dispatch_waiting", "dispatch", ["created_at"],
        postgresql_where=sa.text("sent_at IS NULL"),
    )


def downgrade() -> None:
    for table in (
        "dispatch", "message", "certificate_awaited", "term_change", "term", "holiday_change",
        "holiday",
    ):
        op.drop_table(table)
    op.drop_index("ix_matter_examine_by", table_name="matter")
    op.drop_column("matter", "examine_by")

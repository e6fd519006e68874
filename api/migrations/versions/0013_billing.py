"""Billing: orders, payments, refunds, the ledger.

What a table cannot say is said by triggers: every posting sums to zero when its transaction
commits; lines, payments and ledger are never edited; an order moves along the allowed steps only,
and is paid only when the payments that settle it are its total; no more is paid back than came.
"""

from alembic import op
import sqlalchemy as sa

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

STEPS = (
    ("open", "paid"),
    ("open", "cancelled"),
    ("open", "expired"),
    ("paid", "refunding"),
    ("refunding", "refunded"),
    ("refunding", "partly_refunded"),
    ("partly_refunded", "refunding"),
)
_PAIRS = ", ".join(f"('{was}', '{to}')" for was, to in STEPS)

ORDER_GUARD = f"""
CREATE FUNCTION billing_order_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an order is never deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'open' THEN
            RAISE EXCEPTION 'an order begins open' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.number, NEW.payer_id, NEW.agent_id, NEW.seller, NEW.subject_kind, NEW.subject_id, NEW.title,
        NEW.price_list, NEW.currency, NEW.total, NEW.invoice, NEW.created_at)
        IS DISTINCT FROM
       (OLD.id, OLD.number, OLD.payer_id, OLD.agent_id, OLD.seller, OLD.subject_kind, OLD.subject_id, OLD.title,
        OLD.price_list, OLD.currency, OLD.total, OLD.invoice, OLD.created_at)
    THEN
        RAISE EXCEPTION 'what was ordered never changes' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN ({_PAIRS}) THEN
        RAISE EXCEPTION 'no rule leads from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status = 'paid' AND OLD.status = 'open' AND NEW.total <> COALESCE(
        (SELECT sum(amount) FROM payment
         WHERE order_id = NEW.id AND use = 'settles' AND currency = NEW.currency), 0)
    THEN
        RAISE EXCEPTION 'paid without its payment' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""

REFUND_GUARD = """
CREATE FUNCTION refund_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a refund is never deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND (OLD.status = 'done' OR
       (NEW.id, NEW.payment_id, NEW.order_id, NEW.provider, NEW.amount, NEW.currency)
        IS DISTINCT FROM
       (OLD.id, OLD.payment_id, OLD.order_id, OLD.provider, OLD.amount, OLD.currency))
    THEN
        RAISE EXCEPTION 'what is owed never changes' USING ERRCODE = 'check_violation';
    END IF;
    PERFORM 1 FROM payment WHERE id = NEW.payment_id FOR UPDATE;
    IF (SELECT COALESCE(sum(amount), 0) FROM refund
        WHERE payment_id = NEW.payment_id AND id <> NEW.id) + NEW.amount
        > (SELECT amount FROM payment WHERE id = NEW.payment_id)
    THEN
        RAISE EXCEPTION 'more goes back than came' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""

LEDGER_BALANCED = """
CREATE FUNCTION ledger_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    posting uuid;
    entries bigint;
    total numeric;
BEGIN
    IF TG_TABLE_NAME = 'ledger_entry' THEN
        posting := NEW.posting_id;
    ELSE
        posting := NEW.id;
    END IF;
    SELECT count(*), COALESCE(sum(amount), 0) INTO entries, total
        FROM ledger_entry WHERE posting_id = posting;
    IF entries < 2 OR total <> 0 THEN
        RAISE EXCEPTION 'a posting that does not sum to zero' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$
"""

MATTER_PAID = """
CREATE FUNCTION matter_paid() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ordered bigint;
    settled bigint;
    unpaid bigint;
BEGIN
    SELECT count(*), count(*) FILTER (WHERE status = 'paid'),
           count(*) FILTER (WHERE status = 'open')
        INTO ordered, settled, unpaid
        FROM billing_order WHERE subject_kind = 'matter' AND subject_id = NEW.id;
    IF unpaid > 0 OR (ordered > 0 AND settled = 0) THEN
        RAISE EXCEPTION 'ordered and not paid' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""

NEVER_EDITED = ("billing_line", "payment", "ledger_posting", "ledger_entry")
AMOUNT = sa.Numeric(10, 2)
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _orders()
    _payments()
    _ledger()
    for function in (ORDER_GUARD, REFUND_GUARD, LEDGER_BALANCED, MATTER_PAID):
        op.execute(function)
    for table, name in (("billing_order", "billing_order_guard"), ("refund", "refund_guard")):
        op.execute(
            f"CREATE TRIGGER {name} BEFORE INSERT OR UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {name}()"
        )
    for table in NEVER_EDITED:
        op.execute(
            f"CREATE TRIGGER {table}_never_edited BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION never_edited()"
        )
    op.execute(
        "CREATE TRIGGER matter_paid BEFORE UPDATE ON matter FOR EACH ROW "
        "WHEN (OLD.status = 'payment' AND NEW.status = 'submitted') EXECUTE FUNCTION matter_paid()"
    )
    for table in ("ledger_posting", "ledger_entry"):
        op.execute(
            f"CREATE CONSTRAINT TRIGGER {table}_balanced AFTER INSERT ON {table} "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_balanced()"
        )


def _orders() -> None:
    op.create_table(
        "billing_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=True),
        sa.Column("seller", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("price_list", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("total", AMOUNT, nullable=False),
        sa.Column("invoice", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("settled_at", TIME, nullable=True),
        sa.CheckConstraint("total >= 0", name=op.f("ck_billing_order_not_negative")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_billing_order_currency")),
        sa.CheckConstraint(
            "invoice IN ('none', 'electronic')", name=op.f("ck_billing_order_invoice")
        ),
        sa.CheckConstraint(
            "(status IN ('open', 'cancelled', 'expired')) = (settled_at IS NULL)",
            name=op.f("ck_billing_order_settled"),
        ),
        sa.ForeignKeyConstraint(
            ["payer_id"], ["account.id"], name=op.f("fk_billing_order_payer_id")
        ),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["account.id"], name=op.f("fk_billing_order_agent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_order")),
        sa.UniqueConstraint("number", name=op.f("uq_billing_order_number")),
    )
    open_only = sa.text("status = 'open'")
    op.create_index(
        "ix_billing_order_one_open", "billing_order", ["subject_kind", "subject_id"],
        unique=True, postgresql_where=open_only,
    )
    op.create_index("ix_billing_order_subject", "billing_order", ["subject_kind", "subject_id"])
    op.create_index("ix_billing_order_payer", "billing_order", ["payer_id", "created_at"])
    op.create_index(
        "ix_billing_order_expiry", "billing_order", ["expires_at"], postgresql_where=open_only
    )
    op.create_table(
        "billing_line",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", AMOUNT, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["billing_order.id"], name=op.f("fk_billing_line_order_id")
        ),
        sa.PrimaryKeyConstraint("order_id", "position", name=op.f("pk_billing_line")),
    )
    op.create_index("ix_billing_line_subject", "billing_line", ["subject_kind", "subject_id"])
    op.create_table(
        "invoice_request",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("tax_number", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["billing_order.id"], name=op.f("fk_invoice_request_order_id")
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_invoice_request")),
    )


def _payments() -> None:
    live = sa.text("status IN ('intended', 'asked')")
    op.create_table(
        "payment_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("merchant", sa.Text(), nullable=False),
        sa.Column("amount", AMOUNT, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("page", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("ask_at", TIME, nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_id"], ["billing_order.id"], name=op.f("fk_payment_request_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_request")),
    )
    op.create_index(op.f("ix_payment_request_order_id"), "payment_request", ["order_id"])
    op.create_index(
        "ix_payment_request_one_live", "payment_request", ["order_id", "provider"],
        unique=True, postgresql_where=live,
    )
    op.create_index(
        "ix_payment_request_ask", "payment_request", ["ask_at"], postgresql_where=live
    )
    op.create_table(
        "payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("amount", AMOUNT, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("use", sa.Text(), nullable=False),
        sa.Column("paid_at", TIME, nullable=False),
        sa.Column("credited_at", TIME, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_positive")),
        sa.CheckConstraint("use IN ('settles', 'excess')", name=op.f("ck_payment_use")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["payment_request.id"], name=op.f("fk_payment_request_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["billing_order.id"], name=op.f("fk_payment_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("provider", "event", name=op.f("uq_payment_provider_event")),
    )
    op.create_index(op.f("ix_payment_request_id"), "payment", ["request_id"])
    op.create_index(op.f("ix_payment_order_id"), "payment", ["order_id"])
    op.create_index(
        "ix_payment_settles_once", "payment", ["order_id"], unique=True,
        postgresql_where=sa.text("use = 'settles'"),
    )
    op.create_table(
        "refund",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("amount", AMOUNT, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("intended_at", TIME, nullable=False),
        sa.Column("ask_at", TIME, nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("done_at", TIME, nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_positive")),
        sa.CheckConstraint(
            "(status = 'done') = (event IS NOT NULL)", name=op.f("ck_refund_done_by_event")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_refund_payment_id")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["billing_order.id"], name=op.f("fk_refund_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("provider", "event", name=op.f("uq_refund_provider_event")),
    )
    op.create_index(op.f("ix_refund_payment_id"), "refund", ["payment_id"])
    op.create_index(op.f("ix_refund_order_id"), "refund", ["order_id"])
    op.create_index(
        "ix_refund_ask", "refund", ["ask_at"], postgresql_where=sa.text("status = 'intended'")
    )


def _ledger() -> None:
    op.create_table(
        "ledger_posting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_ledger_posting_payment_id")
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refund.id"], name=op.f("fk_ledger_posting_refund_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_posting")),
        sa.UniqueConstraint(
            "cause", "payment_id", "refund_id",
            name=op.f("uq_ledger_posting_cause_payment_id_refund_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_ledger_posting_payment_id"), "ledger_posting", ["payment_id"])
    op.create_index(op.f("ix_ledger_posting_refund_id"), "ledger_posting", ["refund_id"])
    op.create_table(
        "ledger_entry",
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("amount", AMOUNT, nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_ledger_entry_not_zero")),
        sa.ForeignKeyConstraint(
            ["posting_id"], ["ledger_posting.id"], name=op.f("fk_ledger_entry_posting_id")
        ),
        sa.PrimaryKeyConstraint("posting_id", "account", name=op.f("pk_ledger_entry")),
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER matter_paid ON matter")
    for table in (
        "ledger_entry", "ledger_posting", "refund", "payment", "payment_request",
        "invoice_request", "billing_line", "billing_order",
    ):
        op.drop_table(table)
    for function in ("billing_order_guard", "refund_guard", "ledger_balanced", "matter_paid"):
        op.execute(f"DROP FUNCTION {function}()")

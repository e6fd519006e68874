"""Accounts are closed: nothing to reach or to sign in with is left, and nothing more is done there.

A closed account's row never changes again, and no row of its own is added to the tables below. The
foreign key of such a row holds the account (FOR KEY SHARE) before the trigger looks, and whoever
closes an account holds it FOR UPDATE: one of the two waits and sees what the other did.

What was erased stays empty: a change that was under way when its row was erased is refused.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

REACHABLE = (
    "email IS NOT NULL OR mobile IS NOT NULL "
    "OR (password_hash IS NULL AND kind IN ('enterprise', 'organisation', 'agent_firm'))"
)
CLOSED = (
    "closed_at IS NULL OR (email IS NULL AND mobile IS NULL AND user_name IS NULL "
    "AND password_hash IS NULL AND transaction_password_hash IS NULL AND referrer_id IS NULL "
    "AND email_confirmed_at IS NULL AND mobile_confirmed_at IS NULL)"
)
EMPTY = {
    "party": "erased_at IS NULL OR (number IS NULL AND number_index IS NULL AND details IS NULL "
    "AND name IS NULL)",
    "verification": "status <> 'erased' OR (number IS NULL AND number_index IS NULL "
    "AND details IS NULL AND name IS NULL)",
    "paper": "erased_at IS NULL OR data_key IS NULL",
    "delivery_address": "erased_at IS NULL OR contents IS NULL",
}
OWN = {
    "account_id": (
        "sign_in", "api_key", "second_factor", "recovery", "officer_role", "passkey",
        "passkey_challenge", "contact_code", "consent", "avatar", "membership", "message",
        "dispatch", "verification", "paper", "kind_change", "delivery_address",
    ),
    "made_by": ("api_key",),
    "organisation_id": ("membership", "member_invitation"),
    "invited_by": ("member_invitation",),
    "owner_id": ("party", "work", "upload", "evidence"),
    "principal_id": ("mandate",),
    "agent_id": ("mandate", "matter"),
    "applicant_id": ("matter",),
    "payer_id": ("billing_order",),
}  # fmt: skip
"""By the column that says whose a row is."""

OF_OPEN_ACCOUNTS = """
CREATE FUNCTION of_open_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    closed boolean;
BEGIN
    EXECUTE format(
        'SELECT EXISTS (SELECT 1 FROM added JOIN account ON account.id = added.%I '
        'WHERE account.closed_at IS NOT NULL)', TG_ARGV[0]) INTO closed;
    IF closed THEN
        RAISE EXCEPTION 'the account is closed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'account_closed';
    END IF;
    RETURN NULL;
END $$
"""

CLOSED_FOR_GOOD = """
CREATE FUNCTION closed_for_good() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the account is closed'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'account_closed';
END $$
"""


def upgrade() -> None:
    op.add_column("account", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "account",
        sa.Column("erase_files", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.drop_constraint(op.f("ck_account_reachable"), "account")
    op.create_check_constraint(
        op.f("ck_account_reachable"), "account", f"closed_at IS NOT NULL OR {REACHABLE}"
    )
    op.create_check_constraint(op.f("ck_account_closed"), "account", CLOSED)
    op.create_check_constraint(
        op.f("ck_account_erases_when_closed"), "account", "NOT erase_files OR closed_at IS NOT NULL"
    )
    op.create_index(
        "ix_account_erasing", "account", ["id"], postgresql_where=sa.text("erase_files")
    )
    for table, empty in EMPTY.items():
        op.create_check_constraint(op.f(f"ck_{table}_erased_is_empty"), table, empty)
    op.execute(OF_OPEN_ACCOUNTS)
    op.execute(CLOSED_FOR_GOOD)
    for column, tables in OWN.items():
        for table in tables:
            op.execute(
                f"CREATE TRIGGER {table}_of_open_{column} AFTER INSERT ON {table} "
                "REFERENCING NEW TABLE AS added FOR EACH STATEMENT "
                f"EXECUTE FUNCTION of_open_accounts('{column}')"
            )
    op.execute(
        "CREATE TRIGGER account_closed_for_good BEFORE UPDATE OR DELETE ON account "
        "FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION closed_for_good()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER account_closed_for_good ON account")
    for column, tables in OWN.items():
        for table in tables:
            op.execute(f"DROP TRIGGER {table}_of_open_{column} ON {table}")
    op.execute("DROP FUNCTION closed_for_good()")
    op.execute("DROP FUNCTION of_open_accounts()")
    for table in EMPTY:
        op.drop_constraint(op.f(f"ck_{table}_erased_is_empty"), table)
    op.drop_index("ix_account_erasing", "account")
    op.drop_constraint(op.f("ck_account_erases_when_closed"), "account")
    op.drop_constraint(op.f("ck_account_closed"), "account")
    op.drop_constraint(op.f("ck_account_reachable"), "account")
    op.create_check_constraint(op.f("ck_account_reachable"), "account", REACHABLE)
    op.drop_column("account", "erase_files")
    op.drop_column("account", "closed_at")

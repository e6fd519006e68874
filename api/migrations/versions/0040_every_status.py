"""Whatever has a status moves along its table only, no history is edited, and what has ended does
not begin again: for a direct UPDATE as well.

Matters, orders, revocations and deliveries have their steps in guards of their own (0003, 0013,
0011, 0025).
"""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

STEPS = {
    "verification": (
        "draft submitted", "draft accepted", "draft withdrawn", "submitted verified",
        "submitted rejected", "submitted withdrawn", "accepted superseded", "accepted erased",
        "verified superseded", "verified erased", "rejected erased", "superseded erased",
        "withdrawn erased",
    ),
    "kind_change": ("requested granted", "requested refused"),
    "signing_act": ("waiting intended", "intended signed"),
    "payment_request": (
        "intended asked", "intended paid", "intended closed", "asked paid", "asked closed",
        "closed paid",
    ),
    "refund": ("intended done",),
    "transaction": ("open final", "open failed", "final open", "failed open"),
    "attempt": (
        "signed broadcast", "signed mined", "signed replaced", "broadcast mined",
        "broadcast replaced", "mined final", "mined reverted", "mined reorged", "mined replaced",
        "reorged broadcast", "reorged mined", "reorged replaced", "replaced reorged",
        "final reorged", "reverted reorged",
    ),
}  # fmt: skip

ENDS = {
    "api_key": "revoked_at", "certificate": "superseded_at", "contact_code": "used_at",
    "declared_conflict": "ended_at", "delivery_address": "erased_at", "invitation": "used_at",
    "mandate": "revoked_at", "member_invitation": "used_at", "membership": "ended_at",
    "officer_role": "ended_at", "paper": "erased_at", "party": "erased_at",
    "passkey": "removed_at", "passkey_challenge": "used_at", "recovery": "used_at",
    "sign_in": "ended_at", "term": "ended_at", "work_version": "frozen_at",
}  # fmt: skip

ALLOWED_STEPS = """
CREATE FUNCTION allowed_steps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT (OLD.status || ' ' || NEW.status = ANY (TG_ARGV)) THEN
        RAISE EXCEPTION 'no rule leads from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""

ENDED = """
CREATE FUNCTION ended_for_good() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what has ended does not begin again' USING ERRCODE = 'check_violation';
END $$
"""

HISTORIES = {
    "matter_history_never_edited": "matter",
    "revocation_history_never_edited": "registration_revocation",
    "delivery_history_never_edited": "paper_delivery",
}


def upgrade() -> None:
    op.execute(ALLOWED_STEPS)
    for table, steps in STEPS.items():
        listed = ", ".join(f"'{step}'" for step in steps)
        op.execute(
            f'CREATE TRIGGER {table}_steps BEFORE UPDATE ON "{table}" FOR EACH ROW '
            f"WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION allowed_steps({listed})"
        )
    op.execute(ENDED)
    for table, column in ENDS.items():
        op.execute(
            f"CREATE TRIGGER {table}_ended_for_good BEFORE UPDATE ON {table} FOR EACH ROW "
            f"WHEN (OLD.{column} IS NOT NULL AND NEW.{column} IS NULL) "
            "EXECUTE FUNCTION ended_for_good()"
        )
    for name in HISTORIES:
        op.execute(f"DROP TRIGGER {name} ON transition")
    op.execute(
        "CREATE TRIGGER transition_never_edited BEFORE UPDATE OR DELETE ON transition "
        "FOR EACH ROW EXECUTE FUNCTION never_edited()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER transition_never_edited ON transition")
    for name, lifecycle in HISTORIES.items():
        op.execute(
            f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON transition FOR EACH ROW "
            f"WHEN (OLD.lifecycle = '{lifecycle}') EXECUTE FUNCTION never_edited()"
        )
    for table in ENDS:
        op.execute(f"DROP TRIGGER {table}_ended_for_good ON {table}")
    op.execute("DROP FUNCTION ended_for_good()")
    for table in STEPS:
        op.execute(f'DROP TRIGGER {table}_steps ON "{table}"')
    op.execute("DROP FUNCTION allowed_steps()")

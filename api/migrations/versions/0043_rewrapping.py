"""A delivery that has ended keeps its address, and what that is sealed with may be wrapped anew."""

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

# A sealed value without the key's name and the wrapped key (`core.sealed`): nonce and ciphertext.
SEALED_BODY = """
CREATE FUNCTION sealed_body(sealed bytea) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT substring(sealed FROM 3 + get_byte(sealed, 1) + 40)
$$
"""

ENDED = "IF OLD.status IN ('collected', 'cancelled') THEN"
ENDED_BUT_REWRAPPED = """IF OLD.status IN ('collected', 'cancelled')
        AND NOT coalesce((to_jsonb(NEW) - 'contents') = (to_jsonb(OLD) - 'contents')
            AND sealed_body(NEW.contents) = sealed_body(OLD.contents), false)
    THEN"""

# The guard's text is what the database holds: one sentence of it is exchanged.
EXCHANGE = """
DO $do$
BEGIN
    EXECUTE replace(pg_get_functiondef('paper_delivery_guard'::regproc), $was${was}$was$,
                    $to${to}$to$);
END $do$
"""


def upgrade() -> None:
    op.execute(SEALED_BODY)
    op.execute(EXCHANGE.format(was=ENDED, to=ENDED_BUT_REWRAPPED))


def downgrade() -> None:
    op.execute(EXCHANGE.format(was=ENDED_BUT_REWRAPPED, to=ENDED))
    op.execute("DROP FUNCTION sealed_body(bytea)")

"""The first tables: people, works, evidence, chain, certificates."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SEQUENCE statement_sequence")
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("mobile", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "email IS NOT NULL OR mobile IS NOT NULL", name=op.f("ck_account_reachable")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
        sa.UniqueConstraint("mobile", name=op.f("uq_account_mobile")),
    )
    op.create_table(
        "alarm",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
    )
    op.create_index(
        "uq_alarm_open",
        "alarm",
        ["kind", "subject"],
        unique=True,
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.create_table(
        "batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_batch_not_empty")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        sa.UniqueConstraint("root", name=op.f("uq_batch_root")),
    )
    op.create_index(
        "ix_batch_unsettled", "batch", ["sealed_at"], postgresql_where=sa.text("NOT settled")
    )
    op.create_table(
        "blob",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("sm3", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blob")),
    )
    op.create_table(
        "sender",
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        sa.Column("next_nonce", sa.BigInteger(), nullable=False),
        sa.Column("halted", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("address", "chain_id", name=op.f("pk_sender")),
    )
    op.create_table(
        "transition",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("lifecycle", sa.Text(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("became", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transition")),
    )
    op.create_index(op.f("ix_transition_subject"), "transition", ["subject"], unique=False)
    op.create_table(
        "api_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_api_key_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_api_key_secret_hash")),
    )
    op.create_index(op.f("ix_api_key_account_id"), "api_key", ["account_id"], unique=False)
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sign_in_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_sign_in_secret_hash")),
    )
    op.create_index(op.f("ix_sign_in_account_id"), "sign_in", ["account_id"], unique=False)
    op.create_table(
        "upload",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored_sha256", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "received BETWEEN 0 AND length", name=op.f("ck_upload_offset_in_length")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=op.f("fk_upload_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    op.create_index(op.f("ix_upload_owner_id"), "upload", ["owner_id"], unique=False)
    op.create_table(
        "work",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=op.f("fk_work_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work")),
    )
    op.create_index(op.f("ix_work_owner_id"), "work", ["owner_id"], unique=False)
    op.create_table(
        "work_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("work_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("tags", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("creation_nature", sa.Text(), nullable=True),
        sa.Column("completion_date", sa.Date(), nullable=True),
        sa.Column("authors", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cover_sha256", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["work_id"], ["work.id"], name=op.f("fk_work_version_work_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_version")),
        sa.UniqueConstraint("work_id", "number", name=op.f("uq_work_version_work_id_number")),
    )
    op.create_index(op.f("ix_work_version_work_id"), "work_version", ["work_id"], unique=False)
    op.create_table(
        "evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("check_code", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("custody_mode", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("request_digest", sa.LargeBinary(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rejected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rejection", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "custody_mode IN ('stored', 'hash_only')", name=op.f("ck_evidence_custody_mode")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=op.f("fk_evidence_owner_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["work_version.id"], name=op.f("fk_evidence_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.UniqueConstraint("number", name=op.f("uq_evidence_number")),
        sa.UniqueConstraint(
            "owner_id", "idempotency_key", name=op.f("uq_evidence_owner_id_idempotency_key")
        ),
        sa.UniqueConstraint("version_id", name=op.f("uq_evidence_version_id")),
    )
    op.create_index(op.f("ix_evidence_owner_id"), "evidence", ["owner_id"], unique=False)
    op.create_index(
        "ix_evidence_unstated",
        "evidence",
        ["submitted_at"],
        unique=False,
        postgresql_where=sa.text("stated_at IS NULL AND rejected_at IS NULL"),
    )
    op.create_table(
        "version_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("sm3", sa.Text(), nullable=True),
        sa.Column("upload_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("purpose IN ('work', 'display')", name=op.f("ck_version_file_purpose")),
        sa.CheckConstraint("size > 0", name=op.f("ck_version_file_not_empty")),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["upload.id"], name=op.f("fk_version_file_upload_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["work_version.id"], name=op.f("fk_version_file_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version_file")),
        sa.UniqueConstraint(
            "version_id",
            "purpose",
            "position",
            name=op.f("uq_version_file_version_id_purpose_position"),
        ),
        sa.UniqueConstraint(
            "version_id",
            "purpose",
            "sha256",
            name=op.f("uq_version_file_version_id_purpose_sha256"),
        ),
    )
    op.create_index(
        op.f("ix_version_file_version_id"), "version_file", ["version_id"], unique=False
    )
    op.create_table(
        "certificate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pdf_sha256", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_certificate_evidence_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint(
            "evidence_id", "edition", name=op.f("uq_certificate_evidence_id_edition")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_certificate_number")),
    )
    op.create_index(op.f("ix_certificate_pdf_sha256"), "certificate", ["pdf_sha256"], unique=False)
    op.create_index(
        "ix_certificate_unmade",
        "certificate",
        ["frozen_at"],
        unique=False,
        postgresql_where=sa.text("pdf_sha256 IS NULL"),
    )
    op.create_table(
        "custody_event",
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_custody_event_evidence_id")
        ),
        sa.PrimaryKeyConstraint("evidence_id", "sequence", name=op.f("pk_custody_event")),
    )
    op.create_table(
        "evidence_fact",
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("commitment", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_evidence_fact_evidence_id")
        ),
        sa.PrimaryKeyConstraint("evidence_id", "name", name=op.f("pk_evidence_fact")),
    )
    op.create_table(
        "revocation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.BigInteger(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason BETWEEN 1 AND 255", name=op.f("ck_revocation_reason")),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_revocation_evidence_id")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["account.id"], name=op.f("fk_revocation_requested_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocation")),
        sa.UniqueConstraint("evidence_id", name=op.f("uq_revocation_evidence_id")),
    )
    op.create_table(
        "statement",
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("fixed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "sequence",
            sa.BigInteger(),
            server_default=sa.text("nextval('statement_sequence')"),
            nullable=False,
        ),
        sa.Column("timed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("sealed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_statement_evidence_id")
        ),
        sa.PrimaryKeyConstraint("evidence_id", name=op.f("pk_statement")),
        sa.UniqueConstraint("leaf_hash", name=op.f("uq_statement_leaf_hash")),
        sa.UniqueConstraint("sequence", name=op.f("uq_statement_sequence")),
    )
    op.create_index(
        "ix_statement_untimed", "statement", ["sequence"], postgresql_where=sa.text("NOT timed")
    )
    op.create_index(
        "ix_statement_unsealed", "statement", ["sequence"], postgresql_where=sa.text("NOT sealed")
    )
    op.create_table(
        "statement_file",
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_statement_file_evidence_id")
        ),
        sa.PrimaryKeyConstraint("evidence_id", "position", name=op.f("pk_statement_file")),
    )
    op.create_index(op.f("ix_statement_file_sha256"), "statement_file", ["sha256"], unique=False)
    op.create_table(
        "timestamp_token",
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("response", sa.LargeBinary(), nullable=False),
        sa.Column("gen_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_timestamp_token_evidence_id")
        ),
        sa.PrimaryKeyConstraint("evidence_id", name=op.f("pk_timestamp_token")),
    )
    op.create_table(
        "leaf",
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("index", sa.BigInteger(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("issued", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_leaf_batch_id")),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["statement.evidence_id"], name=op.f("fk_leaf_evidence_id")
        ),
        sa.PrimaryKeyConstraint("evidence_id", name=op.f("pk_leaf")),
        sa.UniqueConstraint("batch_id", "index", name=op.f("uq_leaf_batch_id_index")),
        sa.UniqueConstraint("leaf_hash", name=op.f("uq_leaf_leaf_hash")),
    )
    op.create_index(
        "ix_leaf_unissued", "leaf", ["batch_id", "index"], postgresql_where=sa.text("NOT issued")
    )
    op.create_table(
        "transaction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        sa.Column("sender", sa.LargeBinary(), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("contract", sa.LargeBinary(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("revocation_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(batch_id IS NULL) <> (revocation_id IS NULL)", name=op.f("ck_transaction_one_call")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_transaction_batch_id")),
        sa.ForeignKeyConstraint(
            ["revocation_id"], ["revocation.id"], name=op.f("fk_transaction_revocation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transaction")),
        sa.UniqueConstraint(
            "chain_id", "sender", "nonce", name=op.f("uq_transaction_chain_id_sender_nonce")
        ),
    )
    op.create_index(op.f("ix_transaction_batch_id"), "transaction", ["batch_id"], unique=False)
    op.create_index(op.f("ix_transaction_status"), "transaction", ["status"], unique=False)
    op.create_index(
        "uq_transaction_live_batch",
        "transaction",
        ["batch_id"],
        unique=True,
        postgresql_where=sa.text("status <> 'failed'"),
    )
    op.create_index(
        "uq_transaction_live_revocation",
        "transaction",
        ["revocation_id"],
        unique=True,
        postgresql_where=sa.text("status <> 'failed'"),
    )
    op.create_table(
        "attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("max_fee", sa.BigInteger(), nullable=False),
        sa.Column("max_priority_fee", sa.BigInteger(), nullable=False),
        sa.Column("gas", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("block_hash", sa.LargeBinary(), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=True),
        sa.Column("succeeded", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transaction.id"], name=op.f("fk_attempt_transaction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sa.UniqueConstraint("hash", name=op.f("uq_attempt_hash")),
        sa.UniqueConstraint(
            "transaction_id", "number", name=op.f("uq_attempt_transaction_id_number")
        ),
    )
    op.create_index("ix_attempt_block_number", "attempt", ["block_number"], unique=False)
    op.create_index(op.f("ix_attempt_status"), "attempt", ["status"], unique=False)
    op.create_index(op.f("ix_attempt_transaction_id"), "attempt", ["transaction_id"], unique=False)
    op.create_table(
        "anchor",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        sa.Column("contract", sa.LargeBinary(), nullable=False),
        sa.Column("transaction_hash", sa.LargeBinary(), nullable=False),
        sa.Column("block_hash", sa.LargeBinary(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("block_document", sa.LargeBinary(), nullable=False),
        sa.Column("confirmations", sa.BigInteger(), nullable=False),
        sa.Column("anchored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_anchor_attempt_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_anchor_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_anchor")),
        sa.UniqueConstraint("attempt_id", name=op.f("uq_anchor_attempt_id")),
        sa.UniqueConstraint("transaction_hash", name=op.f("uq_anchor_transaction_hash")),
    )


def downgrade() -> None:
    op.execute("DROP SEQUENCE statement_sequence CASCADE")
    op.drop_table("anchor")
    op.drop_index(op.f("ix_attempt_transaction_id"), table_name="attempt")
    op.drop_index(op.f("ix_attempt_status"), table_name="attempt")
    op.drop_index("ix_attempt_block_number", table_name="attempt")
    op.drop_table("attempt")
    op.drop_index(
        "uq_transaction_live_revocation",
        table_name="transaction",
        postgresql_where=sa.text("status <> 'failed'"),
    )
    op.drop_index(
        "uq_transaction_live_batch",
        table_name="transaction",
        postgresql_where=sa.text("status <> 'failed'"),
    )
    op.drop_index(op.f("ix_transaction_status"), table_name="transaction")
    op.drop_index(op.f("ix_transaction_batch_id"), table_name="transaction")
    op.drop_table("transaction")
    op.drop_table("leaf")
    op.drop_table("timestamp_token")
    op.drop_index(op.f("ix_statement_file_sha256"), table_name="statement_file")
    op.drop_table("statement_file")
    op.drop_table("statement")
    op.drop_table("revocation")
    op.drop_table("evidence_fact")
    op.drop_table("custody_event")
    op.drop_index(
        "ix_certificate_unmade",
        table_name="certificate",
        postgresql_where=sa.text("pdf_sha256 IS NULL"),
    )
    op.drop_index(op.f("ix_certificate_pdf_sha256"), table_name="certificate")
    op.drop_table("certificate")
    op.drop_index(op.f("ix_version_file_version_id"), table_name="version_file")
    op.drop_table("version_file")
    op.drop_index(
        "ix_evidence_unstated",
        table_name="evidence",
        postgresql_where=sa.text("stated_at IS NULL AND rejected_at IS NULL"),
    )
    op.drop_index(op.f("ix_evidence_owner_id"), table_name="evidence")
    op.drop_table("evidence")
    op.drop_index(op.f("ix_work_version_work_id"), table_name="work_version")
    op.drop_table("work_version")
    op.drop_index(op.f("ix_work_owner_id"), table_name="work")
    op.drop_table("work")
    op.drop_index(op.f("ix_upload_owner_id"), table_name="upload")
    op.drop_table("upload")
    op.drop_index(op.f("ix_sign_in_account_id"), table_name="sign_in")
    op.drop_table("sign_in")
    op.drop_index(op.f("ix_api_key_account_id"), table_name="api_key")
    op.drop_table("api_key")
    op.drop_index(op.f("ix_transition_subject"), table_name="transition")
    op.drop_table("transition")
    op.drop_table("sender")
    op.drop_table("blob")
    op.drop_table("batch")
    op.drop_index(
        "uq_alarm_open", table_name="alarm", postgresql_where=sa.text("cleared_at IS NULL")
    )
    op.drop_table("alarm")
    op.drop_table("account")

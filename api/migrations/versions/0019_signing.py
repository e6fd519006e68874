"""Papers that are signed on line: papers, signers with their links, acts, and stored revisions.

A stored revision never changes and is never deleted; a signed act stays signed.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

GUARD = """
CREATE FUNCTION signing_revision_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.stored_at IS NOT NULL THEN
        RAISE EXCEPTION 'a stored revision never changes' USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER signing_revision_guard BEFORE UPDATE OR DELETE ON signing_revision
    FOR EACH ROW EXECUTE FUNCTION signing_revision_guard();
CREATE FUNCTION signing_act_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.status = 'signed' THEN
        RAISE EXCEPTION 'what was signed never changes' USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.id, NEW.paper_id, NEW.signer_id, NEW.place, NEW.reference)
        IS DISTINCT FROM (OLD.id, OLD.paper_id, OLD.signer_id, OLD.place, OLD.reference)
    THEN
        RAISE EXCEPTION 'what is to be signed never changes' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER signing_act_guard BEFORE UPDATE OR DELETE ON signing_act
    FOR EACH ROW EXECUTE FUNCTION signing_act_guard();
"""


def _time(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "signing_paper",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("content_digest", sa.LargeBinary(), nullable=False),
        sa.Column("drawn_sha256", sa.Text(), nullable=False),
        sa.Column("drawn", sa.LargeBinary(), nullable=True),
        sa.Column("pages", sa.BigInteger(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("places", postgresql.JSONB(), nullable=False),
        sa.Column("kept_from", sa.Uuid(), nullable=True),
        _time("created_at", nullable=False),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_signing_paper_matter_id")
        ),
        sa.ForeignKeyConstraint(
            ["kept_from"], ["signing_paper.id"], name=op.f("fk_signing_paper_kept_from")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_paper")),
        sa.UniqueConstraint(
            "matter_id", "round", "code", name=op.f("uq_signing_paper_matter_id_round_code")
        ),
    )
    op.create_table(
        "signing_signer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("roles", postgresql.JSONB(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("document_kind", sa.Text(), nullable=False),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        _time("link_expires_at"),
        _time("link_sent_at"),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("code_index", sa.LargeBinary(), nullable=True),
        _time("code_expires_at"),
        sa.Column("codes_sent", sa.BigInteger(), nullable=False),
        sa.Column("proof_hash", sa.LargeBinary(), nullable=True),
        _time("proof_expires_at"),
        _time("proven_at"),
        sa.CheckConstraint("kind IN ('signature', 'seal')", name=op.f("ck_signing_signer_kind")),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_signing_signer_matter_id")
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_signing_signer_party_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_signer")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_signing_signer_token_hash")),
        sa.UniqueConstraint(
            "matter_id", "round", "position",
            name=op.f("uq_signing_signer_matter_id_round_position"),
        ),
    )  # fmt: skip
    for name, condition in (
        ("uninvited", "link_sent_at IS NULL"),
        ("reachable", "contact IS NOT NULL"),
    ):
        op.create_index(
            f"ix_signing_signer_{name}", "signing_signer", ["matter_id"],
            postgresql_where=sa.text(condition),
        )  # fmt: skip
    op.create_table(
        "signing_act",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("paper_id", sa.Uuid(), nullable=False),
        sa.Column("signer_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reference", sa.Uuid(), nullable=False),
        _time("seen_at"),
        _time("intended_at"),
        sa.Column("strokes", postgresql.JSONB(), nullable=True),
        _time("signed_at"),
        sa.CheckConstraint(
            "status IN ('waiting', 'intended', 'signed')", name=op.f("ck_signing_act_status")
        ),
        sa.CheckConstraint(
            "status = 'waiting' OR intended_at IS NOT NULL", name=op.f("ck_signing_act_intended")
        ),
        sa.CheckConstraint(
            "(status = 'signed') = (signed_at IS NOT NULL)", name=op.f("ck_signing_act_signed")
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["signing_paper.id"], name=op.f("fk_signing_act_paper_id")
        ),
        sa.ForeignKeyConstraint(
            ["signer_id"], ["signing_signer.id"], name=op.f("fk_signing_act_signer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_act")),
        sa.UniqueConstraint("paper_id", "place", name=op.f("uq_signing_act_paper_id_place")),
    )
    op.create_index(op.f("ix_signing_act_signer_id"), "signing_act", ["signer_id"])
    op.create_index(
        "ix_signing_act_intended", "signing_act", ["paper_id"],
        postgresql_where=sa.text("status = 'intended'"),
    )  # fmt: skip
    op.create_table(
        "signing_revision",
        sa.Column("paper_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("act_id", sa.Uuid(), nullable=True),
        _time("noted_at", nullable=False),
        _time("stored_at"),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["signing_paper.id"], name=op.f("fk_signing_revision_paper_id")
        ),
        sa.ForeignKeyConstraint(
            ["act_id"], ["signing_act.id"], name=op.f("fk_signing_revision_act_id")
        ),
        sa.PrimaryKeyConstraint("paper_id", "number", name=op.f("pk_signing_revision")),
    )
    op.create_index(op.f("ix_signing_revision_sha256"), "signing_revision", ["sha256"])
    op.execute(GUARD)


def downgrade() -> None:
    for table in ("signing_revision", "signing_act", "signing_signer", "signing_paper"):
        op.drop_table(table)
    op.execute("DROP FUNCTION signing_revision_guard()")
    op.execute("DROP FUNCTION signing_act_guard()")

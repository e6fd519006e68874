"""Notices: worded with the decision they tell of, and never reworded; the file is made once."""

from alembic import op
import sqlalchemy as sa

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

NOTICE_GUARD = """
CREATE FUNCTION notice_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.pdf_sha256 IS NOT NULL
       OR (NEW.id, NEW.matter_id, NEW.place, NEW.number, NEW.kind, NEW.content, NEW.issued_at)
        IS DISTINCT FROM
          (OLD.id, OLD.matter_id, OLD.place, OLD.number, OLD.kind, OLD.content, OLD.issued_at)
    THEN
        RAISE EXCEPTION 'a notice stays as it was issued' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pdf_sha256", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("place >= 1", name=op.f("ck_notice_counted")),
        sa.CheckConstraint(
            "(pdf_sha256 IS NULL) = (made_at IS NULL)", name=op.f("ck_notice_made")
        ),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_notice_matter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("matter_id", "place", name=op.f("uq_notice_matter_id_place")),
        sa.UniqueConstraint("number", name=op.f("uq_notice_number")),
    )
    op.create_index(op.f("ix_notice_pdf_sha256"), "notice", ["pdf_sha256"])
    op.create_index(
        "ix_notice_unmade", "notice", ["issued_at"],
        postgresql_where=sa.text("pdf_sha256 IS NULL"),
    )
    op.execute(NOTICE_GUARD)
    op.execute(
        "CREATE TRIGGER notice_guard BEFORE UPDATE OR DELETE ON notice "
        "FOR EACH ROW EXECUTE FUNCTION notice_guard()"
    )


def downgrade() -> None:
    op.drop_table("notice")
    op.execute("DROP FUNCTION notice_guard")

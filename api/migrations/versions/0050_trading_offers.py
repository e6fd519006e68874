"""Works whose applicants consent to be shown for trading; that can be taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trading_offer",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consented", sa.Boolean(), nullable=False),
        sa.Column("information", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["announcement.registration_id"],
            name=op.f("fk_trading_offer_registration_id"),
        ),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_trading_offer")),
        sa.CheckConstraint(
            "consented OR information = ''",
            name=op.f("ck_trading_offer_taken_back_with_its_words"),
        ),
    )
    for name, columns in (
        ("ix_trading_offer_office", ["office", "registered_at", "registration_id"]),
        ("ix_trading_offer_category", ["office", "category", "registered_at", "registration_id"]),
    ):
        op.create_index(name, "trading_offer", columns, postgresql_where=sa.text("consented"))
    # What was consented to on the form, but of accounts that are closed: they could not take it
    # back.
    op.execute(
        "INSERT INTO trading_offer (registration_id, office, category, registered_at, consented, "
        "information, changed_at) "
        "SELECT a.registration_id, a.office, a.category, a.registered_at, true, "
        "COALESCE(m.form #>> '{trading,information}', ''), a.registered_at "
        "FROM announcement a JOIN registration r ON r.id = a.registration_id "
        "JOIN matter m ON m.id = r.matter_id JOIN account o ON o.id = m.applicant_id "
        "WHERE m.form #> '{trading,consent}' = 'true'::jsonb AND o.closed_at IS NULL"
    )


def downgrade() -> None:
    op.drop_table("trading_offer")

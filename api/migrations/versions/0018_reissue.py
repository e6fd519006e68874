"""Re-issue of registration certificates: who asked for a new edition, and why."""

from alembic import op
import sqlalchemy as sa

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "registration_reissue",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("superseded", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [there], name=op.f(f"fk_registration_reissue_{column}"))
            for column, there in (
                ("registration_id", "registration.id"),
                ("superseded", "certificate.id"),
                ("officer_id", "account.id"),
                ("person_id", "person.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_reissue")),
        sa.UniqueConstraint("superseded", name=op.f("uq_registration_reissue_superseded")),
    )
    op.create_index(
        op.f("ix_registration_reissue_registration_id"), "registration_reissue", ["registration_id"]
    )
    op.execute(
        "CREATE TRIGGER registration_reissue_never_edited BEFORE UPDATE OR DELETE "
        "ON registration_reissue FOR EACH ROW EXECUTE FUNCTION never_edited()"
    )


def downgrade() -> None:
    op.drop_table("registration_reissue")

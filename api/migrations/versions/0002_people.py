"""Who people are: persons, verifications, papers, parties, organisations, mandates, officers."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_invitation_code_hash")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column("identity_index", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("nature IN ('natural', 'body')", name=op.f("ck_person_nature")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("identity_index", name=op.f("uq_person_identity_index")),
    )
    op.create_table(
        "delivery_address",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("contents", sa.LargeBinary(), nullable=True),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_delivery_address_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_address")),
    )
    op.create_index(
        op.f("ix_delivery_address_account_id"), "delivery_address", ["account_id"], unique=False
    )
    op.create_table(
        "membership",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('manager', 'member')", name=op.f("ck_membership_role")),
        sa.CheckConstraint("organisation_id <> account_id", name=op.f("ck_membership_of_another")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_membership_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["account.id"], name=op.f("fk_membership_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
    )
    op.create_index(op.f("ix_membership_account_id"), "membership", ["account_id"], unique=False)
    op.create_index(
        op.f("ix_membership_organisation_id"), "membership", ["organisation_id"], unique=False
    )
    op.create_index(
        "uq_membership_held",
        "membership",
        ["organisation_id", "account_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "officer_role",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("appointed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role <> 'first_examiner' OR agency IS NOT NULL", name=op.f("ck_officer_role_agency")
        ),
        sa.CheckConstraint(
            "role IN ('first_examiner', 'final_examiner', 'registrar', 'cashier', 'supervisor')",
            name=op.f("ck_officer_role_role"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_officer_role_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_officer_role_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer_role")),
    )
    op.create_index(
        op.f("ix_officer_role_account_id"), "officer_role", ["account_id"], unique=False
    )
    op.create_index(op.f("ix_officer_role_person_id"), "officer_role", ["person_id"], unique=False)
    op.create_index(
        "uq_officer_role_held",
        "officer_role",
        ["account_id", "office", "role"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "party",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column("roles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("pen_name", sa.Text(), nullable=True),
        sa.Column("document_kind", sa.Text(), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=True),
        sa.Column("number_index", sa.LargeBinary(), nullable=True),
        sa.Column("details", sa.LargeBinary(), nullable=True),
        sa.Column("nationality", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("guardian_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("nature IN ('natural', 'body')", name=op.f("ck_party_nature")),
        sa.CheckConstraint(
            "erased_at IS NOT NULL OR number IS NOT NULL", name=op.f("ck_party_number_or_tombstone")
        ),
        sa.CheckConstraint("guardian_id <> id", name=op.f("ck_party_guardian_is_another")),
        sa.ForeignKeyConstraint(["guardian_id"], ["party.id"], name=op.f("fk_party_guardian_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=op.f("fk_party_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party")),
    )
    op.create_index(op.f("ix_party_number_index"), "party", ["number_index"], unique=False)
    op.create_index(op.f("ix_party_owner_id"), "party", ["owner_id"], unique=False)
    op.create_index(
        "uq_party_once",
        "party",
        ["owner_id", "number_index"],
        unique=True,
        postgresql_where=sa.text("erased_at IS NULL"),
    )
    op.create_table(
        "recovery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_recovery_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_recovery_code_hash")),
    )
    op.create_index(op.f("ix_recovery_account_id"), "recovery", ["account_id"], unique=False)
    op.create_table(
        "reveal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("office", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name=op.f("fk_reveal_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reveal")),
    )
    op.create_index(op.f("ix_reveal_by_id"), "reveal", ["by_id"], unique=False)
    op.create_index(op.f("ix_reveal_subject_id"), "reveal", ["subject_id"], unique=False)
    op.create_table(
        "second_factor",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_second_factor_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_factor")),
        sa.UniqueConstraint("account_id", name=op.f("uq_second_factor_account_id")),
    )
    op.create_table(
        "verification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("document_kind", sa.Text(), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=True),
        sa.Column("number_index", sa.LargeBinary(), nullable=True),
        sa.Column("details", sa.LargeBinary(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("ground", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status = 'erased' OR number IS NOT NULL",
            name=op.f("ck_verification_number_or_tombstone"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'submitted', 'accepted', 'verified', 'rejected', 'superseded', 'withdrawn', 'erased')",
            name=op.f("ck_verification_status"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('verified', 'rejected') OR (decided_by IS NOT NULL AND decided_by <> account_id)",
            name=op.f("ck_verification_not_oneself"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_verification_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["verification.id"], name=op.f("fk_verification_corrects_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["account.id"], name=op.f("fk_verification_decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification")),
    )
    op.create_index(
        op.f("ix_verification_account_id"), "verification", ["account_id"], unique=False
    )
    op.create_index(
        op.f("ix_verification_number_index"), "verification", ["number_index"], unique=False
    )
    op.create_index(
        "ix_verification_queue",
        "verification",
        ["office", "submitted_at"],
        unique=False,
        postgresql_where=sa.text("status = 'submitted'"),
    )
    op.create_index(
        "uq_verification_holds",
        "verification",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('accepted', 'verified')"),
    )
    op.create_index(
        "uq_verification_open",
        "verification",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('draft', 'submitted')"),
    )
    op.create_table(
        "paper",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("data_key", sa.LargeBinary(), nullable=True),
        sa.Column("verification_id", sa.Uuid(), nullable=True),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "erased_at IS NOT NULL OR data_key IS NOT NULL", name=op.f("ck_paper_key_or_tombstone")
        ),
        sa.CheckConstraint("size > 0", name=op.f("ck_paper_not_empty")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_paper_account_id")),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_paper_party_id")),
        sa.ForeignKeyConstraint(
            ["verification_id"], ["verification.id"], name=op.f("fk_paper_verification_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper")),
    )
    op.create_index(op.f("ix_paper_account_id"), "paper", ["account_id"], unique=False)
    op.create_index(op.f("ix_paper_party_id"), "paper", ["party_id"], unique=False)
    op.create_index(op.f("ix_paper_verification_id"), "paper", ["verification_id"], unique=False)
    op.create_table(
        "kind_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("paper_id", sa.Uuid(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("ground", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status = 'requested' OR (decided_by IS NOT NULL AND decided_by <> account_id)",
            name=op.f("ck_kind_change_not_oneself"),
        ),
        sa.CheckConstraint(
            "status IN ('requested', 'granted', 'refused')", name=op.f("ck_kind_change_status")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_kind_change_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["account.id"], name=op.f("fk_kind_change_decided_by")
        ),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name=op.f("fk_kind_change_paper_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kind_change")),
    )
    op.create_index(op.f("ix_kind_change_account_id"), "kind_change", ["account_id"], unique=False)
    op.create_index(
        "uq_kind_change_open",
        "kind_change",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("status = 'requested'"),
    )
    op.create_table(
        "mandate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("principal_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("scopes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("paper_id", sa.Uuid(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("principal_id <> agent_id", name=op.f("ck_mandate_of_another")),
        sa.CheckConstraint("valid_from <= valid_until", name=op.f("ck_mandate_dates")),
        sa.ForeignKeyConstraint(["agent_id"], ["account.id"], name=op.f("fk_mandate_agent_id")),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name=op.f("fk_mandate_paper_id")),
        sa.ForeignKeyConstraint(
            ["principal_id"], ["account.id"], name=op.f("fk_mandate_principal_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate")),
    )
    op.create_index(op.f("ix_mandate_agent_id"), "mandate", ["agent_id"], unique=False)
    op.create_index(op.f("ix_mandate_principal_id"), "mandate", ["principal_id"], unique=False)
    op.add_column("account", sa.Column("kind", sa.Text(), nullable=True))
    op.add_column("account", sa.Column("person_id", sa.Uuid(), nullable=True))
    op.add_column("account", sa.Column("referrer_id", sa.Uuid(), nullable=True))
    op.add_column("account", sa.Column("transaction_password_hash", sa.Text(), nullable=True))
    op.create_index(op.f("ix_account_person_id"), "account", ["person_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_account_referrer_id"), "account", "account", ["referrer_id"], ["id"]
    )
    op.create_foreign_key(op.f("fk_account_person_id"), "account", "person", ["person_id"], ["id"])
    op.add_column(
        "sign_in", sa.Column("second_factor_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_check_constraint(
        op.f("ck_account_kind"),
        "account",
        "kind IN ('individual', 'enterprise', 'organisation', 'agent_firm', 'agent_lawyer')",
    )
    op.create_check_constraint(
        op.f("ck_account_referred_by_another"), "account", "referrer_id <> id"
    )
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON reveal "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_account_referred_by_another"), "account")
    op.drop_constraint(op.f("ck_account_kind"), "account")
    op.drop_column("sign_in", "second_factor_at")
    op.drop_constraint(op.f("fk_account_person_id"), "account", type_="foreignkey")
    op.drop_constraint(op.f("fk_account_referrer_id"), "account", type_="foreignkey")
    op.drop_index(op.f("ix_account_person_id"), table_name="account")
    op.drop_column("account", "transaction_password_hash")
    op.drop_column("account", "referrer_id")
    op.drop_column("account", "person_id")
    op.drop_column("account", "kind")
    op.drop_index(op.f("ix_mandate_principal_id"), table_name="mandate")
    op.drop_index(op.f("ix_mandate_agent_id"), table_name="mandate")
    op.drop_table("mandate")
    op.drop_index(
        "uq_kind_change_open",
        table_name="kind_change",
        postgresql_where=sa.text("status = 'requested'"),
    )
    op.drop_index(op.f("ix_kind_change_account_id"), table_name="kind_change")
    op.drop_table("kind_change")
    op.drop_index(op.f("ix_paper_verification_id"), table_name="paper")
    op.drop_index(op.f("ix_paper_party_id"), table_name="paper")
    op.drop_index(op.f("ix_paper_account_id"), table_name="paper")
    op.drop_table("paper")
    op.drop_index(
        "uq_verification_open",
        table_name="verification",
        postgresql_where=sa.text("status IN ('draft', 'submitted')"),
    )
    op.drop_index(
        "uq_verification_holds",
        table_name="verification",
        postgresql_where=sa.text("status IN ('accepted', 'verified')"),
    )
    op.drop_index(
        "ix_verification_queue",
        table_name="verification",
        postgresql_where=sa.text("status = 'submitted'"),
    )
    op.drop_index(op.f("ix_verification_number_index"), table_name="verification")
    op.drop_index(op.f("ix_verification_account_id"), table_name="verification")
    op.drop_table("verification")
    op.drop_table("second_factor")
    op.drop_index(op.f("ix_reveal_subject_id"), table_name="reveal")
    op.drop_index(op.f("ix_reveal_by_id"), table_name="reveal")
    op.drop_table("reveal")
    op.drop_index(op.f("ix_recovery_account_id"), table_name="recovery")
    op.drop_table("recovery")
    op.drop_index(
        "uq_party_once", table_name="party", postgresql_where=sa.text("erased_at IS NULL")
    )
    op.drop_index(op.f("ix_party_owner_id"), table_name="party")
    op.drop_index(op.f("ix_party_number_index"), table_name="party")
    op.drop_table("party")
    op.drop_index(
        "uq_officer_role_held",
        table_name="officer_role",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(op.f("ix_officer_role_person_id"), table_name="officer_role")
    op.drop_index(op.f("ix_officer_role_account_id"), table_name="officer_role")
    op.drop_table("officer_role")
    op.drop_index(
        "uq_membership_held", table_name="membership", postgresql_where=sa.text("ended_at IS NULL")
    )
    op.drop_index(op.f("ix_membership_organisation_id"), table_name="membership")
    op.drop_index(op.f("ix_membership_account_id"), table_name="membership")
    op.drop_table("membership")
    op.drop_index(op.f("ix_delivery_address_account_id"), table_name="delivery_address")
    op.drop_table("delivery_address")
    op.drop_table("person")
    op.drop_table("invitation")
    op.execute("DROP FUNCTION refuse_change()")

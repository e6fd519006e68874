"""Acting for others: organisations and their members, mandates by office, agents in matters.

A trigger holds that no officer examines what an organisation of the officer's, or the officer as
agent, has filed: under any account of that human being, as a member at or after the submission.
"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ROLES = "role IN ('owner', 'admin', 'filer', 'viewer')"
BODIES = "kind IN ('enterprise', 'organisation', 'agent_firm')"

MATTER_INTEREST = """
CREATE FUNCTION matter_interest() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    officer uuid;
    human uuid;
BEGIN
    IF NEW.agent_id IS DISTINCT FROM OLD.agent_id THEN
        RAISE EXCEPTION 'who files a matter never changes' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status = 'first_examination'
       OR (NEW.status = 'passed' AND OLD.status = 'first_examination')
    THEN
        officer := NEW.first_officer_id; human := NEW.first_person;
    ELSIF NEW.status IN ('final_examination', 'registered', 'refused') THEN
        officer := NEW.final_officer_id; human := NEW.final_person;
    ELSE
        RETURN NEW;
    END IF;
    IF EXISTS (
        SELECT 1
        FROM account named
        JOIN account body ON body.id = named.id OR body.person_id = named.person_id
        JOIN account mine ON mine.id = officer OR mine.person_id = human
        WHERE named.id IN (NEW.applicant_id, NEW.agent_id)
          AND (mine.id = body.id OR EXISTS (
              SELECT 1 FROM membership
              WHERE membership.organisation_id = body.id AND membership.account_id = mine.id
                AND (membership.ended_at IS NULL OR membership.ended_at >= NEW.submitted_at)
                AND (membership.valid_until IS NULL OR membership.valid_until
                     >= (NEW.submitted_at AT TIME ZONE 'Asia/Shanghai')::date)))
    ) THEN
        RAISE EXCEPTION 'an officer with an interest' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.drop_constraint(op.f("ck_account_reachable"), "account")
    op.create_check_constraint(
        op.f("ck_account_reachable"),
        "account",
        f"email IS NOT NULL OR mobile IS NOT NULL OR (password_hash IS NULL AND {BODIES})",
    )
    op.drop_constraint(op.f("ck_membership_role"), "membership")
    op.execute("UPDATE membership SET role = 'admin' WHERE role = 'manager'")
    op.execute("UPDATE membership SET role = 'filer' WHERE role = 'member'")
    op.create_check_constraint(op.f("ck_membership_role"), "membership", ROLES)
    op.execute("DELETE FROM membership WHERE accepted_at IS NULL")
    op.alter_column("membership", "accepted_at", new_column_name="began_at", nullable=False)
    op.drop_column("membership", "invited_at")
    op.add_column("membership", sa.Column("valid_until", sa.Date(), nullable=True))
    op.create_check_constraint(
        op.f("ck_membership_owners_stay"), "membership", "valid_until IS NULL OR role <> 'owner'"
    )
    op.create_table(
        "member_invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(ROLES, name=op.f("ck_member_invitation_role")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["account.id"], name=op.f("fk_member_invitation_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["invited_by"], ["account.id"], name=op.f("fk_member_invitation_invited_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_invitation")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_member_invitation_code_hash")),
    )
    op.create_index(
        op.f("ix_member_invitation_organisation_id"), "member_invitation", ["organisation_id"]
    )
    op.add_column("api_key", sa.Column("made_by", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_api_key_made_by"), "api_key", "account", ["made_by"], ["id"])
    op.create_index(op.f("ix_api_key_made_by"), "api_key", ["made_by"])
    op.add_column(
        "mandate",
        sa.Column(
            "offices", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
    )
    op.alter_column("mandate", "offices", server_default=None)
    op.add_column("work", sa.Column("agent_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_work_agent_id"), "work", "account", ["agent_id"], ["id"])
    op.add_column("matter", sa.Column("agent_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_matter_agent_id"), "matter", "account", ["agent_id"], ["id"])
    op.create_check_constraint(
        op.f("ck_matter_agent_is_another"), "matter", "agent_id <> applicant_id"
    )
    op.create_index(
        "ix_matter_agent_id_created_at",
        "matter",
        ["agent_id", "created_at"],
        postgresql_where=sa.text("agent_id IS NOT NULL"),
    )
    op.execute(MATTER_INTEREST)
    op.execute(
        "CREATE TRIGGER matter_interest BEFORE UPDATE ON matter "
        "FOR EACH ROW EXECUTE FUNCTION matter_interest()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER matter_interest ON matter")
    op.execute("DROP FUNCTION matter_interest()")
    op.drop_index("ix_matter_agent_id_created_at", table_name="matter")
    op.drop_constraint(op.f("ck_matter_agent_is_another"), "matter")
    op.drop_column("matter", "agent_id")
    op.drop_column("work", "agent_id")
    op.drop_column("mandate", "offices")
    op.drop_column("api_key", "made_by")
    op.drop_table("member_invitation")
    op.drop_constraint(op.f("ck_membership_owners_stay"), "membership")
    op.drop_column("membership", "valid_until")
    op.add_column(
        "membership", sa.Column("invited_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.execute("UPDATE membership SET invited_at = began_at")
    op.alter_column("membership", "invited_at", nullable=False)
    op.alter_column("membership", "began_at", new_column_name="accepted_at", nullable=True)
    op.drop_constraint(op.f("ck_membership_role"), "membership")
    op.execute("UPDATE membership SET role = 'manager' WHERE role IN ('owner', 'admin')")
    op.execute("UPDATE membership SET role = 'member' WHERE role IN ('filer', 'viewer')")
    op.create_check_constraint(
        op.f("ck_membership_role"), "membership", "role IN ('manager', 'member')"
    )
    op.drop_constraint(op.f("ck_account_reachable"), "account")
    op.create_check_constraint(
        op.f("ck_account_reachable"), "account", "email IS NOT NULL OR mobile IS NOT NULL"
    )

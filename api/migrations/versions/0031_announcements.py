"""The public notice: entries of offices that announce them, as strangers search them."""

import itertools
import json
import tomllib
import unicodedata

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    made = op.create_table(
        "announcement",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("letters", ARRAY(sa.Text()), nullable=False),
        sa.Column("owners", ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_announcement_registration_id"),
        ),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_announcement")),
    )
    op.create_index(
        "ix_announcement_office", "announcement", ["office", "registered_at", "registration_id"]
    )
    op.create_index(
        "ix_announcement_letters", "announcement", ["letters"], postgresql_using="gin"
    )
    op.create_index("ix_announcement_owners", "announcement", ["owners"], postgresql_using="gin")
    _announce_what_there_is(made)


def _announce_what_there_is(announcement: sa.Table) -> None:
    """What was registered before, where the rules its matter began under announce it."""
    rows = op.get_bind().execute(
        sa.text(
            "SELECT r.id, r.office, r.registered_at, r.record, e.text FROM registration r "
            "JOIN matter m ON m.id = r.matter_id JOIN office_edition e ON e.digest = m.edition"
        )
    )
    for row in rows:
        if not tomllib.loads(row.text)["notice"]["public"]:
            continue
        record = json.loads(bytes(row.record))
        title = _folded(record["title"])
        op.get_bind().execute(
            announcement.insert().values(
                registration_id=row.id,
                office=row.office,
                registered_at=row.registered_at,
                title=title,
                letters=_letters(title),
                owners=sorted({_folded(each) for each in record["owners"]}),
            )
        )


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _letters(text: str) -> list[str]:
    return sorted({*text, *(one + other for one, other in itertools.pairwise(text))})


def downgrade() -> None:
    op.drop_table("announcement")

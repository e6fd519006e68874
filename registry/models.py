"""Tables of registration matters, their examination, and the register.

Migration 0003 adds what a table definition cannot say: a matter moves along the rules of
`registry.lifecycle` only, what was decided is never edited, and serials have no gaps.
"""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Id

_HELD_FIRST = "'first_examination', 'passed', 'final_examination', 'registered', 'refused'"
_HELD_FINAL = "'final_examination', 'registered', 'refused'"


class OfficeEdition(Base):
    """The text of an office's rules that some matter began under."""

    __tablename__ = "office_edition"

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    office: Mapped[str]
    version: Mapped[int]
    text: Mapped[str]
    first_used_at: Mapped[datetime]


class Matter(Base):
    """An application for registration. `round` counts submissions; 0 is a draft."""

    __tablename__ = "matter"
    __table_args__ = (
        CheckConstraint("first_person <> final_person", name="two_persons"),
        CheckConstraint("first_officer_id <> final_officer_id", name="two_accounts"),
        CheckConstraint("agent_id <> applicant_id", name="agent_is_another"),
        CheckConstraint(
            "applicant_person <> first_person AND applicant_person <> final_person",
            name="not_own_person",
        ),
        CheckConstraint(
            "applicant_id <> first_officer_id AND applicant_id <> final_officer_id",
            name="not_own_account",
        ),
        CheckConstraint(
            f"status NOT IN ({_HELD_FIRST}) "
            "OR (first_officer_id IS NOT NULL AND first_person IS NOT NULL)",
            name="first_examined",
        ),
        CheckConstraint(
            f"status NOT IN ({_HELD_FINAL}) "
            "OR (final_officer_id IS NOT NULL AND final_person IS NOT NULL)",
            name="finally_examined",
        ),
        CheckConstraint("status <> 'returned' OR due_at IS NOT NULL", name="due_when_returned"),
        CheckConstraint(
            "due_at IS NULL OR status IN ('returned', 'signing', 'payment')",
            name="due_while_correcting",
        ),
        CheckConstraint(
            "status IN ('draft', 'withdrawn') OR evidence_id IS NOT NULL", name="with_evidence"
        ),
        *(
            Index(
                f"ix_matter_queue{name}", "office", "status", *columns,
                text("COALESCE(examine_by, submitted_at)"), "submitted_at", "id",
                postgresql_where=text("status IN ('submitted', 'passed') AND NOT awaits_papers"),
            )
            for name, columns in (
                ("", ()), ("_agency", ("agency",)), ("_category", ("category",)),
            )
        ),
        Index(
            "ix_matter_queue_urgent", "office", "status",
            text("COALESCE(examine_by, submitted_at)"), "submitted_at", "id",
            postgresql_where=text(
                "status IN ('submitted', 'passed') AND urgent AND NOT awaits_papers"
            ),
        ),
        Index(
            "ix_matter_awaits_papers", "office", "submitted_at", "id",
            postgresql_where=text("status = 'submitted' AND awaits_papers"),
        ),
        *(
            Index(
                f"ix_matter_{stage}_held", f"{stage}_officer_id",
                postgresql_where=text(f"status = '{stage}_examination'"),
            )
            for stage in ("first", "final")
        ),
        Index(
            "ix_matter_overseen", "office", "status", "submitted_at", "id",
            postgresql_where=text("submitted_at IS NOT NULL"),
        ),
        Index("ix_matter_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("ix_matter_applicant_id_created_at", "applicant_id", "created_at"),
        Index(
            "ix_matter_agent_id_created_at",
            "agent_id",
            "created_at",
            postgresql_where=text("agent_id IS NOT NULL"),
        ),
    )  # fmt: skip

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(unique=True)
    """受理号: the acceptance number."""
    office: Mapped[str]
    edition: Mapped[bytes] = mapped_column(ForeignKey("office_edition.digest"))
    agency: Mapped[str | None]
    """Where it is examined first, when the office has agencies."""
    applicant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    """For whom it is filed: an agent's principal."""
    agent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    """The agent who files it under a mandate of the applicant's; None for the applicant."""
    applicant_person: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    """Who the applicant is, as far as it was known at the last submission."""
    evidence_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("evidence.id"), index=True)
    status: Mapped[str]
    round: Mapped[int]
    revision: Mapped[int] = mapped_column(server_default="0")
    """Counts the changes of form and documents, so that two windows notice each other."""
    form: Mapped[dict[str, Any]]
    documents: Mapped[dict[str, Any]]
    category: Mapped[str | None] = mapped_column(Computed("form ->> 'category'", persisted=True))
    urgent: Mapped[bool] = mapped_column(
        Computed("COALESCE((form -> 'urgent')::boolean, false)", persisted=True)
    )
    """These two are of the form, for the indexes of the queues."""
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    """When it last reached the examiners: signed, and paid for."""
    due_at: Mapped[datetime | None]
    """Until when a return has to be answered, signatures and payment included."""
    examine_by: Mapped[datetime | None]
    """When the examination is due, as long as that term runs; queues are in its order, and where no
    term runs in that of `submitted_at`.
    """
    awaits_papers: Mapped[bool] = mapped_column(server_default="false")
    """Submitted on line, while the office wants its papers on paper as well and has not got them:
    nobody examines it yet.
    """
    first_officer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    first_person: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    final_officer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    final_person: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))


class Submission(Base):
    """Append-only: what was submitted in each round, exactly as the examiners saw it."""

    __tablename__ = "matter_submission"

    matter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("matter.id"), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    evidence_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("evidence.id"))
    form: Mapped[dict[str, Any]]
    documents: Mapped[dict[str, Any]]
    submitted_at: Mapped[datetime]


class Finding(Base):
    """Append-only: one decision of an officer, with its reasons."""

    __tablename__ = "matter_finding"

    id: Mapped[Id]
    matter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("matter.id"), index=True)
    round: Mapped[int]
    action: Mapped[str]
    officer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    checklist: Mapped[list[str]]
    items: Mapped[list[str]]
    """Each `field:<name>` or `document:<code>`, a blank, and the reason."""
    ground: Mapped[str | None]
    note: Mapped[str]
    at: Mapped[datetime]


class DeclaredConflict(Base):
    """What an officer declared: a person or body, known by document, or a name. It is ended, never
    deleted; the trigger of migration 0015 lets nothing else change.
    """

    __tablename__ = "declared_conflict"
    __table_args__ = (
        CheckConstraint("kind IN ('person', 'organisation', 'name')", name="kind"),
        CheckConstraint("(kind = 'name') = (name IS NOT NULL)", name="name_when_name"),
        CheckConstraint("(kind = 'name') = (subject_id IS NULL)", name="subject_otherwise"),
    )

    id: Mapped[Id]
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    """Whose conflict it is: the human being behind the officer."""
    declared_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str]
    subject_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str | None]
    note: Mapped[str]
    """What binds: a word for the officer and for whoever looks at it later."""
    declared_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Recusal(Base):
    """Append-only: somebody stepped back from a matter, and is never given it again."""

    __tablename__ = "recusal"

    matter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("matter.id"), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("person.id"), primary_key=True, index=True
    )
    officer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    reason: Mapped[str]
    at: Mapped[datetime]


class PaperScan(Base):
    """Append-only: for which edition of a paper a scan was first brought (`registry.scans`)."""

    __tablename__ = "paper_scan"

    matter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("matter.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    scan: Mapped[bytes] = mapped_column(primary_key=True)
    paper: Mapped[bytes]
    """Its digest as it could be printed then: its first digits stand at its foot."""
    said: Mapped[bytes]
    """The digest of what it said of the application."""
    at: Mapped[datetime]


class PaperReceipt(Base):
    """Append-only: the papers of a matter came, on paper."""

    __tablename__ = "paper_receipt"

    matter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("matter.id"), primary_key=True)
    officer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    note: Mapped[str]
    at: Mapped[datetime]


class Removal(Base):
    """Append-only: a registrar took a matter out of the hands of who held it."""

    __tablename__ = "removal"

    id: Mapped[Id]
    matter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("matter.id"), index=True)
    held_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    officer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    reason: Mapped[str]
    at: Mapped[datetime]


class Opening(Base):
    """Append-only: a final examiner opened a matter, in this round."""

    __tablename__ = "matter_opening"

    matter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("matter.id"), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    officer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime]


class NumberRegister(Base):
    """One row for each office. Its lock is what hands out registration numbers."""

    __tablename__ = "number_register"

    office: Mapped[str] = mapped_column(primary_key=True)


class NumberSeries(Base):
    """The last serial of each series, kept under the office's lock. Migration 0038 holds that it
    counts on by one from its first.
    """

    __tablename__ = "number_series"
    __table_args__ = (CheckConstraint("first >= 1 AND last >= first", name="begun"),)

    office: Mapped[str] = mapped_column(ForeignKey("number_register.office"), primary_key=True)
    series: Mapped[str] = mapped_column(primary_key=True)
    first: Mapped[int] = mapped_column(server_default="1")
    """What the office's rules said when it began (`numbering.first`), usually 1."""
    last: Mapped[int]


class SoftwareCertificateNumber(Base):
    """The number that a certificate of software bears beside the registration's, where the office's
    rules have one. Append-only, and counted as the entry's own is (migration 0045).
    """

    __tablename__ = "software_certificate_number"
    __table_args__ = (UniqueConstraint("office", "serial"),)

    registration_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("registration.id"), primary_key=True
    )
    office: Mapped[str]
    serial: Mapped[int]
    number: Mapped[str] = mapped_column(unique=True)
    issued_at: Mapped[datetime]


class Registration(Base):
    """An entry of the register. Never edited: what happens later is added beside it."""

    __tablename__ = "registration"
    __table_args__ = (UniqueConstraint("office", "series", "serial"),)

    id: Mapped[Id]
    matter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("matter.id"), unique=True)
    number: Mapped[str] = mapped_column(unique=True)
    office: Mapped[str]
    series: Mapped[str]
    serial: Mapped[int]
    record: Mapped[bytes]
    """The canonical registration record."""
    record_evidence_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("evidence.id"), unique=True)
    registered_at: Mapped[datetime]

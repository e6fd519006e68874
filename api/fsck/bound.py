"""I6: rows that lines of the audit bind by digest are there, and are as they were written.

A row from before lines held digests is set aside, where a line without one tells of its making; a
row that no line tells of at all was slipped in.
"""

import hashlib
from collections import Counter, defaultdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.fsck.findings import Findings
from core import audit
from core.audit import AuditLine
from core.db import Base
from registry import binding
from registry.lifecycle import MatterState
from registry.models import (
    Finding,
    Matter,
    OfficeEdition,
    Registration,
    SoftwareCertificateNumber,
    Submission,
)
from registry.notice_models import Notice
from registry.noticing import MADE_LATER

_BEFORE: Final = "rows from before lines of the audit held digests"
_FINAL: Final = MatterState.FINAL_EXAMINATION.value
_DECIDED: Final = frozenset(
    {
        (MatterState.FIRST_EXAMINATION.value, MatterState.PASSED.value),
        (MatterState.FIRST_EXAMINATION.value, MatterState.RETURNED.value),
        (_FINAL, MatterState.RETURNED.value),
        (_FINAL, MatterState.SUBMITTED.value),
        (_FINAL, MatterState.REFUSED.value),
        (_FINAL, MatterState.REGISTERED.value),
    }
)
"""Steps that are a decision of an examiner: was, became."""
_HANDED_IN: Final = frozenset({MatterState.DRAFT.value, MatterState.RETURNED.value})


class _Told:
    """What the lines about matters say."""

    def __init__(self, session: Session) -> None:
        self.digests: dict[str, Any] = {}
        self.without: Counter[tuple[str, str]] = Counter()
        """Lines that tell of a row and do not bind it: by table and matter."""
        self.since: dict[str, datetime] = {}
        """When the first line of a stream bound anything."""
        self.files: dict[str, Any] = {}
        for stream, at, act, subject, facts in session.execute(
            select(
                AuditLine.stream, AuditLine.at, AuditLine.act, AuditLine.subject, AuditLine.facts
            )
            .where(or_(AuditLine.act.startswith("matter."), AuditLine.act.startswith("notice.")))
            .order_by(AuditLine.stream, AuditLine.sequence)
        ):
            self._read(stream, at, act, subject.partition(":")[2], facts)

    def _read(self, stream: str, at: datetime, act: str, matter: str, facts: Any) -> None:  # noqa: ANN401 - JSON
        if act == "notice.made":
            self.files.setdefault(str(facts.get("notice")), facts.get("sha256"))
            return
        if binding.MEMBER in facts:
            self.since.setdefault(stream, at)
            for name, digest in facts[binding.MEMBER].items():
                self.digests.setdefault(name, digest)
            return
        was, became = str(facts.get("was")), act.partition(".")[2]
        if (was, became) in _DECIDED:
            self.without[Finding.__tablename__, matter] += 1
        if became == MatterState.REGISTERED:
            self.without[Registration.__tablename__, matter] += 1
        if was in _HANDED_IN and became == MatterState.SIGNING:
            self.without[Submission.__tablename__, matter] += 1


def check_bound(session: Session, found: Findings) -> None:
    """Every decision, submission, entry and notice, and the rules of each matter."""
    told = _Told(session)
    aside: dict[tuple[str, str], list[Base]] = defaultdict(list)
    models: tuple[type[Any], ...] = (Finding, Submission, Registration)
    for model in models:
        for row in session.scalars(select(model)):
            if not _compare(told, row, found):
                aside[row.__tablename__, str(row.matter_id)].append(row)
    for number in session.scalars(select(SoftwareCertificateNumber)):
        if not _compare(told, number, found):
            detail = f"{number.__tablename__}: a row of no line"
            found.look("I6", holds=False, subject=number.number, detail=detail)
    for place, rows in aside.items():
        holds = len(rows) == told.without[place]
        found.look("I6", holds=holds, subject=place[1], detail=f"{place[0]}: a row of no line")
        found.set_apart(_BEFORE, len(rows) if holds else 0)
    for notice, office in session.execute(
        select(Notice, Matter.office).join(Matter, Matter.id == Notice.matter_id)
    ):
        _check_notice(told, notice, office, found)
    _check_rules(session, told, found)
    for name in told.digests:
        found.look("I6", holds=False, subject=name, detail="the row that a line binds is gone")


def _check_rules(session: Session, told: _Told, found: Findings) -> None:
    """Every matter is judged by the rules it was handed in under, and their text is that text."""
    for matter_id, edition in session.execute(select(Matter.id, Matter.edition)):
        for name, digest in binding.of_rules(matter_id, edition).items():
            if (bound := told.digests.pop(name, None)) is not None:
                found.look("I6", holds=bound == digest, subject=name, detail="other rules")
    for edition, text in session.execute(select(OfficeEdition.digest, OfficeEdition.text)):
        holds = hashlib.sha256(text.encode()).digest() == edition
        found.look("I6", holds=holds, subject=edition.hex(), detail="the text of rules was edited")


def _compare(
    told: _Told, row: Base, found: Findings, without: frozenset[str] = frozenset()
) -> bool:
    """Whether a line binds the row; then it was compared."""
    name = binding.name_of(row)
    digest = told.digests.pop(name, None)
    if digest is None:
        return False
    holds = binding.digest_of(row, without) == digest
    found.look("I6", holds=holds, subject=name, detail="not as its line binds it")
    return True


def _check_notice(told: _Told, notice: Notice, office: str, found: Findings) -> None:
    stream = audit.of_office(office)
    if not _compare(told, notice, found, MADE_LATER):
        before = stream not in told.since or notice.issued_at <= told.since[stream]
        found.look("I6", holds=before, subject=notice.number, detail="notice: a row of no line")
        found.set_apart(_BEFORE, int(before))
    digest = told.files.get(str(notice.id))
    early = digest is None and (
        notice.made_at is None or stream not in told.since or notice.made_at <= told.since[stream]
    )
    holds = early or digest == notice.pdf_sha256
    found.look("I6", holds=holds, subject=notice.number, detail="not the file that its line names")

"""T09: whoever owns the database edits one column of a decided matter; `yinji fsck` finds it.

Each column of the tables that say what was decided, and why, is edited with the triggers switched
off. What cannot be found is listed with the reason.
"""

from typing import Any

import pytest
from sqlalchemy import LargeBinary, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.fsck import Findings, audit, bound, histories, registry, steps
from core.audit import settle
from core.db import UtcDateTime
from registry import matters, noticing
from registry.lifecycle import MatterState
from registry.models import Finding, Matter, Registration, Submission
from registry.notice_models import Notice
from registry.offices import shipped
from tests.grounds.matters import NOW, brought_to, cast, person

TABLES: dict[str, type[Any]] = {
    "matter_finding": Finding,
    "matter_submission": Submission,
    "registration": Registration,
    "notice": Notice,
    "matter": Matter,
}
_LATER = "written again while the matter goes on; what it was at a decision is in no line"
NOT_FOUND = {
    "matter.agency": "where it is examined first is in no line; of an entry the record says it",
    "matter.agent_id": "who filed it is in no line",
    "matter.applicant_id": "who applies is told as the actor of a line, which may be an agent",
    "matter.applicant_person": "of the applicant no line names the person",
    "matter.revision": "counts changes of a draft",
    "matter.created_at": "a draft's beginning has no line",
    "matter.submitted_at": _LATER,
    "matter.due_at": _LATER,
    "matter.examine_by": _LATER,
    "matter.awaits_papers": _LATER,
    "notice.made_at": "the line of the file says when by its own time; the minute is no fact",
}
NOT_TRIED = {
    "matter.category": "computed of the form; cannot be written",
    "matter.urgent": "computed of the form; cannot be written",
}


class Ground:
    """A matter registered, with a notice whose file was made; another that was returned."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.matter = brought_to(session, cast(session), MatterState.REGISTERED)
        other = brought_to(session, cast(session), MatterState.RETURNED)
        for each in noticing.unmade(session, 10):
            noticing.record_made(session, each, "0" * 64, now=NOW)
        settle(session)
        matters.keep_edition(session, shipped()["zhejiang"], now=NOW)
        self.others = {
            "account": other.applicant_id, "person": person(session),
            "office_edition": shipped()["zhejiang"].digest,
        }  # fmt: skip
        session.flush()

    def found(self) -> list[str]:
        findings = Findings()
        self.session.expire_all()
        for check in (
            histories.check_histories, registry.check_rounds, registry.check_decisions,
            registry.check_entries, registry.check_serials, registry.check_announcements,
            steps.check_steps, audit.check_chains, bound.check_bound,
        ):  # fmt: skip
            check(self.session, findings)
        return [f"{each['invariant']} {each['detail']}" for each in findings.violations]

    def edit(self, table: str, change: str) -> bool:
        """Whether the database itself let it happen."""
        of = "id" if table == "matter" else "matter_id"
        self.session.execute(text("SET LOCAL session_replication_role = replica"))
        try:
            done: Any = self.session.execute(
                text(f"UPDATE {table} SET {change} WHERE {of} = :matter"),  # noqa: S608 - ours
                {"matter": self.matter.id, **self.others},
            )
        except IntegrityError:
            return False
        assert done.rowcount > 0
        self.session.execute(text("SET LOCAL session_replication_role = origin"))
        return True


@pytest.fixture
def ground(session: Session) -> Ground:
    return Ground(session)


def change_of(column: Any) -> str:
    """Another value, of the right type, that exists where it must."""
    name, kind = column.name, column.type
    targets = {key.column.table.name for key in column.foreign_keys}
    if targets & {"account", "person", "office_edition"}:
        return f"{name} = :{targets.pop()}"
    python = "datetime" if isinstance(kind, UtcDateTime) else str(kind.python_type.__name__)
    if isinstance(kind, LargeBinary):
        return f"{name} = set_byte({name}, 5, (get_byte({name}, 5) + 1) % 256)"
    return {
        "UUID": f"{name} = gen_random_uuid()",
        "int": f"{name} = {name} + 1",
        "bool": f"{name} = NOT {name}",
        "datetime": f"{name} = COALESCE({name}, now()) + interval '1 second'",
        "object": f"""{name} = CASE jsonb_typeof({name}) WHEN 'array' THEN {name} || '["x"]'
                      ELSE {name} || '{{"x": "y"}}' END""",
        "str": f"{name} = COALESCE({name}, '') || 'x'",
    }[python]


def columns() -> list[tuple[str, str]]:
    return [
        (table, column.name)
        for table, model in TABLES.items()
        for column in model.__table__.columns
        if f"{table}.{column.name}" not in NOT_TRIED
    ]


def test_where_nothing_was_edited_nothing_is_found(ground: Ground) -> None:
    assert ground.found() == []


def test_every_edit_of_a_column_is_found_or_listed(ground: Ground) -> None:
    missed, needless = [], []
    for table, name in columns():
        column = TABLES[table].__table__.columns[name]
        save = ground.session.begin_nested()
        changed = ground.edit(table, change_of(column))
        seen = bool(changed) and bool(ground.found())
        save.rollback()
        if changed and not seen and f"{table}.{name}" not in NOT_FOUND:
            missed.append(f"{table}.{name}")
        if seen and f"{table}.{name}" in NOT_FOUND:
            needless.append(f"{table}.{name}")
    assert missed == []
    assert needless == [], "found after all"
    assert ground.found() == []


EDITS: dict[str, tuple[str, str]] = {
    "text of the rules": (
        "I6 the text of rules was edited",
        "UPDATE office_edition SET text = text || '# more' WHERE office = 'tianjin'",
    ),
    "note of a decision": (
        "I6 not as its line binds it",
        "UPDATE matter_finding SET note = 'x' WHERE matter_id = :matter AND action = 'pass'",
    ),
    "checklist": (
        "I6 not as its line binds it",
        ("UPDATE matter_finding SET checklist = '[]' WHERE matter_id = :matter"
        " AND action = 'approve'"),
    ),
    "decision gone": (
        "I6 the row that a line binds is gone",
        "DELETE FROM matter_finding WHERE matter_id = :matter AND action = 'pass'",
    ),
    "decision slipped in": (
        "I6 matter_finding: a row of no line",
        ("INSERT INTO matter_finding SELECT gen_random_uuid(), matter_id, round, action,"
        " officer_id, person_id, checklist, items, ground, note, at FROM matter_finding"
        " WHERE matter_id = :matter AND action = 'pass'"),
    ),
    "notice gone": (
        "I6 the row that a line binds is gone", "DELETE FROM notice WHERE matter_id = :matter",
    ),
    "notice slipped in": (
        "I6 notice: a row of no line",
        ("INSERT INTO notice SELECT gen_random_uuid(), matter_id, place + 9, number || 'x', kind,"
        " content, now() + interval '1 day', NULL, NULL FROM notice WHERE matter_id = :matter"),
    ),
    "first examiner": (
        "I3 not the one who passed it on", ("UPDATE matter SET first_person = :person"
        " WHERE id = :matter"),
    ),
    "final examiner": (
        "I3 not decided by a second person", ("UPDATE matter SET final_person = :person"
        " WHERE id = :matter"),
    ),
    "passed on by the one who decided": (
        "I3 not the one who passed it on",
        ("UPDATE matter_finding SET person_id ="
        " (SELECT final_person FROM matter WHERE id = :matter)"
        " WHERE matter_id = :matter AND action = 'pass'"),
    ),
    "form of the matter": (
        "I3 not what was submitted",
        """UPDATE matter SET form = form || '{"title": "x"}' WHERE id = :matter""",
    ),
    "file of a notice": (
        "I6 not the file that its line names",
        "UPDATE notice SET pdf_sha256 = repeat('1', 64) WHERE matter_id = :matter",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_is_told_as_what_it_is(ground: Ground, name: str) -> None:
    detail, statement = EDITS[name]
    ground.session.execute(text("SET LOCAL session_replication_role = replica"))
    done: Any = ground.session.execute(
        text(statement), {"matter": ground.matter.id, **ground.others}
    )
    assert done.rowcount > 0
    assert detail in ground.found()


def test_rows_from_before_are_set_aside_and_no_alarm(ground: Ground) -> None:
    """Lines as they were before they held digests, while other matters have lines that do."""
    session = ground.session
    session.execute(text("SET LOCAL session_replication_role = replica"))
    of = {"subject": f"matter:{ground.matter.id}"}
    for statement in (
        "DELETE FROM audit_line WHERE act LIKE 'notice.%' AND subject = :subject",
        "UPDATE audit_line SET facts = facts - 'bound' WHERE subject = :subject",
    ):
        session.execute(text(statement), of)
    findings = Findings()
    bound.check_bound(session, findings)
    assert findings.violations == []
    assert sum(findings.set_aside.values()) == 5, "two decisions, what was handed in, entry, notice"
    assert "set_aside" in findings.to_json()
    session.execute(
        text("DELETE FROM matter_finding WHERE matter_id = :matter AND action = 'pass'"),
        {"matter": ground.matter.id},
    )
    assert "I6 matter_finding: a row of no line" in ground.found(), "fewer rows than lines"

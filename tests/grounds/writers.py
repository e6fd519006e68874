"""T10: many writers of the audit at once make one chain, in which every line is."""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from core import audit
from core.audit import AuditLine
from core.audit_chain import breaks
from tests.grounds.people import NOW

WRITERS: Final = 32
FORK: Final = "fork"
"""The stream that all write to; some write to another as well, in the same transaction."""


def write_at_once(sessions: sessionmaker[Session], lines_each: int) -> None:
    """So many lines of each writer: all are there, in one order, each after the one before."""

    def write(place: int) -> None:
        for number in range(lines_each):
            with sessions.begin() as session:
                _tell(session, FORK, place, number)
                if number % 5 == 0:
                    _tell(session, f"{FORK} too", place, number)

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    with sessions() as session:
        assert list(breaks(audit.entries(session))) == []
        found = session.execute(
            select(AuditLine.sequence, AuditLine.previous, AuditLine.facts)
            .where(AuditLine.stream == FORK)
            .order_by(AuditLine.sequence)
        ).all()
    told = [(facts["writer"], facts["number"]) for _, _, facts in found]
    assert len(set(told)) == len(told) == WRITERS * lines_each
    assert [sequence for sequence, _, _ in found] == list(range(1, len(found) + 1))
    assert len({previous for _, previous, _ in found}) == len(found)
    for writer in range(WRITERS):
        assert [number for by, number in told if by == writer] == list(range(lines_each))


def _tell(session: Session, stream: str, writer: int, number: int) -> None:
    audit.note(
        session, stream, "test.told", "test", None, {"writer": writer, "number": number}, now=NOW
    )

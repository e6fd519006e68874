"""What officers are shown of somebody's identity: papers marked with their own id and the time, an
alarm where one of them looks at unusually many.

Whoever passes such a picture on passes on who looked, and when.
"""

from datetime import datetime
from typing import BinaryIO, Final
from uuid import UUID

from fastapi import Response
from sqlalchemy.orm import Session

from accounts import papers, reveals
from accounts.staff import Officer
from api import policy
from api.database import transaction
from api.headers import private
from api.wiring import Services
from chain.alarms import raise_alarm
from core.canonical import format_time
from core.errors import Conflict, InvalidInput
from evidence import previews

UNUSUAL: Final = "reveals_unusual"
PER_HOUR: Final = 60


def count_look(services: Services, officer: Officer, matter_id: UUID) -> None:
    """Count a look at what stands in a matter, so many in an hour, for who holds it; for others
    there is nothing to be counted. No transaction may be open.

    Raises:
        NotFound, NotAllowed: as `policy.held_matter`. RateLimited: too many.
    """
    with transaction(services.sessions) as session:
        policy.held_matter(session, officer, matter_id)
    services.limiter.check(f"reveal:{officer.account_id}", PER_HOUR, 3600)


def watch(session: Session, officer: Officer, *, now: datetime) -> None:
    """Raise an alarm, until an operator clears it, when this officer has looked at more in 24
    hours than the work needs. Called after the look is recorded, in its transaction.
    """
    if reveals.seen_lately(session, officer.account_id, now=now) > reveals.USUAL_A_DAY:
        raise_alarm(
            session, UNUSUAL, officer.account_id,
            f"{officer.office}: more than {reveals.USUAL_A_DAY} identity numbers and papers"
            " seen in 24 hours by one officer; the audit names each", now=now,
        )  # fmt: skip


def words(officer: UUID, at: datetime) -> str:
    """What is written over a paper: who looked at it, and when."""
    return f"{officer} {format_time(at)}"


def shown(
    services: Services,
    officer: Officer,
    paper_id: UUID,
    key: bytes,
    media_type: str,
    kind: str,
    *,
    at: datetime,
) -> Response:
    """A paper that may be looked at, marked. No transaction may be open.

    Raises:
        Conflict: it cannot be read, so that it cannot be marked, and is not shown at all.
    """  # fmt: skip
    data = papers.open_body(key, paper_id, services.papers.read(paper_id))
    return marked(services, officer, data, media_type, kind, at=at)


def marked(
    services: Services,
    officer: Officer,
    data: BinaryIO | bytes,
    media_type: str,
    name: str,
    *,
    at: datetime,
) -> Response:
    """A picture or PDF with the officer's id and the time written all over it. No transaction may
    be open.

    Raises:
        Conflict: as `shown`.
    """
    try:
        made, kind_of_file = previews.mark(
            data, media_type, words(officer.account_id, at), services.settings.intake.max_pixels
        )
    except InvalidInput as error:
        raise Conflict(
            "材料损坏,不能显示,请退回并请其重新提交 / the paper is damaged and cannot be shown:"
            " reject it and ask for another",
            field="paper",
        ) from error
    return Response(made, media_type=kind_of_file, headers=private(name))

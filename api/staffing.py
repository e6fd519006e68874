"""Officers are invited: by the operator, who needs the first ones, and then by supervisors."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from accounts import staff
from accounts.identifiers import Identifier
from api.database import transaction
from api.messages import officer_invitation
from api.wiring import Services

CODE_HOURS: Final = staff.CODE_LIFE // timedelta(hours=1)


def invite_officer(
    services: Services,
    to: Identifier,
    name: str,
    office: str,
    role: str,
    agency: str | None,
    *,
    by: UUID | None = None,
    now: datetime,
) -> Path:
    """Send a one-time code, good for `CODE_HOURS`; the message's file.

    Raises:
        InvalidInput: by field, as `accounts.staff.invite` says.
    """
    with transaction(services.sessions) as session:
        code = staff.invite(session, to, name, office, role, agency, by=by, now=now)
    return services.outbox.send(officer_invitation(to, office, role, code), now=now)

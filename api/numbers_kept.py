"""Whether the rules of the offices go on with the numbers that were issued this year.

Asked where an edition comes into use: at set-up, when the API starts, before an office is put in
force, and by `yinji office check`. Approval asks again, under the office's lock.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.exc import OperationalError, ProgrammingError

from api.database import transaction
from api.wiring import Services
from core.errors import Misconfigured, NotReady
from registry.numbering import BEIJING
from registry.numbers_issued import faults, issued_in
from registry.profile import Profile
from registry.readiness import Fault


def numbering_faults(
    services: Services, profiles: Iterable[Profile], *, now: datetime
) -> tuple[Fault, ...]:
    """What stands against these rules in the present year.

    Raises:
        NotReady: the database does not answer, or has no register yet.
    """
    try:
        with transaction(services.sessions) as session:
            issued = issued_in(session, now.astimezone(BEIJING).year)
    except (OperationalError, ProgrammingError) as error:
        raise NotReady(
            "数据库无应答或尚未准备 / the database does not answer or is not set up yet"
        ) from error
    return tuple(fault for profile in profiles for fault in faults(profile, issued))


def check_numbering(services: Services, *, now: datetime) -> None:
    """Refuse to start with rules that could not number. The rules that ship are tried by our tests
    and cost a second to read: an embedded installation without others is not asked. Nor is a
    database that does not answer: each approval asks again.

    Raises:
        Misconfigured: the first disagreement.
    """
    if services.settings.embedded and services.settings.offices is None:
        return
    try:
        against = numbering_faults(services, services.offices.values(), now=now)
    except NotReady:
        return
    for fault in against:
        raise Misconfigured(fault.said, field=fault.field)

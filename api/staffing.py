"""Officers are invited: by the operator, who needs the first ones, and then by supervisors."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from accounts import staff
from accounts.identifiers import Identifier
from api.database import transaction
from api.messages import officer_invitation
from api.wiring import Services
from core.errors import InvalidInput
from registry.profile import Profile
from registry.words import Words

CODE_HOURS: Final = staff.CODE_LIFE // timedelta(hours=1)

_ROLES: Final[Mapping[str, Words]] = {
    staff.Role.FIRST_EXAMINER: Words("初审员", "first examiner"),
    staff.Role.FINAL_EXAMINER: Words("终审员", "final examiner"),
    staff.Role.REGISTRAR: Words("登记员", "registrar"),
    staff.Role.CASHIER: Words("收款员", "cashier"),
    staff.Role.SUPERVISOR: Words("主管", "supervisor"),
}


def agency_for(profile: Profile | None, role: str, agency: str | None) -> str | None:
    """Where somebody of this role works: a first examiner at one of the office's agencies, or at
    the office, where it examines first itself; of every other role it is kept where it is given.
    Of an office without rules nothing is known.

    Raises:
        InvalidInput: no agency of this office; it names those there are.
    """
    if profile is None:
        return agency
    if role != staff.Role.FIRST_EXAMINER:
        there = [profile.key, *(profile.agencies or ())]
        if not agency or agency in there:
            return agency
        listed = ", ".join(there)
        raise InvalidInput(
            f"没有此初审机构,可选 / no such agency; there are: {listed}", field="agency"
        )
    if not profile.agencies:
        if agency in {None, "", profile.key}:
            return profile.key
        raise InvalidInput(
            "该机构自行初审,此项请留空 / the office examines first itself: leave this out",
            field="agency",
        )
    if agency not in profile.agencies:
        listed = ", ".join(profile.agencies)
        raise InvalidInput(
            f"初审员须指明初审机构,可选 / a first examiner works at one of: {listed}",
            field="agency",
        )
    return agency


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
    profile = services.offices.get(office)
    named = Words(office, office) if profile is None else profile.name
    return services.outbox.send(officer_invitation(to, named, _ROLES[role], code), now=now)

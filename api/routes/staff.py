"""Officers: enrolment, second factor, an office's roster; and the way back in for everybody."""

from contextlib import suppress
from typing import Final
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Depends, Request, Response

from accounts import people, recoveries, second_factors, sign_ins, staff, unconfirmed
from accounts.documents import read_document
from accounts.identifiers import Identifier, parse_identifier
from accounts.models import Account
from accounts.passwords import check_new
from accounts.staff import Role
from api import messages, staffing
from api.auth import OfficerHere, SignedIn, Wired, address_of, blinded, require_own_origin
from api.database import transaction
from api.openapi import answers
from api.people_schemas import (
    CodeIn,
    EnrolmentIn,
    InvitationIn,
    NewPasswordIn,
    OfficeRoles,
    OfficerOut,
    RecoveryIn,
    RoleOut,
    RolePage,
)
from api.schemas import SessionOut
from api.sessions import opened, present
from api.wiring import Services, utc_now
from core.errors import RateLimited
from registry import searching, taking_away

router = APIRouter(prefix="/api/v1", tags=["staff"])

_CODES: Final = (3, 1200)
"""So many codes for one name in so many seconds, whoever asks. A sliding window refuses up to a
third longer than it lasts (`api.limits`): who is refused was sent a code no longer ago than one
works (`recoveries.LIFE`), so that somebody else's asking keeps its owner from none.
"""


def _own_page(request: Request, services: Wired) -> None:
    require_own_origin(request, services.settings)


OwnPage = Depends(_own_page)


@router.post("/officers", status_code=201, dependencies=[OwnPage],
             responses=answers(403, 404, 409, 429))  # fmt: skip
def enrol_officer(
    request: Request, response: Response, body: EnrolmentIn, services: Wired
) -> SessionOut:
    """Use an invitation's code: a new account with that role. The second factor comes next."""
    _brake(request, services, "enrol")
    now = utc_now()
    code, password = body.code.get_secret_value(), body.password.get_secret_value()
    document = read_document(
        body.document_kind, body.number.get_secret_value(), today=now.date(), country=body.country
    )
    with transaction(services.sessions) as session:
        staff.pending(session, code, now=now)
    check_new(password, "password")
    kept = services.passwords.hash(password)
    with transaction(services.sessions) as session:
        account = staff.enrol(session, services.keyring, code, kept, document, now=utc_now())
    return opened(request, response, services, account)


@router.post("/officers/roles", status_code=201, responses=answers(404, 409))
def accept_role(request: Request, body: CodeIn, services: Wired, caller: SignedIn) -> OfficerOut:
    """Use a code for a further role of this account."""
    _brake(request, services, "enrol")
    with transaction(services.sessions) as session:
        staff.accept(session, caller.account_id, body.code.get_secret_value(), now=utc_now())
    return show_officer(services, caller)


@router.get("/officers/self")
def show_officer(services: Wired, caller: SignedIn) -> OfficerOut:
    """What the caller may do for which office."""
    with transaction(services.sessions) as session:
        found = staff.officers_of(session, caller.account_id)
        return OfficerOut(
            offices=[
                OfficeRoles(office=each.office, roles=sorted(each.roles),
                            agencies=sorted(each.agencies))
                for each in found
            ],
            second_factor_set_up=second_factors.is_set_up(session, caller.account_id),
            second_factor_shown=second_factors.was_shown(session, present(caller.sign_in_id)),
        )  # fmt: skip


@router.get("/offices/{office}/officers")
def list_officers(services: Wired, officer: OfficerHere) -> RolePage:
    """The office's roster; for supervisors."""
    officer.require(Role.SUPERVISOR)
    with transaction(services.sessions) as session:
        rows = staff.roster(session, officer.office)
        return RolePage(
            items=[
                RoleOut(
                    id=row.id, account_id=row.account_id,
                    name=session.get_one(Account, row.account_id).name, role=row.role,
                    agency=row.agency, appointed_at=row.appointed_at, ended_at=row.ended_at,
                )
                for row in rows
            ]
        )  # fmt: skip


@router.post("/offices/{office}/invitations", status_code=202, responses=answers(422))
def invite_officer(body: InvitationIn, services: Wired, officer: OfficerHere) -> None:
    """Invite somebody to a role; the code goes to their address, not to the caller."""
    officer.require(Role.SUPERVISOR)
    profile = services.offices.get(officer.office)
    agency = staffing.agency_for(profile, body.role, body.agency)
    staffing.invite_officer(
        services, parse_identifier(body.identifier, "identifier"), body.name, officer.office,
        body.role, agency, by=officer.account_id, now=utc_now(),
    )  # fmt: skip


@router.delete("/offices/{office}/officers/{role_id}", status_code=204, responses=answers(404))
def end_role(role_id: UUID, services: Wired, officer: OfficerHere) -> None:
    """End somebody's role, at once; the matters held in it go back into their queue."""
    with transaction(services.sessions) as session:
        taking_away.end_role(session, officer, role_id, now=utc_now())


@router.post("/recovery", status_code=202, dependencies=[OwnPage], responses=answers(403, 429))
def begin_recovery(
    request: Request, body: RecoveryIn, services: Wired, later: BackgroundTasks
) -> None:
    """Ask for a code by mail or SMS. Whoever no longer knows with what they signed up gives an
    acceptance or a registration number: the code goes to the address of whose it is. The answer is
    the same whether there is an account or not, and what follows happens after it.
    """
    _brake(request, services, "recovery")
    if searching.names_a_matter(body.identifier):
        later.add_task(_send_recovery_of, services, body.identifier)
        return
    identifier = parse_identifier(body.identifier, "identifier")
    services.limiter.check(f"recovery:{blinded(identifier.value)}", *_CODES)
    later.add_task(_send_recovery, services, identifier)


@router.put("/recovery", status_code=204, dependencies=[OwnPage],
            responses=answers(403, 404, 429))  # fmt: skip
def finish_recovery(request: Request, body: NewPasswordIn, services: Wired) -> None:
    """Set a new password with the code; every session of the account ends. From here its owner
    signs in also while others guess: the code went to the owner's own address.
    """
    _brake(request, services, "recovery")
    password = body.password.get_secret_value()
    check_new(password, "password")
    code, now = body.code.get_secret_value(), utc_now()
    with transaction(services.sessions) as session:
        salt = unconfirmed.salt_for(services.keyring, recoveries.pending(session, code, now=now))
    kept = services.passwords.hash(password, salt)
    with transaction(services.sessions) as session:
        account = recoveries.finish(session, code, kept, now=now)
        index = sign_ins.address_index(services.keyring, account.id, address_of(request))
        sign_ins.note_address(session, account.id, index, now=now)


def _send_recovery_of(services: Services, number: str) -> None:
    """Counted with what is asked for by address: nobody is kept from a code by other ways."""
    with transaction(services.sessions) as session:
        applicant = searching.applicant_of(session, number)
        account = None if applicant is None else session.get_one(Account, applicant)
        reached = [] if account is None else people.reached(account)
    if not reached:
        return
    identifier = reached[0]
    with suppress(RateLimited):
        services.limiter.check(f"recovery:{blinded(identifier.value)}", *_CODES)
        _send_recovery(services, identifier)


def _send_recovery(services: Services, identifier: Identifier) -> None:
    now = utc_now()
    with transaction(services.sessions) as session:
        account = people.find(session, identifier)
        code = None if account is None else recoveries.begin(session, account.id, now=now)
    if code is not None:
        services.outbox.send(messages.recovery(identifier, code), now=now)


def _brake(request: Request, services: Services, what: str) -> None:
    services.limiter.check(
        f"{what}:{address_of(request)}", services.settings.sign_in_per_minute * 6
    )

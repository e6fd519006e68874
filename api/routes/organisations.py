"""Organisations: founding one, inviting, joining, changing roles, leaving."""

from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.orm import Session

from accounts import joining, organisations
from accounts.identifiers import parse_identifier
from accounts.models import Account
from accounts.organisation_models import MemberInvitation, Membership
from accounts.organisations import MemberRole
from api import messages, policy
from api.auth import SignedIn, Wired
from api.database import transaction
from api.idempotency import OptionalKey, call_of, still_there
from api.openapi import answers
from api.organisation_schemas import (
    JoinIn,
    MemberIn,
    MemberInvitationIn,
    MemberInvitationOut,
    MemberInvitationPage,
    MemberOut,
    MemberPage,
    OrganisationIn,
    OrganisationOut,
    OrganisationPage,
)
from api.wiring import utc_now
from certs.glyphs import check_glyphs
from core import idempotency

router = APIRouter(prefix="/api/v1/organisations", tags=["organisations"])

_INVITATIONS_PER_HOUR = 60


@router.post("", status_code=201, responses=answers(410))
def create_organisation(
    body: OrganisationIn, services: Wired, caller: SignedIn, key: OptionalKey = None
) -> OrganisationOut:
    """Found an organisation and be its owner. It acts through its members, who name it in the
    header `Yinji-Acting-For`; its works, evidence and matters are its own.
    """
    check_glyphs(body.name.strip(), "name")
    call, now = call_of(caller, "create_organisation", key, body), utc_now()
    with transaction(services.sessions) as session:
        made = idempotency.once(
            session,
            call,
            lambda: (
                organisations.found(session, caller.account_id, body.name, body.kind, now=now).id
            ),
            now=now,
        )
        with still_there():
            policy.own_organisation(session, caller, made.subject)
        rows = organisations.of_member(session, caller.account_id, now=now)
        return next(_out(session, row) for row in rows if row.organisation_id == made.subject)


@router.get("")
def list_organisations(services: Wired, caller: SignedIn) -> OrganisationPage:
    """Every organisation the caller works for now."""
    with transaction(services.sessions) as session:
        rows = organisations.of_member(session, caller.account_id, now=utc_now())
        return OrganisationPage(items=[_out(session, row) for row in rows])


@router.post("/members", status_code=201, responses=answers(404, 409, 410))
def join_organisation(
    body: JoinIn, services: Wired, caller: SignedIn, key: OptionalKey = None
) -> MemberOut:
    """Use an invitation's code. It works once, for the account with the invited address."""
    services.limiter.check(f"join:{caller.account_id}", services.settings.sign_in_per_minute)
    now, code = utc_now(), body.code.get_secret_value()
    # The code itself is what is the same when it is sent again; it opens nothing afterwards.
    call = call_of(caller, "join_organisation", key, None, code)
    with transaction(services.sessions) as session:
        made = idempotency.once(
            session,
            call,
            lambda: joining.join(session, caller.account_id, code, now=now).id,
            now=now,
        )
        return _member_out(session, session.get_one(Membership, made.subject))


@router.get("/{organisation_id}/members")
def list_members(organisation_id: UUID, services: Wired, caller: SignedIn) -> MemberPage:
    """Who works or worked for it; managers see all, others who works for it now."""
    with transaction(services.sessions) as session:
        role = policy.own_organisation(session, caller, organisation_id)
        rows = organisations.members(session, organisation_id)
        if role not in {MemberRole.OWNER, MemberRole.ADMIN}:
            rows = [row for row in rows if row.ended_at is None]
        return MemberPage(items=[_member_out(session, row) for row in rows])


@router.put("/{organisation_id}/members/{membership_id}", responses=answers(409))
def change_member(
    organisation_id: UUID, membership_id: UUID, body: MemberIn, services: Wired, caller: SignedIn
) -> MemberOut:
    """Give a member another role or another last day, from now on."""
    with transaction(services.sessions) as session:
        role = policy.own_organisation(session, caller, organisation_id)
        row = organisations.change_role(
            session, organisation_id, role, membership_id, body.role, body.valid_until,
            caller.account_id, now=utc_now(),
        )  # fmt: skip
        return _member_out(session, row)


@router.delete(
    "/{organisation_id}/members/{membership_id}", status_code=204, responses=answers(409)
)
def end_member(
    organisation_id: UUID, membership_id: UUID, services: Wired, caller: SignedIn
) -> None:
    """End a membership at once: one's own, or as a manager. The last owner stays."""
    with transaction(services.sessions) as session:
        role = policy.own_organisation(session, caller, organisation_id)
        organisations.end(
            session, organisation_id, caller.account_id, role, membership_id, now=utc_now()
        )


@router.post("/{organisation_id}/invitations", status_code=201, responses=answers(409, 410))
def invite_member(
    organisation_id: UUID,
    body: MemberInvitationIn,
    services: Wired,
    caller: SignedIn,
    key: OptionalKey = None,
) -> MemberInvitationOut:
    """Invite somebody; the code goes to their address and works for a week, once."""
    to, now, code = parse_identifier(body.identifier, "identifier"), utc_now(), ""
    services.limiter.check(f"invite:{caller.account_id}", _INVITATIONS_PER_HOUR, 3600)
    call = call_of(caller, "invite_member", key, body, str(organisation_id))
    with transaction(services.sessions) as session:
        role = policy.own_organisation(session, caller, organisation_id)

        def make() -> UUID:
            nonlocal code
            row, code = joining.invite(
                session, organisation_id, caller.account_id, role, to, body.role,
                body.valid_until, now=now,
            )  # fmt: skip
            return row.id

        made = idempotency.once(session, call, make, now=now)
        answer = _invitation_out(session.get_one(MemberInvitation, made.subject))
        name = session.get_one(Account, organisation_id).name
    if code:
        services.outbox.send(messages.member_invitation(to, name, body.role, code), now=now)
    return answer


@router.get("/{organisation_id}/invitations")
def list_member_invitations(
    organisation_id: UUID, services: Wired, caller: SignedIn
) -> MemberInvitationPage:
    """What can still be accepted; for managers."""
    with transaction(services.sessions) as session:
        organisations.require_manager(policy.own_organisation(session, caller, organisation_id))
        rows = joining.invitations(session, organisation_id, now=utc_now())
        return MemberInvitationPage(items=[_invitation_out(row) for row in rows])


@router.delete("/{organisation_id}/invitations/{invitation_id}", status_code=204)
def withdraw_member_invitation(
    organisation_id: UUID, invitation_id: UUID, services: Wired, caller: SignedIn
) -> None:
    """Take an invitation back; its code works no more."""
    with transaction(services.sessions) as session:
        organisations.require_manager(policy.own_organisation(session, caller, organisation_id))
        joining.withdraw(session, organisation_id, invitation_id, now=utc_now())


def _out(session: Session, row: Membership) -> OrganisationOut:
    body = session.get_one(Account, row.organisation_id)
    return OrganisationOut(
        id=body.id, name=body.name, kind=body.kind, role=MemberRole(row.role).value,
        valid_until=row.valid_until,
    )  # fmt: skip


def _member_out(session: Session, row: Membership) -> MemberOut:
    return MemberOut(
        id=row.id,
        account_id=row.account_id,
        name=session.get_one(Account, row.account_id).name,
        role=MemberRole(row.role).value,
        began_at=row.began_at,
        valid_until=row.valid_until,
        ended_at=row.ended_at,
    )


def _invitation_out(row: MemberInvitation) -> MemberInvitationOut:
    return MemberInvitationOut(
        id=row.id,
        identifier=row.identifier,
        role=MemberRole(row.role).value,
        valid_until=row.valid_until,
        invited_at=row.invited_at,
        expires_at=row.expires_at,
    )

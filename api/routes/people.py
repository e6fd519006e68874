"""Whom an account knows, and who may act for it. Numbers go in; masked ones come out."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Body, Query
from sqlalchemy.orm import Session

from accounts import mandates, papers, parties, people
from accounts.areas import full_name
from accounts.days import day_of
from accounts.documents import Document, read_document
from accounts.identifiers import parse_identifier
from accounts.models import Account
from accounts.papers import PreparedPaper
from accounts.parties import PartyFacts
from accounts.person_models import Mandate, Paper, Party
from api import policy
from api.auth import Caller, ForParties, Manager, Wired
from api.database import transaction
from api.idempotency import OptionalKey, call_of, sealed_call, still_there
from api.openapi import answers
from api.people_schemas import (
    DocumentIn,
    MandateIn,
    MandateOut,
    MandatePage,
    PaperOut,
    PartyIn,
    PartyOut,
    PartyPage,
)
from api.wiring import Services, utc_now
from core import idempotency
from core.errors import Gone
from registry import offices

router = APIRouter(prefix="/api/v1", tags=["people"])

_PAPERS_PER_HOUR: Final = 60


@router.post("/parties", status_code=201, responses=answers(404, 409, 410))
def add_party(
    body: PartyIn, services: Wired, caller: ForParties, key: OptionalKey = None
) -> PartyOut:
    """Add a rights holder to the library."""
    facts, now = _facts(body), utc_now()
    with transaction(services.sessions) as session:
        made = idempotency.once(
            session,
            sealed_call(services.keyring, caller, "add_party", key, body),
            lambda: parties.add(session, services.keyring, caller.account_id, facts, now=now).id,
            now=now,
        )
        with still_there():
            return _party_out(session, services, policy.own_party(session, caller, made.subject))


@router.get("/parties")
def list_parties(
    services: Wired,
    caller: ForParties,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> PartyPage:
    """The library, newest first; `next` is the cursor of the following page."""
    with transaction(services.sessions) as session:
        found = parties.of_account(session, caller.account_id, cursor, limit + 1)
        items = [_party_out(session, services, row) for row in found[:limit]]
    return PartyPage(items=items, next=str(items[-1].id) if len(found) > limit else None)


@router.get("/parties/{party_id}")
def show_party(party_id: UUID, services: Wired, caller: ForParties) -> PartyOut:
    """One rights holder."""
    with transaction(services.sessions) as session:
        return _party_out(session, services, policy.own_party(session, caller, party_id))


@router.put("/parties/{party_id}", responses=answers(409, 410))
def change_party(party_id: UUID, body: PartyIn, services: Wired, caller: ForParties) -> PartyOut:
    """All facts of a rights holder anew."""
    with transaction(services.sessions) as session:
        party = policy.own_party(session, caller, party_id)
        changed = parties.change(session, services.keyring, party, _facts(body), now=utc_now())
        return _party_out(session, services, changed)


@router.delete("/parties/{party_id}", status_code=204, responses=answers(409))
def erase_party(party_id: UUID, services: Wired, caller: Manager) -> None:
    """Erase who it was; matters that named the party keep their own words."""
    with transaction(services.sessions) as session:
        party = policy.own_party(session, caller, party_id)
        gone = [paper.id for paper in parties.papers_of(session, party.id)]
        parties.erase(session, party, now=utc_now())
    for paper_id in gone:
        services.papers.delete(paper_id)


@router.post("/mandates", status_code=201, responses=answers(404, 410))
def grant_mandate(
    body: MandateIn, services: Wired, caller: Manager, key: OptionalKey = None
) -> MandateOut:
    """Let an agent act for this account on these days: one confirmed by staff, or anybody who is
    verified, whom `agent_name` names. It names this account in `Yinji-Acting-For`, and sees only
    what it made itself. Which agents an office admits, its rules say (`filing.agents`).
    """
    agent, now = parse_identifier(body.agent, "agent"), utc_now()
    for office in body.offices:
        offices.get(office, services.offices)
    services.limiter.check(f"mandate:{caller.account_id}", 30)
    with transaction(services.sessions) as session:
        account = people.find(session, agent)
        mandates.require_agent(session, account, body.agent_name, now=now)
        assert account is not None  # noqa: S101 - refused above

        def make() -> UUID:
            return mandates.grant(
                session, caller.account_id, account.id, body.scopes, body.valid_from,
                body.valid_until, body.offices, body.agent_name, now=now,
            ).id  # fmt: skip

        made = idempotency.once(session, call_of(caller, "grant_mandate", key, body), make, now=now)
        return _mandate_out(session, policy.own_mandate(session, caller, made.subject))


@router.get("/mandates")
def list_mandates(services: Wired, caller: Manager) -> MandatePage:
    """Every mandate this account gave or has."""
    with transaction(services.sessions) as session:
        rows = mandates.of_account(session, caller.account_id)
        return MandatePage(items=[_mandate_out(session, row) for row in rows])


@router.delete("/mandates/{mandate_id}", status_code=204)
def revoke_mandate(mandate_id: UUID, services: Wired, caller: Manager) -> None:
    """End a mandate at once; either side may."""
    with transaction(services.sessions) as session:
        policy.own_mandate(session, caller, mandate_id)
        mandates.revoke(session, caller.account_id, mandate_id, now=utc_now())


@router.put("/parties/{party_id}/papers", responses=answers(410))
def add_party_paper(
    party_id: UUID,
    kind: Annotated[str, Query(max_length=40)],
    body: Annotated[bytes, Body(media_type="application/octet-stream")],
    services: Wired,
    caller: ForParties,
) -> PaperOut:
    """The bytes of one paper of a rights holder (JPEG, PNG, GIF or PDF), encrypted before they
    reach a disk: a household register for a minor, an identity card for the guardian.
    """
    _look_for(services, caller, party_id)
    paper = papers.prepare(services.keyring, kind, body)
    services.papers.write(paper.id, paper.body)
    with transaction(services.sessions) as session:
        party = policy.own_party(session, caller, party_id)
        papers.record(session, caller.account_id, paper, party_id=party.id, now=utc_now())
    return paper_out(paper)


def _look_for(services: Services, caller: Caller, party_id: UUID) -> None:
    services.limiter.check(f"paper:{caller.who}", _PAPERS_PER_HOUR, 3600)
    with transaction(services.sessions) as session:
        if policy.own_party(session, caller, party_id).erased_at is not None:
            raise Gone("该人员已删除 / this party was erased")


def paper_out(paper: Paper | PreparedPaper) -> PaperOut:
    """What is said of a paper: everything but its bytes."""
    return PaperOut(
        id=paper.id, kind=paper.kind, media_type=paper.media_type, size=paper.size,
        sha256=paper.sha256,
    )  # fmt: skip


def document_in(body: DocumentIn) -> Document:
    """The document of a body, checked in form."""
    number = body.number.get_secret_value()
    today = day_of(utc_now())
    return read_document(body.document_kind, number, today=today, country=body.country)


def _facts(body: PartyIn) -> PartyFacts:
    details = {"mobile": body.mobile, "email": body.email, "address": body.address}
    return PartyFacts(
        name=body.name,
        roles=body.roles,
        document=document_in(body),
        region=body.region,
        details={name: text for name, text in details.items() if text is not None},
        pen_name=body.pen_name,
        nationality=body.nationality,
        valid_from=body.valid_from,
        valid_until=body.valid_until,
        born=body.born,
        guardian_id=body.guardian_id,
    )


def _party_out(session: Session, services: Services, party: Party) -> PartyOut:
    ring, there = services.keyring, party.erased_at is None
    return PartyOut(
        id=party.id,
        name=party.name,
        nature=party.nature,
        roles=party.roles,
        document_kind=party.document_kind,
        number=parties.document_of(ring, party).masked if there else None,
        pen_name=party.pen_name,
        nationality=party.nationality,
        region=party.region,
        region_name=None if party.region is None else full_name(party.region),
        valid_from=party.valid_from,
        valid_until=party.valid_until,
        minor=parties.is_minor(ring, party, day_of(utc_now())) if there else None,
        guardian_id=party.guardian_id,
        papers=[paper_out(paper) for paper in parties.papers_of(session, party.id)],
        guardianship_missing=parties.guardianship_missing(session, party),
        created_at=party.created_at,
        changed_at=party.changed_at,
        erased_at=party.erased_at,
    )


def _mandate_out(session: Session, row: Mandate) -> MandateOut:
    return MandateOut(
        id=row.id, principal_id=row.principal_id,
        principal_name=session.get_one(Account, row.principal_id).name, agent_id=row.agent_id,
        agent_name=session.get_one(Account, row.agent_id).name, scopes=row.scopes,
        offices=row.offices,
        valid_from=row.valid_from, valid_until=row.valid_until, granted_at=row.granted_at,
        revoked_at=row.revoked_at, in_force=mandates.in_force(row, utc_now()),
    )  # fmt: skip

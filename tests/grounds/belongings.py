"""Things of every sort that belong to somebody, on the running stack: for tests that somebody else
asks for them. What is before an office is before `OFFICE`.
"""

import secrets
import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts import identity, kinds, mandates, organisations, papers, staff
from accounts.contact_models import Passkey
from accounts.identity import IdentityPolicy
from accounts.models import Account, OfficerRole
from accounts.organisations import MemberRole
from accounts.person_models import Verification
from api.paper_store import PaperStore
from billing import crediting, orders, refunding, transfer, transferring
from billing.orders import Item, NewOrder, Subject
from billing.pricing import Line
from registry import articles, interests
from registry.articles import Said
from registry.lifecycle import MatterState
from registry.revocation_lifecycle import RevocationState
from registry.signing_models import SigningSigner
from tests.database import test_paper_delivery as deliveries
from tests.database.test_revocations import in_state, scene
from tests.grounds.matters import (
    Cast,
    account,
    brought_to,
    cast,
    officer,
    ring_of,
    stated,
    stranger,
)

OFFICE = "tianjin"
JPEG = b"\xff\xd8\xff\xe0 a picture"


def made(
    session: Session, store: PaperStore, owner: uuid.UUID, organisation: uuid.UUID,
    verification: uuid.UUID, *, now: datetime,
) -> dict[str, str]:  # fmt: skip
    """By the names of the places in paths: all of `owner`, or before the office, or both."""
    row = session.get_one(Verification, verification)
    paper = _paper(session, store, owner, verification, now=now)
    identity.submit(session, ring_of(session), row, IdentityPolicy(papers={}), OFFICE, now=now)
    on = scene(session)
    found: dict[str, object] = {
        "paper_id": paper,
        "mandate_id": _mandate(session, owner, now=now),
        "passkey_id": _passkey(session, now=now),
        "membership_id": organisations.begin(
            session, organisation, stranger(session), MemberRole.VIEWER, None, now=now
        ).id,
        "role_id": _role(session),
        "conflict_id": interests.declare(
            session, ring_of(session), officer(session, staff.Role.FIRST_EXAMINER), "name",
            "陈墨", "同事", now=now,
        ).id,
        "revocation_id": in_state(session, on, RevocationState.PROPOSED).id,
        "registration_number": on.entry.number,
        "article_id": articles.publish(
            session, OFFICE, Said("news", "资讯", "正文。"), by=stranger(session), now=now
        ).id,
        "delivery_id": deliveries.wished(session, cast(session), deliveries.SENT).id,
        "change_id": _change(session, store, now=now),
        "refund_id": _refund(session, now=now),
        **_signing(session, owner, now=now),
    }  # fmt: skip
    return {name: str(value) for name, value in found.items()}


def _paper(
    session: Session, store: PaperStore, owner: uuid.UUID, verification: uuid.UUID | None, *,
    now: datetime, kind: str = "id_front",
) -> uuid.UUID:  # fmt: skip
    prepared = papers.prepare(ring_of(session), kind, JPEG)
    store.write(prepared.id, prepared.body)
    return papers.record(session, owner, prepared, verification_id=verification, now=now).id


def _mandate(session: Session, owner: uuid.UUID, *, now: datetime) -> uuid.UUID:
    agent = account(session)
    session.get_one(Account, agent).kind = "agent_lawyer"
    session.flush()
    days = (now.date() - timedelta(days=1), now.date() + timedelta(days=9))
    return mandates.grant(session, owner, agent, ["sign"], *days, now=now).id


def _passkey(session: Session, *, now: datetime) -> uuid.UUID:
    """Of somebody who has no part in anything else: it is asked for at each sign-in."""
    row = Passkey(
        id=uuid.uuid4(), account_id=stranger(session), credential_id=secrets.token_bytes(16),
        public_key=b"x", sign_count=0, name="x", created_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def _role(session: Session) -> uuid.UUID:
    who = officer(session, staff.Role.REGISTRAR)
    return session.scalars(
        select(OfficerRole.id).where(OfficerRole.account_id == who.account_id)
    ).one()


def _change(session: Session, store: PaperStore, *, now: datetime) -> uuid.UUID:
    who = account(session)
    session.get_one(Account, who).kind = "individual"
    session.flush()
    paper = _paper(session, store, who, None, now=now, kind="agent_qualification")
    return kinds.request_change(session, who, OFFICE, "agent_lawyer", "执业律师", paper, now=now).id


def _refund(session: Session, *, now: datetime) -> uuid.UUID:
    """Of a transfer, which a cashier of the office sends back."""
    subject = Subject("thing", uuid.uuid4())
    line = Line("fee", "登记费", Decimal("150.00"), 1, "每件")
    order = orders.open_order(
        session,
        NewOrder(stranger(session), OFFICE, subject, "登记费", "x:1", "CNY",
                 (Item(subject, line),), "none"),
        now=now,
    )  # fmt: skip
    asked = transferring.request_of(session, order, now=now).id
    event = transfer.event_of(OFFICE, secrets.token_hex(4).upper())
    day = date(now.year, now.month, now.day)
    crediting.credit(
        session, transfer.told(asked, event, order.total, order.currency, day, now=now), now=now
    )
    back = refunding.refund(session, order, None, "refused", now=now)
    assert back is not None
    return back.id


def _signing(session: Session, owner: uuid.UUID, *, now: datetime) -> dict[str, uuid.UUID]:
    """A matter that somebody is to sign; nobody is written to."""
    people = Cast(
        owner, stated(session, owner), stated(session, owner), officer(session), officer(session)
    )
    matter = brought_to(session, people, MatterState.SIGNING)
    row = SigningSigner(
        id=uuid.uuid4(), matter_id=matter.id, round=matter.round, position=1, name="张三",
        kind="signature", roles=["owner"], document_kind="resident_id", number_index=b"x",
        link_sent_at=now, failures=0, codes_sent=0,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return {"signer_id": row.id, "signing_matter_id": matter.id}

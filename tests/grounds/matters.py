"""Offices, officers and matters for tests on a real database."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts import identity, persons, staff
from accounts import papers as identity_papers
from accounts.documents import NATURAL, Document
from accounts.models import Account, OfficerRole
from accounts.person_models import Verification
from accounts.staff import Officer
from core import audit, lifecycle
from core.canonical import format_time
from core.sealed import Keyring, Place
from evidence import deposits
from evidence.deposits import Deposit
from evidence.digest import FileDigest
from evidence.limits import IntakeLimits
from evidence.models import Blob, Evidence, StatementFile, Upload, VersionFile
from evidence.statement import Family
from evidence.stating import Wording, write
from evidence.works import DeclaredFile, Description
from registry import examining, matters, opening, registering, submitting
from registry.examining import Remark
from registry.lifecycle import MatterState, Role
from registry.matters import Draft
from registry.models import Matter
from registry.offices import shipped
from registry.profile import Profile
from tests.grounds import ticks
from tests.grounds.people import RING, resident

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
LONG_AFTER = NOW + timedelta(days=3650)
TIANJIN = shipped()["tianjin"]
PLACE = {"country": "CN", "province": "120000", "city": "天津"}
_ELSEWHERE = "shandong"
"""Whose officer has verified people: no line of it stands in the way of a test of another."""

FORM: dict[str, Any] = {
    "title": "山间", "category": "fine_art", "nature": "original", "acquisition": "original",
    "ownership": "individual", "rights": "all", "filed_by": "owner", "published": False,
    "completion_date": "2026-02-01", "completion_place": PLACE,
    "authors": [{"name": "张三", "signature": "real_name"}],
    "owners": [{"name": "张三", "kind": "natural_person", "paper": "resident_id",
                "nationality": "CN", "place": PLACE, "signature": "real_name"}],
    "applicant": {"name": "张三", "mobile": "13800000000"},
    "kept": {"electronic": "online", "electronic_count": 1},
    "machine_help": {"used": False},
}  # fmt: skip


CARDS = frozenset({"id_front", "id_back", "holding"})
UNIT_PAPERS = frozenset(
    {"licence", "seal", "handler_authorisation", "handler_id_front", "handler_id_back"}
)  # fmt: skip


def papers(pledge: str) -> dict[str, str]:
    """The papers of that form; form and pledge were signed on paper and deposited."""
    return {
        "application_form": pledge,
        "creation_statement": "写生而成。", "ownership_statement": "由本人独立创作。",
        "pledge": pledge,
    }  # fmt: skip


def _checklist(stage: str) -> tuple[str, ...]:
    found = next(each for each in TIANJIN.stages if each.stage == stage)
    return tuple(found.checklist)


CHECKED, CHECKED_FINALLY = _checklist("first"), _checklist("final")


def ring_of(session: Session) -> Keyring:
    """What numbers are sealed with: a running stack's own keys, where `info` of the session holds
    them, or they would not open there.
    """
    ring: Keyring = session.info.get("ring", RING)
    return ring


def stranger(session: Session, name: str = "张三") -> uuid.UUID:
    """An account that has not said who it is."""
    made = Account(
        id=uuid.uuid4(), email=f"{uuid.uuid4().hex}@x.cn", email_confirmed_at=NOW, name=name,
        created_at=NOW,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made.id


def account(session: Session, name: str = "张三", document: Document | None = None) -> uuid.UUID:
    """An account whose owner is known by name."""
    made = stranger(session, name)
    verify(session, made, name, document)
    return made


_WAYS = {
    "submitted": ["submitted"], "accepted": ["accepted"], "verified": ["submitted", "verified"],
    "rejected": ["submitted", "rejected"], "superseded": ["accepted", "superseded"],
}  # fmt: skip


def verify(
    session: Session, account_id: uuid.UUID, name: str = "张三",
    document: Document | None = None, *, at: datetime = NOW, status: str = "verified",
    valid_until: date | None = None,
) -> Verification:  # fmt: skip
    """As if an officer had compared the papers; or as far as `status`."""
    document, made, ring = document or resident(), uuid.uuid4(), ring_of(session)
    number = ring.seal_text(f"{document.number}\n", Place("verification", "number", made))
    decided = status in {"verified", "rejected"}
    row = Verification(
        id=made, account_id=account_id, name=name, document_kind=document.kind, number=number,
        number_index=persons.index_of(ring, document), created_at=at, submitted_at=at,
        status=status, decided_at=at if decided else None,
        decided_by=stranger(session) if decided else None, valid_until=valid_until,
        office=_ELSEWHERE if decided else None,
    )  # fmt: skip
    session.add(row)
    session.flush()
    # Not moved there: the account may have another draft open, and has one at a time.
    steps = ["draft", *_WAYS[status]]
    session.add_all(
        lifecycle.Transition(
            lifecycle=identity.LIFECYCLE.name, subject=made, was=was, became=to, reason="ground",
            at=at,
        )
        for was, to in pairwise(steps)
    )  # fmt: skip
    if decided:
        facts = {"of": str(account_id), "outcome": status}
        audit.note(session, audit.of_office(_ELSEWHERE), "identity.decided", f"verification:{made}",
                   row.decided_by, {**facts}, now=at)  # fmt: skip
    session.get_one(Account, account_id).person_id = persons.recognise(
        session, ring, document, now=at
    )
    shown(session, account_id, document.kind in NATURAL, verification_id=made)
    session.flush()
    session.refresh(row)
    return row


def shown(
    session: Session, account_id: uuid.UUID, natural: bool, *,  # noqa: FBT001 - not a switch
    leave_out: Collection[str] = (), verification_id: uuid.UUID | None = None,
    party_id: uuid.UUID | None = None,
) -> None:  # fmt: skip
    """Every paper of identity that an office that ships asks for; their bytes are there as well
    where `papers` of the session is a stack's store.
    """
    store, ring = session.info.get("papers"), ring_of(session)
    for kind in sorted((CARDS if natural else UNIT_PAPERS).difference(leave_out)):
        paper = identity_papers.prepare(ring, kind, b"\xff\xd8\xff a paper")
        if store is not None:
            store.write(paper.id, paper.body)
        identity_papers.record(
            session, account_id, paper, verification_id=verification_id, party_id=party_id, now=NOW
        )


def person(session: Session) -> uuid.UUID:
    return persons.recognise(session, ring_of(session), resident(), now=NOW)


def officer(
    session: Session, *roles: staff.Role, who: uuid.UUID | None = None,
    account_id: uuid.UUID | None = None, office: str = "tianjin", agency: str = "exchange",
) -> Officer:  # fmt: skip
    by, human = account_id or account(session, "审查员"), who or person(session)
    session.add_all(
        OfficerRole(
            id=uuid.uuid4(),
            account_id=by,
            person_id=human,
            office=office,
            role=role.value,
            agency=agency if role is staff.Role.FIRST_EXAMINER else None,
            appointed_at=NOW,
        )
        for role in roles
    )
    session.flush()
    return Officer(by, human, office, frozenset(roles), frozenset({agency}))


def received(
    session: Session, owner: uuid.UUID, name: str, digest: FileDigest, *, at: datetime = NOW
) -> Evidence:
    """An evidence whose statement is not fixed yet."""
    file = DeclaredFile(name, digest.size, digest.sha256)
    request = Deposit(Description(title="山间"), (file,), "hash_only")
    return deposits.deposit_new_work(
        session, owner, request, uuid.uuid4().hex, IntakeLimits(), now=at
    )


def stated(
    session: Session, owner: uuid.UUID, name: str = "a.png", digest_of: Evidence | None = None,
    *, at: datetime = NOW,
) -> Evidence:  # fmt: skip
    """An evidence whose statement is fixed, of a file nobody has seen, or of another's file."""
    digest = FileDigest(3, uuid.uuid4().hex * 2, None)
    if digest_of is not None:
        (known,) = session.scalars(
            select(StatementFile).where(StatementFile.evidence_id == digest_of.id)
        )
        digest = FileDigest(3, known.sha256, None)
    evidence = received(session, owner, name, digest, at=at)
    values = {"title": "山间", "custody_mode": "hash_only", "file_names": [name],
              "submitted_at": format_time(at)}  # fmt: skip
    family = Family(uuid.uuid4().hex, 1, None)
    write(session, [Wording(evidence, (digest,), values, family)], now=at)
    session.flush()
    return evidence


def kept(session: Session, evidence: Evidence, media_type: str = "image/png") -> str:
    """As if the bytes of its only file were here; its digest."""
    file = session.scalars(
        select(VersionFile).where(VersionFile.version_id == evidence.version_id)
    ).one()
    upload = Upload(
        id=uuid.uuid4(), owner_id=evidence.owner_id, length=file.size, received=file.size,
        created_at=NOW, expires_at=LONG_AFTER, stored_sha256=file.sha256,
    )  # fmt: skip
    blob = Blob(
        sha256=file.sha256, sm3="0" * 64, size=file.size, media_type=media_type, stored_at=NOW
    )
    session.add_all([upload, blob])
    session.flush()
    file.upload_id = upload.id
    session.flush()
    return file.sha256


@dataclass(frozen=True)
class Cast:
    """Everybody in one story, and what the applicant deposited."""

    applicant: uuid.UUID
    evidence: Evidence
    pledge: Evidence
    first: Officer
    final: Officer


def cast(session: Session) -> Cast:
    applicant = account(session)
    return Cast(
        applicant,
        stated(session, applicant),
        stated(session, applicant),
        officer(session, staff.Role.FIRST_EXAMINER),
        officer(session, staff.Role.FINAL_EXAMINER),
    )


def drafted(
    session: Session, people: Cast, profile: Profile = TIANJIN, form: dict[str, Any] = FORM
) -> Matter:
    """With a scan of the cards of owners who are not on file."""
    brought = papers(people.pledge.number)
    if any(each["name"] != FORM["applicant"]["name"] for each in form["owners"]):
        brought["identity"] = people.pledge.number
    said = Draft(form, brought)
    return matters.draft(session, people.applicant, profile, "exchange", said, now=NOW)


def _ends_before_the_examiners(
    session: Session, people: Cast, matter: Matter, state: MatterState
) -> bool:
    """Hand a draft in, as far as `state` or to the examiners; whether `state` came first."""
    submitting.hand_in(session, matter, people.evidence.number, now=NOW)
    if state is MatterState.SIGNING:
        return True
    submitting.go_on_when_signed(session, matter, "all signed", now=NOW)
    if state is MatterState.PAYMENT:
        return True
    submitting.go_on_when_settled(session, matter, "paid", now=NOW)
    return state is MatterState.SUBMITTED


def brought_to(  # noqa: PLR0911 - one way out for each state
    session: Session,
    people: Cast,
    state: MatterState,
    form: dict[str, Any] = FORM,
    profile: Profile = TIANJIN,
) -> Matter:
    """A matter in `state`, by the shortest way there that the verbs allow."""
    matter = drafted(session, people, profile, form)
    if state is MatterState.DRAFT:
        return matter
    if state is MatterState.WITHDRAWN:
        matters.withdraw(session, matter, now=NOW)
        return matter
    if _ends_before_the_examiners(session, people, matter, state):
        return matter
    examining.claim(session, people.first, matter, Role.FIRST_EXAMINER, now=NOW)
    if state in {MatterState.RETURNED, MatterState.LAPSED}:
        remarks = [Remark("field", "title", "请写明具体名称")]
        examining.return_for_correction(session, people.first, matter, remarks, "", now=NOW)
        if state is MatterState.LAPSED:
            assert ticks.lapse(session, now=LONG_AFTER)
            session.refresh(matter)
        return matter
    if state is MatterState.FIRST_EXAMINATION:
        return matter
    examining.pass_on(session, people.first, matter, CHECKED, "", now=NOW)
    if state is MatterState.PASSED:
        return matter
    examining.claim(session, people.final, matter, Role.FINAL_EXAMINER, now=NOW)
    if state is MatterState.REFUSED:
        examining.refuse(session, people.final, matter, "forbidden", "说明", now=NOW)
    if state is MatterState.REGISTERED:
        opening.open_matter(session, people.final, matter, now=NOW)
        registering.approve(
            session, people.final, matter, CHECKED_FINALLY, lambda _record: None, lambda: NOW
        )
    return matter

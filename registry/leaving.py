"""What becomes of matters whose applicant closes the account.

What is under way is ended or waited for first. A matter that an office has decided on is that
office's file: its form as it was handed in, and the identities that stood in it, stay as they are
for as long as the office keeps the file. Of a matter that nobody decided on only what was handed
in stays, which names people but holds no number.
"""

import re
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Select, String, cast, func, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH
from sqlalchemy.orm import Session

from accounts.forgetting import Kept
from accounts.identity import HOLDS, IdentityStatus
from accounts.models import OfficerRole, Person
from accounts.obstacles import Obstacle
from accounts.person_models import Party, Verification
from core.db import Base, among
from core.lifecycle import Transition
from evidence.models import Evidence
from registry import matters
from registry.deliveries import PaperDelivery
from registry.delivery_lifecycle import DELIVERY_TRANSITIONS
from registry.identified import id_of
from registry.lifecycle import TRANSITIONS, MatterState
from registry.models import Finding, Matter, Registration, Submission
from registry.revocations import UNDECIDED, RegistrationRevocation
from registry.signing_models import SigningSigner

_ENDED: Final = tuple(state.value for state, to in TRANSITIONS.items() if not to)
_DELIVERED: Final = tuple(state.value for state, to in DELIVERY_TRANSITIONS.items() if not to)
_AT_A_TIME: Final = 1000
"""Rounds that are held at once: an account may have a hundred thousand."""

_PARTIES: Final = ("$.**.party", "$.**.employer")
"""Where a form refers to somebody on file (`registry.identified.references`). The database looks:
to read every form here would take half a minute.
"""

_NUMBER: Final = re.compile(r"YJ(?:-[0-9A-Z]{4}){4}")


def obstacles(session: Session, account_id: uuid.UUID) -> Iterator[Obstacle]:
    """Matters under way, certificates of paper on their way, revocations nobody has decided on."""
    own = select(Matter.number).where(_filed(account_id)).order_by(Matter.number)
    if signing := session.scalars(own.where(Matter.status == MatterState.SIGNING.value)).all():
        yield Obstacle(
            "signing_under_way", "有文件正在签署", "papers are being signed",
            "请等签署完成并办结,或撤回该业务",
            "wait until it is signed and decided, or withdraw it",
            tuple(signing),
        )  # fmt: skip
    resting = (*_ENDED, MatterState.DRAFT.value, MatterState.SIGNING.value)
    if moving := session.scalars(own.where(Matter.status.not_in(resting))).all():
        yield Obstacle(
            "matter_under_way", "有业务正在办理", "a matter is under way",
            "请撤回该业务,或等其办结",
            "withdraw it, POST /api/v1/matters/{id}/withdrawal, or wait until it is decided",
            tuple(moving),
        )  # fmt: skip
    yield from _afterwards(session, account_id)


def withdraw_drafts(
    session: Session, account_id: uuid.UUID, by: uuid.UUID, *, now: datetime
) -> None:
    """Drafts are emptied and taken back: no office has seen them, or none any more. Those that were
    taken back before are emptied as well.
    """
    for matter in session.scalars(
        select(Matter)
        .where(Matter.applicant_id == account_id, Matter.status == MatterState.DRAFT.value)
        .order_by(Matter.id)
        .with_for_update()
    ).all():
        matter.form, matter.documents, matter.applicant_person = {}, {}, None
        session.flush()
        matters.withdraw(session, matter, by=by, now=now)
    session.execute(
        update(Matter)
        .where(
            Matter.applicant_id == account_id,
            Matter.status == MatterState.WITHDRAWN.value,
            Matter.round == 0,
        )
        .values(form={}, documents={}, applicant_person=None)
        .execution_options(synchronize_session=False)
    )


def kept(session: Session, account_id: uuid.UUID) -> Kept:
    """The identities that stand in matters an office has decided on."""
    decided = select(Matter.id).where(_filed(account_id), _decided())
    count = session.scalar(select(func.count()).select_from(decided.subquery())) or 0
    if not count:
        return Kept()
    spans = session.execute(
        select(func.min(Submission.submitted_at), func.max(Finding.at))
        .join(Finding, Finding.matter_id == Submission.matter_id)
        .where(Submission.matter_id.in_(decided))
        .group_by(Submission.matter_id)
    ).all()
    identities = frozenset(
        row.id
        for row, since, until in _held(session, account_id)
        if any(since <= last and (until is None or until >= first) for first, last in spans)
    )
    return Kept(identities, _parties(session, account_id, decided), count)


def forget_signers(session: Session, account_id: uuid.UUID) -> None:
    """By which number a signer was known, in matters that nobody decided on."""
    undecided = select(Matter.id).where(Matter.applicant_id == account_id, ~_decided())
    session.execute(
        update(SigningSigner)
        .where(SigningSigner.matter_id.in_(undecided))
        .values(number_index=b"", contact=None, code_index=None)
    )


def is_known(session: Session, account_id: uuid.UUID, held: Kept) -> bool:
    """Whether it has to stay known who stood behind an account: nobody examines what is one's own,
    and one person does not decide twice.
    """
    officer = select(OfficerRole.id).where(OfficerRole.account_id == account_id).limit(1)
    return held.matters > 0 or session.scalar(officer) is not None


def hold_person(session: Session, person_id: uuid.UUID) -> bool:
    """Lock a person; whether something still needs to know who it is: an account, an officer's act
    or declaration, a matter that was decided.
    """
    session.get_one(Person, person_id, with_for_update=True)
    decided = select(Matter.id).where(Matter.applicant_person == person_id, _decided())
    if session.scalar(decided.limit(1)) is not None:
        return True
    return any(
        session.scalar(select(column).where(column == person_id).limit(1)) is not None
        for column in _naming_persons()
    )


def standing(
    session: Session, owner_id: uuid.UUID, *, decided: bool = False
) -> frozenset[uuid.UUID]:
    """Evidence of an account that stands in a matter, as the work or as a paper, in any round;
    `decided`: in one that an office has decided on.
    """
    own = select(Matter.id).where(Matter.applicant_id == owner_id)
    if decided:
        own = own.where(_decided())
    works, numbers = set(), set()
    for rounds in (
        select(Matter.evidence_id, cast(Matter.documents, String)).where(Matter.id.in_(own)),
        select(Submission.evidence_id, cast(Submission.documents, String)).where(
            Submission.matter_id.in_(own)
        ),
    ):
        for evidence_id, documents in session.execute(
            rounds.execution_options(yield_per=_AT_A_TIME)
        ):
            works |= {evidence_id} - {None}
            numbers.update(_NUMBER.findall(documents))
    shown = select(RegistrationRevocation.document_id)
    papers = session.scalars(
        select(Evidence.id).where(
            Evidence.owner_id == owner_id,
            or_(among(Evidence.number, numbers), Evidence.id.in_(shown)),
        )
    )
    return frozenset({*works, *papers})


def registrations(session: Session, account_id: uuid.UUID) -> int:
    """How many registrations an account's matters led to."""
    query = (
        select(func.count(Registration.id))
        .join(Matter, Matter.id == Registration.matter_id)
        .where(Matter.applicant_id == account_id)
    )
    return session.scalar(query) or 0


def _afterwards(session: Session, account_id: uuid.UUID) -> Iterator[Obstacle]:
    if coming := session.scalars(
        select(Registration.number)
        .join(PaperDelivery, PaperDelivery.registration_id == Registration.id)
        .join(Matter, Matter.id == PaperDelivery.matter_id)
        .where(Matter.applicant_id == account_id, PaperDelivery.status.not_in(_DELIVERED))
        .order_by(Registration.number)
    ).all():
        yield Obstacle(
            "paper_under_way", "纸质证书尚未送达", "a certificate of paper is on its way",
            "请取消尚未制作的,或收到后确认",
            "cancel it while it is not made, or confirm its receipt",
            tuple(coming),
        )  # fmt: skip
    if disputed := session.scalars(
        select(Registration.number)
        .join(RegistrationRevocation, RegistrationRevocation.registration_id == Registration.id)
        .join(Matter, Matter.id == Registration.matter_id)
        .where(Matter.applicant_id == account_id, RegistrationRevocation.status.in_(UNDECIDED))
        .order_by(Registration.number)
    ).all():
        yield Obstacle(
            "revocation_under_way", "登记的撤销尚在处理",
            "the revocation of a registration is open",
            "请撤回申请,或等登记机构决定",
            "withdraw the request, or wait for the office's decision",
            tuple(disputed),
        )  # fmt: skip


def _filed(account_id: uuid.UUID) -> ColumnElement[bool]:
    return or_(Matter.applicant_id == account_id, Matter.agent_id == account_id)


def _decided() -> ColumnElement[bool]:
    return select(Finding.id).where(Finding.matter_id == Matter.id).exists()


def _held(
    session: Session, account_id: uuid.UUID
) -> Iterator[tuple[Verification, datetime, datetime | None]]:
    """Identities that hold or held, from when until when."""
    for row in session.scalars(
        select(Verification).where(
            Verification.account_id == account_id,
            Verification.status.in_((*HOLDS, IdentityStatus.SUPERSEDED)),
        )
    ):
        until = session.scalar(
            select(func.max(Transition.at)).where(
                Transition.subject == row.id, Transition.became == IdentityStatus.SUPERSEDED
            )
        )
        yield row, row.decided_at or row.submitted_at or row.created_at, until


def _parties(
    session: Session, owner_id: uuid.UUID, decided: Select[uuid.UUID]
) -> frozenset[uuid.UUID]:
    """Of this account's library: whom a form of any round names, and their guardians."""
    named: set[uuid.UUID] = set()
    for path in _PARTIES:
        said = func.jsonb_path_query(Submission.form, cast(path, JSONPATH), type_=JSONB)
        for each in session.scalars(
            select(said).where(Submission.matter_id.in_(decided)).distinct()
        ):
            if (party_id := id_of(str(each))) is not None:
                named.add(party_id)
    rows = session.execute(
        select(Party.id, Party.guardian_id).where(
            Party.owner_id == owner_id, among(Party.id, named)
        )
    ).all()
    guardians = {row.guardian_id for row in rows if row.guardian_id is not None}
    return frozenset({*(row.id for row in rows), *guardians})


def _naming_persons() -> Iterator[ColumnElement[uuid.UUID | None]]:
    """Every column that names a person, but a matter's applicant, which is looked at by itself."""
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            mine = table.name == Matter.__tablename__ and key.parent.name == "applicant_person"
            if key.column.table.name == Person.__tablename__ and not mine:
                yield key.parent

"""Who an account is: declared with papers, then accepted as complete or looked at by an officer.

`accepted` says that the number has its form and the papers are there, no more; `verified` says that
an officer compared them. Which of the two an account needs is the office's policy, a value given by
the caller. A change of what held before is always looked at by an officer, with its reason; so is
another number for an account that was once known by one, even if that was erased.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts import people, ties
from accounts.areas import check_area
from accounts.claimed import REMEDIES, unsaid
from accounts.claims import Claim, check, renews
from accounts.days import day_of
from accounts.documents import BODIES, NATURAL, UNCHECKED, Document, DocumentKind
from accounts.kinds import BODIES as BODY_ACCOUNTS
from accounts.models import Account, Person
from accounts.papers import PaperKind
from accounts.papers import erase as erase_paper
from accounts.person_models import Paper, Verification
from accounts.persons import index_of, recognise
from accounts.staff import Officer, Role
from core import audit
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.lifecycle import Lifecycle, move
from core.sealed import Keyring, Place
from core.text import clean_text

_MOST: Final = 300


class IdentityStatus(StrEnum):
    DRAFT = "draft"  # the account's owner
    SUBMITTED = "submitted"  # an officer of the office
    ACCEPTED = "accepted"  # nobody: complete in form, not looked at
    VERIFIED = "verified"  # nobody
    REJECTED = "rejected"  # the owner, by beginning again
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"


_S = IdentityStatus
LIFECYCLE: Final = Lifecycle[IdentityStatus](
    "verification",
    {
        _S.DRAFT: frozenset({_S.SUBMITTED, _S.ACCEPTED, _S.WITHDRAWN}),
        _S.SUBMITTED: frozenset({_S.VERIFIED, _S.REJECTED, _S.WITHDRAWN}),
        _S.ACCEPTED: frozenset({_S.SUPERSEDED, _S.ERASED}),
        _S.VERIFIED: frozenset({_S.SUPERSEDED, _S.ERASED}),
        _S.REJECTED: frozenset({_S.ERASED}),
        _S.SUPERSEDED: frozenset({_S.ERASED}),
        _S.WITHDRAWN: frozenset({_S.ERASED}),
        _S.ERASED: frozenset(),
    },
)
HOLDS: Final = (IdentityStatus.ACCEPTED, IdentityStatus.VERIFIED)
TAKEN_BACK: Final = "taken back"
"""Why a claim is withdrawn whose owner asked for that, and which the audit tells of."""
REVIEWERS: Final = (Role.SUPERVISOR, Role.FIRST_EXAMINER)
"""Who decides on a claim that waits at their office, and sees its papers until then."""

MEANING: Final[Mapping[IdentityStatus, str]] = {
    _S.DRAFT: "草稿,未提交 / a draft",
    _S.SUBMITTED: "等待工作人员核对 / waits for an officer",
    _S.ACCEPTED: "格式与材料齐备,身份未经核验 / complete in form; the identity was not checked",
    _S.VERIFIED: "工作人员已核对材料 / an officer compared the papers",
    _S.REJECTED: "未通过,见理由 / rejected: see the ground",
    _S.SUPERSEDED: "已被更新 / replaced by a later one",
    _S.WITHDRAWN: "已撤回 / withdrawn",
    _S.ERASED: "已删除 / erased",
}


@dataclass(frozen=True)
class IdentityPolicy:
    """What an office asks. `reviewed` lists natures (natural, body) an officer looks at."""

    reviewed: frozenset[str] = frozenset({"body"})
    papers: Mapping[str, frozenset[PaperKind]] = field(
        default_factory=lambda: {
            "natural": frozenset({PaperKind.ID_FRONT, PaperKind.ID_BACK}),
            "body": frozenset({PaperKind.LICENCE}),
        }
    )
    facts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By nature, what a claim says beside name and number (`accounts.claimed`)."""


def begin(
    session: Session, ring: Keyring, account_id: uuid.UUID, claim: Claim, *, now: datetime
) -> Verification:
    """A draft; papers are added to it, then it is submitted. An earlier draft is withdrawn.

    Raises:
        InvalidInput: a name, area, date or document that cannot be; a correction without reason.
        Conflict: the kind was not chosen, or one waits for an officer.
    """
    account = session.scalars(
        select(Account).where(Account.id == account_id).with_for_update()
    ).one()
    check(account, claim, now=now)
    held = current(session, account_id)
    if held is not None and not claim.reason and not renews(ring, held, claim):
        raise InvalidInput(
            "更改已认证的身份须说明理由 / say why an identity that holds is changed", field="reason"
        )
    _withdraw_draft(session, account_id, now=now)
    made = uuid.uuid4()
    row = Verification(
        id=made,
        account_id=account_id,
        status=IdentityStatus.DRAFT,
        name=clean_text(claim.name, "name", _MOST),
        document_kind=claim.document.kind,
        number=ring.seal_text(_packed(claim.document), _place(made, "number")),
        number_index=index_of(ring, claim.document),
        details=ring.seal_text(json.dumps(dict(claim.details)), _place(made, "details")),
        region=check_area(claim.region, "region"),
        valid_from=claim.valid_from,
        valid_until=claim.valid_until,
        corrects_id=None if held is None else held.id,
        reason=None if claim.reason is None else clean_text(claim.reason, "reason", _MOST),
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def submit(
    session: Session,
    ring: Keyring,
    row: Verification,
    policy: IdentityPolicy,
    office: str | None,
    *,
    now: datetime,
) -> IdentityStatus:
    """Hand it in: accepted at once, or waiting for an officer. The status it has then.

    Raises:
        NotAllowed: no code came back from where its owner says to be reached.
        InvalidInput: papers are missing (named), or what the office wants to be told, or an office
            is needed and none was named.
        IllegalTransition: not a draft.
    """
    people.require_reached(session, row.account_id)
    if lacking := missing_papers(session, row, policy):
        raise InvalidInput(f"缺少材料 / papers missing: {', '.join(lacking)}", field="papers")
    kind = DocumentKind(row.document_kind)
    nature = "natural" if kind in NATURAL else "body"
    for fact in missing_facts(ring, row, policy):
        raise InvalidInput(REMEDIES[fact], field=fact)
    review = (
        nature in policy.reviewed
        or kind in UNCHECKED
        or row.corrects_id is not None
        or _was_another(session, row)
    )
    if review and not office:
        raise InvalidInput(
            "须选择负责核对的登记机构 / an officer has to look at it: name the office",
            field="office",
        )
    to = IdentityStatus.SUBMITTED if review else IdentityStatus.ACCEPTED
    move(
        session, LIFECYCLE, Verification, row.id, was=IdentityStatus(row.status), to=to,
        reason="submit", now=now, submitted_at=now, office=office if review else None,
    )  # fmt: skip
    if to is IdentityStatus.ACCEPTED:
        _name_person(session, ring, row, now=now)
    session.refresh(row)
    return to


def decide(
    session: Session,
    ring: Keyring,
    by: Officer,
    row: Verification,
    to: IdentityStatus,
    ground: str,
    *,
    now: datetime,
) -> None:
    """An officer's word. What held before is superseded by what is verified.

    Raises:
        NotAllowed: not in a role that may, or the identity of the officer (as a person) or of whom
            the officer works for.
        IllegalTransition, ConcurrentChange: it does not wait for an officer any more.
    """
    by.require(*REVIEWERS)
    account = session.get_one(Account, row.account_id)
    if ties.is_own(session, by, account, row.number_index):
        raise NotAllowed("不得核对本人的身份 / nobody verifies their own identity")
    if ties.works_for(session, by, account, row.submitted_at or row.created_at, row.number_index):
        raise NotAllowed(
            "不得核对本单位的身份 / nobody verifies the identity of the organisation they work for"
        )
    if to is IdentityStatus.VERIFIED:
        _supersede(session, row, now=now)
    move(
        session, LIFECYCLE, Verification, row.id, was=IdentityStatus(row.status), to=to,
        reason="decide", now=now, decided_at=now, decided_by=by.account_id,
        ground=clean_text(ground, "ground", _MOST),
    )  # fmt: skip
    if to is IdentityStatus.VERIFIED:
        _name_person(session, ring, row, now=now)
    session.refresh(row)
    audit.note(
        session, audit.of_office(by.office), "identity.decided", f"verification:{row.id}",
        by.account_id, {"of": str(row.account_id), "outcome": to.value}, now=now,
    )  # fmt: skip


def withdraw(session: Session, row: Verification, by: uuid.UUID, *, now: datetime) -> None:
    """Take back a claim that nobody has decided on, for whoever acts for its account: no officer
    looks at it any more, another may be begun, and this one erased.

    Raises:
        IllegalTransition, ConcurrentChange: it was accepted, decided on or withdrawn.
    """
    move(
        session, LIFECYCLE, Verification, row.id, was=IdentityStatus(row.status),
        to=IdentityStatus.WITHDRAWN, reason=TAKEN_BACK, now=now,
    )  # fmt: skip
    session.refresh(row)
    stream = audit.INSTALLATION if row.office is None else audit.of_office(row.office)
    audit.note(session, stream, "identity.withdrawn", f"verification:{row.id}", by,
               {"of": str(row.account_id)}, now=now)  # fmt: skip


def require_draft(row: Verification) -> None:
    """Raises Conflict once it was submitted: papers that were looked at do not change."""
    if row.status != IdentityStatus.DRAFT:
        raise Conflict("已提交,不能再加材料 / submitted: papers cannot be added any more")


def erase(session: Session, row: Verification, *, now: datetime) -> None:
    """Forget number, name, details and papers; the row, its times and its decisions stay.

    Raises:
        IllegalTransition: it waits for an officer, or is a draft: withdraw it first.
    """
    LIFECYCLE.advance(IdentityStatus(row.status), IdentityStatus.ERASED)
    for paper in papers_of(session, row.id):
        erase_paper(paper, now=now)
    move(
        session, LIFECYCLE, Verification, row.id, was=IdentityStatus(row.status),
        to=IdentityStatus.ERASED, reason="erase", now=now,
        number=None, number_index=None, name=None, details=None, region=None,
    )  # fmt: skip
    session.refresh(row)
    row.reason = None
    session.flush()
    audit.note(session, audit.INSTALLATION, "identity.erased", f"verification:{row.id}",
               row.account_id, now=now)  # fmt: skip


def current(session: Session, account_id: uuid.UUID) -> Verification | None:
    """What holds for an account now."""
    return session.scalar(
        select(Verification).where(
            Verification.account_id == account_id, Verification.status.in_(HOLDS)
        )
    )


def owned(session: Session, account_id: uuid.UUID, verification_id: uuid.UUID) -> Verification:
    """The account's own, or NotFound."""
    row = session.get(Verification, verification_id)
    if row is None or row.account_id != account_id:
        raise NotFound("没有此认证 / no such verification")
    return row


def of_account(session: Session, account_id: uuid.UUID, limit: int) -> list[Verification]:
    """Every one of an account, newest first."""
    return list(
        session.scalars(
            select(Verification)
            .where(Verification.account_id == account_id)
            .order_by(Verification.created_at.desc(), Verification.id)
            .limit(limit)
        )
    )


def document_of(ring: Keyring, row: Verification) -> Document:
    """The document, opened. Raises NotFound when it was erased."""
    if row.number is None:
        raise NotFound("证件号码已删除 / the number was erased")
    number, _, country = ring.open_text(row.number, _place(row.id, "number")).partition("\n")
    return Document(DocumentKind(row.document_kind), number, country or None)


def papers_of(session: Session, verification_id: uuid.UUID) -> list[Paper]:
    """Its papers that were not erased."""
    return list(
        session.scalars(
            select(Paper)
            .where(Paper.verification_id == verification_id, Paper.erased_at.is_(None))
            .order_by(Paper.created_at, Paper.id)
        )
    )


def missing_papers(session: Session, row: Verification, policy: IdentityPolicy) -> list[str]:
    """Kinds of papers the policy asks for that are not there."""
    nature = "natural" if row.document_kind in NATURAL else "body"
    there = {paper.kind for paper in papers_of(session, row.id)}
    return sorted(kind for kind in policy.papers.get(nature, frozenset()) if kind not in there)


def missing_facts(ring: Keyring, row: Verification, policy: IdentityPolicy) -> list[str]:
    """What the policy wants to be told and the claim does not say."""
    nature = "natural" if row.document_kind in NATURAL else "body"
    return unsaid(ring, row, policy.facts.get(nature, ()), policy.papers.get(nature, ()))


def _was_another(session: Session, row: Verification) -> bool:
    """Whether the account was known as somebody else: by an identity that was erased or has ended,
    or by enrolment as an officer. Locks the account.
    """
    account = session.get_one(Account, row.account_id, with_for_update=True)
    if account.person_id is None:
        return False
    return session.get_one(Person, account.person_id).identity_index != row.number_index


def _name_person(session: Session, ring: Keyring, row: Verification, *, now: datetime) -> None:
    account = session.get_one(Account, row.account_id)
    account.person_id = recognise(session, ring, document_of(ring, row), now=now)
    session.flush()


def _supersede(session: Session, row: Verification, *, now: datetime) -> None:
    held = current(session, row.account_id)
    if held is not None and held.id != row.id:
        move(
            session, LIFECYCLE, Verification, held.id, was=IdentityStatus(held.status),
            to=IdentityStatus.SUPERSEDED, reason="corrected", now=now,
        )  # fmt: skip


def _withdraw_draft(session: Session, account_id: uuid.UUID, *, now: datetime) -> None:
    open_ones = session.scalars(
        select(Verification).where(
            Verification.account_id == account_id,
            Verification.status.in_((IdentityStatus.DRAFT, IdentityStatus.SUBMITTED)),
        )
    )
    for row in open_ones:
        if row.status == IdentityStatus.SUBMITTED:
            raise Conflict(
                "已提交,请等待核对,或先撤回 / one waits for an officer already: wait, or take it "
                "back first"
            )
        move(
            session, LIFECYCLE, Verification, row.id, was=IdentityStatus.DRAFT,
            to=IdentityStatus.WITHDRAWN, reason="begun anew", now=now,
        )  # fmt: skip


def expired(row: Verification, now: datetime) -> bool:
    """Whether it would hold, were its papers still valid: it is to be verified again."""
    return row.status in HOLDS and row.valid_until is not None and row.valid_until < day_of(now)


def end_unfitting(session: Session, account_id: uuid.UUID, *, now: datetime) -> None:
    """After a change of kind: an identity by a document that kind does not have holds no more."""
    account, held = session.get_one(Account, account_id), current(session, account_id)
    fitting = BODIES if account.kind in BODY_ACCOUNTS else NATURAL
    if held is not None and held.document_kind not in fitting:
        move(
            session, LIFECYCLE, Verification, held.id, was=IdentityStatus(held.status),
            to=IdentityStatus.SUPERSEDED, reason="another kind of account", now=now,
        )  # fmt: skip


def _packed(document: Document) -> str:
    return f"{document.number}\n{document.country or ''}"


def _place(row: uuid.UUID, column: str) -> Place:
    return Place("verification", column, row)

"""I10: a call that comes again finds what it made, what is told is told once, and a message that is
sent again is the same file.

Most doubles the database refuses, and nothing looks for them here: a second thing for one key, a
second key for one thing, a signer twice in a round, a dispatch or a notice with another's number, a
payment or refund with another's event. What it cannot say is whether the thing is the one that the
key's owner made then, and whether there was an occasion for what was told.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Subquery, Uuid, cast, func, null, select, union
from sqlalchemy.orm import InstrumentedAttribute, Session

from accounts.contact_models import Passkey
from accounts.inbox_models import Message
from accounts.models import Account, ApiKey
from accounts.organisation_models import MemberInvitation, Membership
from accounts.person_models import DeliveryAddress, KindChange, Mandate, Party, Verification
from api.fsck.findings import Findings
from billing.models import Order
from core.idempotency import CreatingCall
from core.lifecycle import Transition
from evidence.models import Upload, Work, WorkVersion
from registry.articles import Article
from registry.deliveries import PaperDelivery
from registry.fees import MATTER
from registry.models import DeclaredConflict, Matter, PaperReceipt, Registration
from registry.notice_models import Notice
from registry.reissuing import Reissue
from registry.revocations import RegistrationRevocation
from registry.term_models import Term, TermChange

_NOTHING: Final = UUID(int=0)
_SIGN_UP: Final = "sign-up:"
"""How the scope of a key begins that has no account yet."""


@dataclass(frozen=True)
class _Made:
    """What an operation makes: whose it is, and since when. A draft may be gone again."""

    model: type[Any]
    whose: InstrumentedAttribute[Any] | ColumnElement[Any]
    at: InstrumentedAttribute[Any] | ColumnElement[Any]
    may_be_gone: bool = False


_THEN: Final = CreatingCall.made_at

MADE: Final[Mapping[str, _Made]] = {
    "add_address": _Made(DeliveryAddress, DeliveryAddress.account_id, DeliveryAddress.created_at),
    "add_party": _Made(Party, Party.owner_id, Party.created_at),
    "ask_for_delivery": _Made(
        PaperDelivery,
        select(Matter.applicant_id).where(Matter.id == PaperDelivery.matter_id).scalar_subquery(),
        PaperDelivery.created_at,
    ),
    "claim_identity": _Made(Verification, Verification.account_id, Verification.created_at),
    "create_key": _Made(ApiKey, ApiKey.account_id, ApiKey.created_at),
    "create_matter": _Made(Matter, Matter.applicant_id, Matter.created_at),
    "create_organisation": _Made(
        Account,
        select(Membership.account_id)
        .where(Membership.organisation_id == Account.id, Membership.began_at == Account.created_at)
        .limit(1)
        .scalar_subquery(),
        Account.created_at,
    ),
    "create_upload": _Made(Upload, Upload.owner_id, Upload.created_at, may_be_gone=True),
    "create_work": _Made(Work, Work.owner_id, Work.created_at, may_be_gone=True),
    "create_work_version": _Made(
        WorkVersion,
        select(Work.owner_id).where(Work.id == WorkVersion.work_id).scalar_subquery(),
        WorkVersion.created_at,
        may_be_gone=True,
    ),
    "declare_conflict": _Made(
        DeclaredConflict, DeclaredConflict.declared_by, DeclaredConflict.declared_at
    ),
    "extend_matter": _Made(
        Matter,
        Matter.applicant_id,
        select(TermChange.at)
        .join(Term, Term.id == TermChange.term_id)
        .where(Term.matter_id == Matter.id, TermChange.at == _THEN)
        .limit(1)
        .scalar_subquery(),
    ),
    "file_batch": _Made(Matter, Matter.applicant_id, Matter.created_at),
    "grant_mandate": _Made(Mandate, Mandate.principal_id, Mandate.granted_at),
    "invite_member": _Made(
        MemberInvitation, MemberInvitation.invited_by, MemberInvitation.invited_at
    ),
    "join_organisation": _Made(Membership, Membership.account_id, Membership.began_at),
    "propose_revocation": _Made(
        RegistrationRevocation,
        RegistrationRevocation.proposer_id,
        RegistrationRevocation.created_at,
    ),
    "publish_article": _Made(Article, Article.published_by, Article.published_at),
    "register_passkey": _Made(Passkey, Passkey.account_id, Passkey.created_at),
    "reissue_certificate": _Made(Reissue, Reissue.officer_id, Reissue.at),
    "request_kind_change": _Made(KindChange, KindChange.account_id, KindChange.requested_at),
    "request_revocation": _Made(
        RegistrationRevocation,
        RegistrationRevocation.requested_by,
        RegistrationRevocation.created_at,
    ),
    "sign_up": _Made(Account, null(), Account.created_at),
}
"""Every operation that takes a key; a test holds it against the routes."""


def check_keys(session: Session, found: Findings) -> None:
    """Every key leads to what its owner made at that very time."""
    found.look("I10", holds=True, subject="", detail="")
    told = f"{CreatingCall.__tablename__}: "
    unknown = select(CreatingCall.operation).where(CreatingCall.operation.not_in(MADE)).distinct()
    for operation in session.scalars(unknown):
        found.look("I10", holds=False, subject=operation, detail=told + "makes nothing we know")
    for operation, made in MADE.items():
        rows = session.execute(
            select(CreatingCall, made.model.id, made.whose, made.at)
            .outerjoin(made.model, made.model.id == CreatingCall.subject)
            .where(CreatingCall.operation == operation)
        )
        for call, there, whose, at in rows:
            subject = f"{call.scope} {operation}"
            if call.subject == _NOTHING:
                found.look("I10", holds=False, subject=subject,
                           detail="a key was used and nothing was made")  # fmt: skip
                continue
            if there is None:
                found.look("I10", holds=made.may_be_gone, subject=subject,
                           detail="what a key made is not there")  # fmt: skip
                continue
            own = call.scope.startswith(_SIGN_UP) or call.scope.partition(":")[0] == str(whose)
            found.look("I10", holds=own, subject=subject, detail="what a key made is another's")
            found.look("I10", holds=at == call.made_at, subject=subject,
                       detail="what a key made is of another time")  # fmt: skip


def check_told(session: Session, found: Findings) -> None:
    """Whatever was told about a matter, in a message or a notice, was told at a moment at which
    something happened to it, and once. What has a key of its own the database holds to once.
    """
    occasion = _occasions()
    kinds = (
        (Message, Message.about, Message.created_at, (Message.account_id, Message.kind)),
        (Notice, Notice.matter_id, Notice.issued_at, (Notice.kind,)),
    )
    for model, about, at, same in kinds:
        whole = select(about, at, *same, func.count()).where(about.is_not(None))
        if model is Message:
            whole = whole.where(Message.key.is_(None))
        happened = (
            select(occasion.c.at).where(occasion.c.matter_id == about, occasion.c.at == at).exists()
        )
        name = model.__tablename__
        found.checked["I10"] += session.scalar(select(func.count()).select_from(model)) or 0
        for row in session.execute(whole.group_by(about, at, *same).having(func.count() > 1)):
            found.look("I10", holds=False, subject=row[0], detail=f"{name}: told twice")
        for subject in session.scalars(whole.with_only_columns(about).where(~happened)):
            found.look("I10", holds=False, subject=subject, detail=f"{name}: nothing happened")


def _occasions() -> Subquery:
    """Moments at which something happened to a matter of which people are told."""
    of_delivery = select(PaperDelivery.matter_id, Transition.at).join(
        Transition, Transition.subject == PaperDelivery.id
    )
    of_registration = select(Registration.matter_id, RegistrationRevocation.created_at).join(
        RegistrationRevocation, RegistrationRevocation.registration_id == Registration.id
    )
    of_revocation = (
        select(Registration.matter_id, Transition.at)
        .join(RegistrationRevocation, RegistrationRevocation.registration_id == Registration.id)
        .join(Transition, Transition.subject == RegistrationRevocation.id)
    )
    return union(
        select(Transition.subject.label("matter_id"), Transition.at.label("at")).where(
            Transition.lifecycle == "matter"
        ),
        of_delivery,
        of_registration,
        of_revocation,
        select(PaperDelivery.matter_id, PaperDelivery.created_at),
        select(PaperReceipt.matter_id, PaperReceipt.at),
        select(Term.matter_id, TermChange.at).join(TermChange, TermChange.term_id == Term.id),
        select(cast(Order.subject_id, Uuid), Order.created_at).where(Order.subject_kind == MATTER),
    ).subquery("occasion")


def check_files(outbox: Path, found: Findings) -> None:
    """Every message is one file."""
    # `api.outbox`: the time, then the name that the message's row has.
    names = Counter(path.stem.partition("-")[2] for path in outbox.glob("*.json"))
    for name, count in names.items():
        found.look("I10", holds=count == 1, subject=name, detail="one message is two files")

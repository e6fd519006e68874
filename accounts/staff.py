"""Officers: accounts that act for an office, each a known person, in one or more roles.

An operator invites; the invited enrols with the one-time code, a password and an identity number,
which tells two accounts of one person from two people. No officer acts without a second factor.
"""

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from accounts import people
from accounts.documents import NATURAL, Document
from accounts.identifiers import Identifier, parse_identifier
from accounts.models import Account, Invitation, OfficerRole
from accounts.persons import recognise
from core import audit
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.sealed import Keyring
from core.text import clean_text

CODE_LIFE: Final = timedelta(hours=24)
_MOST: Final = 100


class Role(StrEnum):
    """What an officer does for an office."""

    FIRST_EXAMINER = "first_examiner"  # 初审, at an agency
    FINAL_EXAMINER = "final_examiner"  # 终审
    REGISTRAR = "registrar"  # 登记
    CASHIER = "cashier"  # 收费
    SUPERVISOR = "supervisor"  # 主管: staff, identity, corrections


@dataclass(frozen=True)
class Officer:
    """Somebody acting for one office. `person_id` is the human being, whatever the account."""

    account_id: uuid.UUID
    person_id: uuid.UUID
    office: str
    roles: frozenset[Role]
    agencies: frozenset[str]
    """Where the officer is first examiner."""

    def require(self, *roles: Role) -> None:
        """Raises NotAllowed unless the officer has one of these roles."""
        if not self.roles & frozenset(roles):
            named = ", ".join(roles)
            raise NotAllowed(f"需要职责 {named} / this needs the role {named}")


def invite(
    session: Session,
    identifier: Identifier,
    name: str,
    office: str,
    role: str,
    agency: str | None,
    *,
    by: uuid.UUID | None = None,
    now: datetime,
) -> str:
    """The one-time code (256 random bits) for a new officer or a further role; kept as SHA-256.
    `by` is the account that invites, None for an operator on the command line.

    Raises:
        InvalidInput: an unknown role, or a first examiner without an agency.
    """
    if role not in frozenset(Role):
        raise InvalidInput(f"职责须为其中之一 / must be one of: {', '.join(Role)}", field="role")
    if role == Role.FIRST_EXAMINER and not agency:
        raise InvalidInput(
            "初审员须指明初审机构 / a first examiner needs an agency: give one", field="agency"
        )
    code = secrets.token_urlsafe(32)
    invitation = Invitation(
        id=uuid.uuid4(),
        code_hash=_hash(code),
        identifier=identifier.value,
        name=clean_text(name, "name", _MOST),
        office=clean_text(office, "office", _MOST),
        agency=agency or None,
        role=role,
        invited_at=now,
        expires_at=now + CODE_LIFE,
    )
    session.add(invitation)
    session.flush()
    _tell(session, invitation.office, "officer.invited", f"invitation:{invitation.id}", by,
          role, invitation.agency, now=now)  # fmt: skip
    return code


def pending(session: Session, code: str, *, now: datetime) -> Invitation:
    """The invitation behind a code that can still be used.

    Raises:
        NotFound: unknown, used or expired; which of them is not said.
    """
    found = session.scalar(
        select(Invitation).where(
            Invitation.code_hash == _hash(code),
            Invitation.used_at.is_(None),
            Invitation.expires_at > now,
        )
    )
    if found is None:
        raise _unusable()
    return found


def enrol(
    session: Session,
    ring: Keyring,
    code: str,
    password_hash: str,
    document: Document,
    *,
    now: datetime,
) -> Account:
    """Use a code once: a new account with the role it was made for.

    Raises:
        NotFound: unknown, used or expired. Conflict: the address has an account already.
        InvalidInput: a body's document; officers are human beings.
    """
    if document.kind not in NATURAL:
        raise InvalidInput(
            "须为个人证件 / officers are people: give a personal document", field="document_kind"
        )
    invitation = _use(session, code, now=now)
    identifier = parse_identifier(invitation.identifier, "identifier")
    account = people.sign_up(
        session, identifier, invitation.name, password_hash, confirmed=True, now=now
    )
    account.kind = "individual"
    account.person_id = recognise(session, ring, document, now=now)
    session.flush()
    _appoint(session, account, invitation, now=now)
    return account


def accept(session: Session, account_id: uuid.UUID, code: str, *, now: datetime) -> OfficerRole:
    """Use a code for a further role of an account that is an officer already.

    Raises:
        NotFound: unknown, used or expired, or for another address. Conflict: held already, or the
            account has not said who it is.
    """
    account = session.get_one(Account, account_id)
    invitation = _use(session, code, now=now)
    if invitation.identifier not in {each.value for each in people.reached(account)}:
        raise _unusable()
    return _appoint(session, account, invitation, now=now)


def has_officers(session: Session, office: str) -> bool:
    """Whether anybody works there."""
    found = select(OfficerRole.id).where(
        OfficerRole.office == office, OfficerRole.ended_at.is_(None)
    )
    return session.scalar(found.limit(1)) is not None


def officers_of(session: Session, account_id: uuid.UUID) -> Sequence[Officer]:
    """What an account is now, office by office."""
    rows = session.scalars(
        select(OfficerRole)
        .where(OfficerRole.account_id == account_id, OfficerRole.ended_at.is_(None))
        .order_by(OfficerRole.office, OfficerRole.appointed_at)
    ).all()
    return [
        Officer(
            account_id,
            next(row.person_id for row in rows if row.office == office),
            office,
            frozenset(Role(row.role) for row in rows if row.office == office),
            frozenset(row.agency for row in rows if row.office == office and row.agency),
        )
        for office in dict.fromkeys(row.office for row in rows)
    ]


def officer_at(session: Session, account_id: uuid.UUID, office: str) -> Officer:
    """What an account is at one office. Raises NotAllowed for somebody who is nothing there."""
    for officer in officers_of(session, account_id):
        if officer.office == office:
            return officer
    raise NotAllowed("不是该机构的工作人员 / not an officer of this office")


def roster(session: Session, office: str) -> Sequence[OfficerRole]:
    """Every role anybody has or had at an office, newest first."""
    return session.scalars(
        select(OfficerRole)
        .where(OfficerRole.office == office)
        .order_by(OfficerRole.appointed_at.desc(), OfficerRole.id)
        .limit(500)
    ).all()


def require_still(session: Session, officer: Officer, role: Role) -> None:
    """Before something is put into an officer's hands: the role holds, and cannot be ended until
    this transaction is. It waits for nobody: a role that is just being ended counts as ended.

    Raises:
        NotAllowed: the role has ended.
    """
    held = session.scalar(
        select(OfficerRole.id)
        .where(
            OfficerRole.account_id == officer.account_id,
            OfficerRole.office == officer.office,
            OfficerRole.role == role.value,
            OfficerRole.ended_at.is_(None),
        )
        .with_for_update(read=True, skip_locked=True)
    )
    if held is None:
        raise NotAllowed(
            f"您的职责 {role} 已解除,请联系主管 / your role {role} has ended: ask a supervisor"
        )


def end_role(session: Session, by: Officer, role_id: uuid.UUID, *, now: datetime) -> OfficerRole:
    """End a role at once; doing it again changes nothing. The role stays locked, so that nothing
    comes into its officer's hands any more (`require_still`); what is there already, the caller
    takes out of them (`registry.taking_away`).

    Raises:
        NotAllowed: not a supervisor, or the supervisor's own role. NotFound: no role of the office.
    """
    by.require(Role.SUPERVISOR)
    row = session.get(OfficerRole, role_id, with_for_update=True)
    if row is None or row.office != by.office:
        raise NotFound("没有此任职 / no such role")
    if row.person_id == by.person_id:
        raise NotAllowed("不能解除自己的职责 / somebody else ends one's own role")
    if row.ended_at is None:
        row.ended_at = now
        _tell(session, row.office, "officer.ended", f"account:{row.account_id}", by.account_id,
              row.role, row.agency, now=now)  # fmt: skip
        session.flush()
    return row


def note_sign_in(session: Session, account_id: uuid.UUID, act: str, *, now: datetime) -> None:
    """Tell each office that one of its officers has come in; nothing for anybody else."""
    for officer in officers_of(session, account_id):
        audit.note(session, audit.of_office(officer.office), act, f"account:{account_id}",
                   account_id, now=now)  # fmt: skip


def _tell(
    session: Session, office: str, act: str, subject: str, by: uuid.UUID | None, role: str,
    agency: str | None, *, now: datetime,
) -> None:  # fmt: skip
    facts = {"role": role} if agency is None else {"role": role, "agency": agency}
    audit.note(session, audit.of_office(office), act, subject, by, {**facts}, now=now)


def _use(session: Session, code: str, *, now: datetime) -> Invitation:
    invitation = pending(session, code, now=now)
    used = session.scalar(
        update(Invitation)
        .where(Invitation.id == invitation.id, Invitation.used_at.is_(None))
        .values(used_at=now)
        .returning(Invitation.id)
    )
    if used is None:
        raise _unusable()
    return invitation


def _appoint(
    session: Session, account: Account, invitation: Invitation, *, now: datetime
) -> OfficerRole:
    if account.person_id is None:
        raise Conflict("请先完成实名认证 / say who you are first: verify your identity")
    held = session.scalar(
        select(OfficerRole.id).where(
            OfficerRole.account_id == account.id,
            OfficerRole.office == invitation.office,
            OfficerRole.role == invitation.role,
            OfficerRole.ended_at.is_(None),
        )
    )
    if held is not None:
        raise Conflict("已有此职责 / the account has this role already", field="role")
    row = OfficerRole(
        id=uuid.uuid4(),
        account_id=account.id,
        person_id=account.person_id,
        office=invitation.office,
        agency=invitation.agency,
        role=invitation.role,
        appointed_at=now,
    )
    session.add(row)
    session.flush()
    _tell(session, row.office, "officer.appointed", f"account:{account.id}", account.id, row.role,
          row.agency, now=now)  # fmt: skip
    return row


def _unusable() -> NotFound:
    return NotFound(
        "邀请码无效、已用过或已过期,请向主管索取新码 / "
        "no such invitation, or used or expired: ask for a new one",
        field="code",
    )


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()

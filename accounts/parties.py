"""Rights holders (人员档案): authors, owners and applicants an account uses again and again.

Their numbers are declared by the account and checked in form only. A minor needs a guardian of age
from the same library. Erasure leaves a tombstone, so that matters which named the party still do.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.areas import check_area
from accounts.days import day_of
from accounts.documents import NATURAL, OF_AGE, Document, DocumentKind, age_on
from accounts.identifiers import check_mobile
from accounts.papers import PaperKind
from accounts.papers import erase as erase_paper
from accounts.person_models import Paper, Party
from accounts.persons import index_of
from core.errors import Conflict, Gone, InvalidInput, NotFound
from core.paging import newest_first
from core.sealed import Keyring, Place
from core.text import clean_text

_MOST: Final = 100
_MOST_DETAIL: Final = 300


class PartyRole(StrEnum):
    AUTHOR = "author"  # 作者
    OWNER = "owner"  # 著作权人
    APPLICANT = "applicant"  # 申请人


@dataclass(frozen=True, repr=False)
class PartyFacts:
    """What an account says of a party. `details`: mobile, email, address; all of it is sealed."""

    name: str
    roles: Sequence[str]
    document: Document
    region: str
    details: Mapping[str, str]
    pen_name: str | None = None
    nationality: str = "CN"
    valid_from: date | None = None
    valid_until: date | None = None
    born: date | None = None
    guardian_id: uuid.UUID | None = None


def add(
    session: Session, ring: Keyring, owner_id: uuid.UUID, facts: PartyFacts, *, now: datetime
) -> Party:
    """A new party of the account's library.

    Raises:
        InvalidInput: a fact that cannot be, or a minor without a guardian.
        NotFound: no such guardian. Conflict: the document is in the library already.
    """
    made = uuid.uuid4()
    values = _checked(session, ring, owner_id, made, facts, now=now)
    inserted = session.scalar(
        insert(Party)
        .values(id=made, owner_id=owner_id, created_at=now, changed_at=now, **values)
        .on_conflict_do_nothing()
        .returning(Party.id)
    )
    if inserted is None:
        raise Conflict(
            "此证件已在人员档案中 / this document is in the library already: change that party",
            field="number",
        )
    return session.get_one(Party, made)


def change(
    session: Session, ring: Keyring, party: Party, facts: PartyFacts, *, now: datetime
) -> Party:
    """All facts anew. The kind of party (human or body) stays.

    Raises:
        As `add`; Gone: the party was erased.
    """
    if party.erased_at is not None:
        raise Gone("该人员已删除 / this party was erased")
    values = _checked(session, ring, party.owner_id, party.id, facts, now=now)
    if values["nature"] != party.nature:
        raise InvalidInput(
            "个人与单位不能互改,请另建 / a person cannot become a body: add another party",
            field="document_kind",
        )
    taken = session.scalar(
        select(Party.id).where(
            Party.owner_id == party.owner_id,
            Party.number_index == values["number_index"],
            Party.id != party.id,
            Party.erased_at.is_(None),
        )
    )
    if taken is not None:
        raise Conflict(
            "此证件已在人员档案中 / this document is in the library already", field="number"
        )
    session.execute(update(Party).where(Party.id == party.id).values(changed_at=now, **values))
    session.refresh(party)
    return party


def owned(session: Session, owner_id: uuid.UUID, party_id: uuid.UUID) -> Party:
    """The account's party, or NotFound: somebody else's does not exist for it."""
    party = session.get(Party, party_id)
    if party is None or party.owner_id != owner_id:
        raise NotFound("没有此人员 / no such party")
    return party


def of_account(
    session: Session, owner_id: uuid.UUID, after: uuid.UUID | None, limit: int
) -> Sequence[Party]:
    """The library, newest first, without who was erased; `after` is the last id of the page before.

    Raises:
        InvalidInput: `after` is none of this library.
    """
    own = select(Party).where(Party.owner_id == owner_id)
    place = (Party.created_at, Party.id)
    return newest_first(session, own, place, after, limit, [Party.erased_at.is_(None)])


def erase(session: Session, party: Party, *, now: datetime) -> None:
    """Forget who it was; the row, its roles and its times stay.

    Raises:
        Conflict: a minor of the library still needs this guardian.
    """
    ward = session.scalar(
        select(Party.id).where(Party.guardian_id == party.id, Party.erased_at.is_(None))
    )
    if ward is not None:
        raise Conflict(
            "仍是未成年人的监护人,请先更换 / still somebody's guardian: name another first",
            field="guardian_id",
        )
    for paper in session.scalars(select(Paper).where(Paper.party_id == party.id)):
        erase_paper(paper, now=now)
    party.erased_at = party.erased_at or now
    for column in ("name", "pen_name", "number", "number_index", "details", "nationality",
                   "region", "valid_from", "valid_until", "guardian_id"):  # fmt: skip
        setattr(party, column, None)
    session.flush()


def document_of(ring: Keyring, party: Party) -> Document:
    """The party's document, opened. Raises Gone when it was erased."""
    if party.number is None:
        raise Gone("该人员已删除 / this party was erased")
    number, _, country = ring.open_text(party.number, _place(party.id, "number")).partition("\n")
    return Document(DocumentKind(party.document_kind), number, country or None)


def details_of(ring: Keyring, party: Party) -> dict[str, str]:
    """Mobile, e-mail, address and declared day of birth, opened; empty when erased."""
    if party.details is None:
        return {}
    found: dict[str, str] = json.loads(ring.open_text(party.details, _place(party.id, "details")))
    return found


def born_on(ring: Keyring, party: Party) -> date | None:
    """The day of birth: from the number, else as declared, else unknown."""
    from_number = document_of(ring, party).born
    declared = details_of(ring, party).get("born")
    return from_number or (None if declared is None else date.fromisoformat(declared))


def is_minor(ring: Keyring, party: Party, day: date) -> bool | None:
    """Whether the party is under age on this day; None when that is not known."""
    if party.nature != "natural" or party.number is None:
        return False if party.nature != "natural" else None
    born = born_on(ring, party)
    return None if born is None else age_on(born, day) < OF_AGE


def papers_of(session: Session, party_id: uuid.UUID) -> Sequence[Paper]:
    """The party's papers that were not erased, oldest first."""
    return session.scalars(
        select(Paper)
        .where(Paper.party_id == party_id, Paper.erased_at.is_(None))
        .order_by(Paper.created_at, Paper.id)
    ).all()


def guardianship_missing(session: Session, minor: Party) -> list[str]:
    """What still has to be shown of a guardianship (ZJ-90): the household register with the minor,
    both sides of the guardian's identity card with the guardian.
    """
    if minor.guardian_id is None:
        return []
    own = {paper.kind for paper in papers_of(session, minor.id)}
    theirs = {paper.kind for paper in papers_of(session, minor.guardian_id)}
    needed: tuple[tuple[str, set[str]], ...] = (
        (PaperKind.HOUSEHOLD_REGISTER, own),
        (PaperKind.ID_FRONT, theirs),
        (PaperKind.ID_BACK, theirs),
    )
    return [kind for kind, there in needed if kind not in there]


def _checked(
    session: Session,
    ring: Keyring,
    owner_id: uuid.UUID,
    row: uuid.UUID,
    facts: PartyFacts,
    *,
    now: datetime,
) -> dict[str, object]:
    natural = facts.document.kind in NATURAL
    roles = sorted(set(facts.roles))
    if not roles or not set(roles) <= frozenset(PartyRole):
        raise InvalidInput(f"角色可用 / accepts: {', '.join(PartyRole)}", field="roles")
    _check_validity(facts)
    details = {
        name: clean_text(text, name, _MOST_DETAIL) for name, text in facts.details.items() if text
    }
    if "mobile" in details:
        check_mobile(details["mobile"], "mobile")
    if facts.born is not None:
        if facts.document.born not in {None, facts.born}:
            raise InvalidInput(
                "出生日期与证件号码不符 / differs from the day in the number", field="born"
            )
        details["born"] = facts.born.isoformat()
    _check_guardian(session, ring, owner_id, row, facts, day_of(now))
    return {
        "nature": "natural" if natural else "body",
        "roles": roles,
        "name": clean_text(facts.name, "name", _MOST),
        "pen_name": None
        if facts.pen_name is None
        else clean_text(facts.pen_name, "pen_name", _MOST),
        "document_kind": facts.document.kind,
        "number": ring.seal_text(
            f"{facts.document.number}\n{facts.document.country or ''}", _place(row, "number")
        ),
        "number_index": index_of(ring, facts.document),
        "details": ring.seal_text(json.dumps(details), _place(row, "details")),
        "nationality": facts.nationality,
        "region": check_area(facts.region, "region"),
        "valid_from": facts.valid_from,
        "valid_until": facts.valid_until,
        "guardian_id": facts.guardian_id,
    }


def _check_validity(facts: PartyFacts) -> None:
    begin, end = facts.valid_from, facts.valid_until
    if end is not None and begin is None:
        raise InvalidInput("请填写有效期起始日 / say from when it is valid", field="valid_from")
    if begin is not None and end is not None and end < begin:
        raise InvalidInput("有效期起止颠倒 / ends before it begins", field="valid_until")


def _check_guardian(
    session: Session,
    ring: Keyring,
    owner_id: uuid.UUID,
    row: uuid.UUID,
    facts: PartyFacts,
    today: date,
) -> None:
    born = facts.document.born or facts.born
    if born is not None and born > today:
        raise InvalidInput("出生日期在将来 / a day of birth that lies ahead", field="born")
    minor = born is not None and age_on(born, today) < OF_AGE
    if facts.guardian_id is None:
        if minor:
            raise InvalidInput(
                "未成年人须指明监护人,请先添加监护人 / a minor needs a guardian: add one first",
                field="guardian_id",
            )
        return
    if not minor:
        raise InvalidInput(
            "仅未成年人可有监护人 / only a minor has a guardian: leave it out", field="guardian_id"
        )
    guardian = owned(session, owner_id, facts.guardian_id)
    if guardian.id == row or guardian.erased_at is not None:
        raise NotFound("没有此监护人 / no such guardian", field="guardian_id")
    if guardian.nature != "natural" or is_minor(ring, guardian, today) is not False:
        raise InvalidInput(
            "监护人须为成年人,且出生日期可知 / a guardian is of age: state the day of birth",
            field="guardian_id",
        )


def _place(row: uuid.UUID, column: str) -> Place:
    return Place("party", column, row)

"""What binds an officer, and who stands in a matter: gathered for `registry.conflicts`.

A person or body is known by the blind index of its document, so that one human being with two
accounts, or named in a library of somebody else, is found. Numbers are neither kept nor shown.
"""

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from accounts import identity, persons, ties
from accounts.documents import NATURAL, Document
from accounts.models import Account, Person
from accounts.person_models import Party, Verification
from accounts.staff import Officer
from core import audit
from core.db import lock
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.sealed import Keyring
from core.text import clean_text
from registry.conflicts import Ground, Interests, Involved, conflict, folded
from registry.models import DeclaredConflict, Matter, Recusal

MOST_NAME: Final = 100
MOST_NOTE: Final = 500
MOST_DECLARED: Final = 200

_SAID: Final[Mapping[Ground, str]] = {
    Ground.OWN: (
        "不得审查本人或本人代理的申请 / officers never examine their own works, or what they filed"
    ),
    Ground.ORGANISATION: (
        "不得审查本单位的申请 / officers never examine what their own organisation has filed"
    ),
    Ground.DECLARED: "与申报的利害关系人有关,须回避 / a declared interest: another examines it",
    Ground.RECUSED: "已回避本业务 / you stepped back from this matter",
}


def of_officer(session: Session, officer: Officer) -> Interests:
    """Everything that binds the person behind an officer's account, whoever that was said to be."""
    accounts, persons = ties.accounts_of(session, officer), ties.persons_of(session, officer)
    declared = declarations(session, officer)
    return Interests(
        accounts=accounts,
        persons=persons,
        organisations=ties.organisations_of(session, accounts),
        declared=frozenset(each.subject_id for each in declared if each.subject_id is not None),
        names=frozenset(folded(each.name) for each in declared if each.name is not None),
        recused=frozenset(
            session.scalars(select(Recusal.matter_id).where(Recusal.person_id.in_(persons)))
        ),
        called=_folded(ties.names_of(session, officer, accounts)),
        organisation_names=_organisation_names(session, accounts),
    )


def _organisation_names(
    session: Session, accounts: Collection[uuid.UUID]
) -> Mapping[str, datetime | None]:
    """Folded, each with the last moment the officer worked for one of that name; None: still."""
    found: dict[str, datetime | None] = {}
    for name, until in ties.organisation_names(session, accounts):
        known = found.get(folded(name), until)
        found[folded(name)] = None if until is None or known is None else max(known, until)
    return found


def of_matters(session: Session, matters: Collection[Matter]) -> Mapping[uuid.UUID, Involved]:
    """Who stands in each of these matters, with two questions to the database for all of them.

    A name counts as proven only where it is that of a filing account's own identity: what a form
    says of others, numbers on file too, nobody has checked.
    """
    parties = {matter.id: list(_parties(matter)) for matter in matters}
    behind = _behind(session, (each for several in parties.values() for each in several))
    who = _filers(session, matters)
    found = {}
    for matter in matters:
        accounts = {matter.applicant_id, matter.agent_id} - {None}
        filers = [who[each] for each in accounts if each in who]
        known = [behind.get(_reference(party), _NOBODY) for party in parties[matter.id]]
        said = {str(party["name"]) for party in parties[matter.id] if party.get("name")}
        names = _folded(said.union(*(each.names for each in known)))
        proven = _folded(name for each in filers for name in each.names)
        persons = {matter.applicant_person}.union(*(each.persons for each in (*filers, *known)))
        found[matter.id] = Involved(
            matter=matter.id,
            since=matter.submitted_at or matter.created_at,
            accounts=frozenset(each for each in accounts if each is not None),
            persons=frozenset(each for each in persons if each is not None),
            names=names | proven,
            unproven=names - proven,
        )
    return found


@dataclass(frozen=True)
class _Somebody:
    """Whoever is behind a reference or an account, a minor's guardian included."""

    persons: frozenset[uuid.UUID | None] = frozenset()
    names: frozenset[str] = frozenset()


_NOBODY: Final = _Somebody()


def _behind(
    session: Session, parties: Iterable[Mapping[str, Any]]
) -> Mapping[uuid.UUID | None, _Somebody]:
    """Those on file whom forms refer to, by the references; one question."""
    referred = {_reference(each) for each in parties} - {None}
    if not referred:
        return {}
    guardian, ward, guarding = aliased(Party), aliased(Person), aliased(Person)
    rows = session.execute(
        select(Party.id, Party.name, ward.id, guardian.name, guarding.id)
        .outerjoin(ward, ward.identity_index == Party.number_index)
        .outerjoin(guardian, guardian.id == Party.guardian_id)
        .outerjoin(guarding, guarding.identity_index == guardian.number_index)
        .where(Party.id.in_(referred))
    )
    return {
        row[0]: _Somebody(
            frozenset({row[2], row[4]}), frozenset(name for name in (row[1], row[3]) if name)
        )
        for row in rows
    }


def _filers(session: Session, matters: Collection[Matter]) -> Mapping[uuid.UUID | None, _Somebody]:
    """The accounts that file, as they are known; one question."""
    filers = {matter.applicant_id for matter in matters} | {matter.agent_id for matter in matters}
    rows = session.execute(
        select(Account.id, Account.person_id, Verification.name)
        .outerjoin(
            Verification,
            (Verification.account_id == Account.id) & Verification.status.in_(identity.HOLDS),
        )
        .where(Account.id.in_(filers - {None}))
    )
    return {
        row[0]: _Somebody(frozenset({row[1]}), frozenset({row[2]} if row[2] else ()))
        for row in rows
    }


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(folded(each) for each in names)


def require_none(session: Session, officer: Officer, matter: Matter) -> None:
    """Raises NotAllowed when this officer must not examine this matter; whom for is not said."""
    involved = of_matters(session, [matter])[matter.id]
    ground = conflict(of_officer(session, officer), involved)
    if ground is not None:
        raise NotAllowed(_SAID[ground])


def require_none_in(
    session: Session,
    officer: Officer,
    account_id: uuid.UUID,
    since: datetime,
    *,
    name: str | None = None,
    claimed: bytes | None = None,
) -> None:
    """As `require_none`, for what an account says of itself to an office since then: `name`, and a
    number by its blind index. Who stepped back from a matter keeps away from those who filed it.

    Raises:
        NotAllowed: this officer neither sees its papers nor decides; whom for is not said.
    """
    account, bound = session.get_one(Account, account_id), of_officer(session, officer)
    known = session.scalars(
        select(Person.id).where(
            or_(Person.id == account.person_id, Person.identity_index == claimed)
        )
    )
    filed = or_(Matter.applicant_id == account_id, Matter.agent_id == account_id)
    left = session.scalar(select(Matter.id).where(Matter.id.in_(bound.recused), filed).limit(1))
    involved = Involved(
        matter=left or account_id,
        since=since,
        accounts=frozenset({account_id}),
        persons=frozenset(known),
        names=frozenset(folded(each) for each in (name, account.name) if each),
    )
    if conflict(bound, involved) is not None:
        raise NotAllowed(
            "与本人有利害关系,不得查看其证件或作出决定,请由其他工作人员办理 / you have an interest "
            "in this person or organisation: another officer looks at the papers and decides"
        )


def declarations(session: Session, officer: Officer) -> list[DeclaredConflict]:
    """What the person behind an officer declared and did not end, newest first."""
    return list(
        session.scalars(
            select(DeclaredConflict)
            .where(
                DeclaredConflict.person_id.in_(ties.persons_of(session, officer)),
                DeclaredConflict.ended_at.is_(None),
            )
            .order_by(DeclaredConflict.declared_at.desc(), DeclaredConflict.id)
        )
    )


def declare(
    session: Session,
    ring: Keyring,
    officer: Officer,
    kind: Literal["person", "organisation", "name"],
    subject: Document | str,
    note: str,
    *,
    now: datetime,
) -> DeclaredConflict:
    """Say from whose matters one keeps away: by document, or by name where no number is known.

    Raises:
        InvalidInput: a document of another kind than said, no name, no word of what binds.
        Conflict: too many.
    """
    if len(declarations(session, officer)) >= MOST_DECLARED:
        raise Conflict(f"至多申报 {MOST_DECLARED} 项 / at most so many declarations")
    row = DeclaredConflict(
        id=uuid.uuid4(),
        person_id=officer.person_id,
        declared_by=officer.account_id,
        kind=kind,
        note=clean_text(note, "note", MOST_NOTE),
        declared_at=now,
    )
    if isinstance(subject, str):
        row.name = clean_text(subject, "name", MOST_NAME)
    else:
        if (subject.kind in NATURAL) != (kind == "person"):
            raise InvalidInput(
                "证件与种类不符 / the document is not of that kind", field="document_kind"
            )
        row.subject_id = persons.recognise(session, ring, subject, now=now)
    session.add(row)
    session.flush()
    _tell(session, officer, "conflict.declared", row, now=now)
    return row


def end(session: Session, officer: Officer, declared: uuid.UUID, *, now: datetime) -> None:
    """End a declaration of one's own; it stays on record with its dates. Doing it again is fine.

    Raises:
        NotFound: no such declaration of this person.
    """
    row = session.get(DeclaredConflict, declared)
    if row is None or row.person_id not in ties.persons_of(session, officer):
        raise NotFound("没有此申报 / no such declaration")
    lock(session, row)
    if row.ended_at is None:
        row.ended_at = now
        session.flush()
        _tell(session, officer, "conflict.ended", row, now=now)


def _tell(
    session: Session, officer: Officer, act: str, row: DeclaredConflict, *, now: datetime
) -> None:
    """A line of the office's audit; whom it is about stays in the declaration."""
    audit.note(
        session, audit.of_office(officer.office), act, f"conflict:{row.id}", officer.account_id,
        {"kind": row.kind}, now=now,
    )  # fmt: skip


def _parties(matter: Matter) -> Iterator[Mapping[str, Any]]:
    """Owners, authors and their employers, applicant, agent and handler, as the form has them."""
    for name in ("owners", "authors"):
        yield from matter.form.get(name, ())
    for author in matter.form.get("authors", ()):
        yield {"party": author.get("employer")}
    for name in ("applicant", "agent", "handler"):
        if name in matter.form:
            yield matter.form[name]


def _reference(party: Mapping[str, Any]) -> uuid.UUID | None:
    """The library's party that the form refers to, if it is one."""
    try:
        return uuid.UUID(str(party.get("party")))
    except ValueError:
        return None

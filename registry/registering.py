"""Approval: number, decision, record and its deposit, in one transaction.

The number comes from a counter under the office's row lock, and the time of registration is read
under that lock: numbers follow time, and a year begins with serial 1 exactly once. A transaction
that does not commit gives its number back, so that a series has no gaps.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, select, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts import keys
from accounts.staff import Officer
from core.db import Base
from core.errors import NotReady
from evidence.about import deposit_about
from evidence.models import Evidence, StatementRow
from registry import announcing, binding, delivering, examining, numbers_issued, opening, trading
from registry.form import Form
from registry.lifecycle import MatterState
from registry.matters import form_of, keep_edition, move, profile_of
from registry.models import (
    Matter,
    NumberRegister,
    NumberSeries,
    Registration,
    SoftwareCertificateNumber,
)
from registry.numbering import BEIJING, CERTIFICATES
from registry.profile import Profile
from registry.record import DIGEST, Record

Check = Callable[[Record], None]


def approve(
    session: Session,
    officer: Officer,
    matter: Matter,
    checklist: Sequence[str],
    check: Check,
    clock: Callable[[], datetime],
    rules: Profile | None = None,
) -> Registration:
    """Enter a matter into the register. `matter` is locked by the caller.

    The register numbers by the office's `rules` of today, by default those the matter began under.
    `check` refuses a record that cannot be printed (before the number is taken for good);
    `clock` is read under the office's lock.

    Raises:
        NotAllowed, IllegalTransition: not this officer's to approve, or not now.
        Conflict: the officer has not opened it in this round (`registry.opening`), or the rules
            do not go on with the numbers of this year (`registry.numbers_issued`).
        InvalidInput: the record cannot be printed.
    """
    to = examining.require_final(session, officer, matter)
    opening.require_opened(session, officer, matter, "matter")
    profile = profile_of(session, matter)
    form = form_of(matter)
    numbers = _numbering_rules(profile, rules, form.category or "")
    series, serial, now = take_serial(session, numbers, form.category or "", clock)
    letter = numbers.letter(form.category or "")
    number = numbers.numbering_of(form.category or "").number(now, letter, serial)
    numbers_issued.require_unused(session, numbers, number)
    own = _certificate_number(session, numbers, form, now=now)
    record = _record(session, matter, profile, number, now)
    record = replace(record, software_certificate_number=None if own is None else own.number)
    check(record)
    evidence = _deposit(session, matter, profile, record, now=now)
    registration = Registration(
        id=uuid.uuid4(),
        matter_id=matter.id,
        number=number,
        office=matter.office,
        series=series,
        serial=serial,
        record=record.encode(),
        record_evidence_id=evidence.id,
        registered_at=now,
    )
    session.add(registration)
    session.flush()
    entered: list[Base] = [registration]
    if own is not None:
        own.registration_id = registration.id
        session.add(own)
        entered.append(own)
        session.flush()
    announced = announcing.announce(session, profile, registration)
    if announced is not None:
        trading.offer_as_wished(session, announced, form.trading)
    noted = examining.note_approval(session, officer, matter, checklist, now=now)
    was = MatterState.FINAL_EXAMINATION
    move(
        session, matter, was, to, f"registered as {number}", by=officer.account_id, now=now,
        bound={**noted, **binding.bound(*entered)},
    )  # fmt: skip
    delivering.begin_as_wished(session, matter, registration, now=now)
    return registration


def take_serial(
    session: Session, profile: Profile, category: str, clock: Callable[[], datetime]
) -> tuple[str, int, datetime]:
    """Series, next serial, and the time read under the lock that orders them.

    The lock is held until the caller's transaction ends.

    Raises:
        Conflict: this year's numbers have another form.
    """
    lock_register(session, profile.key)
    now = clock()
    numbers_issued.require_agreement(session, profile, category, now=now)
    series = profile.numbering_of(category).series(now, profile.letter(category))
    return series, _counted(session, profile, series, now=now), now


def _counted(session: Session, profile: Profile, series: str, *, now: datetime) -> int:
    """The next serial of a series. The office's lock is held by the caller."""
    first = profile.first_serial(series)
    serial = session.scalar(
        insert(NumberSeries)
        .values(office=profile.key, series=series, first=first, last=first)
        .on_conflict_do_update(
            index_elements=["office", "series"], set_={"last": NumberSeries.last + 1}
        )
        .returning(NumberSeries.last)
    )
    if serial == first != 1:
        keep_edition(session, profile, now=now)  # where it says so
    return serial or 0


def _certificate_number(
    session: Session, profile: Profile, form: Form, *, now: datetime
) -> SoftwareCertificateNumber | None:
    """The number of a certificate of software, of no entry yet; None where such have none."""
    numbers = profile.certificate_numbers
    if form.software is None or numbers is None:
        return None
    serial = _counted(session, profile, CERTIFICATES, now=now)
    number = numbers.number(serial)
    numbers_issued.require_unused(session, profile, number)
    return SoftwareCertificateNumber(
        office=profile.key, serial=serial, number=number, issued_at=now
    )


def certificate_number(session: Session, registration_id: uuid.UUID) -> str | None:
    """The number of its own that an entry's certificate bears; None when it bears none."""
    found = session.get(SoftwareCertificateNumber, registration_id)
    return None if found is None else found.number


def numbered(numbers: Sequence[str]) -> ColumnElement[bool]:
    """For a query of registrations: those with one of these numbers, their certificates' included.

    Each part is a look into an index; with OR instead of UNION every registration would be read.
    """
    own = SoftwareCertificateNumber
    return Registration.id.in_(
        union_all(
            select(Registration.id).where(Registration.number.in_(numbers)),
            select(own.registration_id).where(own.number.in_(numbers)),
        )
    )


def lock_register(session: Session, office: str) -> None:
    """Nobody else enters anything at this office until the caller's transaction ends."""
    session.execute(insert(NumberRegister).values(office=office).on_conflict_do_nothing())
    session.execute(select(NumberRegister).where(NumberRegister.office == office).with_for_update())


def of_matter(session: Session, matter_id: uuid.UUID) -> Registration | None:
    """The entry a matter led to."""
    return session.scalar(select(Registration).where(Registration.matter_id == matter_id))


def entry_of(session: Session, matter_id: uuid.UUID) -> tuple[Registration, Evidence]:
    """A registered matter's entry, and the evidence its record is.

    Raises:
        NotReady: not registered.
    """
    found = of_matter(session, matter_id)
    if found is None:
        raise NotReady("尚未登记 / not registered yet")
    return found, session.get_one(Evidence, found.record_evidence_id)


def _numbering_rules(began: Profile, today: Profile | None, category: str) -> Profile:
    """The rules that number a work of this category: today's, as long as they know it."""
    return today if today is not None and category in today.categories else began


def _record(
    session: Session, matter: Matter, profile: Profile, number: str, now: datetime
) -> Record:
    form = form_of(matter)
    evidence = session.get_one(Evidence, matter.evidence_id)
    leaf = session.get_one(StatementRow, evidence.id).leaf_hash.hex()
    place, foot = form.first_published_place, profile.certificate.foot_of(form.form)
    return Record(
        registration_number=number,
        registered_on=now.astimezone(BEIJING).date().isoformat(),
        office=profile.name.zh,
        agency=_agency(profile, matter.agency),
        matter_number=matter.number,
        title=form.title or "",
        category=form.category or "",
        creation_nature=form.nature or "",
        acquisition=form.acquisition or "",
        ownership=form.ownership or "",
        authors=tuple(each.name or "" for each in form.authors),
        owners=tuple(each.name or "" for each in form.owners),
        applicant="" if form.applicant is None else form.applicant.name or "",
        completion_date=form.completion_date or "",
        first_published_on=form.first_published_on,
        first_published_at=None if place is None else f"{place.country} {place.city}",
        evidence_number=evidence.number,
        evidence_leaf=leaf,
        supervision=None if foot is None else foot.zh,
        agent=None if matter.agent_id is None or form.agent is None else form.agent.name,
        **_of_software(form),
    )


def _of_software(form: Form) -> dict[str, str | None]:
    """What the certificate of software says besides."""
    if form.software is None:
        return {}
    return {
        "software_short_name": form.software.short_name,
        "software_version": form.software.version,
        "rights": form.rights,
    }


def _deposit(
    session: Session, matter: Matter, profile: Profile, record: Record, *, now: datetime
) -> Evidence:
    """The record becomes evidence of the office, over the files that were registered."""
    # No address that anybody could sign up with: see accounts.identifiers.
    address = f"{profile.key}@register"
    office = keys.ensure_account(session, address, profile.name.zh, now=now)
    facts = {**record.facts(), "depositor": profile.name.zh}
    return deposit_about(
        session,
        office.id,
        session.get_one(Evidence, matter.evidence_id),
        facts,
        f"registration:{matter.id}",
        bytes.fromhex(str(facts[DIGEST])),
        now=now,
    )


def _agency(profile: Profile, key: str | None) -> str | None:
    return None if key is None else (profile.agencies or {})[key].name.zh

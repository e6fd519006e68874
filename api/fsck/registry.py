"""I3, I4, I8: the register, its numbers, and the matters that led to it."""

import hashlib
import uuid
from collections import defaultdict
from typing import Any, Final

from sqlalchemy import literal, select, union_all
from sqlalchemy.orm import Session

from api.fsck.findings import Findings
from api.fsck.rules import APART, kept
from core import canonical
from core.audit import AuditLine
from core.errors import InvalidInput
from evidence.about import REGISTRATION
from evidence.models import Evidence, EvidenceFact
from registry.announcing import Announcement, entry
from registry.binding import digest_of
from registry.form import Trading
from registry.lifecycle import MatterState
from registry.matters import form_of
from registry.models import (
    Finding,
    Matter,
    NumberSeries,
    Registration,
    SoftwareCertificateNumber,
    Submission,
)
from registry.numbering import BEIJING, CERTIFICATES
from registry.record import DIGEST
from registry.trading import TradingOffer, as_wished

_DECIDED: Final = (MatterState.REGISTERED.value, MatterState.REFUSED.value)
_EDITED: Final = frozenset(
    {MatterState.DRAFT, MatterState.RETURNED, MatterState.WITHDRAWN, MatterState.LAPSED}
)
"""Form and documents may differ from what was submitted last."""
_Who = tuple[uuid.UUID | None, uuid.UUID | None]
"""A person and the account."""


def check_rounds(session: Session, found: Findings) -> None:
    """I4: one submission for each of a matter's rounds."""
    _check_what_is_examined(session, found)
    rounds: dict[Any, list[int]] = defaultdict(list)
    for matter_id, number in session.execute(
        select(Submission.matter_id, Submission.round).order_by(Submission.round)
    ):
        rounds[matter_id].append(number)
    for matter_id, last in session.execute(select(Matter.id, Matter.round)):
        holds = rounds[matter_id] == list(range(1, last + 1))
        found.look("I4", holds=holds, subject=matter_id, detail="submissions and rounds differ")


def _check_what_is_examined(session: Session, found: Findings) -> None:
    """I3: while nobody may edit it, a matter says what was submitted in its last round."""
    for matter, submitted in session.execute(
        select(Matter, Submission).join(
            Submission, (Submission.matter_id == Matter.id) & (Submission.round == Matter.round)
        )
    ):
        holds = matter.status in _EDITED or (
            (matter.form, matter.documents, matter.evidence_id)
            == (submitted.form, submitted.documents, submitted.evidence_id)
        )
        found.look("I3", holds=holds, subject=matter.id, detail="not what was submitted")


def check_decisions(session: Session, found: Findings) -> None:
    """I3: what was decided was examined by two persons: the first passed it on last, the second
    decided it once, and the matter names those two.
    """
    passed: dict[Any, _Who] = {}
    decided: dict[Any, list[tuple[str, _Who]]] = defaultdict(list)
    for finding in session.scalars(
        select(Finding)
        .where(Finding.action.in_(["pass", "approve", "refuse"]))
        .order_by(Finding.at)
    ):
        who = finding.person_id, finding.officer_id
        if finding.action == "pass":
            passed[finding.matter_id] = who
        else:
            decided[finding.matter_id].append((finding.action, who))
    for matter in session.scalars(select(Matter).where(Matter.status.in_(_DECIDED))):
        action = "approve" if matter.status == MatterState.REGISTERED else "refuse"
        persons = {matter.first_person, matter.final_person, matter.applicant_person}
        two = len(persons - {None, matter.applicant_person}) == 2  # noqa: PLR2004 - four eyes
        final = matter.final_person, matter.final_officer_id
        holds = two and decided[matter.id] == [(action, final)]
        found.look("I3", holds=holds, subject=matter.id, detail="not decided by a second person")
        first = matter.first_person, matter.first_officer_id
        holds = passed.get(matter.id) == first
        found.look("I3", holds=holds, subject=matter.id, detail="not the one who passed it on")


def check_entries(session: Session, found: Findings) -> None:
    """I3: each entry is of a registered matter, and its record is the one that was deposited."""
    rows = session.execute(
        select(Registration, Matter, Evidence, EvidenceFact.value, SoftwareCertificateNumber.number)
        .join(Matter, Matter.id == Registration.matter_id)
        .join(Evidence, Evidence.id == Registration.record_evidence_id)
        .outerjoin(
            EvidenceFact, (EvidenceFact.evidence_id == Evidence.id) & (EvidenceFact.name == DIGEST)
        )
        .outerjoin(
            SoftwareCertificateNumber,
            SoftwareCertificateNumber.registration_id == Registration.id,
        )
    ).all()
    entered = set()
    for registration, matter, evidence, fact, number in rows:
        entered.add(matter.id)
        holds = (
            matter.status == MatterState.REGISTERED
            and evidence.kind == REGISTRATION
            and fact == {"value": hashlib.sha256(registration.record).hexdigest()}
            and _says(registration, matter, number)
        )
        found.look("I3", holds=holds, subject=registration.number, detail="entry and record differ")
    registered = select(Matter.id).where(Matter.status == MatterState.REGISTERED.value)
    for matter_id in session.scalars(registered):
        found.look("I3", holds=matter_id in entered, subject=matter_id, detail="no entry")


def check_serials(session: Session, found: Findings) -> None:
    """I8: every series has each serial from its first up to its counter once, and begins with 1 or
    where an edition of the office's rules says.
    """
    serials: dict[tuple[str, str], list[int]] = defaultdict(list)
    own = SoftwareCertificateNumber
    for office, series, serial in session.execute(
        union_all(
            select(Registration.office, Registration.series, Registration.serial),
            select(own.office, literal(CERTIFICATES), own.serial),
        ).order_by("serial")
    ):
        serials[office, series].append(serial)
    counted = {
        (row.office, row.series): range(row.first, row.last + 1)
        for row in session.scalars(select(NumberSeries))
    }
    for place in {*serials, *counted}:
        holds = serials[place] == list(counted.get(place, ()))
        found.look("I8", holds=holds, subject=" ".join(place), detail="a gap in the numbers")
    rules = kept(session)
    for (office, series), counts in counted.items():
        if counts.start != 1:
            # In any edition that was in use.
            editions = [each for each in rules.profiles.values() if each.key == office]
            holds = counts.start in {each.first_serial(series) for each in editions}
            if office in rules.blind and not holds:
                found.set_apart(APART, 1)
                continue
            detail = "begins where no rules say"
            found.look("I8", holds=holds, subject=f"{office} {series}", detail=detail)


def check_announcements(session: Session, found: Findings) -> None:
    """I3: an entry is open to everybody exactly where the rules of its matter say so, and what is
    searched of it is what its record says.
    """
    announced = {each.registration_id: each for each in session.scalars(select(Announcement))}
    profiles = kept(session).profiles
    for registration, matter in session.execute(
        select(Registration, Matter).join(Matter, Matter.id == Registration.matter_id)
    ):
        row = announced.pop(registration.id, None)
        if (rules := profiles.get(matter.edition)) is None:
            found.set_apart(APART, 1)
        public = row is not None if rules is None else rules.notice.public
        expected = _expected(registration) if public else None
        holds = _told(row) == expected
        found.look("I3", holds=holds, subject=registration.number, detail="not announced so")
    for registration_id in announced:
        found.look("I3", holds=False, subject=registration_id, detail="announced, of no entry")


def check_trading(session: Session, found: Findings) -> None:
    """I3: what is shown for trading was consented to, by the newest line that tells of it or else
    on the form, and stands where its announcement does.
    """
    newest = {
        line.subject: line
        for line in session.scalars(
            select(AuditLine)
            .where(AuditLine.act.startswith("trading."))
            .order_by(AuditLine.sequence)
        )
    }
    for row, announced, matter in session.execute(
        select(TradingOffer, Announcement, Matter)
        .join(Announcement, Announcement.registration_id == TradingOffer.registration_id)
        .join(Registration, Registration.id == TradingOffer.registration_id)
        .join(Matter, Matter.id == Registration.matter_id)
        .where(TradingOffer.consented)
    ):
        line, wish = newest.get(f"registration:{row.registration_id}"), form_of(matter).trading
        if line is not None:
            holds = line.act == "trading.given" and line.facts.get("row") == digest_of(row)
        else:
            holds = wish is not None and wish.consent is True
            holds &= digest_of(row) == digest_of(as_wished(announced, wish or Trading()))
        found.look("I3", holds=holds, subject=row.registration_id, detail="not offered so")


def _told(row: Announcement | None) -> object:
    if row is None:
        return None
    return row.office, row.registered_at, row.title, row.letters, row.owners, row.category


def _expected(registration: Registration) -> object:
    try:
        return _told(entry(registration))
    except (ValueError, KeyError, TypeError, AttributeError):
        return "a record that says nothing"


def _says(registration: Registration, matter: Matter, certificate_number: str | None) -> bool:
    try:
        document: Any = canonical.decode(registration.record)
        said = [
            document[name] for name in ("registration_number", "matter_number", "registered_on")
        ]
        own = document.get("software_certificate_number")
    except (InvalidInput, KeyError, TypeError, AttributeError):
        return False
    day = registration.registered_at.astimezone(BEIJING).date().isoformat()
    told = [registration.number, matter.number, day]
    return said == told and own == certificate_number

"""I3, I4, I8: the register, its numbers, and the matters that led to it."""

import hashlib
from collections import defaultdict
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.fsck.findings import Findings
from api.fsck.histories import History, check_history
from core import canonical
from core.errors import InvalidInput
from evidence.about import REGISTRATION
from evidence.models import Evidence, EvidenceFact
from registry.deliveries import PaperDelivery
from registry.delivery_lifecycle import DELIVERY_TRANSITIONS, DeliveryState
from registry.lifecycle import TRANSITIONS, MatterState
from registry.models import Finding, Matter, NumberSeries, Registration, Submission
from registry.record import DIGEST

_DECIDED: Final = (MatterState.REGISTERED.value, MatterState.REFUSED.value)


def check_matters(session: Session, found: Findings) -> None:
    """I4: the history of every matter and of every paper certificate, and one submission for each
    of a matter's rounds.
    """
    for history in (
        History("matter", Matter, MatterState.DRAFT, TRANSITIONS),
        History("paper_delivery", PaperDelivery, DeliveryState.ASKED, DELIVERY_TRANSITIONS),
    ):
        check_history(session, history, found)
    rounds: dict[Any, list[int]] = defaultdict(list)
    for matter_id, number in session.execute(
        select(Submission.matter_id, Submission.round).order_by(Submission.round)
    ):
        rounds[matter_id].append(number)
    for matter_id, last in session.execute(select(Matter.id, Matter.round)):
        holds = rounds[matter_id] == list(range(1, last + 1))
        found.look("I4", holds=holds, subject=matter_id, detail="submissions and rounds differ")


def check_decisions(session: Session, found: Findings) -> None:
    """I3: what was decided was examined by two persons, the second of whom decided it once."""
    decided: dict[Any, list[tuple[str, Any]]] = defaultdict(list)
    for matter_id, action, person_id in session.execute(
        select(Finding.matter_id, Finding.action, Finding.person_id).where(
            Finding.action.in_(["approve", "refuse"])
        )
    ):
        decided[matter_id].append((action, person_id))
    for matter in session.scalars(select(Matter).where(Matter.status.in_(_DECIDED))):
        action = "approve" if matter.status == MatterState.REGISTERED else "refuse"
        persons = {matter.first_person, matter.final_person, matter.applicant_person}
        two = len(persons - {None, matter.applicant_person}) == 2  # noqa: PLR2004 - four eyes
        holds = two and decided[matter.id] == [(action, matter.final_person)]
        found.look("I3", holds=holds, subject=matter.id, detail="not decided by a second person")


def check_entries(session: Session, found: Findings) -> None:
    """I3: each entry is of a registered matter, and its record is the one that was deposited."""
    rows = session.execute(
        select(Registration, Matter, Evidence, EvidenceFact.value)
        .join(Matter, Matter.id == Registration.matter_id)
        .join(Evidence, Evidence.id == Registration.record_evidence_id)
        .outerjoin(
            EvidenceFact, (EvidenceFact.evidence_id == Evidence.id) & (EvidenceFact.name == DIGEST)
        )
    ).all()
    entered = set()
    for entry, matter, evidence, fact in rows:
        entered.add(matter.id)
        holds = (
            matter.status == MatterState.REGISTERED
            and evidence.kind == REGISTRATION
            and fact == {"value": hashlib.sha256(entry.record).hexdigest()}
            and _says(entry.record, entry.number, matter.number)
        )
        found.look("I3", holds=holds, subject=entry.number, detail="entry and record differ")
    registered = select(Matter.id).where(Matter.status == MatterState.REGISTERED.value)
    for matter_id in session.scalars(registered):
        found.look("I3", holds=matter_id in entered, subject=matter_id, detail="no entry")


def check_serials(session: Session, found: Findings) -> None:
    """I8: every series has the serials 1, 2, 3 … up to its counter, each once."""
    serials: dict[tuple[str, str], list[int]] = defaultdict(list)
    for office, series, serial in session.execute(
        select(Registration.office, Registration.series, Registration.serial).order_by(
            Registration.serial
        )
    ):
        serials[office, series].append(serial)
    counted = {
        (office, series): last
        for office, series, last in session.execute(
            select(NumberSeries.office, NumberSeries.series, NumberSeries.last)
        )
    }
    for place in {*serials, *counted}:
        holds = serials[place] == list(range(1, counted.get(place, 0) + 1))
        found.look("I8", holds=holds, subject=" ".join(place), detail="a gap in the numbers")


def _says(record: bytes, number: str, matter_number: str) -> bool:
    try:
        document: Any = canonical.decode(record)
        said = (document["registration_number"], document["matter_number"])
    except (InvalidInput, KeyError, TypeError):
        return False
    return said == (number, matter_number)

"""From rows to where something stands, in plain words."""

from uuid import UUID

from sqlalchemy.orm import Session

from api.following_schemas import (
    CertificateOut,
    HistoryOut,
    StandingOut,
    StepOut,
    WordsOut,
)
from api.wiring import utc_now
from certs import issuing
from core.errors import NotFound
from evidence.models import Evidence
from registry import matters, registering, searching, tables, terms
from registry.clockwork import day_of
from registry.lifecycle import MatterState
from registry.models import Matter
from registry.searching import Entered, Found
from registry.signing_state import standing_of
from registry.words import Words

_NOBODY = Words("无", "nobody")
_EVIDENCE = {
    False: Words("已存证,正在入库或上链", "deposited; being stored, timed and anchored"),
    True: Words("已存证,证书可下载", "deposited; its certificate can be fetched"),
}
_NOTHING = Words("您现在无需操作。", "Nothing is needed from you now.")


def standing_out(session: Session, found: Found) -> StandingOut:
    """Where what was found stands now."""
    if found.matter is not None:
        return _matter(session, found.matter)
    if found.evidence is None:
        raise NotFound("没有此编号 / no such number")
    return _evidence(session, found.evidence)


def history_out(session: Session, matter: Matter) -> HistoryOut:
    """Every state a matter was in, from its draft on."""
    begun = _step(MatterState.DRAFT.value)
    items = [StepOut(state=MatterState.DRAFT.value, words=begun, at=matter.created_at)]
    items += [
        StepOut(state=each.became, words=_step(each.became), at=each.at)
        for each in searching.history(session, matter.id)
    ]
    return HistoryOut(items=items)


def certificate_out(session: Session, entered: Entered, revoked: frozenset[UUID]) -> CertificateOut:
    """A registration, whether it is among the revoked, and whether its certificate is made."""
    return CertificateOut(
        matter_id=entered.matter.id,
        title=_title(entered.matter),
        registration_number=entered.registration.number,
        office=entered.registration.office,
        registered_at=entered.registration.registered_at,
        revoked=entered.registration.id in revoked,
        certificate_ready=issuing.is_made(session, entered.registration.record_evidence_id),
    )


def _matter(session: Session, matter: Matter) -> StandingOut:
    profile, now = matters.profile_of(session, matter), utc_now()
    told = tables.standings()[standing_of(session, matter)]
    evidence = None if matter.evidence_id is None else session.get(Evidence, matter.evidence_id)
    entry = registering.of_matter(session, matter.id)
    running = terms.shown(session, matter, profile, matters.form_of(matter).form)
    term = running[0] if running else None
    return StandingOut(
        kind="matter",
        matter_id=matter.id,
        acceptance_number=matter.number,
        registration_number=None if entry is None else entry.number,
        evidence_number=None if evidence is None else evidence.number,
        title=_title(matter),
        office_name=profile.name.zh,
        state=matter.status,
        words=_out(told.state),
        next=_out(told.next),
        todo=_out(told.todo),
        since=searching.since(session, matter),
        until=None if term is None else day_of(term.term.due_at),
        provisional=term is not None and term.term.provisional,
        overdue=term is not None and term.overdue(now),
    )


def _evidence(session: Session, evidence: Evidence) -> StandingOut:
    ready = issuing.is_made(session, evidence.id)
    return StandingOut(
        kind="evidence",
        matter_id=None,
        acceptance_number=None,
        registration_number=None,
        evidence_number=evidence.number,
        title=None,
        office_name=None,
        state="certified" if ready else "deposited",
        words=_out(_EVIDENCE[ready]),
        next=_out(_NOBODY),
        todo=_out(_NOTHING),
        since=evidence.submitted_at,
        until=None,
        provisional=False,
        overdue=False,
    )


def _title(matter: Matter) -> str | None:
    title = matter.form.get("title")
    return title if isinstance(title, str) else None


def _step(state: str) -> WordsOut:
    return _out(tables.standings()[state].state)


def _out(words: Words) -> WordsOut:
    return WordsOut(zh=words.zh, en=words.en)

"""From rows of the registry to what applicants and officers see."""

from sqlalchemy.orm import Session

from accounts.models import Account
from api.evidence_views import brief_orders
from api.following_schemas import TermOut, WordsOut
from api.registry_schemas import (
    ChangedOut,
    FindingOut,
    MatterFacts,
    MatterOut,
    RegistrationOut,
    RemarkOut,
)
from api.revocation_views import revocation_out
from api.wiring import utc_now
from certs import issuing
from core.sealed import Keyring
from evidence.models import Evidence
from registry import fees, matters, papers, registering, revocations, scans, tables, terms
from registry.clockwork import day_of
from registry.explaining import explain_clock
from registry.lifecycle import Action, MatterState, Role, open_to
from registry.models import Finding, Matter
from registry.profile import Profile
from registry.signing_state import standing_of
from registry.words import Words


def matter_out(session: Session, matter: Matter, ring: Keyring) -> MatterOut:
    """A matter for its applicant: with every decision on it, and what may be done now."""
    facts, standing = matter_facts(session, matter, ring), standing_of(session, matter)
    told = tables.standings()[standing]
    more_time = any(each.extensions_left for each in facts.terms)
    return MatterOut(
        **dict(facts),
        standing=standing,
        words=_words(told.state),
        next=_words(told.next),
        todo=_words(told.todo),
        may=[
            action.value
            for action in open_to(MatterState(matter.status), Role.APPLICANT)
            if action is not Action.EXTEND or more_time
        ],
    )


def matter_facts(session: Session, matter: Matter, ring: Keyring) -> MatterFacts:
    """What applicant and officers see alike."""
    profile = matters.profile_of(session, matter)
    evidence = None if matter.evidence_id is None else session.get(Evidence, matter.evidence_id)
    change = matters.changed(session, matter)
    agent = None if matter.agent_id is None else session.get_one(Account, matter.agent_id)
    return MatterFacts(
        id=matter.id,
        number=matter.number,
        state=MatterState(matter.status),
        applicant_id=matter.applicant_id,
        applicant_name=session.get_one(Account, matter.applicant_id).name,
        agent_id=matter.agent_id,
        agent_name=None if agent is None else agent.name,
        office=matter.office,
        office_name=profile.name.zh,
        agency=matter.agency,
        form=matter.form,
        documents=matter.documents,
        required_documents=list(
            papers.owed(
                session, matter.applicant_id, profile, matters.form_of(matter), now=utc_now()
            )
        ),
        earlier_scans=list(scans.earlier(session, ring, matter)),
        evidence_number=None if evidence is None else evidence.number,
        round=matter.round,
        revision=matter.revision,
        created_at=matter.created_at,
        submitted_at=matter.submitted_at,
        due_at=matter.due_at,
        awaits_papers=matter.awaits_papers,
        papers_to=profile.delivery.papers_to,
        terms=terms_out(session, matter, profile),
        findings=[_finding(each) for each in matters.findings(session, matter.id)],
        changed=None
        if change is None
        else ChangedOut(fields=list(change.fields), documents=list(change.documents)),
        order=brief_orders(session, fees.MATTER, [matter.id]).get(matter.id),
        registration=_registration(session, matter),
    )


def terms_out(session: Session, matter: Matter, profile: Profile) -> list[TermOut]:
    """The terms that run on a matter, the next one first."""
    found, now = [], utc_now()
    for each in terms.shown(session, matter, profile, matters.form_of(matter).form):
        words = explain_clock(each.clock)
        found.append(
            TermOut(
                purpose=each.term.purpose,
                acts=each.clock.acts,
                began_at=each.term.began_at,
                due_on=day_of(each.term.due_at),
                due_at=each.term.due_at,
                provisional=each.term.provisional,
                overdue=each.overdue(now),
                extensions_left=each.left,
                words=_words(words),
            )
        )
    return found


def remarks_of(row: Finding) -> list[RemarkOut]:
    """What a decision asked for, item by item."""
    remarks = []
    for line in row.items:
        place, _, reason = line.partition(" ")
        kind, _, name = place.partition(":")
        remarks.append(RemarkOut(kind=kind, name=name, reason=reason))
    return remarks


def _finding(row: Finding) -> FindingOut:
    return FindingOut(
        round=row.round, action=row.action, items=remarks_of(row), ground=row.ground, note=row.note,
        at=row.at,
    )  # fmt: skip


def _registration(session: Session, matter: Matter) -> RegistrationOut | None:
    found = registering.of_matter(session, matter.id)
    if found is None:
        return None
    evidence = session.get_one(Evidence, found.record_evidence_id)
    revoked = revocations.latest(session, found.id)
    return RegistrationOut(
        registration_number=found.number,
        software_certificate_number=registering.certificate_number(session, found.id),
        registered_at=found.registered_at,
        record_evidence_number=evidence.number,
        certificate_ready=issuing.is_made(session, evidence.id),
        revocation=None if revoked is None else revocation_out(session, revoked),
    )


def _words(words: Words) -> WordsOut:
    return WordsOut(zh=words.zh, en=words.en)

"""From what the registry finds to what examiners and applicants see of it."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts import identity
from accounts.staff import Officer
from api.examination_schemas import (
    ChangeOut,
    DatesOut,
    ExaminedFile,
    ExaminedOut,
    ExaminedPaper,
    FoundOut,
    HitOut,
    QueuedOut,
    ReasonOut,
)
from api.following_schemas import WordsOut
from api.printable import unprintable
from api.registry_schemas import RemarkOut
from api.registry_views import matter_facts, remarks_of
from api.wiring import Services
from core.sealed import Keyring
from evidence import previews, works
from evidence.models import Evidence
from evidence.names import extension
from registry import (
    drawing_lots,
    examined,
    matters,
    next_steps,
    prechecking,
    resemblance,
    scans,
)
from registry.grounds import grounds_of
from registry.lifecycle import Action
from registry.models import Finding, Matter
from registry.precheck import Finding as Found


def examined_out(
    session: Session, officer: Officer, matter: Matter, services: Services, *, now: datetime
) -> ExaminedOut:
    """A matter with what only the office looks at, and what this officer can do with it."""
    evidence = examined.work_of(session, matter)
    changes = _changes(session, matter)
    profile = matters.profile_of(session, matter)
    return ExaminedOut(
        **matter_facts(session, matter, services.keyring).model_dump(),
        may=[action.value for action in next_steps.may(session, officer, matter)],
        applicant_verified_name=_verified_name(session, matter.applicant_id),
        agent_verified_name=_verified_name(session, matter.agent_id),
        checklist={
            stage.stage: {key: str(words) for key, words in stage.checklist.items()}
            for stage in profile.stages
        },
        reasons={
            key: ReasonOut(
                said_zh=reason.said.zh,
                said_en=reason.said.en,
                fields=list(reason.field),
                documents=list(reason.document),
            )
            for key, reason in (profile.reasons or {}).items()
        },
        refusal_grounds={
            key: WordsOut(zh=words.zh, en=words.en)
            for key, words in grounds_of(matters.form_of(matter).form).items()
        },
        drawn=drawing_lots.is_drawn(
            matter.id, matters.lot_number(session, matter), profile.batch_approval
        ),
        files=_files(session, evidence),
        papers=_papers(session, matter, services.keyring),
        precheck=[
            found_out(each)
            for each in prechecking.of_matter(
                session, matter, evidence, unprintable, ring=services.keyring, now=now
            )
        ],
        changes=changes,
        unanswered=_unanswered(session, matter, changes),
        dates=DatesOut(**asdict(resemblance.dates_of(session, [evidence])[evidence.id])),
        hits=[
            _hit(each) for each in resemblance.hits(session, evidence, services.settings.alike_bits)
        ],
    )


def queued_out(matter: Matter) -> QueuedOut:
    """A matter as its queue shows it; nothing more is read."""
    return QueuedOut(
        id=matter.id,
        number=matter.number,
        state=matter.status,
        title=matter.form.get("title"),
        category=matter.category,
        agency=matter.agency,
        applicant=matter.form.get("applicant", {}).get("name"),
        urgent=matter.urgent,
        round=matter.round,
        submitted_at=matter.submitted_at or matter.created_at,
        examine_by=matter.examine_by,
    )


def found_out(finding: Found) -> FoundOut:
    """One finding of the pre-check, in both languages."""
    return FoundOut(
        id=finding.id,
        severity=finding.severity,
        kind=finding.kind,
        name=finding.name,
        said_zh=finding.said.zh,
        said_en=finding.said.en,
        remedy_zh=finding.remedy.zh,
        remedy_en=finding.remedy.en,
    )


def _verified_name(session: Session, account_id: UUID | None) -> str | None:
    held = None if account_id is None else identity.current(session, account_id)
    return None if held is None else held.name


def _files(session: Session, evidence: Evidence) -> list[ExaminedFile]:
    files = works.version_files(session, evidence.version_id)
    stored = prechecking.facts_of(session, files)
    found = []
    for file in files:
        blob, facts = stored.get(file.sha256, (None, None))
        found.append(
            ExaminedFile(
                position=file.position,
                name=file.name,
                size=file.size,
                sha256=file.sha256,
                sm3=file.sm3 if blob is None else blob.sm3,
                media_type=None if blob is None else blob.media_type,
                kept=blob is not None,
                preview=blob is not None and previews.can_be_drawn(blob.media_type, blob.size),
                width=None if facts is None else facts.width,
                height=None if facts is None else facts.height,
                dpi=None if facts is None else facts.dpi,
                pages=None if facts is None else facts.pages,
            )
        )
    return found


def _papers(session: Session, matter: Matter, ring: Keyring) -> list[ExaminedPaper]:
    documents = matters.profile_of(session, matter).documents
    uploaded, personal = examined.uploaded(session, matter), examined.personal(session, matter)
    brought, found = scans.brought(session, ring, matter), []
    for code, value in matter.documents.items():
        if code not in documents:
            continue
        evidence = examined.paper_of(session, matter, code) if code in uploaded else None
        files = [] if evidence is None else _files(session, evidence)
        found.append(
            ExaminedPaper(
                code=code,
                name_zh=documents[code].name.zh,
                name_en=documents[code].name.en,
                personal=code in personal,
                text=value if evidence is None else None,
                evidence_number=None if evidence is None else evidence.number,
                made_for=None if code not in brought else brought[code].code,
                of_earlier_form=code in brought and brought[code].earlier,
                files=[_unnamed(code, each) for each in files] if code in personal else files,
            )
        )
    return found


def _unnamed(code: str, file: ExaminedFile) -> ExaminedFile:
    """Whoever scans a card may call the file by its number."""
    return file.model_copy(update={"name": f"{code}-{file.position}.{extension(file.name)}"})


def _changes(session: Session, matter: Matter) -> list[ChangeOut]:
    """What the last submission changed, with what was there before."""
    change = matters.changed(session, matter)
    last = matters.decided_before(session, matter, matter.round)
    if change is None or last is None:
        return []
    before = matters.submission(session, matter.id, last)
    after = matters.submission(session, matter.id, matter.round)
    asked = {(each.kind, each.name): each.reason for each in _asked(session, matter)}
    numbers = {
        each.id: each.number
        for each in session.scalars(
            select(Evidence).where(Evidence.id.in_([before.evidence_id, after.evidence_id]))
        )
    }
    sides: list[Mapping[str, Any]] = [
        {**each.form, "evidence": numbers[each.evidence_id]} for each in (before, after)
    ]
    return [
        *(_change("field", name, sides[0], sides[1], asked) for name in change.fields),
        *(
            _change("document", name, before.documents, after.documents, asked)
            for name in change.documents
        ),
    ]


def _change(
    kind: str,
    name: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    asked: Mapping[tuple[str, str], str],
) -> ChangeOut:
    return ChangeOut(
        kind=kind,
        name=name,
        before=before.get(name),
        after=after.get(name),
        asked=asked.get((kind, name)),
    )


def _asked(session: Session, matter: Matter) -> list[RemarkOut]:
    """What the last return before this round asked for."""
    row = session.scalar(
        select(Finding)
        .where(
            Finding.matter_id == matter.id,
            Finding.round < matter.round,
            Finding.action == Action.RETURN.value,
        )
        .order_by(Finding.round.desc())
        .limit(1)
    )
    return [] if row is None else remarks_of(row)


def _unanswered(session: Session, matter: Matter, changes: list[ChangeOut]) -> list[RemarkOut]:
    answered = {(each.kind, each.name) for each in changes}
    return [each for each in _asked(session, matter) if (each.kind, each.name) not in answered]


def _hit(hit: resemblance.Hit) -> HitOut:
    return HitOut(**{**asdict(hit), "dates": DatesOut(**asdict(hit.dates))})

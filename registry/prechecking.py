"""The facts of a pre-check, gathered from the database: what is known of form, files and papers.

Applicant and examiner get the same: day and owner are the application's, whoever asks. Nothing is
read from a disk; what a look into the files came to was kept by the worker.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from core.errors import NotFound
from core.sealed import Keyring
from evidence import deposits, works
from evidence.models import Blob, Evidence, FileFacts, StatementFile, VersionFile, WorkVersion
from registry import identities, on_file, papers, scans, signing
from registry.files_found import FileFound
from registry.lifecycle import MatterState
from registry.matters import form_of, profile_of
from registry.models import Matter, Registration
from registry.numbering import BEIJING
from registry.paper_case import AnswerIn
from registry.paper_kinds import missing_parts, parts_of
from registry.precheck import (
    Application,
    Finding,
    PaperFound,
    Repeated,
    precheck,
)
from registry.profile_parts import Document
from registry.signing_state import unsigned
from registry.words import Words

Unprintable = Callable[[Mapping[str, Any]], tuple[tuple[str, str], ...]]
"""Fields of a form, each with the character in it that no certificate can print."""

_OVER: Final = frozenset({MatterState.WITHDRAWN, MatterState.REFUSED, MatterState.LAPSED})
_MOST_REPEATED: Final = 50
"""Of one's own deposits of the same file, a licence with each work: nobody reads more."""


def of_matter(
    session: Session,
    matter: Matter,
    evidence: Evidence | None,
    unprintable: Unprintable,
    *,
    ring: Keyring,
    now: datetime,
) -> tuple[Finding, ...]:
    """What is found in a matter as it stands, with this evidence; None: none is chosen yet. The
    `ring` opens how signers are reached, and what papers print.
    """
    profile, form = profile_of(session, matter), form_of(matter)
    return precheck(
        Application(
            profile=profile,
            form=form,
            day=(matter.submitted_at or now).astimezone(BEIJING).date(),
            files=None if evidence is None else files_of(session, evidence),
            papers={
                code: _paper(session, matter, value, code, profile.documents[code])
                for code, value in matter.documents.items()
                if code in profile.documents
            },
            unprintable=unprintable(matter.form),
            unsigned=unsigned(session, matter),
            repeated=() if evidence is None else _repeated(session, matter, evidence),
            unknown=tuple(identities.unknown(session, matter, profile, now=now)),
            misnamed=tuple(identities.misnamed(session, matter, form)),
            lacking=on_file.lacking(session, matter.applicant_id, profile, form, now=now),
            unreached=_unreached(session, ring, matter),
            earlier_scans=scans.earlier(session, ring, matter),
            declared={} if evidence is None else _declared(session, evidence),
        )
    )


def _unreached(session: Session, ring: Keyring, matter: Matter) -> Mapping[str, Words]:
    """While it is in its applicant's hands: later somebody has signed, or nobody had to."""
    if matter.status not in {MatterState.DRAFT, MatterState.RETURNED}:
        return {}
    return {
        name: Words(*said.split(" / ", 1))
        for name, said in signing.unreached(session, ring, matter).items()
    }


def _declared(session: Session, evidence: Evidence) -> Mapping[str, str]:
    """What its depositor said of the evidence, by the field of the form."""
    version = session.get_one(WorkVersion, evidence.version_id)
    day = version.completion_date
    said = {
        "title": version.title,
        "completion_date": None if day is None else day.isoformat(),
    }
    return {name: value for name, value in said.items() if value}


def files_of(session: Session, evidence: Evidence) -> tuple[FileFound, ...]:
    """What is known of each file of an evidence, in their order."""
    files = works.version_files(session, evidence.version_id)
    seen = facts_of(session, files)
    return tuple(_found(file, *seen.get(file.sha256, (None, None))) for file in files)


def facts_of(
    session: Session, files: Sequence[VersionFile]
) -> Mapping[str, tuple[Blob, FileFacts | None]]:
    """What is stored of these files, by digest; what was never uploaded is left out."""
    kept = [file.sha256 for file in files if file.upload_id is not None]
    rows = session.execute(
        select(Blob, FileFacts)
        .outerjoin(FileFacts, FileFacts.sha256 == Blob.sha256)
        .where(Blob.sha256.in_(kept))
    )
    return {blob.sha256: (blob, facts) for blob, facts in rows}


def _found(file: VersionFile, blob: Blob | None, facts: FileFacts | None) -> FileFound:
    if blob is None:
        return FileFound(file.name, file.size, kept=False)
    return FileFound(
        file.name,
        file.size,
        kept=True,
        media_type=blob.media_type,
        looked=blob.looked,
        dpi=None if facts is None else facts.dpi,
        pages=None if facts is None else facts.pages,
        endings=None if facts is None else facts.endings,
        problem=None if facts is None else facts.problem,
    )


def _paper(
    session: Session, matter: Matter, value: AnswerIn, code: str, document: Document
) -> PaperFound:
    if not isinstance(value, str):
        known = parts_of(code, document)
        lacks = tuple(known[name] for name in missing_parts(code, document, value))
        return PaperFound(text="\n".join(value.values()), lacks=lacks)
    if papers.is_text(document):
        return PaperFound(text=value)
    try:
        evidence = deposits.owned_by_number(session, matter.applicant_id, value)
    except NotFound:
        return PaperFound()
    if evidence.stated_at is None or evidence.erased_at is not None:
        return PaperFound()
    return PaperFound(files=files_of(session, evidence))


def _repeated(session: Session, matter: Matter, evidence: Evidence) -> tuple[Repeated, ...]:
    """The applicant's own earlier deposits of the same files; of nobody else's is anything told.

    Versions of the same work are its history, and no repetition. Where there are very many, those
    that came before an office are told first.
    """
    mine = works.version_files(session, evidence.version_id)
    by_digest = {file.sha256: file.position for file in mine}
    rows = session.execute(
        select(StatementFile.sha256, Evidence.id, Evidence.number, Evidence.submitted_at)
        .join(Evidence, Evidence.id == StatementFile.evidence_id)
        .where(
            StatementFile.sha256.in_(by_digest),
            Evidence.owner_id == matter.applicant_id,
            Evidence.id != evidence.id,
            Evidence.rejected_at.is_(None),
        )
        .order_by(_filed(matter).desc(), Evidence.submitted_at)
        .limit(_MOST_REPEATED)
    ).all()
    rows = sorted(rows, key=lambda row: row.submitted_at)
    stages = _stages(session, matter, {evidence.id, *(row.id for row in rows)})
    here = stages.get(evidence.id)
    again = [Repeated(0, evidence.number, here)] if here is not None else []
    return (
        *again,
        *(
            Repeated(by_digest[row.sha256], row.number, stages.get(row.id, "deposited"))
            for row in rows
        ),
    )


def _filed(matter: Matter) -> ColumnElement[bool]:
    """Whether another matter about the evidence is under way, or led to a registration."""
    over = [state.value for state in _OVER]
    return (
        select(Matter.id)
        .outerjoin(Registration, Registration.matter_id == Matter.id)
        .where(
            Matter.evidence_id == Evidence.id,
            Matter.id != matter.id,
            or_(Registration.id.is_not(None), Matter.status.not_in(over)),
        )
        .correlate(Evidence)
        .exists()
    )


def _stages(session: Session, matter: Matter, evidence: set[uuid.UUID]) -> dict[uuid.UUID, Any]:
    """How far other matters went with these evidences: `applied`, or `registered`."""
    rows = session.execute(
        select(Matter.evidence_id, Matter.status, Registration.id)
        .outerjoin(Registration, Registration.matter_id == Matter.id)
        .where(Matter.evidence_id.in_(evidence), Matter.id != matter.id)
    )
    found: dict[uuid.UUID, Any] = {}
    for evidence_id, status, registration in rows:
        if evidence_id is None:
            continue
        if registration is not None:
            found[evidence_id] = "registered"
        elif MatterState(status) not in _OVER:
            found.setdefault(evidence_id, "applied")
    return found

"""What a matter's papers are drawn from, gathered from the database."""

import uuid
from collections.abc import Mapping

from sqlalchemy.orm import Session

from accounts import parties
from certs.paper import Mark
from core.errors import Gone, NotFound
from core.sealed import Keyring
from evidence import deposits, works
from evidence.models import Evidence, StatementRow
from evidence.statement import parse
from registry import examined, force, matters
from registry.form import Form
from registry.handover import Uploaded
from registry.models import Matter
from registry.paper_case import Case, FileLine


def mark_of(session: Session, office: str) -> Mark:
    """A paper is a sample as long as its office is not in force."""
    return "sample" if force.in_force(session, office) is None else "none"


def case_of(session: Session, ring: Keyring, matter: Matter) -> Case:
    """The matter as it stands, for `registry.paperwork.compose`.

    A paper that was uploaded is drawn as it was to be printed and signed: so its code stays the
    one on the scan, and the number of the scan's evidence is no statement of anybody's.
    """
    form = matters.form_of(matter)
    scans = examined.uploaded(session, matter)
    evidence = None if matter.evidence_id is None else session.get(Evidence, matter.evidence_id)
    return Case(
        profile=matters.profile_of(session, matter),
        form=form,
        opened_at=matter.created_at,
        answers={code: said for code, said in matter.documents.items() if code not in scans},
        number=matter.number,
        agency=matter.agency,
        identities=_masked(session, ring, matter.applicant_id, form),
        evidence_number="" if evidence is None else evidence.number,
        files=() if evidence is None else _files(session, evidence),
        mark=mark_of(session, matter.office),
    )


def uploads_of(session: Session, matter: Matter) -> Mapping[str, Uploaded]:
    """The uploaded papers of a matter, by their codes."""
    found = {}
    for code, number in examined.uploaded(session, matter).items():
        evidence = deposits.by_number(session, number)
        files = works.version_files(session, evidence.version_id)
        found[code] = Uploaded(number, len(files))
    return found


def _files(session: Session, evidence: Evidence) -> tuple[FileLine, ...]:
    row = session.get(StatementRow, evidence.id)
    if row is None:
        return ()
    return tuple(FileLine(file.size, file.sha256) for file in parse(row.body).files)


def _masked(
    session: Session, ring: Keyring, account_id: uuid.UUID, form: Form
) -> Mapping[str, str]:
    """Masked numbers of the parties the form refers to; what is not on file stays unknown."""
    found = {}
    for party in form.owners:
        if party.party is None:
            continue
        try:
            row = parties.owned(session, account_id, uuid.UUID(party.party))
            found[party.party] = parties.document_of(ring, row).masked
        except (ValueError, NotFound, Gone):
            continue
    return found

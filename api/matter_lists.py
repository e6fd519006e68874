"""Matters as lines of a list: what a page shows is asked for once for all of its rows."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import Account
from api.evidence_views import brief_orders, pictures_of, version_of
from api.listed_schemas import VersionOfOut
from api.registry_schemas import ListedMatter
from certs import issuing
from evidence.models import Evidence, WorkVersion
from registry import fees, revocations
from registry.lifecycle import MatterState
from registry.models import Matter, OfficeEdition, Registration
from registry.profile import stored_profile
from registry.signing_state import standings_of


def listed(session: Session, page: Sequence[Matter]) -> list[ListedMatter]:
    """A line for each, in their order."""
    ids = [each.id for each in page]
    accounts = {each.applicant_id for each in page} | {each.agent_id for each in page} - {None}
    called = names_of(session, accounts)
    offices = _offices(session, {each.edition for each in page})
    evidence = [each.evidence_id for each in page if each.evidence_id]
    numbers, works = _numbers(session, evidence), _works(session, evidence)
    owed = brief_orders(session, fees.MATTER, ids)
    entries = _entries(session, ids)
    certificates = issuing.current_among(
        session, [entry.record_evidence_id for entry in entries.values()]
    )
    standings = standings_of(session, page)
    revoked = revocations.revoked_among(session, [entry.id for entry in entries.values()])
    lines = []
    for each in page:
        entry = entries.get(each.id)
        made = None if entry is None else certificates.get(entry.record_evidence_id)
        lines.append(
            ListedMatter(
                id=each.id,
                number=each.number,
                state=MatterState(each.status),
                standing=standings[each.id],
                title=each.form.get("title"),
                form=each.form.get("form", "work"),
                category=each.form.get("category"),
                applicant_id=each.applicant_id,
                applicant_name=called[each.applicant_id],
                agent_id=each.agent_id,
                agent_name=None if each.agent_id is None else called[each.agent_id],
                office=each.office,
                office_name=offices[each.edition],
                agency=each.agency,
                evidence_number=None if each.evidence_id is None else numbers[each.evidence_id],
                round=each.round,
                created_at=each.created_at,
                submitted_at=each.submitted_at,
                due_at=each.due_at,
                awaits_papers=each.awaits_papers,
                order=owed.get(each.id),
                registration_number=None if entry is None else entry.number,
                registered_at=None if entry is None else entry.registered_at,
                revoked=entry is not None and entry.id in revoked,
                certificate_ready=made is not None and made.pdf_sha256 is not None,
                work=None if each.evidence_id is None else works[each.evidence_id],
            )
        )
    return lines


def names_of(session: Session, ids: Collection[UUID | None]) -> Mapping[UUID | None, str]:
    """What accounts are called, by their ids."""
    query = select(Account.id, Account.name).where(Account.id.in_(ids))
    return dict(session.execute(query).all())


def _offices(session: Session, editions: Collection[bytes]) -> Mapping[bytes, str]:
    """What the office was called in the edition of its rules that a matter began under."""
    rows = session.scalars(select(OfficeEdition).where(OfficeEdition.digest.in_(editions)))
    return {row.digest: stored_profile(row.text, row.office).name.zh for row in rows}


def _numbers(session: Session, ids: Collection[UUID]) -> Mapping[UUID, str]:
    query = select(Evidence.id, Evidence.number).where(Evidence.id.in_(ids))
    return dict(session.execute(query).all())


def _works(session: Session, ids: Collection[UUID]) -> Mapping[UUID, VersionOfOut]:
    query = select(Evidence.id, WorkVersion).join(
        WorkVersion, Evidence.version_id == WorkVersion.id
    )
    found = dict(session.execute(query.where(Evidence.id.in_(ids))).all())
    pictures = pictures_of(session, [each.id for each in found.values()])
    return {each: version_of(version, pictures) for each, version in found.items()}


def _entries(session: Session, ids: Collection[UUID]) -> Mapping[UUID, Registration]:
    rows = session.scalars(select(Registration).where(Registration.matter_id.in_(ids)))
    return {row.matter_id: row for row in rows}

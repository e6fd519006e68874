"""Uploaded papers that an office calls personal: the evidence they are is personal, and sealed.

An office that calls a paper personal today means the same paper of yesterday: `of_older_matters`
finds what was handed in before the rules said so. Nothing personal is looked for by its likeness,
but a work that is to be registered always is, whatever else it was named as.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy import exists, func, or_, select, true, tuple_, union
from sqlalchemy.orm import Session

from evidence import personal, references
from evidence.models import Evidence, StatementFile
from registry.models import Matter, OfficeEdition, Submission
from registry.papers import is_text
from registry.profile import Profile, stored_profile
from registry.profile_reading import InvalidProfile


def codes(profile: Profile) -> frozenset[str]:
    """The papers that are uploaded and show who somebody is."""
    return frozenset(
        code for code, each in profile.documents.items() if each.personal and not is_text(each)
    )


def mark(session: Session, matter: Matter, profile: Profile, *, now: datetime) -> None:
    """What this matter names as a personal paper is personal evidence."""
    named = [matter.documents.get(code) for code in codes(profile)]
    numbers = {number for number in named if isinstance(number, str)}
    personal.mark(session, matter.applicant_id, numbers, now=now)


def named_by_offices(
    session: Session, offices: Mapping[str, Profile]
) -> frozenset[tuple[str, str]]:
    """Each office with the codes of its personal papers, by the rules of today and of any edition
    that a matter began under.
    """
    profiles = list(offices.values())
    for edition in session.scalars(select(OfficeEdition)):
        with suppress(InvalidProfile):  # no matter of it can be read at all: that is told elsewhere
            profiles.append(stored_profile(edition.text, edition.office))
    return frozenset((each.key, code) for each in profiles for code in codes(each))


def of_older_matters(
    session: Session,
    named: Collection[tuple[str, str]],
    limit: int,
    before: datetime | None = None,
) -> Sequence[tuple[uuid.UUID, str]]:
    """Owner and number of evidence that a matter names as such a paper, now or in a round that was
    handed in, and that is not known to be personal; `before`: only what was handed in until then.
    """
    if not named:
        return ()
    here = func.jsonb_each_text(Matter.documents).table_valued("key", "value")
    then = func.jsonb_each_text(Submission.documents).table_valued("key", "value")
    unknown = Evidence.personal_at.is_(None), Evidence.owner_id == Matter.applicant_id
    drafts = true() if before is None else Matter.submitted_at < before
    rounds = true() if before is None else Submission.submitted_at < before
    found = union(
        select(Evidence.owner_id, Evidence.number)
        .select_from(Matter)
        .join(here, tuple_(Matter.office, here.c.key).in_(named))
        .join(Evidence, Evidence.number == here.c.value)
        .where(*unknown, drafts),
        select(Evidence.owner_id, Evidence.number)
        .select_from(Submission)
        .join(Matter, Matter.id == Submission.matter_id)
        .join(then, tuple_(Matter.office, then.c.key).in_(named))
        .join(Evidence, Evidence.number == then.c.value)
        .where(*unknown, rounds),
    )
    return [(row.owner_id, row.number) for row in session.execute(found.limit(limit))]


def may_look_alike(session: Session, sha256: str) -> bool:
    """Whether a content is compared by its likeness: that of personal evidence is not, unless
    somebody deposited it otherwise, too, or it is a work before an office.
    """
    a_work = exists().where(Matter.evidence_id == Evidence.id)
    named = exists().where(StatementFile.sha256 == sha256, StatementFile.evidence_id == Evidence.id)
    seen = session.execute(
        select(func.count(), func.count().filter(or_(Evidence.personal_at.is_(None), a_work)))
        .select_from(Evidence)
        .where(named)
    ).one()
    return bool(seen[0] == 0 or seen[1] > 0)


def record_sealed(
    session: Session, evidence_id: uuid.UUID, digests: Sequence[str], *, now: datetime
) -> None:
    """The files of personal evidence lie sealed, and are not compared any more."""
    references.hold(session, digests)
    personal.record_sealed(session, evidence_id, now=now)
    gone = [each for each in digests if not may_look_alike(session, each)]
    personal.forget_likeness(session, gone)


def compare_work(session: Session, evidence: Evidence) -> None:
    """What is brought to an office as a work is compared, though it were personal as well. Called
    once the matter names it.
    """
    digests = personal.digests(session, evidence.id)
    references.hold(session, digests)
    personal.compare_again(session, digests)

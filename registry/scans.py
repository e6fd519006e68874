"""Scans of papers that are signed by hand, and the edition of the paper each was brought for.

A scan is known by its bytes, whichever evidence holds them: of the same scan the first edition it
was brought for counts, and bringing it again makes it no newer. Two editions are the same where
they say the same of the application. The work's files do not count: they stand on a paper only from
the first submission on, and nor does the mark of an office that is not in force.
"""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from certs.paper import Paper, code_of
from core.errors import InvalidInput
from core.sealed import Keyring
from evidence import works
from evidence.models import Evidence
from registry import examined, papering
from registry.matters import profile_of
from registry.models import Matter, PaperScan
from registry.paper_case import Case
from registry.paper_kinds import kind_of
from registry.paperwork import compose
from registry.precheck import EARLIER_SCAN, SCAN_AGAIN


@dataclass(frozen=True)
class Brought:
    """`code` stands at the foot of the paper that the scan was brought for; `earlier`: the paper
    says something else now.
    """

    code: str
    earlier: bool


def note(session: Session, ring: Keyring, matter: Matter, *, now: datetime) -> None:
    """Keep what each scan is brought for, where nothing is kept of it yet."""
    scans = _scans(session, matter)
    if not scans:
        return
    case = papering.case_of(session, ring, matter)
    rows = [
        {
            "matter_id": matter.id, "code": code, "scan": scan, "at": now,
            "paper": compose(case, code).digest, "said": _said(case, code).digest,
        }
        for code, scan in scans.items()
    ]  # fmt: skip
    session.execute(insert(PaperScan).values(rows).on_conflict_do_nothing())


def brought(session: Session, ring: Keyring, matter: Matter) -> Mapping[str, Brought]:
    """The scans of a matter by the codes of their papers; without those nothing is known of."""
    scans = _scans(session, matter)
    rows = session.scalars(select(PaperScan).where(PaperScan.matter_id == matter.id)).all()
    known = [row for row in rows if scans.get(row.code) == row.scan]
    if not known:
        return {}
    case = papering.case_of(session, ring, matter)
    return {
        row.code: Brought(code_of(row.paper), row.said != _said(case, row.code).digest)
        for row in known
    }


def earlier(session: Session, ring: Keyring, matter: Matter) -> tuple[str, ...]:
    """The papers whose scan is of an earlier form."""
    found = brought(session, ring, matter)
    return tuple(code for code, each in found.items() if each.earlier)


def require_current(session: Session, ring: Keyring, matter: Matter) -> None:
    """Raises InvalidInput: a scan is of an earlier form; the field is `documents.<code>`."""
    for code in earlier(session, ring, matter):
        raise InvalidInput(
            f"{EARLIER_SCAN.zh},{SCAN_AGAIN.zh} / {EARLIER_SCAN.en}: {SCAN_AGAIN.en}",
            field=f"documents.{code}",
        )


def _said(case: Case, code: str) -> Paper:
    return compose(replace(case, evidence_number="", files=(), mark="none"), code)


def _scans(session: Session, matter: Matter) -> Mapping[str, bytes]:
    """What was uploaded for the papers that are drawn here to be signed by hand: SHA-256 over the
    digests of the files.
    """
    documents = profile_of(session, matter).documents
    found = {}
    for code, number in examined.uploaded(session, matter).items():
        if documents[code].signed != "paper" or kind_of(code, documents[code]) is None:
            continue
        version = _version(session, matter.applicant_id, number)
        if version is not None:
            files = works.version_files(session, version)
            digests = "".join(file.sha256 for file in files)
            found[code] = hashlib.sha256(digests.encode()).digest()
    return found


def _version(session: Session, owner_id: uuid.UUID, number: str) -> uuid.UUID | None:
    return session.scalar(
        select(Evidence.version_id).where(Evidence.number == number, Evidence.owner_id == owner_id)
    )

"""What lies before an examiner: the evidence to be registered, and the papers that were uploaded.

Bytes are shown while the matter is before the office, to those who examine there, and to nobody
else: what a depositor keeps with us is opened to an office by submitting it, and closed again when
it is returned or decided. The matter itself, its history, its notices and what looks like it stay
with those whose work it is at the office, and never with who has an interest in it.
"""

import uuid
from typing import Final

from sqlalchemy.orm import Session

from accounts import staff
from accounts.staff import Officer
from core.errors import InvalidInput, NotFound
from evidence import deposits
from evidence.models import Evidence
from registry import examining, interests, papers
from registry.lifecycle import MatterState
from registry.matters import profile_of
from registry.models import Matter

BEFORE_THE_OFFICE: Final = frozenset(
    {
        MatterState.SUBMITTED,
        MatterState.FIRST_EXAMINATION,
        MatterState.PASSED,
        MatterState.FINAL_EXAMINATION,
    }
)

_READERS: Final = frozenset(staff.Role) - {staff.Role.CASHIER}
_ALL_AGENCIES: Final = _READERS - {staff.Role.FIRST_EXAMINER}


def readable(session: Session, officer: Officer, matter_id: uuid.UUID) -> Matter:
    """A matter that this officer may read, whatever its state since it was submitted: first
    examiners those of their agency, final examiners, registrars and supervisors all of the office.

    Raises:
        NotAllowed: the officer neither examines, registers nor supervises, or has an interest in
            this matter.
        NotFound: another office's or another agency's, or never submitted.
    """
    officer.require(*sorted(_READERS))
    matter = examining.seen(session, officer, matter_id)
    if not officer.roles & _ALL_AGENCIES and matter.agency not in {None, *officer.agencies}:
        raise NotFound("业务不存在 / no such matter")
    interests.require_none(session, officer, matter)
    return matter


def before(session: Session, officer: Officer, matter_id: uuid.UUID) -> Matter:
    """A matter whose bytes this officer may look at now.

    Raises:
        NotAllowed: the officer examines nothing, or has an interest in this matter.
        NotFound: another office's or another agency's; or not before the office now.
    """
    officer.require(staff.Role.FIRST_EXAMINER, staff.Role.FINAL_EXAMINER)
    matter = examining.seen(session, officer, matter_id)
    elsewhere = (
        staff.Role.FINAL_EXAMINER not in officer.roles
        and matter.agency is not None
        and matter.agency not in officer.agencies
    )
    if elsewhere or MatterState(matter.status) not in BEFORE_THE_OFFICE:
        raise NotFound("业务现不在此处审查 / the matter is not being examined here now")
    interests.require_none(session, officer, matter)
    return matter


def work_of(session: Session, matter: Matter) -> Evidence:
    """The evidence of the work that is to be registered."""
    return session.get_one(Evidence, matter.evidence_id)


def paper_of(session: Session, matter: Matter, code: str) -> Evidence:
    """The evidence behind an uploaded paper.

    Raises:
        NotFound: no such paper in this matter, or one that was filled in on line.
    """
    numbers = uploaded(session, matter)
    if code not in numbers:
        raise NotFound("没有此上传材料 / no such uploaded paper")
    return deposits.owned_by_number(session, matter.applicant_id, numbers[code])


def personal(session: Session, matter: Matter) -> frozenset[str]:
    """Which uploaded papers are opened with a reason only: those the office calls personal, under
    whatever other name the same evidence was brought as well.
    """
    documents, numbers = profile_of(session, matter).documents, uploaded(session, matter)
    marked = {number for code, number in numbers.items() if documents[code].personal}
    return frozenset(code for code, number in numbers.items() if number in marked)


def plain_paper_of(session: Session, matter: Matter, code: str) -> Evidence:
    """As `paper_of`, of what is opened without a reason.

    Raises:
        InvalidInput: it is a personal paper; the field is `reason`.
    """
    found = paper_of(session, matter, code)
    if code in personal(session, matter):
        raise InvalidInput(
            "此为个人证件,查阅须说明理由:请用 POST 提交 reason / a personal paper is opened with "
            "a reason: send it with POST",
            field="reason",
        )
    return found


def personal_paper_of(session: Session, matter: Matter, code: str) -> Evidence:
    """As `paper_of`, of what is opened with a reason.

    Raises:
        InvalidInput: no personal paper; the field is `code`.
    """
    found = paper_of(session, matter, code)
    if code not in personal(session, matter):
        raise InvalidInput(
            "此材料不是个人证件,请用 GET 直接查阅 / no personal paper: open it with GET",
            field="code",
        )
    return found


def uploaded(session: Session, matter: Matter) -> dict[str, str]:
    """The papers of a matter that are files: each code with the number of its evidence."""
    documents = profile_of(session, matter).documents
    return {
        code: number
        for code, number in matter.documents.items()
        if code in documents and not papers.is_text(documents[code])
    }

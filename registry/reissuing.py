"""Re-issue of a registration certificate (补发): the next edition supersedes the one that was lost.

Number, record and proof stay; the old edition stays a signed paper, whose status says superseded.
The wish is a row of its own, and the machinery of editions (`certs.editions`) does the rest.
"""

import uuid
from datetime import datetime
from typing import Final

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from accounts.staff import Officer, Role
from certs import editions
from core import audit
from core.db import Base, Id
from core.errors import Conflict
from core.text import clean_text
from registry.models import Registration
from registry.revocation_lifecycle import RevocationState
from registry.revocations import latest, of_office

MAX_REASON: Final = 2000


class Reissue(Base):
    """Append-only: who had a certificate issued anew, why, and which edition it superseded."""

    __tablename__ = "registration_reissue"

    id: Mapped[Id]
    registration_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("registration.id"), index=True)
    superseded: Mapped[uuid.UUID] = mapped_column(ForeignKey("certificate.id"), unique=True)
    reason: Mapped[str]
    officer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


def reissue(
    session: Session, officer: Officer, number: str, reason: str, *, now: datetime
) -> Reissue:
    """Have the certificate of a registration issued anew.

    Raises:
        NotAllowed: no registrar. NotFound: no such registration here. InvalidInput: no reason.
        Conflict: it was revoked. NotReady: the edition before is not made yet.
    """
    officer.require(Role.REGISTRAR)
    registration = of_office(session, officer.office, number)
    told = clean_text(reason, "reason", MAX_REASON)
    session.scalars(
        select(Registration).where(Registration.id == registration.id).with_for_update()
    ).one()
    revocation = latest(session, registration.id)
    if revocation is not None and revocation.status == RevocationState.CONFIRMED:
        raise Conflict("此登记已撤销 / this registration is revoked")
    before = editions.retire(session, registration.record_evidence_id, now=now)
    facts = {"registration": str(registration.id), "certificate": str(before.id)}
    audit.note(
        session, audit.of_office(officer.office), "certificate.reissued",
        f"registration:{registration.id}", officer.account_id, {**facts}, now=now,
    )  # fmt: skip
    row = Reissue(
        id=uuid.uuid4(),
        registration_id=registration.id,
        superseded=before.id,
        reason=told,
        officer_id=officer.account_id,
        person_id=officer.person_id,
        at=now,
    )
    session.add(row)
    session.flush()
    return row

"""The pre-check of a matter, for its applicant: what the examiner's machine will find as well."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api import policy
from api.auth import Reader, Wired
from api.database import transaction
from api.examination_schemas import PrecheckOut
from api.examination_views import found_out
from api.printable import unprintable
from api.wiring import utc_now
from evidence.models import Evidence
from registry import prechecking

router = APIRouter(prefix="/api/v1/matters", tags=["matters"])


@router.get("/{matter_id}/precheck")
def precheck_matter(
    matter_id: UUID,
    services: Wired,
    caller: Reader,
    evidence_number: Annotated[str | None, Query(max_length=40)] = None,
) -> PrecheckOut:
    """材料预检: formats, resolution, pages, sizes, title, dates, documents, signatures, characters
    and repetitions, before and after submitting; the examiner sees the same. It refuses nothing
    itself: submitting does, where form, documents, identities or the pages of source fall short.

    `evidence_number` is the applicant's evidence that is to be registered, as long as none was
    submitted.
    """
    with transaction(services.sessions) as session:
        matter = policy.own_matter(session, caller, matter_id)
        evidence = None
        if evidence_number is not None:
            evidence = policy.evidence_for(session, matter, evidence_number)
        elif matter.evidence_id is not None:
            evidence = session.get_one(Evidence, matter.evidence_id)
        found = prechecking.of_matter(
            session, matter, evidence, unprintable, ring=services.keyring, now=utc_now()
        )
    return PrecheckOut(
        items=[found_out(each) for each in found],
        evidence_number=None if evidence is None else evidence.number,
    )

"""The signed files of notices: drawn from what was fixed with the decision, made once, kept."""

from typing import Final

import structlog

from api import crash
from api.apart import apart, candidates
from api.database import lease, transaction
from api.issuing import TRIAL, Signatory, signatory_of_office, signer_for
from api.wiring import Services, utc_now
from core.errors import Misconfigured
from registry import noticing
from registry.noticing import Unmade

log = structlog.get_logger()

PAGE: Final = 50


def make_notice(services: Services, page: int = PAGE) -> bool:
    """One notice that was issued: drawn, signed, stored, recorded."""
    unmade = candidates(services, "notice", noticing.unmade, page, key=lambda each: each.notice_id)
    for todo in unmade:
        with (
            lease(services.engine, f"notice:{todo.notice_id}") as held,
            apart("notice", todo.notice_id),
        ):
            signatory = _signatory(services, todo) if held else None
            if signatory is None:
                continue
            try:
                pdf = _signed(services, todo, signatory)
            except Misconfigured as error:
                log.warning("notice.held", field=error.field, message=error.message)
                continue
            digest = services.store.write(pdf)
            crash.point("noticed")
            with transaction(services.sessions) as session:
                noticing.record_made(session, todo, digest, now=utc_now())
            return True
    return False


def _signatory(services: Services, todo: Unmade) -> Signatory | None:
    """Who signs it: a sample the installation, else the office; None while that is suspended."""
    if todo.paper.mark == "sample":
        return TRIAL
    with transaction(services.sessions) as session:
        found = signatory_of_office(session, services, todo.office)
    return None if found.sample else found


def _signed(services: Services, todo: Unmade, signatory: Signatory) -> bytes:
    from certs.paper_pdf import draw  # noqa: PLC0415 - only those who draw load the PDF libraries

    page = draw(todo.paper).data
    return signer_for(services, signatory).sign(page, services.timestamps.ask, now=utc_now())

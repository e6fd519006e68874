"""The jobs: each moves what is ready one step and says whether there may be more.

The database is the queue. A job gathers in one transaction, acts outside of any, and records in
another; a process may die between any two lines, and the next run finds what is left to do.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from accounts import expiring
from api import anchoring, crash, own_clock, payments
from api.apart import RESTING, apart, candidates
from api.database import lease, transaction
from api.issuing import (
    TRIAL,
    Signatory,
    seals_for,
    signatory_of,
    signer_for,
    terms_of,
    terms_today,
)
from api.mailing import send_out
from api.notice_making import make_notice
from api.packaging import sign_status, status_by_id
from api.personal import seal_one
from api.signing_jobs import invite_signers, sign_papers
from api.sweeping import sweep
from api.wiring import Services, utc_now
from certs import documents, dossier, editions, issuing, making
from certs.models import Certificate
from chain import sealing, sending
from core.errors import (
    InvalidInput,
    Misconfigured,
    NotFound,
    NotReady,
    OutsideError,
    VerificationFailed,
)
from evidence import intake, looking, stating, timestamps
from evidence.about import OF_A_REGISTER
from evidence.models import Evidence
from registry import matters, revocation_telling, ticking
from registry import personal as personal_papers

log = structlog.get_logger()

PAGE: Final = 200
MOST_SECONDS: Final = 30.0
TURN_SECONDS: Final = 0.25
_SETTLE: Final = 0.05
_LOOK_AGAIN: Final = 0.5
_JUST: Final = timedelta(seconds=5)
"""For so long a transaction is looked at again and again; after it, at each tick."""

Job = Callable[[Services], bool]


class Find(Protocol):
    """What is due at a time: at most so many rows, without those it is told to skip."""

    def __call__(
        self, session: Session, limit: int, skip: Collection[UUID] = (), *, now: datetime
    ) -> Sequence[UUID]: ...


class Act(Protocol):
    """Do what is due for one row; False when there was nothing to do."""

    def __call__(self, session: Session, row_id: UUID, /, *, now: datetime) -> bool: ...


def state_declared(services: Services) -> bool:
    """Row 3 where there is nothing to read: a page of digests in one transaction."""
    with transaction(services.sessions) as session:
        count = stating.fix_declared(session, PAGE, now=utc_now())
    if count:
        crash.point("stated")
    return count > 0


def store_one(services: Services, page: int = PAGE) -> bool:
    """Row 3, one evidence at a time: large files of one do not hold up another worker."""
    for evidence_id in candidates(services, "store", intake.pending, page, key=_itself):
        with lease(services.engine, f"store:{evidence_id}") as held:
            if not held:
                continue
            with apart("store", evidence_id):
                with transaction(services.sessions) as session:
                    todo = intake.plan(session, evidence_id)
                if todo is not None:
                    _store(services, todo)
                    return True
    return False


def _itself(row_id: UUID) -> UUID:
    return row_id


def _store(services: Services, todo: intake.Plan) -> None:
    try:
        stored = intake.store_files(
            todo, services.store, services.staging, services.settings.intake
        )
    except InvalidInput as error:
        with transaction(services.sessions) as session:
            intake.reject(session, todo.evidence_id, error, now=utc_now())
        return
    crash.point("stored")
    with transaction(services.sessions) as session:
        intake.fix_statement(session, todo, stored, now=utc_now())
    crash.point("stated")


def look_one(services: Services, page: int = PAGE) -> bool:
    """What can be seen of one stored file: its size, resolution, pages and likeness."""
    waiting = candidates(services, "look", looking.unlooked, page, key=lambda blob: blob.sha256)
    for blob in waiting:
        with lease(services.engine, f"look:{blob.sha256}") as held, apart("look", blob.sha256):
            if not held:
                continue
            seen = None
            if looking.can_be_looked_at(blob.media_type, blob.size):
                # Erased since: there is nothing to look at, and no row to write to.
                with suppress(NotFound), services.store.open(blob.sha256) as source:
                    limits = services.settings.intake
                    seen = looking.look(source, blob.media_type, limits.max_pixels)
            with transaction(services.sessions) as session:
                if seen is not None and not personal_papers.may_look_alike(session, blob.sha256):
                    seen = replace(seen, likeness=None)
                looking.record(session, blob.sha256, seen, now=utc_now())
            return True
    return False


def timestamp_some(services: Services) -> bool:
    """Row 4. A time-stamp authority that is down holds up nothing else."""
    with transaction(services.sessions) as session:
        if not timestamps.untimed(session, 1):
            return False
    with lease(services.engine, "timestamp") as held:
        if not held:
            return False
        with transaction(services.sessions) as session:
            waiting = timestamps.untimed(session, PAGE)
        tokens = []
        for item in waiting:
            try:
                token = timestamps.ask(
                    item,
                    services.timestamps,
                    services.timestamp_certificates,
                    services.timestamp_roots,
                    services.timestamp_policy,
                )
            except (OutsideError, VerificationFailed) as error:
                log.warning("timestamp.unavailable", error=error.code, message=error.message)
                break
            tokens.append((item, token))
        crash.point("timestamped")
        with transaction(services.sessions) as session:
            now = utc_now()
            timestamps.record(session, tokens, now=now)
            own_clock.watch(session, [token.gen_time for _, token in tokens], now=now)
    return bool(tokens)


def freeze(services: Services, page: int = PAGE) -> bool:
    """Row 10, first half: content and number of every certificate that can be issued."""
    waiting = candidates(services, "freeze", dossier.ready, page, key=_itself)
    frozen = _freeze_each(services, waiting, page)
    if frozen:
        crash.point("frozen")
    return frozen > 0


def reissue(services: Services, page: int = PAGE) -> bool:
    """Row 10 again: the next edition where the old one's block left the chain."""
    waiting = candidates(services, "freeze", editions.awaiting_next, page, key=_itself)
    return _freeze_each(services, waiting, page) > 0


def _freeze_each(services: Services, waiting: Iterator[UUID], most: int) -> int:
    """How many were frozen, at most so many."""
    today, frozen = None, 0
    for evidence_id in waiting:
        today = today or terms_today(services)
        with apart("freeze", evidence_id), suppress(NotReady):
            with transaction(services.sessions) as session:
                evidence = session.get_one(Evidence, evidence_id)
                before = issuing.current(session, evidence_id)
                terms = terms_of(today, signatory_of(session, services, evidence, before))
                issuing.freeze(session, evidence_id, terms, now=utc_now())
            frozen += 1
        if frozen == most:
            break
    return frozen


def make_one(services: Services, page: int = PAGE) -> bool:
    """Row 10, second half: the signed bytes."""
    for certificate_id in candidates(services, "make", issuing.unmade, page, key=_itself):
        with lease(services.engine, f"make:{certificate_id}") as held:
            if not held:
                continue
            with apart("make", certificate_id):
                if _make(services, certificate_id):
                    return True
                RESTING.failed("make", certificate_id)
    return False


def _make(services: Services, certificate_id: UUID) -> bool:
    """False while it cannot be made: its office is suspended, or a reorganisation is mended."""
    todo = None
    with suppress(NotReady), transaction(services.sessions) as session:
        todo = issuing.plan(session, certificate_id)
        status = status_by_id(session, certificate_id)
        signatory = _hand(session, services, certificate_id)
    if todo is None or signatory is None:
        return False
    try:
        signer, seals = signer_for(services, signatory), seals_for(services, signatory)
    except Misconfigured as error:
        log.warning("certificate.held", field=error.field, message=error.message)
        return False
    pdf = making.make(
        todo.content,
        {**todo.documents, documents.STATUS: sign_status(status, services)},
        signer,
        services.timestamps.ask,
        now=utc_now(),
        seals=seals,
    )
    crash.point("made")
    digest = services.store.write(pdf)
    crash.point("kept")
    with transaction(services.sessions) as session:
        issuing.record_made(session, todo, digest, now=utc_now())
    return True


def _hand(session: Session, services: Services, certificate_id: UUID) -> Signatory | None:
    """Who signs a frozen certificate; None while its office is suspended: nobody may, now."""
    certificate = session.get_one(Certificate, certificate_id)
    if certificate.sample:
        return TRIAL
    evidence = session.get_one(Evidence, certificate.evidence_id)
    if evidence.kind not in OF_A_REGISTER:
        return Signatory(None, sample=False)
    found = signatory_of(session, services, evidence, certificate)
    return None if found.sample else found


def lapse(services: Services) -> bool:
    """One returned matter whose time to correct has passed comes to its end."""
    return _first(services, "lapse", matters.overdue, matters.lapse)


def recount(services: Services) -> bool:
    """One running term counted again, because the calendar has changed since."""
    return _first(services, "recount", ticking.outdated, ticking.recount)


def remind(services: Services) -> bool:
    """One reminder of a last day that comes near."""
    return _first(services, "remind", ticking.to_remind, ticking.remind)


def remind_of_papers(services: Services) -> bool:
    """One account is told that its identity paper expires soon."""
    return _first(services, "remind-of-papers", expiring.to_remind, expiring.remind)


def announce(services: Services) -> bool:
    """One applicant is told that the certificate is there."""
    return _first(services, "announce", ticking.certified, ticking.announce)


def tell_revoked(services: Services) -> bool:
    """One owner is told that the chain has revoked the registration's certificate."""
    find, act = revocation_telling.final, revocation_telling.tell_final
    return _first(services, "tell-revoked", find, act)


def _first(services: Services, stage: str, find: Find, act: Act) -> bool:
    """Act on the first of what is due that can be acted on, in a transaction of its own."""
    now = utc_now()
    due = candidates(services, stage, partial(find, now=now), PAGE, key=_itself)
    for row_id in due:
        with apart(stage, row_id), transaction(services.sessions) as session:
            if act(session, row_id, now=now):
                return True
    return False


STAGES: Final[tuple[Job, ...]] = (
    state_declared, store_one, seal_one, timestamp_some, *anchoring.STAGES, freeze, reissue,
    make_one, sign_papers, invite_signers, *payments.STAGES,
    make_notice, announce, tell_revoked, recount, lapse, remind, remind_of_papers, send_out,
    look_one, sweep,
)  # fmt: skip

IN_TIME: Final = frozenset({
    anchoring.tend, anchoring.replace, reissue, payments.expire, lapse, remind, remind_of_papers,
    sweep,
})  # fmt: skip
"""What only time brings; the others follow from what somebody does, and from each other."""
PROMPT: Final = tuple(job for job in STAGES if job not in IN_TIME)


def advance(
    services: Services, stages: Sequence[Job] = STAGES, seconds: float = MOST_SECONDS
) -> int:
    """Run the stages in turns until nothing moves, or the time is up; returns the steps made.

    A turn is short, so that steady arrivals at one stage do not starve those behind it. Waits
    for a batch that is about to reach its age, and for a transaction that was just sent, so that
    a single deposit need not wait for the next tick.
    """
    steps, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        moved = False
        for job in stages:
            turn = min(time.monotonic() + TURN_SECONDS, until)
            while _run(job, services):
                moved, steps = True, steps + 1
                if time.monotonic() > turn:
                    break
        if not moved:
            pause = _pause(services)
            if pause is None:
                return steps
            time.sleep(pause)
    return steps


def _pause(services: Services) -> float | None:
    """Seconds until something that is begun may have moved; None when nothing is."""
    now = utc_now()
    with transaction(services.sessions) as session:
        waits = sealing.next_seal_in(session, services.settings.chain.batch, now=now)
        if waits is not None:
            return waits.total_seconds() + _SETTLE
        sent = sending.just_sent(session, since=now - _JUST)
    return _LOOK_AGAIN if sent else None


def _run(job: Job, services: Services) -> bool:
    """A stage whose outside system is away, or that has a defect, must not stop the others."""
    try:
        with apart(job.__name__):
            return job(services)
    except OutsideError as error:
        log.warning("stage.unavailable", stage=job.__name__, error=error.message)
    return False

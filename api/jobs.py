"""The jobs: each moves what is ready one step and says whether there may be more.

The database is the queue. A job gathers in one transaction, acts outside of any, and records in
another; a process may die between any two lines, and the next run finds what is left to do.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final

import structlog

from api import crash
from api.database import lease, transaction
from api.issuing import issuing_terms, signer_of
from api.wiring import Services, utc_now
from certs import dossier, issuing, making
from chain import confirming, sealing, sending
from chain.lifecycle import AttemptStatus
from core.errors import InvalidInput, NotReady, OutsideError, VerificationFailed
from evidence import intake, timestamps

log = structlog.get_logger()

PAGE: Final = 200
MOST_SECONDS: Final = 30.0
_SETTLE: Final = 0.05

Job = Callable[[Services], bool]


def store_one(services: Services) -> bool:
    """Row 3, one evidence at a time: large files of one do not hold up another worker."""
    with transaction(services.sessions) as session:
        candidates = intake.pending(session, PAGE)
    for evidence_id in candidates:
        with lease(services.engine, f"store:{evidence_id}") as held:
            if not held:
                continue
            with transaction(services.sessions) as session:
                todo = intake.plan(session, evidence_id)
            if todo is None:
                continue
            try:
                stored = intake.store_files(
                    todo, services.store, services.staging, services.settings.intake
                )
            except InvalidInput as error:
                with transaction(services.sessions) as session:
                    intake.reject(session, evidence_id, error, now=utc_now())
                return True
            crash.point("stored")
            with transaction(services.sessions) as session:
                intake.fix_statement(session, todo, stored, now=utc_now())
            crash.point("stated")
            return True
    return False


def timestamp_some(services: Services) -> bool:
    """Row 4. A time-stamp authority that is down holds up nothing else."""
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
            for item, token in tokens:
                timestamps.record(session, item, token, now=utc_now())
    return bool(tokens)


def seal(services: Services) -> bool:
    """Row 5."""
    with transaction(services.sessions) as session:
        batch = sealing.seal_batch(session, services.settings.chain.batch, now=utc_now())
    if batch is not None:
        crash.point("sealed")
    return batch is not None


def sign(services: Services) -> bool:
    """Row 6: nonce, signature and row in one transaction; nothing has been sent yet."""
    with transaction(services.sessions) as session:
        if not sending.anything_to_sign(session):
            return False
    fees = services.ledger.fees()
    with transaction(services.sessions) as session:
        signed = sending.sign_next(
            session, services.anchorer, services.registrar, fees, services.terms, now=utc_now()
        )
    if signed:
        crash.point("signed")
    return signed


def broadcast(services: Services) -> bool:
    """Row 7: hand the stored bytes to the node. Any exception means unknown."""
    with lease(services.engine, "broadcast") as held:
        if not held:
            return False
        with transaction(services.sessions) as session:
            waiting = sending.unsent(session, services.terms, now=utc_now())
        for item in waiting:
            accepted, reason = True, "node has it"
            try:
                services.ledger.send(item.raw)
            except OutsideError as error:
                accepted, reason = False, error.code
                log.warning("broadcast.unknown", attempt=str(item.attempt_id), error=error.message)
            crash.point("broadcast")
            with transaction(services.sessions) as session:
                sending.record_sent(session, item, accepted=accepted, reason=reason, now=utc_now())
    return any(item.status is not AttemptStatus.BROADCAST for item in waiting)


def confirm(services: Services) -> bool:
    """Rows 8 and 9: look at every open attempt, and record what the chain shows."""
    moved = False
    with lease(services.engine, "confirm") as held:
        if not held:
            return False
        with transaction(services.sessions) as session:
            waiting = confirming.watched(session)
        for item in waiting:
            try:
                seen = confirming.look(item, services.ledger, services.terms)
            except OutsideError as error:
                log.warning("confirm.unknown", attempt=str(item.attempt_id), error=error.message)
                continue
            crash.point("observed")
            with transaction(services.sessions) as session:
                moved |= confirming.record(session, item, seen, services.terms, now=utc_now())
            if seen.final:
                crash.point("anchored")
    return moved


def replace(services: Services) -> bool:
    """Row 9′: a stuck transaction gets a replacement of the same nonce."""
    with transaction(services.sessions) as session:
        if not sending.anything_stuck(session, services.terms, now=utc_now()):
            return False
    fees = services.ledger.fees()
    signers = [services.anchorer, services.registrar]
    with transaction(services.sessions) as session:
        return sending.replace_stuck(session, signers, fees, services.terms, now=utc_now())


def freeze(services: Services) -> bool:
    """Row 10, first half: content and number of every certificate that can be issued."""
    with transaction(services.sessions) as session:
        waiting = dossier.ready(session, PAGE)
    for evidence_id in waiting:
        with suppress(NotReady), transaction(services.sessions) as session:
            issuing.freeze(session, evidence_id, issuing_terms(services), now=utc_now())
    if waiting:
        crash.point("frozen")
    return bool(waiting)


def make_one(services: Services) -> bool:
    """Row 10, second half: the signed bytes."""
    with transaction(services.sessions) as session:
        waiting = issuing.unmade(session, PAGE)
    for certificate_id in waiting:
        with lease(services.engine, f"make:{certificate_id}") as held:
            if not held:
                continue
            with transaction(services.sessions) as session:
                todo = issuing.plan(session, certificate_id)
            if todo is None:
                continue
            pdf = making.make(
                todo.content,
                todo.documents,
                signer_of(services),
                services.timestamps.ask,
                now=utc_now(),
            )
            crash.point("made")
            digest = services.store.write(pdf)
            crash.point("kept")
            with transaction(services.sessions) as session:
                issuing.record_made(session, todo, digest, now=utc_now())
            return True
    return False


STAGES: Final[tuple[Job, ...]] = (
    store_one, timestamp_some, seal, sign, broadcast, confirm, replace, freeze, make_one,
)  # fmt: skip


def advance(services: Services) -> int:
    """Run every stage until nothing moves any more, or the time is up; returns the steps made.

    Waits once for a batch that is about to reach its age, so that a single deposit need not wait
    for the next tick.
    """
    steps, until = 0, time.monotonic() + MOST_SECONDS
    while time.monotonic() < until:
        moved = False
        for job in STAGES:
            while _run(job, services):
                moved, steps = True, steps + 1
                if time.monotonic() > until:
                    return steps
        if not moved:
            with transaction(services.sessions) as session:
                waits = sealing.next_seal_in(session, services.settings.chain.batch, now=utc_now())
            if waits is None:
                return steps
            time.sleep((waits + timedelta(seconds=_SETTLE)).total_seconds())
    return steps


def _run(job: Job, services: Services) -> bool:
    """A stage whose outside system is away must not stop the others."""
    try:
        return job(services)
    except OutsideError as error:
        log.warning("stage.unavailable", stage=job.__name__, error=error.message)
        return False

"""The jobs of rows 5 to 9′: from waiting leaves to final anchors, and what guards them.

Each gathers in one transaction, asks the chain outside of any, and records in another. A process
may die between any two lines; the next run finds what is left to do.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

import structlog

from api import audit_heads, crash
from api.apart import apart
from api.database import lease, transaction
from api.wiring import Services, utc_now
from certs import ages as certificate_ages
from certs import editions
from chain import (
    adopting,
    ages,
    alarms,
    calls,
    confirming,
    guarding,
    rechecking,
    sealing,
    sending,
)
from chain.calls import WantedCall
from chain.ledger import Fees
from chain.lifecycle import AttemptStatus
from core.errors import OutsideError
from registry import ages as registry_ages

log = structlog.get_logger()

TEND_SECONDS: Final = 10.0
"""How often keys, recent final blocks and deadlines are looked at."""


def tend(services: Services) -> bool:
    """Look after what is not work: keys, deadlines, and blocks that were final."""
    pace = _pace(services)
    if not pace.due(time.monotonic()):
        return False
    with lease(services.engine, "tend") as held:
        if not held:
            return False
        with transaction(services.sessions) as session:
            ages.watch(session, ages.Deadlines(), now=utc_now())
            certificate_ages.watch(session, now=utc_now())
        watch_register(services)
        if chain_is_ours(services):
            watch_keys(services)
            recheck(services)
    return False


def watch_register(services: Services) -> None:
    """What waits too long that is no matter of the chain; a defect there keeps nobody from it."""
    with apart("watch-register"), transaction(services.sessions) as session:
        registry_ages.watch(session, services.offices, now=utc_now())
        audit_heads.watch(session, now=utc_now())


def watch_keys(services: Services) -> None:
    """Nobody else uses our keys, no nonce is missing, and they can pay."""
    with transaction(services.sessions) as session:
        keys = guarding.watched_keys(session, services.terms.chain_id)
    for key in keys:
        seen = guarding.look(key, services.ledger)
        with transaction(services.sessions) as session:
            guarding.record(session, key, seen, services.terms, now=utc_now())


def recheck(services: Services) -> bool:
    """Row 9′ beyond finality: what rested on a block that left the chain falls back."""
    above = rechecking.lowest_to_recheck(services.ledger, services.terms)
    with transaction(services.sessions) as session:
        blocks = rechecking.final_blocks(session, above)
    undone = False
    for block in rechecking.lost_blocks(blocks, services.ledger):
        log.error("chain.deep-reorg", block=block.number)
        with transaction(services.sessions) as session:
            undone |= rechecking.undo(session, block, now=utc_now())
        crash.point("undone")
    return undone


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
        waiting = calls.waiting_calls(session)
    if not waiting or not chain_is_ours(services):
        return False
    fees = services.ledger.fees()
    signed = [_sign_one(services, call, fees) for call in waiting]
    return any(signed)


def _sign_one(services: Services, call: WantedCall, fees: Fees) -> bool:
    ledger, terms = services.ledger, services.terms
    # What stands on the chain already (we restored a backup, say) is never paid for twice.
    standing = ledger.call_behind(terms.contract, call.topic, call.key, terms.since)
    if standing is not None:
        with transaction(services.sessions) as session:
            return adopting.adopt(session, call, standing, terms, now=utc_now())
    signer = services.anchorer if call.batch_id is not None else services.registrar
    nonce = ledger.nonce(signer.address)
    with transaction(services.sessions) as session:
        signed = guarding.check_nonce(
            session, signer.address, nonce, terms, now=utc_now()
        ) and sending.sign_call(session, call, signer, fees, terms, now=utc_now())
    if signed:
        crash.point("signed")
    return signed


def broadcast(services: Services) -> bool:
    """Row 7: hand the stored bytes to the node. Any exception means unknown."""
    with transaction(services.sessions) as session:
        if not sending.unsent(session, services.terms, now=utc_now()):
            return False
    with lease(services.engine, "broadcast") as held:
        if not held:
            return False
        terms = services.terms
        with transaction(services.sessions) as session:
            waiting = sending.unsent(session, terms, now=utc_now())
        if not waiting or not chain_is_ours(services):
            return False
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
    with transaction(services.sessions) as session:
        if not confirming.watched(session, 1):
            return False
    with lease(services.engine, "confirm") as held:
        if not held:
            return False
        with transaction(services.sessions) as session:
            waiting = confirming.watched(session)
        if not waiting or not chain_is_ours(services):
            return False
        for item in waiting:
            try:
                seen = confirming.look(item, services.ledger, services.terms)
            except OutsideError as error:
                log.warning("confirm.unknown", attempt=str(item.attempt_id), error=error.message)
                continue
            crash.point("observed")
            with transaction(services.sessions) as session:
                done = confirming.record(session, item, seen, services.terms, now=utc_now())
                if done.renewed is not None:
                    editions.supersede(session, done.renewed, now=utc_now())
            moved |= done.moved
            if seen.final:
                crash.point("anchored")
    return moved


def replace(services: Services) -> bool:
    """Row 9′: a stuck transaction gets a replacement of the same nonce."""
    with transaction(services.sessions) as session:
        if not sending.anything_stuck(session, services.terms, now=utc_now()):
            return False
    if not chain_is_ours(services):
        return False
    fees = services.ledger.fees()
    signers = [services.anchorer, services.registrar]
    with transaction(services.sessions) as session:
        replaced = sending.replace_stuck(session, signers, fees, services.terms, now=utc_now())
    if replaced:
        crash.point("replaced")
    return replaced


def chain_is_ours(services: Services) -> bool:
    """Asked each time before anything is signed, sent or believed; another chain is an alarm."""
    actual, ours = services.ledger.chain_id(), services.terms.chain_id
    with transaction(services.sessions) as session:
        if actual == ours:
            alarms.clear_alarm(session, guarding.WRONG_CHAIN, ours, now=utc_now())
            return True
        alarms.raise_alarm(
            session,
            guarding.WRONG_CHAIN,
            ours,
            f"节点的链 ID 为 {actual},应为 {ours} / the node speaks for another chain",
            now=utc_now(),
        )
    log.error("chain.wrong", actual=actual, ours=ours)
    return False


@dataclass
class _Pace:
    last: float | None = None

    def due(self, now: float) -> bool:
        if self.last is not None and now - self.last < TEND_SECONDS:
            return False
        self.last = now
        return True


@cache
def _pace(services: Services) -> _Pace:
    _ = services
    return _Pace()


STAGES: Final[tuple[Callable[[Services], bool], ...]] = (
    tend, seal, sign, broadcast, confirm, replace,
)  # fmt: skip

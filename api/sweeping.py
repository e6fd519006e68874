"""Housekeeping, every few minutes: expired uploads, staged files of nobody, objects of nobody,
drafts that nobody goes on with; every hour personal papers that are not known as such, and once a
day the heads of the audit.

Everything here may be done twice, late, or by two processes at once.
"""

import time
from typing import Final

import structlog

from api import audit_heads, closing, erasing, personal
from api.database import lease, transaction
from api.wiring import Services, utc_now
from core import idempotency
from evidence import uploads
from evidence.objects import ABANDONED

log = structlog.get_logger()

PAGE: Final = 500
_EVERY_SECONDS: Final = 300.0
_ERASING_SECONDS: Final = 30.0
_last: dict[int, float] = {}


def sweep(services: Services) -> bool:
    """A job: does nothing but every five minutes, and never asks to be run again at once."""
    now = time.monotonic()
    if now - _last.get(id(services), now - _EVERY_SECONDS) < _EVERY_SECONDS:
        return False
    _last[id(services)] = now
    with lease(services.engine, "sweep") as held:
        if held:
            sweep_now(services)
    return False


def sweep_now(services: Services) -> dict[str, int]:
    """Sweep everything; returns what was removed, by kind."""
    removed = {
        "uploads": _expired_uploads(services),
        "staged": _staged_by_nobody(services),
        "objects": erasing.drop_unneeded(services, PAGE),
        "keys": _old_keys(services),
        "drafts": _abandoned_drafts(services),
    }
    services.previews.drop_plain()
    personal.mark_older_at_times(services)
    erasing.finish(services, now=utc_now())
    closing.finish_erasures(services, seconds=_ERASING_SECONDS, now=utc_now())
    audit_heads.deposit_due(services)
    if any(removed.values()):
        log.info("swept", **removed)
    return removed


def _expired_uploads(services: Services) -> int:
    total = 0
    while True:
        with transaction(services.sessions) as session:
            due = uploads.expired(session, PAGE, now=utc_now())
        for upload_id in due:
            # A kill before its deletion leaves a young file, for the next sweep.
            services.staging.keep_a_while(upload_id)
        with transaction(services.sessions) as session:
            gone = uploads.drop_expired(session, due, now=utc_now())
        for upload_id in gone:
            services.staging.path(upload_id).unlink(missing_ok=True)
        total += len(gone)
        if len(gone) < PAGE:
            return total


def _old_keys(services: Services) -> int:
    """Idempotency keys whose time is over."""
    total = 0
    while True:
        with transaction(services.sessions) as session:
            gone = idempotency.forget(session, PAGE, now=utc_now())
        total += gone
        if gone < PAGE:
            return total


def _abandoned_drafts(services: Services) -> int:
    """What a kill amid writing an object or a preview left: it may be of what was erased since."""
    before = utc_now() - ABANDONED
    return services.store.drop_drafts(before) + services.previews.drop_drafts(before)


def _staged_by_nobody(services: Services) -> int:
    """Files left by a process that died between dropping the row and the file."""
    names = list(services.staging.names())
    total = 0
    for start in range(0, len(names), PAGE):
        with transaction(services.sessions) as session:
            rubbish = uploads.unknown(session, names[start : start + PAGE])
        for name in rubbish:
            services.staging.path(name).unlink(missing_ok=True)
        total += len(rubbish)
    return total

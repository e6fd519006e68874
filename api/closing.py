"""Closing an account across the stages: looked at before, done in one transaction, then the disks.

`finish_erasures` is the second half: the files of whoever wants them erased, and in any case those
that show who somebody is and stand in no decided matter. Page by page, again and again until
nothing is left, also of what was still on its way to its certificate when the account was closed.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from accounts import closing, forgetting, people, persons
from accounts.forgetting import Kept
from accounts.identifiers import Identifier
from accounts.models import Account
from accounts.obstacles import Obstacle, told
from api import erasing, messages
from api.closing_words import KEPT
from api.database import transaction
from api.wiring import Services
from billing import leaving as money
from core.errors import Conflict, NotReady
from evidence import leaving as deposits
from evidence.models import Evidence
from registry import leaving as register
from registry import trading

_PAGE: Final = 50
_LATELY: Final = timedelta(days=30)
"""For so long it is looked whether something is left; `yinji fsck` tells of it after a day."""


@dataclass(frozen=True)
class Outlook:
    """What stands in the way, which organisations close as well, and how much is kept of what."""

    obstacles: list[Obstacle]
    together: list[UUID]
    counts: dict[str, int]
    erasable: int = 0
    """Looked for beforehand only: while the account is held nobody else gets on."""


@dataclass
class Closed:
    """What was closed, and what is left to do outside of the transaction."""

    outlook: Outlook
    papers: list[UUID] = field(default_factory=list)
    uploads: list[UUID] = field(default_factory=list)
    addresses: list[Identifier] = field(default_factory=list)


def look(session: Session, account_id: UUID, *, now: datetime) -> Outlook:
    """Nothing is changed or locked."""
    together = [account_id, *closing.with_it(session, account_id, now=now)]
    erasable = sum(
        deposits.count(session, each, register.standing(session, each)) for each in together
    )
    return replace(_outlook(session, together, now=now), erasable=erasable)


def close(
    session: Session, account_id: UUID, password_hash: str | None, *, erase_files: bool,
    now: datetime,
) -> Closed:  # fmt: skip
    """All of it that one transaction can do; give the answer to `tidy_up` after its commit.

    Raises:
        NotAuthenticated: closed just now. Conflict: something stands in the way, each reason with
            its remedy, or the password was changed since it was given.
    """
    together = closing.hold(session, account_id, now=now)
    if together[0].password_hash != password_hash:
        raise Conflict("密码刚被更改,请重试 / the password has just been changed: try again")
    outlook = _outlook(session, [each.id for each in together], now=now)
    if outlook.obstacles:
        raise Conflict(told(outlook.obstacles), field=outlook.obstacles[0].code)
    done = Closed(outlook)
    for account in together:
        _close_one(session, account, account_id, done, erase_files=erase_files, now=now)
    return done


def tidy_up(services: Services, done: Closed, *, now: datetime) -> None:
    """Tell the account's addresses, and let go of bytes that nothing opens or names any more."""
    for address in done.addresses:
        services.outbox.send(messages.account_closed(address), now=now)
    for paper_id in done.papers:
        services.papers.delete(paper_id)
    for upload_id in done.uploads:
        services.staging.path(upload_id).unlink(missing_ok=True)
    erasing.drop_unneeded(services)


def finish_erasures(services: Services, *, seconds: float, now: datetime) -> int:
    """Of accounts that were closed lately; returns how many evidence were erased."""
    until, erased = time.monotonic() + seconds, 0
    with transaction(services.sessions) as session:
        closed = deposits.left_to_erase(session, since=now - _LATELY)
    for account in closed:
        erased += _erase_of(services, account, until=until, now=now)
    return erased


@dataclass(frozen=True)
class Spared:
    """Evidence of a closed account that stays: what shows who somebody is in decided matters only,
    other files in any. It changes no more, and there may be a hundred thousand: ask once.
    """

    personal: frozenset[UUID]
    files: frozenset[UUID]


def spared(session: Session, account: Account) -> Spared:
    files = register.standing(session, account.id) if account.erase_files else frozenset()
    return Spared(register.standing(session, account.id, decided=True), files)


def to_erase(
    session: Session, account: Account, stays: Spared, limit: int, after: UUID | None = None
) -> list[UUID]:
    """A page of a closed account's evidence that is to be erased, in the order of the ids."""
    found = {*deposits.to_erase(session, account.id, stays.personal, limit, after, personal=True)}
    if account.erase_files:
        found |= {*deposits.to_erase(session, account.id, stays.files, limit, after)}
    return sorted(found)[:limit]


def _close_one(
    session: Session, account: Account, by: UUID, done: Closed, *, erase_files: bool, now: datetime
) -> None:
    register.withdraw_drafts(session, account.id, by, now=now)
    trading.take_all_back(session, account.id, by=by, now=now)
    kept = register.kept(session, account.id)
    register.forget_signers(session, account.id)
    done.addresses += people.reached(account)
    forgetting.end_ways_in(session, account, by, now=now)
    done.papers += forgetting.erase(session, account, kept, now=now)
    done.uploads += deposits.drop_drafts(session, account.id)
    _forget_person(session, account, kept)
    closing.end(session, account, by, erase_files=erase_files, now=now)


def _forget_person(session: Session, account: Account, kept: Kept) -> None:
    """Nobody is recognised by the number any more, unless it has to stay known who it was."""
    person_id = account.person_id
    if person_id is None or register.is_known(session, account.id, kept):
        return
    account.person_id = None
    session.flush()
    if not register.hold_person(session, person_id):
        persons.forget(session, person_id)


def _outlook(session: Session, together: Sequence[UUID], *, now: datetime) -> Outlook:
    found: list[Obstacle] = []
    counts = {each.code: 0 for each in KEPT if each.code not in {"matters", "audit"}}
    for each in together:
        found += closing.obstacles(session, each, together, now=now)
        found += register.obstacles(session, each)
        found += money.obstacles(session, each)
        found += deposits.obstacles(session, each)
        held = register.kept(session, each)
        counts["evidence"] += deposits.count(session, each)
        counts["registrations"] += register.registrations(session, each)
        counts["identities"] += len(held.verifications) + len(held.parties)
        counts["orders"] += money.count(session, each)
    return Outlook(found, list(together[1:]), counts)


def _erase_of(services: Services, account: Account, *, until: float, now: datetime) -> int:
    """Of one account; what is not finished yet is left for a later time."""
    erased, after = 0, None
    with transaction(services.sessions) as session:
        stays = spared(session, account)
    while time.monotonic() < until:
        with transaction(services.sessions) as session:
            page = to_erase(session, account, stays, _PAGE, after)
        for evidence_id in page:
            erased += _erase_one(services, evidence_id, now=now)
        if len(page) < _PAGE:
            break
        after = page[-1]
    return erased


def _erase_one(services: Services, evidence_id: UUID, *, now: datetime) -> bool:
    try:
        with transaction(services.sessions) as session:
            evidence = session.get_one(Evidence, evidence_id, with_for_update=True)
            gone = erasing.erase(session, evidence, keep_files=False, now=now)
    except NotReady:
        return False
    erasing.clear_disks(services, evidence_id, gone)
    return True

"""The worker's jobs of signing: certify papers, invite signers, make the signatures they confirmed.

Each gathers in one transaction, acts outside of any, and records in another. What was about to be
stored is noted first: a process may die between any two lines, and the next run either finds the
noted bytes and records them, or lets the note go and does it anew.
"""

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from uuid import UUID

import structlog

from api import crash, messages
from api.apart import RESTING, apart, candidates
from api.database import lease, transaction
from api.issuing import paper_signer_of
from api.wiring import Services, utc_now
from core.errors import ConcurrentChange, Conflict, NotFound, ServiceError
from evidence.objects import digest_object
from registry import signing_contacts, signing_links, signing_stuck, signing_work, submitting
from registry.matters import profile_of
from registry.models import Matter
from registry.signing_models import SigningSigner
from registry.signing_work import Noted, ToPrepare, ToSign

if TYPE_CHECKING:  # pyHanko is heavy: only those who sign pay for it
    from certs.cosigning import Act

log = structlog.get_logger()

_PAGE: Final = 50


def sign_papers(services: Services) -> bool:
    """One step for one paper: certified, or signed by one more."""
    waiting = candidates(services, "paper", signing_work.waiting, _PAGE, key=lambda paper: paper)
    for paper_id in waiting:
        with lease(services.engine, f"paper:{paper_id}") as held, apart("paper", paper_id):
            try:
                if held and _step(services, paper_id):
                    return True
            except ServiceError as error:
                # One paper, or an authority that is away, must not hold up what comes after.
                log.warning("signing.waits", paper=str(paper_id), error=error.code)
                with transaction(services.sessions) as session:
                    signing_stuck.failed(session, paper_id, error, now=utc_now())
    return False


def _step(services: Services, paper_id: UUID) -> bool:
    with transaction(services.sessions) as session:
        left = signing_work.unfinished(session, paper_id)
    if left is not None:
        _finish(services, left, found=_is_stored(services, left))
        return True
    with transaction(services.sessions) as session:
        todo = signing_work.plan(session, paper_id)
    if todo is None:
        return False
    pdf, noted = _made(services, todo)
    crash.point("paper-made")
    with suppress(ConcurrentChange):
        with transaction(services.sessions) as session:
            signing_work.note(session, noted, now=utc_now())
        crash.point("paper-noted")
        services.store.write(pdf)
        crash.point("paper-stored")
        _finish(services, noted, found=True)
        crash.point("paper-recorded")
    return True


def _made(services: Services, todo: ToPrepare | ToSign) -> tuple[bytes, Noted]:
    """The next revision's bytes. A signer's key lives in here and nowhere else."""
    signer, ask = paper_signer_of(services), services.timestamps.ask
    if isinstance(todo, ToPrepare):
        pdf = signer.prepare(todo.drawn, todo.places, ask, now=utc_now())
        number, act_id = 0, None
    else:
        with services.store.open(todo.before) as file:
            before = file.read()
        pdf = signer.sign(before, _act(todo), ask, now=utc_now())
        number, act_id = todo.number, todo.act_id
    return pdf, Noted(todo.paper_id, number, hashlib.sha256(pdf).hexdigest(), act_id)


def _act(todo: ToSign) -> "Act":
    from certs.cosigning import Act  # noqa: PLC0415 - see above
    from certs.marks import Mark  # noqa: PLC0415

    mark = Mark(
        todo.kind, todo.name, utc_now(), sample=todo.sample, strokes=todo.strokes, stead=todo.stead
    )
    return Act(todo.place, mark, todo.reference, todo.last)


def _is_stored(services: Services, noted: Noted) -> bool:
    try:
        return digest_object(services.store, noted.sha256).sha256 == noted.sha256
    except NotFound:
        return False


def _finish(services: Services, noted: Noted, *, found: bool) -> None:
    """Record what is stored; when the round has ended meanwhile the note stays, and names it."""
    if not found:
        with transaction(services.sessions) as session:
            signing_work.let_go(session, noted)
        return
    try:
        with transaction(services.sessions) as session:
            matter = signing_work.record(session, noted, now=utc_now())
            if noted.act_id is not None:
                submitting.signed(session, matter, now=utc_now())
    except ConcurrentChange:
        log.info("signing.late")


def invite_signers(services: Services) -> bool:
    """A link to one signer whose turn it is. A message that was lost is sent again, anew."""
    with transaction(services.sessions) as session:
        signing_work.forget_contacts(session)
        signing_stuck.watch(session, now=utc_now())
        waiting = signing_links.uninvited(session, _PAGE, now=utc_now())
    resting = RESTING.of("invite")
    for signer_id in (each for each in waiting if each not in resting):
        with lease(services.engine, f"invite:{signer_id}") as held, apart("invite", signer_id):
            if held and invite(services, signer_id, unsent=True):
                return True
    return False


def invite(
    services: Services, signer_id: UUID, by: UUID | None = None, *, unsent: bool = False
) -> str | None:
    """A new link, sent to the signer; None when it is not the time for it (any more). With `unsent`
    only where none was sent before.
    """
    ring, now = services.keyring, utc_now()
    with transaction(services.sessions) as session:
        signer = session.get_one(SigningSigner, signer_id, with_for_update=True)
        matter = session.get_one(Matter, signer.matter_id)
        if unsent and not signing_links.is_unsent(signer, now=now):
            return None
        try:
            token = signing_links.issue(session, matter, signer, by=by, now=now)
            to = signing_contacts.opened(ring, signer)
        except Conflict:
            return None
        office = profile_of(session, matter).name
        whom = signing_contacts.masked_name(signer.name, natural=signer.kind == "signature")
        ends = signer.link_expires_at or now
    crash.point("link-issued")
    link = f"{services.settings.public_url}/sign#{token}"
    services.outbox.send(messages.signing_link(to, office, whom, link, token, ends), now=now)
    with transaction(services.sessions) as session:
        signing_links.sent(session, signer_id, token, now=utc_now())
    return token

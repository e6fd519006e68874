"""Works: drafts until deposited; a deposited version never changes, a new one follows it."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy.orm import Session

from api import drawing, hints, policy
from api.auth import Caller, Depositor, Reader, Wired
from api.database import transaction
from api.evidence_views import evidence_out, work_out, work_page
from api.idempotency import Key, OptionalKey, call_of, still_there
from api.openapi import answers, binary
from api.printable import check_printable
from api.routes.evidence import declared, described
from api.schemas import (
    EvidenceOut,
    FilesIn,
    PicturesIn,
    VersionDepositIn,
    WorkChange,
    WorkIn,
    WorkOut,
    WorkPage,
)
from api.wiring import utc_now
from core import canonical, idempotency
from core.errors import ConcurrentChange, Conflict, NotFound
from core.paging import MOST_TYPED
from evidence import delivery, deposits, intake, listing, pictures, works
from evidence.intake import PlannedFile
from evidence.models import Evidence, Upload, Work, WorkVersion
from evidence.works import Description

router = APIRouter(prefix="/api/v1/works", tags=["works"])

Size = Annotated[Literal["small", "large"], Query()]
Small = Annotated[int, Path(ge=0, le=10_000)]


@router.post("", status_code=201, responses=answers(410))
def create_work(
    body: WorkIn, services: Wired, caller: Depositor, key: OptionalKey = None
) -> WorkOut:
    """A new work with a first draft."""
    about = described(body)
    check_printable(about)
    now, limits = utc_now(), services.settings.intake
    call = call_of(caller, "create_work", key, body)
    with transaction(services.sessions) as session:
        made = idempotency.once(
            session,
            call,
            lambda: (
                works.create_work(
                    session, caller.account_id, about, limits, caller.agent_id, now=now
                ).work_id
            ),
            now=now,
        )
        with still_there():
            return work_out(
                session, policy.own_work(session, caller, made.subject), caller.agent_id
            )


@router.get("")
def list_works(
    services: Wired,
    caller: Reader,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    title: Annotated[str, Query(max_length=MOST_TYPED)] = "",
    deposited: Annotated[bool | None, Query()] = None,
) -> WorkPage:
    """Newest first; `next` is the cursor of the following page. Limited, where asked, to a part of
    the title, and to works of which some version is evidence, or none.
    """
    only = listing.of_works(title, deposited=deposited)
    with transaction(services.sessions) as session:
        found = works.owned_works(
            session, caller.account_id, cursor, limit + 1, caller.agent_id, only
        )
        items = work_page(session, found[:limit], caller.agent_id)
    return WorkPage(items=items, next=str(found[limit - 1].id) if len(found) > limit else None)


@router.get("/{work_id}")
def show_work(work_id: UUID, services: Wired, caller: Reader) -> WorkOut:
    """A work and all its versions."""
    with transaction(services.sessions) as session:
        return work_out(session, policy.own_work(session, caller, work_id), caller.agent_id)


@router.patch("/{work_id}", responses=answers(409))
def change_work(work_id: UUID, body: WorkChange, services: Wired, caller: Depositor) -> WorkOut:
    """Change the draft's description; what is left out stays."""
    with transaction(services.sessions) as session:
        work, draft = _draft(session, caller, work_id)
        about = _merged(draft, body)
        check_printable(about)
        works.change_draft(session, draft, about, services.settings.intake, now=utc_now())
        return work_out(session, work, caller.agent_id)


@router.delete("/{work_id}", status_code=204, responses=answers(409))
def delete_work(work_id: UUID, services: Wired, caller: Depositor) -> None:
    """Drop the draft; a work that was never deposited goes with it."""
    with transaction(services.sessions) as session:
        _, draft = _draft(session, caller, work_id)
        works.delete_draft(session, draft)


@router.post("/{work_id}/versions", status_code=201, responses=answers(409, 410))
def create_work_version(
    work_id: UUID, body: WorkIn, services: Wired, caller: Depositor, key: OptionalKey = None
) -> WorkOut:
    """The next draft of a deposited work; it starts without files."""
    about = described(body)
    check_printable(about)
    now, limits = utc_now(), services.settings.intake
    call = call_of(caller, "create_work_version", key, body, str(work_id))
    with transaction(services.sessions) as session:
        work = policy.own_work(session, caller, work_id)
        made = idempotency.once(
            session,
            call,
            lambda: works.create_version(session, work, about, limits, now=now).id,
            now=now,
        )
        with still_there():
            if made.subject not in {each.id for each in works.versions(session, work.id)}:
                raise NotFound("草稿已删除 / the draft was dropped")
        return work_out(session, work, caller.agent_id)


@router.put("/{work_id}/files", responses=answers(409))
def set_work_files(work_id: UUID, body: FilesIn, services: Wired, caller: Depositor) -> WorkOut:
    """Replace the draft's files; the same content twice is refused by its digest."""
    files = [declared(file) for file in body.files]
    check_printable(Description(), [file.name for file in files])
    with transaction(services.sessions) as session:
        work, draft = _draft(session, caller, work_id)
        policy.own_named_uploads(session, caller, files)
        works.set_files(session, draft, caller.account_id, files, services.settings.intake)
        return work_out(session, work, caller.agent_id)


@router.get(
    "/{work_id}/files/{position}/preview",
    response_class=Response,
    responses=binary("image/webp", "预览 preview") | answers(409, 415),
)
def preview_work_file(
    work_id: UUID,
    position: Small,
    services: Wired,
    caller: Reader,
    size: Size = "small",
    page: drawing.Page = 1,
) -> Response:
    """A file of the draft, as it was uploaded: a picture, or one of the first pages, re-encoded and
    small. Of what is deposited: `GET /evidence/{number}/files/{position}/preview`.
    """
    with transaction(services.sessions) as session:
        work = policy.own_work(session, caller, work_id)
        draft = works.latest_version(session, work.id)
        works.require_draft(draft)
        file = works.file_at(session, draft.id, position)
        upload = None if file.upload_id is None else session.get(Upload, file.upload_id)
        if upload is None:
            raise NotFound("没有预览 / there is no preview of this file")
        # Only what this very upload was seen to hold is read at a digest's address.
        known = upload.stored_sha256 == file.sha256
        blob = drawing.source_of(session, file) if known else None
    if blob is not None:
        return drawing.preview(services, blob, size, page)
    return drawing.preview_staged(services, upload.id, file.name, size, page)


@router.put("/{work_id}/pictures", responses=answers(409))
def set_work_pictures(
    work_id: UUID, body: PicturesIn, services: Wired, caller: Depositor
) -> WorkOut:
    """Replace the draft's display pictures; the first is the cover."""
    limits = services.settings.intake
    files = [declared(file) for file in body.pictures]
    with transaction(services.sessions) as session:
        _, draft = _draft(session, caller, work_id)
        policy.own_named_uploads(session, caller, files, "pictures")
        planned = pictures.plan(session, draft, caller.account_id, files, limits)
    kept = pictures.keep(
        planned,
        services.store,
        services.staging,
        limits,
        # Decoding is the only proof that it can be shown, and it fails here, not before readers.
        lambda each, data: drawing.check(services, each.digest.sha256, each.media_type, data),
    )
    with transaction(services.sessions) as session:
        work, draft = _draft(session, caller, work_id)
        pictures.record(session, draft, kept, now=utc_now())
        answer = work_out(session, work, caller.agent_id)
    pictures.release(kept, services.staging)
    return answer


@router.get(
    "/{work_id}/versions/{number}/pictures/{position}/preview",
    response_class=Response,
    responses=binary("image/webp", "预览 preview") | answers(422),
)
def preview_work_picture(
    work_id: UUID,
    number: Small,
    position: Small,
    services: Wired,
    caller: Reader,
    size: Size = "small",
) -> Response:
    """A display picture, re-encoded and small, without metadata."""
    with transaction(services.sessions) as session:
        work = policy.own_work(session, caller, work_id)
        version = works.version_of(session, work.id, number)
        file = works.file_at(session, version.id, position, pictures.DISPLAY)
        blob = drawing.source_of(session, file)
    return drawing.preview(services, blob, size)


@router.post("/{work_id}/deposits", status_code=201, responses=answers(409, 413))
def deposit_work_version(
    request: Request,
    work_id: UUID,
    body: VersionDepositIn,
    key: Key,
    services: Wired,
    caller: Depositor,
) -> EvidenceOut:
    """Deposit the draft: it is frozen, the submission time is now. The same key again gives the
    same answer.
    """
    with transaction(services.sessions) as session:
        work = policy.own_work(session, caller, work_id)
        draft = works.latest_version(session, work.id)
        files = intake.planned(
            works.version_files(session, draft.id) if draft.frozen_at is None else ()
        )
    intake.check_promptly(files, services.staging, services.settings.intake)
    now = utc_now()
    with transaction(services.sessions) as session:
        work = policy.own_work(session, caller, work_id)
        evidence = _deposited(session, caller, work, body, key, files, now=now)
        delivery.hold(session, evidence, services.evidence_terms, caller.agent_id, now=now)
        answer = evidence_out(session, evidence, services)
    hints.work_is_waiting(request)
    return answer


def _merged(draft: WorkVersion, body: WorkChange) -> Description:
    wanted = described(body)
    return replace(
        described(draft), **{name: getattr(wanted, name) for name in body.model_fields_set}
    )


def _draft(session: Session, caller: Caller, work_id: UUID) -> tuple[Work, WorkVersion]:
    """The caller's work and its draft, locked against other changes."""
    work = policy.own_work(session, caller, work_id)
    version = works.latest_version(session, work.id, lock=True)
    works.require_draft(version)
    return work, version


def _deposited(
    session: Session,
    caller: Caller,
    work: Work,
    body: VersionDepositIn,
    key: str,
    looked_at: Sequence[PlannedFile],
    *,
    now: datetime,
) -> Evidence:
    said = ["work", str(work.id), body.custody_mode, body.public]
    asked = hashlib.sha256(
        canonical.encode([*said, "personal"] if body.personal else said)
    ).digest()
    known = deposits.find_repeat(session, caller.account_id, key, asked)
    if known is not None:
        return known
    draft = works.latest_version(session, work.id, lock=True)
    if draft.frozen_at is not None:
        raise Conflict("没有草稿可存证,请先新建版本 / no draft to deposit: make a new version")
    files = works.version_files(session, draft.id)
    if intake.planned(files) != tuple(looked_at):
        raise ConcurrentChange("草稿刚被更改,请重试 / the draft was just changed: try again")
    check_printable(
        described(draft),
        [file.name for file in files],
    )
    return deposits.deposit_version(
        session,
        caller.account_id,
        draft,
        body.custody_mode,
        key,
        asked,
        caller.agent_id,
        public=body.public,
        personal=body.personal,
        now=now,
    )

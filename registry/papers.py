"""The papers of an application: what the office's profile asks for, and how each one comes.

A paper that may be filled in on line is text, or a text for each of its parts. One that is only
generated is drawn from the form and needs nothing. One that is to be uploaded is named by the
number of an evidence of the applicant's: it was read back, has its digest, and cannot change
unnoticed. The form itself, the sample and the identity papers come of themselves: from the matter,
from the evidence that is registered, and from papers on file (`registry.on_file`).
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from core.errors import Conflict, InvalidInput
from core.text import clean_text
from evidence import deposits, works
from evidence.names import extension
from evidence.numbers import normalise
from registry import on_file
from registry.asking import EMPLOYED, missing, to_bring, undecided
from registry.form import Form
from registry.paper_case import AnswerIn
from registry.paper_kinds import missing_parts, parts_of
from registry.profile import Profile
from registry.profile_parts import Document

MAX_TEXT: Final = 20_000


def parse(profile: Profile, values: Mapping[str, Any]) -> Mapping[str, AnswerIn]:
    """Papers as far as they go: each a text, the texts of its parts, or an evidence number.

    Raises:
        InvalidInput: a paper this office does not know, or none; the field is `documents.<code>`.
    """
    found: dict[str, AnswerIn] = {}
    for code, value in values.items():
        field = f"documents.{code[:40]}"
        if code not in profile.documents:
            known = ", ".join(profile.documents)
            raise InvalidInput(f"没有这种材料,可用 / accepts: {known}", field=field)
        document = profile.documents[code]
        if isinstance(value, Mapping) and is_text(document):
            found[code] = _parts(code, document, value, field)
        elif isinstance(value, str):
            text = clean_text(value, field, MAX_TEXT, multiline=True)
            found[code] = text if is_text(document) else _number(text, field)
        else:
            raise InvalidInput("须为文本或存证编号 / a text or an evidence number", field=field)
    return found


def _number(text: str, field: str) -> str:
    try:
        return normalise(text)
    except InvalidInput as error:
        raise InvalidInput(error.message, field=field) from error


def _parts(code: str, document: Document, value: Mapping[str, Any], field: str) -> AnswerIn:
    known = parts_of(code, document)
    found = {}
    for name, text in value.items():
        at = f"{field}.{str(name)[:40]}"
        if name not in known:
            named = ", ".join(known) or "无 none"
            raise InvalidInput(f"没有这一部分,可用 / accepts: {named}", field=at)
        if not isinstance(text, str):
            raise InvalidInput("须为文本 / must be text", field=at)
        if text.strip():
            found[name] = clean_text(text, at, MAX_TEXT, multiline=True)
    return found


def owed(
    session: Session, applicant_id: uuid.UUID, profile: Profile, form: Form, *, now: datetime
) -> tuple[str, ...]:
    """The codes of the papers this form makes the applicant bring."""
    lacking = on_file.lacking(session, applicant_id, profile, form, now=now)
    return tuple(asked.code for asked in to_bring(profile, form, profile.area, lacking))


def require_all(
    session: Session,
    applicant_id: uuid.UUID,
    profile: Profile,
    form: Form,
    papers: Mapping[str, AnswerIn],
    *,
    now: datetime,
) -> None:
    """Refuse a submission that lacks a paper, or has one of a kind the office does not take.

    Raises:
        InvalidInput, NotFound, Conflict: the field is `documents.<code>`.
    """
    if (unsaid := undecided(profile, form, profile.area)) is not None:
        raise InvalidInput(str(EMPLOYED), field=unsaid)
    lacking = on_file.lacking(session, applicant_id, profile, form, now=now)
    for asked in to_bring(profile, form, profile.area, lacking):
        if not papers.get(asked.code):
            said, remedy = missing(asked.document, form, profile.area, lacking)
            raise InvalidInput(
                f"{said.zh},{remedy.zh} / {said.en}: {remedy.en}", field=f"documents.{asked.code}"
            )
    for code, value in papers.items():
        for part in missing_parts(code, profile.documents[code], value):
            words = parts_of(code, profile.documents[code])[part]
            raise InvalidInput(
                f"缺少:{words.zh},请补充 / {words.en} is missing: add it",
                field=f"documents.{code}.{part}",
            )
        if isinstance(value, str) and not is_text(profile.documents[code]):
            _require_upload(session, applicant_id, code, profile, value)


def _require_upload(
    session: Session, applicant_id: uuid.UUID, code: str, profile: Profile, number: str
) -> None:
    field, paper = f"documents.{code}", profile.documents[code]
    evidence = deposits.owned_by_number(session, applicant_id, number)
    if evidence.stated_at is None or evidence.erased_at is not None:
        raise Conflict("材料尚未入库或已删除 / the paper is not stored yet, or erased", field=field)
    for file in works.version_files(session, evidence.version_id):
        if paper.formats and extension(file.name) not in paper.formats:
            raise InvalidInput(
                f"材料格式可用 / accepted formats: {', '.join(paper.formats)}", field=field
            )
        most = profile.most_of(extension(file.name), paper.most_bytes)
        if most is not None and file.size > most:
            raise InvalidInput(f"材料至多 {most} 字节 / at most, in bytes", field=field)


def is_text(paper: Document) -> bool:
    """Whether a paper is filled in on line; else it is uploaded."""
    return "online" in paper.how

"""What holds for every page, for anybody: words and what they are called, areas, limits.

Answers may be cached for a minute and carry an `ETag`; who has the newest gets 304.
"""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from accounts import areas, papers, passwords
from api.auth import Wired
from api.following_schemas import WordsOut
from api.office_schemas import ChoiceOut
from api.openapi import answers
from api.reference_schemas import (
    AreaOut,
    AreasOut,
    FieldNeededOut,
    FormFieldOut,
    FormOut,
    LimitsOut,
    PaperLimitsOut,
    PasswordLimitsOut,
    WordListsOut,
    WorkLimitsOut,
)
from api.routes.offices import SAME, cacheable
from api.routes.papers import admit
from api.schemas import MOST_IN_BATCH
from evidence.limits import IntakeLimits
from registry import tables
from registry.form_described import Described, described
from registry.vocabulary import vocabulary
from registry.words import Words

router = APIRouter(prefix="/api/v1", tags=["reference"], dependencies=[Depends(admit)])

Code = Annotated[str | None, Query(pattern="^[0-9]{6}$")]


@router.get("/words", response_model=WordListsOut, responses={**SAME, **answers(429)})
def list_words(request: Request) -> Response:
    """What every word of this API is called, for labels and selects: states, kinds, roles, scopes,
    grounds. `x-words` beside a field in this document names the field's list.
    """
    lists = {name: _choices(rows) for name, rows in vocabulary().items()}
    return cacheable(request, WordListsOut(lists=lists))


@router.get("/areas", response_model=AreasOut, responses={**SAME, **answers(422, 429)})
def list_areas(request: Request, below: Code = None) -> Response:
    """Areas for linked selects: the provinces, or what lies straight `below` one (GB/T 2260)."""
    if below is not None:
        areas.check_area(below, "below")
    english = {each.code: each.name.en for each in tables.areas().values()}
    items = [
        AreaOut(code=code, name=name, name_en=english.get(code), divided=bool(areas.below(code)))
        for code, name in areas.below(below).items()
    ]
    return cacheable(request, AreasOut(items=items, abroad=areas.ABROAD))


@router.get("/application-form", response_model=FormOut, responses={**SAME, **answers(429)})
def show_form(request: Request) -> Response:
    """The application form, field by field: name, help, what it takes, when it is required. The
    same for every office; what one of them leaves out, `GET /offices/{office}` says.
    """
    return cacheable(request, FormOut(fields=[_field(each) for each in described()]))


@router.get("/limits", response_model=LimitsOut, responses={**SAME, **answers(429)})
def show_limits(request: Request, services: Wired) -> Response:
    """How many files of which formats and sizes are taken, how long texts and passwords may be."""
    found = LimitsOut(
        work=_work(services.settings.intake),
        paper=PaperLimitsOut(
            most_bytes=papers.MOST_BYTES,
            most_papers=papers.MOST_OF_CLAIM,
            formats=list(papers.FORMATS),
        ),
        password=PasswordLimitsOut(
            least_characters=passwords.LEAST, most_characters=passwords.MOST
        ),
    )
    return cacheable(request, found)


def _work(limits: IntakeLimits) -> WorkLimitsOut:
    return WorkLimitsOut(
        most_files=limits.max_files,
        most_bytes=limits.max_file_bytes,
        formats=list(limits.formats),
        most_display_pictures=limits.max_display_pictures,
        most_display_bytes=limits.max_display_bytes,
        display_formats=sorted(limits.display_extensions),
        most_name_characters=limits.max_name_characters,
        most_title_characters=limits.max_title_characters,
        most_description_characters=limits.max_description_characters,
        most_tags=limits.max_tags,
        most_authors=limits.max_authors,
        most_author_characters=limits.max_person_characters,
        batch_most=MOST_IN_BATCH,
    )


def _field(field: Described) -> FormFieldOut:
    reader = field.reader
    return FormFieldOut(
        key=field.key,
        name=_said(field.name),
        how=_said(field.how),
        software_name=_said(field.software_name),
        software_how=_said(field.software_how),
        kind=reader.kind,
        several=reader.several,
        most=reader.most,
        multiline=reader.multiline,
        choices=_choices(reader.choices),
        software_choices=list(field.of_software),
        required=field.required,
        required_when=[
            FieldNeededOut(by=each.by, among=list(each.among)) for each in field.sometimes
        ],
        fields=[_field(each) for each in field.fields],
    )


def _choices(rows: Mapping[str, Words]) -> list[ChoiceOut]:
    return [ChoiceOut(key=key, name=_said(words)) for key, words in rows.items()]


def _said(words: Words) -> WordsOut:
    return WordsOut(zh=words.zh, en=words.en)

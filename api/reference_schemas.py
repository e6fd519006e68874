"""What goes out over HTTP about the words, areas and limits that hold for every page."""

from typing import Literal

from pydantic import BaseModel

from api.following_schemas import WordsOut
from api.office_schemas import ChoiceOut


class WordListsOut(BaseModel):
    """Each list of words by its name, in the order for a select: `matter_states` are the states of
    matters, with two that a state alone does not say (`signed_all`, `awaiting_papers`).
    """

    lists: dict[str, list[ChoiceOut]]


class AreaOut(BaseModel):
    """`name_en` is known of provinces only: the list of areas has no other, and none is made up
    from the characters, by which a name need not be read (六安 is Lu'an, 呼和浩特 is Hohhot).
    `divided`: there are areas below it.
    """

    code: str
    name: str
    name_en: str | None
    divided: bool


class AreasOut(BaseModel):
    """`abroad` is the code of whoever lives outside of the country; it is in no list."""

    items: list[AreaOut]
    abroad: str


class WorkLimitsOut(BaseModel):
    """Of a deposit: `formats` are the endings of its files' names; `display` is for pictures that
    only show the work.
    Bytes are those of one file; a batch is `POST /evidence/batch`.
    """

    most_files: int
    most_bytes: int
    formats: list[str]
    most_display_pictures: int
    most_display_bytes: int
    display_formats: list[str]
    most_name_characters: int
    most_title_characters: int
    most_description_characters: int
    most_tags: int
    most_authors: int
    most_author_characters: int
    batch_most: int


class PaperLimitsOut(BaseModel):
    """Of a paper of identity, which is one file; `most_papers` of one claim."""

    most_bytes: int
    most_papers: int
    formats: list[str]


class PasswordLimitsOut(BaseModel):
    """Characters; what else keeps a password from being taken the refusal says."""

    least_characters: int
    most_characters: int


class LimitsOut(BaseModel):
    """What this installation takes. An office's own limits stand with the office."""

    work: WorkLimitsOut
    paper: PaperLimitsOut
    password: PasswordLimitsOut


class FieldNeededOut(BaseModel):
    """Required when the field `by` of the same block has one of these values; with none: any."""

    by: str
    among: list[str | bool]


class FormFieldOut(BaseModel):
    """A field of the application form. `kind` says what it holds: a `text` of at most `most`
    characters, a `choice`, a `flag` (true or false), a `whole` number from 1 to `most`, a `day`
    (2026-03-31), or a `block` of `fields`; with `several`, a list of at most so many of them.

    `required` always, where its block is; else when one of `required_when` holds. A draft may leave
    out anything. An office takes some `choices` of `category` only, and asks for `urgent`,
    `delivery` and `trading` only where its own description has them. `software_choices` are the
    keys of those choices that there are for software, where these are fewer; else empty.
    `software_name` and `software_how` stand for `name` and `how` on the form for software.
    """

    key: str
    name: WordsOut
    how: WordsOut
    software_name: WordsOut
    software_how: WordsOut
    kind: Literal["text", "choice", "flag", "whole", "day", "block"]
    several: int | None
    most: int | None
    multiline: bool
    choices: list[ChoiceOut]
    software_choices: list[str]
    required: bool
    required_when: list[FieldNeededOut]
    fields: "list[FormFieldOut]"


class FormOut(BaseModel):
    """The whole form, in the order in which it is filled in."""

    fields: list[FormFieldOut]

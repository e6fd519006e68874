"""What goes in and out over HTTP about papers."""

from typing import Any, Literal

from pydantic import BaseModel

from api.following_schemas import WordsOut
from api.registry_schemas import Form
from api.schemas import Strict


class AskedIn(Strict):
    """The application form as far as it goes (docs/application-form.md)."""

    form: Form


class DocumentOut(BaseModel):
    """One paper that is asked for.

    `because` says why; `how` are the ways it comes: filled in on line, generated, a template to
    sign, an upload. `parts` are what is filled in on line, by name. `comes_by_itself`: taken from
    the form, the evidence or papers of identity on file, so nothing has to be brought. An owner who
    is the applicant or a rights holder counts as on file; whether the papers are there is said of
    the matter (`required_documents`, pre-check).
    """

    code: str
    name: WordsOut
    needed: Literal["required", "optional"]
    because: WordsOut
    how: list[str]
    proves: list[str]
    comes_by_itself: bool
    parts: dict[str, WordsOut]
    formats: list[str]
    most_bytes: int | None
    signed: Literal["no", "electronic", "paper"]
    sealed_by_organisations: bool
    has_template: bool
    has_example: bool


class SampleOut(BaseModel):
    """The sample that the category asks for; of a PDF `pages`, or all there are when fewer."""

    what: WordsOut
    formats: list[str]
    most_bytes: int | None
    least_dpi: int | None
    pages: int | None


class AskedOut(BaseModel):
    """Required documents first; `sample` once the category is known."""

    office: str
    version: int
    documents: list[DocumentOut]
    sample: SampleOut | None


class ExampleOut(BaseModel):
    """An invented application, and the text of the document where it is filled in on line."""

    code: str
    name: WordsOut
    form: dict[str, Any]
    answer: str | dict[str, str]


class UntouchedOut(BaseModel):
    """A file whose comments stay, because its language is not known; `lines` are not blank."""

    name: str
    lines: int


class MaterialOut(BaseModel):
    """Identification material as it will be handed in. `from_pdf`: a PDF, taken as it is, of which
    nothing more is known. `comments`: as the form asks; `untouched` are the files where they stay
    all the same.
    """

    from_pdf: bool
    pages: int | None
    deposited: int | None
    lines: int | None
    comments: Literal["kept", "removed"]
    untouched: list[UntouchedOut]

"""What of the form is required: always, or when another field says so. Data, by which
`registry.form_checks` goes and which `registry.form_described` tells.

Blocks are named by their path without places (`owners`, `software.bars`), the form itself by "".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from registry import choices

Value = str | bool


@dataclass(frozen=True)
class When:
    """`names` are required when the field `by` of the same block is one of `among`; whatever it
    says where that is empty.
    """

    names: tuple[str, ...]
    by: str
    among: tuple[Value, ...] = ()

    def holds(self, value: Value | None) -> bool:
        return value is not None and (not self.among or value in self.among)


ALWAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "": (
        "title", "category", "owners", "authors", "nature", "completion_date", "completion_place",
        "published", "acquisition", "ownership", "rights", "filed_by", "applicant", "kept",
        "machine_help",
    ),
    "completion_place": ("country", "city"),
    "first_published_place": ("country", "city"),
    "owners": ("name", "kind", "paper", "nationality", "place", "signature"),
    "authors": ("name", "signature"),
    "applicant": ("name", "mobile"),
    "agent": ("name", "address", "mobile"),
    "machine_help": ("used",),
    "software": (
        "version", "development", "languages", "source_lines", "running_system", "purpose",
        "features", "comments", "deposit",
    ),
    "software.bars": ("page", "first", "last"),
}  # fmt: skip

_PEN_NAME: Final = When(("signature_text",), "signature", ("pen_name",))

SOMETIMES: Final[Mapping[str, tuple[When, ...]]] = {
    "": (
        When(("category_note",), "category", ("other",)),
        When(("nature_note",), "nature", tuple(k for k in choices.NATURES if k != "original")),
        When(
            ("acquisition_note",),
            "acquisition",
            tuple(k for k in choices.ACQUISITIONS if k != "original"),
        ),
        When(("held_rights",), "rights", ("part",)),
        When(("agent", "agent_reason"), "filed_by", ("agent",)),
        When(("first_published_on", "first_published_place"), "published", (True,)),
        When(("software",), "form", ("software",)),
    ),
    "owners": (_PEN_NAME,),
    "authors": (_PEN_NAME,),
    "kept": (
        When(("electronic_count",), "electronic"),
        When(("electronic_note",), "electronic", ("other",)),
        When(("paper_count",), "paper"),
    ),
    "machine_help": (When(("tools", "prompts", "human_contribution"), "used", (True,)),),
    "software": (When(("bars",), "deposit", ("bars",)),),
}

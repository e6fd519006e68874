"""Worked examples: whole, acceptable to their office, and invented."""

from dataclasses import replace
from datetime import date

import pytest

from certs.paper import Answer, Choice
from core.errors import NotFound
from registry.asking import documents_for
from registry.examples import blank_case, example_case, read_examples
from registry.form_checks import gaps
from registry.offices import shipped
from registry.paper_kinds import kind_of, kinds
from registry.paperwork import compose
from registry.plausibility import warnings
from registry.profile import Profile

pytestmark = pytest.mark.unit

SHOWN = [
    (office, code)
    for office, profile in shipped().items()
    for code, document in profile.documents.items()
    if document.example
]
DRAWN = [
    (office, code)
    for office, profile in shipped().items()
    for code, document in profile.documents.items()
    if kind_of(code, document)
]


def showing(office: str, code: str) -> Profile:
    """The office, as if it showed an example of this document."""
    profile = shipped()[office]
    document = replace(profile.documents[code], example=True)
    return replace(profile, documents={**profile.documents, code: document})


class TestAnExample:
    @pytest.mark.parametrize(("office", "code"), DRAWN)
    def test_is_an_application_that_could_be_submitted(self, office: str, code: str) -> None:
        of = example_case(showing(office, code), code)
        assert gaps(of.form, date(2026, 3, 2)) == ()
        assert warnings(of.form) == ()
        assert of.form.category in of.profile.categories

    @pytest.mark.parametrize(("office", "code"), SHOWN)
    def test_says_that_it_is_one_and_of_which_office(self, office: str, code: str) -> None:
        paper = compose(example_case(shipped()[office], code), code)
        assert paper.mark == "example"
        assert paper.office[0] == shipped()[office].name.zh
        assert paper.number == ""

    @pytest.mark.parametrize(("office", "code"), SHOWN)
    def test_leaves_no_part_empty(self, office: str, code: str) -> None:
        paper = compose(example_case(shipped()[office], code), code)
        assert all(block.text for block in paper.blocks if isinstance(block, Answer))

    def test_is_there_for_each_of_the_documents_that_the_manual_shows_one_for(self) -> None:
        shown = {code for office, code in SHOWN if office == "tianjin"}
        assert shown == {
            "application_form", "creation_statement", "ownership_statement", "pledge",
            "outside_pledge", "power_of_attorney",
        }  # fmt: skip

    def test_is_there_for_every_paper_that_is_drawn(self) -> None:
        assert SHOWN == DRAWN

    def test_an_owner_from_outside_lives_outside(self) -> None:
        of = example_case(shipped()["tianjin"], "outside_pledge")
        asked = documents_for(of.profile, of.form, of.profile.area)
        assert "outside_pledge" in [each.code for each in asked]

    def test_answers_only_parts_that_the_papers_have(self) -> None:
        for kind, parts in read_examples()["answers"].items():
            assert set(parts) == set(kinds()[kind].parts)
        assert set(read_examples()["kinds"]) <= set(kinds())

    def test_is_not_there_where_the_office_shows_none(self) -> None:
        silent = shipped()["zhejiang"]
        pledge = replace(silent.documents["pledge"], example=False)
        silent = replace(silent, documents={**silent.documents, "pledge": pledge})
        with pytest.raises(NotFound):
            example_case(silent, "pledge")
        with pytest.raises(NotFound):
            example_case(shipped()["zhejiang"], "licence")

    def test_is_of_an_accepted_category_at_an_office_that_takes_few(self) -> None:
        few = replace(showing("zhejiang", "pledge"), categories=("photograph",))
        assert example_case(few, "pledge").form.category == "photograph"


class TestABlankPaper:
    @pytest.mark.parametrize(("office", "code"), DRAWN)
    def test_ticks_and_names_nothing(self, office: str, code: str) -> None:
        paper = compose(blank_case(shipped()[office], code, "none"), code)
        assert not any(
            option.ticked
            for block in paper.blocks
            if isinstance(block, Choice)
            for option in block.options
        )
        assert "林小雨" not in paper.encode().decode()

    def test_is_not_there_for_what_is_only_uploaded(self) -> None:
        with pytest.raises(NotFound):
            blank_case(shipped()["tianjin"], "licence", "none")

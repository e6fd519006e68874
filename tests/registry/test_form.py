"""The form: every value read or refused by name, every gap named, warnings that refuse nothing."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.documents import BODIES, DocumentKind
from core.errors import InvalidInput
from evidence import works
from evidence.limits import EARLIEST
from registry import choices
from registry.form import Form, differences, parse
from registry.form_checks import gaps, require_whole
from registry.plausibility import warnings
from tests.registry.forms import filled, form

TODAY = date(2026, 6, 1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


class TestVocabulary:
    def test_has_the_numbers_the_form_has(self) -> None:
        assert len(choices.CATEGORIES) == 14 + 1
        assert len(choices.NATURES) == 7
        assert len(choices.ACQUISITIONS) == 4
        assert len(choices.OWNERSHIPS) == 5
        assert len(choices.RIGHTS) == 17

    def test_names_the_papers_of_people_as_accounts_do(self) -> None:
        ours = set(DocumentKind) - {"foreign_passport", "other_personal", *BODIES}
        assert ours <= set(choices.IDENTITY_PAPERS)
        for former, name in choices.FORMER_PAPERS.items():
            assert parse({"owners": [{"paper": former}]}).owners[0].paper == name
            assert name in set(DocumentKind) & set(choices.IDENTITY_PAPERS)

    def test_is_the_one_that_evidence_uses(self) -> None:
        assert set(choices.CATEGORIES) == set(works.CATEGORIES)
        assert tuple(choices.NATURES) == works.NATURES


class TestParse:
    def test_a_whole_form_comes_back_as_it_went_in(self) -> None:
        assert parse(filled()).plain() == filled()
        assert parse(parse(filled()).plain()) == parse(filled())

    def test_the_earliest_day_of_evidence_is_the_earliest_here(self) -> None:
        assert parse({"completion_date": f"{EARLIEST}"}).completion_date == f"{EARLIEST}"

    def test_an_empty_draft_is_a_draft(self) -> None:
        assert parse({}) == Form()

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"colour": "red"}, "colour"),
            ({"category": "sculpture"}, "category"),
            ({"category": ["music"]}, "category"),
            ({"title": " "}, "title"),
            ({"title": "x" * 101}, "title"),
            ({"title": "a\u202eb"}, "title"),
            ({"title": 7}, "title"),
            ({"completion_date": "2026-02-30"}, "completion_date"),
            ({"completion_date": "20260301"}, "completion_date"),
            ({"completion_date": 20260301}, "completion_date"),
            ({"completion_date": "0001-01-01"}, "completion_date"),
            ({"completion_date": f"{EARLIEST - timedelta(days=1)}"}, "completion_date"),
            ({"published": "yes"}, "published"),
            ({"series_pieces": 0}, "series_pieces"),
            ({"series_pieces": True}, "series_pieces"),
            ({"owners": {}}, "owners"),
            ({"owners": [{"name": "甲"}] * 51}, "owners"),
            ({"owners": [{"kind": "ghost"}]}, "owners[0].kind"),
            ({"owners": [{"place": {"planet": "x"}}]}, "owners[0].place.planet"),
            ({"owners": [{"name": "甲"}, {"name": "甲"}]}, "owners[1]"),
            ({"held_rights": ["rental", "rental"]}, "held_rights"),
            ({"held_rights": ["rental", "sleep"]}, "held_rights[1]"),
            ({"kept": {"paper": "stone"}}, "kept.paper"),
            ({"owners": [{"paper_number": "x"}]}, "owners[0].paper_number"),
        ],
    )
    def test_a_bad_value_is_refused_by_its_path(self, changed: dict[str, Any], field: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            form(**changed)
        assert caught.value.field == field

    def test_a_refusal_never_repeats_the_value(self) -> None:
        secret = "11010519491231002X"
        for changed in (
            {"owners": [{"kind": secret}]}, {"title": secret * 9}, {"completion_date": secret},
        ):  # fmt: skip
            with pytest.raises(InvalidInput) as caught:
                form(**changed)
            assert secret not in f"{caught.value.message}{caught.value.field}"

    @given(st.sampled_from(sorted(Form.__dataclass_fields__)), JSON)
    def test_any_value_is_read_or_refused(self, name: str, value: object) -> None:
        refused, found = "", Form()
        try:
            found = parse({name: value})
        except InvalidInput as error:
            refused = error.field or "?"
        assert refused.startswith(name) or not refused
        assert parse(found.plain()) == found

    def test_differences_are_named_in_the_order_of_the_form(self) -> None:
        after = form(title="《湖上四日》", ownership="joint", nature="original")
        assert differences(form(), after) == ("title", "ownership")
        assert differences(form(), form()) == ()


class TestGaps:
    def test_a_whole_form_has_none(self) -> None:
        assert gaps(form(), TODAY) == ()
        require_whole(form(), TODAY)

    @pytest.mark.parametrize(
        "name",
        [
            "title", "category", "owners", "authors", "nature", "completion_date", "published",
            "completion_place", "acquisition", "ownership", "rights", "filed_by", "applicant",
            "kept", "machine_help",
        ],
    )  # fmt: skip
    def test_each_required_field_is_missed(self, name: str) -> None:
        without = {key: value for key, value in filled().items() if key != name}
        assert name in [gap.field for gap in gaps(parse(without), TODAY)]
        with pytest.raises(InvalidInput) as caught:
            require_whole(parse(without), TODAY)
        assert caught.value.field == name

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"category": "other"}, "category_note"),
            ({"nature": "translation"}, "nature_note"),
            ({"acquisition": "inheritance"}, "acquisition_note"),
            ({"rights": "part"}, "held_rights"),
            ({"filed_by": "agent"}, "agent"),
            ({"filed_by": "agent", "agent": {"name": "丙"}}, "agent.mobile"),
            ({"agent": {"name": "丙"}}, "agent"),
            ({"machine_help": {"used": True}}, "machine_help.human_contribution"),
            ({"machine_help": {"tools": "x"}}, "machine_help.used"),
            ({"published": True}, "first_published_on"),
            ({"published": True, "first_published_place": {"country": "CN"}},
             "first_published_place.city"),
            ({"first_published_on": "2026-04-01"}, "first_published_on"),
            ({"completion_date": "2026-06-02"}, "completion_date"),
            ({"category": "software"}, "form"),
            ({"form": "software"}, "software"),
            ({"kept": {"electronic_note": "x"}}, "kept.electronic"),
            ({"kept": {"paper": "print"}}, "kept.paper_count"),
            ({"kept": {"electronic": "other", "electronic_count": 1}}, "kept.electronic_note"),
            ({"owners": [{"name": "甲"}]}, "owners[0].kind"),
            ({"authors": [{"name": "甲", "signature": "pen_name"}]}, "authors[0].signature_text"),
        ],
    )  # fmt: skip
    def test_what_one_answer_makes_necessary_is_missed(
        self, changed: dict[str, Any], field: str
    ) -> None:
        found = gaps(form(**changed), TODAY)
        assert field in [gap.field for gap in found]
        assert all(gap.remedy.zh and gap.remedy.en for gap in found)

    def test_a_right_of_works_is_none_of_software(self) -> None:
        said = {"rights": "part", "held_rights": ["rental", "filming"]}
        fields = [gap.field for gap in gaps(form(**said, form="software"), TODAY)]
        assert [name for name in fields if name.startswith("held")] == ["held_rights[1]"]
        assert gaps(form(**said), TODAY) == ()

    def test_a_work_may_be_finished_on_the_day_it_is_filed(self) -> None:
        assert gaps(form(completion_date=TODAY.isoformat()), TODAY) == ()


class TestWarnings:
    def test_an_ordinary_form_earns_none(self) -> None:
        assert warnings(form()) == ()
        assert warnings(Form()) == ()

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"rights": "part", "held_rights": ["rental"]}, "held_rights"),
            ({"rights": "part", "held_rights": ["exhibition"], "category": "text"}, "held_rights"),
            ({"rights": "part", "held_rights": ["projection"], "category": "text"}, "held_rights"),
            ({"acquisition": "inheritance"}, "rights"),
            ({"acquisition": "succession", "rights": "part", "held_rights": ["integrity"]},
             "rights"),
            ({"ownership": "employment", "special_employment": True}, "rights"),
            ({"published": True, "first_published_on": "2026-02-01"}, "first_published_on"),
            ({"ownership": "joint"}, "authors"),
            ({"ownership": "legal_entity"}, "owners"),
            ({"owners": [{"name": "乙社", "kind": "enterprise"}]}, "ownership"),
            ({"owners": [{"name": "乙", "kind": "natural_person"}]}, "owners"),
            ({"title": "《绘画教程》"}, "title"),
        ],
    )  # fmt: skip
    def test_the_unlikely_is_pointed_at(self, changed: dict[str, Any], field: str) -> None:
        assert field in [each.field for each in warnings(form(**changed))]

    @pytest.mark.parametrize(
        "changed",
        [
            {"rights": "part", "held_rights": ["exhibition", "projection"]},
            {"rights": "part", "held_rights": ["rental"], "category": "audiovisual"},
            {"acquisition": "inheritance", "rights": "part", "held_rights": ["reproduction"]},
            {"ownership": "employment", "special_employment": False},
        ],
    )
    def test_the_likely_is_not(self, changed: dict[str, Any]) -> None:
        assert "rights" not in [
            each.field.removeprefix("held_") for each in warnings(form(**changed))
        ]

    def test_a_warning_refuses_nothing(self) -> None:
        unlikely = form(rights="part", held_rights=["rental"], title="作品")
        assert warnings(unlikely)
        require_whole(unlikely, TODAY)


def test_an_unknown_field_is_answered_with_those_there_are() -> None:
    with pytest.raises(InvalidInput, match="electronic, electronic_count") as refused:
        parse({"kept": {"display": 1}})
    assert refused.value.field == "kept.display"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"applicant": {"name": "甲", "mobile": "1"}}, "applicant.mobile"),
        ({"applicant": {"name": "甲", "mobile": "a@b.cn"}}, "applicant.mobile"),
        ({"applicant": {"name": "甲", "mobile": "13800000000", "email": "x"}}, "applicant.email"),
        (
            {"applicant": {"name": "甲", "mobile": "13800000000", "telephone": "8888"}},
            "applicant.telephone",
        ),
        ({"handler": {"name": "乙", "mobile": "123"}}, "handler.mobile"),
        ({"delivery": {"way": "post", "mobile": "123"}}, "delivery.mobile"),
        ({"completion_place": {"country": "China", "city": "x"}}, "completion_place.country"),
        ({"completion_place": {"country": "cn", "city": "x"}}, "completion_place.country"),
        (
            {"completion_place": {"country": "CN", "province": "999999", "city": "x"}},
            "completion_place.province",
        ),
    ],
)
def test_what_cannot_be_reached_or_found_is_not_submitted(
    changed: dict[str, Any], field: str
) -> None:
    try:
        found = [each.field for each in gaps(form(**changed), date(2026, 4, 1))]
    except InvalidInput as refused:  # longer than its field is
        found = [refused.field or ""]
    assert field in found


def test_somebody_abroad_is_reached_too() -> None:
    applicant = {"name": "甲", "mobile": "+852 9123 4567", "email": "a@b.example"}
    assert gaps(form(applicant=applicant), date(2026, 4, 1)) == ()

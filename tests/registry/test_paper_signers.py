"""The papers of an application: who signs each one, and what keeps a signature good."""

from dataclasses import replace

import pytest

from registry.form import parse
from registry.paperwork import compose, papers_to_sign
from tests.registry.cases import case, crowded, full
from tests.registry.forms import filled, form
from tests.registry.reading import drawable, signers

pytestmark = pytest.mark.unit


class TestWhoSigns:
    def test_owner_and_author_in_one_sign_once(self) -> None:
        found = signers(compose(case(), "creation_statement"))
        assert [(s.role, s.index) for s in found] == [("owner", 0)]

    def test_an_author_who_owns_nothing_signs_where_the_office_lets_authors_sign(self) -> None:
        other = form(authors=[{"name": "乙", "signature": "real_name"}])
        found = signers(compose(case("zhejiang", other), "creation_statement"))
        assert [(s.role, s.index, s.name) for s in found] == [
            ("owner", 0, "甲"),
            ("author", 0, "乙"),
        ]
        found = signers(compose(case("national", other), "creation_statement"))
        assert [s.role for s in found] == ["owner"]

    def test_a_unit_seals(self) -> None:
        owner = {**filled()["owners"][0], "kind": "enterprise"}
        assert signers(compose(case(said=form(owners=[owner])), "pledge"))[0].seal

    def test_every_owner_has_a_place_and_a_minor_is_told(self) -> None:
        found = signers(compose(full(owners=5), "pledge"))
        assert [s.index for s in found] == [0, 1, 2, 3, 4]
        assert "监护人" in found[0].label[0]
        assert "监护人" not in found[1].label[0]

    def test_an_agent_signs_only_when_one_files(self) -> None:
        assert [s.role for s in signers(compose(case(), "application_form"))] == ["owner"]
        found = signers(compose(full("national", 1), "application_form"))
        assert [s.role for s in found] == ["owner", "agent"]

    def test_what_is_signed_on_paper_has_a_place_for_the_day(self) -> None:
        assert all(s.dated for s in signers(compose(case("shandong"), "pledge")))
        assert not any(s.dated for s in signers(compose(case("zhejiang"), "pledge")))

    def test_what_nobody_signs_has_no_places(self) -> None:
        assert not signers(compose(case("shandong"), "creation_statement"))

    def test_the_employer_confirms_that_a_work_is_not_one_of_employment(self) -> None:
        found = signers(compose(case("shandong"), "not_employment_proof"))
        assert [(s.role, s.seal) for s in found] == [("employer", True), ("author", False)]

    @pytest.mark.parametrize("code", ["joint_agreement", "commission_contract"])
    def test_what_is_printed_and_uploaded_is_signed_by_hand_by_all(self, code: str) -> None:
        other = form(authors=[{"name": "乙", "signature": "real_name"}])
        found = signers(compose(case("national", other), code))
        assert [(s.role, s.dated) for s in found] == [("owner", True), ("author", True)]

    def test_what_is_uploaded_is_not_signed_on_line(self) -> None:
        owner = {**filled()["owners"][0], "kind": "enterprise"}
        of = case("national", form(owners=[owner]))
        assert "handler_authorisation" in of.profile.documents
        assert "handler_authorisation" not in papers_to_sign(of)

    def test_the_papers_signed_on_line_follow_the_profile(self) -> None:
        assert papers_to_sign(case("zhejiang")) == (
            "application_form", "creation_statement", "ownership_statement", "pledge",
        )  # fmt: skip
        assert "power_of_attorney" in papers_to_sign(full("national"))
        for office in ("tianjin", "shandong"):
            assert papers_to_sign(case(office)) == ()


class TestKeepingSignatures:
    def test_a_paper_changes_only_with_what_it_says(self) -> None:
        before = case()
        after = case(said=form(completion_place={"country": "CN", "city": "别处"}, extent="很长"))
        assert compose(before, "ownership_statement") == compose(after, "ownership_statement")
        assert compose(before, "application_form") != compose(after, "application_form")

    @pytest.mark.parametrize("code", drawable(case("zhejiang")))
    def test_the_same_case_gives_the_same_digest(self, code: str) -> None:
        assert compose(case(), code).digest == compose(case(), code).digest

    def test_another_evidence_changes_the_pledge(self) -> None:
        assert compose(full(), "pledge") != compose(replace(full(), files=()), "pledge")

    @pytest.mark.parametrize("name", sorted(crowded(1).keys() - {"form"}))
    def test_every_field_of_the_form_changes_the_application_form(self, name: str) -> None:
        whole = crowded(2)
        without = parse({key: value for key, value in whole.items() if key != name})
        one, other = case(said=parse(whole)), case(said=without)
        assert compose(one, "application_form") != compose(other, "application_form")

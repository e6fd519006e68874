"""Documents: for every combination a complete, explained list, in every office."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import choices
from registry.asking import documents_for, facts_of
from registry.form import Author, Form, Owner, Place, parse
from registry.offices import shipped
from registry.profile import Profile
from registry.rules import Facts, combinations, missing_proofs, owed, required_documents
from tests.registry.offices import lake

PROFILES = [*shipped().values(), lake()]
BY_PREFIX = {each.numbering.prefix[0]: each for each in PROFILES}

FACTS = st.builds(
    Facts,
    ownership=st.sampled_from(list(choices.OWNERSHIPS)),
    nature=st.sampled_from(list(choices.NATURES)),
    acquisition=st.sampled_from(list(choices.ACQUISITIONS)),
    applicant=st.sampled_from(list(choices.APPLICANT_KINDS)),
    residence=st.sampled_from(list(choices.RESIDENCES)),
    represented=st.booleans(),
    minor=st.booleans(),
    published=st.booleans(),
    employed=st.sampled_from([None, True, False]),
    author_is_owner=st.booleans(),
)


def declarable(profile: Profile, facts: Facts) -> Facts:
    """The nearest facts that this office lets anybody declare."""
    return replace(
        facts,
        represented=facts.represented and profile.filing.agents != "none",
        minor=facts.minor and profile.filing.minors == "guardian",
    )


@pytest.mark.parametrize("profile", PROFILES, ids=lambda each: each.key)
class TestEveryCombination:
    @given(facts=FACTS)
    def test_has_a_complete_and_explained_list(self, profile: Profile, facts: Facts) -> None:
        facts = declarable(profile, facts)
        asked = required_documents(profile, facts)
        assert missing_proofs(profile, facts) == ()
        for each in asked:
            assert each.because.zh.startswith(each.document.why.zh)
            assert each.because.en.startswith(each.document.why.en)
            if each.document.when:
                assert "因为" in each.because.zh
                assert "because" in each.because.en
        needs = [each.needed for each in asked]
        assert needs == sorted(needs, reverse=True)
        assert len({each.code for each in asked}) == len(asked)

    def test_is_looked_at_when_the_profile_is_read(self, profile: Profile) -> None:
        seen = list(combinations(profile))
        assert len(set(seen)) == len(seen)
        modes = {(each.ownership, each.nature, each.acquisition) for each in seen}
        assert len(modes) == 5 * 7 * 4
        assert {each.form for each in seen} == set(profile.forms)

    def test_without_any_one_proof_would_be_noticed(self, profile: Profile) -> None:
        every = {proof for facts in combinations(profile) for proof in owed(profile.filing, facts)}
        for proof in every:
            documents = {
                code: replace(each, proves=tuple(one for one in each.proves if one != proof))
                for code, each in profile.documents.items()
            }
            poorer = replace(profile, documents=documents)
            assert any(proof in missing_proofs(poorer, facts) for facts in combinations(profile)), (
                proof
            )


def codes(prefix: str, facts: Facts) -> set[str]:
    return {each.code for each in required_documents(BY_PREFIX[prefix], facts)}


class TestReasons:
    def test_a_joint_work_says_why_its_agreement_is_asked(self) -> None:
        asked = required_documents(BY_PREFIX["浙"], Facts(ownership="joint"))
        (agreement,) = [each for each in asked if each.code == "joint_agreement"]
        assert agreement.because.zh.endswith("(因为:权利归属方式为合作作品)")
        assert agreement.because.en.endswith("(because: mode of ownership: a joint work)")

    def test_either_of_two_conditions_brings_a_paper_in(self) -> None:
        joint = Facts(ownership="joint", published=True)
        assert "joint" in codes("湖", joint)
        assert "joint" in codes("湖", Facts(nature="other"))
        assert "joint" not in codes("湖", replace(joint, published=False))

    def test_a_person_from_outside_shows_residence_and_a_company_does_not(self) -> None:
        person = Facts(residence="outside")
        assert "residence_proof" in codes("浙", person)
        assert "residence_permit" in codes("鲁", person)
        assert "residence_proof" not in codes("浙", replace(person, applicant="organisation"))
        assert "residence_proof" not in codes("浙", Facts())

    def test_employment_decides_which_proof_is_asked_and_unknown_names_both(self) -> None:
        both = {"not_employment_pledge", "not_employment_proof"}
        assert codes("鲁", Facts(employed=False)) & both == {"not_employment_pledge"}
        assert codes("鲁", Facts(employed=True)) & both == {"not_employment_proof"}
        assert codes("鲁", Facts()) & both == both

    def test_software_asks_for_source_and_document(self) -> None:
        software = codes("国", Facts(form="software", category="software"))
        assert {"source_code", "software_document"} <= software
        assert not {"source_code", "sample"} <= software


class TestFromTheForm:
    def test_an_empty_form_is_the_simplest_case(self) -> None:
        assert facts_of(Form(), "120000") == (Facts(),)

    @pytest.mark.parametrize(
        ("place", "area", "residence"),
        [
            (Place(country="CN", province="120105"), "120000", "inside"),
            (Place(country="CN", province="330000"), "120000", "outside"),
            (Place(country="CN", province="330000"), "national", "inside"),
            (Place(country="FR", city="Lyon"), "national", "abroad"),
            (Place(country="CN", province="abroad"), "120000", "abroad"),
            (Place(city="x"), "120000", "inside"),
        ],
    )
    def test_residence_is_seen_from_the_office(
        self, place: Place, area: str, residence: str
    ) -> None:
        (facts,) = facts_of(Form(owners=(Owner(name="甲", place=place),)), area)
        assert facts.residence == residence

    def test_owners_of_two_kinds_are_asked_for_the_papers_of_both(self) -> None:
        form = parse(
            {
                "owners": [
                    {"name": "甲", "kind": "natural_person", "place": {"province": "110000"}},
                    {"name": "乙社", "kind": "enterprise", "place": {"province": "330000"}},
                ],
                "ownership": "joint",
            }
        )
        profile = BY_PREFIX["浙"]
        asked = [each.code for each in documents_for(profile, form, profile.area)]
        assert {"residence_proof", "handler_identity", "joint_agreement"} <= set(asked)
        assert len(asked) == len(set(asked))

    def test_one_employed_author_counts(self) -> None:
        authors = (Author(name="甲", employed=False), Author(name="乙", employed=True))
        (facts,) = facts_of(Form(authors=authors), "370000")
        assert facts.employed is True

    def test_an_owner_who_is_no_author_is_noticed(self) -> None:
        form = Form(owners=(Owner(name="乙"),), authors=(Author(name="甲"),))
        assert facts_of(form, "national")[0].author_is_owner is False

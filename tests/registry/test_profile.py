"""Profiles: read whole, refused with key and line, kept as text, and no office needs code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from registry.choices import CATEGORIES
from registry.confirming import unconfirmed, unmarked
from registry.explaining import explain_clock, render
from registry.form import Trading
from registry.offices import shipped
from registry.profile import Profile, parse_profile
from registry.profile_reading import InvalidProfile, Problem
from registry.profile_words import IDENTITY_PAPERS, MINORS, PAYING
from registry.rules import Facts, required_documents
from registry.tables import areas
from tests.registry.offices import LAKE, lake, line_with


def problems(text: str) -> list[Problem]:
    with pytest.raises(InvalidProfile) as caught:
        parse_profile(text, "lake.toml")
    assert caught.value.field == caught.value.problems[0].key
    return list(caught.value.problems)


class TestReading:
    def test_an_invented_office_needs_no_code(self) -> None:
        profile = lake()
        assert profile.letter("photograph") == "P"
        assert profile.numbers.prefix == "湖作登字"
        assert "湖费:7.50 CNY(示例,待确认)" in render(profile)

    def test_says_which_papers_are_personal_and_which_look_like_it(self) -> None:
        assert unmarked(lake()) == ("everything",)
        assert "未标注 personal,任何审查人员无须说明理由即可查阅:everything。" in render(lake())
        told = LAKE.replace('how = ["upload"]', 'how = ["upload"]\npersonal = true', 1)
        marked = parse_profile(told)
        assert unmarked(marked) == ()
        assert "必交:一揽子材料【个人证件,仅办理人说明理由后可查阅】" in render(marked)
        assert "one paper for all [personal: opened by who holds the matter" in render(marked)

    def test_the_text_is_kept_and_gives_the_same_profile_again(self) -> None:
        again = parse_profile(lake().text, "stored")
        assert again == lake()
        assert again.digest == lake().digest

    def test_another_text_is_another_edition(self) -> None:
        assert parse_profile(LAKE + "\n# a remark\n").digest != lake().digest

    @pytest.mark.parametrize(
        ("old", "new", "key", "at"),
        [
            ('agents = "none"', 'agents = "all"', "filing.agents", "agents"),
            ("version = 3", 'version = "3"', "version", "version"),
            ("version = 3", "version = true", "version", "version"),
            ("version = 3", "version = 0", "version", "version"),
            ("schema = 1", "schema = 2", "schema", "schema"),
            ('area = "990000"', 'area = "99"', "area", "area"),
            ('key = "lake"', 'key = "La ke"', "key", "key"),
            ("width = 6", "width = 40", "numbering.width", "width"),
            ('photograph = "P"', 'photograph = "PP"', "numbering.letters.photograph",
             'photograph = "PP"'),
            ('amount = "7.50"', "amount = 7.5", "fees.items.lake.amount", "amount = 7.5"),
            ('amount = "7.50"', 'amount = "7.505"', "fees.items.lake.amount", "amount"),
            ('amount = "7.50"', 'amount = "1e999999"', "fees.items.lake.amount", "amount"),
            ('amount = "7.50"', 'amount = "-1.00"', "fees.items.lake.amount", "amount"),
            ("most = 9", "most = 0", "batch.most", "most"),
            ('area = "990000"', 'area = "990000"\nmost_bytes = { pdf = 0 }', "most_bytes.pdf",
             "most_bytes"),
            ('area = "990000"', 'area = "990000"\nmost_bytes = { PDF = 9 }', "most_bytes",
             "most_bytes"),
            ("amount = 5", "amount = -5", "clocks[0].amount", "amount = -5"),
            ("amount = 2", "amount = 0", "clocks[1].amount", "amount = 0"),
            ('purpose = "correction"', 'purpose = "examination"', "clocks[1].purpose",
             "purpose"),
            ('search = ["number"]', 'serch = ["number"]', "notice.serch", "serch"),
            ('how = ["upload"]', "how = []", "documents.everything.how", "how"),
            ('how = ["upload"]\nproves = ["ownership"]',
             'how = ["online"]\npersonal = true\nproves = ["ownership"]',
             "documents.joint.personal", "personal"),
            ('ownership = ["joint"]', 'ownership = ["joined"]',
             "documents.joint.when[0].ownership", "when"),
            ('foot = { zh = "湖", en', 'foot = { zh = " ", en', "certificate.foot.zh", "foot"),
            ('seen = { zh = "看过"', 'seen = { cn = "看过"', "stages[1].checklist.seen.cn", "seen"),
            ('due = "before_acceptance"', 'due = "never"', "fees.items", "[fees.items.lake]"),
            ('agency = "none"', 'agency = "chosen"', "filing.agency", "agency"),
            ('categories = ["photograph"', 'categories = ["photo"', "categories", "categories"),
            ('forms = ["work"]', 'forms = ["work", "software"]', "forms", "forms"),
            ('at_end = "lapse"', 'at_end = "overdue"', "clocks[1].at_end", "at_end"),
            ('at_end = "overdue"', 'at_end = "lapse"', "clocks[0].at_end", "at_end"),
        ],
    )  # fmt: skip
    def test_an_error_names_key_and_line(self, old: str, new: str, key: str, at: str) -> None:
        assert old in LAKE
        text = LAKE.replace(old, new, 1)
        found = {problem.key: problem for problem in problems(text)}
        assert key in found
        assert text.splitlines()[found[key].line - 1].startswith(at)

    @pytest.mark.parametrize("line", ["2027-P = 5", "27 = 5", "2027-SR = 5", "2027 = 0",
                                      "2027 = 1000000"])  # fmt: skip
    def test_a_first_serial_that_no_series_has_names_key_and_line(self, line: str) -> None:
        text = LAKE.replace(
            "[numbering.letters]", f"[numbering.first]\n{line}\n[numbering.letters]"
        )
        (found,) = problems(text)
        assert found.key == f"numbering.first.{line.split(maxsplit=1)[0]}"
        assert text.splitlines()[found.line - 1] == line

    def test_a_first_serial_is_said_back(self) -> None:
        text = LAKE.replace(
            "[numbering.letters]", "[numbering.first]\n2027 = 12\n[numbering.letters]"
        )
        profile = parse_profile(text)
        assert [profile.first_serial(each) for each in ("2027", "2028")] == [12, 1]
        assert "2027 号段自 12 起。" in render(profile)

    def test_without_a_first_examination_two_persons_could_not_decide(self) -> None:
        head, rest = LAKE.split("[[stages]]", 1)
        text = f"{head}[[stages]]{rest.split('[[stages]]', 1)[1]}"
        (found,) = problems(text)
        assert found.key == "stages"
        assert text.splitlines()[found.line - 1] == "[[stages]]"

    def test_software_has_a_certificate_of_its_own_where_it_is_taken(self) -> None:
        text = LAKE.replace("[notice]", '[certificate.software]\nseal = "软件章"\n\n[notice]')
        (found,) = problems(text)
        assert text.splitlines()[found.line - 1] == "[certificate.software]"
        national = shipped()["national"]
        assert national.certificate.foot_of("software") is None
        assert "统一监制" in str(national.certificate.foot_of("work"))
        assert "certificate.software" in unconfirmed(national)

    def test_a_missing_part_is_named(self) -> None:
        text = LAKE.replace("[delivery]\nelectronic = true\n", "")
        assert [each.key for each in problems(text)] == ["delivery"]

    def test_everything_wrong_is_named_at_once(self) -> None:
        text = LAKE.replace("width = 6", "width = 'six'").replace('how = ["upload"]', "how = 1")
        assert [each.key for each in problems(text)] == [
            "documents.everything.how", "documents.joint.how", "numbering.width",
        ]  # fmt: skip

    def test_a_typing_error_gets_a_suggestion(self) -> None:
        found = problems(LAKE.replace("verification =", "verificaton ="))
        assert {each.key: "did you mean: verification" in each.said for each in found} == {
            "filing.verificaton": True, "filing.verification": False,
        }  # fmt: skip

    def test_broken_toml_names_its_line(self) -> None:
        text = LAKE.replace("width = 6", "width = = 6")
        assert [each.line for each in problems(text)] == [line_with(text, "width")]

    def test_a_key_given_twice_names_its_line(self) -> None:
        text = LAKE.replace("width = 6", "width = 6\nwidth = 7")
        assert [each.line for each in problems(text)] == [line_with(text, "width = 7")]

    def test_too_long_and_too_deep_are_refused(self) -> None:
        assert problems("#" * 300_000)[0].key == "file"
        assert problems("a = " + "[" * 50_000)[0].key == "file"

    @given(st.text(max_size=200))
    def test_any_text_is_read_or_refused(self, text: str) -> None:
        with pytest.raises(InvalidProfile):
            parse_profile(text)

    @given(st.data())
    def test_a_damaged_profile_is_read_or_refused(self, data: st.DataObject) -> None:
        lines = LAKE.splitlines()
        at = data.draw(st.integers(0, len(lines) - 1))
        lines[at] = data.draw(st.sampled_from(["", "x = 1", '"', "]", lines[at] * 2]))
        found: tuple[Problem, ...] = ()
        try:
            parse_profile("\n".join(lines))
        except InvalidProfile as error:
            found = error.problems
        assert all(1 <= each.line <= len(lines) for each in found)


class TestCompleteness:
    def test_a_combination_without_its_proof_is_refused(self) -> None:
        text = LAKE.replace(', "nature", "acquisition"]', ', "nature"]')
        found = problems(text)
        assert [each.key for each in found] == ["documents"]
        assert "acquisition" in found[0].said

    def test_an_optional_paper_proves_nothing(self) -> None:
        text = LAKE.replace('needed = "required"', 'needed = "optional"', 1)
        assert {each.key for each in problems(text)} == {"documents"}

    def test_persons_from_outside_are_asked_where_the_office_says_so(self) -> None:
        found = problems(LAKE.replace('area_rule = "anywhere"', 'area_rule = "proof"'))
        assert any("residence" in each.said for each in found)


class TestPapersOfIdentity:
    """`identity_papers`: whatever paper is not on file, a document asks for it."""

    @pytest.mark.parametrize(
        ("papers", "key", "said"),
        [
            ('["id_front", "id_back"]', "documents", "licence"),
            ('["holding"]', "documents.everything.identity_papers", "holding"),
        ],
    )
    def test_one_that_no_document_stands_for_is_refused(
        self, papers: str, key: str, said: str
    ) -> None:
        head, part, tail = LAKE.partition("[documents.everything]\n")
        found = problems(f"{head}{part}identity_papers = {papers}\n{tail}")
        assert any(each.key == key and said in each.said for each in found)

    def test_only_what_proves_identity_stands_for_one(self) -> None:
        head, joint, tail = LAKE.partition("[documents.joint]\n")
        found = problems(f'{head}{joint}identity_papers = ["licence"]\n{tail}')
        assert [each.key for each in found] == ["documents.joint.identity_papers"]

    def test_all_of_them_together_are_right(self) -> None:
        papers = 'identity_papers = ["id_front", "id_back", "licence"]\n'
        head, part, tail = LAKE.partition("[documents.everything]\n")
        assert parse_profile(f"{head}{part}{papers}{tail}", "lake.toml").key == "lake"


class TestChoosing:
    def test_an_office_without_agencies_takes_none(self) -> None:
        lake().require_agency(None)
        with pytest.raises(InvalidInput):
            lake().require_agency("pond")

    def test_a_category_the_office_does_not_take_is_refused(self) -> None:
        lake().require_category("photograph")
        with pytest.raises(InvalidInput, match="photograph"):
            lake().require_category("music")

    def test_a_clock_is_found_by_purpose_and_form(self) -> None:
        with_software = [each for each in shipped().values() if "software" in each.forms]
        assert with_software
        for profile in with_software:
            work, software = profile.clock("correction"), profile.clock("correction", "software")
            assert work is not None
            assert software is not None
            assert (work.amount, work.unit) != (software.amount, software.unit)
        assert lake().clock("progress") is None


@pytest.mark.parametrize("profile", shipped().values(), ids=lambda each: each.key)
class TestShipped:
    def test_explains_itself_in_both_languages(self, profile: Profile) -> None:
        said = render(profile)
        assert profile.name.zh in said
        assert profile.name.en in said

    def test_says_all_that_an_applicant_meets(self, profile: Profile) -> None:
        """Samples with their limits, papers of identity, passwords, minors, ways to pay, texts."""
        said, filing = render(profile), profile.filing
        for category, sample in profile.samples.items():
            line = next(each for each in said.splitlines() if each.startswith(
                f"样本({CATEGORIES[category].zh}):{sample.what.zh}"
            ))  # fmt: skip
            assert (f"不低于 {sample.least_dpi} dpi" in line) == (sample.least_dpi is not None)
            assert ("单个文件至多" in line) == (sample.most_bytes is not None)
            assert all(each in line for each in sample.formats)
        for paper in (*filing.person_papers, *filing.body_papers):
            assert IDENTITY_PAPERS[paper].zh in said
            assert IDENTITY_PAPERS[paper].en in said
        assert MINORS[filing.minors].zh in said
        assert ("须输入交易密码" in said) == filing.transaction_password
        assert ("在版权交易页面展示" in said) == filing.trading_consent
        assert ("软件登记号:年 + SR + 7 位序号" in said) == ("software" in profile.forms)
        assert all(PAYING[way].zh in said for way in profile.fees.ways)
        for key, words in (profile.texts or {}).items():
            assert f"用语 {key}:{words.zh}" in said
            assert f"Text {key}: {words.en}" in said

    def test_marks_every_uploaded_paper_of_a_person(self, profile: Profile) -> None:
        """T49: also the card of an agent, which proves authority."""
        assert unmarked(profile) == ()
        cards = {code for code, each in profile.documents.items()
                 if "身份证" in each.name.zh or code.endswith("_identity")}  # fmt: skip
        assert cards
        assert {code for code in cards if not profile.documents[code].personal} == set()

    def test_lists_what_must_be_confirmed(self, profile: Profile) -> None:
        assert "numbering.letters.drama" in unconfirmed(profile)
        assert "numbering.letters.fine_art" not in unconfirmed(profile)

    def test_has_its_area_and_prefix_in_the_table(self, profile: Profile) -> None:
        area = areas()[profile.numbering.prefix.removesuffix("作登字")]
        assert area.code == profile.area

    def test_has_an_own_key(self, profile: Profile) -> None:
        assert shipped()[profile.key] is profile


class TestManuals:
    """What the four manuals say in figures, so that a change of data is a decision."""

    def by_prefix(self, prefix: str) -> Profile:
        return next(each for each in shipped().values() if each.numbering.prefix[0] == prefix)

    def test_four_agencies_are_chosen_from(self) -> None:
        profile = self.by_prefix("津")
        agencies = profile.agencies or {}
        assert len(agencies) == 4
        told = {key: (each.address, each.telephone) for key, each in agencies.items()}
        assert [key for key, both in told.items() if None in both] == ["youth"]
        assert told["exchange"][1] == "022-58683130"
        assert told["zhengyuan"][1] == "022-58676389"
        assert told["publishing"][1] == "022-27862199"
        profile.require_agency("exchange")
        with pytest.raises(InvalidInput) as caught:
            profile.require_agency(None)
        assert caught.value.field == "agency"

    def test_four_papers_are_obligatory_and_an_agent_brings_two_more(self) -> None:
        profile = self.by_prefix("津")

        def required(facts: Facts) -> set[str]:
            asked = required_documents(profile, facts)
            return {each.code for each in asked if each.needed == "required"}

        own = required(Facts())
        assert own == {
            "application_form", "creation_statement", "ownership_statement", "pledge", "identity",
            "sample",
        }  # fmt: skip
        assert required(Facts(represented=True)) - own == {"power_of_attorney", "agent_identity"}
        assert profile.documents["outside_pledge"].needed == "optional"
        assert profile.documents["other"].needed == "optional"

    def test_thirty_working_days_three_months_and_a_refund(self) -> None:
        profile = self.by_prefix("浙")
        examination, correction = profile.clock("examination"), profile.clock("correction")
        assert examination is not None
        assert (examination.amount, examination.unit) == (30, "working_days")
        assert examination.restarts == ("resubmission",)
        assert correction is not None
        assert (correction.amount, correction.unit, correction.at_end) == (3, "months", "lapse")
        assert [str(fee.amount) for fee in (profile.fees.items or {}).values()] == ["150.00"]
        assert profile.fees.refund_on_refusal
        assert profile.signing.order == "sequential"
        assert "software" not in profile.forms

    def test_software_has_its_own_terms_and_costs_nothing(self) -> None:
        profile = self.by_prefix("国")
        terms = {
            (purpose, form): (clock.amount, clock.unit)
            for purpose in ("examination", "correction")
            for form in profile.forms
            if (clock := profile.clock(purpose, form)) is not None
        }
        assert terms == {
            ("examination", "work"): (30, "working_days"),
            ("examination", "software"): (60, "days"),
            ("correction", "work"): (2, "months"),
            ("correction", "software"): (30, "days"),
        }
        assert not any("software" in fee.form for fee in (profile.fees.items or {}).values())
        assert profile.batch.dedicated_from == 50
        assert profile.batch.accounts == ("organisation",)

    def test_paid_evidence_waives_the_fee(self) -> None:
        assert [each.ground for each in self.by_prefix("鲁").fees.waivers] == ["evidence_paid"]


class TestTradingAndWatermarks:
    def test_consent_to_the_trading_page_is_asked_only_where_there_is_one(self) -> None:
        """TJ-107, TJ-109."""
        tianjin, zhejiang = shipped()["tianjin"], shipped()["zhejiang"]
        for said in (None, Trading(consent=True, information="愿许可"), Trading(consent=False)):
            tianjin.require_trading(said)
        with pytest.raises(InvalidInput) as refused:
            tianjin.require_trading(Trading(consent=False, information="愿许可"))
        assert refused.value.field == "trading.information"
        with pytest.raises(InvalidInput) as refused:
            zhejiang.require_trading(Trading(consent=True))
        assert refused.value.field == "trading"

    def test_what_the_trading_page_means_is_said(self) -> None:
        """TJ-108."""
        assert "初步意向" in (shipped()["tianjin"].texts or {})["trading"].zh

    def test_an_examiner_confirms_that_a_watermark_fits(self) -> None:
        """ZJ-51."""
        stage = shipped()["zhejiang"].stage("first")
        assert stage is not None
        assert "watermark_fits" in stage.checklist


def test_one_of_a_unit_is_not_said_in_the_plural() -> None:
    said = [explain_clock(clock).en for clock in shipped()["zhejiang"].clocks]
    assert any("on request 1 month more, once;" in each for each in said)
    assert any("3 months from" in each for each in said)

"""What notices say: the matter, the reason, the last day, and how to reach the office."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from certs.paper import Cells, Clauses, Paper, Prose, Table
from certs.paper_pdf import draw
from certs.pdffile import page_text
from registry import notices
from registry.field_names import FIELDS, field_name
from registry.form import Form, parse
from registry.grounds import ground_words, grounds_of
from registry.notices import About, Due, Item
from registry.offices import shipped
from registry.profile import parse_profile
from registry.revocation_lifecycle import revocation_grounds
from registry.words import Words
from tests.registry.cases import crowded
from tests.registry.forms import form
from tests.registry.offices import LAKE

pytestmark = pytest.mark.unit

AT = datetime(2026, 3, 31, 16, 30, tzinfo=UTC)
"""Half past midnight of 1 April at the office."""

ABOUT = About(shipped()["tianjin"], form(), "2345-6789-ABCD", AT, agency="exchange")
DUE = date(2026, 6, 1)
GROUND = Words("依法禁止出版、传播的作品", "forbidden by law")


def every(about: About) -> list[Paper]:
    way = Words("邮寄", "by post")
    ground = next(iter(revocation_grounds(about.form.form).values()))
    return [
        notices.acceptance(about, received_on=date(2026, 3, 30), decide_by=DUE),
        notices.correction(about, [Item("field", "title", "请写明")], "另请", correct_by=DUE),
        notices.refusal(about, GROUND, "说明", refunded=True),
        notices.lapse(about, was_due=DUE),
        notices.withdrawal(about),
        notices.payment(about, [Due(Words("登记费", "fee"), Decimal(150))], pay_by=DUE),
        notices.collection(about, way),
        notices.dispatch(about, way, "SF000"),
        notices.revocation(about, ground, "作者另有其人"),
    ]


def told(paper: Paper) -> str:
    """All sentences and values of a notice."""
    found = []
    for block in paper.blocks:
        match block:
            case Prose(text, english):
                found += [text, english]
            case Clauses(items):
                found += [part for item in items for part in item]
            case Cells(cells):
                found += [cell.value for cell in cells]
            case Table(_, _, rows):
                found += [value for row in rows for value in row]
    return "\n".join(found)


@pytest.mark.parametrize("place", range(len(notices.KINDS)))
class TestEveryNotice:
    def test_is_of_the_kind_it_says(self, place: int) -> None:
        assert every(ABOUT)[place].kind == f"notice_{notices.KINDS[place]}"

    def test_names_matter_work_owner_applicant_office_and_day(self, place: int) -> None:
        paper = every(replace(ABOUT, registration_number="津作登字-2026-G-00000001"))[place]
        assert paper.number == "2345-6789-ABCD"
        for value in ("《湖上三日》", "甲", "津作登字-2026-G-00000001", "2026年4月1日",
                      "天津版权交易中心", "022-58683130"):  # fmt: skip
            assert value in told(paper)

    def test_of_software_calls_it_software(self, place: int) -> None:
        software = replace(ABOUT, form=form(form="software", category="software", title="作品记"))
        paper = every(software)[place]
        labels = [cell.label[0] for b in paper.blocks if isinstance(b, Cells) for cell in b.cells]
        assert "软件名称" in labels
        assert "作品名称" not in labels
        said = told(paper)
        assert "《作品记》" in said
        assert "作品" not in said.replace("作品记", "").replace(GROUND.zh, "")

    def test_has_no_place_for_a_seal_that_nobody_puts_there(self, place: int) -> None:
        made = draw(every(ABOUT)[place])
        assert made.places == ()
        assert "电子签名签发" in page_text(made.data)

    def test_leaves_no_placeholder_and_no_braces(self, place: int) -> None:
        assert "{" not in told(every(ABOUT)[place])

    def test_gives_the_same_bytes_twice(self, place: int) -> None:
        assert draw(every(ABOUT)[place]) == draw(every(ABOUT)[place])

    @pytest.mark.parametrize("said", [Form(), parse(crowded(30))])
    def test_can_be_drawn_for_an_empty_and_for_a_crowded_form(self, place: int, said: Form) -> None:
        for office in shipped().values():
            text = page_text(draw(every(replace(ABOUT, profile=office, form=said))[place]).data)
            assert "样本 SAMPLE" in text


class TestAcceptance:
    def test_says_when_it_came_and_when_it_will_be_examined(self) -> None:
        text = told(every(ABOUT)[0])
        assert "您于2026年3月30日提交" in text
        assert "审查期限至2026年6月1日" in text

    def test_promises_no_day_that_the_office_has_not_set(self) -> None:
        paper = notices.acceptance(ABOUT, received_on=date(2026, 3, 30))
        assert "审查期限" not in told(paper)


class TestRevocation:
    @pytest.mark.parametrize("kind", ["work", "software"])
    def test_names_the_rule_of_its_form_and_the_ground(self, kind: str) -> None:
        for key, ground in revocation_grounds(kind).items():
            about = replace(ABOUT, form=replace(ABOUT.form, form=kind))
            text = told(notices.revocation(about, ground, "见判决书"))
            assert f"理由:{ground.words.zh}。" in text
            assert "见判决书" in text
            named = {"work": "试行办法》第六条", "software": "软件著作权登记办法》第二十三条"}[kind]
            # Which article speaks of an applicant's wish about software is not confirmed.
            assert (named in text) is ((kind, key) != ("software", "requested"))


class TestCorrection:
    def test_names_each_field_and_document_with_its_reason_and_the_last_day(self) -> None:
        items = [
            Item("field", "owners[1].kind", "类别有误"),
            Item("document", "pledge", "缺签名"),
            Item("document", "gone", "旧材料"),
        ]
        paper = notices.correction(ABOUT, items, correct_by=DUE)
        rows = next(b for b in paper.blocks if isinstance(b, Table)).rows
        assert rows == (
            ("1", "著作权人 / owners", "类别有误"),
            ("2", str(ABOUT.profile.documents["pledge"].name), "缺签名"),
            ("3", "gone", "旧材料"),
        )
        assert "请在2026年6月1日(含当日)前补正" in told(paper)

    def test_every_field_of_the_form_has_a_name(self) -> None:
        assert set(Form.__dataclass_fields__) <= set(FIELDS)
        assert field_name("completion_place.city").zh == "创作完成地点"


class TestRefusal:
    @pytest.mark.parametrize(
        "ground", [key for form in ("work", "software") for key in grounds_of(form)]
    )
    def test_names_the_ground(self, ground: str) -> None:
        words = ground_words(ground)
        assert words.zh in told(notices.refusal(ABOUT, words))

    def test_of_software_rests_on_the_measure_for_software(self) -> None:
        software = replace(ABOUT, form=form(form="software", category="software"))
        assert "计算机软件著作权登记办法" in told(notices.refusal(software, GROUND))
        assert "作品自愿登记试行办法" not in told(notices.refusal(software, GROUND))

    def test_speaks_of_a_refund_only_where_there_is_one(self) -> None:
        assert "退还" in told(notices.refusal(ABOUT, GROUND, refunded=True))
        assert "退还" not in told(notices.refusal(ABOUT, GROUND))


class TestPayment:
    def test_adds_up(self) -> None:
        lines = [Due(Words("登记费", "fee"), Decimal("150.10")), Due(Words("加急", "urgent"),
                                                                Decimal("99.90"))]  # fmt: skip
        assert "合计250.00 CNY" in told(notices.payment(ABOUT, lines))


class TestAnOfficesOwnWords:
    def test_are_added_to_its_notices(self) -> None:
        text = LAKE + '\n[texts]\nnotice_lapse = { zh = "湖面已平。", en = "The lake is calm." }\n'
        lake = parse_profile(text)
        about = replace(ABOUT, profile=lake, agency=None)
        assert "湖面已平。" in told(notices.lapse(about, was_due=DUE))
        assert "湖面已平。" not in told(notices.withdrawal(about))


def about(office: str) -> About:
    return replace(ABOUT, profile=shipped()[office], agency=None)


class TestWhatIsSaidOnlyWhereItHolds:
    def test_a_last_day_that_may_move_is_called_provisional(self) -> None:
        known = notices.acceptance(ABOUT, received_on=DUE, decide_by=DUE)
        open_ = notices.acceptance(ABOUT, received_on=DUE, decide_by=DUE, provisional=True)
        assert "暂定" not in told(known)
        assert "暂定" in told(open_)
        assert "is provisional" in told(open_)

    @pytest.mark.parametrize(
        ("office", "said"), [("zhejiang", "全部重新签章"), ("national", "内容有变且需签章")]
    )
    def test_a_correction_says_what_the_office_has_signed_again(
        self, office: str, said: str
    ) -> None:
        assert shipped()["zhejiang"].signing.after_return == "all"
        text = told(notices.correction(about(office), [], correct_by=DUE))
        assert said in text
        assert ("全部重新签章" in text) is (office == "zhejiang")

    def test_a_transfer_is_spoken_of_where_it_can_be_made_with_the_remark_that_is_looked_for(
        self,
    ) -> None:
        due = [Due(Words("登记费", "fee"), Decimal(150))]
        assert "作品名称和流水号" in told(notices.payment(about("national"), due))
        assert "转账的" not in told(notices.payment(about("zhejiang"), due))

    def test_an_end_does_not_deny_an_extension_that_was_given(self) -> None:
        assert "没有延期申请" not in told(notices.lapse(ABOUT, was_due=DUE))
        assert "any extension included" in told(notices.lapse(ABOUT, was_due=DUE))

    def test_prints_the_matters_number_beside_its_own(self) -> None:
        paper = notices.acceptance(replace(ABOUT, number="SL-7K2M-9QXT-04RD/2"), received_on=DUE)
        assert "SL-7K2M-9QXT-04RD" in told(paper).splitlines()
        text = page_text(draw(paper).data)
        assert "通知书编号" in text
        assert "SL-7K2M-9QXT-04RD/2" in text

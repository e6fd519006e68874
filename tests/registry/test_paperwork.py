"""The papers of an application: what each one says, and to whom."""

from dataclasses import replace
from typing import Any

import pytest

from certs.paper import Answer, Choice, Clauses, Heading
from core.errors import InvalidInput, NotFound
from registry import choices, paper_kinds, papers
from registry.asking import to_bring
from registry.form import DeliveryWish
from registry.offices import shipped
from registry.paperwork import compose, papers_to_sign
from registry.profile import parse_profile
from registry.profile_reading import InvalidProfile
from tests.registry.cases import case, crowded, empty, full
from tests.registry.forms import SOFTWARE, filled, form
from tests.registry.offices import LAKE
from tests.registry.reading import drawable, said, ticked, values

pytestmark = pytest.mark.unit

RIGHTS = [
    "发表权", "署名权", "修改权", "保护作品完整权", "复制权", "发行权", "出租权", "展览权",
    "表演权", "放映权", "广播权", "信息网络传播权", "摄制权", "改编权", "翻译权", "汇编权",
    "应当由著作权人享有的其他权利",
]  # fmt: skip
"""著作权法 art. 10; SD-150."""


class TestTheApplicationForm:
    def test_ticks_what_was_chosen_and_nothing_else(self) -> None:
        paper = compose(full(), "application_form")
        assert ticked(paper, "作品类别") == ["其他"]
        assert ticked(paper, "创作性质") == ["改编"]
        assert ticked(paper, "权利取得方式") == ["继承"]
        assert ticked(paper, "权利归属方式") == ["合作作品"]
        assert ticked(paper, "权利拥有状况") == ["部分"]
        assert ticked(paper, "权利种类") == ["5 复制权", "12 信息网络传播权"]
        assert ticked(paper, "申请方式") == ["由代理人申请"]
        assert ticked(paper, "发表状态") == ["已发表"]

    @pytest.mark.parametrize("label", ["首次发表日期", "首次发表地点"])
    def test_of_what_is_unpublished_says_so_in_the_places_of_publication(self, label: str) -> None:
        shown = {said: values(compose(case(said=form(published=said)), "application_form"))[label]
                 for said in (False, None)}  # fmt: skip
        assert shown == {False: "未发表 unpublished", None: ""}

    def test_offers_every_category_nature_mode_and_the_17_rights(self) -> None:
        paper = compose(empty(), "application_form")
        offered = {b.label[0]: len(b.options) for b in said(paper, Choice)}
        assert offered["作品类别"] == len(choices.CATEGORIES) - 1  # software has its own form
        assert offered["创作性质"] == len(choices.NATURES)
        assert offered["权利取得方式"] == len(choices.ACQUISITIONS)
        assert offered["权利归属方式"] == len(choices.OWNERSHIPS)
        (rights,) = [b for b in said(paper, Choice) if b.label[0] == "权利种类"]
        assert [each.label[0].split(" ", 1)[1] for each in rights.options] == RIGHTS
        assert not any(option.ticked for b in said(paper, Choice) for option in b.options)

    def test_all_rights_tick_all_of_them(self) -> None:
        assert len(ticked(compose(case(), "application_form"), "权利种类")) == 17

    def test_of_software_offers_its_nine_rights_and_keeps_what_an_earlier_form_said(self) -> None:
        """计算机软件保护条例 art. 8."""
        told = {"form": "software", "category": "software", "software": SOFTWARE}
        names = ticked(compose(case(said=form(**told)), "application_form"), "权利种类")
        assert [name.partition(" ")[2] for name in names] == [
            "发表权", "署名权", "修改权", "复制权", "发行权", "出租权", "信息网络传播权", "翻译权",
            "应当由软件著作权人享有的其他权利",
        ]  # fmt: skip
        earlier = form(**told, rights="part", held_rights=["rental", "filming"])
        kept = ticked(compose(case(said=earlier), "application_form"), "权利种类")
        assert kept == ["6 出租权", "10 摄制权"]

    def test_of_software_speaks_of_software(self) -> None:
        told = {"form": "software", "category": "software", "software": SOFTWARE}
        paper = compose(case(said=form(**told)), "application_form")
        assert {"软件名称", "开发完成日期"} <= set(values(paper))
        assert not {"作品名称", "创作完成日期"} & set(values(paper))
        assert said(paper, Heading)[0].label[0] == "软件"
        pledge = "".join(zh for b in said(compose(case(said=form(**told)), "pledge"), Clauses)
                         for zh, _ in b.items)  # fmt: skip
        assert "申请软件《湖上三日》的登记" in pledge
        assert "该软件" in pledge

    def test_the_identity_number_is_shown_masked_for_a_party_on_file(self) -> None:
        owner = {**filled()["owners"][0], "party": "p1"}
        of = case(said=form(owners=[owner]), identities={"p1": "110***********002X"})
        shown = values(compose(of, "application_form"))
        assert shown["证件号码(遮蔽)"] == "110***********002X"

    def test_the_agency_is_ticked_where_the_applicant_chooses_one(self) -> None:
        of = case("tianjin", agency="youth")
        assert ticked(compose(of, "application_form"), "初审机构") == ["天津青年创业园管理有限公司"]

    def test_the_files_are_named_by_their_digests(self) -> None:
        text = compose(full(), "application_form").encode().decode()
        assert f"{29:064x}" in text
        assert f"{30:064x}" not in text  # said to be on the evidence certificate
        assert "共 40 个文件" in text


FIELDS_SHOWN = {
    "创作性质": "改编", "作品类别": "其他", "权利取得方式": "继承", "权利归属方式": "合作作品",
    "权利拥有状况": "部分", "电子介质": "高密度只读光盘(DVD-ROM)", "纸介质": "印刷品",
    "纸质证书": "邮寄",
}  # fmt: skip


class TestEveryFieldOfTheForms:
    """What the forms of the four systems ask for (SD-137 … SD-158, ZJ-52 … ZJ-60)."""

    @pytest.mark.parametrize(("label", "chosen"), FIELDS_SHOWN.items())
    def test_a_choice_is_ticked(self, label: str, chosen: str) -> None:
        assert ticked(compose(full(), "application_form"), label) == [chosen]

    @pytest.mark.parametrize(
        ("label", "note"),
        [("电子介质", "2 件 第一盘为正片"), ("纸介质", "3 件 画册"), ("权利种类", "仅限中国境内"),
         ("权利归属方式", "各占一半"), ("权利取得方式", "继承自父亲")],
    )  # fmt: skip
    def test_number_and_remark_stand_beside_it(self, label: str, note: str) -> None:
        found = said(compose(full(), "application_form"), Choice)
        assert [b.note for b in found if b.label[0] == label] == [note]

    def test_carriers_are_those_of_the_public_form(self) -> None:
        offered = {
            b.label[0]: [option.label[0] for option in b.options]
            for b in said(compose(empty(), "application_form"), Choice)
        }
        assert offered["电子介质"][1:] == [
            "只读光盘(CD-ROM)", "照片光盘(Photo-CD)", "集成电路卡(IC Card)",
            "高密度只读光盘(DVD-ROM)", "其他",
        ]  # fmt: skip
        assert offered["纸介质"] == ["印刷品", "打印纸"]

    @pytest.mark.parametrize(
        ("label", "value"),
        [("收件人", "收件丁"), ("收件手机", "13800000009"), ("收件地址", "西湖区另一路 2 号"),
         ("发票邮箱", "invoice@example.org"), ("姓名或名称 5", crowded(5)["owners"][4]["name"]),
         ("姓名或名称 3", crowded(2)["authors"][2]["name"]),
         ("申请人", crowded(2)["applicant"]["name"])],
    )  # fmt: skip
    def test_what_is_written_stands_in_its_cell(self, label: str, value: str) -> None:
        assert values(compose(full(owners=5), "application_form"))[label] == value

    def test_ways_of_delivery_are_the_offices_own(self) -> None:
        offered = [b for b in said(compose(empty("zhejiang"), "application_form"), Choice)
                   if b.label[0] == "纸质证书"]  # fmt: skip
        assert [option.label[0] for option in offered[0].options] == ["邮寄", "自领"]
        none = said(compose(empty("shandong"), "application_form"), Choice)
        assert "纸质证书" not in [b.label[0] for b in none]


class TestDelivery:
    OFFICE = shipped()["zhejiang"]

    def test_is_by_a_way_the_office_has(self) -> None:
        with pytest.raises(InvalidInput, match="邮寄") as refused:
            self.OFFICE.require_delivery(DeliveryWish(way="pigeon"))
        assert refused.value.field == "delivery.way"
        with pytest.raises(InvalidInput):
            shipped()["shandong"].require_delivery(DeliveryWish(way="post"))

    @pytest.mark.parametrize("name", ["recipient", "mobile", "address"])
    def test_by_post_names_whom_to_deliver_to(self, name: str) -> None:
        whole = DeliveryWish("post", "丁", "13800000009", "某路 1 号")
        self.OFFICE.require_delivery(whole)
        with pytest.raises(InvalidInput) as refused:
            self.OFFICE.require_delivery(replace(whole, **{name: None}))
        assert refused.value.field == f"delivery.{name}"

    def test_is_nobodys_duty(self) -> None:
        self.OFFICE.require_delivery(None)
        self.OFFICE.require_delivery(DeliveryWish(way="pickup"))


class TestDeclarations:
    def test_each_part_filled_in_stands_under_its_heading(self) -> None:
        parts = {b.label[0]: b.text for b in said(compose(case(), "creation_statement"), Answer)}
        assert parts["一、创作目的"] == "记录湖上的三日。"
        assert parts["三、独创性说明"] == "取景与光线由本人选择。"

    def test_one_text_for_all_parts_is_printed_as_it_is(self) -> None:
        of = case(answers={"creation_statement": "写生而成。"})
        assert [b.text for b in said(compose(of, "creation_statement"), Answer)] == ["写生而成。"]

    def test_the_number_of_words_is_told_for_texts(self) -> None:
        of = case(said=form(category="text", extent="十二万字"))
        assert values(compose(of, "creation_statement"))["字数"] == "十二万字"

    def test_a_picture_has_no_number_of_words(self) -> None:
        assert "字数" not in values(compose(case(), "creation_statement"))

    def test_use_of_ai_is_told_as_declared(self) -> None:
        shown = values(compose(full(), "creation_statement"))
        assert shown["是否使用人工智能"] == "是 yes"
        assert shown["使用的工具"] == "某绘图模型 3.1"

    def test_clauses_name_work_owners_and_office(self) -> None:
        first = said(compose(case(), "pledge"), Clauses)[0].items[0][0]
        assert "甲" in first
        assert "《湖上三日》" in first
        assert shipped()["zhejiang"].name.zh in first

    def test_what_is_unknown_is_a_line_to_write_on(self) -> None:
        assert "____" in said(compose(empty(), "pledge"), Clauses)[0].items[0][0]

    def test_braces_in_a_title_are_only_braces(self) -> None:
        of = case(said=form(title="{owners}"))
        assert "《{owners}》" in said(compose(of, "pledge"), Clauses)[0].items[0][0]

    def test_an_office_may_word_its_clauses_itself(self) -> None:
        text = LAKE.replace(
            "[samples]",
            """
[documents.promise]
name = { zh = "湖约", en = "lake promise" }
needed = "required"
how = ["generated"]
proves = ["pledge"]
why = { zh = "约", en = "promise" }
signed = "electronic"
paper = "pledge"
clauses = [{ zh = "{owners}不污染湖水。", en = "{owners} keep the lake clean." }]

[samples]""",
        )
        of = replace(case(), profile=parse_profile(text), answers={})
        paper = compose(of, "promise")
        assert said(paper, Clauses)[0].items == (("甲不污染湖水。", "甲 keep the lake clean."),)
        assert paper.title == ("湖约", "lake promise")
        assert papers_to_sign(of) == ("promise",)


class TestEveryOffice:
    @pytest.mark.parametrize("office", list(shipped()))
    @pytest.mark.parametrize("made", [case, full, empty])
    def test_all_its_papers_can_be_composed(self, office: str, made: Any) -> None:
        of = made(office)
        assert drawable(of)
        for code in drawable(of):
            assert compose(of, code).encode()

    def test_an_upload_is_no_paper_of_ours(self) -> None:
        with pytest.raises(NotFound):
            compose(case(), "licence")
        with pytest.raises(NotFound):
            compose(case(), "no_such_paper")

    @pytest.mark.parametrize(
        ("line", "key"),
        [
            ('paper = "letter"', "documents.joint.paper"),
            ('how = ["generated"]', "documents.joint.paper"),
            ("example = true", "documents.joint.paper"),
            ('clauses = [{ zh = "{nobody}", en = "x" }]', "documents.joint.clauses[0]"),
        ],
    )
    def test_a_profile_that_promises_what_cannot_be_drawn_is_refused(
        self, line: str, key: str
    ) -> None:
        head = '[documents.joint]\nname = { zh = "合作协议", en = "joint agreement" }\n'
        text = LAKE.replace(head, f"{head}{line}\n")
        if line.startswith("how"):
            text = text.replace('needed = "required"\nhow = ["upload"]\nproves = ["ownership"]',
                                'needed = "required"\nproves = ["ownership"]')  # fmt: skip
        with pytest.raises(InvalidProfile) as refused:
            parse_profile(text)
        assert key in [each.key for each in refused.value.problems]


class TestWhatIsFilledInOnLine:
    def test_parts_are_kept_by_name(self) -> None:
        given = {"creation_statement": {"purpose": " 目的 ", "process": ""}}
        found = papers.parse(shipped()["zhejiang"], given)
        assert found == {"creation_statement": {"purpose": "目的"}}

    def test_a_part_that_the_paper_has_not_is_refused_by_name(self) -> None:
        with pytest.raises(InvalidInput, match="purpose") as refused:
            papers.parse(shipped()["zhejiang"], {"creation_statement": {"poem": "x"}})
        assert refused.value.field == "documents.creation_statement.poem"

    def test_what_is_uploaded_has_no_parts(self) -> None:
        with pytest.raises(InvalidInput):
            papers.parse(shipped()["zhejiang"], {"licence": {"statement": "x"}})

    def test_an_answer_in_parts_must_have_them_all(self) -> None:
        document = shipped()["zhejiang"].documents["creation_statement"]
        lacks = paper_kinds.missing_parts("creation_statement", document, {"purpose": "目的"})
        assert lacks == ("process", "originality")
        assert not paper_kinds.missing_parts("creation_statement", document, "写生而成。")

    @pytest.mark.parametrize(
        ("proves", "itself"),
        [
            (("form",), True), (("sample",), True), (("identity",), True),
            (("form", "identity", "sample"), True), (("identity", "ownership"), False),
            (("sample", "creation"), False), (("pledge",), False),
        ],
    )  # fmt: skip
    def test_only_what_proves_nothing_else_comes_by_itself(
        self, proves: tuple[Any, ...], *, itself: bool
    ) -> None:
        document = replace(shipped()["zhejiang"].documents["identity"], proves=proves)
        assert paper_kinds.comes_by_itself("identity", document, known=True) is itself
        of_strangers = itself and "identity" not in proves
        assert paper_kinds.comes_by_itself("identity", document, known=False) is of_strangers

    def test_what_is_only_generated_is_not_asked_of_the_applicant(self) -> None:
        asked = {each.code for each in to_bring(shipped()["national"], form(), "national", {})}
        assert "personal_statement" not in asked
        assert "creation_statement" in asked

"""What a register issues: the items of the national certificate in print, the record whole."""

from dataclasses import replace
from typing import Any

import pypdfium2
import pytest

from certs import printed
from certs.content import CertificateContent, Fact
from certs.layout_page import MARGIN, PAGE
from certs.pdf import render
from certs.pdffile import page_text, pages
from certs.seals import Seals
from core.errors import InvalidInput, VerificationFailed
from evidence.statement import Fact as Disclosed
from registry.record import DIGEST, Record
from tests.certs.papers import RARE_NAME, attachments, content, digest
from tests.grounds.in_force import seal as picture

RECORD = Record(
    registration_number="津作登字-2026-F-00000001", registered_on="2026-11-21",
    office="天津市版权局", agency="天津版权交易中心", matter_number="SL-7K2M-9QXT-04RD",
    title="山间晨雾", category="fine_art", creation_nature="original", acquisition="original",
    ownership="individual", authors=("林小雨", RARE_NAME), owners=("林小雨",), applicant="陈大山",
    completion_date="2026-11-01", first_published_on="2026-11-03",
    first_published_at="CN 天津", evidence_number="YJ-7K3M-9QWX-2F4T-HN8C",
    evidence_leaf=digest("leaf"), supervision="中华人民共和国国家版权局统一监制",
)  # fmt: skip


def issued(record: Record = RECORD, kind: Any = "registration") -> CertificateContent:
    base = content()
    kept = {"custody_mode", "file_names", "media_types", "submitted_at", "stored_at"}
    said = {**record.facts(), "depositor": record.office}
    facts = [Fact(name, tuple(v) if isinstance(v, list) else v) for name, v in said.items()]
    facts += [fact for fact in base.facts if fact.name in kept]
    return replace(base, kind=kind, facts=tuple(sorted(facts, key=lambda fact: fact.name)))


def disclosed(of: CertificateContent) -> list[Disclosed]:
    return [
        Disclosed(f.name, list(f.value) if isinstance(f.value, tuple) else f.value, b"\0" * 32)
        for f in of.facts
    ]


def text_of(of: CertificateContent) -> str:
    return "".join(page_text(render(of, attachments(of))).split())


@pytest.fixture(scope="module")
def text() -> str:
    return text_of(issued())


@pytest.mark.parametrize(
    "item",
    [
        "作品登记证书",
        "登记号Registrationno.津作登字-2026-F-00000001",
        "作品/制品名称Title山间晨雾",
        "作品类别Category美术fineart",
        f"作者Authors林小雨、{RARE_NAME}",
        "著作权人Owners林小雨",
        "创作/制作完成日期2026-11-01",
        "首次发表/出版/制作日期2026-11-03",
        "以上事项，由陈大山申请，经天津市版权局审核，根据《作品自愿登记试行办法》规定，予以登记。",
        "2026年11月21日",
        "登记机构签章",
        "中华人民共和国国家版权局统一监制",
    ],
)
def test_each_item_of_the_national_certificate_stands_on_it(text: str, item: str) -> None:
    assert item in text


def test_it_is_a_sample_and_bears_no_seal(text: str) -> None:
    assert "样本SAMPLE" in text
    assert "样本不加盖印章" in text


def test_it_says_that_registration_is_preliminary_proof(text: str) -> None:
    assert "登记是权属的初步证明" in text.replace("\n", "").replace("\r", "")


@pytest.mark.parametrize("kind", ["registration", "work_sample"])
def test_the_place_of_first_publication_says_that_a_work_is_unpublished(kind: str) -> None:
    """TJ-140; what is left empty could be filled in by anybody."""
    record = replace(RECORD, first_published_on=None, first_published_at=None)
    assert "首次发表/出版/制作日期未发表unpublished" in text_of(issued(record, kind))


def test_the_work_sample_has_the_number_and_the_files() -> None:
    said = issued(kind="work_sample")
    text = text_of(said)
    assert "作品样本" in text
    assert RECORD.registration_number in text
    assert said.files[0].sha256 in text
    assert "予以登记" not in text


class TestTheRecord:
    def test_is_rebuilt_from_the_disclosed_facts(self) -> None:
        printed.compare_record(disclosed(issued()))

    @pytest.mark.parametrize("name", sorted(RECORD.members()))
    def test_cannot_lose_a_fact(self, name: str) -> None:
        facts = [fact for fact in disclosed(issued()) if fact.name != name]
        with pytest.raises(VerificationFailed, match="record_sha256"):
            printed.compare_record(facts)

    def test_cannot_gain_a_fact(self) -> None:
        facts = [*disclosed(issued()), Disclosed("remark", "exclusive", b"\0" * 32)]
        with pytest.raises(VerificationFailed, match="record_sha256"):
            printed.compare_record(facts)

    def test_cannot_do_without_its_digest(self) -> None:
        facts = [fact for fact in disclosed(issued()) if fact.name != DIGEST]
        with pytest.raises(VerificationFailed, match="record_sha256"):
            printed.compare_record(facts)

    @pytest.mark.parametrize("name", ["registration_number", "office", "owners", DIGEST])
    def test_of_a_certificate_is_never_printed_without_what_a_register_must_say(
        self, name: str
    ) -> None:
        said = issued()
        with pytest.raises(InvalidInput, match=name):
            replace(said, facts=tuple(fact for fact in said.facts if fact.name != name))


SOFTWARE = replace(
    RECORD, registration_number="2026SR0000001", title="山间记账软件", category="software",
    office="国家版权局", software_short_name="记账", software_version="V1.0", rights="all",
    supervision=None,
    first_published_on=None, first_published_at=None,
)  # fmt: skip


@pytest.mark.parametrize(
    "item",
    [
        "计算机软件著作权登记证书",
        "登记号Registrationno.2026SR0000001",
        "软件名称Software山间记账软件",
        "软件简称Shortname记账",
        "版本号VersionV1.0",
        "著作权人Owners林小雨",
        "开发完成日期Completedon2026-11-01",
        "首次发表日期Published未发表",
        "权利取得方式Acquisition原始取得",
        "权利范围Rights全部权利",
        "根据《计算机软件保护条例》和《计算机软件著作权登记办法》的规定，经国家版权局审核，对以上事项予以登记。",
    ],
)
def test_each_item_of_a_software_certificate_stands_on_it(item: str) -> None:
    assert item in text_of(issued(SOFTWARE))


def test_a_software_certificate_is_none_of_works() -> None:
    text = text_of(issued(SOFTWARE))
    assert "作品登记证书" not in text
    assert "试行办法" not in text
    assert "监制" not in text
    printed.compare_record(disclosed(issued(SOFTWARE)))


@pytest.mark.parametrize(
    ("record", "seals", "borne"),
    [
        (RECORD, Seals(picture()), [400]),
        (RECORD, Seals(picture(), picture(wide=300)), [400]),
        (SOFTWARE, Seals(picture()), []),
        (SOFTWARE, Seals(picture(), picture(wide=300)), [300]),
    ],
)
def test_works_and_software_bear_each_its_own_seal_or_none(
    record: Record, seals: Seals, borne: list[int]
) -> None:
    """计算机软件著作权登记专用章 is another seal than 作品自愿登记专用章."""
    official = replace(issued(record), sample=False)
    page = pypdfium2.PdfDocument(render(official, attachments(official), seals=seals))[0]
    pictures = [
        each for each in page.get_objects() if each.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE
    ]
    assert [each.get_px_size()[0] for each in pictures] == borne


def test_the_times_say_what_was_submitted_and_what_was_stored(text: str) -> None:
    """A record is submitted after its files were stored: in that order, under names that say so."""
    assert text.index("文件存入Filesstored") < text.index("记录提交Recordsubmitted")
    evidence = text_of(content())
    assert evidence.index("提交Submitted") < evidence.index("存入Stored")
    assert "记录提交" not in evidence


def test_a_sample_of_software_is_called_so_and_fills_its_first_page() -> None:
    """A work's first page shows its picture; what has none shows files and record at once."""
    said = issued(SOFTWARE, "work_sample")
    with pages(render(said, attachments(said))) as texts:
        page = "".join(next(texts).split())
    for shown in ("软件样本SOFTWARESAMPLE", said.files[0].sha256, "登记记录摘要"):
        assert shown in page
    assert "作品" not in text_of(said).replace("个人作品", "")  # a mode of ownership by law


@pytest.mark.parametrize("said", [content(), issued(), issued(SOFTWARE, "work_sample")])
def test_nothing_of_the_first_page_stands_outside_its_margins(said: CertificateContent) -> None:
    page = pypdfium2.PdfDocument(render(said, attachments(said)))[0]
    frame = pypdfium2.raw.FPDF_PAGEOBJ_FORM
    drawn = [each for each in page.get_objects(max_depth=1) if each.type != frame]
    assert len(drawn) > 10
    for each in drawn:
        left, _, right, _ = each.get_bounds()
        assert MARGIN - 1 < left < right < PAGE[0] - MARGIN + 1

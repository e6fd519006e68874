"""A software matter: its form, and its identification material made from what was deposited."""

import io
import zipfile
from typing import Any

import httpx2
import pypdfium2
import pytest

from certs.pdffile import page_text
from tests.api.test_precheck import told
from tests.grounds.callers import declared, deposit
from tests.grounds.filing import Applicant, applicant
from tests.grounds.stack import RunningStack
from tests.registry.forms import SOFTWARE, filled


@pytest.fixture(scope="module")
def filer(stack: RunningStack) -> Applicant:
    return applicant(stack)


@pytest.fixture(scope="module")
def source(filer: Applicant) -> str:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        lines = "".join(f"x{at} = {at}  # 注释{at}\n\n" for at in range(1, 4001))
        made.writestr("app/main.py", lines)
        made.writestr("app/logo.png", b"\x89PNG")
    return filer.deposited("source.zip", out.getvalue())


def drafted(filer: Applicant, documents: dict[str, Any], **software: Any) -> str:
    form = filled(
        form="software", category="software", title="山间记账软件",
        software={**SOFTWARE, **software},
    )  # fmt: skip
    body = {"office": "national", "form": form, "documents": documents}
    answer = filer.person.http.post("/api/v1/matters", json=body)
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["id"]
    return made


def material(filer: Applicant, matter: str, code: str = "source_code") -> httpx2.Response:
    return filer.person.http.get(f"/api/v1/matters/{matter}/documents/{code}.pdf")


def pages(answer: httpx2.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    with pypdfium2.PdfDocument(answer.content) as document:
        return [page.get_textpage().get_text_range() for page in document]


class TestSource:
    def test_is_the_first_and_the_last_thirty_pages_without_comments(
        self, filer: Applicant, source: str
    ) -> None:
        found = pages(material(filer, drafted(filer, {"source_code": source})))
        assert len(found) == 60
        assert "x1 = 1" in found[0]
        assert "x4000 = 4000" in found[-1]
        assert "全文第 51 页，共 80 页" in found[30]
        assert "《山间记账软件》 V1.0" in found[0]
        assert not any("注释" in page for page in found)

    def test_keeps_comments_where_the_applicant_asks_for_it(
        self, filer: Applicant, source: str
    ) -> None:
        matter = drafted(filer, {"source_code": source}, comments="kept")
        assert "注释1" in pages(material(filer, matter))[0]

    def test_is_black_where_the_applicant_covers_it(self, filer: Applicant, source: str) -> None:
        bars = [{"page": 1, "first": 1, "last": 3}]
        matter = drafted(filer, {"source_code": source}, deposit="bars", bars=bars)
        first = pages(material(filer, matter))[0]
        assert "x3 =" not in first
        assert "x4 =" in first

    def test_covered_by_more_than_half_is_refused(self, filer: Applicant, source: str) -> None:
        bars = [{"page": page, "first": 1, "last": 50} for page in range(1, 32)]
        answer = material(filer, drafted(filer, {"source_code": source}, deposit="bars", bars=bars))
        assert (answer.status_code, answer.json()["field"]) == (422, "software.bars")

    def test_an_archive_without_program_text_is_found_out_before(self, filer: Applicant) -> None:
        """CP-48: the worker looks into archives, so that nobody waits for an examiner to say it."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as made:
            made.writestr("shots/first.png", b"\x89PNG")
        number = filer.deposited("source.zip", out.getvalue())
        for said, query in (({"source_code": number}, {}), ({}, {"evidence_number": number})):
            found = told(filer, drafted(filer, said), **query)
            unmade = [each["name"] for each in found if each["id"] == "material-unmade"]
            assert unmade == ["source_code"]

    def test_cannot_be_made_before_an_evidence_is_named(self, filer: Applicant) -> None:
        answer = material(filer, drafted(filer, {}))
        assert (answer.status_code, answer.json()["field"]) == (409, "documents.source_code")

    def test_cannot_be_made_of_digests(self, filer: Applicant) -> None:
        number = deposit(filer.program, declared("a.zip", b"x"), custody_mode="hash_only").json()[
            "evidence_number"
        ]
        answer = material(filer, drafted(filer, {"source_code": number}))
        assert (answer.status_code, answer.json()["field"]) == (409, "documents.source_code")

    def test_of_somebody_else_is_not_found(self, stack: RunningStack, source: str) -> None:
        other = applicant(stack)
        assert material(other, drafted(other, {"source_code": source})).status_code == 404

    def test_is_of_software_only(self, filer: Applicant, source: str) -> None:
        body = {"office": "national", "form": filled(), "documents": {"source_code": source}}
        matter = filer.person.http.post("/api/v1/matters", json=body).json()["id"]
        assert material(filer, matter).status_code == 422


class TestDocument:
    def test_a_text_has_thirty_lines_a_page_or_more(self, filer: Applicant) -> None:
        text = "".join(f"第{at}步:打开账本\n" for at in range(1, 3001)).encode()
        number = filer.deposited("manual.txt", text)
        found = pages(
            material(filer, drafted(filer, {"software_document": number}), "software_document")
        )
        assert len(found) == 60
        assert found[0].count("打开账本") == 32

    def test_a_pdf_is_shortened_to_its_ends(self, filer: Applicant) -> None:
        made, out = pypdfium2.PdfDocument.new(), io.BytesIO()
        for at in range(1, 71):
            made.new_page(100 + at, 200)
        made.save(out)
        number = filer.deposited("manual.pdf", out.getvalue())
        answer = material(filer, drafted(filer, {"software_document": number}), "software_document")
        with pypdfium2.PdfDocument(answer.content) as document:
            widths = [page.get_width() - 100 for page in document]
        assert widths == [*range(1, 31), *range(41, 71)]

    def test_is_asked_of_the_applicant(self, filer: Applicant) -> None:
        matter = filer.person.http.get(f"/api/v1/matters/{drafted(filer, {})}").json()
        assert "software_document" in matter["required_documents"]
        assert "source_code" not in matter["required_documents"]


def test_the_form_says_what_only_software_has(filer: Applicant) -> None:
    matter = drafted(filer, {}, technique="离线可用")
    text = page_text(
        filer.person.http.get(f"/api/v1/matters/{matter}/documents/application_form.pdf").content
    )
    for said in ("V1.0", "☑独立开发", "9000", "离线可用", "☑删除注释", "☑一般交存"):
        assert said in text.replace(" ", "")


class TestWhatIsToldOfMaterial:
    def test_files_whose_comments_stay_are_counted_and_named(self, filer: Applicant) -> None:
        """CP-48: what cannot be done is said, with the file it is about."""
        plain = filer.deposited("notes.txt", b"a # one\n\nb # two\n")
        matter = drafted(filer, {"source_code": plain}, comments="removed")
        answer = filer.person.http.get(f"/api/v1/matters/{matter}/documents/source_code/material")
        assert answer.status_code == 200, answer.text
        assert answer.json()["untouched"] == [{"name": "notes.txt", "lines": 2}]
        assert answer.json()["comments"] == "removed"

    def test_where_all_went_nothing_is_named(self, filer: Applicant, source: str) -> None:
        matter = drafted(filer, {"source_code": source}, comments="removed")
        made = filer.person.http.get(
            f"/api/v1/matters/{matter}/documents/source_code/material"
        ).json()
        assert (made["untouched"], made["pages"], made["deposited"]) == ([], 80, 60)

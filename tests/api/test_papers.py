"""Papers over HTTP: an application's own, drawn from the form as it stands."""

from typing import Any

import httpx2
import pytest

from certs.pdffile import page_text
from tests.grounds.callers import Person, person, submit, visitor
from tests.grounds.filing import applicant, at, examiner, picture
from tests.grounds.people import resident_number
from tests.grounds.stack import RunningStack

FORM = {
    "title": "山间", "category": "fine_art", "nature": "original", "ownership": "individual",
    "authors": [{"name": "王𠮷", "signature": "real_name"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def someone(stack: RunningStack) -> Person:
    return person(stack)


def drafted(http: httpx2.Client, **form: Any) -> str:
    said = {"creation_statement": {"purpose": "记录山间", "process": "写生"}}
    body = {"office": "zhejiang", "form": {**FORM, **form}, "documents": said}
    answer = http.post("/api/v1/matters", json=body)
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["id"]
    return made


def paper(http: httpx2.Client, matter: str, code: str) -> httpx2.Response:
    return http.get(f"/api/v1/matters/{matter}/documents/{code}.pdf")


class TestOfAMatter:
    def test_says_what_the_form_says_and_is_the_same_twice(self, someone: Person) -> None:
        matter = drafted(someone.http)
        answer = paper(someone.http, matter, "creation_statement")
        assert answer.headers["content-type"] == "application/pdf"
        assert 'filename="creation_statement.pdf"' in answer.headers["content-disposition"]
        text = page_text(answer.content)
        for told in ("山间", "王𠮷", "记录山间", "样本 SAMPLE"):
            assert told in text
        assert paper(someone.http, matter, "creation_statement").content == answer.content

    def test_the_parts_come_back_as_they_were_said(self, someone: Person) -> None:
        matter = someone.http.get(f"/api/v1/matters/{drafted(someone.http)}").json()
        assert matter["documents"]["creation_statement"] == {
            "purpose": "记录山间", "process": "写生",
        }  # fmt: skip

    def test_a_number_on_file_is_printed_masked(self, someone: Person) -> None:
        number = resident_number()
        body = {"name": "王𠮷", "roles": ["owner"], "document_kind": "resident_id",
                "number": number, "region": "330106"}  # fmt: skip
        party = someone.http.post("/api/v1/parties", json=body).json()["id"]
        owners = [{"party": party, "name": "王𠮷", "kind": "natural_person",
                   "paper": "resident_id"}]  # fmt: skip
        text = page_text(
            paper(someone.http, drafted(someone.http, owners=owners), "application_form").content
        )
        assert number not in text
        assert number[:3] + "*" * 11 + number[-4:] in text

    def test_those_on_file_are_listed_page_by_page(self, stack: RunningStack) -> None:
        http, made = person(stack).http, list[str]()
        for name in "甲乙丙":
            body = {"name": name, "roles": ["owner"], "document_kind": "resident_id",
                    "number": resident_number(), "region": "330106"}  # fmt: skip
            made.append(http.post("/api/v1/parties", json=body).json()["id"])
        first = http.get("/api/v1/parties", params={"limit": 2}).json()
        rest = http.get("/api/v1/parties", params={"limit": 2, "cursor": first["next"]}).json()
        assert [each["id"] for each in first["items"] + rest["items"]] == made[::-1]
        assert (first["next"], rest["next"]) == (made[1], None)
        for query, field in (({"cursor": made[0]}, "cursor"), ({"limit": 101}, "limit")):
            answer = person(stack).http.get("/api/v1/parties", params=query)
            assert (answer.status_code, answer.json()["field"]) == (422, field)

    def test_somebody_elses_party_stays_unknown(self, stack: RunningStack, someone: Person) -> None:
        body = {"name": "乙", "roles": ["owner"], "document_kind": "resident_id",
                "number": resident_number(), "region": "330106"}  # fmt: skip
        theirs = person(stack).http.post("/api/v1/parties", json=body).json()["id"]
        owners = [{"party": theirs, "name": "乙", "kind": "natural_person"}]
        matter = drafted(someone.http, owners=owners)
        assert "***" not in page_text(paper(someone.http, matter, "application_form").content)

    @pytest.mark.parametrize("code", ["licence", "no_such_paper", "sample"])
    def test_what_is_not_drawn_here_is_not_found(self, someone: Person, code: str) -> None:
        answer = paper(someone.http, drafted(someone.http), code)
        assert answer.status_code == 404
        assert answer.json()["field"] == "document"

    def test_somebody_elses_matter_has_no_papers(
        self, stack: RunningStack, someone: Person
    ) -> None:
        answer = paper(person(stack).http, drafted(someone.http), "pledge")
        assert answer.status_code == 404

    @pytest.mark.parametrize(
        ("value", "field"),
        [
            ("字\ue000", "documents.creation_statement"),
            ({"purpose": "字\u202e"}, "documents.creation_statement.purpose"),
            ({"poem": "字"}, "documents.creation_statement.poem"),
        ],
    )
    def test_what_could_not_be_printed_is_refused_when_it_is_said(
        self, someone: Person, value: Any, field: str
    ) -> None:
        matter = drafted(someone.http)
        body = {"form": FORM, "documents": {"creation_statement": value}}
        answer = someone.http.put(f"/api/v1/matters/{matter}/application", json=body)
        assert answer.status_code == 422
        assert answer.json()["field"] == field


class TestBeforeAnythingIsAsked:
    def asked(self, http: httpx2.Client, office: str, **form: Any) -> dict[str, dict[str, Any]]:
        answer = http.post(f"/api/v1/offices/{office}/required-documents", json={"form": form})
        assert answer.status_code == 200, answer.text
        return {each["code"]: each for each in answer.json()["documents"]}

    def test_anybody_learns_what_an_office_asks_for_and_why(self, stack: RunningStack) -> None:
        found = self.asked(visitor(stack), "shandong", ownership="joint", nature="translation")
        assert found["licence"]["needed"] == "required"
        assert "翻译" in found["licence"]["because"]["zh"]
        assert "joint_agreement" in found
        assert found["application_form"]["comes_by_itself"] is True
        assert found["pledge"]["has_template"] is True

    def test_the_answer_follows_the_form(self, stack: RunningStack) -> None:
        nobody = visitor(stack)
        plain = self.asked(nobody, "national")
        assert "power_of_attorney" not in plain
        by_agent = self.asked(nobody, "national", filed_by="agent")
        assert by_agent["power_of_attorney"]["parts"]["scope"]["zh"] == "委托事项与权限"

    def test_the_sample_of_the_category_is_told(self, stack: RunningStack) -> None:
        answer = visitor(stack).post(
            "/api/v1/offices/national/required-documents", json={"form": {"category": "fine_art"}}
        )
        assert answer.json()["sample"]["least_dpi"] == 300

    def test_a_form_that_cannot_be_is_refused_by_field(self, stack: RunningStack) -> None:
        answer = visitor(stack).post(
            "/api/v1/offices/national/required-documents", json={"form": {"category": "poem"}}
        )
        assert (answer.status_code, answer.json()["field"]) == (422, "category")

    def test_an_unknown_office_is_not_found(self, stack: RunningStack) -> None:
        for path in ("required-documents", "documents/pledge/template.pdf"):
            method = "POST" if path.startswith("required") else "GET"
            body = {"form": {}} if method == "POST" else None
            answer = visitor(stack).request(method, f"/api/v1/offices/nowhere/{path}", json=body)
            assert answer.status_code == 404


class TestExamplesAndTemplates:
    def test_an_example_is_shown_as_data_and_as_a_paper(self, stack: RunningStack) -> None:
        nobody, at = visitor(stack), "/api/v1/offices/tianjin/documents/creation_statement"
        told = nobody.get(f"{at}/example").json()
        assert set(told["answer"]) == {"purpose", "process", "originality"}
        text = page_text(nobody.get(f"{at}/example.pdf").content)
        assert "填写示例 EXAMPLE" in text
        assert told["form"]["title"] in text

    def test_a_template_is_blank_with_a_place_to_sign(self, stack: RunningStack) -> None:
        answer = visitor(stack).get("/api/v1/offices/tianjin/documents/pledge/template.pdf")
        text = page_text(answer.content)
        assert "作品自愿登记承诺书" in text
        assert "____" in text
        assert "日期 Date" in text

    @pytest.mark.parametrize(
        "path", ["licence/example", "licence/example.pdf", "licence/template.pdf", "x1/example"]
    )
    def test_what_an_office_does_not_show_is_not_found(
        self, stack: RunningStack, path: str
    ) -> None:
        answer = visitor(stack).get(f"/api/v1/offices/zhejiang/documents/{path}")
        assert answer.status_code == 404


class TestTheHandOverList:
    def test_names_the_papers_of_ones_own_matter(self, stack: RunningStack) -> None:
        filer = applicant(stack)
        pledge = filer.deposited("b.png", picture())
        at_matter = f"/api/v1/matters/{filer.drafted(pledge)}/hand-over-list.pdf"
        text = page_text(filer.person.http.get(at_matter).content)
        assert "材料移交清单" in text
        assert pledge in "".join(text.split())
        assert person(stack).http.get(at_matter).status_code == 404


class TestForTheExaminer:
    def test_a_paper_is_what_its_applicant_sees_while_it_is_before_the_office(
        self, stack: RunningStack
    ) -> None:
        filer = applicant(stack)
        pledge = filer.deposited("b.png", picture())
        draft = filer.drafted(pledge)
        first = examiner(stack)
        here = "documents/creation_statement.pdf"
        assert first.http.get(at(draft, here)).status_code == 404
        matter = filer.submitted(filer.deposited("a.png", picture()), pledge)
        mine = paper(filer.person.http, matter, "creation_statement")
        assert first.http.get(at(matter, here)).content == mine.content
        elsewhere = examiner(stack, agency="youth")
        assert elsewhere.http.get(at(matter, here)).status_code == 404
        assert filer.person.http.get(at(matter, here)).status_code in {403, 404}


def test_a_scan_is_told_by_the_code_of_the_paper_it_was_brought_for(stack: RunningStack) -> None:
    filer, officer = applicant(stack), examiner(stack)
    pledge, work = (filer.deposited(name, picture()) for name in ("pledge.png", "work.png"))
    matter, http = filer.drafted(pledge), filer.person.http
    printed = page_text(paper(http, matter, "pledge").content)
    said = http.get(f"/api/v1/matters/{matter}").json()
    assert said["earlier_scans"] == []
    retitled = {"form": {**said["form"], "title": "山间晨雾"}, "documents": said["documents"]}
    told = http.put(f"/api/v1/matters/{matter}/application", json=retitled).json()
    assert sorted(told["earlier_scans"]) == ["application_form", "pledge"]
    refused = submit(http, matter, work)
    assert refused.status_code == 422
    assert refused.json()["field"] in {"documents.application_form", "documents.pledge"}
    as_before = {"form": said["form"], "documents": said["documents"]}
    http.put(f"/api/v1/matters/{matter}/application", json=as_before)
    assert submit(http, matter, work).status_code == 201
    seen = officer.http.post(at(matter, "claim"), json={"role": "first_examiner"}).json()
    (shown,) = [each for each in seen["papers"] if each["code"] == "pledge"]
    assert shown["made_for"] in printed
    assert not shown["of_earlier_form"]

"""T49: identity cards uploaded with an application are opened as other identity papers are."""

import hashlib
import io
import zipfile
from dataclasses import dataclass
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from accounts import keys
from accounts.person_models import Reveal
from accounts.reveals import MOST_A_DAY
from tests.grounds.callers import person, program, submit, visitor
from tests.grounds.filing import AGENCY, OFFICE, Applicant, applicant, at, examiner, picture
from tests.grounds.matters import FORM, papers
from tests.grounds.officers import OfficerAtWork, account_of, looked_all_day
from tests.grounds.stack import RunningStack
from tests.grounds.verifying import looking, verified
from tests.grounds.wallets import until

WHY = {"reason": "核对代理人"}
CARD, PLEDGE = picture((320, 240)), picture()
SECRET = "secret title".encode("utf-16-be")
NAMED = "身份证正面.png"


def register() -> bytes:
    """Two pages of a household register, as a PDF."""
    pages, out = [Image.new("RGB", (300, 400), each) for each in ("red", "blue")], io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], title="secret title")
    return out.getvalue()


@dataclass
class Filed:
    """A matter before its examiners, with uploads personal and not; and who filed it."""

    filer: Applicant
    matter: str
    card: str

    def at(self, code: str, rest: str = "") -> str:
        return at(self.matter, f"documents/{code}/files/0{rest}")


@pytest.fixture(scope="module")
def filed(stack: RunningStack) -> Filed:
    filer = applicant(stack)
    pledge, card = filer.deposited("b.png", PLEDGE), filer.deposited(NAMED, CARD)
    documents = {**papers(pledge), "agent_identity": card, "other": card,
                 "guardianship": filer.deposited("c.pdf", register())}  # fmt: skip
    body = {"office": OFFICE, "agency": AGENCY, "form": FORM, "documents": documents}
    made = filer.person.http.post("/api/v1/matters", json=body)
    assert made.status_code == 201, made.text
    matter: str = made.json()["id"]
    handed = submit(filer.person.http, matter, filer.deposited("a.png", picture()))
    assert handed.json()["state"] == "submitted", handed.text
    return Filed(filer, matter, card)


@pytest.fixture(scope="module")
def holder(stack: RunningStack, filed: Filed) -> OfficerAtWork:
    officer = examiner(stack)
    answer = officer.http.post(at(filed.matter, "claim"), json={"role": "first_examiner"})
    assert answer.status_code == 200, answer.text
    return officer


def seen_by(stack: RunningStack, officer: OfficerAtWork) -> list[Reveal]:
    with stack.services() as services, services.sessions() as session:
        rows = select(Reveal).where(Reveal.by_id == account_of(officer)).order_by(Reveal.at)
        return list(session.scalars(rows))


def paper(officer: OfficerAtWork, filed: Filed, code: str) -> dict[str, Any]:
    shown = officer.http.get(at(filed.matter)).json()["papers"]
    (found,) = [each for each in shown if each["code"] == code]
    return dict(found)


def test_the_list_says_which_are_personal_and_not_what_they_were_called(
    filed: Filed, holder: OfficerAtWork
) -> None:
    """Also under another name than the office's own: `other` is the same evidence here."""
    for code, personal in (("agent_identity", True), ("guardianship", True), ("other", True),
                           ("pledge", False), ("creation_statement", False)):  # fmt: skip
        assert paper(holder, filed, code)["personal"] is personal, code
    names = [paper(holder, filed, code)["files"][0]["name"]
             for code in ("agent_identity", "guardianship", "pledge")]  # fmt: skip
    assert names == ["agent_identity-0.png", "guardianship-0.pdf", "b.png"]
    assert NAMED not in holder.http.get(at(filed.matter)).text


@pytest.mark.parametrize("code", ["agent_identity", "other", "guardianship"])
@pytest.mark.parametrize("rest", ["", "/preview"])
class TestWithoutAReason:
    def test_nothing_is_opened_and_the_field_is_named(
        self, stack: RunningStack, filed: Filed, holder: OfficerAtWork, code: str, rest: str
    ) -> None:
        before = len(seen_by(stack, holder))
        answers = [holder.http.get(filed.at(code, rest))]
        answers += [holder.http.post(filed.at(code, rest), json=body)
                    for body in ({}, {"reason": ""}, {"reason": " "})]  # fmt: skip
        for answer in answers:
            assert (answer.status_code, answer.json()["field"]) == (422, "reason"), answer.text
        assert "POST" in answers[0].json()["detail"]
        assert len(seen_by(stack, holder)) == before

    def test_it_does_not_exist_for_who_does_not_hold_it(
        self, stack: RunningStack, filed: Filed, holder: OfficerAtWork, code: str, rest: str
    ) -> None:
        for role in ("first_examiner", "final_examiner", "supervisor", "registrar"):
            other = looking(stack, OFFICE, role)
            answer = other.http.post(filed.at(code, rest), json=WHY)
            assert answer.status_code == 404, (role, answer.text)
            assert seen_by(stack, other) == []
        assert holder.http.post(filed.at(code, rest), json=WHY).status_code == 200


@pytest.mark.parametrize(("rest", "size"), [("", (320, 240)), ("/preview?size=large", (320, 240)),
                                            ("/preview", (320, 240))])  # fmt: skip
def test_a_picture_is_shown_marked_and_on_record(
    stack: RunningStack, filed: Filed, holder: OfficerAtWork, rest: str, size: tuple[int, int]
) -> None:
    before = len(seen_by(stack, holder))
    seen = holder.http.post(filed.at("agent_identity", rest), json=WHY)
    assert (seen.status_code, seen.headers["content-type"]) == (200, "image/jpeg"), seen.text
    assert seen.headers["cache-control"] == "no-store"
    with Image.open(io.BytesIO(seen.content)) as shown, Image.open(io.BytesIO(CARD)) as sent:
        assert shown.size == size
        bands = [shown.convert("L").crop((0, top, 320, top + 80)) for top in (0, 80, 160)]
        plain = [sent.convert("L").crop((0, top, 320, top + 80)) for top in (0, 80, 160)]
    # Noise has a mean of its own: what is written over it moves it everywhere.
    assert all(one.tobytes() != two.tobytes() for one, two in zip(bands, plain, strict=True))
    again = holder.http.post(filed.at("agent_identity", rest), json=WHY)
    assert again.content != seen.content, "not marked with the time"
    rows = seen_by(stack, holder)[before:]
    assert [(row.office, row.subject, row.reason) for row in rows] == [
        (OFFICE, "file", WHY["reason"])
    ] * 2
    registrar = looking(stack, OFFICE, "registrar")
    lines = registrar.http.get(f"/api/v1/offices/{OFFICE}/audit").json()["items"]
    told = [line for line in lines if line["subject"] == f"file:{rows[0].subject_id}"][:2]
    owner = filed.filer.person.http.get("/api/v1/session").json()["account"]["id"]
    for line in told:
        assert (line["act"], line["by"]) == ("identity.paper_revealed", str(account_of(holder)))
        assert line["facts"] == {
            "of": owner, "kind": "agent_identity", "matter": filed.matter, **WHY
        }  # fmt: skip
    assert len(told) == 2


def test_a_pdf_comes_as_pictures_of_its_pages_and_page_by_page(
    filed: Filed, holder: OfficerAtWork
) -> None:
    seen = holder.http.post(filed.at("guardianship"), json=WHY)
    assert (seen.status_code, seen.headers["content-type"]) == (200, "application/pdf")
    assert SECRET in register()
    assert SECRET not in seen.content
    for page, status in ((1, 200), (2, 200), (3, 404)):
        shown = holder.http.post(filed.at("guardianship", f"/preview?page={page}"), json=WHY)
        assert shown.status_code == status, shown.text


def letter() -> bytes:
    """A text document as office programs write it: nothing here draws one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in ("[Content_Types].xml", "_rels/.rels", "word/document.xml"):
            archive.writestr(name, "<x/>")
    return out.getvalue()


def test_what_cannot_be_drawn_comes_as_it_is_and_is_on_record(stack: RunningStack) -> None:
    """SD: household registers may come as text documents."""
    office, place = "shandong", {"country": "CN", "province": "370000", "city": "济南"}
    who = verified(stack, person(stack), office)
    filer = Applicant(who, program(stack, who.key(*keys.ALL_SCOPES)))
    data = letter()
    pledge, register_ = filer.deposited("b.png", PLEDGE), filer.deposited("张三.docx", data)
    form = {**FORM, "authors": [{"name": "张三", "signature": "real_name", "employed": False}],
            "owners": [{**FORM["owners"][0], "place": place}]}  # fmt: skip
    documents = {"creation_statement": "写生而成。", "pledge": pledge,
                 "not_employment_pledge": pledge, "guardianship": register_}  # fmt: skip
    body = {"office": office, "form": form, "documents": documents}
    made = filer.person.http.post("/api/v1/matters", json=body)
    assert made.status_code == 201, made.text
    handed = submit(filer.person.http, made.json()["id"], filer.deposited("a.png", picture()))
    assert handed.json()["state"] == "payment", handed.text
    matter, order = made.json()["id"], handed.json()["order"]["id"]
    begun = filer.person.http.put(f"/api/v1/orders/{order}/payment", json={"way": "sandbox"})
    assert visitor(stack).post(begun.json()["started"][-1]["page"]).status_code == 303
    until(filer.person.http, f"/api/v1/matters/{matter}", 60, state="submitted")
    officer = examiner(stack, office=office, agency="centre")
    claim = officer.http.post(at(matter, "claim", office), json={"role": "first_examiner"})
    assert claim.status_code == 200, claim.text
    here = at(matter, "documents/guardianship/files/0", office)
    assert officer.http.get(here).json()["field"] == "reason"
    assert officer.http.post(f"{here}/preview", json=WHY).status_code == 404
    assert seen_by(stack, officer) == []
    seen = officer.http.post(here, json=WHY)
    assert (seen.status_code, seen.content) == (200, data)
    assert seen.headers["content-disposition"].startswith("attachment")
    assert "guardianship-0.docx" in seen.headers["content-disposition"]
    assert len(seen_by(stack, officer)) == 1


def test_other_papers_are_opened_as_before(
    stack: RunningStack, filed: Filed, holder: OfficerAtWork
) -> None:
    before = len(seen_by(stack, holder))
    assert holder.http.get(filed.at("pledge")).content == PLEDGE
    assert holder.http.get(filed.at("pledge", "/preview")).status_code == 200
    for rest in ("", "/preview"):
        answer = holder.http.post(filed.at("pledge", rest), json=WHY)
        assert (answer.status_code, answer.json()["field"]) == (422, "code")
    assert len(seen_by(stack, holder)) == before


def test_they_are_nobody_elses(stack: RunningStack, filed: Filed) -> None:
    """T01, T19: to another account, to strangers and by digest there are none."""
    other = person(stack)
    for path in ("", "/files/0", "/files/0/preview", "/certificate", "/package"):
        answer = other.http.get(f"/api/v1/evidence/{filed.card}{path}")
        assert answer.status_code == 404, path
    copy = other.http.post(f"/api/v1/evidence/{filed.card}/exports", json={"disclose": []})
    assert copy.status_code == 404
    digest = hashlib.sha256(CARD).hexdigest()
    stranger = visitor(stack)
    assert stranger.get(f"/api/v1/public/digests/{digest}").json()["evidence"] == []
    told = stranger.get(f"/api/v1/public/evidence/{filed.card}")
    assert NAMED not in told.text
    assert told.json()["detail"] is None
    assert filed.filer.program.get(f"/api/v1/evidence/{filed.card}/files/0").content == CARD


def test_a_work_that_looks_like_one_opens_none(stack: RunningStack, filed: Filed) -> None:
    """Its examiner is told of a number and dates; of no file, and of no name."""
    other = applicant(stack)
    matter = other.submitted(other.deposited("z.png", CARD), other.deposited("b.png", picture()))
    officer = examiner(stack)
    shown = officer.http.get(at(matter))
    (hit,) = [each for each in shown.json()["hits"] if each["evidence_number"] == filed.card]
    assert set(hit) == {
        "kind",
        "position",
        "distance",
        "evidence_number",
        "own",
        "earlier",
        "dates",
    }
    assert NAMED not in shown.text
    assert officer.http.get(f"/api/v1/evidence/{filed.card}/files/0").status_code == 404


def test_the_days_measure_counts_them_too(
    stack: RunningStack, filed: Filed, holder: OfficerAtWork
) -> None:
    looked_all_day(stack, holder, OFFICE)
    for rest in ("", "/preview"):
        answer = holder.http.post(filed.at("agent_identity", rest), json=WHY)
        assert answer.status_code == 429, answer.text
        assert str(MOST_A_DAY) in answer.json()["detail"]

"""Real names as the four manuals have them: what each form takes, who looks at it, and that nobody
files before it holds."""

import secrets
import time
from typing import Any

import httpx2
import pytest

from tests.grounds.bureau import asked
from tests.grounds.callers import Person, certified, declared, deposit, person, submit
from tests.grounds.filing import at, examiner
from tests.grounds.matters import FORM, papers
from tests.grounds.people import resident_number
from tests.grounds.stack import RunningStack
from tests.grounds.verifying import claimed, decided, looking, verified

COMPANY = {
    "name": "杭州某某文化有限公司", "document_kind": "credit_code", "number": "91350100M000100Y43",
    "region": "330106", "address": "西湖区一号", "legal_representative": "王五", "handler": "李四",
    "contact_mobile": "13800138000",
}  # fmt: skip
OWNER_COMPANY = {**FORM["owners"][0], "name": COMPANY["name"], "kind": "enterprise",
                 "paper": "business_licence"}  # fmt: skip


def card(**more: Any) -> dict[str, Any]:
    return {"name": "李四", "document_kind": "resident_id", "number": resident_number(),
            "region": "330106", "address": "西湖区二号", "contact_mobile": "13800138000",
            **more}  # fmt: skip


def handed_in(who: Person, made: str, office: str) -> httpx2.Response:
    return who.http.post(f"/api/v1/identity/{made}/submission?office={office}")


def state(who: Person) -> str | None:
    found: str | None = asked(who.http.get("/api/v1/account"))["identity_status"]
    return found


def evidence(who: Person, name: str = "a.png") -> str:
    file = declared(name, secrets.token_bytes(8))
    number: str = asked(deposit(who.http, file, custody_mode="hash_only"))["evidence_number"]
    certified(who.http, number)
    return number


class TestPersons:
    @pytest.mark.parametrize(
        ("office", "then"),
        [("shandong", "accepted"), ("zhejiang", "accepted"), ("tianjin", "submitted"),
         ("national", "submitted")],
    )  # fmt: skip
    def test_saving_completes_it_or_an_officer_looks(
        self, stack: RunningStack, office: str, then: str
    ) -> None:
        """SD-64; TJ-52 … TJ-57; CP-15, CP-19; the state is shown (TJ-47)."""
        who = person(stack)
        made = claimed(who, card())
        assert state(who) is None
        assert asked(handed_in(who, made, office))["status"] == then
        if then == "submitted":
            assert state(who) is None
            decided(looking(stack, office), office, made)
        assert state(who) == ("accepted" if then == "accepted" else "verified")

    def test_the_national_office_wants_the_holder_with_the_card(self, stack: RunningStack) -> None:
        """CP-19, CP-35: both sides and a photograph with the card held in hand."""
        who = person(stack)
        assert who.http.put("/api/v1/account/kind", json={"kind": "individual"}).is_success
        made = asked(who.http.post("/api/v1/identity", json=card()))["id"]
        for kind in ("id_front", "id_back"):
            path = f"/api/v1/identity/{made}/papers?kind={kind}"
            headers = {"Content-Type": "application/octet-stream"}
            assert who.http.put(path, content=b"\xff\xd8\xff card", headers=headers).is_success
        refused = handed_in(who, made, "national")
        assert (refused.status_code, refused.json()["field"]) == (422, "papers")
        assert "holding" in refused.json()["detail"]
        assert handed_in(who, made, "shandong").is_success

    @pytest.mark.parametrize(
        ("start", "status"),
        [(b"\xff\xd8\xff", 200), (b"GIF89a", 200), (b"\x89PNG\r\n\x1a\n", 200), (b"BM", 415)],
        ids=["jpg", "gif", "png", "bmp"],
    )
    def test_pictures_of_cards_are_jpg_gif_or_png(
        self, stack: RunningStack, start: bytes, status: int
    ) -> None:
        """TJ-54, TJ-55, SD-52."""
        who = person(stack)
        made = claimed(who, card())
        path = f"/api/v1/identity/{made}/papers?kind=other"
        headers = {"Content-Type": "application/octet-stream"}
        assert who.http.put(path, content=start + b" card", headers=headers).status_code == status

    @pytest.mark.parametrize(
        ("change", "field"),
        [({"number": "110101199001010010"}, "number"), ({"name": " "}, "name"),
         ({"region": "990000"}, "region")],
    )  # fmt: skip
    def test_what_cannot_be_is_refused_by_field(
        self, stack: RunningStack, change: dict[str, str], field: str
    ) -> None:
        """TJ-52, TJ-53, TJ-56; SD-50, SD-51."""
        who = person(stack)
        assert who.http.put("/api/v1/account/kind", json={"kind": "individual"}).is_success
        refused = who.http.post("/api/v1/identity", json=card(**change))
        assert (refused.status_code, refused.json()["field"]) == (422, field)


class TestFacts:
    @pytest.mark.parametrize(
        ("office", "of", "fact"),
        [("shandong", "body", "legal_representative"), ("shandong", "body", "contact_mobile"),
         ("shandong", "body", "address"), ("shandong", "person", "address"),
         ("national", "body", "legal_representative"), ("national", "body", "handler"),
         ("zhejiang", "body", "handler"), ("zhejiang", "body", "contact_mobile"),
         ("zhejiang", "person", "contact_mobile")],
    )  # fmt: skip
    def test_that_an_office_wants_to_be_told_are_said_and_asked_for(
        self, stack: RunningStack, office: str, of: str, fact: str
    ) -> None:
        """SD-54, SD-58, SD-59, SD-61; CP-20; ZJ-43, ZJ-44: those with a star in the manuals."""
        who = person(stack)
        filing = asked(who.http.get(f"/api/v1/offices/{office}"))["filing"]
        assert fact in [each["key"] for each in filing[f"{of}_facts"]]
        body = COMPANY if of == "body" else card()
        made = claimed(who, {name: said for name, said in body.items() if name != fact})
        refused = handed_in(who, made, office)
        assert (refused.status_code, refused.json()["field"]) == (422, fact)

    def test_and_papers_that_lack_are_named_while_it_is_a_draft(self, stack: RunningStack) -> None:
        """As the office that is meant has them; without one, the least that any asks for."""
        who = person(stack)
        body = {**COMPANY, "address": None, "legal_representative": None}
        made = f"/api/v1/identity/{claimed(who, body, leave_out=('seal',))}"
        told = asked(who.http.get(made))
        assert (told["facts_missing"], told["papers_missing"]) == ([], [])
        told = asked(who.http.get(made, params={"office": "shandong"}))
        assert told["facts_missing"] == ["address", "legal_representative"]
        told = asked(who.http.get(made, params={"office": "national"}))
        assert told["facts_missing"] == ["legal_representative"]
        assert told["papers_missing"] == ["seal"]
        refused = who.http.get(made, params={"office": "shandongg"})
        assert (refused.status_code, refused.json()["field"]) == (422, "office")


class TestBodies:
    @pytest.mark.parametrize("office", ["shandong", "tianjin", "national"])
    def test_nothing_goes_on_before_an_officer_has_looked(
        self, stack: RunningStack, office: str
    ) -> None:
        """SD-55 … SD-61, SD-65; CP-16, CP-20: licence, handler, legal representative."""
        who = person(stack)
        made = claimed(who, COMPANY)
        assert asked(handed_in(who, made, office))["status"] == "submitted"
        matter = drafted(who, office)
        told = asked(who.http.get(f"/api/v1/matters/{matter}/precheck"))["items"]
        (found,) = [each for each in told if each["id"] == "not-verified"]
        assert (found["name"], "正在审核" in str(found)) == ("identity", True)
        decided(looking(stack, office), office, made)
        assert state(who) == "verified"
        told = asked(who.http.get(f"/api/v1/matters/{matter}/precheck"))["items"]
        assert "not-verified" not in {each["id"] for each in told}

    @pytest.mark.parametrize(
        ("office", "paper"),
        [("national", "licence"), ("national", "seal"), ("national", "handler_authorisation"),
         ("shandong", "licence"), ("zhejiang", "licence")],
    )  # fmt: skip
    def test_each_office_asks_for_its_papers_of_a_unit(
        self, stack: RunningStack, office: str, paper: str
    ) -> None:
        """CP-16, CP-20, SD-57, ZJ-50."""
        who = person(stack)
        made = claimed(who, COMPANY, leave_out=(paper,))
        refused = handed_in(who, made, office)
        assert (refused.status_code, refused.json()["field"]) == (422, "papers")
        assert refused.json()["detail"].endswith(f": {paper}")

    def test_zhejiang_takes_complete_papers(self, stack: RunningStack) -> None:
        """ZJ-38 … ZJ-40, ZJ-43 … ZJ-47, ZJ-50."""
        who = person(stack)
        assert asked(handed_in(who, claimed(who, COMPANY), "zhejiang"))["status"] == "accepted"

    def test_zhejiang_refuses_a_unit_without_its_handlers_card(self, stack: RunningStack) -> None:
        """ZJ-43, ZJ-47: the other offices ask for no such card."""
        who = person(stack)
        made = claimed(who, COMPANY, leave_out=("handler_id_back",))
        refused = handed_in(who, made, "zhejiang")
        assert (refused.status_code, refused.json()["field"]) == (422, "papers")
        assert "handler_id_back" in refused.json()["detail"]
        assert asked(handed_in(who, made, "tianjin"))["status"] == "submitted"

    def test_zhejiang_refuses_a_unit_that_does_not_name_its_handler(
        self, stack: RunningStack
    ) -> None:
        """ZJ-43."""
        who = person(stack)
        made = claimed(who, {name: said for name, said in COMPANY.items() if name != "handler"})
        refused = handed_in(who, made, "zhejiang")
        assert (refused.status_code, refused.json()["field"]) == (422, "handler")
        assert asked(handed_in(who, made, "tianjin"))["status"] == "submitted"

    def test_a_company_registers_like_a_person(self, stack: RunningStack) -> None:
        """TJ-08, TJ-132."""
        who = verified(stack, person(stack, COMPANY["name"]), "tianjin", **COMPANY)
        matter, number = drafted(who, "tianjin"), evidence(who)
        assert asked(submit(who.http, matter, number))["state"] == "submitted"
        first, final = examiner(stack), examiner(stack, "final_examiner")
        seen = asked(first.http.post(at(matter, "claim"), json={"role": "first_examiner"}))
        done = {"checklist": list(seen["checklist"]["first"])}
        asked(first.http.post(at(matter, "pass"), json=done))
        asked(final.http.post(at(matter, "claim"), json={"role": "final_examiner"}))
        asked(final.http.get(at(matter)))
        done = {"checklist": list(seen["checklist"]["final"])}
        asked(final.http.post(at(matter, "approval"), json=done))
        path = f"/api/v1/matters/{matter}"
        until = time.monotonic() + 120
        while not (entry := asked(who.http.get(path))["registration"])["certificate_ready"]:
            assert time.monotonic() < until, entry
            time.sleep(0.2)
        assert who.http.get(f"{path}/certificate").content.startswith(b"%PDF")


def drafted(who: Person, office: str) -> str:
    """A company's own work, with every paper the office asks for."""
    form = {**FORM, "owners": [OWNER_COMPANY], "authors": [{**FORM["authors"][0]}],
            "applicant": {"name": COMPANY["name"], "mobile": "13800000000"}}  # fmt: skip
    body: dict[str, Any] = {"office": office, "form": form}
    if office == "tianjin":
        path = f"/api/v1/offices/{office}/required-documents"
        wanted = asked(who.http.post(path, json={"form": form}))["documents"]
        body["documents"] = {
            each["code"]: papers("").get(each["code"]) or evidence(who, "paper.png")
            for each in wanted
            if each["needed"] == "required" and not each["comes_by_itself"]
        }
        body["agency"] = "exchange"
    made: str = asked(who.http.post("/api/v1/matters", json=body))["id"]
    return made


class TestSubmitting:
    def test_who_is_not_verified_is_told_what_to_do(self, stack: RunningStack) -> None:
        """TJ-42, CP-18, SD-03."""
        who = person(stack)
        number, pledge = evidence(who), evidence(who, "pledge.png")
        body = {"office": "tianjin", "agency": "exchange", "form": FORM,
                "documents": papers(pledge)}  # fmt: skip
        matter = asked(who.http.post("/api/v1/matters", json=body))["id"]
        refused = submit(who.http, matter, number)
        assert (refused.status_code, refused.json()["field"]) == (409, "identity")
        assert "请先完成实名认证" in refused.json()["detail"]
        verified(stack, who, "tianjin")
        assert asked(submit(who.http, matter, number))["state"] == "submitted"


class TestRightsHolders:
    def test_are_kept_with_all_that_the_forms_ask(self, stack: RunningStack) -> None:
        """SD-85 … SD-93, ZJ-42, ZJ-61."""
        who, number = person(stack), resident_number()
        body = {
            "name": "李四", "roles": ["owner", "author"], "document_kind": "resident_id",
            "number": number, "region": "370102", "mobile": "13800138000", "address": "历下区一号",
            "pen_name": "山间客", "valid_from": "2020-01-01", "valid_until": "2040-01-01",
        }  # fmt: skip
        made = asked(who.http.post("/api/v1/parties", json=body))
        assert made["number"] == number[:3] + "*" * 11 + number[-4:]
        assert (made["nature"], made["roles"]) == ("natural", ["author", "owner"])
        assert (made["pen_name"], made["region_name"][:3]) == ("山间客", "山东省")
        assert (made["valid_from"], made["valid_until"]) == ("2020-01-01", "2040-01-01")
        for kind in ("id_front", "id_back"):
            path = f"/api/v1/parties/{made['id']}/papers?kind={kind}"
            headers = {"Content-Type": "application/octet-stream"}
            assert who.http.put(path, content=b"\xff\xd8\xff card", headers=headers).is_success
        forever = {**body, "valid_until": None}
        shown = asked(who.http.put(f"/api/v1/parties/{made['id']}", json=forever))
        assert (shown["valid_from"], shown["valid_until"]) == ("2020-01-01", None)
        unit = {**COMPANY, "roles": ["owner"]}
        for name in ("legal_representative", "handler", "contact_mobile"):
            del unit[name]
        assert asked(who.http.post("/api/v1/parties", json=unit))["nature"] == "body"

    def test_from_outside_of_the_area_a_residence_permit_is_asked_for(
        self, stack: RunningStack
    ) -> None:
        """SD-94."""
        who = person(stack)
        path = "/api/v1/offices/shandong/required-documents"

        def wanted(province: str) -> set[str]:
            place = {"country": "CN", "province": province, "city": "某市"}
            form = {**FORM, "owners": [{**FORM["owners"][0], "place": place}]}
            told = asked(who.http.post(path, json={"form": form}))["documents"]
            return {each["code"] for each in told if each["needed"] == "required"}

        assert "residence_permit" in wanted("120000")
        assert "residence_permit" not in wanted("370000")

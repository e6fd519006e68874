"""Real-name verification over HTTP: a claim, papers that no disk holds in the clear, a decision."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.papers import MOST_OF_CLAIM
from core.calendar import Calendar
from core.published_holidays import PublishedHolidays
from tests.grounds.callers import Person, person
from tests.grounds.filing import picture
from tests.grounds.officers import OfficerAtWork, at_work
from tests.grounds.people import resident_number
from tests.grounds.stack import RunningStack

OFFICE = "/api/v1/offices/hall"
BYTES = {"Content-Type": "application/octet-stream"}
PICTURE = picture(form="JPEG")
SAID = {"address": "福建省福州市鼓楼区东街一号", "legal_representative": "赵六", "handler": "孙七",
        "contact_mobile": "13800001234", "valid_from": "2020-01-01"}  # fmt: skip


@pytest.fixture(scope="module")
def boss(stack: RunningStack) -> OfficerAtWork:
    return at_work(stack, "hall", "supervisor")


def someone(stack: RunningStack, kind: str = "individual") -> Person:
    made = person(stack)
    assert made.http.put("/api/v1/account/kind", json={"kind": kind}).status_code == 204
    return made


def claim(who: Person, **more: Any) -> dict[str, Any]:
    body = {"name": "李四", "document_kind": "resident_id", "number": resident_number(),
            "region": "330106", **more}  # fmt: skip
    answer = who.http.post("/api/v1/identity", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def add_paper(who: Person, verification: str, kind: str, data: bytes = PICTURE) -> Any:
    at = f"/api/v1/identity/{verification}/papers?kind={kind}"
    return who.http.put(at, content=data, headers=BYTES)


def company(stack: RunningStack, office: str = "hall") -> tuple[Person, str]:
    """A body that waits for an officer."""
    who = someone(stack, "enterprise")
    made = claim(who, document_kind="credit_code", number="91350100M000100Y43", **SAID)["id"]
    for kind in ("licence", "seal", "handler_authorisation"):
        assert add_paper(who, made, kind).status_code == 200
    answer = who.http.post(f"/api/v1/identity/{made}/submission?office={office}")
    assert (answer.status_code, answer.json()["status"]) == (200, "submitted")
    return who, made


class TestIndividuals:
    def test_complete_papers_are_accepted_and_it_says_that_nobody_looked(
        self, stack: RunningStack
    ) -> None:
        who, number = someone(stack), resident_number()
        made = claim(who, number=number)
        assert made["number"] == number[:3] + "*" * 11 + number[-4:]
        at = f"/api/v1/identity/{made['id']}"
        refused = who.http.post(f"{at}/submission")
        assert (refused.status_code, refused.json()["field"]) == (422, "papers")
        for kind in ("id_front", "id_back"):
            assert add_paper(who, made["id"], kind).status_code == 200
        answer = who.http.post(f"{at}/submission").json()
        assert answer["status"] == "accepted"
        assert "未经核验" in answer["meaning"]
        assert add_paper(who, made["id"], "holding").status_code == 409

    @pytest.mark.parametrize(
        ("kind", "data", "status", "field"),
        [
            ("id_front", b"MZ not a picture", 415, "body"),
            ("selfie", PICTURE, 422, "kind"),
            ("id_front", PICTURE + bytes(10 * 1024 * 1024), 413, None),
        ],
        ids=["type", "kind", "size"],
    )
    def test_papers_are_refused_by_field(
        self, stack: RunningStack, kind: str, data: bytes, status: int, field: str | None
    ) -> None:
        who = someone(stack)
        answer = add_paper(who, claim(who)["id"], kind, data)
        assert (answer.status_code, answer.json().get("field")) == (status, field)

    def test_a_claim_has_so_many_papers_and_no_more(self, stack: RunningStack) -> None:
        who = someone(stack)
        made = claim(who)["id"]
        for _ in range(MOST_OF_CLAIM):
            assert add_paper(who, made, "other").status_code == 200
        assert add_paper(who, made, "other").status_code == 409
        answers = [add_paper(who, claim(who)["id"], "other").status_code for _ in range(40)]
        assert answers[0] == 200
        assert answers[-1] == 429

    def test_erased_is_gone_from_the_disk(self, stack: RunningStack) -> None:
        who = someone(stack)
        made = claim(who)["id"]
        papers = [add_paper(who, made, kind).json()["id"] for kind in ("id_front", "id_back")]
        files = [stack.var / "papers" / each.replace("-", "") for each in papers]
        for file in files:
            assert file.stat().st_mode & 0o777 == 0o600
            assert PICTURE[4:] not in file.read_bytes()
        assert who.http.post(f"/api/v1/identity/{made}/submission").status_code == 200
        assert who.http.delete(f"/api/v1/identity/{made}").status_code == 204
        assert not any(file.exists() for file in files)
        left = who.http.get(f"/api/v1/identity/{made}").json()
        assert (left["status"], left["number"], left["name"]) == ("erased", None, None)


class TestOfficers:
    def test_an_officer_looks_and_decides(self, stack: RunningStack, boss: OfficerAtWork) -> None:
        who, made = company(stack)
        (waiting,) = [
            each for each in boss.http.get(f"{OFFICE}/identities").json()["items"]
            if each["id"] == made
        ]  # fmt: skip
        assert waiting["number"] == "913501********0Y43"
        at = f"{OFFICE}/identities/{made}"
        paper = waiting["papers"][0]["id"]
        seen = boss.http.post(f"{at}/papers/{paper}", json={"reason": "核对执照"})
        assert (seen.status_code, seen.headers["content-type"]) == (200, "image/jpeg")
        assert seen.headers["cache-control"] == "no-store"
        nothing = boss.http.post(f"{at}/number", json={"reason": " "})
        assert (nothing.status_code, nothing.json()["field"]) == (422, "reason")
        number = boss.http.post(f"{at}/number", json={"reason": "核对执照"}).json()
        assert number == {"number": "91350100M000100Y43", "address": SAID["address"],
                          "contact_mobile": SAID["contact_mobile"]}  # fmt: skip
        word = {"outcome": "verified", "ground": "与执照一致"}
        assert boss.http.post(f"{at}/decision", json=word).json()["status"] == "verified"
        again = boss.http.post(f"{at}/decision", json=word)
        assert (again.status_code, again.json()["type"]) == (
            409, "urn:yinji:problem:illegal-transition",
        )  # fmt: skip
        assert who.http.get(f"/api/v1/identity/{made}").json()["ground"] == "与执照一致"
        for path in ("number", f"papers/{paper}"):  # T49: nobody decides on it any more
            late = boss.http.post(f"{at}/{path}", json={"reason": "核对执照"})
            assert late.status_code == 404, late.text

    @pytest.mark.parametrize("role", ["cashier", "registrar", "final_examiner"])
    def test_who_does_not_decide_sees_none(self, stack: RunningStack, role: str) -> None:
        _, made = company(stack)
        other, at = at_work(stack, "hall", role), f"{OFFICE}/identities"
        assert other.http.get(at).status_code == 403
        answer = other.http.post(f"{at}/{made}/number", json={"reason": "核对"})
        assert answer.status_code == 403, answer.text

    def test_an_officer_sees_what_is_to_be_compared_with_the_papers(
        self, stack: RunningStack, boss: OfficerAtWork
    ) -> None:
        who, made = company(stack)
        (waiting,) = [
            each for each in boss.http.get(f"{OFFICE}/identities").json()["items"]
            if each["id"] == made
        ]  # fmt: skip
        expected = {**SAID, "address": "福建省福州市" + "*" * 7, "contact_mobile": "*" * 7 + "1234",
                    "region_name": "浙江省 杭州市 西湖区", "reason": None}  # fmt: skip
        assert {name: waiting[name] for name in expected} == expected
        word = {"outcome": "verified", "ground": "与执照一致"}
        at = f"{OFFICE}/identities/{made}"
        assert boss.http.post(f"{at}/decision", json=word).status_code == 200
        again = claim(who, document_kind="credit_code", number="91350100M000100Y43",
                      reason="住所变更", address="福州")  # fmt: skip
        shown = who.http.get(f"/api/v1/identity/{again['id']}").json()
        assert (shown["reason"], shown["corrects_id"]) == ("住所变更", made)
        assert (shown["address"], shown["contact_mobile"]) == ("福*", None)
        who.http.delete(f"/api/v1/identity/{made}")
        gone = who.http.get(f"/api/v1/identity/{made}").json()
        assert (gone["status"], gone["address"], gone["handler"]) == ("erased", None, None)

    def test_an_office_says_by_when_it_answers(self, stack: RunningStack) -> None:
        """CP-21: one to three working days."""
        who, waiting = company(stack, "national")
        told = who.http.get(f"/api/v1/identity/{waiting}").json()
        submitted = datetime.fromisoformat(told["submitted_at"]) + timedelta(hours=8)
        due = Calendar(published=PublishedHolidays()).due(submitted.date(), 3, "working_days")
        assert told["due_at"] == f"{due.day.isoformat()}T23:59:59.999999+08:00"
        boss = at_work(stack, "national", "supervisor")
        at = f"/api/v1/offices/national/identities/{waiting}"
        word = {"outcome": "verified", "ground": "与执照一致"}
        assert boss.http.post(f"{at}/decision", json=word).json()["due_at"] is None

    def test_what_waits_is_taken_back_and_then_erased(self, stack: RunningStack) -> None:
        who, waiting = company(stack, "national")
        at, boss = f"/api/v1/identity/{waiting}", at_work(stack, "national", "supervisor")
        queue = "/api/v1/offices/national/identities"
        assert waiting in {each["id"] for each in boss.http.get(queue).json()["items"]}
        assert who.http.delete(at).status_code == 409
        assert someone(stack).http.post(f"{at}/withdrawal").status_code == 404
        told = who.http.post(f"{at}/withdrawal").json()
        assert (told["status"], told["due_at"]) == ("withdrawn", None)
        assert waiting not in {each["id"] for each in boss.http.get(queue).json()["items"]}
        late = boss.http.post(f"{queue}/{waiting}/number", json={"reason": "核对"})
        assert late.status_code == 404
        again = who.http.post(f"{at}/withdrawal")
        assert (again.status_code, again.json()["type"]) == (
            409, "urn:yinji:problem:illegal-transition",
        )  # fmt: skip
        assert who.http.delete(at).status_code == 204
        assert claim(who, document_kind="credit_code", number="91350100M000100Y43", **SAID)

    def test_an_office_that_there_is_not_is_refused(self, stack: RunningStack) -> None:
        """Nobody would ever look at it."""
        who = someone(stack, "enterprise")
        made = claim(who, document_kind="credit_code", number="91350100M000100Y43", **SAID)["id"]
        for kind in ("licence", "seal", "handler_authorisation"):
            assert add_paper(who, made, kind).status_code == 200
        answer = who.http.post(f"/api/v1/identity/{made}/submission?office=tianjinn")
        assert (answer.status_code, answer.json()["field"]) == (422, "office")
        assert "tianjin" in answer.json()["detail"]
        assert who.http.get(f"/api/v1/identity/{made}").json()["status"] == "draft"

    def test_another_office_sees_nothing(self, stack: RunningStack) -> None:
        _, made = company(stack)
        other = at_work(stack, "elsewhere", "supervisor")
        at = f"/api/v1/offices/elsewhere/identities/{made}"
        for path, body in (("number", {"reason": "x"}),
                           ("decision", {"outcome": "verified", "ground": "x"})):  # fmt: skip
            assert other.http.post(f"{at}/{path}", json=body).status_code == 404
        assert other.http.post(f"{OFFICE}/identities/{made}/number",
                               json={"reason": "x"}).status_code == 403  # fmt: skip

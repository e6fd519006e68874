"""Examination over HTTP: queues, the next one, recusal, declared conflicts, second accounts."""

import secrets
import uuid
from typing import Any

import pytest

from tests.grounds.filing import OFFICE, Applicant, applicant, at, examiner, picture
from tests.grounds.officers import OfficerAtWork
from tests.grounds.people import resident_number
from tests.grounds.stack import RunningStack

QUEUE = f"/api/v1/offices/{OFFICE}/queue"
CONFLICTS = f"/api/v1/offices/{OFFICE}/conflicts"


@pytest.fixture(scope="module")
def filer(stack: RunningStack) -> Applicant:
    return applicant(stack)


@pytest.fixture(scope="module")
def pledge(filer: Applicant) -> str:
    return filer.deposited("b.png", picture())


@pytest.fixture
def matter(filer: Applicant, pledge: str) -> str:
    return filer.submitted(filer.deposited("a.png", picture()), pledge)


@pytest.fixture(scope="module")
def first(stack: RunningStack) -> OfficerAtWork:
    return examiner(stack)


def listed(who: OfficerAtWork, **query: Any) -> list[dict[str, Any]]:
    """The whole queue, page by page."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        asked = {"role": "first_examiner", "limit": 2, **query, **cursor}
        answer = who.http.get(QUEUE, params=asked)
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        if answer.json()["next"] is None:
            return found
        cursor = {"cursor": answer.json()["next"]}


def test_a_queue_is_paged_in_the_order_of_its_due_dates(
    first: OfficerAtWork, filer: Applicant, pledge: str
) -> None:
    made = {
        filer.submitted(filer.deposited("a.png", picture()), pledge, title=f"山间 {place}")
        for place in range(3)
    }
    seen = listed(first)
    assert made <= {each["id"] for each in seen}
    due = [each["examine_by"] for each in seen]
    assert due == sorted(due)
    assert all(each["title"] and each["applicant"] == "张三" for each in seen)


def test_a_queue_shows_its_own_office_only(
    stack: RunningStack, first: OfficerAtWork, matter: str
) -> None:
    elsewhere = examiner(stack, office="zhejiang", agency="zhejiang")
    answer = elsewhere.http.get(
        "/api/v1/offices/zhejiang/queue", params={"role": "first_examiner", "limit": 100}
    )
    assert matter in {each["id"] for each in listed(first)}
    assert matter not in {each["id"] for each in answer.json()["items"]}
    assert elsewhere.http.get(QUEUE, params={"role": "first_examiner"}).status_code == 403


@pytest.mark.parametrize(
    ("query", "status"),
    [({"role": "registrar"}, 422), ({"role": "first_examiner", "limit": 101}, 422),
     ({"role": "first_examiner", "cursor": str(uuid.uuid4())}, 422),
     ({"role": "final_examiner"}, 403)],
)  # fmt: skip
def test_a_queue_that_cannot_be_is_refused_by_field(
    first: OfficerAtWork, query: dict[str, Any], status: int
) -> None:
    assert first.http.get(QUEUE, params=query).status_code == status


def test_the_next_one_is_claimed_and_is_then_among_ones_own(
    stack: RunningStack, matter: str
) -> None:
    someone = examiner(stack)
    answer = someone.http.post(f"{QUEUE}/next", json={"role": "first_examiner"})
    assert answer.status_code == 200, answer.text
    taken = answer.json()["matter"]
    assert taken["state"] == "first_examination"
    assert taken["precheck"] is not None
    assert taken["may"] == ["release", "recuse", "return", "pass"]
    assert someone.http.get(at(taken["id"])).json()["may"] == taken["may"]
    assert examiner(stack).http.get(at(taken["id"])).json()["may"] == []
    assert [each["id"] for each in listed(someone, mine=True)] == [taken["id"]]
    assert someone.http.post(at(taken["id"], "release")).status_code == 204
    assert matter in {each["id"] for each in listed(someone)}
    assert someone.http.get(at(taken["id"])).json()["may"] == ["claim"]


def test_nothing_is_next_where_nothing_waits(stack: RunningStack) -> None:
    someone = examiner(stack, agency="youth")
    answer = someone.http.post(f"{QUEUE}/next", json={"role": "first_examiner"})
    assert (answer.status_code, answer.json()) == (200, {"matter": None})


def test_an_examiner_sees_the_name_that_was_verified(
    stack: RunningStack, first: OfficerAtWork
) -> None:
    who = applicant(stack, "山中客")
    made = who.submitted(who.deposited("a.png", picture()), who.deposited("b.png", picture()))
    seen = first.http.get(at(made)).json()
    assert seen["applicant_name"] == "山中客"
    assert seen["applicant_verified_name"] == "张三"
    assert seen["agent_verified_name"] is None
    assert "applicant_verified_name" not in who.person.http.get(f"/api/v1/matters/{made}").json()


class TestRecusal:
    def test_ends_every_sight_of_the_matter(self, stack: RunningStack, matter: str) -> None:
        someone = examiner(stack)
        someone.http.post(at(matter, "claim"), json={"role": "first_examiner"})
        answer = someone.http.post(at(matter, "recusal"), json={"reason": "邻居"})
        assert answer.status_code == 204, answer.text
        assert matter not in {each["id"] for each in listed(someone)}
        for path in ("files/0", "", "history", "notices", "notices/1.pdf"):
            assert someone.http.get(at(matter, path)).status_code == 403, path
        again = someone.http.post(at(matter, "claim"), json={"role": "first_examiner"})
        assert again.status_code == 403
        assert "邻居" not in again.text

    def test_the_applicant_is_not_told_why(
        self, stack: RunningStack, filer: Applicant, matter: str
    ) -> None:
        someone, reason = examiner(stack), secrets.token_hex(8)
        someone.http.post(at(matter, "claim"), json={"role": "first_examiner"})
        someone.http.post(at(matter, "recusal"), json={"reason": reason})
        seen = filer.person.http.get(f"/api/v1/matters/{matter}")
        assert seen.json()["state"] == "submitted"
        assert reason not in seen.text


class TestDeclared:
    def test_a_name_hides_its_matters(self, stack: RunningStack, matter: str) -> None:
        someone = examiner(stack)
        body = {"kind": "name", "name": "张 三", "note": "表哥"}
        made = someone.http.post(CONFLICTS, json=body)
        assert made.status_code == 201, made.text
        assert listed(someone) == []
        answer = someone.http.post(at(matter, "claim"), json={"role": "first_examiner"})
        assert answer.status_code == 403
        assert someone.http.get(CONFLICTS).json()["items"] == [made.json()]
        gone = someone.http.delete(f"{CONFLICTS}/{made.json()['id']}")
        assert gone.status_code == 204
        assert matter in {each["id"] for each in listed(someone)}

    def test_a_number_is_never_given_back(self, stack: RunningStack) -> None:
        someone, number = examiner(stack), resident_number()
        body = {"kind": "person", "document_kind": "resident_id", "number": number, "note": "妻"}
        key = {"Idempotency-Key": secrets.token_hex(8)}
        made = [someone.http.post(CONFLICTS, json=body, headers=key) for _ in range(2)]
        assert [each.status_code for each in made] == [201, 201]
        assert made[0].json() == made[1].json()
        seen = someone.http.get(CONFLICTS)
        assert len(seen.json()["items"]) == 1
        assert number not in seen.text + made[0].text

    @pytest.mark.parametrize(
        ("body", "field"),
        [({"kind": "name"}, "name"), ({"kind": "person", "name": "x"}, "number"),
         ({"kind": "organisation", "document_kind": "resident_id", "number": "1"}, "number")],
    )  # fmt: skip
    def test_what_is_missing_is_named(
        self, first: OfficerAtWork, body: dict[str, str], field: str
    ) -> None:
        answer = first.http.post(CONFLICTS, json={**body, "note": "x"})
        assert (answer.status_code, answer.json()["field"]) == (422, field)

    def test_nobody_elses_can_be_ended(self, stack: RunningStack, first: OfficerAtWork) -> None:
        made = first.http.post(CONFLICTS, json={"kind": "name", "name": "无名氏", "note": "x"})
        other = examiner(stack)
        for conflict in (made.json()["id"], str(uuid.uuid4())):
            assert other.http.delete(f"{CONFLICTS}/{conflict}").status_code == 404


def test_two_accounts_of_one_identity_number_never_examine_twice(
    stack: RunningStack, matter: str
) -> None:
    """T05."""
    number = resident_number()
    one = examiner(stack, number=number)
    two = examiner(stack, "final_examiner", number=number)
    one.http.post(at(matter, "claim"), json={"role": "first_examiner"})
    seen = one.http.get(at(matter)).json()
    passed = one.http.post(at(matter, "pass"), json={"checklist": list(seen["checklist"]["first"])})
    assert passed.status_code == 200, passed.text
    answer = two.http.post(at(matter, "claim"), json={"role": "final_examiner"})
    assert answer.status_code == 403
    assert matter not in {each["id"] for each in listed(two, role="final_examiner")}
    another = examiner(stack, "final_examiner")
    assert matter in {each["id"] for each in listed(another, role="final_examiner")}


@pytest.mark.parametrize("path", [QUEUE, f"{QUEUE}?role=first_examiner", CONFLICTS])
def test_no_key_examines(filer: Applicant, path: str) -> None:
    assert filer.program.get(path).status_code == 403


def test_a_return_is_worded_from_the_offices_templates(
    first: OfficerAtWork, filer: Applicant, matter: str
) -> None:
    seen = first.http.post(at(matter, "claim"), json={"role": "first_examiner"}).json()
    wording = seen["reasons"]["title_general"]
    assert wording["fields"] == ["title"]
    items = [
        {"kind": "field", "name": "title", "template": "title_general"},
        {"kind": "document", "name": "pledge", "template": "unsigned", "reason": "第二页"},
    ]
    assert first.http.post(at(matter, "return"), json={"items": items}).status_code == 200
    (finding,) = filer.person.http.get(f"/api/v1/matters/{matter}").json()["findings"]
    assert wording["said_zh"] in finding["items"][0]["reason"]
    assert finding["items"][1]["reason"].endswith("第二页")


def brought_to_the_end(stack: RunningStack, filer: Applicant, pledge: str) -> str:
    """A matter that waits for the final examination, and that was not drawn."""
    one = examiner(stack)
    while True:
        made = filer.submitted(filer.deposited("a.png", picture()), pledge)
        seen = one.http.post(at(made, "claim"), json={"role": "first_examiner"}).json()
        checked = {"checklist": list(seen["checklist"]["first"])}
        assert one.http.post(at(made, "pass"), json=checked).status_code == 200
        if not seen["drawn"]:
            return made


def test_one_is_approved_by_who_has_opened_it(
    stack: RunningStack, filer: Applicant, pledge: str
) -> None:
    """Whoever reads it while holding it has opened it; claiming it alone is no look."""
    final, registrar = examiner(stack, "final_examiner"), examiner(stack, "registrar")
    made = brought_to_the_end(stack, filer, pledge)
    assert final.http.get(at(made)).status_code == 200  # not held yet
    seen = final.http.post(at(made, "claim"), json={"role": "final_examiner"}).json()
    assert registrar.http.get(at(made)).status_code == 200
    body = {"checklist": list(seen["checklist"]["final"])}
    refused = final.http.post(at(made, "approval"), json=body)
    assert (refused.status_code, refused.json()["field"]) == (409, "matter")
    assert "open the matter first" in refused.json()["detail"]
    assert final.http.get(at(made)).status_code == 200
    assert final.http.post(at(made, "approval"), json=body).json()["state"] == "registered"


def test_many_are_approved_at_once_each_opened_and_answered_by_itself(
    stack: RunningStack, filer: Applicant, pledge: str
) -> None:
    final = examiner(stack, "final_examiner")
    made = [brought_to_the_end(stack, filer, pledge) for _ in range(3)]
    for place, each in enumerate(made):
        seen = final.http.post(at(each, "claim"), json={"role": "final_examiner"}).json()
        if place != 1:
            assert final.http.post(at(each, "opening")).status_code == 200
    body = {"matters": [*made, str(uuid.uuid4())], "checklist": list(seen["checklist"]["final"])}
    path = f"/api/v1/offices/{OFFICE}/approvals"
    items = final.http.post(path, json=body).json()["items"]
    assert [each["matter_id"] for each in items] == body["matters"]
    assert [None if each["problem"] is None else each["problem"]["status"] for each in items] == [
        None, 409, None, 404,
    ]  # fmt: skip
    numbers = [items[0]["registration_number"], items[2]["registration_number"]]
    assert int(numbers[1][-8:]) == int(numbers[0][-8:]) + 1
    again = final.http.post(path, json=body).json()["items"]
    assert [again[0]["registration_number"], again[2]["registration_number"]] == numbers

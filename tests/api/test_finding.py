"""Finding one's own over HTTP: by any number however typed, by state, day and title; drafts that
two windows keep.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.grounds.callers import declared, deposit, person
from tests.grounds.filing import Applicant, applicant, at, examiner, picture
from tests.grounds.matters import CHECKED, CHECKED_FINALLY, FORM
from tests.grounds.officers import OfficerAtWork
from tests.grounds.stack import RunningStack

WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


@pytest.fixture(scope="module")
def filer(stack: RunningStack) -> Applicant:
    return applicant(stack)


@pytest.fixture(scope="module")
def first(stack: RunningStack) -> OfficerAtWork:
    return examiner(stack)


@pytest.fixture(scope="module")
def registered(stack: RunningStack, filer: Applicant, first: OfficerAtWork) -> dict[str, Any]:
    """A matter that went the whole way."""
    work, pledge = filer.deposited("w.png", picture()), filer.deposited("p.png", picture())
    matter = filer.submitted(work, pledge)
    final = examiner(stack, "final_examiner")
    assert first.http.post(at(matter, "claim"), json={"role": "first_examiner"}).is_success
    assert first.http.post(at(matter, "pass"), json={"checklist": list(CHECKED)}).is_success
    assert final.http.post(at(matter, "claim"), json={"role": "final_examiner"}).is_success
    assert final.http.get(at(matter)).is_success
    body = {"checklist": list(CHECKED_FINALLY)}
    assert final.http.post(at(matter, "approval"), json=body).is_success
    found: dict[str, Any] = filer.person.http.get(f"/api/v1/matters/{matter}").json()
    return found


def looked_up(someone: Applicant, typed: str) -> Any:
    return someone.person.http.get("/api/v1/lookup", params={"q": typed})


def typings(number: str) -> list[str]:
    """As people type it: small, spaced, without dashes, full width, with other dashes."""
    return [
        number,
        f"  {number.lower()} ",
        number.replace("-", " "),
        number.translate(WIDE),
        number.replace("-", "—"),
    ]


class TestLookUp:
    def test_knows_a_matter_by_each_of_its_numbers_however_typed(
        self, filer: Applicant, registered: dict[str, Any]
    ) -> None:
        number = registered["registration"]["registration_number"]
        known = (registered["number"], number, registered["evidence_number"])
        for typed in (*(t for each in known for t in typings(each)), f"{known[0]}/1"):
            answer = looked_up(filer, typed)
            assert answer.status_code == 200, (typed, answer.text)
            assert answer.json()["matter_id"] == registered["id"]
            assert answer.json()["registration_number"] == number

    def test_says_in_plain_words_who_acts_next_since_when_and_until_when(
        self, filer: Applicant, first: OfficerAtWork
    ) -> None:
        work, pledge = filer.deposited("x.png", picture()), filer.deposited("y.png", picture())
        matter = filer.submitted(work, pledge)
        told = filer.person.http.get(f"/api/v1/matters/{matter}").json()
        found = looked_up(filer, told["number"]).json()
        assert (found["state"], found["words"]["zh"]) == ("submitted", "已受理,待初审")
        assert (found["next"]["zh"], found["todo"]["en"]) == (
            "初审员", "Nothing is needed from you now.",
        )  # fmt: skip
        assert found["until"] == told["terms"][0]["due_on"]
        before = found["since"]
        first.http.post(at(matter, "claim"), json={"role": "first_examiner"})
        live = looked_up(filer, told["number"]).json()
        assert live["state"] == "first_examination"
        assert live["since"] > before

    def test_knows_an_evidence_that_nothing_was_filed_with(self, filer: Applicant) -> None:
        made = deposit(filer.program, declared("a.txt", b"alone"), custody_mode="hash_only")
        found = looked_up(filer, made.json()["evidence_number"].lower()).json()
        assert (found["kind"], found["matter_id"]) == ("evidence", None)

    def test_of_somebody_elses_number_says_only_that_it_is_not_ones_own(
        self, stack: RunningStack, registered: dict[str, Any]
    ) -> None:
        other = applicant(stack)
        number = registered["registration"]["registration_number"]
        foreign = [looked_up(other, each) for each in (
            registered["number"], number, registered["evidence_number"],
        )]  # fmt: skip
        nothing = looked_up(other, "SL-0000-0000-0000")
        assert {each.status_code for each in (*foreign, nothing)} == {404}
        assert {each.content for each in foreign} == {nothing.content}

    def test_of_no_number_at_all_shows_what_numbers_look_like(self, filer: Applicant) -> None:
        answer = looked_up(filer, "我的作品")
        assert (answer.status_code, answer.json()["field"]) == (422, "q")
        assert "SL-7K2M-9QXT-04RD" in answer.json()["detail"]


class TestHistory:
    def test_tells_every_step_to_applicant_and_officers_alike(
        self, filer: Applicant, first: OfficerAtWork, registered: dict[str, Any]
    ) -> None:
        address = f"/api/v1/matters/{registered['id']}/history"
        items = filer.person.http.get(address).json()["items"]
        assert [each["state"] for each in items] == [
            "draft", "signing", "payment", "submitted", "first_examination", "passed",
            "final_examination", "registered",
        ]  # fmt: skip
        assert items[-1]["words"] == {"zh": "已登记", "en": "registered"}
        assert [each["at"] for each in items] == sorted(each["at"] for each in items)
        assert first.http.get(at(registered["id"], "history")).json()["items"] == items


class TestCertificates:
    def find(self, someone: Applicant, **query: Any) -> Any:
        return someone.person.http.get("/api/v1/certificates", params=query).json()

    def test_are_found_by_a_part_of_title_or_number(
        self, filer: Applicant, registered: dict[str, Any]
    ) -> None:
        number = registered["registration"]["registration_number"]
        parts = ("山间", "山", number, number.lower(), number[-8:], number.replace("-", ""))
        for typed in parts:
            page = self.find(filer, q=typed)
            assert [each["registration_number"] for each in page["items"]] == [number], typed
        assert self.find(filer, q="河流") == {"items": [], "total": 0, "page": 1, "pages": 1}
        assert self.find(filer, q="%")["total"] == 0

    def test_a_work_says_what_was_filed_with_it(
        self, filer: Applicant, registered: dict[str, Any]
    ) -> None:
        """SD-97, SD-166: the list of works leads to the registration."""
        works = filer.person.http.get("/api/v1/works", params={"deposited": True}).json()["items"]
        filed = [each["matter"] for work in works for each in work["versions"]]
        assert [each for each in filed if each and each["id"] == registered["id"]] == [
            {
                "id": registered["id"], "number": registered["number"], "state": "registered",
                "registration_number": registered["registration"]["registration_number"],
            }
        ]  # fmt: skip
        assert self.find(filer)["items"][0]["revoked"] is False

    def test_come_in_pages_with_their_number(
        self, filer: Applicant, registered: dict[str, Any]
    ) -> None:
        page = self.find(filer)
        assert (page["total"], page["page"], page["pages"]) == (1, 1, 1)
        assert self.find(filer, page=2)["items"] == []
        (item,) = page["items"]
        assert item["matter_id"] == registered["id"]

    def test_give_certificate_and_sample_of_the_matter(
        self, filer: Applicant, registered: dict[str, Any]
    ) -> None:
        until = time.monotonic() + 90
        while not self.find(filer)["items"][0]["certificate_ready"]:
            assert time.monotonic() < until
            time.sleep(0.2)
        for file in ("certificate", "sample"):
            answer = filer.person.http.get(f"/api/v1/matters/{registered['id']}/{file}")
            assert answer.content.startswith(b"%PDF"), file
            # Of another office or series no file has this name: kept in one folder, none is lost.
            year = (datetime.now(UTC) + timedelta(hours=8)).year
            assert f"-tianjin-{year}" in answer.headers["content-disposition"]

    def test_of_others_are_not_there(self, stack: RunningStack) -> None:
        assert self.find(applicant(stack))["total"] == 0

    def test_the_applicant_is_told_when_it_can_be_fetched(
        self, filer: Applicant, registered: dict[str, Any]
    ) -> None:
        until = time.monotonic() + 90
        while time.monotonic() < until:
            told = filer.person.http.get("/api/v1/messages").json()["items"]
            kinds = [each["kind"] for each in told if each["matter_id"] == registered["id"]]
            if "certificate_ready" in kinds:
                break
            time.sleep(0.2)
        assert kinds.count("certificate_ready") == 1


class TestLists:
    def listed(self, someone: Applicant, **query: Any) -> list[str]:
        answer = someone.person.http.get("/api/v1/matters", params=query)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["items"]]

    def test_are_limited_to_state_group_day_and_title(self, stack: RunningStack) -> None:
        someone = applicant(stack)
        pledge = someone.deposited("p.png", picture())
        draft, gone = someone.drafted(pledge, title="晨雾"), someone.drafted(pledge)
        assert someone.person.http.post(f"/api/v1/matters/{gone}/withdrawal").is_success
        today = (datetime.now(UTC) + timedelta(hours=8)).date()
        assert self.listed(someone, state="draft") == [draft]
        assert self.listed(someone, state=["draft", "withdrawn"]) == [gone, draft]
        assert self.listed(someone, group="in_progress") == [draft]
        assert self.listed(someone, group="not_passed") == [gone]
        assert self.listed(someone, group="completed") == []
        assert self.listed(someone, title="晨") == [draft]
        assert self.listed(someone, title="_") == []
        assert self.listed(someone, since=today.isoformat()) == [gone, draft]
        assert self.listed(someone, until=(today - timedelta(days=1)).isoformat()) == []

    def test_say_how_many_there_are_and_what_can_be_done(self, stack: RunningStack) -> None:
        someone = applicant(stack)
        pledge = someone.deposited("p.png", picture())
        draft, gone = someone.drafted(pledge), someone.drafted(pledge)
        http = someone.person.http
        withdrawn = http.post(f"/api/v1/matters/{gone}/withdrawal").json()
        counts = http.get("/api/v1/matters/counts").json()
        assert counts["groups"] == {"in_progress": 1, "completed": 0, "not_passed": 1}
        assert (counts["states"]["draft"], counts["states"]["registered"]) == (1, 0)
        assert (withdrawn["may"], withdrawn["words"]["zh"]) == ([], "已撤回")
        shown = http.get(f"/api/v1/matters/{draft}").json()
        assert shown["may"] == ["change", "submit", "withdraw"]
        assert shown["todo"]["zh"] == "请填写完整并提交。"
        assert self.listed(someone, office="tianjin", state="draft") == [draft]
        assert self.listed(someone, office="zhejiang") == []

    def test_take_whatever_is_typed(self, filer: Applicant) -> None:
        for query in ({"title": "%_"}, {"until": "9999-12-31"}, {"since": "0001-01-01"}):
            assert filer.person.http.get("/api/v1/matters", params=query).status_code == 200
        answer = filer.person.http.get("/api/v1/certificates", params={"q": "%_\\"})
        assert answer.json()["total"] == 0

    def test_refuse_a_state_that_does_not_exist(self, filer: Applicant) -> None:
        answer = filer.person.http.get("/api/v1/matters", params={"state": "lost"})
        assert answer.status_code == 422


class TestDrafts:
    def test_are_kept_as_far_as_they_go(self, stack: RunningStack) -> None:
        someone = person(stack)
        begun = {"office": "tianjin", "agency": "exchange"}
        made = someone.http.post("/api/v1/matters", json=begun).json()
        address = f"/api/v1/matters/{made['id']}"
        saved = someone.http.put(f"{address}/application", json={
            "form": {"title": "山"}, "revision": made["revision"],
        }).json()  # fmt: skip
        assert saved["revision"] == made["revision"] + 1
        assert someone.http.get(address).json()["form"] == saved["form"]
        assert saved["form"]["title"] == "山"

    def test_of_two_windows_the_second_is_told_and_nothing_is_overwritten(
        self, stack: RunningStack
    ) -> None:
        someone = person(stack)
        body = {"office": "tianjin", "agency": "exchange", "form": FORM}
        made = someone.http.post("/api/v1/matters", json=body).json()
        address = f"/api/v1/matters/{made['id']}/application"
        one = {"form": {**FORM, "title": "晨雾"}, "revision": made["revision"]}
        two = {"form": {**FORM, "title": "暮色"}, "revision": made["revision"]}
        assert someone.http.put(address, json=one).status_code == 200
        refused = someone.http.put(address, json=two)
        assert (refused.status_code, refused.json()["field"]) == (409, "revision")
        assert "fetch it again" in refused.json()["detail"]
        kept = someone.http.get(f"/api/v1/matters/{made['id']}").json()
        assert kept["form"]["title"] == "晨雾"
        # Sent once more after a lost answer, the first is no conflict with itself.
        assert someone.http.put(address, json=one).status_code == 200
        again = {**two, "revision": kept["revision"]}
        assert someone.http.put(address, json=again).json()["form"]["title"] == "暮色"

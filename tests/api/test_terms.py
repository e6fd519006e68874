"""Terms, messages and holidays over HTTP: one's own, one's office's, and nobody else's."""

import json
import stat
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.grounds.callers import Person, person
from tests.grounds.filing import Applicant, applicant, at, examiner, picture
from tests.grounds.officers import OfficerAtWork, messages_to
from tests.grounds.stack import RunningStack

NOTE = {"items": [{"kind": "field", "name": "title", "reason": "请写明具体名称"}]}


@pytest.fixture(scope="module")
def filer(stack: RunningStack) -> Applicant:
    return applicant(stack)


@pytest.fixture(scope="module")
def first(stack: RunningStack) -> OfficerAtWork:
    return examiner(stack)


@pytest.fixture(scope="module")
def registrar(stack: RunningStack) -> OfficerAtWork:
    return examiner(stack, "registrar")


@pytest.fixture(scope="module")
def returned(filer: Applicant, first: OfficerAtWork) -> str:
    """A matter that has come back to its applicant."""
    work, pledge = filer.deposited("w.png", picture()), filer.deposited("p.png", picture())
    matter = filer.submitted(work, pledge)
    assert first.http.post(at(matter, "claim"), json={"role": "first_examiner"}).is_success
    assert first.http.post(at(matter, "return"), json=NOTE).is_success
    return matter


def inbox(someone: Person, **query: Any) -> dict[str, Any]:
    answer = someone.http.get("/api/v1/messages", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def mails(stack: RunningStack, someone: Person, count: int) -> list[dict[str, Any]]:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        found = messages_to(stack, someone.identifier)
        if len(found) >= count:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{len(found)} of {count} messages")


class TestTerms:
    def test_a_returned_matter_says_until_when_and_in_which_words(
        self, filer: Applicant, returned: str
    ) -> None:
        told = filer.person.http.get(f"/api/v1/matters/{returned}").json()
        (term,) = told["terms"]
        assert (term["purpose"], term["acts"], term["overdue"]) == (
            "correction", "applicant", False,
        )  # fmt: skip
        assert term["due_at"] == told["due_at"]
        assert "60" in term["words"]["zh"]
        assert term["extensions_left"] == 1

    def test_more_time_is_given_once_and_the_same_call_gives_no_more(
        self, filer: Applicant, returned: str
    ) -> None:
        address = f"/api/v1/matters/{returned}/extension"
        before = filer.person.http.get(f"/api/v1/matters/{returned}").json()["due_at"]
        key = {"Idempotency-Key": "once"}
        given = filer.person.http.post(address, headers=key)
        assert given.status_code == 201, given.text
        assert given.json()["due_at"] > before
        again = filer.person.http.post(address, headers=key)
        assert (again.status_code, again.json()["due_at"]) == (201, given.json()["due_at"])
        more = filer.person.http.post(address)
        assert (more.status_code, more.json()["field"]) == (409, "extension")


class TestMessages:
    def test_each_step_is_told_and_only_to_its_own(
        self, stack: RunningStack, filer: Applicant, returned: str
    ) -> None:
        found = [each for each in inbox(filer.person)["items"] if each["matter_id"] == returned]
        kinds = [each["kind"] for each in reversed(found)]
        assert [each for each in kinds if each != "extended"] == [
            "submitted", "examining", "returned",
        ]  # fmt: skip
        assert {each["title"] for each in found} == {"山间"}
        assert inbox(person(stack))["items"] == []

    @pytest.mark.usefixtures("returned")
    def test_they_are_read_one_by_one_or_all_at_once(self, filer: Applicant) -> None:
        before = inbox(filer.person)
        assert before["unread"] == len(before["items"])
        one = before["items"][0]["id"]
        read = filer.person.http.put(f"/api/v1/messages/{one}/read")
        assert read.status_code == 200
        assert (
            filer.person.http.put(f"/api/v1/messages/{one}/read").json()["read_at"]
            == read.json()["read_at"]
        )
        assert inbox(filer.person)["unread"] == before["unread"] - 1
        assert one not in {each["id"] for each in inbox(filer.person, unread=True)["items"]}
        until = {"until": datetime.now(UTC).isoformat()}
        assert filer.person.http.post("/api/v1/messages/read", json=until).status_code == 204
        assert inbox(filer.person)["unread"] == 0

    @pytest.mark.usefixtures("returned")
    def test_they_come_page_by_page(self, filer: Applicant) -> None:
        whole = [each["id"] for each in inbox(filer.person)["items"]]
        paged, page = [], inbox(filer.person, limit=1)
        while True:
            paged += [each["id"] for each in page["items"]]
            if page["next"] is None:
                break
            page = inbox(filer.person, limit=1, cursor=page["next"])
        assert paged == whole

    @pytest.mark.usefixtures("returned")
    def test_a_foreign_cursor_is_no_cursor(self, stack: RunningStack, filer: Applicant) -> None:
        foreign = inbox(filer.person)["items"][0]["id"]
        answer = person(stack).http.get("/api/v1/messages", params={"cursor": foreign})
        assert (answer.status_code, answer.json()["field"]) == (422, "cursor")

    def test_a_moment_without_a_zone_is_refused(self, filer: Applicant) -> None:
        answer = filer.person.http.post(
            "/api/v1/messages/read", json={"until": "2026-01-01T00:00:00"}
        )
        assert (answer.status_code, answer.json()["field"]) == (422, "until")

    def test_mail_says_what_is_to_be_done_without_names_or_titles(
        self, stack: RunningStack, filer: Applicant, returned: str
    ) -> None:
        number = filer.person.http.get(f"/api/v1/matters/{returned}").json()["number"]
        for mail in mails(stack, filer.person, 2):
            assert number in mail["text"]
            assert mail["channel"] == "mail"
            for secret in ("山间", "张三", "w.png", "请写明具体名称"):
                assert secret not in json.dumps(mail, ensure_ascii=False)
        subjects = [mail["subject"] for mail in mails(stack, filer.person, 2)]
        assert any("请补正" in subject for subject in subjects)

    def test_each_goes_out_once(self, stack: RunningStack, filer: Applicant, returned: str) -> None:
        told = filer.person.http.get(f"/api/v1/matters/{returned}").json()
        sent = mails(stack, filer.person, 2)
        texts = [mail["text"] for mail in sent if told["number"] in mail["text"]]
        assert len(texts) == len(set(texts))
        for path in (stack.var / "outbox").glob("*.json"):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_a_withdrawal_is_confirmed(self, stack: RunningStack) -> None:
        someone = applicant(stack)
        pledge = someone.deposited("p.png", picture())
        matter = someone.drafted(pledge)
        assert someone.person.http.post(f"/api/v1/matters/{matter}/withdrawal").is_success
        (mail,) = mails(stack, someone.person, 1)
        assert "已撤回" in mail["subject"]


class TestHolidays:
    def put(self, officer: OfficerAtWork, day: str, office: str = "tianjin", **body: Any) -> Any:
        return officer.http.put(f"/api/v1/offices/{office}/holidays/{day}", json=body)

    def test_the_registrar_keeps_the_table_and_every_officer_sees_it(
        self, first: OfficerAtWork, registrar: OfficerAtWork
    ) -> None:
        assert self.put(registrar, "2031-10-01", working=False, name="国庆节").status_code == 204
        address = "/api/v1/offices/tianjin/holidays"
        seen = first.http.get(address, params={"year": 2031}).json()
        assert {"day": "2031-10-01", "working": False, "name": "国庆节", "by_operator": False} in (
            seen["items"]
        )
        assert seen["published_until"] >= 2026
        assert registrar.http.delete(f"{address}/2031-10-01").status_code == 204
        assert registrar.http.delete(f"{address}/2031-10-01").status_code == 404

    def test_an_examiner_does_not_change_it(self, first: OfficerAtWork) -> None:
        assert self.put(first, "2031-10-02", working=False, name="x").status_code == 403

    def test_nobody_changes_another_offices(self, registrar: OfficerAtWork) -> None:
        answer = self.put(registrar, "2031-10-02", "zhejiang", working=False, name="x")
        assert answer.status_code == 403

    def test_a_day_out_of_reach_is_named(self, registrar: OfficerAtWork) -> None:
        answer = self.put(registrar, "2500-01-01", working=False, name="x")
        assert (answer.status_code, answer.json()["field"]) == (422, "day")

    def test_a_changed_day_moves_what_is_due_while_it_still_runs(
        self, filer: Applicant, returned: str, registrar: OfficerAtWork
    ) -> None:
        due = filer.person.http.get(f"/api/v1/matters/{returned}").json()["terms"][0]["due_on"]
        assert self.put(registrar, due, working=False, name="台风").status_code == 204
        try:
            until = time.monotonic() + 30
            while time.monotonic() < until:
                (term,) = filer.person.http.get(f"/api/v1/matters/{returned}").json()["terms"]
                if term["due_on"] != due:
                    break
                time.sleep(0.1)
            assert date.fromisoformat(term["due_on"]) > date.fromisoformat(due)
        finally:
            registrar.http.delete(f"/api/v1/offices/tianjin/holidays/{due}")

    def test_the_operator_keeps_them_for_every_office(self, stack: RunningStack) -> None:
        day = (date(2032, 1, 1) + timedelta(days=40)).isoformat()
        done = stack.yinji("holidays", "off", day, "--name", "春节")
        assert done.code == 0, done.err
        listed = stack.yinji("holidays", "list", "2032", "--office", "shandong")
        assert f"{day}  off" in listed.out
        assert stack.yinji("holidays", "drop", day).code == 0
        assert stack.yinji("holidays", "drop", day).code == 64
        assert stack.yinji("holidays", "off", "2032-02-30", "--name", "x").code == 64
        assert stack.yinji("holidays", "sleep", day).code == 64

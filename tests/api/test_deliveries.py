"""Over HTTP: a paper certificate is asked for, sent and received; officers give back matters."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.grounds.bureau import Bureau, Papers, asked, bureau
from tests.grounds.callers import Person, person
from tests.grounds.officers import OfficerAtWork, at_work
from tests.grounds.stack import RunningStack

AT = "/api/v1/offices/tianjin/deliveries"
TO = {"recipient": "林小雨", "mobile": "13800138000", "address": "和平区一号"}


@dataclass(frozen=True)
class Counter:
    bureau: Bureau
    registrar: OfficerAtWork


@pytest.fixture(scope="module")
def counter(stack: RunningStack) -> Counter:
    return Counter(bureau(stack), at_work(stack, "tianjin", "registrar", ""))


@pytest.fixture(scope="module")
def papers(counter: Counter) -> Papers:
    """A registration whose form wished for no paper."""
    return counter.bureau.registered()


def ask(applicant: Person, matter: str, body: Mapping[str, Any], key: str = "") -> Any:
    return applicant.http.post(
        f"/api/v1/matters/{matter}/delivery",
        json=body,
        headers={"Idempotency-Key": key or uuid.uuid4().hex},
    )


class TestAPaperCertificate:
    def test_goes_from_the_wish_to_the_hand(self, counter: Counter, papers: Papers) -> None:
        """CP-34, ZJ-63: asked for, made, sent with a number, confirmed."""
        own = f"/api/v1/matters/{papers.matter}/delivery"
        offered = asked(papers.applicant.http.get(own))
        assert offered["delivery"] is None
        assert [(each["key"], each["sent"]) for each in offered["ways"]] == [("post", True)]
        key = uuid.uuid4().hex
        body = {"way": "post", "to": TO}
        made = asked(ask(papers.applicant, papers.matter, body, key))
        assert asked(ask(papers.applicant, papers.matter, body, key))["id"] == made["id"]
        assert ask(papers.applicant, papers.matter, body).status_code == 409
        listed = asked(counter.registrar.http.get(AT, params={"state": "asked"}))["items"]
        (entry,) = [each for each in listed if each["id"] == made["id"]]
        assert "to" not in entry
        where = f"{AT}/{made['id']}"
        assert asked(counter.registrar.http.get(where))["to"]["address"] == TO["address"]
        asked(counter.registrar.http.post(f"{where}/making"))
        refused = counter.registrar.http.post(f"{where}/readiness")
        assert (refused.status_code, refused.json()["field"]) == (409, "way")
        sent = {"carrier": "EMS", "tracking": "1123456789012"}
        asked(counter.registrar.http.post(f"{where}/dispatch", json=sent))
        shown = asked(papers.applicant.http.get(own))["delivery"]
        assert (shown["state"], shown["carrier"], shown["tracking"]) == (
            "dispatched", "EMS", "1123456789012",
        )  # fmt: skip
        told = asked(papers.applicant.http.get("/api/v1/messages"))["items"]
        assert "1123456789012" in next(
            each["text"]["zh"] for each in told if each["kind"] == "delivery_dispatched"
        )
        assert asked(papers.applicant.http.post(f"{own}/receipt"))["state"] == "collected"
        assert papers.applicant.http.post(f"{own}/cancellation").status_code == 409

    def test_is_the_registrars_business(self, counter: Counter) -> None:
        assert counter.bureau.first.http.get(AT).status_code == 403

    def test_wished_for_on_the_form_begins_with_the_registration(self, counter: Counter) -> None:
        """ZJ-62: the form's choice, where the office offers one; the electronic one counts."""

        def application(applicant: Person) -> Mapping[str, Any]:
            usual = counter.bureau.application(applicant)
            return {**usual, "form": {**usual["form"], "delivery": {"way": "post", **TO}}}

        made = replace(counter.bureau, application=application).registered()
        shown = asked(made.applicant.http.get(f"/api/v1/matters/{made.matter}/delivery"))
        assert shown["delivery"]["state"] == "asked"
        assert shown["delivery"]["to"] == TO
        cancelled = made.applicant.http.post(f"/api/v1/matters/{made.matter}/delivery/cancellation")
        assert asked(cancelled)["state"] == "cancelled"


def held_by_one(stack: RunningStack, counter: Counter) -> tuple[OfficerAtWork, str]:
    """A matter that a first examiner has just claimed."""
    matter, _ = counter.bureau.applied(person(stack))
    examiner = at_work(stack, "tianjin", "first_examiner", "exchange")
    at = f"/api/v1/offices/tianjin/matters/{matter}"
    asked(examiner.http.post(f"{at}/claim", json={"role": "first_examiner"}))
    return examiner, matter


class TestWhatAnOfficerHolds:
    def test_a_registrar_puts_it_back_with_a_reason(
        self, stack: RunningStack, counter: Counter
    ) -> None:
        examiner, matter = held_by_one(stack, counter)
        at = f"/api/v1/offices/tianjin/matters/{matter}"
        body = {"reason": "长期病假"}
        me = asked(examiner.http.get("/api/v1/session"))["account"]
        whose = {"held_by": me["id"]}
        every = "/api/v1/offices/tianjin/matters"
        assert examiner.http.get(every).status_code == 403
        (line,) = asked(counter.registrar.http.get(every, params=whose))["items"]
        assert (line["id"], line["held_by_name"]) == (matter, me["name"])
        assert examiner.http.post(f"{at}/removal", json=body).status_code == 403
        assert counter.registrar.http.post(f"{at}/removal", json=body).status_code == 204
        assert examiner.http.post(f"{at}/pass", json={"checklist": []}).status_code == 409
        assert counter.registrar.http.get(at).json()["state"] == "submitted"

    def test_goes_back_when_the_role_ends(self, stack: RunningStack, counter: Counter) -> None:
        examiner, matter = held_by_one(stack, counter)
        supervisor = at_work(stack, "tianjin", "supervisor", "")
        me = asked(examiner.http.get("/api/v1/session"))["account"]["id"]
        roster = asked(supervisor.http.get("/api/v1/offices/tianjin/officers"))["items"]
        (role,) = [each["id"] for each in roster if each["account_id"] == me]
        ended = supervisor.http.delete(f"/api/v1/offices/tianjin/officers/{role}")
        assert ended.status_code == 204
        at = f"/api/v1/offices/tianjin/matters/{matter}"
        assert counter.registrar.http.get(at).json()["state"] == "submitted"
        assert examiner.http.post(f"{at}/release").status_code == 403

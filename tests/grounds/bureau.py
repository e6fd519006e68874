"""An office at work over HTTP: applications are brought to registration and papers collected."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from tests.grounds.callers import Person, certified, declared, deposit, person, submit
from tests.grounds.matters import FORM, papers
from tests.grounds.officers import OfficerAtWork, at_work
from tests.grounds.production import Installation
from tests.grounds.stack import RunningStack
from tests.grounds.verifying import verified

WORK = b"a work"


@dataclass(frozen=True)
class Papers:
    """What came of one registration."""

    applicant: Person
    evidence: str
    matter: str
    number: str
    record: str
    """The number of the record's evidence."""
    pdf: bytes
    package: bytes
    sample: bytes


@dataclass
class Bureau:
    """Two examiners of an office, and how one applies there."""

    stack: RunningStack | Installation
    office: str
    first: OfficerAtWork
    final: OfficerAtWork
    application: Callable[[Person], Mapping[str, Any]]

    def applied(self, applicant: Person) -> tuple[str, str]:
        """A matter before the examiners; its id and its evidence's number."""
        if asked(applicant.http.get("/api/v1/account"))["identity_status"] is None:
            verified(self.stack, applicant, self.office)
        file = declared("a.jpg", WORK)
        made = asked(deposit(applicant.http, file, custody_mode="hash_only"))
        number: str = made["evidence_number"]
        certified(applicant.http, number)
        body = {"office": self.office, **self.application(applicant)}
        matter: str = asked(applicant.http.post("/api/v1/matters", json=body))["id"]
        asked(submit(applicant.http, matter, number))
        return matter, number

    def registered(self) -> Papers:
        """One whole registration, up to its papers."""
        applicant = person(self.stack)
        matter, evidence = self.applied(applicant)
        at = f"/api/v1/offices/{self.office}/matters/{matter}"
        seen = asked(self.first.http.post(f"{at}/claim", json={"role": "first_examiner"}))
        first, final = (list(seen["checklist"].get(stage, ())) for stage in ("first", "final"))
        asked(self.first.http.post(f"{at}/pass", json={"checklist": first}))
        asked(self.final.http.post(f"{at}/claim", json={"role": "final_examiner"}))
        asked(self.final.http.get(at))
        asked(self.final.http.post(f"{at}/approval", json={"checklist": final}))
        return self.collected(applicant, matter, evidence)

    def collected(self, applicant: Person, matter: str, evidence: str) -> Papers:
        """The papers of a registration, once they are made."""
        until = time.monotonic() + 60
        at = f"/api/v1/matters/{matter}"
        while not (entry := asked(applicant.http.get(at))["registration"])["certificate_ready"]:
            assert time.monotonic() < until, "no certificate in time"
            time.sleep(0.1)
        pdf, whole, sample = (
            _made(applicant, f"{at}/{paper}", until)
            for paper in ("certificate", "package", "sample")
        )
        number, record = entry["registration_number"], entry["record_evidence_number"]
        return Papers(applicant, evidence, matter, number, record, pdf, whole, sample)


def _made(applicant: Person, at: str, until: float) -> bytes:
    """A paper; its next edition may be under way just now."""
    while (answer := applicant.http.get(at)).status_code == 409:
        assert time.monotonic() < until, answer.text
        time.sleep(0.1)
    assert answer.is_success, answer.text
    return answer.content


def asked(answer: httpx2.Response) -> Any:
    """What a call that went well says."""
    assert answer.is_success, answer.text
    return answer.json()


def bureau(stack: RunningStack, office: str = "tianjin", agency: str = "exchange") -> Bureau:
    """An office of the running stack whose papers are filled in on line, but for one."""

    def application(applicant: Person) -> Mapping[str, Any]:
        pledge = declared("pledge.png", applicant.identifier.encode())
        made = asked(deposit(applicant.http, pledge, custody_mode="hash_only"))
        certified(applicant.http, made["evidence_number"])
        documents = papers(made["evidence_number"])
        return {"agency": agency, "form": FORM, "documents": documents}

    return Bureau(
        stack, office, at_work(stack, office, "first_examiner", agency),
        at_work(stack, office, "final_examiner", ""), application,
    )  # fmt: skip

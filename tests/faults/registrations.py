"""Matters that wait for their approval, on a stack to hurt: whatever is killed meanwhile, each is
entered once, and the numbers have no gap.
"""

import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Protocol

import httpx2

from certs.presented import PresentedFile
from certs.report import Verdict
from certs.trust import parse
from certs.verifying import check
from chain.node import HttpNode
from evidence.digest import digest_chunks
from tests.faults.harness import until
from tests.grounds import officers
from tests.grounds.callers import Person, declared, deposit, person, submit
from tests.grounds.matters import CHECKED, CHECKED_FINALLY, FORM, papers
from tests.grounds.officers import OfficerAtWork
from tests.grounds.production import Installation
from tests.grounds.stack import RunningStack
from tests.grounds.verifying import verified

OFFICE, AGENCY = "tianjin", "exchange"


@dataclass(frozen=True)
class Waiting:
    """A matter in the final examiner's hands, and the work it is about."""

    id: str
    content: bytes


class Hurt(Protocol):
    """What is hurt: the embedded stack, or somebody's own machines."""

    @property
    def stack(self) -> RunningStack | Installation: ...

    @property
    def rpc(self) -> str:
        """A node of the chain."""

    def fsck(self) -> None:
        """It must find nothing wrong."""


@dataclass
class Desk:
    """An applicant and two officers of the office that the four tests of registration know best."""

    hurt: Hurt

    @cached_property
    def applicant(self) -> Person:
        return verified(self.hurt.stack, person(self.hurt.stack, "林小雨"), OFFICE)

    @cached_property
    def first(self) -> OfficerAtWork:
        return officers.at_work(self.hurt.stack, OFFICE, "first_examiner", AGENCY)

    @cached_property
    def final(self) -> OfficerAtWork:
        return officers.at_work(self.hurt.stack, OFFICE, "final_examiner")

    def bring(self, count: int) -> list[Waiting]:
        """So many matters, each brought to the final examiner."""
        pledge = self._deposited("pledge.png", secrets.token_bytes(8))
        return [self._bring_one(pledge) for _ in range(count)]

    def approve(self, matter: Waiting) -> httpx2.Response:
        return self.final.http.post(
            f"/api/v1/offices/{OFFICE}/matters/{matter.id}/approval",
            json={"checklist": list(CHECKED_FINALLY)},
        )

    def approve_amid(self, waiting: Sequence[Waiting], fault: Callable[[], object]) -> None:
        """Approve all from four hands, do `fault` when a third is through, and ask again for those
        whose answer was lost.
        """
        with ThreadPoolExecutor(4) as pool:
            running = [pool.submit(self.approve, each) for each in waiting]
            until(
                lambda: sum(each.done() for each in running) * 3 >= len(running),
                "a third of the approvals",
            )
            fault()
            for each in running:
                each.exception()  # an answer that was lost says nothing
        for each in waiting:
            if self.seen(each)["state"] != "registered":
                answer = self.approve(each)
                assert answer.status_code in {200, 409}, answer.text

    def seen(self, matter: Waiting) -> dict[str, Any]:
        found: dict[str, Any] = _asked_until_answered(
            lambda: self.applicant.http.get(f"/api/v1/matters/{matter.id}")
        ).json()
        return found

    def all_hold(self, waiting: Sequence[Waiting]) -> None:
        """Each entered once, the numbers follow one another, and each certificate is valid."""
        found = [self.seen(each)["registration"] for each in waiting]
        serials = sorted(int(each["registration_number"].rpartition("-")[2]) for each in found)
        assert serials == list(range(serials[0], serials[0] + len(waiting))), serials
        for each in waiting:
            until(
                lambda each=each: self.seen(each)["registration"]["certificate_ready"],  # type: ignore[misc]
                "a registration certificate",
            )
            self._verify(each)
        self.hurt.fsck()

    def _verify(self, matter: Waiting) -> None:
        stack = self.hurt.stack
        package = self.applicant.http.get(f"/api/v1/matters/{matter.id}/package").content
        shown = [PresentedFile("work", digest_chunks([matter.content]))]
        trust = parse((stack.var / "trust.json").read_bytes())
        node = HttpNode(self.hurt.rpc)
        report = check(package, shown, trust, node, offline=False, now=datetime.now(UTC))
        assert report.verdict is Verdict.VALID, report.summary

    def _deposited(self, name: str, content: bytes) -> str:
        file = declared(name, content)
        answer = deposit(self.applicant.http, file, custody_mode="hash_only", title="山间")
        assert answer.status_code == 201, answer.text
        number: str = answer.json()["evidence_number"]
        shown = f"/api/v1/evidence/{number}"
        until(
            lambda: _made(self.applicant.http.get(shown))["statement_sha256"], f"that of {number}"
        )
        return number

    def _bring_one(self, pledge: str) -> Waiting:
        content = secrets.token_bytes(32)
        evidence = self._deposited("a.png", content)
        http = self.applicant.http
        body = {"office": OFFICE, "agency": AGENCY, "form": FORM, "documents": papers(pledge)}
        matter = _made(http.post("/api/v1/matters", json=body))["id"]
        _made(submit(http, matter, evidence))
        at = f"/api/v1/offices/{OFFICE}/matters/{matter}"
        _made(self.first.http.post(f"{at}/claim", json={"role": "first_examiner"}))
        _made(self.first.http.post(f"{at}/pass", json={"checklist": list(CHECKED)}))
        _made(self.final.http.post(f"{at}/claim", json={"role": "final_examiner"}))
        _made(self.final.http.get(at))
        return Waiting(matter, content)


def _made(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _asked_until_answered(ask: Callable[[], httpx2.Response]) -> httpx2.Response:
    """The answer of a server that may be starting again."""
    found: list[httpx2.Response] = []

    def answered() -> bool:
        try:
            answer = ask()
        except httpx2.TransportError:
            return False
        found.append(answer)
        return answer.is_success

    until(answered, "an answer")
    return found[-1]

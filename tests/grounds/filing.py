"""An applicant and two officers who call the running stack about one matter."""

import io
import secrets
import time
from dataclasses import dataclass
from typing import Any

import httpx2
from PIL import Image

from accounts import keys
from tests.grounds.callers import Person, deposit, person, program, submit, uploaded
from tests.grounds.matters import FORM, papers
from tests.grounds.officers import OfficerAtWork, at_work
from tests.grounds.stack import RunningStack
from tests.grounds.verifying import verified

OFFICE, AGENCY = "tianjin", "exchange"


def picture(size: tuple[int, int] = (64, 48), dpi: int = 300, form: str = "PNG") -> bytes:
    """A picture that nobody else has: noise of its own."""
    noise = Image.frombytes("RGB", size, secrets.token_bytes(3 * size[0] * size[1]))
    out = io.BytesIO()
    noise.save(out, form, dpi=(dpi, dpi))
    return out.getvalue()


@dataclass
class Applicant:
    """Somebody who files; `program` deposits for them."""

    person: Person
    program: httpx2.Client

    def deposited(self, name: str, data: bytes, **more: Any) -> str:
        """The number of an evidence that is stored."""
        answer = deposit(self.program, uploaded(self.program, name, data), **more)
        assert answer.status_code == 201, answer.text
        number: str = answer.json()["evidence_number"]
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if self.program.get(f"/api/v1/evidence/{number}").json()["stored_at"]:
                return number
            time.sleep(0.1)
        raise AssertionError("not stored in time")

    def submitted(self, evidence: str, pledge: str, **form: Any) -> str:
        """The id of a matter in the first examiners' queue."""
        matter = self.drafted(pledge, **form)
        answer = submit(self.person.http, matter, evidence)
        assert answer.status_code == 201, answer.text
        assert answer.json()["state"] == "submitted", answer.text
        return matter

    def drafted(self, pledge: str, **form: Any) -> str:
        body = {"office": OFFICE, "agency": AGENCY, "form": {**FORM, **form},
                "documents": papers(pledge)}  # fmt: skip
        answer = self.person.http.post("/api/v1/matters", json=body)
        assert answer.status_code == 201, answer.text
        made: str = answer.json()["id"]
        return made


def applicant(stack: RunningStack, name: str = "张三") -> Applicant:
    """Verified as 张三, whatever the account calls itself."""
    someone = verified(stack, person(stack, name), OFFICE)
    return Applicant(someone, program(stack, someone.key(*keys.ALL_SCOPES)))


def examiner(stack: RunningStack, role: str = "first_examiner", **more: Any) -> OfficerAtWork:
    """At the office of these matters, at the agency they are filed with."""
    return at_work(stack, more.pop("office", OFFICE), role, more.pop("agency", AGENCY), **more)


def at(matter: str, act: str = "", office: str = OFFICE) -> str:
    """The address of a matter, or of an act on it, for an officer."""
    return f"/api/v1/offices/{office}/matters/{matter}{act and '/'}{act}"

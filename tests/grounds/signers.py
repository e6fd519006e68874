"""People who sign by link on the running stack: they have no account, only a mobile."""

import json
import secrets
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx2

from tests.grounds.callers import visitor
from tests.grounds.filing import Applicant, applicant, picture
from tests.grounds.people import resident_number
from tests.grounds.signing import DOCUMENTS, form_of
from tests.grounds.stack import RunningStack
from tests.grounds.verifying import BYTES, PAPERS, PICTURE

T = TypeVar("T")
STROKES = [[[100, 100], [500, 700]], [[600, 200], [900, 800]]]
PLACE = {"country": "CN", "province": "330000", "city": "杭州"}


@dataclass
class Somebody:
    """What a signer knows, and where their messages arrive."""

    name: str
    outbox: Path
    mobile: str = field(default_factory=lambda: f"139{secrets.randbelow(10**8):08d}")
    number: str = field(default_factory=resident_number)
    party: str = ""

    def on_file(self, by: Applicant, papers: Collection[str] = PAPERS["resident_id"]) -> "Somebody":
        body = {
            "name": self.name, "roles": ["author", "owner"], "document_kind": "resident_id",
            "number": self.number, "region": "330106",
            **({"mobile": self.mobile} if self.mobile else {}),
        }  # fmt: skip
        answer = by.person.http.post("/api/v1/parties", json=body)
        assert answer.status_code == 201, answer.text
        self.party = answer.json()["id"]
        for kind in papers:
            at = f"/api/v1/parties/{self.party}/papers?kind={kind}"
            stored = by.person.http.put(at, content=PICTURE, headers=BYTES)
            assert stored.status_code == 200, stored.text
        return self

    def owner(self) -> dict[str, Any]:
        return {"party": self.party, "name": self.name, "kind": "natural_person",
                "paper": "resident_id", "nationality": "CN", "place": PLACE,
                "signature": "real_name"}  # fmt: skip

    def author(self) -> dict[str, Any]:
        return {"party": self.party, "name": self.name, "signature": "real_name"}

    def messages(self) -> list[dict[str, Any]]:
        """To this mobile, newest first."""
        found = []
        for path in sorted(self.outbox.glob("*.json"), reverse=True):
            message = json.loads(path.read_text("utf-8"))
            if message["to"] == f"+86{self.mobile}":
                found.append(message)
        return found

    def secret(self, sign: str) -> str | None:
        """Of the newest message whose text has `sign` in it."""
        return next((str(m["code"]) for m in self.messages() if sign in m["text"]), None)

    def link(self) -> str:
        return eventually(lambda: self.secret("/sign#"))

    def code(self, http: httpx2.Client) -> str:
        answer = http.post("/api/v1/signing/code")
        assert answer.status_code == 204, answer.text
        found = self.secret("验证码")
        assert found is not None
        return found

    def answer(self, code: str, **changes: Any) -> dict[str, Any]:
        return {"code": code, "document_kind": "resident_id", "number": self.number, **changes}

    def prove(self, http: httpx2.Client) -> None:
        answer = http.post("/api/v1/signing/proof", json=self.answer(self.code(http)))
        assert answer.status_code == 200, answer.text
        http.headers["Signing-Proof"] = answer.json()["proof"]

    def sign(self, stack: RunningStack) -> None:
        """From the message to the signature."""
        http = at_link(stack, self.link())
        self.prove(http)
        for paper in http.get("/api/v1/signing").json()["papers"]:
            assert http.get(f"/api/v1/signing/papers/{paper['code']}").status_code == 200
        answer = http.post("/api/v1/signing/confirmation", json={"confirm": True})
        assert answer.status_code == 202, answer.text
        eventually(lambda: http.get("/api/v1/signing").json()["state"] == "signed" or None)


@dataclass
class ToSign:
    """A matter at an office where papers are signed on line, and its people."""

    stack: RunningStack
    applicant: Applicant
    matter: str
    people: tuple[Somebody, ...]

    @property
    def path(self) -> str:
        return f"/api/v1/matters/{self.matter}/signing"

    def shown(self) -> dict[str, Any]:
        answer = self.applicant.person.http.get(self.path)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def signer(self, name: str) -> dict[str, Any]:
        return next(each for each in self.shown()["signers"] if each["name"] == name)

    def state(self) -> str:
        found: str = self.applicant.person.http.get(f"/api/v1/matters/{self.matter}").json()[
            "state"
        ]
        return found

    def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """What the applicant is answered."""
        answer = self.applicant.person.http.request(method, f"/api/v1{path}", json=body)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def renew(self, name: str) -> str:
        answer = self.applicant.person.http.put(
            f"{self.path}/signers/{self.signer(name)['id']}/link"
        )
        assert answer.status_code == 200, answer.text
        link: str = answer.json()["link"]
        return link.rpartition("#")[2]


def to_sign(stack: RunningStack, evidence_of: Applicant | None = None) -> ToSign:
    """張三 owns it, 李四 made it with him: handed in at Zhejiang."""
    someone = evidence_of or applicant(stack)
    outbox = stack.var / "outbox"
    people = tuple(Somebody(name, outbox).on_file(someone) for name in ("张三", "李四"))
    form = form_of([people[0].owner()], [each.author() for each in people])
    body = {"office": "zhejiang", "form": form, "documents": DOCUMENTS}
    answer = someone.person.http.post("/api/v1/matters", json=body)
    assert answer.status_code == 201, answer.text
    matter = answer.json()["id"]
    evidence = someone.deposited("a.png", picture())
    answer = someone.person.http.post(
        f"/api/v1/matters/{matter}/submissions", json={"evidence_number": evidence}
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["state"] == "signing"
    return ToSign(stack, someone, matter, people)


def at_link(stack: RunningStack, link: str) -> httpx2.Client:
    """Somebody's browser at a link."""
    http = visitor(stack)
    http.headers.update({"Signing-Link": link, "Origin": stack.address})
    return http


def eventually(look: Callable[[], T | None], seconds: float = 120) -> T:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if found is not None:
            return found
        time.sleep(0.1)
    raise AssertionError("not in time")

"""A parent whose identity nobody reviewed, and a child whose work is before an office."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from accounts import keys
from api.commands.story_payment import pay
from tests.grounds.callers import Person, person, program
from tests.grounds.filing import Applicant, at, examiner, picture
from tests.grounds.officers import OfficerAtWork
from tests.grounds.people import resident_number
from tests.grounds.signers import Somebody, ToSign, eventually
from tests.grounds.signing import DOCUMENTS, form_of
from tests.grounds.stack import RunningStack

OFFICE: Final = "zhejiang"
"""Where complete papers are enough: an identity waits for nobody there."""

BYTES: Final = {"Content-Type": "application/octet-stream"}
PAPER: Final = picture((320, 240), form="JPEG")
CARD: Final = picture((320, 240))
"""The guardianship that was uploaded with the application."""


@dataclass
class Family:
    """The numbers of parent and child, and the matter, handed in."""

    filer: Applicant
    identity: str
    number: str
    parent: Somebody
    child: Somebody
    matter: str

    def at(self, act: str = "") -> str:
        """The address of the matter, or of something of it, for an officer."""
        return at(self.matter, act, OFFICE)


def known(stack: RunningStack, number: str, office: str = OFFICE) -> tuple[Person, str]:
    """Somebody called 李四 with papers that can be looked at; the identity is accepted."""
    who = person(stack, "李四")
    assert who.http.put("/api/v1/account/kind", json={"kind": "individual"}).status_code == 204
    body = {"name": "李四", "document_kind": "resident_id", "number": number, "region": "330106",
            "address": "杭州市西湖区一号", "contact_mobile": "13800001234",
            "valid_from": "2020-01-01"}  # fmt: skip
    made: str = who.http.post("/api/v1/identity", json=body).json()["id"]
    for kind in ("id_front", "id_back"):
        at_paper = f"/api/v1/identity/{made}/papers?kind={kind}"
        assert who.http.put(at_paper, content=PAPER, headers=BYTES).status_code == 200
    answer = who.http.post(f"/api/v1/identity/{made}/submission?office={office}")
    assert answer.json()["status"] == "accepted", answer.text
    return who, made


def family(stack: RunningStack, card_name: str = "guardianship.png") -> Family:
    """Deposited, signed by the parent, paid for: it waits for its first examiner."""
    number = resident_number()
    who, identity = known(stack, number)
    filer = Applicant(who, program(stack, who.key(*keys.ALL_SCOPES)))
    outbox = stack.var / "outbox"
    parent = Somebody("李四", outbox, number=number).on_file(filer, papers=())
    child = Somebody("李小明", outbox, number=resident_number(date(2015, 6, 1)))
    body = {"name": child.name, "roles": ["author", "owner"], "document_kind": "resident_id",
            "number": child.number, "region": "330106", "guardian_id": parent.party}  # fmt: skip
    answer = who.http.post("/api/v1/parties", json=body)
    assert answer.status_code == 201, answer.text
    child.party = answer.json()["id"]
    for party, kind in ((child, "household_register"), (parent, "id_front"), (parent, "id_back")):
        path = f"/api/v1/parties/{party.party}/papers?kind={kind}"
        assert who.http.put(path, content=PAPER, headers=BYTES).status_code == 200
    made = _handed_in(filer, child, filer.deposited(card_name, CARD))
    found = Family(filer, identity, number, parent, child, made)
    matter = ToSign(stack, filer, made, (parent,))
    parent.sign(stack)
    eventually(lambda: matter.state() == "payment" or None)
    assert pay(matter.ask, matter.ask("GET", f"/matters/{made}"))["state"] == "submitted"
    return found


def _handed_in(filer: Applicant, child: Somebody, guardianship: str) -> str:
    form: dict[str, Any] = form_of([{**child.owner(), "minor": True}],
                                   [{**child.author(), "minor": True}])  # fmt: skip
    form["applicant"] = {**form["applicant"], "name": "李四"}
    body = {"office": OFFICE, "form": form,
            "documents": {**DOCUMENTS, "guardianship": guardianship}}  # fmt: skip
    answer = filer.person.http.post("/api/v1/matters", json=body)
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["id"]
    evidence = filer.deposited("a.png", picture())
    handed = filer.person.http.post(
        f"/api/v1/matters/{made}/submissions", json={"evidence_number": evidence}
    )
    assert handed.status_code == 201, handed.text
    assert handed.json()["state"] == "signing", handed.text
    return made


def claimed(stack: RunningStack, matter: Family) -> OfficerAtWork:
    """A first examiner who holds it."""
    officer = examiner(stack, office=OFFICE, agency=OFFICE)
    answer = officer.http.post(matter.at("claim"), json={"role": "first_examiner"})
    assert answer.status_code == 200, answer.text
    return officer

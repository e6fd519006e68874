"""T48: identity numbers on the papers of an application stay with their depositor."""

import base64
import io
from typing import Any

import httpx2
import pytest
from PIL import Image, PngImagePlugin

from tests.api.test_canaries import files_with, in_the_clear, nowhere, rows_with
from tests.grounds.callers import TUS, declared, deposit, person, send, submit, visitor
from tests.grounds.filing import AGENCY, OFFICE, applicant, at, examiner, picture
from tests.grounds.matters import FORM, papers
from tests.grounds.people import resident_number
from tests.grounds.signers import eventually
from tests.grounds.stack import RunningStack

OWN_ROWS = frozenset({"upload", "version_file", "work_version", "evidence_fact", "certificate"})
"""What a depositor says of a deposit, in the clear: the name of a file, the words about a work."""


def named_upload(http: httpx2.Client, name: str, data: bytes) -> dict[str, Any]:
    """An upload that is told the file's name, and as a member of the metadata that is none."""
    said = base64.b64encode(name.encode()).decode()
    made = http.post("/api/v1/uploads", headers={
        **TUS, "Upload-Length": str(len(data)), "Upload-Metadata": f"filename {said},other {said}",
    })  # fmt: skip
    assert made.status_code == 201, made.text
    location = made.headers["location"]
    assert send(http, location, data).status_code == 204
    return {**declared(name, data), "upload": location.rsplit("/", 1)[-1]}


def card_with(number: str) -> bytes:
    """A picture in whose metadata the number stands."""
    said, out = PngImagePlugin.PngInfo(), io.BytesIO()
    said.add_text("Comment", number)
    Image.open(io.BytesIO(picture())).save(out, "PNG", pnginfo=said)
    return out.getvalue()


def through_a_personal_document(
    stack: RunningStack, named: str, inside: str, nowhere_else: list[str]
) -> list[str]:
    """A card whose file is called by a number, and holds one; others in fields where none belongs:
    what everybody but the applicant is answered, and what the applicant is when it is refused.
    """
    filer = applicant(stack)
    typed, refused, reasoned = nowhere_else
    card = named_upload(filer.program, f"{named}.png", card_with(inside))
    made = deposit(filer.program, card, description=named, tags=[named])
    assert made.status_code == 201, made.text
    number = made.json()["evidence_number"]
    eventually(lambda: filer.program.get(f"/api/v1/evidence/{number}").json()["stored_at"])
    bad = {**card, "name": f"{refused}/a.png"}
    told = [deposit(filer.program, bad, x=refused).text,
            deposit(filer.program, {**card, "name": f"{refused}.exe"}).text]  # fmt: skip
    documents = papers(filer.deposited("b.png", picture()))
    post = filer.person.http.post
    for value in (typed, {"front": typed}, f"{typed}.png"):
        body = {"office": OFFICE, "agency": AGENCY, "form": FORM,
                "documents": {**documents, "agent_identity": value}}  # fmt: skip
        told.append(post("/api/v1/matters", json=body).text)
    body["documents"] = {**documents, "agent_identity": number}
    matter = post("/api/v1/matters", json=body).json()["id"]
    handed = submit(filer.person.http, matter, filer.deposited("a.png", picture()))
    assert handed.status_code == 201, handed.text
    told.append(filer.person.http.get(f"/api/v1/matters/{matter}/precheck").text)
    return told + looked_into(stack, matter, number, reasoned)


def looked_into(stack: RunningStack, matter: str, number: str, reasoned: str) -> list[str]:
    """What an examiner, another account and a stranger are answered, headers and all."""
    officer, other = examiner(stack), person(stack)
    here = at(matter, "documents/agent_identity/files/0")
    ask = officer.http
    answers = [ask.post(at(matter, "claim"), json={"role": "first_examiner"})]
    answers += [ask.get(at(matter, each)) for each in ("", "history", "notices", "identities")]
    for path in (here, f"{here}/preview"):
        answers += [ask.get(path), ask.post(path, json={"reason": f"见{reasoned}"})]
        shown = ask.post(path, json={"reason": "核对代理人"})
        assert shown.status_code == 200, shown.text
        answers.append(shown)
    listed = ask.get(at(matter, "identities")).json()["items"][0]
    for path in ("number", f"papers/{listed['papers'][0]['id']}"):
        looked = at(matter, f"identities/{listed['id']}/{path}")
        answers.append(ask.post(looked, json={"reason": f"见{reasoned}"}))
        assert answers[-1].status_code == 422, answers[-1].text
    items = [{"kind": "document", "name": "agent_identity", "reason": "请重新拍摄"}]
    returned = ask.post(at(matter, "return"), json={"items": items})
    assert returned.status_code == 200, returned.text
    answers += [returned, other.http.get(f"/api/v1/evidence/{number}"),
                other.http.get(f"/api/v1/evidence/{number}/files/0"),
                visitor(stack).get(f"/api/v1/public/evidence/{number}")]  # fmt: skip
    return [f"{answer.headers} {answer.content.decode(errors='replace')}" for answer in answers]


@pytest.mark.timeout(600)
def test_a_number_on_an_uploaded_paper_stays_with_its_depositor(stack: RunningStack) -> None:
    """T48: files of an application are stored as they are, and their names as they were given.
    Nothing else has them: no log, message, preview or answer to anybody else; typed where no number
    belongs, it is nowhere at all.
    """
    named, inside, *nowhere_else = (resident_number() for _ in range(5))
    told = through_a_personal_document(stack, named, inside, nowhere_else)
    nowhere(stack, nowhere_else, told)
    for number, rows, folders in ((named, OWN_ROWS, {"postgres"}), (inside, set(), {"objects"})):
        pattern = in_the_clear([number])
        assert not [text for text in told if pattern.search(text.encode())]
        assert set(rows_with(stack, pattern)) <= rows
        assert {path.partition("/")[0] for path in files_with(stack.var, pattern)} <= folders

"""T48: identity numbers on the papers of an application stay with their depositor."""

import base64
import io
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image, PngImagePlugin
from sqlalchemy import select

from evidence.models import Evidence
from tests.api.test_canaries import files_with, in_the_clear, nowhere, rows_with, write_out
from tests.grounds.callers import (
    TUS,
    declared,
    deposit,
    person,
    program,
    send,
    submit,
    visitor,
)
from tests.grounds.filing import AGENCY, OFFICE, applicant, at, examiner, picture
from tests.grounds.matters import FORM, papers
from tests.grounds.people import resident_number
from tests.grounds.signers import eventually
from tests.grounds.stack import RunningStack


def begun(http: httpx2.Client, size: int, **said: str) -> httpx2.Response:
    """An upload that is told these members of its metadata."""
    words = ",".join(f"{name} {base64.b64encode(each.encode()).decode()}"
                     for name, each in said.items())  # fmt: skip
    headers = {**TUS, "Upload-Length": str(size), "Upload-Metadata": words}
    return http.post("/api/v1/uploads", headers=headers)


def named_upload(http: httpx2.Client, name: str, other: str, data: bytes) -> dict[str, Any]:
    """An upload that is told the file's name, and `other` as a member that there is not."""
    made = begun(http, len(data), filename=name, other=other)
    assert made.status_code == 201, made.text
    location = made.headers["location"]
    assert send(http, location, data).status_code == 204
    return {**declared(name, data), "upload": location.rsplit("/", 1)[-1]}


def refused_at_the_door(http: httpx2.Client, card: dict[str, Any], number: str) -> list[str]:
    """The number as name, title, description, tag or author, of a deposit, a draft, a batch and an
    upload: all the answers, each of which names the field.
    """
    told = []
    file = {key: card[key] for key in ("size", "sha256")}
    for field, said in (("title", f"《{number}》"), ("description", f"见 {number}。"),
                        ("tags", [number]), ("authors", ["张三", f"李四{number}"])):  # fmt: skip
        for path, body in (("evidence", {"files": [card]}), ("works", {})):
            answer = http.post(f"/api/v1/{path}", json={"title": "写生", **body, field: said},
                               headers={"Idempotency-Key": f"{path}-{field}"})  # fmt: skip
            assert answer.status_code == 422, answer.text
            assert answer.json()["field"].partition("[")[0] == field
            told.append(answer.text)
    named = {**card, "name": f"{number}.png"}
    drafted = http.post("/api/v1/works", json={"title": "写生"})
    at_work = f"/api/v1/works/{drafted.json()['id']}"
    for answer, field in (
        (deposit(http, named), "files[0].name"),
        (http.put(f"{at_work}/files", json={"files": [named]}), "files[0].name"),
        (http.put(f"{at_work}/pictures", json={"pictures": [named]}), "pictures[0].name"),
        (http.patch(at_work, json={"tags": [f"{number[:6]} {number[6:]}"]}), "tags[0]"),
        (begun(http, 3, filename=f"{number}.png"), "Upload-Metadata"),
    ):
        assert (answer.status_code, answer.json().get("field")) == (422, field), answer.text
        told.append(answer.text)
    many = {"deposits": [{"key": "1", "files": [{**file, "name": f"{number}.png"}]},
                         {"key": "2", "files": [{**file, "name": "a.png"}]}]}  # fmt: skip
    listed = http.post("/api/v1/evidence/batch", json=many)
    assert (listed.status_code, listed.json()["field"]) == (422, "deposits[0].files[0].name")
    return [*told, listed.text]


def card_with(number: str) -> bytes:
    """A picture in whose metadata the number stands."""
    said, out = PngImagePlugin.PngInfo(), io.BytesIO()
    said.add_text("Comment", number)
    Image.open(io.BytesIO(picture())).save(out, "PNG", pnginfo=said)
    return out.getvalue()


def through_a_personal_document(
    stack: RunningStack, inside: str, nowhere_else: list[str]
) -> list[str]:
    """A card that holds a number; others in fields where none belongs: what everybody but the
    applicant is answered, and what the applicant is when it is refused.
    """
    filer = applicant(stack)
    typed, refused, reasoned, named = nowhere_else
    data = card_with(inside)
    card = named_upload(filer.program, "身份证.png", named, data)
    told = refused_at_the_door(filer.program, card, named)
    made = deposit(filer.program, card)
    assert made.status_code == 201, made.text
    number = made.json()["evidence_number"]
    eventually(lambda: filer.program.get(f"/api/v1/evidence/{number}").json()["stored_at"])
    bad = {**card, "name": f"{refused}/a.png"}
    told += [deposit(filer.program, bad, x=refused).text,
             deposit(filer.program, {**card, "name": f"{refused}.exe"}).text]  # fmt: skip
    documents = papers(filer.deposited("b.png", picture()))
    post = filer.person.http.post
    for value in (typed, {"front": typed}, f"{typed}.png"):
        body = {"office": OFFICE, "agency": AGENCY, "form": FORM,
                "documents": {**documents, "agent_identity": value}}  # fmt: skip
        told.append(post("/api/v1/matters", json=body).text)
    for change, field in (({"form": {**FORM, "agent_reason": f"见{typed}"}}, "agent_reason"),
                          ({"documents": {**documents, "creation_statement": typed}},
                           "documents.creation_statement")):  # fmt: skip
        answer = post("/api/v1/matters", json={**body, **change})
        assert (answer.status_code, answer.json().get("field")) == (422, field), answer.text
        told.append(answer.text)
    body["documents"] = {**documents, "agent_identity": number}
    matter = post("/api/v1/matters", json=body).json()["id"]
    handed = submit(filer.person.http, matter, filer.deposited("a.png", picture()))
    assert handed.status_code == 201, handed.text
    told.append(filer.person.http.get(f"/api/v1/matters/{matter}/precheck").text)
    eventually(lambda: sealed(stack, number))
    given_back_whole(filer.program, number, data)
    return told + looked_into(stack, matter, number, reasoned)


def sealed(stack: RunningStack, number: str) -> bool:
    """Whether the worker has sealed the files of this evidence."""
    with stack.services() as services, services.sessions() as session:
        found = session.scalars(select(Evidence).where(Evidence.number == number)).one()
        return found.files_sealed_at is not None


def given_back_whole(http: httpx2.Client, number: str, data: bytes) -> None:
    """To its depositor, whole, in a range, and small."""
    here = f"/api/v1/evidence/{number}"
    assert http.get(here).json()["personal"] is True
    assert http.get(f"{here}/files/0").content == data
    part = http.get(f"{here}/files/0", headers={"Range": "bytes=10-29"})
    assert (part.status_code, part.content) == (206, data[10:30])
    assert http.get(f"{here}/files/0/preview").headers["content-type"] == "image/webp"


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
    """T48, T50: once an application names it, the paper lies sealed: its number is in no file of
    the installation, in no row and in no answer to anybody else; nor is one that was typed where
    none belongs. Its depositor gets the very bytes.
    """
    inside, *nowhere_else = (resident_number() for _ in range(5))
    told = through_a_personal_document(stack, inside, nowhere_else)
    nowhere(stack, nowhere_else, told)
    pattern = in_the_clear([inside])
    assert not [text for text in told if pattern.search(text.encode())]
    assert rows_with(stack, pattern) == []
    assert files_with(stack.var, pattern) == []


def test_a_deposit_that_says_it_is_personal_is_nowhere_and_verifies(
    stack: RunningStack, tmp_path: Path
) -> None:
    """By the command line: kept encrypted from the start, and proved as any other."""
    number, paper = resident_number(), tmp_path / "证件.png"
    paper.write_bytes(card_with(number))
    key = person(stack).key("deposit", "read")
    ran = stack.yinji(
        "deposit", paper, "--personal", "--json", "--out", tmp_path / "out", YINJI_KEY=key
    )
    assert ran.code == 0, ran.err
    checked = stack.yinji("verify", paper, ran.json["package"], "--json")
    assert (checked.code, checked.json["verdict"]) == (0, "valid"), checked.err
    write_out(stack)
    assert files_with(stack.var, in_the_clear([number])) == []
    given_back_whole(program(stack, key), ran.json["evidence_number"], paper.read_bytes())
    assert files_with(stack.var, in_the_clear([number])) == []
    again = stack.yinji("deposit", paper, "--personal", "--json", "--no-wait", YINJI_KEY=key)
    assert again.json["evidence_number"] == ran.json["evidence_number"]

"""T49: who looks at identity papers is named on each; who looks at many is told of."""

import io
import json
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import pytest
from PIL import Image, ImageChops
from sqlalchemy import delete, select

from accounts import organisations
from accounts.models import Account
from accounts.organisations import MemberRole
from accounts.person_models import Reveal, Verification
from accounts.reveals import USUAL_A_DAY
from api import revealing
from api.wiring import Services, utc_now
from chain.models import Alarm
from evidence import previews
from tests.api.test_identity import add_paper, claim, company, someone
from tests.grounds.filing import picture
from tests.grounds.officers import OfficerAtWork, at_work
from tests.grounds.stack import RunningStack

OFFICE = "looked-at"
WHY = {"reason": "核对证件"}
PICTURE = picture((640, 480), form="JPEG")


@pytest.fixture(scope="module")
def boss(stack: RunningStack) -> OfficerAtWork:
    return at_work(stack, OFFICE, "supervisor")


@pytest.fixture(scope="module")
def services(stack: RunningStack) -> Iterator[Services]:
    with stack.services() as found:
        yield found


def waiting(stack: RunningStack, kind: str, data: bytes) -> str:
    """The address of a paper that waits at the office."""
    who = someone(stack, "enterprise")
    made = claim(who, document_kind="credit_code", number="91350100M000100Y43")["id"]
    for each, content in (("licence", picture(form="JPEG")), (kind, data)):
        paper = add_paper(who, made, each, content)
        assert paper.status_code == 200, paper.text
    assert who.http.post(f"/api/v1/identity/{made}/submission?office={OFFICE}").is_success
    return f"/api/v1/offices/{OFFICE}/identities/{made}/papers/{paper.json()['id']}"


def test_a_shown_paper_names_who_looks_and_when_all_over_it(
    stack: RunningStack, boss: OfficerAtWork
) -> None:
    at = waiting(stack, "handler_authorisation", PICTURE)
    seen = boss.http.post(at, json=WHY)
    assert (seen.status_code, seen.headers["content-type"]) == (200, "image/jpeg")
    registrar = at_work(stack, OFFICE, "registrar")
    (line,) = [
        each
        for each in registrar.http.get(f"/api/v1/offices/{OFFICE}/audit").json()["items"]
        if each["act"] == "identity.paper_revealed"
    ]
    me = boss.http.get("/api/v1/session").json()["account"]["id"]
    assert line["by"] == me
    words = revealing.words(UUID(me), datetime.fromisoformat(line["at"]))
    assert seen.content == previews.mark(PICTURE, "image/jpeg", words, 10**7)[0]
    with Image.open(io.BytesIO(seen.content)) as shown, Image.open(io.BytesIO(PICTURE)) as sent:
        assert shown.size == sent.size
        changed = ImageChops.difference(shown, sent.convert("RGB")).convert("L")
        rows = [changed.crop((0, top, 640, top + 80)).point(lambda v: 255 * (v > 60)) for top in
                range(0, 480, 80)]  # fmt: skip
        assert all(each.histogram()[255] > 300 for each in rows)


def test_a_pdf_comes_as_pictures_of_its_pages(stack: RunningStack, boss: OfficerAtWork) -> None:
    out, title = io.BytesIO(), "secret title".encode("utf-16-be")
    Image.new("RGB", (300, 400), "white").save(out, "PDF", title="secret title")
    assert title in out.getvalue()
    at = waiting(stack, "handler_authorisation", out.getvalue())
    seen = boss.http.post(at, json=WHY)
    assert (seen.status_code, seen.headers["content-type"]) == (200, "application/pdf")
    assert title not in seen.content
    assert b"JavaScript" not in seen.content


@pytest.mark.parametrize("tie", ["own", "organisation", "declared"])
def test_who_has_an_interest_sees_neither_number_nor_paper_and_does_not_decide(
    stack: RunningStack, boss: OfficerAtWork, services: Services, tie: str
) -> None:
    at = waiting(stack, "handler_authorisation", PICTURE)
    claim_at, _, paper = at.partition("/papers/")
    bound = at_work(stack, OFFICE, "supervisor")
    me = UUID(bound.http.get("/api/v1/session").json()["account"]["id"])
    with services.sessions() as session, session.begin():
        row = session.get_one(Verification, UUID(claim_at.rpartition("/")[2]))
        if tie == "own":
            account = session.get_one(Account, row.account_id)
            account.person_id = session.get_one(Account, me).person_id
        if tie == "organisation":
            organisations.begin(session, row.account_id, me, MemberRole.VIEWER, None, now=utc_now())
    if tie == "declared":
        said = {"kind": "organisation", "document_kind": "credit_code", "note": "配偶任职",
                "number": "91350100M000100Y43"}  # fmt: skip
        answer = bound.http.post(f"/api/v1/offices/{OFFICE}/conflicts", json=said)
        assert answer.status_code == 201, answer.text
    word = {"outcome": "verified", "ground": "与执照一致"}
    for path, body in ((f"papers/{paper}", WHY), ("number", WHY), ("decision", word)):
        refused = bound.http.post(f"{claim_at}/{path}", json=body)
        assert refused.status_code == 403, (path, refused.text)
        assert "由其他工作人员办理" in refused.json()["detail"]
    with services.sessions() as session, session.begin():
        assert session.scalars(select(Reveal).where(Reveal.by_id == me)).all() == []
    assert boss.http.post(at, json=WHY).status_code == 200
    assert boss.http.post(f"{claim_at}/number", json=WHY).status_code == 200


def test_the_paper_of_a_request_is_not_shown_to_who_has_an_interest(stack: RunningStack) -> None:
    who, office = someone(stack), "interested"
    sent = who.http.put("/api/v1/account/papers?kind=agent_qualification", content=PICTURE,
                        headers={"Content-Type": "application/octet-stream"})  # fmt: skip
    asked = who.http.post("/api/v1/account/kind-changes", json={
        "office": office, "kind": "agent_lawyer", "reason": "执业律师",
        "paper_id": sent.json()["id"],
    })  # fmt: skip
    assert asked.status_code == 201, asked.text
    at = f"/api/v1/offices/{office}/kind-changes/{asked.json()['id']}"
    bound, other = (at_work(stack, office, "supervisor") for _ in range(2))
    name = {"kind": "name", "name": asked.json()["account_name"], "note": "同学"}
    answer = bound.http.post(f"/api/v1/offices/{office}/conflicts", json=name)
    assert answer.status_code == 201, answer.text
    assert bound.http.post(f"{at}/paper", json=WHY).status_code == 403
    word = {"outcome": "granted", "ground": "x"}
    assert bound.http.post(f"{at}/decision", json=word).status_code == 403
    assert other.http.post(f"{at}/paper", json=WHY).status_code == 200
    assert other.http.post(f"{at}/decision", json=word).status_code == 200


@pytest.mark.parametrize("data", [b"\xff\xd8\xff\xe0 no picture", b"%PDF-1.7 no document"])
def test_what_cannot_be_marked_is_not_shown(
    stack: RunningStack, boss: OfficerAtWork, data: bytes
) -> None:
    answer = boss.http.post(waiting(stack, "handler_authorisation", data), json=WHY)
    assert (answer.status_code, answer.json()["field"]) == (409, "paper")
    assert "请其重新提交" in answer.json()["detail"]


def test_unusually_many_raise_one_alarm_and_each_is_on_record(
    stack: RunningStack, services: Services
) -> None:
    officer = at_work(stack, "hall", "supervisor")  # or nobody there could look at it
    _, made = company(stack)
    me = officer.http.get("/api/v1/session").json()["account"]["id"]
    at = f"/api/v1/offices/hall/identities/{made}/number"

    def alarms() -> list[str]:
        ran = stack.yinji("alarms")
        assert ran.code == 0, ran.err
        return [each["message"] for each in json.loads(ran.out) if each["subject"] == me
                and each["kind"] == revealing.UNUSUAL]  # fmt: skip

    for _ in range(USUAL_A_DAY):
        assert officer.http.post(at, json=WHY).status_code == 200
    assert alarms() == []
    for _ in range(3):
        assert officer.http.post(at, json=WHY).status_code == 200
    (message,) = alarms()
    assert str(USUAL_A_DAY) in message
    with services.sessions() as session, session.begin():
        # Another test's fsck must not take this alarm for one of its own.
        session.execute(delete(Alarm).where(Alarm.subject == me))

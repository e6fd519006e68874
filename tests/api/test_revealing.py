"""T49: who looks at identity papers is named on each; who looks at many is told of."""

import io
import json
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import pytest
from PIL import Image, ImageChops
from sqlalchemy import delete

from accounts.reveals import USUAL_A_DAY
from api import revealing
from api.wiring import Services
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
    out = io.BytesIO()
    Image.new("RGB", (300, 400), "white").save(out, "PDF", title="secret title")
    at = waiting(stack, "handler_authorisation", out.getvalue())
    seen = boss.http.post(at, json=WHY)
    assert (seen.status_code, seen.headers["content-type"]) == (200, "application/pdf")
    assert b"secret title" not in seen.content
    assert b"JavaScript" not in seen.content


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
    _, made = company(stack)
    officer = at_work(stack, "hall", "supervisor")
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

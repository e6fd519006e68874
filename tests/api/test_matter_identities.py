"""T49: whoever holds a matter sees whose identities stand in it; for all others there are none."""

import io
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from accounts.person_models import Reveal
from api import revealing
from tests.grounds.families import OFFICE, PAPER, Family, claimed, family, known
from tests.grounds.filing import examiner
from tests.grounds.officers import OfficerAtWork, account_of, at_work, looked_all_day
from tests.grounds.people import resident_number
from tests.grounds.stack import RunningStack
from tests.grounds.verifying import looking

WHY = {"reason": "核对证件与签章人"}


@pytest.fixture(scope="module")
def matter(stack: RunningStack) -> Family:
    return family(stack)


@pytest.fixture(scope="module")
def holder(stack: RunningStack, matter: Family) -> OfficerAtWork:
    return claimed(stack, matter)


def masked(number: str) -> str:
    return number[:3] + "*" * 11 + number[-4:]


def listed(officer: OfficerAtWork, matter: Family) -> list[dict[str, Any]]:
    answer = officer.http.get(matter.at("identities"))
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def looks(matter: Family, holder: OfficerAtWork) -> list[tuple[str, str]]:
    """Every look there is at this matter's people: method and address."""
    found = [("GET", matter.at("identities"))]
    for each in listed(holder, matter):
        here = matter.at(f"identities/{each['id']}")
        found.append(("POST", f"{here}/number"))
        found += [("POST", f"{here}/papers/{paper['id']}") for paper in each["papers"]]
    return found


def audited(stack: RunningStack, subject: str) -> dict[str, Any]:
    """The one line about it."""
    registrar = looking(stack, OFFICE, "registrar")
    lines = registrar.http.get(f"/api/v1/offices/{OFFICE}/audit").json()["items"]
    (found,) = [line for line in lines if line["subject"] == subject]
    return dict(found)


def test_each_identity_is_listed_once_masked_and_with_its_places(
    matter: Family, holder: OfficerAtWork
) -> None:
    applicant, child, guardian = listed(holder, matter)
    assert applicant == {
        "id": matter.identity, "kind": "account", "places": ["applicant"], "name": "李四",
        "document_kind": "resident_id", "number": masked(matter.number), "status": "accepted",
        "meaning": "格式与材料齐备,身份未经核验 / complete in form; the identity was not checked",
        "verified_by": None, "verified_at": None, "valid_from": "2020-01-01", "valid_until": None,
        "expired": False, "papers": applicant["papers"],
    }  # fmt: skip
    assert [{**paper, "id": ""} for paper in applicant["papers"]] == [
        {"id": "", "kind": kind, "media_type": "image/jpeg"} for kind in ("id_front", "id_back")
    ]
    assert (child["kind"], child["status"], child["number"]) == (
        "party", "declared", masked(matter.child.number),
    )  # fmt: skip
    assert child["places"] == ["owners[0]", "authors[0]"]
    assert [paper["kind"] for paper in child["papers"]] == ["household_register"]
    assert guardian["places"] == ["owners[0].guardian", "authors[0].guardian"]
    assert [paper["kind"] for paper in guardian["papers"]] == ["id_front", "id_back"]


def test_a_number_is_whole_with_a_reason_and_a_line_that_names_the_matter(
    stack: RunningStack, matter: Family, holder: OfficerAtWork
) -> None:
    numbers = (matter.number, matter.child.number, matter.parent.number)
    for each, number in zip(listed(holder, matter), numbers, strict=True):
        here = matter.at(f"identities/{each['id']}/number")
        nothing = holder.http.post(here, json={"reason": " "})
        assert (nothing.status_code, nothing.json()["field"]) == (422, "reason")
        answer = holder.http.post(here, json=WHY)
        assert (answer.status_code, answer.json()["number"]) == (200, number), answer.text
        kind = {"account": "verification"}.get(each["kind"], each["kind"])
        line = audited(stack, f"{kind}:{each['id']}")
        owner = matter.filer.person.http.get("/api/v1/session").json()["account"]["id"]
        assert line["facts"] == {"of": owner, "matter": matter.matter, **WHY}
        assert (line["act"], line["by"]) == ("identity.number_revealed", str(account_of(holder)))


def test_a_paper_is_shown_marked_with_a_reason_and_on_record(
    stack: RunningStack, matter: Family, holder: OfficerAtWork
) -> None:
    for each in listed(holder, matter):
        for paper in each["papers"]:
            here = matter.at(f"identities/{each['id']}/papers/{paper['id']}")
            assert holder.http.post(here, json={}).json()["field"] == "reason"
            seen = holder.http.post(here, json=WHY)
            assert (seen.status_code, seen.headers["content-type"]) == (200, "image/jpeg")
            assert seen.content != PAPER
            with Image.open(io.BytesIO(seen.content)) as shown:
                assert shown.size == (320, 240)
            line = audited(stack, f"paper:{paper['id']}")
            assert (line["act"], line["by"]) == ("identity.paper_revealed", str(account_of(holder)))
            assert (line["facts"]["matter"], line["facts"]["kind"]) == (
                matter.matter, paper["kind"],
            )  # fmt: skip
    with stack.services() as services, services.sessions() as session:
        reasons = session.scalars(
            select(Reveal.reason).where(Reveal.by_id == account_of(holder))
        ).all()
    assert set(reasons) == {WHY["reason"]}
    assert len(reasons) >= 5


@pytest.mark.parametrize("role", ["first_examiner", "final_examiner", "supervisor", "registrar",
                                  "cashier"])  # fmt: skip
def test_for_who_does_not_hold_it_there_are_none(
    stack: RunningStack, matter: Family, holder: OfficerAtWork, role: str
) -> None:
    other = examiner(stack, role, office=OFFICE,
                     agency=OFFICE if role == "first_examiner" else "")  # fmt: skip
    for method, path in looks(matter, holder):
        answer = other.http.request(method, path, json=None if method == "GET" else WHY)
        assert answer.status_code == 404, (path, answer.text)
    with stack.services() as services, services.sessions() as session:
        by = account_of(other)
        assert session.scalars(select(Reveal).where(Reveal.by_id == by)).all() == []


def test_what_stands_in_another_matter_does_not_exist_in_this_one(
    stack: RunningStack, matter: Family, holder: OfficerAtWork
) -> None:
    """Nor does a paper beside another identity than its own."""
    _, elsewhere = known(stack, resident_number())
    answer = holder.http.post(matter.at(f"identities/{elsewhere}/number"), json=WHY)
    assert answer.status_code == 404
    applicant, child, _ = listed(holder, matter)
    crossed = matter.at(f"identities/{child['id']}/papers/{applicant['papers'][0]['id']}")
    assert holder.http.post(crossed, json=WHY).status_code == 404


def test_what_nobody_reviews_is_not_seen_without_a_matter(
    stack: RunningStack, matter: Family, holder: OfficerAtWork
) -> None:
    """An accepted identity waits for nobody: not even who holds its matter sees it that way."""
    boss = at_work(stack, OFFICE, "supervisor")
    paper = listed(holder, matter)[0]["papers"][0]["id"]
    for officer in (boss, holder):
        here = f"/api/v1/offices/{OFFICE}/identities/{matter.identity}"
        assert officer.http.post(f"{here}/number", json=WHY).status_code == 404
        assert officer.http.post(f"{here}/papers/{paper}", json=WHY).status_code == 404


def test_the_days_measure_counts_all_looks_together(
    stack: RunningStack, matter: Family, holder: OfficerAtWork
) -> None:
    first, *_ = listed(holder, matter)
    looked_all_day(stack, holder, OFFICE)
    paper = first["papers"][0]["id"]
    for path in ("number", f"papers/{paper}"):
        answer = holder.http.post(matter.at(f"identities/{first['id']}/{path}"), json=WHY)
        assert (answer.status_code, "200" in answer.json()["detail"]) == (429, True), answer.text


def test_whoever_gives_it_back_sees_nothing_more(stack: RunningStack, matter: Family) -> None:
    """The final examiner does then, as holder; the first one does not."""
    other = family(stack)
    first = claimed(stack, other)
    every = looks(other, first)
    assert first.http.post(other.at("release")).status_code == 204
    for method, path in every:
        answer = first.http.request(method, path, json=None if method == "GET" else WHY)
        assert answer.status_code == 404, path
    again = claimed(stack, other)
    checklist = list(again.http.get(other.at()).json()["checklist"]["first"])
    passed = again.http.post(other.at("pass"), json={"checklist": checklist})
    assert passed.status_code == 200, passed.text
    assert again.http.get(other.at("identities")).status_code == 404
    final = examiner(stack, "final_examiner", office=OFFICE, agency="")
    assert final.http.post(other.at("claim"), json={"role": "final_examiner"}).is_success
    assert [each["places"][0] for each in listed(final, other)] == [
        "applicant", "owners[0]", "owners[0].guardian",
    ]  # fmt: skip
    # So many tries in an hour, of whatever comes of them; here nothing does.
    path = other.at(f"identities/{other.identity}/number")
    tries = [final.http.post(path, json={"reason": " "}) for _ in range(revealing.PER_HOUR)]
    assert {answer.status_code for answer in tries} == {422}
    assert final.http.post(path, json=WHY).status_code == 429
    stranger = looking(stack, OFFICE, "supervisor")
    for _ in range(revealing.PER_HOUR + 1):
        assert stranger.http.post(path, json=WHY).status_code == 404

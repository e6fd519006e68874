"""What strangers learn of a registration, however its number is typed; certificates issued anew."""

import hashlib
import json
import time
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from api.public_entry import entry
from api.public_schemas import PublicRegistration
from certs import package, pdffile
from registry import offices
from registry.profile_parts import Notice
from tests.grounds.bureau import WORK, Bureau, Papers, asked, bureau
from tests.grounds.callers import visitor
from tests.grounds.officers import OfficerAtWork, at_work
from tests.grounds.stack import RunningStack


@pytest.fixture(scope="module")
def office(stack: RunningStack) -> Bureau:
    return bureau(stack)


@pytest.fixture(scope="module")
def papers(office: Bureau) -> Papers:
    return office.registered()


@pytest.fixture
def stranger(stack: RunningStack) -> httpx2.Client:
    return visitor(stack)


def told(http: httpx2.Client, number: str) -> httpx2.Response:
    return http.get(f"/api/v1/public/registrations/{quote(number, safe='')}")


def check_code(papers: Papers) -> str:
    content = json.loads(pdffile.attachments(papers.pdf)["content.json"])
    code: str = content["verify_url"].rsplit("-", 1)[-1]
    return code


class TestByNumber:
    def test_verdict_and_day_are_told_and_nobodys_name(
        self, stranger: httpx2.Client, papers: Papers
    ) -> None:
        answer = told(stranger, papers.number)
        said = PublicRegistration.model_validate_json(answer.text)
        assert (said.registration_number, said.verdict) == (papers.number, "valid")
        assert said.evidence_number == papers.record
        assert said.sample
        for secret in ("山间", "张三", papers.evidence):
            assert secret not in answer.text

    def test_it_may_be_typed_in_many_ways(self, stranger: httpx2.Client, papers: Papers) -> None:
        area, year, letter, serial = papers.number.split("-")
        wide = str.maketrans("0123456789-", "０１２３４５６７８９－")
        for typed in (
            papers.number.lower(),
            f" {area} - {year} - {letter.lower()} - {serial} ",
            papers.number.translate(wide),
            f"{area}第{year}-{letter}-{serial}号",
            f"{area}:{year}—{letter}—{serial}",
            f"{area.replace('作', '')}{year}{letter}{serial}",
        ):
            answer = told(stranger, typed)
            assert answer.json().get("registration_number") == papers.number, typed

    def test_another_registers_number_is_not_known_here(self, stranger: httpx2.Client) -> None:
        assert told(stranger, "国作登字-2019-F-00916679").status_code == 404

    @pytest.mark.parametrize("typed", ["x", "木作登字-2019-F-00916679", "9" * 5000])
    def test_a_typing_error_is_named(self, stranger: httpx2.Client, typed: str) -> None:
        answer = told(stranger, typed)
        assert (answer.status_code, answer.json()["field"]) == (422, "registration_number")


TIANJIN = offices.shipped()["tianjin"]
ANNOUNCED = "/api/v1/public/offices/tianjin/registrations"


class TestAnnounced:
    """登记公告, by number, title and owner, without an account."""

    @pytest.mark.parametrize("wanted", ["number", "title", "owner"])
    def test_anybody_finds_an_entry_and_what_its_office_shows(
        self, stranger: httpx2.Client, papers: Papers, wanted: str
    ) -> None:
        typed = {"number": papers.number.lower(), "title": "山", "owner": "张三"}[wanted]
        page = asked(stranger.get(ANNOUNCED, params={wanted: typed, "limit": 50}))
        (entry,) = [each for each in page["items"] if each["number"] == papers.number]
        assert (entry["title"], entry["owners"], entry["category"]) == (
            "山间", ["张三"], "fine_art",
        )  # fmt: skip
        assert (entry["state"], entry["sample"]) == ("registered", True)
        assert "初步证明" in page["note"]["zh"]

    def test_works_of_one_category_are_listed(
        self, stranger: httpx2.Client, papers: Papers
    ) -> None:
        """A page of fine art, and none of it among the music."""
        for category, there in (("fine_art", True), ("music", False)):
            page = asked(stranger.get(ANNOUNCED, params={"category": category, "limit": 50}))
            assert (papers.number in {each["number"] for each in page["items"]}) is there
            assert {each["category"] for each in page["items"]} <= {category}

    def test_nothing_else_of_the_matter_is_told(
        self, stranger: httpx2.Client, papers: Papers
    ) -> None:
        said = stranger.get(ANNOUNCED, params={"number": papers.number}).text
        for secret in (papers.matter, papers.evidence, papers.record, papers.applicant.identifier):
            assert secret not in said
        for secret in ("13800000000", "a.jpg", "exchange"):
            assert secret not in said

    def test_pages_follow_one_another(self, stranger: httpx2.Client, papers: Papers) -> None:
        first = asked(stranger.get(ANNOUNCED, params={"limit": 1}))
        assert len(first["items"]) == 1
        if first["next"] is not None:
            after = asked(stranger.get(ANNOUNCED, params={"limit": 1, "cursor": first["next"]}))
            assert after["items"] != first["items"]
        assert papers.number

    @pytest.mark.parametrize(
        ("office", "params", "status", "field"),
        [
            ("tianjin", {"number": "hello"}, 422, "number"),
            ("tianjin", {"category": "poem"}, 422, "category"),
            ("tianjin", {"cursor": str(uuid.uuid4())}, 422, "cursor"),
            ("tianjin", {"title": "x" * 300}, 422, "title"), ("nowhere", {}, 404, None),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_named(
        self, stranger: httpx2.Client, office: str, params: dict[str, str], status: int,
        field: str | None,
    ) -> None:  # fmt: skip
        answer = stranger.get(f"/api/v1/public/offices/{office}/registrations", params=params)
        assert answer.status_code == status, answer.text
        assert field is None or answer.json()["field"] == field


def test_the_pages_of_work_and_record_say_what_they_are(
    stranger: httpx2.Client, papers: Papers
) -> None:
    where = f"/api/v1/public/evidence/{papers.record}"
    record = stranger.get(where, params={"check": check_code(papers)}).json()
    assert (record["kind"], record["detail"]["registrations"]) == ("registration", [])
    assert record["detail"]["entry"] == {
        "registration_number": papers.number,
        "software_certificate_number": None,
        "registered_on": told(stranger, papers.number).json()["registered_on"],
        "office": {"zh": TIANJIN.name.zh, "en": TIANJIN.name.en},
        "title": "山间",
        "owners": ["张三"],
    }
    assert stranger.get(where).json()["detail"] is None
    own = papers.applicant.http.get(f"/api/v1/evidence/{papers.evidence}").json()
    code = own["verify_url"].rsplit("-", 1)[-1]
    where = f"/api/v1/public/evidence/{papers.evidence}"
    work = stranger.get(where, params={"check": code}).json()
    assert (work["kind"], work["detail"]["registrations"]) == ("evidence", [papers.number])
    assert work["detail"]["entry"] is None
    assert stranger.get(where).json()["detail"] is None


@pytest.mark.parametrize(
    ("notice", "announced"),
    [
        (TIANJIN.notice, False),
        (replace(TIANJIN.notice, public=False), True),
        (replace(TIANJIN.notice, fields=("number", "registered_on")), True),
    ],
    ids=["this entry", "by this office", "these facts"],
)
def test_what_is_not_announced_is_not_told(notice: Notice, *, announced: bool) -> None:
    record = {"registration_number": "x", "registered_on": "2026-01-05", "office": "y"}
    record |= {"title": "山间", "owners": "张三"}
    known = {"tianjin": replace(TIANJIN, notice=notice)}
    said = entry("tianjin", json.dumps(record).encode(), known, announced=announced)
    assert (said["registration_number"], said["title"], said["owners"]) == ("x", None, None)


@pytest.fixture(scope="module")
def registrar(stack: RunningStack) -> OfficerAtWork:
    return at_work(stack, "tianjin", "registrar", "")


@pytest.fixture(scope="module")
def again(office: Bureau, papers: Papers, registrar: OfficerAtWork) -> Papers:
    """The next edition, once it is made."""
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    for _ in range(2):  # the same wish twice is one edition
        answer = reissue(registrar, papers.number, headers)
        assert answer.status_code == 202, answer.text
    until = time.monotonic() + 60
    while True:
        found = office.collected(papers.applicant, papers.matter, papers.evidence)
        if found.pdf != papers.pdf:
            return found
        assert time.monotonic() < until
        time.sleep(0.1)


def reissue(by: OfficerAtWork, number: str, headers: dict[str, str]) -> Any:
    where = f"/api/v1/offices/tianjin/registrations/{quote(number)}/reissues"
    return by.http.post(where, json={"reason": "原证书遗失"}, headers=headers)


def verify(stack: RunningStack, folder: Path, data: bytes, *options: str) -> Any:
    kind = "pdf" if data.startswith(b"%PDF") else "zip"
    (folder / "a.jpg").write_bytes(WORK)
    (folder / f"paper.{kind}").write_bytes(data)
    return stack.yinji("verify", folder / "a.jpg", folder / f"paper.{kind}", "--json", *options)


class TestIssuedAnew:
    def test_it_says_the_same_under_the_next_edition(
        self, stack: RunningStack, papers: Papers, again: Papers, tmp_path: Path
    ) -> None:
        before, after = (
            json.loads(pdffile.attachments(each.pdf)["content.json"]) for each in (papers, again)
        )
        assert (before["edition"], after["edition"]) == (1, 2)
        assert before["facts"] == after["facts"]
        assert verify(stack, tmp_path, again.package).json["verdict"] == "valid"

    def test_the_one_before_is_superseded(
        self, stack: RunningStack, papers: Papers, again: Papers, tmp_path: Path
    ) -> None:
        fresh = package.read(again.package)[package.STATUS]
        old = package.build({**package.read(papers.package), package.STATUS: fresh})
        ran = verify(stack, tmp_path, old)
        assert (ran.code, ran.json["verdict"]) == (3, "superseded")
        digest = hashlib.sha256(papers.pdf).hexdigest()
        known = visitor(stack).post("/api/v1/public/certificates", json={"sha256": digest}).json()
        assert (known["known"], known["verdict"]) == (True, "superseded")

    def test_only_registrars_may_and_only_what_there_is(
        self, office: Bureau, papers: Papers, registrar: OfficerAtWork
    ) -> None:
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        assert reissue(office.final, papers.number, headers).status_code == 403
        assert reissue(registrar, "津作登字-1999-F-00000001", headers).status_code == 404

    def test_what_is_revoked_is_not_issued_anew(
        self, office: Bureau, registrar: OfficerAtWork
    ) -> None:
        papers = office.registered()
        where = f"/api/v1/offices/tianjin/registrations/{quote(papers.number)}/revocations"
        made = asked(
            registrar.http.post(
                where, json={"ground": "untrue", "explanation": "x"},
                headers={"Idempotency-Key": uuid.uuid4().hex},
            )
        )  # fmt: skip
        at = f"/api/v1/offices/tianjin/revocations/{made['id']}/confirmation"
        asked(office.final.http.post(at))
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        assert reissue(registrar, papers.number, headers).status_code == 409

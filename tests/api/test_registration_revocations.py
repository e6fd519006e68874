"""Over HTTP: a registration is revoked by two officers, and everybody who checks it hears of it."""

import json
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from certs import pdffile
from tests.grounds.bureau import WORK, Bureau, Papers, asked, bureau
from tests.grounds.callers import person, visitor
from tests.grounds.officers import OfficerAtWork, at_work
from tests.grounds.stack import RunningStack

AT = "/api/v1/offices/tianjin/revocations"
BODY = {"ground": "untrue", "explanation": "作者另有其人,见判决书。"}


@dataclass(frozen=True)
class Register:
    bureau: Bureau
    registrar: OfficerAtWork
    second: OfficerAtWork


@pytest.fixture(scope="module")
def register(stack: RunningStack) -> Register:
    registrar, second = (at_work(stack, "tianjin", "registrar", "") for _ in range(2))
    return Register(bureau(stack), registrar, second)


@pytest.fixture(scope="module")
def standing(register: Register) -> Papers:
    """One that nobody revokes for good."""
    return register.bureau.registered()


def propose(by: OfficerAtWork, number: str, key: str = "", **body: Any) -> Any:
    where = f"/api/v1/offices/tianjin/registrations/{number}/revocations"
    headers = {"Idempotency-Key": key or uuid.uuid4().hex}
    return by.http.post(where, json={**BODY, **body}, headers=headers)


@dataclass(frozen=True)
class Revoked:
    papers: Papers
    told: dict[str, Any]


@pytest.fixture(scope="module")
def revoked(register: Register) -> Revoked:
    """Proposed by a registrar, confirmed by a final examiner, final on the chain."""
    papers = register.bureau.registered()
    made = asked(propose(register.registrar, papers.number))
    assert (made["state"], made["chain"]) == ("proposed", None)
    where = f"{AT}/{made['id']}"
    again = register.registrar.http.post(f"{where}/confirmation")
    assert again.status_code in {403, 409}
    told = asked(register.bureau.final.http.post(f"{where}/confirmation"))
    until = time.monotonic() + 60
    while told["chain"] != "revoked":
        assert time.monotonic() < until, told
        time.sleep(0.1)
        told = asked(register.second.http.get(where))
    return Revoked(papers, told)


def verify(stack: RunningStack, folder: Path, presented: bytes, *options: str) -> Any:
    kind = "pdf" if presented.startswith(b"%PDF") else "zip"
    (folder / "a.jpg").write_bytes(WORK)
    (folder / f"paper.{kind}").write_bytes(presented)
    return stack.yinji("verify", folder / "a.jpg", folder / f"paper.{kind}", "--json", *options)


def about(stack: RunningStack, content: dict[str, str]) -> str:
    """Which registration the page says it is about that a paper's QR code leads to."""
    where = f"/api/v1/public/evidence/{content['number']}"
    check = content["verify_url"].rsplit("-", 1)[-1]
    told = asked(visitor(stack).get(where, params={"check": check}))
    number: str = told["detail"]["entry"]["registration_number"]
    return number


class TestRevoked:
    @pytest.mark.parametrize("paper", ["pdf", "package", "sample"])
    def test_every_check_that_asks_the_chain_says_so(
        self, stack: RunningStack, revoked: Revoked, tmp_path: Path, paper: str
    ) -> None:
        ran = verify(stack, tmp_path, getattr(revoked.papers, paper))
        assert (ran.code, ran.json["verdict"]) == (1, "revoked")

    def test_a_fresh_package_says_so_offline(
        self, stack: RunningStack, revoked: Revoked, tmp_path: Path
    ) -> None:
        http = revoked.papers.applicant.http
        for path in ("/api/v1/certificates", "/api/v1/matters"):
            (line,) = [
                each for each in http.get(path).json()["items"]
                if each["registration_number"] == revoked.papers.number
            ]  # fmt: skip
            assert line["revoked"] is True
        fresh = http.get(f"/api/v1/matters/{revoked.papers.matter}/package").content
        ran = verify(stack, tmp_path, fresh, "--offline")
        assert (ran.code, ran.json["verdict"]) == (1, "revoked")
        assert verify(stack, tmp_path, revoked.papers.package, "--offline").code == 0

    def test_the_public_page_says_so(self, stack: RunningStack, revoked: Revoked) -> None:
        record = json.loads(pdffile.attachments(revoked.papers.pdf)["content.json"])
        check = record["verify_url"].rsplit("-", 1)[-1]
        where = f"/api/v1/public/evidence/{revoked.papers.record}"
        told = visitor(stack).get(where, params={"check": check}).json()
        assert told["verdict"] == "revoked"
        assert told["detail"]["revocation"]["reason"] == 12

    def test_the_public_notice_says_so(self, stack: RunningStack, revoked: Revoked) -> None:
        where = "/api/v1/public/offices/tianjin/registrations"
        told = visitor(stack).get(where, params={"number": revoked.papers.number}).json()
        assert [each["state"] for each in told["items"]] == ["revoked"]

    def test_the_applicant_is_told(self, revoked: Revoked) -> None:
        http = revoked.papers.applicant.http
        entry = http.get(f"/api/v1/matters/{revoked.papers.matter}").json()["registration"]
        assert entry["registration_number"] == revoked.papers.number
        assert entry["revocation"]["state"] == "confirmed"
        assert "与事实不相符" in entry["revocation"]["ground_text"]

    def test_the_decision_is_evidence_with_a_certificate_of_its_own(
        self, stack: RunningStack, revoked: Revoked
    ) -> None:
        number = revoked.told["record_evidence_number"]
        until = time.monotonic() + 60
        while visitor(stack).get(f"/api/v1/public/evidence/{number}").json()["verdict"] != "valid":
            assert time.monotonic() < until
            time.sleep(0.1)

    def test_its_decisions_papers_are_for_the_owner_and_those_who_decide(
        self, stack: RunningStack, register: Register, revoked: Revoked, tmp_path: Path
    ) -> None:
        own = f"/api/v1/matters/{revoked.papers.matter}/revocation"
        here = f"{AT}/{revoked.told['id']}"
        owner, registrar = revoked.papers.applicant.http, register.registrar.http
        until = time.monotonic() + 60
        while not asked(registrar.get(here))["certificate_ready"]:
            assert time.monotonic() < until
            time.sleep(0.1)
        assert owner.get(own.removesuffix("/revocation")).json()["registration"]["revocation"][
            "certificate_ready"
        ]
        for http, at in ((owner, own), (registrar, here), (register.bureau.final.http, here)):
            pdf, package = (http.get(f"{at}/{paper}") for paper in ("certificate", "package"))
            record = json.loads(pdffile.attachments(pdf.content)["content.json"])
            assert record["number"] == revoked.told["record_evidence_number"]
            assert about(stack, record) == revoked.papers.number
            for paper in (pdf, package):
                assert "no-store" in paper.headers["cache-control"]
                ran = verify(stack, tmp_path, paper.content)
                assert (ran.code, ran.json["verdict"]) == (0, "valid"), ran.out
        elsewhere = at_work(stack, "zhejiang", "registrar", "").http
        foreign = here.replace("tianjin", "zhejiang")
        for paper in ("certificate", "package"):
            assert person(stack).http.get(f"{own}/{paper}").status_code == 404
            assert elsewhere.get(f"{foreign}/{paper}").status_code == 404
            assert register.bureau.first.http.get(f"{here}/{paper}").status_code == 403

    def test_the_work_stays_evidence(self, revoked: Revoked) -> None:
        http = revoked.papers.applicant.http
        assert http.get(f"/api/v1/evidence/{revoked.papers.evidence}").json()["revoked"] is False

    def test_its_number_is_listed_for_registrars_alone(
        self, register: Register, revoked: Revoked
    ) -> None:
        where = "/api/v1/offices/tianjin/voided-numbers"
        page = asked(register.registrar.http.get(where, params={"limit": 1}))
        (item,) = page["items"]
        assert (item["registration_number"], item["chain"]) == (revoked.papers.number, "revoked")
        assert page["next"] is None
        assert register.bureau.final.http.get(where).status_code == 403
        assert register.bureau.registered().number > revoked.papers.number

    @pytest.mark.usefixtures("revoked")
    def test_every_invariant_is_whole(self, stack: RunningStack) -> None:
        ran = stack.yinji("fsck", timeout=180)
        assert ran.code == 0, ran.out


class TestAProposal:
    def test_sent_again_is_the_same(self, register: Register, standing: Papers) -> None:
        key = uuid.uuid4().hex
        made = asked(propose(register.registrar, standing.number, key))
        assert asked(propose(register.registrar, standing.number, key))["id"] == made["id"]
        other = propose(register.registrar, standing.number, key, ground="duplicate")
        assert other.status_code == 422
        assert propose(register.second, standing.number).status_code == 409
        register.registrar.http.post(f"{AT}/{made['id']}/withdrawal").raise_for_status()

    def test_is_decided_against_with_a_reason(self, register: Register, standing: Papers) -> None:
        made = asked(propose(register.registrar, standing.number))
        where = f"{AT}/{made['id']}"
        own = register.registrar.http.post(f"{where}/rejection", json={"note": "x"})
        assert own.status_code == 403
        told = register.second.http.post(f"{where}/rejection", json={"note": "证据不足"})
        assert (told.json()["state"], told.json()["note"]) == ("rejected", "证据不足")
        assert register.second.http.post(f"{where}/confirmation").status_code == 409
        states = {"rejected", "withdrawn"}
        for state in states:
            listed = asked(register.second.http.get(AT, params={"state": state}))["items"]
            assert {each["state"] for each in listed} <= {state}

    def test_is_listed_page_by_page(self, register: Register, standing: Papers) -> None:
        made = list[str]()
        for _ in range(2):
            made.append(asked(propose(register.registrar, standing.number))["id"])
            register.registrar.http.post(f"{AT}/{made[-1]}/withdrawal").raise_for_status()
        first = asked(register.second.http.get(AT, params={"limit": 1}))
        query = {"limit": 1, "cursor": first["next"], "state": "withdrawn"}
        rest = asked(register.second.http.get(AT, params=query))
        assert [page["items"][0]["id"] for page in (first, rest)] == made[::-1]
        none = register.second.http.get(AT, params={"cursor": str(uuid.uuid4())})
        assert (none.status_code, none.json()["field"]) == (422, "cursor")

    def test_has_no_papers_before_it_is_decided(self, register: Register, standing: Papers) -> None:
        own = f"/api/v1/matters/{standing.matter}/revocation"
        untold = standing.applicant.http.get(f"{own}/certificate")
        made = asked(propose(register.registrar, standing.number))
        assert made["certificate_ready"] is False
        for paper in ("certificate", "package"):
            for http, at in (
                (standing.applicant.http, own),
                (register.registrar.http, f"{AT}/{made['id']}"),
            ):
                early = http.get(f"{at}/{paper}")
                assert early.status_code == 409, early.text
                assert early.json()["type"] == "urn:yinji:problem:not-ready"
        # A proposal that the owner was not told of changes nothing in the answer.
        assert standing.applicant.http.get(f"{own}/certificate").json() == untold.json()
        register.registrar.http.post(f"{AT}/{made['id']}/withdrawal").raise_for_status()

    def test_is_no_examiners_and_no_strangers(
        self, stack: RunningStack, register: Register, standing: Papers
    ) -> None:
        assert propose(register.bureau.final, standing.number).status_code == 403
        assert register.bureau.first.http.get(AT).status_code == 403
        unknown = f"{AT}/{uuid.uuid4()}"
        assert register.registrar.http.get(unknown).status_code == 404
        elsewhere = at_work(stack, "zhejiang", "registrar", "")
        made = asked(propose(register.registrar, standing.number))
        foreign = elsewhere.http.get(f"/api/v1/offices/zhejiang/revocations/{made['id']}")
        nothing = elsewhere.http.get(f"/api/v1/offices/zhejiang/revocations/{uuid.uuid4()}")
        assert (foreign.status_code, foreign.content) == (404, nothing.content)
        register.registrar.http.post(f"{AT}/{made['id']}/withdrawal").raise_for_status()
        missing = propose(register.registrar, "津作登字-1999-F-00000001")
        assert missing.status_code == 404


class TestARequest:
    def request(self, papers: Papers, **body: Any) -> Any:
        where = f"/api/v1/matters/{papers.matter}/revocation-request"
        return papers.applicant.http.post(
            where, json={"explanation": "重复登记", **body},
            headers={"Idempotency-Key": uuid.uuid4().hex},
        )  # fmt: skip

    def test_of_the_applicant_is_decided_by_two_officers(self, register: Register) -> None:
        papers = register.bureau.registered()
        made = asked(self.request(papers))
        assert (made["state"], made["asked_by_applicant"]) == ("requested", True)
        where = f"{AT}/{made['id']}"
        early = register.second.http.post(f"{where}/confirmation")
        assert early.status_code == 409
        asked(register.registrar.http.post(f"{where}/proposal"))
        at = f"/api/v1/matters/{papers.matter}/revocation-request/withdrawal"
        assert papers.applicant.http.post(at).status_code == 409
        told = asked(register.second.http.post(f"{where}/confirmation"))
        assert (told["state"], told["ground"]) == ("confirmed", "requested")

    def test_is_taken_back(self, standing: Papers) -> None:
        asked(self.request(standing))
        at = f"/api/v1/matters/{standing.matter}/revocation-request/withdrawal"
        assert asked(standing.applicant.http.post(at))["state"] == "withdrawn"
        assert standing.applicant.http.post(at).status_code == 404
        entry = standing.applicant.http.get(f"/api/v1/matters/{standing.matter}").json()
        assert entry["registration"]["revocation"]["state"] == "withdrawn"

    def test_is_nobody_elses(self, stack: RunningStack, standing: Papers) -> None:
        stranger = person(stack)
        where = f"/api/v1/matters/{standing.matter}/revocation-request"
        answer = stranger.http.post(
            where, json={"explanation": "x"}, headers={"Idempotency-Key": "k"}
        )
        assert answer.status_code == 404


def test_a_deposit_is_never_revoked_with_a_registers_reason(standing: Papers) -> None:
    where = f"/api/v1/evidence/{standing.evidence}/revocation"
    answer = standing.applicant.http.post(
        where, json={"reason": 12}, headers={"Idempotency-Key": "k"}
    )
    assert (answer.status_code, answer.json()["field"]) == (422, "reason")

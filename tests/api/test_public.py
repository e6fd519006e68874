"""What strangers learn over HTTP: by number, by check code, by digest, by certificate."""

import hashlib
import subprocess
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.public_schemas import CertificateKnown, PublicEvidence, PublicMatches
from certs import status as statuses
from tests.grounds.deposits import Deposited, deposit
from tests.grounds.gaps import need
from tests.grounds.samples import Samples
from tests.grounds.stack import RunningStack

UNKNOWN = "YJ-0123-4567-89AB-CDEZ"
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def done(
    stack: RunningStack, samples: Samples, tmp_path_factory: pytest.TempPathFactory
) -> Deposited:
    out = tmp_path_factory.mktemp("public")
    return deposit(stack, out, "松风入夜", samples.picture, samples.sound)


@pytest.fixture
def stranger(stack: RunningStack) -> Any:
    with httpx2.Client(base_url=stack.address, timeout=30, trust_env=False) as client:
        yield client


def evidence(client: httpx2.Client, number: str, check: str | None = None) -> httpx2.Response:
    query = {} if check is None else {"check": check}
    return client.get(f"/api/v1/public/evidence/{number}", params=query)


class TestByNumber:
    def test_the_number_alone_tells_verdict_day_and_kind_and_nothing_else(
        self, stranger: httpx2.Client, done: Deposited
    ) -> None:
        told = evidence(stranger, done.number).json()
        assert told.pop("as_of")
        assert told.pop("deposited_on")
        assert told == {
            "evidence_number": done.number,
            "kind": "evidence",
            "verdict": "valid",
            "sample": True,
            "detail": None,
        }

    def test_the_check_code_opens_digests_times_and_place(
        self, stranger: httpx2.Client, done: Deposited
    ) -> None:
        answer = evidence(stranger, done.number, done.check)
        told = PublicEvidence.model_validate_json(answer.text)
        assert told.detail is not None
        assert [file.sha256 for file in told.detail.files] == done.digests
        assert [file.size for file in told.detail.files] == [f.stat().st_size for f in done.files]
        times = told.detail.times
        assert times.stored_at
        assert times.block_time
        assert times.certificate_issued_at
        assert times.timestamped_at
        assert times.submitted_at <= times.stored_at <= times.certificate_issued_at
        assert told.detail.chain is not None
        assert told.detail.tree is not None
        assert told.detail.certificate is not None
        assert told.detail.certificate.number == f"{done.number}-1"

    def test_no_answer_names_title_file_or_depositor(
        self, stranger: httpx2.Client, done: Deposited
    ) -> None:
        for answer in (
            evidence(stranger, done.number),
            evidence(stranger, done.number, done.check),
            stranger.get(f"/v/{done.number}-{done.check}"),
        ):
            for secret in (done.title, *(file.name for file in done.files)):
                assert secret not in answer.text

    def test_numbers_and_codes_are_read_as_people_type_them(
        self, stranger: httpx2.Client, done: Deposited
    ) -> None:
        wide = str.maketrans({chr(each): chr(each + 0xFEE0) for each in range(0x21, 0x7F)})
        code = "—".join((done.check[:13], done.check[13:])).lower()
        for typed in (
            done.number.replace("-", " ").lower(),
            done.number.replace("-", "—"),
            f"{done.number}-1".translate(wide),
        ):
            for check in (code, done.check.translate(wide)):
                assert evidence(stranger, typed, check).json()["detail"] is not None, typed

    def test_the_number_printed_on_the_certificate_leads_to_the_evidence(
        self, stranger: httpx2.Client, done: Deposited
    ) -> None:
        told = evidence(stranger, done.number, done.check).json()
        printed = told["detail"]["certificate"]["number"]
        assert printed != done.number
        assert evidence(stranger, printed).json()["evidence_number"] == done.number

    def test_a_wrong_code_answers_exactly_as_a_number_that_does_not_exist(
        self, stranger: httpx2.Client, done: Deposited
    ) -> None:
        wrong = done.check[:-1] + ("0" if done.check[-1] != "0" else "1")
        answers = [
            evidence(stranger, done.number, wrong),
            evidence(stranger, done.number, ""),
            evidence(stranger, done.number, "作品"),
            evidence(stranger, UNKNOWN, done.check),
            evidence(stranger, UNKNOWN),
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.content for answer in answers}) == 1
        shapes = {tuple(sorted(set(answer.headers) - {"date"})) for answer in answers}
        assert len(shapes) == 1

    @pytest.mark.parametrize("number", ["YJ-0123-4567-89AB-CDEW", "x", "%E4%BD%9C", "9" * 5000])
    def test_a_typing_error_is_named(self, stranger: httpx2.Client, number: str) -> None:
        answer = evidence(stranger, number)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == PROBLEM
        assert answer.json()["field"] == "number"

    def test_answers_are_never_kept_by_anybody_between(
        self, stranger: httpx2.Client, done: Deposited
    ) -> None:
        assert evidence(stranger, done.number, done.check).headers["cache-control"] == "no-store"


class TestStatus:
    def test_a_fresh_status_is_signed_by_the_key_of_the_trust_file(
        self, stranger: httpx2.Client, done: Deposited
    ) -> None:
        path = f"/api/v1/public/evidence/{done.number}/status"
        answer = stranger.get(path, params={"check": done.check})
        trust = stranger.get("/.well-known/yinji-trust.json").text
        key = answer.json()["signature"]["key"]
        assert key in trust
        status = statuses.verify(answer.content, frozenset({bytes.fromhex(key)}))
        assert (status.evidence, status.state, status.edition) == (done.number, "in_force", 1)

    def test_without_the_code_there_is_none(self, stranger: httpx2.Client, done: Deposited) -> None:
        path = f"/api/v1/public/evidence/{done.number}/status"
        unknown = stranger.get(f"/api/v1/public/evidence/{UNKNOWN}/status")
        answer = stranger.get(path)
        assert (answer.status_code, answer.content) == (404, unknown.content)


class TestByDigest:
    def test_evidence_its_owner_keeps_to_himself_answers_as_if_there_were_none(
        self, stranger: httpx2.Client, done: Deposited
    ) -> None:
        for digest in (done.digests[0], hashlib.sha256(b"nobody's").hexdigest()):
            answer = stranger.get(f"/api/v1/public/digests/{digest}")
            told = PublicMatches.model_validate_json(answer.text)
            assert (answer.status_code, told.evidence) == (200, [])

    def test_evidence_its_owner_made_public_is_found(
        self, stack: RunningStack, stranger: httpx2.Client
    ) -> None:
        digest = hashlib.sha256(b"declared for everybody").hexdigest()
        wanted = {
            "files": [{"name": "a.txt", "size": 22, "sha256": digest}],
            "custody_mode": "hash_only",
            "public": True,
        }
        with stack.http() as owner:
            made = owner.post(
                "/api/v1/evidence", json=wanted, headers={"Idempotency-Key": f"public-{digest}"}
            )
        assert made.status_code == 201, made.text
        number = made.json()["evidence_number"]
        for _ in range(200):
            found = stranger.get(f"/api/v1/public/digests/{digest}").json()["evidence"]
            if found and found[0]["verdict"] == "valid":
                break
        assert [(each["evidence_number"], each["kind"]) for each in found] == [(number, "evidence")]

    @pytest.mark.parametrize("digest", ["abc", "A" * 64, "g" * 64])
    def test_what_is_no_digest_is_refused(self, stranger: httpx2.Client, digest: str) -> None:
        answer = stranger.get(f"/api/v1/public/digests/{digest}")
        assert (answer.status_code, answer.json()["field"]) == (422, "sha256")


class TestCertificates:
    def test_the_issued_bytes_are_known(self, stranger: httpx2.Client, done: Deposited) -> None:
        digest = hashlib.sha256(done.certificate.read_bytes()).hexdigest()
        answer = stranger.post("/api/v1/public/certificates", json={"sha256": digest})
        told = CertificateKnown.model_validate_json(answer.text)
        assert (told.known, told.certificate_number) == (True, f"{done.number}-1")
        assert told.verdict == "valid"

    def test_one_changed_byte_is_not(self, stranger: httpx2.Client, done: Deposited) -> None:
        data = bytearray(done.certificate.read_bytes())
        data[-20] ^= 1
        digest = hashlib.sha256(data).hexdigest()
        answer = stranger.post("/api/v1/public/certificates", json={"sha256": digest})
        told = CertificateKnown.model_validate_json(answer.text)
        assert (told.known, told.certificate_number, told.verdict) == (False, None, None)


class TestTimestamps:
    def test_openssl_gets_a_token_it_can_verify(
        self, stranger: httpx2.Client, done: Deposited, tmp_path: Path
    ) -> None:
        openssl = need("openssl", why="checks a time-stamp as a stranger would")
        asked, answered = tmp_path / "asked.tsq", tmp_path / "answered.tsr"
        query = [openssl, "ts", "-query", "-data", done.files[0], "-sha256", "-cert"]
        subprocess.run([*query, "-out", asked], check=True, capture_output=True)
        answer = stranger.post(
            "/tsa",
            content=asked.read_bytes(),
            headers={"Content-Type": "application/timestamp-query"},
        )
        assert answer.headers["content-type"] == "application/timestamp-reply"
        answered.write_bytes(answer.content)
        package = done.certificate.with_suffix(".zip")
        subprocess.run(["unzip", "-q", package, "trust/*", "-d", tmp_path], check=True)
        verify = [openssl, "ts", "-verify", "-in", answered, "-data", done.files[0]]
        root = tmp_path / "trust" / "tsa-root.pem"
        ran = subprocess.run([*verify, "-CAfile", root], capture_output=True, check=False)
        assert b"Verification: OK" in ran.stdout + ran.stderr

    def test_a_large_request_is_refused(self, stranger: httpx2.Client) -> None:
        headers = {"Content-Type": "application/timestamp-query"}
        assert stranger.post("/tsa", content=b"0" * 5000, headers=headers).status_code == 413

    def test_another_type_is_refused(self, stranger: httpx2.Client) -> None:
        answer = stranger.post("/tsa", content=b"0", headers={"Content-Type": "text/plain"})
        assert (answer.status_code, answer.json()["field"]) == (415, "Content-Type")


class TestPages:
    @pytest.mark.parametrize("path", ["/", f"/v/{UNKNOWN}", "/v/anything"])
    def test_every_page_says_that_it_is_a_sample_and_runs_only_our_scripts(
        self, stranger: httpx2.Client, path: str
    ) -> None:
        page = stranger.get(path)
        assert page.status_code == 200
        assert "样本 SAMPLE" in page.text
        assert 'data-sample="yes"' in page.text
        assert "__" not in page.text
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';")
        assert "unsafe" not in policy
        assert page.headers["referrer-policy"] == "no-referrer"

    def test_only_the_hashing_worker_may_compile_webassembly(self, stranger: httpx2.Client) -> None:
        page = stranger.get(f"/v/{UNKNOWN}").text
        entry = page.partition('src="/assets/check-')[2].partition('"')[0]
        script = stranger.get(f"/assets/check-{entry}")
        worker = script.text.partition("/assets/hashing.worker")[2].partition(".js")[0]
        served = stranger.get(f"/assets/hashing.worker{worker}.js")
        assert "wasm-unsafe-eval" in served.headers["content-security-policy"]
        assert "content-security-policy" not in script.headers
        assert "immutable" in served.headers["cache-control"]

    def test_the_address_with_a_code_is_neither_kept_nor_indexed(
        self, stranger: httpx2.Client, done: Deposited
    ) -> None:
        page = stranger.head(f"/v/{done.number}-{done.check}")
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-robots-tag"] == "noindex"

    def test_the_form_works_without_scripts(self, stranger: httpx2.Client, done: Deposited) -> None:
        answer = stranger.get("/v", params={"number": done.number})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/v/{done.number}")

    def test_a_typed_address_cannot_lead_elsewhere(self, stranger: httpx2.Client) -> None:
        answer = stranger.get("/v", params={"number": "//example.org/\r\nX: y"})
        assert answer.headers["location"] == "/v/%2F%2Fexample.org%2F%0D%0AX%3A%20y"

    @pytest.mark.parametrize("name", ["..%2Findex.html", "%2e%2e", ".stamp", "x.js"])
    def test_nothing_but_the_build_is_served(self, stranger: httpx2.Client, name: str) -> None:
        assert stranger.get(f"/assets/{name}").status_code == 404

"""Copies show what their owner chose; erasure leaves the proof and takes the person."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.grounds.callers import Person, certified, deposit, person, program, uploaded
from tests.grounds.samples import Samples
from tests.grounds.stack import RunningStack

DEPOSITOR, TITLE = "欧阳山间", "一个可以认出人的题目"


@pytest.fixture(scope="module")
def owner(stack: RunningStack) -> Person:
    return person(stack, DEPOSITOR)


@pytest.fixture(scope="module")
def http(stack: RunningStack, owner: Person) -> httpx2.Client:
    return program(stack, owner.key("deposit", "read"))


def deposited(http: httpx2.Client, samples: Samples, extra: bytes = b"") -> dict[str, Any]:
    file = uploaded(http, "个人照片.jpg", samples.photo.read_bytes() + extra)
    answer = deposit(http, file, title=TITLE, authors=[DEPOSITOR])
    assert answer.status_code == 201, answer.text
    return certified(http, answer.json()["evidence_number"])


class TestExport:
    def test_a_copy_discloses_exactly_what_was_named_and_verifies(
        self, stack: RunningStack, http: httpx2.Client, samples: Samples, tmp_path: Path
    ) -> None:
        number = deposited(http, samples)["evidence_number"]
        answer = http.post(f"/api/v1/evidence/{number}/exports", json={"disclose": ["title"]})
        assert answer.status_code == 200, answer.text
        with zipfile.ZipFile(io.BytesIO(answer.content)) as package:
            facts = json.loads(package.read("disclosures.json"))["facts"]
            members = b"".join(package.read(name) for name in package.namelist())
        always = {"custody_mode", "submitted_at", "stored_at"}
        assert {fact["name"] for fact in facts} == {"title"} | always
        assert DEPOSITOR.encode() not in members
        copy = tmp_path / "copy.zip"
        copy.write_bytes(answer.content)
        ran = stack.yinji("verify", samples.photo, copy, "--json")
        assert (ran.code, ran.json["verdict"]) == (0, "valid"), ran.out

    def test_the_command_writes_the_copy(
        self, stack: RunningStack, http: httpx2.Client, samples: Samples, tmp_path: Path
    ) -> None:
        number = deposited(http, samples)["evidence_number"]
        key = http.headers["Authorization"].removeprefix("Bearer ")
        ran = stack.yinji(
            "export", number.lower(), "--disclose", "title,depositor", "--out", tmp_path, "--json",
            YINJI_KEY=key,
        )  # fmt: skip
        assert ran.code == 0, ran.err
        assert ran.json["disclosed"] == ["depositor", "title"]
        assert stack.yinji("verify", samples.photo, ran.json["package"]).code == 0

    def test_an_unknown_fact_is_named_with_those_there_are(
        self, http: httpx2.Client, samples: Samples
    ) -> None:
        number = deposited(http, samples)["evidence_number"]
        answer = http.post(f"/api/v1/evidence/{number}/exports", json={"disclose": ["salary"]})
        assert (answer.status_code, answer.json()["field"]) == (422, "disclose")
        assert "title" in answer.json()["detail"]


class TestErasure:
    def test_needs_the_number_again_and_a_person(
        self, owner: Person, http: httpx2.Client, samples: Samples
    ) -> None:
        number = deposited(http, samples)["evidence_number"]
        address = f"/api/v1/evidence/{number}/personal-data"
        answer = owner.http.request("DELETE", address, json={"confirm": "YJ-0000-0000-0000-0000"})
        assert (answer.status_code, answer.json()["field"]) == (422, "confirm")
        assert http.request("DELETE", address, json={"confirm": number}).status_code == 403
        assert http.get(f"/api/v1/evidence/{number}/certificate").status_code == 200

    def test_takes_the_person_and_leaves_the_proof(
        self,
        stack: RunningStack,
        owner: Person,
        http: httpx2.Client,
        samples: Samples,
        tmp_path: Path,
    ) -> None:
        extra = b"unique to this test"
        evidence = deposited(http, samples, extra)
        number, digest = evidence["evidence_number"], evidence["files"][0]["sha256"]
        held = tmp_path / "held.pdf"
        held.write_bytes(http.get(f"/api/v1/evidence/{number}/certificate").content)
        package = tmp_path / "held.zip"
        package.write_bytes(http.get(f"/api/v1/evidence/{number}/package").content)
        stored = stack.var / "objects" / digest[:2] / digest[2:4] / digest
        assert stored.exists()

        answer = owner.http.request(
            "DELETE", f"/api/v1/evidence/{number}/personal-data", json={"confirm": number}
        )
        assert answer.status_code == 200, answer.text

        for gone in ("certificate", "package"):
            assert http.get(f"/api/v1/evidence/{number}/{gone}").status_code == 410
        copies = http.post(f"/api/v1/evidence/{number}/exports", json={"disclose": []})
        assert copies.status_code == 410
        assert http.get(f"/api/v1/evidence/{number}/files/0").status_code == 404
        assert not stored.exists()
        shown = http.get(f"/api/v1/evidence/{number}")
        assert TITLE not in shown.text
        assert "个人照片" not in shown.text
        assert shown.json()["leaf_hash"] == evidence["leaf_hash"]
        assert shown.json()["erased_at"] is not None
        photo = tmp_path / "photo.jpg"
        photo.write_bytes(samples.photo.read_bytes() + extra)
        for certificate in (held, package):
            ran = stack.yinji("verify", photo, certificate, "--json")
            assert (ran.code, ran.json["verdict"]) == (0, "valid"), ran.out

    def test_a_file_that_another_evidence_needs_stays(
        self, owner: Person, http: httpx2.Client, samples: Samples
    ) -> None:
        extra = b"deposited twice"
        first, second = (deposited(http, samples, extra) for _ in range(2))
        number = first["evidence_number"]
        address = f"/api/v1/evidence/{number}/personal-data"
        assert owner.http.request("DELETE", address, json={"confirm": number}).status_code == 200
        other = http.get(f"/api/v1/evidence/{second['evidence_number']}/files/0")
        assert other.content == samples.photo.read_bytes() + extra

    def test_files_can_be_kept(self, owner: Person, http: httpx2.Client, samples: Samples) -> None:
        number = deposited(http, samples, b"kept")["evidence_number"]
        address = f"/api/v1/evidence/{number}/personal-data"
        body = {"confirm": number, "keep_files": True}
        assert owner.http.request("DELETE", address, json=body).status_code == 200
        answer = http.get(f"/api/v1/evidence/{number}/files/0")
        assert answer.content == samples.photo.read_bytes() + b"kept"
        assert "个人照片" not in answer.headers["content-disposition"]

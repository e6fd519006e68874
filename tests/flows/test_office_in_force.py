"""An invented office on a chain, a clock and keys outside the stack: refused, put in force,
suspended, in this order. What it issues follows its standing at that moment, and stays what it was.
"""

import io
import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pypdfium2
import pytest

from certs import package, pdffile
from tests.grounds import in_force, own
from tests.grounds.callers import Person, certified, declared, deposit, person, submit
from tests.grounds.database import Cluster
from tests.grounds.matters import FORM
from tests.grounds.officers import OfficerAtWork, at_work
from tests.grounds.production import Installation, installed
from tests.grounds.stack import RunningStack
from tests.grounds.verifying import verified

BY = ("--by", "张主任")
_FILE = declared("a.jpg", b"a work")


@dataclass(frozen=True)
class Papers:
    """What came of one registration."""

    applicant: Person
    matter: str
    number: str
    pdf: bytes
    package: bytes
    sample: bytes

    @property
    def content(self) -> Any:
        return json.loads(pdffile.attachments(self.pdf)["content.json"])


@dataclass
class Lake:
    installation: Installation
    first: OfficerAtWork
    final: OfficerAtWork

    def office(self, action: str, *options: str, **changes: str | None) -> Any:
        return self.installation.yinji("office", action, in_force.KEY, *options, **changes)

    def verify(self, presented: bytes, folder: Path) -> Any:
        kind = "pdf" if presented.startswith(b"%PDF") else "zip"
        (folder / "a.jpg").write_bytes(b"a work")
        (folder / f"paper.{kind}").write_bytes(presented)
        return self.installation.yinji(
            "verify", folder / "a.jpg", folder / f"paper.{kind}", "--json",
            "--trust", self.installation.var / "trust.json",
            "--rpc", self.installation.environment["YINJI_RPC_URLS"],
        ).json  # fmt: skip

    def registered(self) -> Papers:
        """One whole registration, up to its papers."""
        applicant = verified(self.installation, person(self.installation), in_force.KEY)
        evidence = deposit(applicant.http, _FILE, custody_mode="hash_only").json()
        number = evidence["evidence_number"]
        certified(applicant.http, number)
        body = {"office": in_force.KEY, "form": {**FORM, "category": "photograph"},
                "documents": {"everything": "所填属实。"}}  # fmt: skip
        matter = asked(applicant.http.post("/api/v1/matters", json=body))["id"]
        asked(submit(applicant.http, matter, number))
        at = f"/api/v1/offices/{in_force.KEY}/matters/{matter}"
        asked(self.first.http.post(f"{at}/claim", json={"role": "first_examiner"}))
        asked(self.first.http.post(f"{at}/pass", json={"checklist": ["looked"]}))
        asked(self.final.http.post(f"{at}/claim", json={"role": "final_examiner"}))
        asked(self.final.http.get(at))
        asked(self.final.http.post(f"{at}/approval", json={"checklist": ["seen"]}))
        return self.collected(applicant, matter)

    def collected(self, applicant: Person, matter: str) -> Papers:
        until = time.monotonic() + 60
        at = f"/api/v1/matters/{matter}"
        while not (entry := applicant.http.get(at).json()["registration"])["certificate_ready"]:
            assert time.monotonic() < until, "no certificate in time"
            time.sleep(0.1)
        pdf, whole, sample = (
            applicant.http.get(f"{at}/{paper}").content
            for paper in ("certificate", "package", "sample")
        )
        return Papers(applicant, matter, entry["registration_number"], pdf, whole, sample)


def asked(answer: httpx2.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json()


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    return "\n".join(page.get_textpage().get_text_range() for page in document)


@pytest.fixture(scope="module")
def lake(postgres: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    folder = tmp_path_factory.mktemp("lake")
    in_force.write_rules(folder / "offices")
    rules = {"YINJI_OFFICES": str(folder / "offices")}
    with installed(folder, postgres.empty(), **rules) as made, made.at_work():
        yield Lake(
            made,
            at_work(made, in_force.KEY, "first_examiner", "lake"),
            at_work(made, in_force.KEY, "final_examiner", ""),
        )


def reasons(ran: Any) -> set[str]:
    assert ran.code == 1, (ran.out, ran.err)
    return {line.split("]")[0].removeprefix("✗ [") for line in ran.err.splitlines()[:-1]}


def test_an_embedded_installation_puts_no_office_in_force(stack: RunningStack) -> None:
    ran = stack.yinji("office", "enforce", "tianjin", *BY)
    assert reasons(ran) == {
        "issuer", "offices/issuer", "YINJI_CHAIN_SNAPSHOTS", "YINJI_TSA_URL", "seal.png", "profile",
    }  # fmt: skip
    for said in (
        "embedded sample installation", "snapshots", "time-stamp authority outside",
        "signing key is missing", "picture is missing", "for trial", "nobody confirmed",
    ):  # fmt: skip
        assert said in ran.err
    assert "never put in force" in stack.yinji("office", "standing", "tianjin").out


def test_an_office_that_charges_needs_more_than_the_sandbox(stack: RunningStack) -> None:
    ran = stack.yinji("office", "enforce", "zhejiang", *BY)
    assert "YINJI_PAYMENTS" in reasons(ran)
    for said in ("the office charges", "nothing but the sandbox", "alipay, wechat"):
        assert said in ran.err


@pytest.fixture(scope="module")
def before(lake: Lake) -> Papers:
    return lake.registered()


@pytest.fixture(scope="module")
def enforced(lake: Lake, before: Papers) -> str:
    """What the command printed."""
    in_force.write_key(lake.installation.folder / "keys")
    in_force.write_seal(lake.installation.folder / "keys")
    ran = lake.office("enforce", *BY)
    assert ran.code == 0, ran.err
    printed: str = ran.out
    return printed


@pytest.fixture(scope="module")
def during(lake: Lake, enforced: str) -> Papers:
    return lake.registered()


@pytest.fixture(scope="module")
def suspended(lake: Lake, during: Papers) -> str:
    ran = lake.office("suspend", *BY, "--reason", "密钥更换")
    assert ran.code == 0, ran.err
    printed: str = ran.out
    return printed


def test_without_key_and_seal_it_is_refused_for_both(lake: Lake, before: Papers) -> None:
    assert reasons(lake.office("enforce", *BY)) == {"offices/issuer", "seal.png"}


def test_what_it_registers_before_is_a_sample(lake: Lake, before: Papers, tmp_path: Path) -> None:
    assert before.content["sample"]
    for paper in (before.pdf, before.sample):
        assert "样本 SAMPLE" in text_of(paper)
        told = lake.verify(paper, tmp_path)
        assert (told["verdict"], told["sample"]) == ("valid", True)


def test_nobody_puts_it_in_force_without_a_name(lake: Lake, enforced: str) -> None:
    assert lake.office("enforce").code == 64


def test_it_is_recorded_who_when_and_on_what(lake: Lake, enforced: str) -> None:
    for said in ("张主任", "certificate", "seal", "contract", "rules", in_force.NAME):
        assert said in enforced
    assert lake.office("standing").out == enforced
    assert lake.office("enforce", *BY).out == enforced


def test_its_certificate_is_no_sample_and_bears_its_name_key_and_seal(
    lake: Lake, during: Papers, tmp_path: Path
) -> None:
    content = during.content
    assert not content["sample"]
    assert content["issuer"]["name_zh"] == in_force.NAME
    for paper in (during.pdf, during.sample, during.package):
        told = lake.verify(paper, tmp_path)
        assert (told["verdict"], told["sample"]) == ("valid", False), told
    for paper in (during.pdf, during.sample):
        assert "样本 SAMPLE" not in text_of(paper)
    page = pypdfium2.PdfDocument(io.BytesIO(during.pdf))[0]
    assert any(each.type == 3 for each in page.get_objects())


def test_its_package_names_the_offices_root(lake: Lake, during: Papers) -> None:
    chain = lake.installation.folder / "keys/offices/lake/issuer/chain.pem"
    assert package.read(during.package)["trust/issuer-root.pem"] == chain.read_bytes()


def test_certificates_of_deposits_and_pages_are_no_samples_any_more(
    lake: Lake, during: Papers
) -> None:
    file = declared("b.txt", b"b")
    made = deposit(during.applicant.http, file, custody_mode="hash_only").json()
    certified(during.applicant.http, made["evidence_number"])
    public = f"/api/v1/public/evidence/{made['evidence_number']}"
    assert during.applicant.http.get(public).json()["sample"] is False
    assert 'data-sample="no"' in during.applicant.http.get("/").text


def test_what_was_issued_as_a_sample_stays_one(lake: Lake, before: Papers, during: Papers) -> None:
    again = lake.collected(before.applicant, before.matter)
    assert again.pdf == before.pdf
    assert json.loads(pdffile.attachments(again.sample)["content.json"])["sample"]
    public = f"/api/v1/public/evidence/{before.content['number']}"
    assert before.applicant.http.get(public).json()["sample"] is True


def test_suspended_it_registers_samples_again_and_its_papers_stand(
    lake: Lake, during: Papers, suspended: str, tmp_path: Path
) -> None:
    assert "密钥更换" in suspended
    after = lake.registered()
    assert after.content["sample"]
    assert lake.verify(during.package, tmp_path)["verdict"] == "valid"
    assert lake.verify(after.package, tmp_path)["sample"] is True
    assert lake.office("suspend", *BY, "--reason", "again").code == 1
    assert 'data-sample="yes"' in after.applicant.http.get("/").text


def test_every_invariant_is_whole(lake: Lake, suspended: str) -> None:
    ran = lake.installation.yinji("fsck")
    assert ran.code == 0, ran.out


def test_each_other_reason_is_named(lake: Lake, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    shutil.copytree(lake.installation.folder / "keys", keys)
    shutil.rmtree(keys / "offices", ignore_errors=True)
    in_force.write_key(keys, own.document_signer(ends=-own.DAY, name="Lakeside Office"))
    in_force.write_seal(keys, b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    wrong = in_force.REAL.replace('seal = "作品', 'seal = "国家版权局作品').replace(
        "amount = 2\n", "amount = 3\n"
    )
    wrong = wrong.replace(
        'at_end = "lapse"\nsource = "rule"', 'at_end = "lapse"\nsource = "example"'
    )
    in_force.write_rules(tmp_path / "offices", wrong)
    changes = {
        "YINJI_KEYS": str(keys), "YINJI_OFFICES": str(tmp_path / "offices"),
        "YINJI_RPC_URLS": lake.installation.node,
    }  # fmt: skip
    ran = lake.office("enforce", *BY, **changes)
    assert reasons(ran) == {"issuer", "YINJI_RPC_URLS", "seal", "profile", "certificate.seal"}
    for said in ("expired", "trial chain", "PNG", "clocks[1]", "another authority"):
        assert said in ran.err
    shutil.rmtree(keys / "offices")
    in_force.write_key(keys, own.document_signer(name="Some Other House"))
    in_force.write_seal(keys)
    ran = lake.office("enforce", *BY, YINJI_KEYS=str(keys), YINJI_RPC_URLS="http://127.0.0.1:9/")
    assert reasons(ran) == {"offices/issuer", "YINJI_RPC_URLS"}
    assert "names somebody else" in ran.err


def test_an_office_that_charges_is_paid_by_one_of_its_own_ways(lake: Lake, tmp_path: Path) -> None:
    account = (
        '[fees.account]\npayee = "湖"\nbank = "某行"\nnumber = "62220000"\nsource = "manual"\n'
    )
    fees = (
        '[fees]\ndue = "before_examination"\nways = ["transfer"]\n[fees.items.registration]\n'
        'name = { zh = "登记费", en = "fee" }\namount = "1.00"\nper = "work"\nsource = "manual"\n'
    )
    for rules, ways, refused in (
        (fees, "none", True), (fees, "transfer", True), (fees + account, "none", True),
        (fees + account, "transfer", False),
    ):  # fmt: skip
        text = in_force.REAL.replace('[fees]\ndue = "never"\n', rules)
        assert text != in_force.REAL
        in_force.write_rules(tmp_path / "offices", text)
        ran = lake.office(
            "enforce", *BY, YINJI_OFFICES=str(tmp_path / "offices"), YINJI_PAYMENTS=ways,
            YINJI_RPC_URLS="http://127.0.0.1:9/",
        )  # fmt: skip
        assert ("YINJI_PAYMENTS" in reasons(ran)) is refused, ran.err


@pytest.mark.usefixtures("before")
def test_rules_that_would_number_otherwise_within_the_year_are_refused(
    lake: Lake, tmp_path: Path
) -> None:
    """Where an edition comes into use: by `office`, at set-up, and when the API starts."""
    assert 'scope = "year"' in in_force.REAL
    text = in_force.REAL.replace('scope = "year"', 'scope = "year_letter"')
    in_force.write_rules(tmp_path / "offices", text)
    rules = {"YINJI_OFFICES": str(tmp_path / "offices")}
    assert "numbering.scope" in reasons(lake.office("enforce", *BY, **rules))
    for part in (("setup",), ("api", "--port", "1")):
        ran = lake.installation.yinji(*part, **rules)
        assert ran.code != 0
        for said in ("湖作登字-", "numbering.scope", "1 January"):
            assert said in ran.err
    checked = lake.installation.yinji("office", "check", tmp_path / "offices" / "lake.toml")
    assert checked.code == 1
    assert "[numbering.scope]" in checked.out
    unchanged = lake.installation.yinji(
        "office", "check", lake.installation.folder / "offices" / "lake.toml"
    )
    assert unchanged.code == 0, unchanged.out

"""One whole registration at an office, played over HTTP by separate accounts, and what came of it:
the certificate is checked by a stranger, whole and changed."""

import json
from pathlib import Path
from typing import Any

import pytest

from certs import pdffile
from certs.cosigned import CERTIFICATION, PaperTrust, check
from certs.pdffile import page_text
from core.pki import fingerprint, load
from tests.grounds.samples import Samples
from tests.grounds.stack import RunningStack
from tests.grounds.stories import out, paper

__all__ = ["out", "paper"]


@pytest.fixture(scope="module")
def told(stack: RunningStack, samples: Samples, out: Path) -> dict[str, Any]:
    ran = stack.yinji(
        "story", "--office", "tianjin", "--file", samples.photo, "--out", out, timeout=300
    )
    assert ran.code == 0, ran.err
    found: dict[str, Any] = ran.json
    return found


@pytest.mark.parametrize("office", ["zhejiang", "national", "shandong"])
def test_the_other_offices_need_no_other_code(
    stack: RunningStack, samples: Samples, office: str, tmp_path: Path
) -> None:
    ran = stack.yinji(
        "story", "--office", office, "--file", samples.photo, "--out", tmp_path, timeout=300
    )
    assert ran.code == 0, ran.err
    assert ("支付 pay 150.00 CNY" in ran.err) == (office == "zhejiang")
    paper = tmp_path / f"registration-{ran.json['registration']}.pdf"
    sample = tmp_path / f"sample-{ran.json['registration']}.pdf"
    evidence = tmp_path / f"evidence-{ran.json['evidence']}.zip"
    for each in (paper, paper.with_suffix(".zip"), evidence, sample):
        checked = stack.yinji("verify", samples.photo, each, "--json")
        assert checked.json["verdict"] == "valid", each.name
    changed = bytearray(paper.read_bytes())
    changed[len(changed) // 2] ^= 1
    (tmp_path / "changed.pdf").write_bytes(changed)
    assert stack.yinji("verify", samples.photo, tmp_path / "changed.pdf").code == 1
    assert "登记员核对 the registrar sees" in ran.err
    assert "改动 changed: 作品名称、" in ran.err
    form = (tmp_path / "documents" / "application_form.pdf").read_bytes()
    assert (b"/ByteRange" in form) == (office != "shandong")  # there nothing is signed on line
    for path in (tmp_path / "documents").glob("*.pdf"):
        data = path.read_bytes()
        if CERTIFICATION.encode() in data:  # notices are signed by the office alone
            signed = check(data, trusted(stack))
            agent = office == "national" and path.stem in {"application_form", "power_of_attorney"}
            wanted = ["林小雨", "陈墨", *(["周明"] if agent else [])]  # the form's, and who files
            names = [each.name for each in signed.signatures]
            # Where signers sign side by side, whoever was first stands first.
            assert names == wanted or (office == "national" and sorted(names) == sorted(wanted))
    content = json.loads(pdffile.attachments(paper.read_bytes())["content.json"])
    facts = {each["name"]: each["value"] for each in content["facts"]}
    assert facts.get("agent") == (None if office == "shandong" else "周明")
    assert ("周明" in page_text(paper.read_bytes())) == (office != "shandong")


def trusted(stack: RunningStack) -> PaperTrust:
    """What a checker of signed papers pins, from the installation's own keys."""
    roots = {
        name: frozenset({fingerprint(load(stack.var / "keys" / name).root)})
        for name in ("issuer", "signers", "authority")
    }
    return PaperTrust(roots["issuer"], roots["signers"], roots["authority"])


class TestTheStory:
    def test_ends_with_a_number_of_the_office(self, told: dict[str, Any]) -> None:
        prefix, year, letter, serial = told["registration"].split("-")
        assert (prefix, letter, len(serial)) == ("津作登字", "F", 8)
        assert year.isdigit()

    def test_is_a_joint_work_that_an_agent_files(self, told: dict[str, Any], out: Path) -> None:
        """TJ-110: no lawyer, but somebody with a dated mandate; two owners and the agent sign."""
        content = json.loads(
            pdffile.attachments((out / f"registration-{told['registration']}.pdf").read_bytes())[
                "content.json"
            ]
        )
        facts = {each["name"]: each["value"] for each in content["facts"]}
        assert facts["agent"] == "周明"
        form = page_text((out / "documents" / "application_form.pdf").read_bytes())
        for name in ("林小雨", "陈墨", "周明"):
            assert name in form, name
        listed = page_text((out / "documents" / "hand-over-list.pdf").read_bytes())
        assert "授权" in listed

    def test_gives_papers_that_a_stranger_finds_valid(
        self, stack: RunningStack, samples: Samples, paper: Path
    ) -> None:
        ran = stack.yinji("verify", samples.photo, paper, "--json")
        assert ran.code == 0, ran.out
        assert {step["result"] for step in ran.json["steps"]} == {"passed"}

    def test_gives_papers_that_do_not_survive_a_changed_byte(
        self, stack: RunningStack, samples: Samples, paper: Path, tmp_path: Path
    ) -> None:
        data = bytearray(paper.read_bytes())
        data[len(data) // 2] ^= 1
        changed = tmp_path / paper.name
        changed.write_bytes(data)
        assert stack.yinji("verify", samples.photo, changed).code == 1

    def test_gives_papers_that_are_of_this_work_and_no_other(
        self, stack: RunningStack, paper: Path, tmp_path: Path, samples: Samples
    ) -> None:
        other = tmp_path / "other.jpg"
        other.write_bytes(samples.photo.read_bytes() + b"\0")
        ran = stack.yinji("verify", other, paper, "--json")
        assert ran.code == 1
        assert [s["id"] for s in ran.json["steps"] if s["result"] == "failed"] == ["file"]

    def test_gives_the_papers_of_the_application(self, told: dict[str, Any], out: Path) -> None:
        names = {path.name for path in (out / "documents").iterdir()}
        assert {str(out / "documents" / name) for name in names} <= set(told["papers"])
        assert {"application_form.pdf", "creation_statement.pdf", "pledge.pdf"} <= names
        assert "hand-over-list.pdf" in names
        form = page_text((out / "documents" / "application_form.pdf").read_bytes())
        assert "山间晨雾" in form

    def test_leaves_every_invariant_whole(self, stack: RunningStack, told: dict[str, Any]) -> None:
        assert told["registration"]
        ran = stack.yinji("fsck", timeout=180)
        assert ran.code == 0, ran.out

"""One whole registration of software, played over HTTP: pages of its source, its number, its
certificate; a stranger checks it, whole and changed.
"""

import json
import re
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pypdfium2
import pytest

from certs import pdffile
from certs.pdffile import page_text
from tests.grounds.callers import visitor
from tests.grounds.samples import Samples
from tests.grounds.stack import RunningStack
from tests.grounds.stories import out, paper

__all__ = ["out", "paper"]

_ANNOUNCED = "/api/v1/public/offices/national/registrations"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eighty pages of program, once its comments are gone."""
    path = tmp_path_factory.mktemp("source") / "source.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        lines = "".join(f"x{at} = {at}  # 注释{at}\n\n" for at in range(1, 4001))
        made.writestr("app/main.py", lines)
    return path


@pytest.fixture(scope="module")
def told(stack: RunningStack, source: Path, out: Path) -> dict[str, Any]:
    ran = stack.yinji(
        "story", "--office", "national", "--form", "software", "--file", source, "--out", out,
        timeout=300,
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert "source_code: 交存 60 页 pages deposited of 80, 4000 行 lines" in ran.err
    assert "退回补正 returned" in ran.err
    assert {*re.findall(r"(\S+) \(must\)", ran.err)} == {"not-signed"}  # the pre-check
    found: dict[str, Any] = ran.json
    return found


def test_a_missing_file_is_refused_before_anything_is_asked(
    stack: RunningStack, tmp_path: Path
) -> None:
    gone = tmp_path / "gone.zip"
    ran = stack.yinji("story", "--office", "national", "--file", gone, "--out", tmp_path / "out")
    assert ran.code == 64
    assert "文件无法读取" in ran.err
    assert not (tmp_path / "out").exists()


def test_a_stranger_finds_it_valid_and_a_changed_byte_invalid(
    stack: RunningStack, source: Path, paper: Path, tmp_path: Path
) -> None:
    ran = stack.yinji("verify", source, paper, "--json")
    assert ran.code == 0, ran.out
    data = bytearray(paper.read_bytes())
    data[len(data) // 2] ^= 1
    changed = tmp_path / paper.name
    changed.write_bytes(data)
    assert stack.yinji("verify", source, changed).code == 1


def test_its_certificate_is_that_of_software(told: dict[str, Any], out: Path) -> None:
    data = (out / f"registration-{told['registration']}.pdf").read_bytes()
    content = json.loads(pdffile.attachments(data)["content.json"])
    facts = {each["name"]: each["value"] for each in content["facts"]}
    assert (facts["title"], facts["software_version"]) == ("山间记账软件", "V1.0")
    own = facts["software_certificate_number"]
    assert re.fullmatch(r"软著登字第\d{7}号", own)
    text = page_text(data)
    for said in ("计算机软件著作权登记证书", told["registration"], own, "软件保护条例", "全部权利"):
        assert said in text, said
    assert "作品自愿登记" not in text


def test_anybody_finds_it_by_either_number(
    stack: RunningStack, told: dict[str, Any], out: Path
) -> None:
    number = told["registration"]
    data = (out / f"sample-{number}.pdf").read_bytes()
    content = json.loads(pdffile.attachments(data)["content.json"])
    facts = {each["name"]: each["value"] for each in content["facts"]}
    own = facts["software_certificate_number"]
    for typed in (number.lower(), own, f"软著登字 {own[5:-1]}"):
        with visitor(stack) as http:
            known = http.get(f"/api/v1/public/registrations/{quote(typed, safe='')}").json()
            listed = http.get(f"{_ANNOUNCED}?number={quote(typed)}").json()["items"]
        assert (known.get("registration_number"), known["verdict"]) == (number, "valid"), typed
        assert known["software_certificate_number"] == own
        assert [each["number"] for each in listed] == [number]


def test_its_papers_hold_the_pages_that_were_handed_in(out: Path, told: dict[str, Any]) -> None:
    folder = out / "documents"
    assert {str(path) for path in folder.iterdir()} <= set(told["papers"])
    scan = folder / "joint_agreement.jpg"  # as it was signed by hand and filed
    assert scan.read_bytes()[:3] == b"\xff\xd8\xff"
    with pypdfium2.PdfDocument(folder / "source_code.pdf") as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    assert len(pages) == 60
    assert ("x50 = 50" in pages[0], "x51 = 51" in pages[0]) == (True, False)
    assert "x4000 = 4000" in pages[-1]
    assert "《山间记账软件》 V1.0" in pages[0]  # as it is called since the return
    assert "80.5 保存并退出" in page_text((folder / "software_document.pdf").read_bytes())


def test_an_office_that_takes_none_is_told_at_once(
    stack: RunningStack, samples: Samples, tmp_path: Path
) -> None:
    ran = stack.yinji(
        "story", "--office", "tianjin", "--form", "software", "--file", samples.text,
        "--out", tmp_path,
    )  # fmt: skip
    assert ran.code == 64
    assert "不受理此类登记(software),受理:作品" in ran.err
    assert not [*tmp_path.iterdir()]


def test_the_times_told_of_its_record_are_those_on_its_certificate(
    stack: RunningStack, told: dict[str, Any], out: Path
) -> None:
    """The files were stored with the deposit, before there was a record."""
    data = (out / f"registration-{told['registration']}.pdf").read_bytes()
    content = json.loads(pdffile.attachments(data)["content.json"])
    said, check = content["times"], content["verify_url"].rsplit("-", 1)[-1]
    where = f"/api/v1/public/evidence/{content['number']}"
    found = visitor(stack).get(where, params={"check": check}).json()["detail"]["times"]
    printed = {
        "submitted_at": said["submitted_at"], "stored_at": said["stored_at"],
        "timestamped_at": said["token"]["gen_time"], "block_time": said["block"]["time"],
        "certificate_issued_at": said["issued_at"],
    }  # fmt: skip
    assert {name: _to_the_millisecond(at) for name, at in found.items()} == {
        name: _to_the_millisecond(at) for name, at in printed.items()
    }
    assert found["stored_at"] < found["submitted_at"]


def _to_the_millisecond(at: str) -> str:
    return datetime.fromisoformat(at).isoformat(timespec="milliseconds")

"""Notices over HTTP: signed files, for the applicant and for officers of the office."""

import time

import httpx2
import pypdfium2
import pytest

from tests.grounds.callers import person
from tests.grounds.filing import Applicant, applicant, at, examiner, picture
from tests.grounds.officers import OfficerAtWork
from tests.grounds.stack import RunningStack

NOTE = {"items": [{"kind": "field", "name": "title", "reason": "请写明具体名称"}], "note": "谢谢"}


@pytest.fixture(scope="module")
def filer(stack: RunningStack) -> Applicant:
    return applicant(stack)


@pytest.fixture(scope="module")
def first(stack: RunningStack) -> OfficerAtWork:
    return examiner(stack)


@pytest.fixture(scope="module")
def returned(filer: Applicant, first: OfficerAtWork) -> str:
    work, pledge = filer.deposited("w.png", picture()), filer.deposited("p.png", picture())
    matter = filer.submitted(work, pledge)
    assert first.http.post(at(matter, "claim"), json={"role": "first_examiner"}).is_success
    assert first.http.post(at(matter, "return"), json=NOTE).is_success
    return matter


def text_of(pdf: bytes) -> str:
    """What its pages say, without line ends."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        said = "".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()
    return "".join(said.split())


def fetched(http: httpx2.Client, address: str) -> bytes:
    """The file, once it is there."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        answer = http.get(address)
        if answer.status_code == 200:
            return answer.content
        assert answer.status_code == 409, answer.text
        time.sleep(0.1)
    raise AssertionError("no notice in time")


class TestNotices:
    def test_are_listed_in_order_with_their_names(self, filer: Applicant, returned: str) -> None:
        told = filer.person.http.get(f"/api/v1/matters/{returned}").json()
        items = filer.person.http.get(f"/api/v1/matters/{returned}/notices").json()["items"]
        assert [each["title"]["zh"] for each in items] == ["受理通知书", "补正通知书"]
        assert [each["number"] for each in items] == [f"{told['number']}/1", f"{told['number']}/2"]

    def test_are_signed_files_that_say_what_is_to_be_done(
        self, filer: Applicant, returned: str
    ) -> None:
        told = filer.person.http.get(f"/api/v1/matters/{returned}").json()
        data = fetched(filer.person.http, f"/api/v1/matters/{returned}/notices/2.pdf")
        words = text_of(data)
        for each in ("补正通知书", "请写明具体名称", "山间", "样本SAMPLE", told["number"]):
            assert each in words
        assert b"/ByteRange" in data
        accepted = text_of(fetched(filer.person.http, f"/api/v1/matters/{returned}/notices/1.pdf"))
        assert "受理通知书" in accepted

    def test_are_the_same_bytes_for_officers_and_at_every_time(
        self, filer: Applicant, first: OfficerAtWork, returned: str
    ) -> None:
        own = fetched(filer.person.http, f"/api/v1/matters/{returned}/notices/1.pdf")
        assert own == fetched(first.http, at(returned, "notices/1.pdf"))
        listed = first.http.get(at(returned, "notices")).json()["items"]
        assert [each["kind"] for each in listed] == ["acceptance", "correction"]

    def test_of_somebody_else_do_not_exist(self, stack: RunningStack, returned: str) -> None:
        stranger = person(stack).http
        assert stranger.get(f"/api/v1/matters/{returned}/notices").status_code == 404
        assert stranger.get(f"/api/v1/matters/{returned}/notices/1.pdf").status_code == 404
        elsewhere = examiner(stack, office="zhejiang", agency="a")
        address = at(returned, "notices/1.pdf", office="zhejiang")
        assert elsewhere.http.get(address).status_code == 404

    def test_that_were_not_issued_do_not_exist(self, filer: Applicant, returned: str) -> None:
        assert filer.person.http.get(f"/api/v1/matters/{returned}/notices/9.pdf").status_code == 404

    def test_reasons_that_cannot_be_printed_are_refused_before_the_decision(
        self, filer: Applicant, first: OfficerAtWork
    ) -> None:
        work, pledge = filer.deposited("v.png", picture()), filer.deposited("q.png", picture())
        matter = filer.submitted(work, pledge)
        assert first.http.post(at(matter, "claim"), json={"role": "first_examiner"}).is_success
        body = {"items": [{"kind": "field", "name": "title", "reason": "\U0001f984"}]}
        answer = first.http.post(at(matter, "return"), json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, "items[0].reason")


def test_fsck_knows_the_files_of_notices(
    stack: RunningStack, filer: Applicant, returned: str
) -> None:
    fetched(filer.person.http, f"/api/v1/matters/{returned}/notices/2.pdf")
    assert stack.yinji("fsck").code == 0

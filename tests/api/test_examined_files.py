"""What an examiner may look at: the files of a matter, while it is before the office, no longer."""

import io

import pytest
from PIL import Image

from tests.grounds.filing import Applicant, applicant, at, examiner, picture
from tests.grounds.officers import OfficerAtWork
from tests.grounds.stack import RunningStack

WORK, PLEDGE = picture(), picture()
PATHS = ("files/0", "files/0/preview", "documents/pledge/files/0",
         "documents/pledge/files/0/preview")  # fmt: skip
READ = ("", "history", "notices", "notices/1.pdf")
"""The matter itself, open to its readers in every state."""


@pytest.fixture(scope="module")
def filer(stack: RunningStack) -> Applicant:
    return applicant(stack)


@pytest.fixture(scope="module")
def first(stack: RunningStack) -> OfficerAtWork:
    return examiner(stack)


@pytest.fixture(scope="module")
def matter(filer: Applicant) -> str:
    return filer.submitted(filer.deposited("a.png", WORK), filer.deposited("b.png", PLEDGE))


@pytest.mark.parametrize(
    ("path", "data"), [("files/0", WORK), ("documents/pledge/files/0", PLEDGE)]
)
def test_a_file_is_given_byte_for_byte_as_an_attachment(
    first: OfficerAtWork, matter: str, path: str, data: bytes
) -> None:
    answer = first.http.get(at(matter, path))
    assert (answer.status_code, answer.content) == (200, data)
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]
    part = first.http.get(at(matter, path), headers={"Range": "bytes=1-4"})
    assert (part.status_code, part.content) == (206, data[1:5])


@pytest.mark.parametrize("path", ["files/0/preview", "documents/pledge/files/0/preview"])
def test_a_picture_is_shown_re_encoded(first: OfficerAtWork, matter: str, path: str) -> None:
    answer = first.http.get(at(matter, path), params={"size": "large"})
    assert answer.status_code == 200, answer.text
    with Image.open(io.BytesIO(answer.content)) as shown:
        assert shown.format == "WEBP"


def test_the_pages_of_a_scanned_paper_are_shown_one_by_one(
    filer: Applicant, first: OfficerAtWork
) -> None:
    scanned, out = [Image.new("RGB", (60, 80), colour) for colour in ("red", "blue")], io.BytesIO()
    scanned[0].save(out, "PDF", save_all=True, append_images=scanned[1:])
    pledge = filer.deposited("b.pdf", out.getvalue())
    path = at(filer.submitted(filer.deposited("a.png", picture()), pledge),
              "documents/pledge/files/0/preview")  # fmt: skip
    shown = [first.http.get(path, params={"page": page}) for page in (1, 2, 3, 21)]
    assert [answer.status_code for answer in shown] == [200, 200, 404, 422], shown[0].text
    assert [answer.json()["field"] for answer in shown[2:]] == ["page", "page"]
    colours = [
        Image.open(io.BytesIO(answer.content)).convert("RGB").getpixel((30, 40))
        for answer in shown[:2]
    ]
    (red, *_), (_, _, blue) = colours
    assert (round(red / 255), round(blue / 255)) == (1, 1)


@pytest.mark.parametrize("path", PATHS + READ)
class TestNobodyElse:
    def test_sees_it_at_another_office(
        self, other_office: OfficerAtWork, matter: str, path: str
    ) -> None:
        assert other_office.http.get(at(matter, path, "zhejiang")).status_code == 404
        assert other_office.http.get(at(matter, path)).status_code == 403

    def test_sees_it_at_another_agency(
        self, other_agency: OfficerAtWork, matter: str, path: str
    ) -> None:
        assert other_agency.http.get(at(matter, path)).status_code == 404

    def test_sees_it_who_does_not_examine(
        self, cashier: OfficerAtWork, matter: str, path: str
    ) -> None:
        assert cashier.http.get(at(matter, path)).status_code == 403

    def test_sees_it_with_a_key(self, filer: Applicant, matter: str, path: str) -> None:
        assert filer.program.get(at(matter, path)).status_code == 403


@pytest.fixture(scope="module")
def other_office(stack: RunningStack) -> OfficerAtWork:
    return examiner(stack, office="zhejiang", agency="zhejiang")


@pytest.fixture(scope="module")
def other_agency(stack: RunningStack) -> OfficerAtWork:
    return examiner(stack, agency="publishing")


@pytest.fixture(scope="module")
def cashier(stack: RunningStack) -> OfficerAtWork:
    return examiner(stack, "cashier")


@pytest.mark.parametrize("role", ["first_examiner", "final_examiner", "registrar", "supervisor"])
def test_the_matter_is_read_by_those_whose_work_it_is(
    stack: RunningStack, matter: str, role: str
) -> None:
    agency = "exchange" if role == "first_examiner" else ""
    reader = examiner(stack, role, agency=agency)
    found = [reader.http.get(at(matter, path)).status_code for path in READ[:3]]
    assert found == [200, 200, 200]


def test_what_was_returned_is_closed_again(filer: Applicant, first: OfficerAtWork) -> None:
    number = filer.deposited("a.png", picture())
    matter = filer.submitted(number, filer.deposited("b.png", picture()))
    assert first.http.get(at(matter, "files/0")).status_code == 200
    first.http.post(at(matter, "claim"), json={"role": "first_examiner"})
    items = [{"kind": "field", "name": "title", "reason": "请写明"}]
    answer = first.http.post(at(matter, "return"), json={"items": items})
    assert answer.status_code == 200, answer.text
    for path in PATHS:
        assert first.http.get(at(matter, path)).status_code == 404


def test_what_is_not_there_is_not_found(first: OfficerAtWork, matter: str) -> None:
    for path in ("files/9", "documents/pledge/files/9", "documents/creation_statement/files/0",
                 "documents/nothing/files/0"):  # fmt: skip
        assert first.http.get(at(matter, path)).status_code == 404


def test_a_draft_is_its_applicants_alone(filer: Applicant, first: OfficerAtWork) -> None:
    matter = filer.drafted(filer.deposited("b.png", picture()))
    assert first.http.get(at(matter, "documents/pledge/files/0")).status_code == 404

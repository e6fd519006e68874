"""T19, T20: who brings a file that somebody else brought before is told nothing; the examiner is
shown both, with the dates of both.
"""

import io
import secrets
from typing import Any

import pytest
from PIL import Image

from tests.api.test_precheck import told
from tests.grounds.filing import Applicant, applicant, at, examiner, picture
from tests.grounds.officers import OfficerAtWork
from tests.grounds.samples import Samples
from tests.grounds.stack import RunningStack


@pytest.fixture(scope="module")
def first(stack: RunningStack) -> OfficerAtWork:
    return examiner(stack)


@pytest.fixture(scope="module")
def original(samples: Samples) -> Image.Image:
    """A photograph of this test's own: a known one, with something written into it."""
    with Image.open(samples.photo) as opened:
        photo = opened.convert("RGB")
    photo.paste((secrets.randbelow(255), 0, 0), (0, 0, photo.width // 2, photo.height // 2))
    return photo


def saved(photo: Image.Image, form: str) -> bytes:
    out = io.BytesIO()
    photo.save(out, form, dpi=(300, 300))
    return out.getvalue()


@pytest.fixture(scope="module")
def owner(stack: RunningStack) -> Applicant:
    return applicant(stack)


@pytest.fixture(scope="module")
def copier(stack: RunningStack) -> Applicant:
    return applicant(stack)


@pytest.fixture(scope="module")
def first_deposit(owner: Applicant, original: Image.Image) -> str:
    number = owner.deposited("mine.png", saved(original, "PNG"))
    told(owner, owner.drafted(owner.deposited("b.png", picture())), evidence_number=number)
    return number


@pytest.fixture(scope="module")
def copied(copier: Applicant, original: Image.Image, first_deposit: str) -> dict[str, str]:
    """Matters of somebody who copied it: the file itself, and a smaller one of it."""
    assert first_deposit
    pledge = copier.deposited("b.png", picture())
    small = original.resize((original.width // 2, original.height // 2))
    found = {}
    for kind, data in (("same", saved(original, "PNG")), ("alike", saved(small, "JPEG"))):
        name = "copy.png" if kind == "same" else "copy.jpg"
        number = copier.deposited(name, data)
        found[kind] = copier.submitted(number, pledge, title=f"山间 {kind}")
        told(copier, found[kind])
    return found


@pytest.mark.parametrize("kind", ["same", "alike"])
def test_the_examiner_is_shown_both_with_their_dates(
    first: OfficerAtWork, copied: dict[str, str], first_deposit: str, kind: str
) -> None:
    seen = first.http.get(at(copied[kind])).json()
    (hit,) = [each for each in seen["hits"] if each["evidence_number"] == first_deposit]
    assert (hit["kind"], hit["own"], hit["earlier"]) == (kind, False, True)
    assert hit["distance"] <= 31
    assert hit["dates"]["submitted_at"] < seen["dates"]["submitted_at"]
    assert hit["dates"]["timestamped_at"]
    assert {"anchored_at", "registered_at"} <= hit["dates"].keys()


def test_a_copy_of_ones_own_is_marked_as_ones_own(
    first: OfficerAtWork, copied: dict[str, str]
) -> None:
    seen = first.http.get(at(copied["same"])).json()
    assert [hit["kind"] for hit in seen["hits"] if hit["own"]] == ["alike"]


def everything(who: Applicant, matter: str) -> str:
    """All that a depositor can read about a matter and its evidence."""
    number = who.person.http.get(f"/api/v1/matters/{matter}").json()["evidence_number"]
    answers = [
        who.person.http.get(f"/api/v1/matters/{matter}").text,
        who.person.http.get(f"/api/v1/matters/{matter}/precheck").text,
        who.program.get(f"/api/v1/evidence/{number}").text,
    ]
    return "\n".join(answers)


def test_neither_depositor_is_told_of_the_other(
    owner: Applicant, copier: Applicant, copied: dict[str, str], first_deposit: str
) -> None:
    for matter in copied.values():
        assert first_deposit not in everything(copier, matter)
        assert "same-file" not in everything(copier, matter)
    mine: dict[str, Any] = owner.program.get(f"/api/v1/evidence/{first_deposit}").json()
    assert "hits" not in mine
    for matter in copied.values():
        assert owner.person.http.get(f"/api/v1/matters/{matter}").status_code == 404


@pytest.fixture(scope="module")
def rival(owner: Applicant, copied: dict[str, str], first_deposit: str) -> str:
    """The matter of who deposited it first, handed in after the copier's."""
    assert copied
    matter = owner.submitted(first_deposit, owner.deposited("b.png", picture()), title="山间 first")
    told(owner, matter)
    return matter


class TestTwoFileTheSame:
    """T20: two people apply for one and the same file; each says that it is theirs."""

    def test_each_matters_examiner_sees_the_other_and_who_was_first(
        self, first: OfficerAtWork, copied: dict[str, str], rival: str, first_deposit: str
    ) -> None:
        theirs, ours = (first.http.get(at(each)).json() for each in (copied["same"], rival))
        (first_hit,) = [hit for hit in theirs["hits"] if hit["kind"] == "same"]
        (later_hit,) = [hit for hit in ours["hits"] if hit["kind"] == "same"]
        assert (first_hit["evidence_number"], first_hit["own"], first_hit["earlier"]) == (
            first_deposit, False, True,
        )  # fmt: skip
        assert (later_hit["own"], later_hit["earlier"], later_hit["distance"]) == (False, False, 0)
        assert first_hit["dates"]["submitted_at"] == ours["dates"]["submitted_at"]
        assert later_hit["dates"]["submitted_at"] == theirs["dates"]["submitted_at"]

    def test_neither_of_the_two_learns_of_the_other(
        self, owner: Applicant, copier: Applicant, copied: dict[str, str], rival: str,
        first_deposit: str,
    ) -> None:  # fmt: skip
        http = copier.person.http
        second = http.get(f"/api/v1/matters/{copied['same']}").json()["evidence_number"]
        for who, matter, foreign in (
            (owner, rival, (second, copied["same"])),
            (copier, copied["same"], (first_deposit, rival)),
        ):  # fmt: skip
            said = everything(who, matter) + who.person.http.get("/api/v1/messages").text
            assert not [each for each in (*foreign, "same-file") if each in said]
            assert who.person.http.get(f"/api/v1/matters/{foreign[1]}").status_code == 404

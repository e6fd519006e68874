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

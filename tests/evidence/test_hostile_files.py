"""T29–T32: whatever is opened ends in one of a few ways, in its memory, and passes nothing on."""

import io
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from core.errors import InvalidInput, NotFound
from evidence import previews
from evidence.limits import IntakeLimits
from evidence.looking import can_be_looked_at
from evidence.sniff import media_type
from tests.grounds import hostile
from tests.grounds.hostile import ACTS, PAYLOAD, PICTURES, STRANGERS, Hostile, corpus

RUN = Path(hostile.__file__).with_name("hostile_run.py")
PROGRAM = Path(previews.__file__).with_name("previewer.py")
DONE, BROKEN, BEYOND, NO_PAGE = 0, 3, 4, 5
MOST_KIB = 1024 * 1024 + 200_000
"""Address space is capped at 1 GiB (`previewer.confine`)."""
LOOKS = (["look", "200000000"], ["draw", "320", "1", "200000000"], ["mark", "x 2026", "200000000"])


def through(
    folder: Path, files: Sequence[Hostile], act: str, *words: str
) -> list[tuple[int, int, bytes]]:
    """What became of each: exit code, memory in KiB, bytes."""
    asked = []
    for place, file in enumerate(files):
        path = folder / f"{act}-{place}"
        path.write_bytes(file.data)
        asked.append([act, file.kind, str(path), *words])
    done = subprocess.run(
        [sys.executable, "-I", str(RUN), str(PROGRAM)],
        input=json.dumps(asked), capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [(code, kib, bytes.fromhex(out)) for code, kib, out in json.loads(done.stdout)]


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("act", "words"), [(act, words) for act, *words in LOOKS],
                         ids=[each[0] for each in LOOKS])  # fmt: skip
def test_every_one_ends_well(tmp_path: Path, act: str, words: list[str]) -> None:
    files = corpus()
    ends = through(tmp_path, files, act, *words)
    odd = {
        file.name: code
        for file, (code, _, _) in zip(files, ends, strict=True)
        if code not in {DONE, BROKEN, BEYOND, NO_PAGE}
    }
    assert odd == {}
    assert max(kib for _, kib, _ in ends) < MOST_KIB
    for file, (code, _, out) in zip(files, ends, strict=True):
        assert (code == DONE) == bool(out), file.name
        for word in (
            PAYLOAD,
            PAYLOAD[:9],
            b"JavaScript",
            b"/Launch",
            b"/EmbeddedFile",
            b"evil.html",
        ):
            assert word not in out, file.name
        if code != DONE:
            assert file.family not in {"polyglot", "acting"} or file.name.endswith("encrypted"), (
                f"{file.name} can be shown harmlessly"
            )
        else:
            assert file.family != "stranger", file.name
    assert {BROKEN, DONE} <= {code for code, _, _ in ends}


def test_there_are_hundreds_of_them_in_many_classes() -> None:
    """G9: more than 300 files; counted by class and kind of file."""
    files = corpus()
    assert len(files) > 300
    assert len({each.name for each in files}) == len(files)
    assert len(Counter((each.family, each.kind) for each in files)) >= 25


@pytest.mark.parametrize("name", STRANGERS)
@pytest.mark.parametrize("ending", ["png", "jpg", "gif", "webp", "tif", "pdf", "psd", "mp4"])
def test_what_a_name_promises_must_be_inside(name: str, ending: str) -> None:
    """T31: refused before any parser, with a remedy."""
    with pytest.raises(InvalidInput) as refusal:
        media_type(STRANGERS[name], f"a.{ending}", "files[0].name", IntakeLimits())
    assert refusal.value.field == "files[0].name"
    assert "rename or re-export" in refusal.value.message


@pytest.mark.parametrize(
    "kind",
    ["image/svg+xml", "application/gzip", "text/plain", "text/html", "application/octet-stream",
     "image/vnd.adobe.photoshop", "font/ttf", "application/x-dosexec"],
)  # fmt: skip
def test_what_has_no_parser_here_is_never_opened(kind: str) -> None:
    """T29, T32: SVG, HTML and other archives than ZIP are kept as they are and never read."""
    assert not can_be_looked_at(kind, 1)
    assert not previews.can_be_drawn(kind, 1)
    with pytest.raises(NotFound):
        previews.draw(io.BytesIO(b""), kind, 320, 10)
    with pytest.raises(NotFound):
        previews.mark(b"", kind, "x", 10)


@pytest.mark.parametrize("name", ACTS)
def test_a_marked_document_does_nothing(name: str) -> None:
    (file,) = [each for each in corpus() if each.name == f"acting:PDF {name}"]
    made, kind = previews.mark(file.data, "application/pdf", "x 2026", 10**8)
    assert kind == "application/pdf"
    for word in (b"/JS", b"/Launch", b"/URI", b"/SubmitForm", b"/AA", b"/OpenAction", b"/AcroForm",
                 b"/Font", b"/Names"):  # fmt: skip
        assert word not in made
    with pypdfium2.PdfDocument(made) as read:
        assert len(read) == 1


@pytest.mark.parametrize("kind", PICTURES[:4])
def test_a_mark_is_over_the_whole_picture_and_differs_by_who_looks(kind: str) -> None:
    data, name = hostile.honest(kind, 400), f"image/{kind.lower()}"
    mine, shown_as = previews.mark(data, name, "one 2026-11-28T08:00:00.000Z", 10**8)
    assert shown_as == "image/jpeg"
    assert mine == previews.mark(data, name, "one 2026-11-28T08:00:00.000Z", 10**8)[0]
    assert mine != previews.mark(data, name, "two 2026-11-28T08:00:00.000Z", 10**8)[0]
    with Image.open(io.BytesIO(mine)) as opened:
        assert (opened.format, opened.size) == ("JPEG", (400, 400))

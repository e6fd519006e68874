"""What can be seen of a file: said by the confined process, and never more than the file says."""

import io
import random
import zipfile
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from core.errors import InvalidInput
from evidence import likeness
from evidence.looking import BEYOND_LIMITS, DAMAGED, Seen, can_be_looked_at, look
from evidence.previews import pdf_ends
from tests.evidence.test_previews import bomb
from tests.grounds.samples import Samples

MANY = 200_000_000
HASHES = st.integers(0, 2**256 - 1)


def as_bits(number: int) -> str:
    return f"{number:0256b}"


def seen(folder: Path, data: bytes, kind: str = "image/png") -> Seen:
    path = folder / "file"
    path.write_bytes(data)
    with path.open("rb") as source:
        return look(source, kind, MANY)


def saved(picture: Image.Image, form: str = "PNG", **more: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **more)
    return out.getvalue()


def packed(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "")
    return out.getvalue()


@pytest.fixture(scope="module")
def photo(samples: Samples) -> Image.Image:
    with Image.open(samples.photo) as opened:
        return opened.convert("RGB")


class TestLook:
    @pytest.mark.parametrize(
        ("form", "kind", "dpi"),
        [("PNG", "image/png", 300), ("JPEG", "image/jpeg", 300), ("TIFF", "image/tiff", 300),
         ("PNG", "image/png", 72)],
    )  # fmt: skip
    def test_tells_size_and_resolution(
        self, tmp_path: Path, photo: Image.Image, form: str, kind: str, dpi: int
    ) -> None:
        found = seen(tmp_path, saved(photo, form, dpi=(dpi, dpi)), kind)
        assert (found.width, found.height) == photo.size
        assert (found.dpi, found.problem) == (dpi, None)

    def test_takes_the_lower_of_two_resolutions(self, tmp_path: Path, photo: Image.Image) -> None:
        assert seen(tmp_path, saved(photo, dpi=(300, 150))).dpi == 150

    def test_says_nothing_of_a_resolution_the_file_does_not_state(
        self, tmp_path: Path, photo: Image.Image
    ) -> None:
        assert seen(tmp_path, saved(photo)).dpi is None

    def test_counts_the_pages_of_a_pdf(self, tmp_path: Path) -> None:
        pages = [Image.new("RGB", (60, 80), "white") for _ in range(3)]
        data = saved(pages[0], "PDF", save_all=True, append_images=pages[1:])
        assert seen(tmp_path, data, "application/pdf") == Seen(pages=3)

    def test_tells_what_kinds_of_files_an_archive_holds(self, tmp_path: Path) -> None:
        names = ["a/Main.PY", "b.py", "c.tar.gz", "README", "no.ending-of-ours", "empty/"]
        found = seen(tmp_path, packed(*names), "application/zip")
        assert found == Seen(endings=["gz", "py"])
        assert seen(tmp_path, packed(), "application/zip") == Seen(endings=[])

    def test_tells_nothing_of_what_needs_a_password(self, tmp_path: Path) -> None:
        locked = bytearray(packed("a.py"))
        locked[locked.index(b"PK\x01\x02") + 8] |= 1
        assert seen(tmp_path, bytes(locked), "application/zip") == Seen(endings=[])

    @pytest.mark.parametrize(
        "kind", ["image/png", "image/tiff", "application/pdf", "application/zip"]
    )
    def test_calls_damaged_what_is_no_such_file(self, tmp_path: Path, kind: str) -> None:
        assert seen(tmp_path, b"%PDF-1.7 \x89PNG II*\0", kind) == Seen(problem=DAMAGED)

    def test_does_not_open_a_bomb(self, tmp_path: Path) -> None:
        assert seen(tmp_path, bomb(19_000)) == Seen(problem=BEYOND_LIMITS)

    def test_is_for_pictures_documents_and_archives(self) -> None:
        assert can_be_looked_at("image/jpeg", 1)
        assert can_be_looked_at("application/zip", 1)
        assert not can_be_looked_at("video/mp4", 1)
        assert not can_be_looked_at("image/jpeg", 2**40)


class TestAlike:
    """The same picture, changed as copies are: all within what counts as alike."""

    def of(self, folder: Path, picture: Image.Image, form: str = "PNG", **more: Any) -> str:
        kind = {"PNG": "image/png", "JPEG": "image/jpeg"}[form]
        found = seen(folder, saved(picture, form, **more), kind).likeness
        assert found is not None
        return found

    def test_are_copies_of_one_picture(self, tmp_path: Path, photo: Image.Image) -> None:
        mine = self.of(tmp_path, photo)
        width, height = photo.size
        copies = {
            "small": self.of(tmp_path, photo.resize((width // 2, height // 2))),
            "pressed": self.of(tmp_path, photo, "JPEG", quality=40),
            "bright": self.of(tmp_path, ImageEnhance.Brightness(photo).enhance(1.15)),
            "grey": self.of(tmp_path, photo.convert("L")),
        }
        far = {name: likeness.distance(mine, each) for name, each in copies.items()}
        assert max(far.values()) <= likeness.MOST_DISTANCE, far

    def test_are_not_two_pictures(
        self, tmp_path: Path, photo: Image.Image, samples: Samples
    ) -> None:
        with Image.open(samples.picture) as opened:
            other = self.of(tmp_path, opened.convert("RGB"))
        turned = self.of(tmp_path, photo.transpose(Image.Transpose.ROTATE_90))
        mine = self.of(tmp_path, photo)
        assert likeness.distance(mine, other) > 2 * likeness.MOST_DISTANCE
        assert likeness.distance(mine, turned) > 2 * likeness.MOST_DISTANCE

    def test_an_empty_picture_is_like_nothing(self, tmp_path: Path) -> None:
        assert seen(tmp_path, saved(Image.new("RGB", (300, 300), "white"))).likeness is None

    def test_a_tiny_picture_is_like_nothing(self, tmp_path: Path) -> None:
        assert seen(tmp_path, saved(Image.new("RGB", (4, 300), "white"))).likeness is None


class TestProbes:
    @given(HASHES, st.sets(st.integers(0, 255), max_size=likeness.MOST_DISTANCE), st.data())
    def test_find_every_hash_within_the_distance(
        self, mine: int, flipped: set[int], data: st.DataObject
    ) -> None:
        other = mine
        for bit in flipped:
            other ^= 1 << bit
        most = data.draw(st.integers(len(flipped), likeness.MOST_DISTANCE))
        wanted = likeness.probes(as_bits(mine), most)
        assert set(wanted) & set(likeness.pieces(as_bits(other)))
        assert likeness.distance(as_bits(mine), as_bits(other)) == len(flipped)

    def test_are_few_against_all_there_could_be(self) -> None:
        bits = as_bits(random.Random(1).getrandbits(256))  # noqa: S311 - any hash will do
        assert len(likeness.probes(bits, 31)) == 272
        assert len(likeness.probes(bits, 15)) == 16

    @pytest.mark.parametrize("most", [-1, 32])
    def test_refuse_what_they_cannot_promise(self, most: int) -> None:
        with pytest.raises(InvalidInput):
            likeness.probes("0" * 256, most)

    @pytest.mark.parametrize("bits", ["", "0" * 255, "2" * 256])
    def test_refuse_what_is_no_hash(self, bits: str) -> None:
        with pytest.raises(InvalidInput):
            likeness.pieces(bits)


class TestEndsOfAPdf:
    def ends(self, folder: Path, pages: int, half: int) -> list[float]:
        """The widths of the pages that are left, by which the test knows them."""
        made = pypdfium2.PdfDocument.new()
        for at in range(1, pages + 1):
            made.new_page(100 + at, 200)
        out = folder / "a.pdf"
        made.save(out)
        with out.open("rb") as source, pypdfium2.PdfDocument(pdf_ends(source, half)) as found:
            return [page.get_width() - 100 for page in found]

    def test_are_its_first_and_last_pages(self, tmp_path: Path) -> None:
        assert self.ends(tmp_path, 9, 2) == [1, 2, 8, 9]

    def test_are_all_of_it_when_there_are_no_more(self, tmp_path: Path) -> None:
        assert self.ends(tmp_path, 4, 2) == [1, 2, 3, 4]
        assert self.ends(tmp_path, 3, 2) == [1, 2, 3]

    def test_of_what_is_no_pdf_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7 no")
        with (tmp_path / "a.pdf").open("rb") as source, pytest.raises(InvalidInput):
            pdf_ends(source, 2)

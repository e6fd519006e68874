"""Previews come from a confined process, carry nothing of the original, and refuse bombs."""

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image

from core.errors import InvalidInput, NotFound
from core.sealed import Keyring
from evidence import previews
from evidence.previews import PreviewCache, draw
from tests.grounds.people import RING
from tests.grounds.samples import Samples

MANY = 200_000_000


def bomb(side: int) -> bytes:
    """A PNG of a few kB that claims and holds `side` × `side` black pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    pressed = zlib.compressobj(9)
    row = bytes(1 + side // 8 + 1)
    data = b"".join(pressed.compress(row) for _ in range(side)) + pressed.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def written(folder: Path, data: bytes) -> Path:
    path = folder / "source"
    path.write_bytes(data)
    return path


class TestDraw:
    def test_a_photograph_becomes_a_small_webp(self, samples: Samples) -> None:
        with samples.photo.open("rb") as source:
            made = draw(source, "image/jpeg", 320, MANY)
        with Image.open(io.BytesIO(made)) as opened:
            assert opened.format == "WEBP"
            assert max(opened.size) == 320

    def test_no_metadata_passes(self, tmp_path: Path) -> None:
        exif = Image.Exif()
        exif[0x010E] = "home address"
        exif.get_ifd(0x8825)[1] = "N"
        source = tmp_path / "a.jpg"
        Image.new("RGB", (40, 30), "red").save(source, exif=exif, comment=b"home address")
        assert b"home address" in source.read_bytes()
        with source.open("rb") as opened:
            made = draw(opened, "image/jpeg", 320, MANY)
        assert b"home address" not in made
        assert b"EXIF" not in made
        with Image.open(io.BytesIO(made)) as small:
            assert not small.getexif()

    def test_a_picture_lying_on_its_side_is_turned(self, tmp_path: Path) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6
        source = tmp_path / "a.jpg"
        Image.new("RGB", (40, 30), "red").save(source, exif=exif)
        with (
            source.open("rb") as opened,
            Image.open(io.BytesIO(draw(opened, "image/jpeg", 320, MANY))) as small,
        ):
            assert small.size == (30, 40)

    def test_a_pixel_bomb_is_refused_by_its_header(self, tmp_path: Path) -> None:
        data = bomb(19_000)
        assert len(data) < 100_000
        with written(tmp_path, data).open("rb") as source, pytest.raises(InvalidInput) as refusal:
            draw(source, "image/png", 320, MANY)
        assert "像素" in refusal.value.message

    def test_what_the_header_lets_pass_is_stopped_by_the_memory_limit(self, tmp_path: Path) -> None:
        wide = io.BytesIO()
        Image.new("RGBA", (19_000, 19_000)).save(wide, "PNG", compress_level=1)
        with written(tmp_path, wide.getvalue()).open("rb") as source, pytest.raises(InvalidInput):
            draw(source, "image/png", 320, 10**9)

    @pytest.mark.parametrize(
        "data", [b"", b"\xff\xd8\xff", b"%PDF-1.7", b"<svg onload=alert(1)>", b"GIF89a" + b"\0" * 9]
    )
    def test_what_is_no_picture_is_refused(self, tmp_path: Path, data: bytes) -> None:
        with written(tmp_path, data).open("rb") as source, pytest.raises(InvalidInput):
            draw(source, "image/jpeg", 320, MANY)

    def test_only_the_parser_of_the_kind_found_is_asked(self, samples: Samples) -> None:
        with samples.picture.open("rb") as source, pytest.raises(InvalidInput):
            draw(source, "image/jpeg", 320, MANY)

    def test_other_kinds_have_no_preview(self, samples: Samples) -> None:
        with samples.drawing.open("rb") as source, pytest.raises(NotFound):
            draw(source, "image/svg+xml", 320, MANY)


def pdf(*colours: str, size: tuple[int, int] = (300, 400)) -> bytes:
    """A PDF with a page in each colour."""
    out = io.BytesIO()
    first, *more = (Image.new("RGB", size, colour) for colour in colours)
    first.save(out, "PDF", save_all=True, append_images=more)
    return out.getvalue()


def drawn_pixel(path: Path, kind: str, page: int) -> tuple[int, ...]:
    with path.open("rb") as source:
        made = draw(source, kind, 320, MANY, page)
    with Image.open(io.BytesIO(made)) as small:
        assert small.format == "WEBP"
        assert max(small.size) <= 320
        pixel = small.convert("RGB").getpixel((small.width // 2, small.height // 2))
    assert isinstance(pixel, tuple)
    return tuple(round(each / 255) for each in pixel)


class TestPages:
    def test_of_a_pdf_are_drawn_one_by_one(self, tmp_path: Path) -> None:
        path = written(tmp_path, pdf("red", "blue"))
        assert drawn_pixel(path, "application/pdf", 1) == (1, 0, 0)
        assert drawn_pixel(path, "application/pdf", 2) == (0, 0, 1)

    def test_of_a_tiff_are_drawn_one_by_one(self, tmp_path: Path) -> None:
        out = io.BytesIO()
        frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
        frames[0].save(out, "TIFF", save_all=True, append_images=frames[1:])
        path = written(tmp_path, out.getvalue())
        assert drawn_pixel(path, "image/tiff", 1) == (1, 0, 0)
        assert drawn_pixel(path, "image/tiff", 2) == (0, 0, 1)

    @pytest.mark.parametrize("kind", ["application/pdf", "image/jpeg"])
    def test_that_are_not_there_are_not_found(self, tmp_path: Path, kind: str) -> None:
        out = io.BytesIO()
        Image.new("RGB", (40, 30)).save(out, "PDF" if kind == "application/pdf" else "JPEG")
        with written(tmp_path, out.getvalue()).open("rb") as source, pytest.raises(NotFound):
            draw(source, kind, 320, MANY, 2)

    def test_beyond_the_limit_of_pixels_are_refused_whatever_the_first_is(
        self, tmp_path: Path
    ) -> None:
        out = io.BytesIO()
        small, large = Image.new("1", (10, 10)), Image.new("1", (3000, 3000))
        small.save(out, "TIFF", save_all=True, append_images=[large])
        path = written(tmp_path, out.getvalue())
        with path.open("rb") as source:
            draw(source, "image/tiff", 320, 1000, 1)
        with path.open("rb") as source, pytest.raises(InvalidInput):
            draw(source, "image/tiff", 320, 1000, 2)

    def test_as_large_as_a_house_are_drawn_small(self, tmp_path: Path) -> None:
        path = written(tmp_path, pdf("red", size=(8000, 60)))
        assert drawn_pixel(path, "application/pdf", 1) == (1, 0, 0)

    @pytest.mark.parametrize(
        "data", [b"", b"%PDF-1.7", b"%PDF-1.7\n1 0 obj<</Type/Catalog>>\ntrailer<</Root 1 0 R>>"]
    )
    def test_of_what_is_no_pdf_are_refused(self, tmp_path: Path, data: bytes) -> None:
        with written(tmp_path, data).open("rb") as source, pytest.raises((InvalidInput, NotFound)):
            draw(source, "application/pdf", 320, MANY)

    def test_carry_nothing_of_the_original(self, tmp_path: Path) -> None:
        out = io.BytesIO()
        Image.new("RGB", (40, 30), "red").save(out, "PDF", title="home address", author="张三")
        with written(tmp_path, out.getvalue()).open("rb") as source:
            made = draw(source, "application/pdf", 320, MANY)
        assert b"home address" not in made
        assert b"PDF" not in made


def test_the_decoder_cannot_open_files_or_reach_the_network() -> None:
    program = f"""
import runpy, socket
runpy.run_path({str(previews._PROGRAM)!r})["confine"]()
try:
    [open("/dev/null") for _ in range(20)]
except OSError as error:
    print(error.errno)
import resource
print(resource.getrlimit(resource.RLIMIT_AS)[1] <= 2**30)
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["24", "True"]


class TestTheCache:
    SOURCE, OTHER = "ab" * 32, "cd" * 32

    def test_gives_back_and_forgets(self, tmp_path: Path) -> None:
        cache = PreviewCache(tmp_path / "previews", lambda: RING)
        assert cache.get(self.SOURCE, "small") is None
        cache.put(self.SOURCE, "small", b"x")
        cache.put(self.SOURCE, "small", b"y", 2)
        cache.put(self.OTHER, "small", b"z")
        assert cache.get(self.SOURCE, "small") == b"x"
        assert cache.get(self.SOURCE, "small", 2) == b"y"
        cache.forget(self.SOURCE)
        assert cache.get(self.SOURCE, "small") is cache.get(self.SOURCE, "small", 2) is None
        assert cache.get(self.OTHER, "small") == b"z"

    def test_keeps_none_in_the_clear_and_drops_those_that_were(self, tmp_path: Path) -> None:
        cache = PreviewCache(tmp_path, lambda: RING)
        (tmp_path / f"{self.SOURCE}-small.webp").write_bytes(b"of an earlier release")
        cache.put(self.SOURCE, "small", b"a face and a number")
        cache.drop_plain()
        (kept,) = tmp_path.iterdir()
        assert b"face" not in kept.read_bytes()

    def test_of_another_file_or_under_a_lost_key_gives_none(self, tmp_path: Path) -> None:
        cache = PreviewCache(tmp_path, lambda: RING)
        cache.put(self.SOURCE, "small", b"x")
        (kept,) = tmp_path.iterdir()
        kept.rename(tmp_path / kept.name.replace(self.SOURCE, self.OTHER))
        assert cache.get(self.OTHER, "small") is None
        cache.put(self.SOURCE, "small", b"x")
        later = PreviewCache(tmp_path, lambda: Keyring({"2": b"\3" * 32}, "2", b"\4" * 32))
        assert later.get(self.SOURCE, "small") is None


def test_a_source_that_is_no_file_of_the_disk_is_drawn_too(samples: Samples) -> None:
    """What lies sealed is opened as it is read."""
    drawn = draw(
        io.BufferedReader(io.BytesIO(samples.photo.read_bytes())), "image/jpeg", 320, 10**8
    )
    assert drawn.startswith(b"RIFF")

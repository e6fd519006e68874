"""A file in on stdin; a small WebP, facts as JSON, or part of a PDF out on stdout. Never imported.

It runs alone in a process that holds no key, no address and no open file: memory, processor time
and output are capped, and where the system permits it there is no network. It looks at the header
first and decodes only what is within its limits; metadata and the original bytes never pass.

    previewer.py draw FORMAT LONGEST PAGE MOST_PIXELS
                                             longest side of the result, page or frame from 1, the
                                             source's pixels
    previewer.py look FORMAT MOST_PIXELS             size, resolution, likeness; of a PDF its pages,
                                             of a ZIP the endings of the names in it
    previewer.py ends PDF HALF               the first and the last HALF pages; all when that is all
    previewer.py mark FORMAT WORDS MOST_PIXELS       ASCII written all over: JPEG, PDF of PDF

FORMAT is PNG, JPEG, WEBP, GIF, TIFF, PDF or ZIP.
Exit codes: 0 done; 3 not a file of that format; 4 too many pixels, or too much memory; 5 no such
page.
"""

import ctypes
import io
import itertools
import json
import math
import re
import resource
import sys
import warnings
import zipfile

from PIL import Image, ImageDraw, ImageFont, ImageOps

_MEMORY = 1024 * 1024 * 1024
_SECONDS = 15
_OUTPUT = 16 * 1024 * 1024
_NEW_NETWORK = 0x40000000  # CLONE_NEWNET, unshare(2)
_BROKEN, _TOO_MANY, _NO_PAGE = 3, 4, 5
_SIDE, _KEPT = 64, 16
_HALFWAY = 512
_LEAST_SIDE = 5
_MOST_DPI = 100_000
_LOCKED = 1  # APPNOTE 4.4.4, bit 0: the entry is encrypted
_ENDING = re.compile(r"\.([a-z][a-z0-9]{0,9})$")
_MOST_ENDINGS = 200
_MARKED_SIDE = 2000
_MARKED_PAGES = 30
_POINTS = 72
_MOST_POINTS = 1_000_000.0


def confine() -> None:
    """Give up what a decoder does not need; it cannot be taken back."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_OUTPUT, _OUTPUT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        # Only root and user namespaces may; an ordinary user's failure changes nothing.
        ctypes.CDLL(None).unshare(_NEW_NETWORK)
    resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def opened(data: bytes, kind: str, most_pixels: int) -> Image.Image:
    """The picture behind its header; DecompressionBombError when it has too many pixels."""
    Image.MAX_IMAGE_PIXELS = most_pixels
    found = Image.open(io.BytesIO(data), formats=[kind])
    width, height = found.size
    if width * height > most_pixels:
        raise Image.DecompressionBombError
    return found


class NoSuchPageError(Exception):
    """The file has fewer pages, or frames."""


def preview(data: bytes, kind: str, longest: int, page: int, most_pixels: int) -> bytes:
    """The small picture; of a PDF a page, of a picture with several frames one of them."""
    if kind == "PDF":
        small = page_of(data, longest, page)
    else:
        with opened(data, kind, most_pixels) as picture:
            if page > 1:
                turn_to(picture, page, most_pixels)
            picture.draft("RGB", (longest, longest))
            small = ImageOps.exif_transpose(picture)
            small = small.convert("RGBA" if small.has_transparency_data else "RGB")
    small.thumbnail((longest, longest))
    plain = Image.new(small.mode, small.size)
    plain.paste(small)
    out = io.BytesIO()
    plain.save(out, "WEBP", quality=80)
    return out.getvalue()


def turn_to(picture: Image.Image, page: int, most_pixels: int) -> None:
    """Go to a frame, which has limits of its own."""
    try:
        picture.seek(page - 1)
    except EOFError as error:
        raise NoSuchPageError from error
    width, height = picture.size
    if width * height > most_pixels:
        raise Image.DecompressionBombError


def page_of(data: bytes, longest: int, page: int) -> Image.Image:
    """A page of a PDF, its longest side `longest`. Scripts do not run: there is no engine for them.
    Raises ValueError when it is none that can be drawn.
    """
    import pypdfium2  # noqa: PLC0415 - as in `pages`

    try:
        document = pypdfium2.PdfDocument(data)
        if page > len(document):
            raise NoSuchPageError
        shown = document[page - 1]
        width, height = shown.get_size()
        if not (0 < width < _MOST_POINTS and 0 < height < _MOST_POINTS):
            raise ValueError
        drawn = shown.render(scale=longest / max(width, height), may_draw_forms=False)
        picture: Image.Image = drawn.to_pil().convert("RGB")
    except pypdfium2.PdfiumError as error:
        raise ValueError from error
    return picture


def facts(data: bytes, kind: str, most_pixels: int) -> dict[str, object]:
    """Size in pixels, resolution where the file says one, likeness; of a PDF the pages, of a ZIP
    the endings.
    """
    if kind == "PDF":
        return {"pages": pages(data)}
    if kind == "ZIP":
        return {"endings": endings(data)}
    with opened(data, kind, most_pixels) as picture:
        width, height = picture.size
        dpi = resolution(picture)
        picture.draft("L", (_HALFWAY, _HALFWAY))
        grey = ImageOps.exif_transpose(picture)
        if grey.has_transparency_data:
            grey = grey.convert("RGBA")
            white = Image.new("RGBA", grey.size, "white")
            white.alpha_composite(grey)
            grey = white
        grey = grey.convert("L")
    bits, quality = likeness(grey)
    return {"width": width, "height": height, "dpi": dpi, "likeness": bits, "quality": quality}


def pages(data: bytes) -> int:
    """How many pages a PDF has. Raises ValueError when it is none that can be read."""
    import pypdfium2  # noqa: PLC0415 - loaded by `main` before it is confined, for PDFs only

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise ValueError from error
    return len(document)


def endings(data: bytes) -> list[str]:
    """What the names of an archive's files end in, those aside that need a password. Raises
    ValueError when it is no archive.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [each.filename for each in archive.infolist() if not each.flag_bits & _LOCKED]
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise ValueError from error
    found = {_ENDING.search(name.lower()) for name in names}
    return sorted({each[1] for each in found if each is not None})[:_MOST_ENDINGS]


def ends(data: bytes, half: int) -> bytes:
    """A PDF of the first and the last `half` pages. Raises ValueError when there are none."""
    import pypdfium2  # noqa: PLC0415 - as in `pages`

    try:
        source = pypdfium2.PdfDocument(data)
        count = len(source)
        made = pypdfium2.PdfDocument.new()
        kept = range(count) if count <= 2 * half else [*range(half), *range(count - half, count)]
        made.import_pages(source, list(kept))
        out = io.BytesIO()
        made.save(out)
    except pypdfium2.PdfiumError as error:
        raise ValueError from error
    return out.getvalue()


def marked(data: bytes, kind: str, words: str, most_pixels: int) -> bytes:
    """What may be looked at, and by whom it was, in one picture that cannot be told apart again.

    A PDF is drawn page by page, so that nothing of it but what is seen passes.
    """
    out = io.BytesIO()
    if kind == "PDF":
        first, *more = [_written_over(page, words) for page in _drawn(data)]
        first.save(out, "PDF", save_all=True, append_images=more, resolution=150)
        return out.getvalue()
    with opened(data, kind, most_pixels) as picture:
        picture.draft("RGB", (_MARKED_SIDE, _MARKED_SIDE))
        plain = ImageOps.exif_transpose(picture).convert("RGBA")
    white = Image.new("RGBA", plain.size, "white")
    white.alpha_composite(plain)
    _written_over(white.convert("RGB"), words).save(out, "JPEG", quality=85)
    return out.getvalue()


def _drawn(data: bytes) -> list[Image.Image]:
    """The pages of a PDF as pictures. Raises ValueError when there are none, MemoryError when there
    are more than anybody's papers have.
    """
    import pypdfium2  # noqa: PLC0415 - as in `pages`

    try:
        document = pypdfium2.PdfDocument(data)
        if len(document) > _MARKED_PAGES:
            raise MemoryError
        found = []
        for page in document:
            longest = max(*page.get_size(), 1)
            scale = min(_MARKED_SIDE / longest, 2 * _MARKED_SIDE / (12 * _POINTS))
            found.append(page.render(scale=scale).to_pil().convert("RGB"))
    except pypdfium2.PdfiumError as error:
        raise ValueError from error
    if not found:
        raise ValueError
    return found


def _written_over(picture: Image.Image, words: str) -> Image.Image:
    """The words again and again, light with a dark edge, so that they show on any ground."""
    picture.thumbnail((_MARKED_SIDE, _MARKED_SIDE))
    width, height = picture.size
    size = max(10, min(width, height) // 24)
    font = ImageFont.load_default(size)
    sheet = Image.new("RGBA", picture.size)
    pen = ImageDraw.Draw(sheet)
    wide = max(1, round(pen.textlength(words + "   ", font=font)))
    for row, top in enumerate(range(0, height, 4 * size)):
        for left in range(-(row % 2) * wide // 2, width, wide):
            pen.text((left, top), words, font=font, fill=(255, 255, 255, 150), stroke_width=1,
                     stroke_fill=(120, 0, 0, 150))  # fmt: skip
    over = picture.convert("RGBA")
    over.alpha_composite(sheet)
    return over.convert("RGB")


def resolution(picture: Image.Image) -> int | None:
    """Dots an inch, the smaller of both directions; None where the file does not say."""
    said = picture.info.get("dpi") or ()
    try:
        found = round(min(float(each) for each in said))
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return found if 1 < found <= _MOST_DPI else None


def likeness(grey: Image.Image) -> tuple[str | None, int]:
    """The PDQ hash (Meta, 2019) as 256 binary digits, and its quality from 0 to 100.

    A tent filter down to 64 × 64, the 16 × 16 lowest cosine frequencies but the constant ones, and
    for each whether it is above their median. The filter is Pillow's, so that single bits may
    differ from other implementations; only our own hashes are compared.
    """
    if min(grey.size) < _LEAST_SIDE:
        return None, 0
    grey.thumbnail((_HALFWAY, _HALFWAY))
    small = grey.convert("F").resize((_SIDE, _SIDE), Image.Resampling.BILINEAR)
    flat = [float(each) for each in small.get_flattened_data()]  # type: ignore[arg-type]  # mode F
    rows = [flat[_SIDE * at : _SIDE * (at + 1)] for at in range(_SIDE)]
    scale = math.sqrt(2 / _SIDE)
    waves = [
        [scale * math.cos(math.pi / 2 / _SIDE * (i + 1) * (2 * j + 1)) for j in range(_SIDE)]
        for i in range(_KEPT)
    ]
    columns = list(zip(*rows, strict=True))
    half = [[_sum(wave, column) for column in columns] for wave in waves]
    whole = [_sum(wave, line) for line in half for wave in waves]
    ordered = sorted(whole)
    median = ordered[(len(ordered) - 1) // 2]
    return "".join("1" if each > median else "0" for each in whole), _quality(rows)


def _sum(one: list[float], other: tuple[float, ...] | list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _quality(rows: list[list[float]]) -> int:
    """How much there is to see: the sum of gradients that an eye would notice."""
    beside = (abs(a - b) for row in rows for a, b in itertools.pairwise(row))
    below = (
        abs(a - b)
        for upper, lower in itertools.pairwise(rows)
        for a, b in zip(upper, lower, strict=True)
    )
    total = sum(int(each * 100 / 255) for steps in (beside, below) for each in steps)
    return min(100, total // 90)


def main() -> int:
    """Read, draw, look or cut, write; say by the exit code what was wrong."""
    act, kind, *words = sys.argv[1:]
    if kind == "PDF":
        import pypdfium2  # noqa: PLC0415 - opens its library: only for PDFs, and before `confine`

        assert pypdfium2  # noqa: S101 - it is loaded
    Image.init()
    confine()
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    data = sys.stdin.buffer.read()
    try:
        if act == "draw":
            made = preview(data, kind, int(words[0]), int(words[1]), int(words[2]))
        elif act == "ends":
            made = ends(data, int(words[0]))
        elif act == "mark":
            made = marked(data, kind, words[0], int(words[1]))
        else:
            made = json.dumps(facts(data, kind, int(words[0]))).encode()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        return _TOO_MANY
    except NoSuchPageError:
        return _NO_PAGE
    except (OSError, ValueError, SyntaxError, EOFError):
        return _BROKEN
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())

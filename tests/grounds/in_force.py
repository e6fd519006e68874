"""An invented office that an operator runs for real: its rules, its key, its seal."""

from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw

from core import pki
from tests.grounds import own
from tests.registry.offices import LAKE

NAME, KEY = "湖畔版权所", "lake"

REAL = (
    LAKE.replace('how = ["upload"]\nproves = ["form"', 'how = ["online"]\nproves = ["form"')
    .replace('order = "parallel"', 'order = "paper"')
    .replace("submits_itself = true", "submits_itself = false")
    .replace(LAKE[LAKE.index("[fees]") : LAKE.index("[[stages]]")], '[fees]\ndue = "never"\n\n')
    .replace("width = 6\n", 'width = 6\nattested = ["P", "Z"]\n')
    .replace('seal = "湖"', 'seal = "作品自愿登记专用章"')
)
"""Every figure confirmed; nothing is paid, and papers are filled in on line."""


def seal(text: str = "湖", wide: int = 400) -> bytes:
    """A red ring with a word in it: nobody's seal."""
    image = Image.new("RGBA", (wide, wide), (255, 255, 255, 0))
    draw = ImageDraw.Draw(image)
    draw.ellipse((10, 10, wide - 10, wide - 10), outline=(190, 30, 30, 255), width=10)
    draw.text(
        (wide // 2 - 20, wide // 2 - 20),
        text.encode("unicode_escape").decode(),
        fill=(190, 30, 30, 255),
    )
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def write_rules(folder: Path, text: str = REAL) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{KEY}.toml").write_text(text)


def write_key(keys: Path, identity: pki.Identity | None = None) -> pki.Identity:
    """The office's signing key, named after it."""
    made = identity or own.document_signer(name="Lakeside Office signing")
    folder = keys / "offices" / KEY
    folder.mkdir(parents=True, exist_ok=True)
    pki.save(made, folder / "issuer")
    return made


def write_seal(keys: Path, data: bytes | None = None) -> None:
    folder = keys / "offices" / KEY
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "seal.png").write_bytes(data or seal())

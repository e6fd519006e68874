"""What is accepted at the door is what the layout can draw."""

import sys
from pathlib import Path

import pytest

from certs.coverage import Coverage
from certs.glyphs import roles
from core.errors import Misconfigured

pytestmark = pytest.mark.unit

FONTS = Path(__file__).parents[2] / "certs" / "fonts"


@pytest.mark.parametrize("path", sorted(FONTS.glob("*.ttf")), ids=lambda path: path.stem)
def test_a_font_file_says_of_every_character_what_its_loaded_font_says(path: Path) -> None:
    faces = {face.name: face for face in (*roles().text.faces, *roles().mono.faces)}
    coverage, face = Coverage(path), faces[path.stem]
    everything = map(chr, range(sys.maxunicode + 1))
    differing = [f"U+{ord(c):04X}" for c in everything if coverage.has(c) != face.has(c)]
    assert not differing


@pytest.mark.parametrize("content", [b"", b"\0", b"\0\1\0\0" + bytes(40), b"no font at all" * 9])
def test_what_is_no_font_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.ttf").write_bytes(content)
    with pytest.raises(Misconfigured, match=r"a\.ttf"):
        Coverage(tmp_path / "a.ttf")

"""Real inputs for tests: files that published packages carry, copied under plain names.

Nothing is drawn for the purpose: a photograph and PDFs from matplotlib, pictures and sound from
pygame (both are development dependencies).
"""

import importlib.util
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Samples:
    photo: Path
    picture: Path
    drawing: Path
    sound: Path
    music: Path
    text: Path


def package_folder(name: str) -> Path:
    """Where a package lies, without importing it."""
    found = importlib.util.find_spec(name)
    assert found is not None, f"{name} is missing: install requirements/dev.txt"
    assert found.origin is not None
    return Path(found.origin).parent


def samples_folder(folder: Path) -> Samples:
    plots, games = package_folder("matplotlib") / "mpl-data", package_folder("pygame") / "examples"

    def copy(source: Path, name: str) -> Path:
        return Path(shutil.copy(source, folder / name))

    return Samples(
        photo=copy(plots / "sample_data" / "grace_hopper.jpg", "photo.jpg"),
        picture=copy(plots / "sample_data" / "Minduka_Present_Blue_Pack.png", "picture.png"),
        drawing=copy(plots / "images" / "matplotlib.pdf", "drawing.pdf"),
        sound=copy(games / "data" / "boom.wav", "sound.wav"),
        music=copy(games / "data" / "house_lo.mp3", "music.mp3"),
        text=copy(plots / "matplotlibrc", "text.txt"),
    )

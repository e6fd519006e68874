"""The profiles that ship: one TOML file for each office, and nothing else."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from core.errors import NotFound
from registry.profile import Profile, parse_profile


def get(key: str) -> Profile:
    """Raises NotFound, naming the offices there are."""
    if key not in shipped():
        known = ", ".join(shipped())
        raise NotFound(f"没有此登记机构,可选 / no such office; there are: {known}", field="office")
    return shipped()[key]


@cache
def shipped() -> Mapping[str, Profile]:
    """Every shipped profile by its key, which is its file's name.

    Raises:
        InvalidProfile: a file was changed for the worse.
    """
    found = {}
    for file in sorted(files(__package__ or "").iterdir(), key=lambda each: each.name):
        if file.name.endswith(".toml"):
            profile = parse_profile(file.read_text(encoding="utf-8"), file.name)
            found[profile.key] = profile
    return found

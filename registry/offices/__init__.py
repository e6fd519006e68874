"""Profiles of offices: those that ship here, and an operator's own. One TOML file for each."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

from core.errors import Misconfigured, NotFound
from registry.profile import Profile, parse_profile
from registry.profile_numbering import SoftwareNumbering


def get(key: str, known: Mapping[str, Profile] | None = None) -> Profile:
    """The profile of an office among `known`, by default those that ship.

    Raises:
        NotFound: naming the offices there are.
    """
    offices = shipped() if known is None else known
    require(key, offices)
    return offices[key]


def require(key: str, known: Iterable[str]) -> None:
    """Refuse the key of an office that is not among `known`.

    Raises:
        NotFound: naming the offices there are.
    """
    names = list(known)
    if key not in names:
        listed = ", ".join(names)
        raise NotFound(f"没有此登记机构,可选 / no such office; there are: {listed}", field="office")


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


def with_own(folder: Path | None) -> Mapping[str, Profile]:
    """The shipped profiles and those in an operator's folder; of one key, the operator's counts.

    Raises:
        InvalidProfile: with every problem of a file.
        Misconfigured: the folder or a file of it cannot be read, a file is named otherwise than
            its key, or two offices would issue the same numbers.
    """
    found = dict(shipped())
    if folder is None:
        return found
    try:
        texts = {path: path.read_text(encoding="utf-8-sig") for path in sorted(folder.iterdir())
                 if path.suffix == ".toml"}  # fmt: skip
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(
            f"机构规则目录无法读取 / the folder of offices cannot be read: {type(error).__name__}",
            field="YINJI_OFFICES",
        ) from error
    for path, text in texts.items():
        profile = parse_profile(text, path.name)
        if profile.key != path.stem:
            raise Misconfigured(
                f"文件名须与 key 一致 / name the file as its key: {profile.key}.toml",
                field="YINJI_OFFICES",
            )
        found[profile.key] = profile
    require_own_numbers(found.values())
    return found


def require_own_numbers(profiles: Iterable[Profile]) -> None:
    """Refuse two offices whose numbers could be the same: same prefix, infix of software, or prefix
    of its certificates.

    Raises:
        Misconfigured: naming both.
    """
    numbering: dict[str, Profile] = {}
    for profile in profiles:
        rules = profile.numbering
        software = rules.software or SoftwareNumbering()
        own = "" if software.certificate is None else software.certificate.prefix
        for form, name, key in (
            ("work", rules.prefix, "prefix"), ("software", software.infix, "software.infix"),
            ("software", own, "software.certificate.prefix"),
        ):  # fmt: skip
            if form not in profile.forms or not name:
                continue
            other = numbering.setdefault(name, profile)
            if other is not profile:
                raise Misconfigured(
                    f"{other.key} 与 {profile.key} 的登记号相同 ({name}),请更改其一的 "
                    f"numbering.{key} / {other.key} and {profile.key} would issue the same "
                    f"numbers: change numbering.{key} of one (to replace an office that ships, "
                    "name the file as its key)",
                    field="YINJI_OFFICES",
                )

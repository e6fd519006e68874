"""I6: the rules that each matter is judged by, as they were kept, and what they say.

Where an edition is gone or cannot be read it is named once; what would be compared with it is set
apart, and everything else is checked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.fsck.findings import Findings
from registry.force import OfficeAct
from registry.models import Matter, OfficeEdition
from registry.profile import Profile, stored_profile
from registry.profile_reading import InvalidProfile

APART: Final = "comparisons with rules that are gone or cannot be read"


@dataclass(frozen=True)
class Kept:
    """What was kept of offices' rules."""

    profiles: Mapping[bytes, Profile]
    """By edition, all that can be read."""
    lost: Mapping[bytes, str]
    """Editions that matters began under, or offices were put in force with, and that are gone or
    cannot be read; with what is told of each."""
    blind: frozenset[str]
    """Offices of which an edition is lost."""


def kept(session: Session) -> Kept:
    """Every edition there is, and every one there has to be."""
    profiles: dict[bytes, Profile] = {}
    lost: dict[bytes, str] = {}
    blind = set()
    rows = {row.digest: row for row in session.scalars(select(OfficeEdition))}
    for digest, row in rows.items():
        read = _read(row.text, row.office)
        if isinstance(read, Profile):
            profiles[digest] = read
        else:
            lost[digest] = f"the rules of {row.office} cannot be read: {read}"
            blind.add(row.office)
    named: dict[bytes | None, str] = {
        **dict(session.execute(select(Matter.edition, Matter.office).distinct()).all()),
        **dict(session.execute(select(OfficeAct.edition, OfficeAct.office)).all()),
    }
    for edition, office in named.items():
        if edition is not None and edition not in rows:
            lost[edition] = f"the rules of {office} are gone"
            blind.add(office)
    return Kept(profiles, lost, frozenset(blind))


@lru_cache(maxsize=256)
def _read(text: str, office: str) -> Profile | str:
    """The profile, or why there is none. Reading an office's rules takes a while."""
    try:
        return stored_profile(text, office)
    except InvalidProfile as error:
        return error.message


def check_editions(session: Session, found: Findings) -> None:
    """I6: whatever edition a matter or an act names is there, and can be read."""
    rules = kept(session)
    for digest in {*rules.profiles, *rules.lost}:
        said = rules.lost.get(digest, "")
        found.look("I6", holds=not said, subject=digest.hex(), detail=said)

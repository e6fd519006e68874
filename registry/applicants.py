"""Whose applications an office takes at all, by what the applicant's account is."""

from typing import Final

from core.errors import NotAllowed
from registry.profile import Profile
from registry.profile_words import ACCOUNTS

_UNITS: Final = frozenset({"enterprise", "organisation"})


def named(kind: str | None) -> str:
    """How rules call an account of this kind; one that has not said what it is, an individual."""
    return "organisation" if kind in _UNITS else kind or "individual"


def require_taken(profile: Profile, kind: str | None) -> None:
    """Whether the office takes what an account of this kind applies for, itself or by an agent.

    Raises:
        NotAllowed: naming the kinds of account that may, and what to do.
    """
    if named(kind) in profile.filing.accounts:
        return
    taken = [ACCOUNTS[each] for each in profile.filing.accounts]
    raise NotAllowed(
        f"本机构只受理以下账号的申请:{'、'.join(each.zh for each in taken)};请以此类账号申请,或"
        "选择其他机构 / this office takes applications of these accounts only: "
        f"{', '.join(each.en for each in taken)}; apply from such an account, or choose another "
        "office",
        field="office",
    )

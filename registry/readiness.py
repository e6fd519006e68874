"""What keeps an office's rules from being put in force: figures and names that are nobody's word.

Pure: a profile, its picture of a seal, and the names of authorities go in; faults come out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from registry.confirming import unconfirmed
from registry.profile import Profile
from registry.tables import areas

_AUTHORITIES: Final = (
    "局", "厅", "署", "委员会", "人民政府", "国务院", "法院", "公证处", "协会", "中心",
    "中华人民共和国",
    "bureau", "administration", "ministry", "court", "republic",
)  # fmt: skip
"""Words in the name of whoever seals; beside the office's own name none of them belongs there."""


@dataclass(frozen=True)
class Fault:
    """`field` says where it is to be mended, `said` what is wrong and how."""

    field: str
    said: str


def profile_faults(profile: Profile, shipped: Mapping[str, Profile]) -> tuple[Fault, ...]:
    """Everything in the rules that keeps them a sample."""
    found = []
    if profile.digest in {each.digest for each in shipped.values()}:
        found.append(
            Fault(
                "profile",
                "随软件附带的规则只供试用,请在 YINJI_OFFICES 放入贵机构自己的文件 / rules that "
                "ship with the software are for trial: put the office's own into YINJI_OFFICES",
            )
        )
    if keys := ", ".join(unconfirmed(profile)):
        found.append(
            Fault(
                "profile",
                "尚未确认,须注明依据 / examples that nobody confirmed: give each its source: "
                f"{keys}",
            )
        )
    others = [each.name.zh for each in shipped.values() if each.name != profile.name]
    seals = {"certificate.seal": profile.certificate.seal}
    if profile.certificate.software is not None:
        seals["certificate.software.seal"] = profile.certificate.software.seal
    for key, seal in seals.items():
        if word := names_another(seal, profile, others):
            said = f"印文中有其他机构名称 / the seal's text names another authority: {word}"
            found.append(Fault(key, said))
    return tuple(found)


def names_another(text: str, profile: Profile, others: Iterable[str]) -> str | None:
    """What in a seal's text names somebody other than the office; None when nothing does."""
    rest = text.casefold()
    for own in (profile.name.zh, profile.name.en):
        rest = rest.replace(own.casefold(), " ")
    places = (each.name.zh.rstrip("省市") for each in areas().values() if each.code != profile.area)
    known = (*others, *places, *_AUTHORITIES)
    return next((word for word in known if word.casefold() in rest), None)


def names_office(names: Iterable[str], profile: Profile) -> bool:
    """Whether a certificate's subject is the office, by its Chinese or its English name."""
    own = (profile.name.zh.casefold(), profile.name.en.casefold())
    return any(each in name.casefold() for name in names for each in own)

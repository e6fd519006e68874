"""What a form still lacks before it can be submitted: every gap, with field and remedy.

Required are the fields the public form marks so. Impossible dates are refused here (nothing is
completed or published in the future); unlikely ones only earn a warning (`registry.plausibility`).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from accounts.areas import areas
from accounts.identifiers import is_email, is_mobile, is_telephone
from core.errors import InvalidInput
from registry.choices import RIGHTS_OF_SOFTWARE
from registry.form import Contact, DeliveryWish, Form, Kept, Owner, Place, Software
from registry.form_needs import ALWAYS, SOMETIMES
from registry.words import Words

_COUNTRY: Final = re.compile("[A-Z]{2}")
_AS_ISO: Final = Words(
    "须为两位大写国家代码,如 CN", "two capitals as ISO 3166 has them, such as CN"
)
_MISSING: Final = Words("必填,请补充", "is required: fill it in")
_REACHED: Final = {
    "mobile": Words(
        "须为手机号,境外号码加国家码", "a mobile number, from abroad with its country code"
    ),
    "telephone": Words(
        "须为带区号的固定电话或手机号,如 010-62345678",
        "a landline with its area code, such as 010-62345678, or a mobile number",
    ),
    "email": Words("须为邮箱地址,请核对", "an e-mail address: check for typing errors"),
}
_FITS: Final[Mapping[str, Callable[[str], bool]]] = {
    "mobile": is_mobile, "telephone": is_telephone, "email": is_email,
}  # fmt: skip


@dataclass(frozen=True)
class Gap:
    """Something to be filled in or mended. `field` is the path in the form."""

    field: str
    remedy: Words


def gaps(form: Form, today: date) -> tuple[Gap, ...]:
    """Everything that keeps the form from being submitted. `today` is the day at the office."""
    return (
        *_needed(form, "", ""),
        *_conditional(form),
        *_parties(form),
        *_days(form, today),
    )


def require_whole(form: Form, today: date) -> None:
    """Raises InvalidInput for the first gap, naming its field and remedy."""
    for gap in gaps(form, today):
        raise InvalidInput(f"{gap.field} {gap.remedy}", field=gap.field)


def _absent(block: object, path: str, names: tuple[str, ...]) -> Iterator[Gap]:
    for name in names:
        if getattr(block, name) in (None, ()):
            yield Gap(f"{path}.{name}" if path else name, _MISSING)


def _needed(block: object, path: str, kind: str) -> Iterator[Gap]:
    """What a block lacks by `registry.form_needs`; `kind` is its name there."""
    yield from _absent(block, path, ALWAYS.get(kind, ()))
    for each in SOMETIMES.get(kind, ()):
        if each.holds(getattr(block, each.by)):
            yield from _absent(block, path, each.names)


def _conditional(form: Form) -> Iterator[Gap]:
    if form.kept is not None:
        yield from _kept(form.kept)
    yield from _place(form.completion_place, "completion_place")
    yield from _publication(form)
    if form.machine_help is not None:
        yield from _needed(form.machine_help, "machine_help", "machine_help")
    if form.form == "software" and form.software is not None:
        yield from _needed(form.software, "software", "software")
        yield from _bars(form.software)
    if form.form == "software":
        yield from _rights_of_software(form)
    if (form.category == "software") != (form.form == "software") and form.category:
        yield Gap("form", Words("软件须填软件表", "software has a form of its own: choose it"))


def _rights_of_software(form: Form) -> Iterator[Gap]:
    """Here, and not where a form is read: forms that were submitted with others stay readable."""
    for at, right in enumerate(form.held_rights):
        if right not in RIGHTS_OF_SOFTWARE:
            names = "、".join(each.zh for each in RIGHTS_OF_SOFTWARE.values())
            keys = ", ".join(RIGHTS_OF_SOFTWARE)
            said = Words(
                f"软件没有这项权利,可选:{names}", f"no right of software: choose of {keys}"
            )
            yield Gap(f"held_rights[{at}]", said)


def _bars(software: Software) -> Iterator[Gap]:
    if software.deposit == "bars":
        for at, bar in enumerate(software.bars):
            yield from _needed(bar, f"software.bars[{at}]", "software.bars")
    elif software.bars:
        said = Words("一般交存不涂黑,请清空", "a normal deposit covers nothing: leave it empty")
        yield Gap("software.bars", said)


def _kept(kept: Kept) -> Iterator[Gap]:
    if kept.electronic is None and kept.paper is None:
        yield Gap("kept.electronic", Words("样本至少一种介质", "choose at least one carrier"))
    yield from _needed(kept, "kept", "kept")


def _publication(form: Form) -> Iterator[Gap]:
    if form.published:
        yield from _place(form.first_published_place, "first_published_place")
    elif form.published is False:
        for name in ("first_published_on", "first_published_place"):
            if getattr(form, name) is not None:
                yield Gap(name, Words("未发表的,请清空", "unpublished: leave it empty"))


def _place(place: Place | None, path: str) -> Iterator[Gap]:
    if place is not None:
        yield from _needed(place, path, path)
        yield from _known(place, path)


def _known(place: Place, path: str) -> Iterator[Gap]:
    """What is filled in of a place can be one."""
    if place.country is not None and not _COUNTRY.fullmatch(place.country):
        yield Gap(f"{path}.country", _AS_ISO)
    if place.country == "CN" and place.province is not None and place.province not in areas():
        said = "须为行政区划代码,如 330000"
        yield Gap(f"{path}.province", Words(said, "a code of GB/T 2260, such as 330000"))


def _parties(form: Form) -> Iterator[Gap]:
    for at, owner in enumerate(form.owners):
        yield from _owner(owner, f"owners[{at}]")
    for at, author in enumerate(form.authors):
        path = f"authors[{at}]"
        yield from _needed(author, path, "authors")
    if form.applicant is not None:
        yield from _needed(form.applicant, "applicant", "applicant")
        yield from _reachable(form.applicant, "applicant")
    if form.agent is not None and form.filed_by == "agent":
        yield from _needed(form.agent, "agent", "agent")
        yield from _reachable(form.agent, "agent")
    for said, path in ((form.handler, "handler"), (form.delivery, "delivery")):
        if said is not None:
            yield from _reachable(said, path)
    if form.agent is not None and form.filed_by == "owner":
        yield Gap("agent", Words("本人办理不填代理人,请清空", "the owner files: leave it empty"))


def _owner(owner: Owner, path: str) -> Iterator[Gap]:
    yield from _needed(owner, path, "owners")
    if owner.nationality is not None and not _COUNTRY.fullmatch(owner.nationality):
        yield Gap(f"{path}.nationality", _AS_ISO)
    if owner.place is not None:
        yield from _known(owner.place, f"{path}.place")
        if owner.nationality == "CN":
            yield from _absent(owner.place, f"{path}.place", ("province",))


def _reachable(contact: Contact | DeliveryWish, path: str) -> Iterator[Gap]:
    """The office writes and telephones there: it must be possible."""
    for name, remedy in _REACHED.items():
        given = getattr(contact, name, None)
        if given is not None and not _FITS[name](given):
            yield Gap(f"{path}.{name}", remedy)


def _days(form: Form, today: date) -> Iterator[Gap]:
    for name in ("completion_date", "first_published_on"):
        value = getattr(form, name)
        if value is not None and date.fromisoformat(value) > today:
            yield Gap(name, Words("不能晚于今天,请更正", "lies in the future: correct the date"))

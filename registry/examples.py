"""Worked examples and blank papers of an office, as cases to be composed. Pure.

One invented work serves every office; what differs by office (its name, area, agencies, which
papers it asks for, its wording of them) comes from the profile.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from accounts.areas import areas
from certs.paper import Mark
from core.errors import NotFound
from registry.form import Form, parse
from registry.paper_case import Case
from registry.paper_kinds import FORM, kind_of
from registry.profile import Profile
from registry.tables import read

_MADE: Final = datetime(2026, 3, 2, tzinfo=UTC)
"""The time such papers carry: when the example was written."""


def example_case(profile: Profile, code: str) -> Case:
    """The example for one document of an office.

    Raises:
        NotFound: no such document, or the office shows no example of it.
    """
    kind = _drawn(profile, code)
    if not profile.documents[code].example:
        raise NotFound("此材料没有填写示例 / there is no worked example of this", field="document")
    told = read_examples()
    form = {**told["form"], **told["kinds"].get(kind, {}).get("form", {})}
    place = _place(profile)
    elsewhere = told["kinds"].get(kind, {}).get("elsewhere", False)
    home = _place(profile, elsewhere=True) if elsewhere else place
    form["owners"] = [{**owner, "place": home} for owner in form["owners"]]
    form["completion_place"] = form["first_published_place"] = place
    if form["category"] not in profile.categories:
        form["category"] = profile.categories[0]
    return Case(
        profile=profile,
        form=parse(form),
        opened_at=_MADE,
        answers={
            each: told["answers"].get(of, "") for each, of in _shown_with(profile, code, kind)
        },
        agency=next(iter(profile.agencies or {}), None),
        mark="example",
    )


def blank_case(profile: Profile, code: str, mark: Mark) -> Case:
    """A paper with nothing filled in, to print, fill in and sign by hand.

    Raises:
        NotFound: no such document, or it is none that is drawn here.
    """
    _drawn(profile, code)
    return Case(profile=profile, form=Form(), opened_at=_MADE, mark=mark)


def _shown_with(profile: Profile, code: str, kind: str) -> Iterator[tuple[str, str]]:
    """A document and its kind; with a form that is printed, all that is filled in on line."""
    yield code, kind
    if kind != FORM:
        return
    for each, document in profile.documents.items():
        of = kind_of(each, document)
        if of is not None and of != FORM and "online" in document.how:
            yield each, of


@cache
def read_examples() -> Mapping[str, Any]:
    """The table as it stands in its file."""
    return read("examples.toml")


def _drawn(profile: Profile, code: str) -> str:
    document = profile.documents.get(code)
    kind = None if document is None else kind_of(code, document)
    if kind is None:
        raise NotFound(
            "没有可生成的这种材料 / no document of this code is made here", field="document"
        )
    return kind


def _place(profile: Profile, *, elsewhere: bool = False) -> Mapping[str, str]:
    """Somewhere in the office's area, or outside of it; a national office has the whole country."""
    code = next(
        each
        for each in areas()
        if each.endswith("0000") and (profile.area in {each, "national"}) != elsewhere
    )
    return {"country": "CN", "province": code, "city": areas()[code]}

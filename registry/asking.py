"""From a form, even an unfinished one, to the documents its applicant will be asked for."""

from registry.form import Form, Owner
from registry.rules import Asked, Facts, OfficeRules, required_documents


def facts_of(form: Form, area: str) -> tuple[Facts, ...]:
    """What the form says, once for each kind of owner; an empty form is the simplest case.

    `area` is the office's: a GB/T 2260 code, or `national`.
    """
    by_name = {each.name for each in form.authors}
    found = []
    for owner in form.owners or (Owner(),):
        facts = Facts(
            form=form.form,
            category=form.category or "fine_art",
            ownership=form.ownership or "individual",
            nature=form.nature or "original",
            acquisition=form.acquisition or "original",
            applicant=("individual" if owner.kind in {None, "natural_person"} else "organisation"),
            residence=_residence(owner, area),
            represented=form.filed_by == "agent",
            minor=any(each.minor for each in form.owners)
            or any(each.minor for each in form.authors),
            published=bool(form.published),
            employed=_employed(form),
            author_is_owner=not by_name or owner.name is None or owner.name in by_name,
        )
        if facts not in found:
            found.append(facts)
    return tuple(found)


def documents_for(rules: OfficeRules, form: Form, area: str) -> tuple[Asked, ...]:
    """Each document once, required when it is for any of the owners; required ones first."""
    asked: dict[str, Asked] = {}
    for facts in facts_of(form, area):
        for each in required_documents(rules, facts):
            asked.setdefault(each.code, each)
    return tuple(sorted(asked.values(), key=lambda each: each.needed != "required"))


def _residence(owner: Owner, area: str) -> str:
    """Where the owner is, seen from the office; inside as long as nobody has said otherwise."""
    place = owner.place
    if place is None or (place.country is None and place.province is None):
        return "inside"
    if place.province == "abroad" or place.country not in {None, "CN"}:
        return "abroad"
    if area == "national" or place.province is None or place.province[:2] == area[:2]:
        return "inside"
    return "outside"


def _employed(form: Form) -> bool | None:
    known = {each.employed for each in form.authors}
    return True if True in known else (False if known == {False} else None)

"""From a form, even an unfinished one, to the documents its applicant will be asked for, and which
of them have to be brought.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from registry.conflicts import folded
from registry.form import Form, Owner
from registry.paper_kinds import comes_by_itself
from registry.paper_words import spoken
from registry.profile_parts import Document
from registry.rules import Asked, Facts, OfficeRules, applies, required_documents
from registry.words import Words

Lacking = Mapping[int, frozenset[str]]
"""Owners, by their places in the form, whose papers of identity are not on file, each with the
kinds that lack; empty: nothing is known of that owner.
"""
ON_FILE = Words(
    "经认证的申请人、人员档案中证件齐全有效的权利人自动带入;其他著作权人须提交",
    "taken over for the verified applicant and for rights holders with valid papers on file; "
    "brought for every other owner",
)


def facts_of(form: Form, area: str) -> tuple[Facts, ...]:
    """What the form says, once for each kind of owner; an empty form is the simplest case.

    `area` is the office's: a GB/T 2260 code, or `national`.
    """
    return tuple(dict.fromkeys(_of_owner(form, each, area) for each in form.owners or (Owner(),)))


def documents_for(rules: OfficeRules, form: Form, area: str) -> tuple[Asked, ...]:
    """Each document once, required when it is for any of the owners; required ones first."""
    asked: dict[str, Asked] = {}
    for facts in facts_of(form, area):
        for each in required_documents(rules, facts):
            asked.setdefault(each.code, each)
    return tuple(sorted(asked.values(), key=lambda each: each.needed != "required"))


def undecided(rules: OfficeRules, form: Form, area: str) -> str | None:
    """The field on which the required documents still depend: whether the author has an employer.
    Where nobody has said, both of two papers that exclude each other would be asked for.
    """
    if _employed(form) is not None or not form.authors:
        return None
    facts = facts_of(form, area)
    asked = [
        {
            each.code
            for one in facts
            for each in required_documents(rules, replace(one, employed=employed))
        }
        for employed in (True, False)
    ]
    place = next(at for at, each in enumerate(form.authors) if each.employed is None)
    return f"authors[{place}].employed" if asked[0] != asked[1] else None


def lacking_as_said(form: Form) -> Lacking:
    """As far as the form alone says it: owners who are neither applicant nor rights holder."""
    applicant = None if form.applicant is None else form.applicant.name
    return {
        place: frozenset()
        for place, owner in enumerate(form.owners)
        if owner.party is None
        and None not in {applicant, owner.name}
        and folded(owner.name or "") != folded(applicant or "")
    }


def strangers(
    document: Document, form: Form, area: str, lacking: Lacking
) -> Mapping[int, frozenset[str]]:
    """Those of whose identity a document is to be brought: it is about them, and what it stands for
    is not on file; with the kinds that lack.
    """
    if "identity" not in document.proves:
        return {}
    stands_for = frozenset(document.identity_papers)
    return {
        place: kinds
        for place, kinds in lacking.items()
        if applies(document, _of_owner(form, form.owners[place], area))
        and (not stands_for or not kinds or not kinds.isdisjoint(stands_for))
    }


def to_bring(rules: OfficeRules, form: Form, area: str, lacking: Lacking) -> tuple[Asked, ...]:
    """The required documents that do not come by themselves."""
    return tuple(
        asked
        for asked in documents_for(rules, form, area)
        if asked.needed == "required"
        and not comes_by_itself(
            asked.code,
            asked.document,
            known=not strangers(asked.document, form, area, lacking),
        )
    )


EMPLOYED: Final = Words(
    "请说明作者有无任职单位:所需材料因此不同",
    "say whether the author has an employer: other papers are asked for then",
)


def missing(document: Document, form: Form, area: str, lacking: Lacking) -> tuple[Words, Words]:
    """What is said of a document that was not brought, and the remedy."""
    name, why = spoken(document.name, form), spoken(document.why, form)
    of = strangers(document, form, area, lacking)
    if not of:
        return (
            Words(f"缺少{name.zh}", f"{name.en} is missing"),
            Words(f"请补充: {why.zh}", f"add it: {why.en}"),
        )
    who = ", ".join(f"owners[{place}]" for place in of)
    kinds = ", ".join(sorted(frozenset().union(*of.values())))
    return (
        Words(
            f"缺少{name.zh}:{who} 没有有效证件在档",
            f"{name.en} is missing: of {who} no valid papers are on file",
        ),
        Words(
            f"请在人员档案中补齐{kinds or '其证件'}并在表中引用该人员(账号本人则重新认证),"
            "或上传此材料",
            f"put {kinds or 'their papers'} among the rights holders and refer to that party (for "
            "the account itself verify anew), or upload this document",
        ),
    )


def _of_owner(form: Form, owner: Owner, area: str) -> Facts:
    by_name = {each.name for each in form.authors}
    return Facts(
        form=form.form,
        category=form.category or "fine_art",
        ownership=form.ownership or "individual",
        nature=form.nature or "original",
        acquisition=form.acquisition or "original",
        applicant="individual" if is_natural(owner) else "organisation",
        residence=_residence(owner, area),
        represented=form.filed_by == "agent",
        minor=any(each.minor for each in form.owners) or any(each.minor for each in form.authors),
        published=bool(form.published),
        employed=_employed(form),
        author_is_owner=not by_name or owner.name is None or owner.name in by_name,
    )


def is_natural(owner: Owner) -> bool:
    """Whether the form means a human being; so it does while nothing is said."""
    return owner.kind in {None, "natural_person"}


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

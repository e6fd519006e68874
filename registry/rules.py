"""Which documents an application owes, and why: derived before anything is asked.

What is owed follows from the law and the form (`owed`); which paper proves it is the office's
(`Document.proves`, `Document.when`). A profile is only valid when the two meet for every
combination an applicant can declare.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import product
from typing import Final, Literal, Protocol

from registry import choices
from registry.profile_parts import Condition, Document, Filing, Proof, Sample
from registry.words import Words


class OfficeRules(Protocol):
    """The part of a profile that decides about documents."""

    @property
    def forms(self) -> tuple[str, ...]: ...
    @property
    def categories(self) -> tuple[str, ...]: ...
    @property
    def filing(self) -> Filing: ...
    @property
    def documents(self) -> Mapping[str, Document]: ...
    @property
    def samples(self) -> Mapping[str, Sample]: ...


@dataclass(frozen=True)
class Facts:
    """What an applicant has declared so far, as far as it decides about documents.

    `residence` is where the owner lives or has its seat, seen from the office. `employed` is None
    while nobody has said it: then both kinds of proof are named. A work by a minor has `minor`.
    """

    form: str = "work"
    category: str = "fine_art"
    ownership: str = "individual"
    nature: str = "original"
    acquisition: str = "original"
    applicant: str = "individual"
    residence: str = "inside"
    represented: bool = False
    minor: bool = False
    published: bool = False
    employed: bool | None = None
    author_is_owner: bool = True

    def told(self) -> str:
        """The facts in one line, for messages to an operator."""
        return ", ".join(f"{each.name}={getattr(self, each.name)}" for each in fields(self))


@dataclass(frozen=True)
class Asked:
    """One document asked of this applicant.

    `because` explains it: what it is for, then the facts that call for it.
    """

    code: str
    document: Document
    needed: Literal["required", "optional"]
    because: Words


_ALWAYS: Final[tuple[Proof, ...]] = (
    "form",
    "identity",
    "creation",
    "ownership",
    "pledge",
    "sample",
)


def owed(filing: Filing, facts: Facts) -> tuple[Proof, ...]:
    """What the application must prove.

    Always what 作品自愿登记试行办法 art. 8 lists; for a derived work the leave of the original's
    owner; for rights not original how they passed; an agent's authority; what the office asks of
    persons from elsewhere; a guardian for a minor.
    """
    proofs = [*_ALWAYS]
    if facts.nature != "original":
        proofs.append("nature")
    if facts.acquisition != "original":
        proofs.append("acquisition")
    if facts.represented:
        proofs.append("authority")
    from_elsewhere = facts.residence != "inside" and facts.applicant == "individual"
    if from_elsewhere and filing.area_rule == "proof":
        proofs.append("residence")
    if facts.minor:
        proofs.append("guardianship")
    return tuple(proofs)


def required_documents(rules: OfficeRules, facts: Facts) -> tuple[Asked, ...]:
    """Everything this application is asked for, required ones first, in the profile's order."""
    asked = [
        Asked(code, document, document.needed, _because(document, facts))
        for code, document in rules.documents.items()
        if applies(document, facts)
    ]
    return tuple(sorted(asked, key=lambda each: each.needed != "required"))


def missing_proofs(rules: OfficeRules, facts: Facts) -> tuple[Proof, ...]:
    """What is owed and no required document would prove."""
    proven = {
        proof
        for document in rules.documents.values()
        if document.needed == "required" and applies(document, facts)
        for proof in document.proves
    }
    return tuple(proof for proof in owed(rules.filing, facts) if proof not in proven)


def holds(condition: Condition, facts: Facts) -> bool:
    """Whether the facts meet the condition. A fact nobody has stated yet meets any wish."""
    for name, wanted in wishes(condition):
        fact = getattr(facts, name)
        if fact is not None and fact not in wanted:
            return False
    return True


def applies(document: Document, facts: Facts) -> bool:
    """Whether this document is asked for at all."""
    return not document.when or any(holds(each, facts) for each in document.when)


@lru_cache(maxsize=1024)
def wishes(condition: Condition) -> tuple[tuple[str, tuple[object, ...]], ...]:
    """The facts a condition speaks of, each with the values that meet it."""
    found = ((each.name, getattr(condition, each.name)) for each in fields(condition))
    return tuple(
        (name, wanted if isinstance(wanted, tuple) else (wanted,))
        for name, wanted in found
        if wanted is not None and wanted != ()
    )


def combinations(rules: OfficeRules) -> Iterator[Facts]:
    """Every combination of modes an applicant of this office can declare.

    The category is varied only where a document's condition speaks of it: it decides nothing else.
    """
    named = {
        category
        for document in rules.documents.values()
        for condition in document.when
        for category in condition.category
    }
    others = [each for each in rules.categories if each not in named and each != "software"]
    per_form = {
        "work": [*others[:1], *(each for each in rules.categories if each in named)],
        "software": ["software"],
    }
    represented = (False,) if rules.filing.agents == "none" else (False, True)
    for form, ownership, nature, acquisition in product(
        rules.forms, choices.OWNERSHIPS, choices.NATURES, choices.ACQUISITIONS
    ):
        for category, (applicant, minor), residence, agent, published in product(
            per_form[form], _applicants(rules.filing), choices.RESIDENCES, represented,
            (False, True),
        ):  # fmt: skip
            yield Facts(
                form=form, category=category, ownership=ownership, nature=nature,
                acquisition=acquisition, applicant=applicant, residence=residence,
                represented=agent, minor=minor, published=published,
            )  # fmt: skip


def _applicants(filing: Filing) -> list[tuple[str, bool]]:
    minors = [("individual", True)] if filing.minors == "guardian" else []
    return [("individual", False), ("organisation", False), *minors]


def _because(document: Document, facts: Facts) -> Words:
    """The document's own reason, then the facts that brought it in."""
    held = [each for each in document.when if holds(each, facts)]
    if not held:
        return document.why
    zh, en = zip(*(_told(each) for each in held), strict=True)
    return Words(
        f"{document.why.zh}(因为:{';或'.join(zh)})",
        f"{document.why.en} (because: {'; or '.join(en)})",
    )


_FLAGS: Final = {
    "represented": (
        Words("由代理人办理", "an agent files"),
        Words("由权利人本人办理", "the owner files"),
    ),
    "minor": (
        Words("著作权人或作者为未成年人", "a party is a minor"),
        Words("权利人为成年人", "the parties are of age"),
    ),
    "published": (
        Words("作品已发表", "the work is published"),
        Words("作品未发表", "the work is unpublished"),
    ),
    "employed": (
        Words("作者有工作单位", "the author has an employer"),
        Words("作者无工作单位", "the author has no employer"),
    ),
    "author_is_owner": (
        Words("作者即著作权人", "the author is the owner"),
        Words("作者不是著作权人", "the author is not the owner"),
    ),
}
_NAMES: Final[Mapping[str, tuple[Words, Mapping[str, Words]]]] = {
    "form": (Words("登记种类", "form"), choices.FORMS),
    "category": (Words("作品类别", "category"), choices.CATEGORIES),
    "ownership": (Words("权利归属方式", "mode of ownership"), choices.OWNERSHIPS),
    "nature": (Words("创作性质", "nature of creation"), choices.NATURES),
    "acquisition": (Words("权利取得方式", "way of acquiring"), choices.ACQUISITIONS),
    "applicant": (Words("著作权人", "owner"), choices.APPLICANT_KINDS),
    "residence": (Words("所在地", "place"), choices.RESIDENCES),
}


def _told(condition: Condition) -> tuple[str, str]:
    zh, en = [], []
    for field, wanted in wishes(condition):
        if field in _FLAGS:
            words = _FLAGS[field][0 if wanted[0] else 1]
            zh.append(words.zh)
            en.append(words.en)
            continue
        name, known = _NAMES[field]
        zh.append(f"{name.zh}为{'、'.join(known[str(one)].zh for one in wanted)}")
        en.append(f"{name.en}: {' or '.join(known[str(one)].en for one in wanted)}")
    return ",".join(zh), ", ".join(en)


def explain_condition(condition: Condition) -> Words:
    """A condition in words."""
    return Words(*_told(condition))

"""What of a profile rests on nobody's word yet: figures without a source, papers nobody marked."""

from typing import Final

from registry.profile import Profile

_OF_PERSONS: Final = frozenset({"identity", "residence", "guardianship"})
_ALONE: Final = ("organisation",)


def unconfirmed(profile: Profile) -> tuple[str, ...]:
    """Keys whose values rest on no manual and no rule: an operator confirms them first."""
    fees = [key for key, fee in (profile.fees.items or {}).items() if fee.source == "example"]
    clocks = [place for place, each in enumerate(profile.clocks) if each.source == "example"]
    extensions = [
        place
        for place, each in enumerate(profile.clocks)
        if each.extension is not None and each.extension.source == "example"
    ]
    letters = [
        category
        for category, letter in profile.numbering.letters.items()
        if letter not in profile.numbering.attested
    ]
    account, evidence = profile.fees.account, profile.evidence
    return (
        *(("fees",) if profile.fees.source == "example" else ()),
        *(f"fees.items.{key}" for key in fees),
        *(("fees.account",) if account is not None and account.source == "example" else ()),
        *(("evidence",) if evidence is not None and evidence.source == "example" else ()),
        *(f"clocks[{place}]" for place in clocks),
        *(f"clocks[{place}].extension" for place in extensions),
        *(f"numbering.letters.{category}" for category in letters),
        *_software_number(profile),
        *_software_certificate(profile),
    )


def _software_certificate(profile: Profile) -> tuple[str, ...]:
    """The seal of software, where nobody has confirmed it."""
    if "software" not in profile.forms:
        return ()
    texts = profile.certificate.software
    return ("certificate.software",) if texts is None or texts.source == "example" else ()


def _software_number(profile: Profile) -> tuple[str, ...]:
    """The forms of software numbers and of its certificates', where nobody has confirmed them."""
    if "software" not in profile.forms:
        return ()
    rules = profile.numbering.software
    own = None if rules is None else rules.certificate
    return (
        *(("numbering.software",) if rules is None or rules.source == "example" else ()),
        *(("numbering.software.certificate",) if own and own.source == "example" else ()),
    )


def unmarked(profile: Profile) -> tuple[str, ...]:
    """Uploaded documents that show who a person is, or where one lives, and are not `personal`: any
    examiner of the office opens them, and nobody asks why. Those of units alone do not count.
    """
    return tuple(
        code
        for code, document in profile.documents.items()
        if document.how == ("upload",)
        and not document.personal
        and not _OF_PERSONS.isdisjoint(document.proves)
        and not (document.when and all(each.applicant == _ALONE for each in document.when))
    )

"""Minors in matters: a guardian files and signs for them, and has shown the guardianship.

A minor has no account (`accounts.identity`); it stands among the guardian's rights holders, with
the guardian beside it (`accounts.parties`).
"""

import uuid
from collections.abc import Sequence

from sqlalchemy.orm import Session

from accounts import parties
from accounts.models import Account, Person
from accounts.person_models import Party
from core.errors import InvalidInput, NotAllowed, NotFound
from registry.form import Author, Form, Owner
from registry.models import Matter
from registry.profile import Profile


def require_guarded(session: Session, matter: Matter, profile: Profile, form: Form) -> None:
    """Every minor of the form is on file, has a guardian, and of an owner that guardian files.

    Raises:
        InvalidInput: a minor that is not on file, papers of the guardianship that are missing, a
            form that says something else than the file; or the office takes no works of minors.
        NotAllowed: somebody else than the guardian files for a minor.
    """
    named: tuple[tuple[str, Sequence[Owner | Author]], ...] = (
        ("owners", form.owners), ("authors", form.authors),
    )  # fmt: skip
    for name, people in named:
        for place, each in enumerate(people):
            party = _on_file(session, matter.applicant_id, each)
            _require(session, profile, each, party, f"{name}[{place}]")
            if name == "owners" and party is not None and party.guardian_id is not None:
                _require_filer(session, matter, form, session.get_one(Party, party.guardian_id))


def _require(
    session: Session, profile: Profile, each: Owner | Author, party: Party | None, path: str
) -> None:
    guarded = party is not None and party.guardian_id is not None
    if bool(each.minor) != guarded and (guarded or each.minor):
        raise InvalidInput(
            "未成年人须在人员档案中登记并指明监护人,且与表中一致 / a minor is among the rights "
            "holders with a guardian, and the form says the same: add or change the party",
            field=f"{path}.minor" if guarded else f"{path}.party",
        )
    if party is None or not guarded:
        return
    if profile.filing.minors == "refused":
        raise InvalidInput(
            "本机构不受理未成年人的申请 / this office takes no works of minors",
            field=f"{path}.minor",
        )
    if missing := parties.guardianship_missing(session, party):
        raise InvalidInput(
            f"缺少监护关系材料 / papers of the guardianship are missing: {', '.join(missing)}",
            field=f"{path}.party",
        )


def _require_filer(session: Session, matter: Matter, form: Form, guardian: Party) -> None:
    """The account is the guardian's, as far as it said who it is; the form names the guardian."""
    account = session.get_one(Account, matter.applicant_id)
    known = None if account.person_id is None else session.get_one(Person, account.person_id)
    other = known is not None and known.identity_index != guardian.number_index
    if other or form.applicant is None or form.applicant.name != guardian.name:
        raise NotAllowed(
            "未成年人的作品由其监护人申请 / for a minor the guardian applies, "
            "in the guardian's own account",
            field="applicant.name",
        )


def _on_file(session: Session, account_id: uuid.UUID, each: Owner | Author) -> Party | None:
    if each.party is None:
        return None
    try:
        return parties.owned(session, account_id, uuid.UUID(each.party))
    except (ValueError, NotFound):
        return None

"""Who signs an application: from the form's owners, authors and agent to people one can reach.

A party on file signs with its own number and mobile, a minor's guardian for the minor; the
applicant and an agent sign with the identity that their account was verified with. Somebody
who appears in several roles is one signer. Where the office has it so, an agent with a mandate to
sign stands in for its principal.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from accounts import identity, mandates, parties, people
from accounts.documents import NATURAL, Document
from accounts.identifiers import Identifier, parse_identifier
from accounts.mandates import MandateScope
from accounts.models import Account
from accounts.person_models import Party
from accounts.persons import index_of
from certs.paper import Signer
from core.errors import InvalidInput, NotFound
from core.sealed import Keyring
from registry.form import Author, Contact, Form, Owner
from registry.models import Matter
from registry.profile_parts import Signing

ON_LINE: Final = ("owner", "author", "applicant", "agent", "employer", "handler")
"""Roles that can sign by a link; an employer or a handler only where the form says who it is."""


def roles_of(places: Iterable[str]) -> list[str]:
    """As what somebody signs who has these places (`owner-1`, `author-2`) on the papers."""
    found = {place.partition("-")[0] for place in places}
    return [role for role in ON_LINE if role in found]


@dataclass(frozen=True)
class Signatory:
    """One person or body. `party_id` is None for the applicant's or agent's own verified identity;
    `stead` is the name of whom it signs for, under the mandate.
    """

    name: str
    natural: bool
    party_id: uuid.UUID | None
    document: Document = field(repr=False)
    contact: Identifier = field(repr=False)
    stead: str | None = None
    mandate_id: uuid.UUID | None = None

    def __hash__(self) -> int:
        return hash((self.party_id, self.name))


def mark_of(rules: Signing, signatory: Signatory) -> str:
    """`signature`, `seal`, or `none` where the office asks for neither."""
    return rules.individuals if signatory.natural else rules.organisations


def stand_in(
    session: Session, ring: Keyring, matter: Matter, found: Signatory, office: str, *, now: datetime
) -> Signatory:
    """The agent, where it is the principal who has to sign and the mandate in force says `sign`."""
    principal = identity.current(session, matter.applicant_id)
    if matter.agent_id is None or principal is None:
        return found
    if principal.number_index != index_of(ring, found.document):
        return found
    try:
        held = mandates.authority(
            session, matter.agent_id, matter.applicant_id, MandateScope.SIGN, office, now=now
        )
    except NotFound:
        return found
    agent = _account(session, ring, matter.agent_id, None, "agent.party")
    return replace(agent, stead=found.name, mandate_id=held.id)


def is_named(form: Form, place: Signer) -> bool:
    """Whether the form says who signs here; an employer or a handler need not be on file."""
    if place.role not in {"employer", "handler"}:
        return place.role in ON_LINE
    said = _said(form, place)[1]
    return said is not None and said.party is not None


def resolve(
    session: Session, ring: Keyring, matter: Matter, form: Form, place: Signer
) -> Signatory:
    """Who signs at a place of a paper.

    Raises:
        InvalidInput: nobody on file, erased, or without mobile and e-mail; names the form's field.
    """
    field_name, said = _said(form, place)
    if place.role == "agent" and matter.agent_id is not None:
        return _account(session, ring, matter.agent_id, None, field_name)
    known = _on_file(session, matter.applicant_id, form, said)
    if known is None and place.role in {"employer", "handler"}:
        raise _nobody(field_name)
    if known is None:
        return _account(session, ring, matter.applicant_id, said, field_name)
    if known.guardian_id is not None:
        known = parties.owned(session, matter.applicant_id, known.guardian_id)
    if known.number is None or known.name is None:
        raise _nobody(field_name)
    document = parties.document_of(ring, known)
    if matter.agent_id is not None and _is_principal(session, ring, matter, known.name, document):
        # The agent keeps the principal's parties too: it is not to say where the codes go.
        return _account(session, ring, matter.applicant_id, None, field_name)
    contact = _reached(parties.details_of(ring, known), field_name)
    return Signatory(known.name, document.kind in NATURAL, known.id, document, contact)


def _is_principal(
    session: Session, ring: Keyring, matter: Matter, name: str, document: Document
) -> bool:
    """Whether a party by this name or number is the applicant that the agent files for."""
    held = identity.current(session, matter.applicant_id)
    return held is not None and (held.name == name or held.number_index == index_of(ring, document))


def _said(form: Form, place: Signer) -> tuple[str, Owner | Author | Contact | None]:
    if place.role == "owner":
        found: Owner | Author | None = _at(form.owners, place.index)
        return f"owners[{place.index}].party", found
    if place.role == "author":
        return f"authors[{place.index}].party", _at(form.authors, place.index)
    if place.role == "employer":
        author = _at(form.authors, place.index)
        employer = author.employer if isinstance(author, Author) else None
        return f"authors[{place.index}].employer", Contact(party=employer)
    if place.role == "handler":
        return "handler.party", form.handler
    if place.role == "agent":
        return "agent.party", form.agent
    return "applicant.party", form.applicant


def _at(listed: tuple[Owner, ...] | tuple[Author, ...], index: int) -> Owner | Author | None:
    return listed[index] if index < len(listed) else None


def _on_file(
    session: Session, applicant_id: uuid.UUID, form: Form, said: Owner | Author | Contact | None
) -> Party | None:
    """The party the form refers to, here or where it lists the same name."""
    if said is None:
        return None
    listed: list[Owner | Author] = [*form.owners, *form.authors]
    same = [each for each in listed if each.name is not None and each.name == said.name]
    for each in (said, *same):
        if each.party is not None:
            try:
                return parties.owned(session, applicant_id, uuid.UUID(each.party))
            except (ValueError, NotFound):
                continue
    return None


def _account(
    session: Session,
    ring: Keyring,
    account_id: uuid.UUID,
    said: Owner | Author | Contact | None,
    field_name: str,
) -> Signatory:
    """An account's own verified identity, where the form means nobody else."""
    held = identity.current(session, account_id)
    account = session.get_one(Account, account_id)
    if held is None or held.number is None or held.name is None:
        raise _nobody(field_name)
    if said is not None and said.name not in {None, held.name}:
        raise _nobody(field_name)
    document = identity.document_of(ring, held)
    reached = people.reached(account)
    if not reached:
        raise InvalidInput(
            "签署人须先验证邮箱或手机号 / "
            "whoever signs has to confirm an e-mail or mobile number first",
            field=field_name,
        )
    # The mobile number where there is one: codes for signing go there.
    return Signatory(held.name, document.kind in NATURAL, None, document, reached[-1])


def _reached(details: dict[str, str], field_name: str) -> Identifier:
    for name in ("mobile", "email"):
        if details.get(name):
            try:
                return parse_identifier(details[name], field_name)
            except InvalidInput:
                continue
    raise InvalidInput(
        "此签署人没有可用的手机号或邮箱,请在人员档案中补充 / this signer has no mobile or e-mail "
        "that works: add one to the party",
        field=field_name,
    )


def _nobody(field_name: str) -> InvalidInput:
    return InvalidInput(
        "须由此人签署:请从人员档案中选择(含证件号和手机号) / has to sign: choose a party on file, "
        "with its number and mobile",
        field=field_name,
    )

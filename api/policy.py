"""Whose things are whose: one function for every resource of `api.policies`.

Whatever belongs to somebody else does not exist for the caller (404), so that no id can be tried
out.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from accounts import (
    addresses,
    closing,
    identity,
    inbox,
    keys,
    kinds,
    mandates,
    organisations,
    parties,
    passkeys,
    reviewing,
    sign_ins,
)
from accounts.contact_models import Passkey
from accounts.inbox_models import Message
from accounts.mandates import MandateScope
from accounts.models import ApiKey, SignIn
from accounts.organisations import MemberRole
from accounts.person_models import DeliveryAddress, KindChange, Mandate, Party, Verification
from accounts.staff import Officer
from api.auth import Caller
from api.wiring import utc_now
from billing import orders
from billing.models import Order
from evidence import deposits, uploads, works
from evidence.models import Evidence, Upload, Work
from evidence.numbers import normalise
from evidence.works import DeclaredFile
from registry import deliveries, examined, examining, identified, interests, matters, revocations
from registry.deliveries import PaperDelivery
from registry.models import Matter
from registry.revocations import RegistrationRevocation


def own_evidence(session: Session, caller: Caller, number: str) -> Evidence:
    """The caller's evidence with this number, as people type it; NotFound otherwise."""
    return deposits.owned_by_number(session, caller.account_id, normalise(number), caller.agent_id)


def evidence_for(session: Session, matter: Matter, number: str) -> Evidence:
    """The applicant's evidence with this number, for whoever files it; NotFound otherwise."""
    return deposits.owned_by_number(session, matter.applicant_id, normalise(number))


def own_work(session: Session, caller: Caller, work_id: UUID) -> Work:
    """The caller's work; NotFound otherwise."""
    return works.owned_work(session, caller.account_id, work_id, caller.agent_id)


def own_upload(session: Session, caller: Caller, upload_id: UUID) -> Upload:
    """The caller's upload; NotFound otherwise, Gone when it has expired."""
    return uploads.owned(session, caller.account_id, upload_id, caller.agent_id, now=utc_now())


def own_named_uploads(
    session: Session, caller: Caller, files: Sequence[DeclaredFile], name: str = "files"
) -> None:
    """What a body names: of an agent only uploads it began itself; NotFound otherwise."""
    if caller.agent_id is not None:
        named = {f"{name}[{at}].upload": each.upload_id for at, each in enumerate(files)}
        uploads.require_begun_by(session, caller.agent_id, named)


def own_key(session: Session, caller: Caller, key_id: UUID) -> ApiKey:
    """The caller's API key; NotFound otherwise."""
    return keys.owned(session, caller.account_id, key_id)


def own_session(session: Session, caller: Caller, sign_in_id: UUID) -> SignIn:
    """The caller's signed-in session; NotFound otherwise."""
    return sign_ins.owned(session, caller.account_id, sign_in_id)


def own_party(session: Session, caller: Caller, party_id: UUID) -> Party:
    """A rights holder of the caller's library; NotFound otherwise."""
    return parties.owned(session, caller.account_id, party_id)


def own_mandate(session: Session, caller: Caller, mandate_id: UUID) -> Mandate:
    """A mandate the caller gave or has; NotFound otherwise."""
    return mandates.visible(session, caller.account_id, mandate_id)


def own_identity(session: Session, caller: Caller, verification_id: UUID) -> Verification:
    """A claim of the caller's identity; NotFound otherwise."""
    return identity.owned(session, caller.account_id, verification_id)


def own_message(session: Session, caller: Caller, message_id: UUID) -> Message:
    """A message of the caller's inbox; NotFound otherwise."""
    return inbox.owned(session, caller.account_id, message_id)


def own_matter(session: Session, caller: Caller, matter_id: UUID, *, lock: bool = False) -> Matter:
    """The applicant's matter, or the one an agent files; NotFound otherwise.

    `lock` keeps others from moving it meanwhile; an agent needs a mandate to register then, and
    any mandate for this office to look. Nobody closes the account of either before that is done.
    """
    if lock:
        closing.require_open(session, caller.account_id, caller.who)
    matter = matters.owned(session, caller.account_id, matter_id, caller.agent_id, lock=lock)
    if caller.agent_id is not None:
        scope = MandateScope.REGISTER if lock else None
        mandates.authority(
            session, caller.agent_id, caller.account_id, scope, matter.office, now=utc_now()
        )
    return matter


def own_passkey(session: Session, caller: Caller, passkey_id: UUID) -> Passkey:
    """A passkey of the caller's that works; NotFound otherwise."""
    return passkeys.owned(session, caller.account_id, passkey_id)


def own_address(session: Session, caller: Caller, address_id: UUID) -> DeliveryAddress:
    """A delivery address of the caller's; NotFound otherwise."""
    return addresses.owned(session, caller.account_id, address_id)


def kind_change(session: Session, officer: Officer, change_id: UUID) -> KindChange:
    """A request to the officer's own office; NotFound otherwise."""
    return kinds.at_office(session, officer, change_id)


def own_organisation(session: Session, caller: Caller, organisation_id: UUID) -> MemberRole:
    """The caller's role in an organisation; NotFound for who has none."""
    return organisations.standing(session, organisation_id, caller.account_id, now=utc_now())


def own_order(session: Session, caller: Caller, order_id: UUID, *, lock: bool = False) -> Order:
    """The payer's order, or the one an agent ordered; NotFound otherwise.

    An agent needs a mandate to register at the seller's office to change it, any to look.
    """
    order = orders.owned(session, caller.account_id, order_id, caller.agent_id, lock=lock)
    if caller.agent_id is not None:
        scope = MandateScope.REGISTER if lock else None
        office = None if order.seller == orders.INSTALLATION else order.seller
        mandates.authority(
            session, caller.agent_id, caller.account_id, scope, office, now=utc_now()
        )
    return order


def identity_here(session: Session, officer: Officer, verification_id: UUID) -> Verification:
    """A claim of identity at the officer's own office, in which this officer has no interest;
    NotFound or NotAllowed otherwise.
    """
    row = reviewing.at_office(session, officer, verification_id)
    interests.require_none_in(
        session, officer, row.account_id, row.submitted_at or row.created_at,
        name=row.name, claimed=row.number_index,
    )  # fmt: skip
    return row


def identity_to_review(session: Session, officer: Officer, verification_id: UUID) -> Verification:
    """As `identity_here`, while it waits and for those who decide on it."""
    reviewing.to_review(session, officer, verification_id)
    return identity_here(session, officer, verification_id)


def held_matter(session: Session, officer: Officer, matter_id: UUID) -> Matter:
    """A matter that this officer holds, so that its people's papers may be looked at; NotFound for
    everybody else.
    """
    return identified.held(session, officer, matter_id)


def kind_change_to_decide(session: Session, officer: Officer, change_id: UUID) -> KindChange:
    """A request at the officer's own office, of an account in which this officer has no interest;
    NotFound or NotAllowed otherwise.
    """
    row = kind_change(session, officer, change_id)
    interests.require_none_in(session, officer, row.account_id, row.requested_at)
    return row


def examined_matter(
    session: Session, officer: Officer, matter_id: UUID, *, lock: bool = False
) -> Matter:
    """A submitted matter of the officer's own office, to act on: whether this officer may, the act
    says. NotFound otherwise.
    """
    return examining.seen(session, officer, matter_id, lock=lock)


def read_matter(session: Session, officer: Officer, matter_id: UUID) -> Matter:
    """A submitted matter of the officer's own office and agency, to read; NotFound otherwise."""
    return examined.readable(session, officer, matter_id)


def matter_before(session: Session, officer: Officer, matter_id: UUID) -> Matter:
    """A matter that is before the officer's own office now, so that its bytes may be looked at;
    NotFound otherwise.
    """
    return examined.before(session, officer, matter_id)


def revocation_here(
    session: Session, officer: Officer, revocation_id: UUID, *, lock: bool = False
) -> RegistrationRevocation:
    """A revocation at the officer's own office; NotFound otherwise."""
    return revocations.seen(session, officer, revocation_id, lock=lock)


def delivery_here(
    session: Session, officer: Officer, delivery_id: UUID, *, lock: bool = False
) -> PaperDelivery:
    """A paper certificate of the officer's own office; NotFound otherwise."""
    return deliveries.seen(session, officer, delivery_id, lock=lock)

"""Who may do what: one row for every operation, one function for every resource.

The rows are what the OpenAPI document says and what a test tries over HTTP: an operation without
a row, or whose behaviour is another than its row, fails the build. Whatever belongs to somebody
else does not exist for the caller (404), so that no id can be tried out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from accounts import (
    addresses,
    identity,
    inbox,
    keys,
    kinds,
    mandates,
    organisations,
    parties,
    passkeys,
    sign_ins,
)
from accounts.acting import MANAGE, PARTIES
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
from registry import examined, examining, matters, revocations
from registry.models import Matter
from registry.revocations import RegistrationRevocation

PUBLIC: Final = "public"
SIGNED_IN: Final = "signed-in"
"""A person at a browser; API keys are refused."""

OFFICER: Final = "officer"
"""Signed in, an officer of the office in the path, and the second factor shown."""

EVIDENCE, WORK, UPLOAD, KEY, SESSION = "evidence", "work", "upload", "key", "session"
PARTY, MANDATE, IDENTITY = "party", "mandate", "identity"
ORGANISATION: Final = "organisation"
PASSKEY, ADDRESS = "passkey", "address"
MATTER, ORDER = "matter", "order"
MESSAGE: Final = "message"


@dataclass(frozen=True)
class Policy:
    """`access` is PUBLIC, SIGNED_IN or a scope; `resource` is whose owner may use it.

    `power` is what somebody needs who does a SIGNED_IN operation for another account; without one
    it is for oneself only. Operations of a scope need the same scope there.
    """

    access: str
    resource: str | None = None
    power: str | None = None

    @property
    def for_others(self) -> str | None:
        """The power by which members and agents may do this for another account; None: never."""
        return self.power if self.access in {PUBLIC, SIGNED_IN, OFFICER} else self.access


POLICIES: Final[Mapping[str, Policy]] = {
    "sign_up": Policy(PUBLIC),
    "sign_in": Policy(PUBLIC),
    "who_am_i": Policy(SIGNED_IN),
    "sign_out": Policy(SIGNED_IN),
    "list_sessions": Policy(SIGNED_IN),
    "end_session": Policy(SIGNED_IN, SESSION),
    "change_password": Policy(SIGNED_IN),
    "create_key": Policy(keys.KEYS),
    "list_keys": Policy(keys.KEYS),
    "revoke_key": Policy(keys.KEYS, KEY),
    "upload_capabilities": Policy(PUBLIC),
    "create_upload": Policy(keys.DEPOSIT),
    "upload_offset": Policy(keys.DEPOSIT, UPLOAD),
    "append_bytes": Policy(keys.DEPOSIT, UPLOAD),
    "terminate_upload": Policy(keys.DEPOSIT, UPLOAD),
    "create_work": Policy(keys.DEPOSIT),
    "list_works": Policy(keys.READ),
    "show_work": Policy(keys.READ, WORK),
    "change_work": Policy(keys.DEPOSIT, WORK),
    "delete_work": Policy(keys.DEPOSIT, WORK),
    "set_work_files": Policy(keys.DEPOSIT, WORK),
    "set_work_pictures": Policy(keys.DEPOSIT, WORK),
    "create_work_version": Policy(keys.DEPOSIT, WORK),
    "preview_work_picture": Policy(keys.READ, WORK),
    "deposit_work_version": Policy(keys.DEPOSIT, WORK),
    "deposit_work": Policy(keys.DEPOSIT),
    "deposit_batch": Policy(keys.DEPOSIT),
    "list_evidence": Policy(keys.READ),
    "show_evidence": Policy(keys.READ, EVIDENCE),
    "get_certificate": Policy(keys.READ, EVIDENCE),
    "get_package": Policy(keys.READ, EVIDENCE),
    "get_file": Policy(keys.READ, EVIDENCE),
    "preview_file": Policy(keys.READ, EVIDENCE),
    "export_copy": Policy(keys.READ, EVIDENCE),
    "erase_personal_data": Policy(SIGNED_IN, EVIDENCE),
    "revoke_evidence": Policy(keys.REVOKE, EVIDENCE),
    "open_order": Policy(keys.REGISTER, MATTER),
    "open_evidence_order": Policy(keys.DEPOSIT, EVIDENCE),
    "quote_fees": Policy(PUBLIC),
    "list_orders": Policy(keys.READ),
    "show_order": Policy(keys.READ, ORDER),
    "start_payment": Policy(keys.REGISTER, ORDER),
    "ask_for_invoice": Policy(keys.REGISTER, ORDER),
    "receive_notice": Policy(PUBLIC),
    "enrol_officer": Policy(PUBLIC),
    "begin_recovery": Policy(PUBLIC),
    "finish_recovery": Policy(PUBLIC),
    "accept_role": Policy(SIGNED_IN),
    "show_officer": Policy(SIGNED_IN),
    "begin_second_factor": Policy(SIGNED_IN),
    "show_second_factor": Policy(SIGNED_IN),
    "list_officers": Policy(OFFICER),
    "invite_officer": Policy(OFFICER),
    "end_role": Policy(OFFICER),
    "show_account": Policy(SIGNED_IN),
    "change_account": Policy(SIGNED_IN),
    "begin_contact": Policy(SIGNED_IN),
    "finish_contact": Policy(SIGNED_IN),
    "set_transaction_password": Policy(SIGNED_IN),
    "list_consents": Policy(SIGNED_IN),
    "agree": Policy(SIGNED_IN),
    "list_texts": Policy(PUBLIC),
    "show_text": Policy(PUBLIC),
    "list_second_factors": Policy(SIGNED_IN),
    "remove_second_factor": Policy(SIGNED_IN),
    "begin_passkey": Policy(SIGNED_IN),
    "register_passkey": Policy(SIGNED_IN),
    "remove_passkey": Policy(SIGNED_IN, PASSKEY),
    "begin_passkey_proof": Policy(SIGNED_IN),
    "show_passkey": Policy(SIGNED_IN),
    "begin_passkey_sign_in": Policy(PUBLIC),
    "sign_in_with_passkey": Policy(PUBLIC),
    "add_address": Policy(SIGNED_IN, power=MANAGE),
    "list_addresses": Policy(SIGNED_IN, power=MANAGE),
    "show_address": Policy(SIGNED_IN, ADDRESS, MANAGE),
    "change_address": Policy(SIGNED_IN, ADDRESS, MANAGE),
    "erase_address": Policy(SIGNED_IN, ADDRESS, MANAGE),
    "choose_kind": Policy(SIGNED_IN),
    "store_paper": Policy(SIGNED_IN, power=MANAGE),
    "request_kind_change": Policy(SIGNED_IN, power=MANAGE),
    "list_kind_changes": Policy(SIGNED_IN, power=MANAGE),
    "list_waiting_kind_changes": Policy(OFFICER),
    "decide_kind_change": Policy(OFFICER),
    "reveal_kind_change_paper": Policy(OFFICER),
    "add_party_paper": Policy(SIGNED_IN, PARTY, PARTIES),
    "add_party": Policy(SIGNED_IN, power=PARTIES),
    "list_parties": Policy(SIGNED_IN, power=PARTIES),
    "show_party": Policy(SIGNED_IN, PARTY, PARTIES),
    "change_party": Policy(SIGNED_IN, PARTY, PARTIES),
    "erase_party": Policy(SIGNED_IN, PARTY, MANAGE),
    "grant_mandate": Policy(SIGNED_IN, power=MANAGE),
    "list_mandates": Policy(SIGNED_IN, power=MANAGE),
    "revoke_mandate": Policy(SIGNED_IN, MANDATE, MANAGE),
    "claim_identity": Policy(SIGNED_IN, power=MANAGE),
    "list_identity": Policy(SIGNED_IN, power=MANAGE),
    "show_identity": Policy(SIGNED_IN, IDENTITY, MANAGE),
    "add_paper": Policy(SIGNED_IN, IDENTITY, MANAGE),
    "submit_identity": Policy(SIGNED_IN, IDENTITY, MANAGE),
    "erase_identity": Policy(SIGNED_IN, IDENTITY, MANAGE),
    "list_submitted_identities": Policy(OFFICER),
    "decide_identity": Policy(OFFICER),
    "reveal_number": Policy(OFFICER),
    "reveal_paper": Policy(OFFICER),
    "create_organisation": Policy(SIGNED_IN),
    "list_organisations": Policy(SIGNED_IN),
    "join_organisation": Policy(SIGNED_IN),
    "list_members": Policy(SIGNED_IN, ORGANISATION),
    "change_member": Policy(SIGNED_IN, ORGANISATION),
    "end_member": Policy(SIGNED_IN, ORGANISATION),
    "invite_member": Policy(SIGNED_IN, ORGANISATION),
    "list_member_invitations": Policy(SIGNED_IN, ORGANISATION),
    "withdraw_member_invitation": Policy(SIGNED_IN, ORGANISATION),
    "trust_file": Policy(PUBLIC),
    "create_matter": Policy(keys.REGISTER),
    "list_matters": Policy(keys.READ),
    "list_filed_matters": Policy(keys.READ),
    "show_matter": Policy(keys.READ, MATTER),
    "precheck_matter": Policy(keys.READ, MATTER),
    "change_matter": Policy(keys.REGISTER, MATTER),
    "submit_matter": Policy(keys.REGISTER, MATTER),
    "recall_matter": Policy(keys.REGISTER, MATTER),
    "withdraw_matter": Policy(keys.REGISTER, MATTER),
    "get_registration_certificate": Policy(keys.READ, MATTER),
    "get_registration_package": Policy(keys.READ, MATTER),
    "get_work_sample": Policy(keys.READ, MATTER),
    "get_matter_document": Policy(keys.READ, MATTER),
    "get_hand_over_list": Policy(keys.READ, MATTER),
    "show_required_documents": Policy(PUBLIC),
    "show_example": Policy(PUBLIC),
    "get_example": Policy(PUBLIC),
    "get_template": Policy(PUBLIC),
    "look_up": Policy(keys.READ),
    "show_history": Policy(keys.READ, MATTER),
    "examine_history": Policy(OFFICER),
    "list_certificates": Policy(keys.READ),
    "list_notices": Policy(keys.READ, MATTER),
    "get_notice": Policy(keys.READ, MATTER),
    "examine_notices": Policy(OFFICER),
    "examine_notice": Policy(OFFICER),
    "extend_matter": Policy(keys.REGISTER, MATTER),
    "list_messages": Policy(keys.READ),
    "read_messages": Policy(SIGNED_IN),
    "read_message": Policy(SIGNED_IN, MESSAGE),
    "list_holidays": Policy(OFFICER),
    "set_holiday": Policy(OFFICER),
    "drop_holiday": Policy(OFFICER),
    "examine_paper": Policy(OFFICER),
    "show_matter_signing": Policy(keys.READ, MATTER),
    "renew_signing_link": Policy(keys.REGISTER, MATTER),
    "void_signing_link": Policy(keys.REGISTER, MATTER),
    "send_on_signed": Policy(keys.REGISTER, MATTER),
    "get_signing_paper": Policy(keys.READ, MATTER),
    # Whoever holds the link and proves to be the signer (`registry.signing_links`).
    "show_signing": Policy(PUBLIC),
    "send_signing_code": Policy(PUBLIC),
    "prove_signer": Policy(PUBLIC),
    "read_paper_to_sign": Policy(PUBLIC),
    "read_page_to_sign": Policy(PUBLIC),
    "confirm_signing": Policy(PUBLIC),
    "list_signed_papers": Policy(OFFICER),
    "examine_signed_paper": Policy(OFFICER),
    "list_queue": Policy(OFFICER),
    "take_next_matter": Policy(OFFICER),
    "examine_matter": Policy(OFFICER),
    "examine_file": Policy(OFFICER),
    "preview_examined_file": Policy(OFFICER),
    "examine_document": Policy(OFFICER),
    "preview_examined_document": Policy(OFFICER),
    "claim_matter": Policy(OFFICER),
    "release_matter": Policy(OFFICER),
    "recuse_from_matter": Policy(OFFICER),
    "declare_conflict": Policy(OFFICER),
    "list_conflicts": Policy(OFFICER),
    "end_conflict": Policy(OFFICER),
    "return_matter": Policy(OFFICER),
    "pass_matter": Policy(OFFICER),
    "send_back_matter": Policy(OFFICER),
    "refuse_matter": Policy(OFFICER),
    "approve_matter": Policy(OFFICER),
    "open_matter": Policy(OFFICER),
    "approve_many": Policy(OFFICER),
    "list_audit": Policy(OFFICER),
    "request_revocation": Policy(keys.REGISTER, MATTER),
    "withdraw_revocation_request": Policy(keys.REGISTER, MATTER),
    "propose_revocation": Policy(OFFICER),
    "list_revocations": Policy(OFFICER),
    "show_revocation": Policy(OFFICER),
    "take_up_revocation": Policy(OFFICER),
    "confirm_revocation": Policy(OFFICER),
    "reject_revocation": Policy(OFFICER),
    "withdraw_revocation": Policy(OFFICER),
    "list_voided_numbers": Policy(OFFICER),
    "reissue_certificate": Policy(OFFICER),
}


def own_evidence(session: Session, caller: Caller, number: str) -> Evidence:
    """The caller's evidence with this number, as people type it; NotFound otherwise."""
    return deposits.owned_by_number(session, caller.account_id, normalise(number), caller.agent_id)


def own_work(session: Session, caller: Caller, work_id: UUID) -> Work:
    """The caller's work; NotFound otherwise."""
    return works.owned_work(session, caller.account_id, work_id, caller.agent_id)


def own_upload(session: Session, caller: Caller, upload_id: UUID) -> Upload:
    """The caller's upload; NotFound otherwise, Gone when it has expired."""
    return uploads.owned(session, caller.account_id, upload_id, now=utc_now())


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
    any mandate for this office to look.
    """
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


def examined_matter(
    session: Session, officer: Officer, matter_id: UUID, *, lock: bool = False
) -> Matter:
    """A submitted matter of the officer's own office; NotFound otherwise."""
    return examining.seen(session, officer, matter_id, lock=lock)


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

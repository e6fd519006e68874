"""The words of the API: every enumeration that is shown has a name for each of its members."""

from collections.abc import Iterable
from typing import get_args

import pytest

from accounts.documents import BODIES, NATURAL, DocumentKind
from accounts.identity import IdentityStatus
from accounts.keys import ALL_SCOPES
from accounts.kinds import AccountKind, KindChangeStatus
from accounts.mandates import MandateScope
from accounts.organisations import MemberRole
from accounts.papers import PaperKind
from accounts.parties import PartyRole
from accounts.staff import Role
from billing.lifecycle import OrderState, RefundState, RequestState
from billing.models import EXCESS, SETTLES
from chain.lifecycle import AnchoringState
from evidence import delivery, works
from registry import delivery_lifecycle
from registry.lifecycle import Action, MatterState
from registry.profile_parts import IdentityFact
from registry.revocation_lifecycle import RevocationState
from registry.searching import GROUPS
from registry.signatories import ON_LINE
from registry.signing_state import SignerState
from registry.vocabulary import vocabulary


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("account_kinds", AccountKind),
        ("categories", works.CATEGORIES),
        ("body_document_kinds", BODIES),
        ("document_kinds", DocumentKind),
        ("evidence_delivery", delivery.DeliveryState),
        ("evidence_states", AnchoringState),
        ("identity_facts", get_args(IdentityFact)),
        ("identity_states", IdentityStatus),
        ("key_scopes", ALL_SCOPES),
        ("kind_change_states", KindChangeStatus),
        ("mandate_scopes", MandateScope),
        ("matter_actions", Action),
        ("matter_groups", GROUPS),
        ("matter_states", [*MatterState, "signed_all", "awaiting_papers"]),
        ("member_roles", MemberRole),
        ("natures", works.NATURES),
        ("officer_roles", Role),
        ("order_states", OrderState),
        ("paper_delivery_states", delivery_lifecycle.DeliveryState),
        ("paper_kinds", PaperKind),
        ("party_roles", PartyRole),
        ("payment_states", RequestState),
        ("person_document_kinds", NATURAL),
        ("payment_uses", [SETTLES, EXCESS]),
        ("refund_states", RefundState),
        ("revocation_states", RevocationState),
        ("signer_roles", ON_LINE),
        ("signer_states", SignerState),
    ],
)
def test_a_list_has_each_member_and_nothing_else(name: str, known: Iterable[str]) -> None:
    assert set(vocabulary()[name]) == {str(each) for each in known}


def test_every_word_has_two_names_and_no_two_of_a_list_have_one() -> None:
    for name, rows in vocabulary().items():
        assert all(each.zh and each.en for each in rows.values()), name
        if name != "announced_facts" and not name.startswith("matter_"):
            assert len({each.zh for each in rows.values()}) == len(rows), name

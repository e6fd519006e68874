"""Which list of `GET /api/v1/words` a field's words are of: `x-words` beside it in the document.

Fields whose words are enumerated there need none: whoever has the enumeration finds the list.
"""

from collections.abc import Mapping
from typing import Any, Final

_BY_NAME: Final[Mapping[str, str]] = {
    "category": "categories",
    "creation_nature": "natures",
    "document_kind": "document_kinds",
    "facts_missing": "identity_facts",
    "guardianship_missing": "paper_kinds",
    "may": "matter_actions",
    "order_state": "order_states",
    "papers_missing": "paper_kinds",
    "severity": "severities",
    "standing": "matter_states",
}
"""Fields that hold the same wherever they stand."""

OF: Final[Mapping[str, str]] = {
    "ArticleIn.section": "article_sections",
    "ArticleOut.section": "article_sections",
    "ListedArticle.section": "article_sections",
    "AccountDetails.identity_status": "identity_states",
    "AccountDetails.kind": "account_kinds",
    "BriefOrderOut.state": "order_states",
    "BriefOrderOut.way": "ways_to_pay",
    "EvidenceOut.custody_mode": "custody_modes",
    "FiledOut.state": "matter_states",
    "FindingOut.action": "matter_actions",
    "HitOut.kind": "hits",
    "IdentityOut.status": "identity_states",
    "InvitationIn.role": "officer_roles",
    "KeyIn.scopes": "key_scopes",
    "KeyOut.scopes": "key_scopes",
    "KindChangeIn.kind": "account_kinds",
    "KindChangeOut.account_kind": "account_kinds",
    "KindChangeOut.status": "kind_change_states",
    "KindChangeOut.wanted": "account_kinds",
    "KindIn.kind": "account_kinds",
    "MandateIn.scopes": "mandate_scopes",
    "MandateOut.scopes": "mandate_scopes",
    "NewKeyOut.scopes": "key_scopes",
    "OfficeNoticeOut.fields": "announced_facts",
    "OfficeNoticeOut.search": "announced_facts",
    "OfficeRoles.roles": "officer_roles",
    "OrderOut.state": "order_states",
    "OrganisationOut.kind": "account_kinds",
    "PaidOut.use": "payment_uses",
    "PaidOut.way": "ways_to_pay",
    "PaperOut.kind": "paper_kinds",
    "PartyIn.roles": "party_roles",
    "PartyOut.roles": "party_roles",
    "PaymentIn.way": "ways_to_pay",
    "PublicDetail.state": "evidence_states",
    "QueuedOut.state": "matter_states",
    "QuoteOut.due": "fees_due",
    "RefundOut.state": "refund_states",
    "RefundOut.way": "ways_to_pay",
    "RegistrationRevocationOut.ground": "revocation_grounds",
    "RoleOut.role": "officer_roles",
    "SignerOut.roles": "signer_roles",
    "SigningOut.roles": "signer_roles",
    "StandingPaper.kind": "paper_kinds",
    "StartedOut.state": "payment_states",
    "StartedOut.way": "ways_to_pay",
    "StepOut.state": "matter_states",
    "TermOut.acts": "term_actors",
    "TermOut.purpose": "terms",
    "TransferredOut.use": "payment_uses",
    "VersionMatterOut.state": "matter_states",
    "VoidedNumber.ground": "revocation_grounds",
    "WaiverOut.ground": "waivers",
    "WayOut.way": "ways_to_pay",
}


def mark(document: dict[str, Any]) -> None:
    """Put `x-words` beside each field of the document that holds words without listing them."""
    for schema, described in document["components"]["schemas"].items():
        for name, field in described.get("properties", {}).items():
            words = OF.get(f"{schema}.{name}", _BY_NAME.get(name))
            if words is not None:
                field["x-words"] = words

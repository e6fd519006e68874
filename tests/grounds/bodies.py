"""The shortest bodies that the operations of the OpenAPI document take, by their names."""

import uuid
from typing import Any

from tests.grounds.callers import declared

_FILE = declared("a.txt", b"x")
PARTY_IN = {
    "name": "李四", "roles": ["author"], "document_kind": "passport", "number": "E12345678",
    "region": "330106",
}  # fmt: skip
ADDRESS_IN = {
    "recipient": "李四", "mobile": "13800138000", "region": "330106", "address": "西湖区一号",
}  # fmt: skip
IDENTITY_IN = {
    "name": "李四", "document_kind": "passport", "number": "E12345678", "region": "330106",
}  # fmt: skip
BODIES: dict[str, Any] = {
    "create_key": {"name": "k", "scopes": ["read"]},
    "create_work": {},
    "change_work": {},
    "set_work_files": {"files": [_FILE]},
    "set_work_pictures": {"pictures": []},
    "create_work_version": {},
    "deposit_work_version": {},
    "deposit_work": {"files": [_FILE], "custody_mode": "hash_only"},
    "deposit_batch": {"deposits": [{"key": "k", "files": [_FILE]}]},
    "export_copy": {"disclose": []},
    "change_password": {"current": "x", "new": "y"},
    "revoke_evidence": {"reason": 1},
    "accept_role": {"code": "x"},
    "choose_kind": {"kind": "individual"},
    "claim_identity": IDENTITY_IN,
    "decide_identity": {"outcome": "verified", "ground": "x"},
    "reveal_number": {"reason": "x"},
    "reveal_paper": {"reason": "x"},
    "reveal_document": {"reason": "x"},
    "reveal_document_preview": {"reason": "x"},
    "reveal_matter_number": {"reason": "x"},
    "reveal_matter_paper": {"reason": "x"},
    "add_party": PARTY_IN,
    "change_party": PARTY_IN,
    "grant_mandate": {
        "agent": "a@b.cn",
        "scopes": ["sign"],
        "valid_from": "2026-01-01",
        "valid_until": "2026-01-01",
    },
    "start_payment": {"way": "sandbox"},
    "confirm_transfer": {
        "order_number": "0" * 16,
        "amount": "1.00",
        "received_on": "2026-01-01",
        "bank_reference": "ABCD1234",
    },
    "record_transfer_refund": {"bank_reference": "ABCD1234"},
    "ask_for_invoice": {"title": "x", "email": "a@b.cn"},
    "show_second_factor": {"code": "000000"},
    "create_matter": {"office": "tianjin", "agency": "exchange"},
    "file_batch": {  # at an office that asks for no transaction password
        "office": "national",
        "filings": [
            {"key": "k", "form": {}, "documents": {}, "evidence_number": "YJ-0000-0000-0000-0000"}
        ],
    },
    "change_matter": {},
    "set_trading": {"consent": False},
    "submit_matter": {"evidence_number": "YJ-0000-0000-0000-0000"},
    "read_messages": {"until": "2026-01-01T00:00:00Z"},
    "set_holiday": {"working": False, "name": "x"},
    "publish_article": {"section": "news", "title": {"zh": "x"}, "text": {"zh": "x"}},
    "change_article": {"section": "news", "title": {"zh": "x"}, "text": {"zh": "x"}},
    "claim_matter": {"role": "first_examiner"},
    "take_next_matter": {"role": "first_examiner"},
    "recuse_from_matter": {"reason": "x"},
    "take_matter_away": {"reason": "x"},
    "declare_conflict": {"kind": "name", "name": "张三", "note": "x"},
    "return_matter": {"items": []},
    "pass_matter": {"checklist": []},
    "send_back_matter": {"note": "x"},
    "refuse_matter": {"ground": "expired", "note": "x"},
    "approve_matter": {"checklist": []},
    "approve_many": {"matters": [str(uuid.UUID(int=0))], "checklist": []},
    "request_kind_change": {
        "office": "tianjin",
        "kind": "agent_firm",
        "reason": "x",
        "paper_id": str(uuid.uuid4()),
    },
    "decide_kind_change": {"outcome": "granted", "ground": "x"},
    "reveal_kind_change_paper": {"reason": "x"},
    "request_revocation": {"explanation": "x"},
    "propose_revocation": {"ground": "untrue", "explanation": "x"},
    "reject_revocation": {"note": "x"},
    "reissue_certificate": {"reason": "x"},
    "ask_for_delivery": {"way": "post"},
    "receive_papers": {},
    "redirect_delivery": {"recipient": "李四", "mobile": "13800138000", "address": "一号"},
    "dispatch_delivery": {"carrier": "x", "tracking": "1"},
    "hand_over_delivery": {},
    "take_delivery_back": {"note": "x"},
    "change_account": {"name": "李四"},
    "close_account": {"password": "x"},
    "begin_contact": {"identifier": "a@b.cn", "password": "x"},
    "finish_contact": {"code": "000000"},
    "set_transaction_password": {"password": "x", "new": "y"},
    "agree": {"agreed": {}},
    "register_passkey": {"challenge_id": str(uuid.uuid4()), "credential": {}, "name": "x"},
    "show_passkey": {"challenge_id": str(uuid.uuid4()), "credential": {}},
    "add_address": ADDRESS_IN,
    "change_address": ADDRESS_IN,
    "create_organisation": {"name": "山间公司", "kind": "enterprise"},
    "join_organisation": {"code": "x"},
    "change_member": {"role": "viewer"},
    "invite_member": {"identifier": "a@b.cn", "role": "viewer"},
    "invite_officer": {"identifier": "a@b.cn", "name": "x", "role": "registrar"},
}
"""A body that is well formed, for operations that need one."""

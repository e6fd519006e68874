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

from accounts import keys, sign_ins
from accounts.models import ApiKey, SignIn
from api.auth import Caller
from api.wiring import utc_now
from evidence import deposits, uploads, works
from evidence.models import Evidence, Upload, Work
from evidence.numbers import normalise

PUBLIC: Final = "public"
SIGNED_IN: Final = "signed-in"
"""A person at a browser; API keys are refused."""

EVIDENCE, WORK, UPLOAD, KEY, SESSION = "evidence", "work", "upload", "key", "session"


@dataclass(frozen=True)
class Policy:
    """`access` is PUBLIC, SIGNED_IN or a scope; `resource` is whose owner may use it."""

    access: str
    resource: str | None = None


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
    "trust_file": Policy(PUBLIC),
}


def own_evidence(session: Session, caller: Caller, number: str) -> Evidence:
    """The caller's evidence with this number, as people type it; NotFound otherwise."""
    return deposits.owned_by_number(session, caller.account_id, normalise(number))


def own_work(session: Session, caller: Caller, work_id: UUID) -> Work:
    """The caller's work; NotFound otherwise."""
    return works.owned_work(session, caller.account_id, work_id)


def own_upload(session: Session, caller: Caller, upload_id: UUID) -> Upload:
    """The caller's upload; NotFound otherwise, Gone when it has expired."""
    return uploads.owned(session, caller.account_id, upload_id, now=utc_now())


def own_key(session: Session, caller: Caller, key_id: UUID) -> ApiKey:
    """The caller's API key; NotFound otherwise."""
    return keys.owned(session, caller.account_id, key_id)


def own_session(session: Session, caller: Caller, sign_in_id: UUID) -> SignIn:
    """The caller's signed-in session; NotFound otherwise."""
    return sign_ins.owned(session, caller.account_id, sign_in_id)

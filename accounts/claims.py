"""A claim of identity: what an account says of itself, and whether that can be."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from accounts.days import day_of
from accounts.documents import BODIES, NATURAL, OF_AGE, Document, DocumentKind, age_on
from accounts.identifiers import check_mobile
from accounts.kinds import BODIES as BODY_ACCOUNTS
from accounts.models import Account
from accounts.person_models import Verification
from accounts.persons import index_of
from core.errors import Conflict, InvalidInput
from core.sealed import Keyring


@dataclass(frozen=True, repr=False)
class Claim:
    """What an account says of itself. `details` (address, handler …) are sealed as they are."""

    name: str
    document: Document
    region: str
    details: Mapping[str, str]
    valid_from: date | None = None
    valid_until: date | None = None
    reason: str | None = None


def check(account: Account, claim: Claim, *, now: datetime) -> None:
    """Whether this account may claim this at all.

    Raises:
        InvalidInput: another kind of document than the account has, dates that cannot be, a minor,
            or a contact that is no mobile number. Conflict: the kind of account was not chosen.
    """
    _check_nature(account, claim.document.kind)
    _check_dates(claim, now)
    _check_age(claim, now)
    if "contact_mobile" in claim.details:
        check_mobile(claim.details["contact_mobile"], "contact_mobile")


def renews(ring: Keyring, held: Verification, claim: Claim) -> bool:
    """Whether it is the same document of the same name, with another term, or to be looked at by
    an officer for the first time: no reason is needed.
    """
    later = claim.valid_until is None or (
        held.valid_until is not None and claim.valid_until > held.valid_until
    )
    same = held.number_index == index_of(ring, claim.document) and held.name == claim.name.strip()
    return same and (held.decided_at is None or (later and held.valid_until is not None))


def _check_nature(account: Account, kind: DocumentKind) -> None:
    if account.kind is None:
        raise Conflict("请先选择账号类别 / choose what the account is first", field="kind")
    allowed = BODIES if account.kind in BODY_ACCOUNTS else NATURAL
    if kind not in allowed:
        raise InvalidInput(
            "证件类型与账号类别不符 / this document does not fit what the account is: "
            f"use one of {', '.join(sorted(allowed))}",
            field="document_kind",
        )


def _check_age(claim: Claim, now: datetime) -> None:
    """A minor has no account (民法典 art. 19): a guardian acts, with the minor on file."""
    born = claim.document.born
    if born is not None and age_on(born, day_of(now)) < OF_AGE:
        raise InvalidInput(
            "未成年人不单独开户,请监护人用自己的账号办理,并将其加入人员档案 / "
            "a minor has no account: the guardian verifies, and adds the minor to the rights "
            "holders",
            field="number",
        )


def _check_dates(claim: Claim, now: datetime) -> None:
    today = day_of(now)
    if claim.valid_from and claim.valid_until and claim.valid_from > claim.valid_until:
        raise InvalidInput("有效期起止颠倒 / ends before it begins", field="valid_until")
    if claim.valid_until is not None and claim.valid_until < today:
        raise InvalidInput("证件已过期,请使用有效证件 / expired: use a valid one",
                           field="valid_until")  # fmt: skip

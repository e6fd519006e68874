"""What goes in and out over HTTP about one's own account: contacts, factors, consents."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from api.people_schemas import Code, Password
from api.schemas import AccountOut, AvatarOut, Short, Strict

Agreed = Annotated[dict[Short, Annotated[int, Field(strict=True)]], Field(max_length=20)]
"""Texts agreed to, each with the version that was read (`GET /api/v1/texts`)."""


class AccountDetails(AccountOut):
    """`referral` is what somebody names who was sent by this account's owner; `referred_by` is the
    one that was named when this account was made (推荐人).
    """

    user_name: str | None
    kind: str | None
    email_confirmed_at: datetime | None
    mobile_confirmed_at: datetime | None
    identity_status: str | None
    identity_expired: bool
    second_factor_set_up: bool
    transaction_password_set: bool
    avatar: AvatarOut
    referral: UUID
    referred_by: UUID | None


class ProfileIn(Strict):
    """The name that certificates print, and a name to sign in with."""

    name: Short
    user_name: Short | None = None


class ContactIn(Strict):
    """An address that is to be the account's; `password` is the account's own."""

    identifier: Short
    password: Password


class ContactCodeIn(Strict):
    code: Code


class TransactionPasswordIn(Strict):
    password: Password
    new: Password


class ConsentsIn(Strict):
    agreed: Agreed


class ConsentOut(BaseModel):
    text: str
    version: int
    sha256: str
    at: datetime


class ConsentPage(BaseModel):
    items: list[ConsentOut]


class TextOut(BaseModel):
    key: str
    version: int
    title_zh: str
    title_en: str
    zh: str
    en: str
    sha256: str


class TextPage(BaseModel):
    items: list[TextOut]


class CeremonyOut(BaseModel):
    """`options` go to `navigator.credentials`; its answer comes back with `challenge_id`."""

    challenge_id: UUID
    options: dict[str, Any]


class CredentialIn(Strict):
    """`credential` is what `navigator.credentials` gave, as JSON (`PublicKeyCredential.toJSON`)."""

    challenge_id: UUID
    credential: Annotated[dict[str, Any], Field(max_length=20)]


class NewPasskeyIn(CredentialIn):
    name: Short


class PasskeyOut(BaseModel):
    id: UUID
    name: str
    created_at: datetime
    used_at: datetime | None


class FactorsOut(BaseModel):
    """The second factors of this account: one-time codes, and passkeys."""

    codes: bool
    passkeys: list[PasskeyOut]


class AddressIn(Strict):
    recipient: Short
    mobile: Short
    region: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
    address: Short
    post_code: Short | None = None


class AddressOut(BaseModel):
    id: UUID
    recipient: str
    mobile: str
    region: str
    region_name: str
    address: str
    post_code: str | None
    created_at: datetime


class AddressPage(BaseModel):
    items: list[AddressOut]

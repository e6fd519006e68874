"""What goes in and out over HTTP about organisations and their members."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from api.people_schemas import Code
from api.schemas import Day, Short, Strict

MemberRoleName = Literal["owner", "admin", "filer", "viewer"]


class OrganisationIn(Strict):
    name: Short
    kind: Literal["enterprise", "organisation"]


class OrganisationOut(BaseModel):
    """`role` is the caller's own; `id` is what `Yinji-Acting-For` names."""

    id: UUID
    name: str
    kind: str | None
    role: MemberRoleName
    valid_until: date | None


class OrganisationPage(BaseModel):
    items: list[OrganisationOut]


class MemberInvitationIn(Strict):
    """`identifier` is the e-mail or mobile number of the invited person's own account."""

    identifier: Short
    role: MemberRoleName
    valid_until: Day | None = None


class MemberInvitationOut(BaseModel):
    """The code goes to the address, not to the caller."""

    id: UUID
    identifier: str
    role: MemberRoleName
    valid_until: date | None
    invited_at: datetime
    expires_at: datetime


class MemberInvitationPage(BaseModel):
    items: list[MemberInvitationOut]


class JoinIn(Strict):
    code: Code


class MemberIn(Strict):
    """The role and the last day anew."""

    role: MemberRoleName
    valid_until: Day | None = None


class MemberOut(BaseModel):
    id: UUID
    account_id: UUID
    name: str
    role: MemberRoleName
    began_at: datetime
    valid_until: date | None
    ended_at: datetime | None


class MemberPage(BaseModel):
    items: list[MemberOut]

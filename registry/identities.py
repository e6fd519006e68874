"""Real names before anything is filed: applicant and agent are known, as the office's rules want.

`filing.verification` says whose papers an officer looks at, `filing.identity` by when it has to be
done: before a matter is submitted (TJ-42, CP-18, ZJ-19), or before the evidence it rests on was
deposited (SD-03, SD-65).
"""

import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from accounts import identity
from accounts.identity import IdentityPolicy
from accounts.papers import PaperKind
from accounts.verified import Lack, known_since, lack_of
from core.errors import Conflict, InvalidInput
from evidence.models import Evidence
from registry.conflicts import folded
from registry.form import Form
from registry.models import Matter
from registry.precheck import Unknown
from registry.profile import Profile
from registry.profile_parts import Filing
from registry.words import Words

_REVIEWED: Final[Mapping[str, frozenset[str]]] = {
    "automatic": frozenset(),
    "organisations_reviewed": frozenset({"body"}),
    "reviewed": frozenset({"natural", "body"}),
}
_WHO: Final[Mapping[str, Words]] = {
    "identity": Words("申请人", "the applicant"),
    "agent": Words("代理人", "the agent"),
}
_SAID: Final[Mapping[Lack, tuple[Words, Words]]] = {
    Lack.ABSENT: (
        Words("尚未实名认证", "has not verified an identity"),
        Words("请先完成实名认证", "verify it first, with papers"),
    ),
    Lack.WAITING: (
        Words("的实名认证正在审核", "waits for an officer to look at the identity"),
        Words("请待审核通过后再提交", "submit once it is verified"),
    ),
    Lack.EXPIRED: (
        Words("的实名认证证件已过期", "was verified with a document that has expired"),
        Words("请用有效证件重新认证", "verify anew with a valid one"),
    ),
    Lack.UNREVIEWED: (
        Words("的身份尚未经人工核验", "has an identity that no officer has looked at"),
        Words("请重新认证并选择本机构核验", "claim it again and submit it to this office"),
    ),
}


def reviewed(filing: Filing) -> frozenset[str]:
    """The natures (natural, body) whose papers an officer of the office looks at."""
    return _REVIEWED[filing.verification]


def policy(filing: Filing) -> IdentityPolicy:
    """What the office asks of a claim of identity."""
    papers = {"natural": filing.person_papers, "body": filing.body_papers}
    named = {nature: frozenset(map(PaperKind, kinds)) for nature, kinds in papers.items()}
    facts = {"natural": frozenset(filing.person_facts), "body": frozenset(filing.body_facts)}
    return IdentityPolicy(reviewed(filing), named, facts)


def unknown(
    session: Session, matter: Matter, profile: Profile, *, now: datetime
) -> Iterator[Unknown]:
    """Each of applicant and agent whose identity is not enough for the office now."""
    filers: Mapping[str, uuid.UUID | None] = {
        "identity": matter.applicant_id, "agent": matter.agent_id,
    }  # fmt: skip
    for field, account_id in filers.items():
        if account_id is None:
            continue
        lack = lack_of(session, account_id, reviewed(profile.filing), now=now)
        if lack is not None:
            (said, remedy), who = _SAID[lack], _WHO[field]
            yield Unknown(field, Words(f"{who.zh}{said.zh}", f"{who.en} {said.en}"), remedy)


def require_known(session: Session, matter: Matter, profile: Profile, *, now: datetime) -> None:
    """Whoever files is known by name.

    Raises:
        Conflict: the field is `identity` for the applicant, `agent` for the agent.
    """
    for each in unknown(session, matter, profile, now=now):
        raise Conflict(
            f"{each.said.zh},{each.remedy.zh} / {each.said.en}: {each.remedy.en}", field=each.field
        )


def misnamed(session: Session, matter: Matter, form: Form) -> Iterator[Unknown]:
    """The applicant, where the form calls it otherwise than its account was verified."""
    held = identity.current(session, matter.applicant_id)
    if held is None or form.applicant is None or form.applicant.name is None:
        return
    if folded(form.applicant.name) != folded(held.name or ""):
        yield Unknown(
            "applicant.name",
            Words(
                "申请人名称与账号实名认证的名称不一致",
                "the applicant is not the name that the account was verified by",
            ),
            Words(
                "请填写认证的名称,或由该申请人以其自己的账号申请",
                "give the verified name, or let that applicant apply in its own account",
            ),
        )


def require_named(session: Session, matter: Matter, form: Form) -> None:
    """The applicant is whom the account was verified to be; an agent's principal likewise.

    Raises:
        InvalidInput: the form says another name.
    """
    for each in misnamed(session, matter, form):
        raise InvalidInput(
            f"{each.said.zh},{each.remedy.zh} / {each.said.en}: {each.remedy.en}", field=each.field
        )


def require_known_before(
    session: Session, matter: Matter, profile: Profile, evidence: Evidence
) -> None:
    """Where the office wants it so, the evidence was deposited by somebody known already.

    Raises:
        Conflict: the evidence is older than the verification.
    """
    if profile.filing.identity != "before_evidence":
        return
    since = known_since(session, matter.applicant_id)
    if since is None or evidence.submitted_at < since:
        raise Conflict(
            "此存证早于实名认证,本机构须先认证后存证:请将同一文件重新存证并选用新的存证编号"
            "(原存证仍有效)/ deposited before the identity was verified, which this office asks "
            "for first: deposit the files again and use the new number; the old evidence stands",
            field="evidence_number",
        )

"""The revocation of a registration: its states, who may do what in which, and its grounds, as data.

Two officers decide, two different persons (architecture: four eyes). The applicant may ask for it;
an officer then takes the request up, and another confirms.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.errors import IllegalTransition, NotAllowed
from registry import refused_steps, tables
from registry.words import Words


class RevocationState(StrEnum):
    REQUESTED = "requested"  # a registrar: take it up or reject it; the applicant may withdraw
    PROPOSED = "proposed"  # another officer: confirm it or reject it; who proposed may withdraw
    CONFIRMED = "confirmed"  # nobody: the registration is revoked, for good
    REJECTED = "rejected"  # nobody
    WITHDRAWN = "withdrawn"  # nobody


class RevocationAction(StrEnum):
    TAKE_UP = "take_up"
    CONFIRM = "confirm"
    REJECT = "reject"
    WITHDRAW = "withdraw"


class Part(StrEnum):
    """As what somebody acts."""

    APPLICANT = "applicant"
    PROPOSER = "proposer"  # the registrar who proposed it
    REGISTRAR = "registrar"  # another one
    FINAL_EXAMINER = "final_examiner"


@dataclass(frozen=True)
class RevocationRule:
    """`part` may do `action` in state `was`; the proposal is then in state `to`."""

    action: RevocationAction
    part: Part
    was: RevocationState
    to: RevocationState


_S, _A, _P = RevocationState, RevocationAction, Part

REVOCATION_RULES: Final[tuple[RevocationRule, ...]] = (
    RevocationRule(_A.TAKE_UP, _P.REGISTRAR, _S.REQUESTED, _S.PROPOSED),
    RevocationRule(_A.REJECT, _P.REGISTRAR, _S.REQUESTED, _S.REJECTED),
    RevocationRule(_A.WITHDRAW, _P.APPLICANT, _S.REQUESTED, _S.WITHDRAWN),
    RevocationRule(_A.CONFIRM, _P.REGISTRAR, _S.PROPOSED, _S.CONFIRMED),
    RevocationRule(_A.CONFIRM, _P.FINAL_EXAMINER, _S.PROPOSED, _S.CONFIRMED),
    RevocationRule(_A.REJECT, _P.REGISTRAR, _S.PROPOSED, _S.REJECTED),
    RevocationRule(_A.REJECT, _P.FINAL_EXAMINER, _S.PROPOSED, _S.REJECTED),
    RevocationRule(_A.WITHDRAW, _P.PROPOSER, _S.PROPOSED, _S.WITHDRAWN),
)

REVOCATION_TRANSITIONS: Final[Mapping[RevocationState, frozenset[RevocationState]]] = {
    state: frozenset(rule.to for rule in REVOCATION_RULES if rule.was is state)
    for state in RevocationState
}


@dataclass(frozen=True)
class RevocationGround:
    """`code` stands on the chain (`chain.revoking`); `basis`: by form, the rule a notice names."""

    code: int
    words: Words
    basis: Mapping[str, Words]


_WORKS: Final = {
    "work": Words(
        "依据《作品自愿登记试行办法》第六条",
        "under article 6 of the Trial Measures for Voluntary Registration of Works",
    )
}
_SOFTWARE: Final = {
    "software": Words(
        "依据《计算机软件著作权登记办法》第二十三条",
        "under article 23 of the Measures for the Registration of Computer Software Copyright",
    )
}
_ASKED: Final = {"software": Words("应登记申请人的请求", "at the request of its applicant")}
"""Art. 24 of the software measure says so, as far as known; to be confirmed, and not quoted."""

GROUNDS: Final[Mapping[str, RevocationGround]] = {
    "not_registrable": RevocationGround(
        11,
        Words("登记后发现属于不予登记的情形", "found to be within article 5 after registration"),
        _WORKS,
    ),
    "untrue": RevocationGround(
        12, Words("登记后发现与事实不相符", "found not to match the facts"), _WORKS
    ),
    "requested": RevocationGround(
        13, Words("申请人申请撤销", "the applicant asks for it"), {**_WORKS, **_ASKED}
    ),
    "duplicate": RevocationGround(
        14, Words("登记后发现是重复登记", "found to be registered twice"), _WORKS
    ),
    "judgment": RevocationGround(15, Words("依据终审判决", "on a final judgment"), _SOFTWARE),
    "penalty": RevocationGround(
        16,
        Words("依据著作权行政处罚决定", "on an administrative penalty decision"),
        _SOFTWARE,
    ),
}
"""Works: 《作品自愿登记试行办法》(1994) art. 6, items 1 to 4. Software:
《计算机软件著作权登记办法》 art. 23 (judgment, penalty decision) and 24 (the applicant's request).
"""

REQUESTED_GROUND: Final = "requested"
PAPER_GROUNDS: Final = frozenset({REQUESTED_GROUND, "judgment", "penalty"})
"""Grounds that are a paper of somebody's; an officer who proposes one has it as evidence."""


def revocation_grounds(form: str) -> Mapping[str, RevocationGround]:
    """The grounds there are for a registration on this form (`work`, `software`)."""
    return {key: ground for key, ground in GROUNDS.items() if form in ground.basis}


_SUBJECT: Final = Words("登记的撤销", "the revocation")
_PARTS: Final[Mapping[Part, Words]] = {
    Part.APPLICANT: Words("申请人", "the applicant"),
    Part.PROPOSER: Words("提出的人员", "the officer who proposed it"),
    Part.REGISTRAR: Words("登记员", "a registrar"),
    Part.FINAL_EXAMINER: Words("终审员", "a final examiner"),
}
_DOING: Final[Mapping[RevocationAction, Words]] = {
    _A.TAKE_UP: Words("受理撤销申请", "take it up"),
    _A.CONFIRM: Words("确认撤销", "confirm it"),
    _A.REJECT: Words("决定不予撤销", "decide against it"),
    _A.WITHDRAW: Words("撤回", "withdraw it"),
}


def decide_revocation(
    state: RevocationState, action: RevocationAction, parts: frozenset[Part]
) -> RevocationState:
    """The state after somebody who has these parts does `action` in `state`.

    Raises:
        IllegalTransition: nobody does that in this state.
        NotAllowed: others do, these parts do not.
    """
    here = [rule for rule in REVOCATION_RULES if rule.action is action and rule.was is state]
    if not here:
        then = ((_PARTS[row.part], _DOING[row.action]) for row in REVOCATION_RULES
                if row.was is state)  # fmt: skip
        said = tables.words()["revocation_states"][state]
        raise IllegalTransition(
            refused_steps.not_now(_SUBJECT, said, _DOING[action], then), field="state"
        )
    for rule in here:
        if rule.part in parts:
            return rule.to
    raise NotAllowed(refused_steps.not_by(_DOING[action], (_PARTS[rule.part] for rule in here)))

"""The states of a registration matter, and who may do what in which of them: one table, as data.

`RULES` is the only place that knows. The lifecycle that `core.lifecycle.move` obeys is derived
from it, and the database refuses every other step by itself (migration 0032, held against this
table by a test).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.errors import IllegalTransition, NotAllowed
from registry.tables import standings
from registry.words import Words


class MatterState(StrEnum):
    DRAFT = "draft"  # the applicant: fill in and submit
    SIGNING = "signing"  # the signers: sign; the last one sends it on
    PAYMENT = "payment"  # the applicant: pay what is due; the payment sends it on
    SUBMITTED = "submitted"  # a first examiner: claim it
    FIRST_EXAMINATION = "first_examination"  # the first examiner who holds it: decide
    RETURNED = "returned"  # the applicant: correct before the due date; after it, the clock
    PASSED = "passed"  # a final examiner: claim it
    FINAL_EXAMINATION = "final_examination"  # the final examiner who holds it: decide
    REGISTERED = "registered"  # nobody: the register has it
    REFUSED = "refused"  # nobody
    LAPSED = "lapsed"  # nobody: not corrected in time
    WITHDRAWN = "withdrawn"  # nobody: the applicant took it back


class Role(StrEnum):
    """As what somebody acts. Each officer role is held at one office."""

    APPLICANT = "applicant"
    SIGNER = "signer"
    PAYER = "payer"
    FIRST_EXAMINER = "first_examiner"
    FINAL_EXAMINER = "final_examiner"
    REGISTRAR = "registrar"
    SUPERVISOR = "supervisor"
    CLOCK = "clock"


class Action(StrEnum):
    CHANGE = "change"
    EXTEND = "extend"
    SUBMIT = "submit"
    SIGNED = "signed"
    SETTLED = "settled"
    RECALL = "recall"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    CLAIM = "claim"
    RELEASE = "release"
    RECUSE = "recuse"
    TAKE_AWAY = "take_away"
    RETURN = "return"
    PASS = "pass"  # noqa: S105 - what an examiner does
    SEND_BACK = "send_back"
    REFUSE = "refuse"
    APPROVE = "approve"
    LAPSE = "lapse"


@dataclass(frozen=True)
class Rule:
    """`role` may do `action` in state `was`; the matter is then in state `to`."""

    action: Action
    role: Role
    was: MatterState
    to: MatterState


_S, _R, _A = MatterState, Role, Action

RULES: Final[tuple[Rule, ...]] = (
    Rule(_A.CHANGE, _R.APPLICANT, _S.DRAFT, _S.DRAFT),
    Rule(_A.CHANGE, _R.APPLICANT, _S.RETURNED, _S.RETURNED),
    Rule(_A.SUBMIT, _R.APPLICANT, _S.DRAFT, _S.SIGNING),
    Rule(_A.SUBMIT, _R.APPLICANT, _S.RETURNED, _S.SIGNING),
    Rule(_A.SIGNED, _R.SIGNER, _S.SIGNING, _S.PAYMENT),
    Rule(_A.SETTLED, _R.PAYER, _S.PAYMENT, _S.SUBMITTED),
    # To be edited again: before anybody examined it, or under a return that still runs.
    Rule(_A.RECALL, _R.APPLICANT, _S.SIGNING, _S.DRAFT),
    Rule(_A.RECALL, _R.APPLICANT, _S.PAYMENT, _S.DRAFT),
    Rule(_A.REOPEN, _R.APPLICANT, _S.SIGNING, _S.RETURNED),
    Rule(_A.REOPEN, _R.APPLICANT, _S.PAYMENT, _S.RETURNED),
    Rule(_A.EXTEND, _R.APPLICANT, _S.RETURNED, _S.RETURNED),
    Rule(_A.WITHDRAW, _R.APPLICANT, _S.DRAFT, _S.WITHDRAWN),
    Rule(_A.WITHDRAW, _R.APPLICANT, _S.SIGNING, _S.WITHDRAWN),
    Rule(_A.WITHDRAW, _R.APPLICANT, _S.PAYMENT, _S.WITHDRAWN),
    Rule(_A.WITHDRAW, _R.APPLICANT, _S.SUBMITTED, _S.WITHDRAWN),
    Rule(_A.WITHDRAW, _R.APPLICANT, _S.FIRST_EXAMINATION, _S.WITHDRAWN),
    Rule(_A.WITHDRAW, _R.APPLICANT, _S.RETURNED, _S.WITHDRAWN),
    Rule(_A.WITHDRAW, _R.APPLICANT, _S.PASSED, _S.WITHDRAWN),
    Rule(_A.WITHDRAW, _R.APPLICANT, _S.FINAL_EXAMINATION, _S.WITHDRAWN),
    Rule(_A.CLAIM, _R.FIRST_EXAMINER, _S.SUBMITTED, _S.FIRST_EXAMINATION),
    Rule(_A.RELEASE, _R.FIRST_EXAMINER, _S.FIRST_EXAMINATION, _S.SUBMITTED),
    Rule(_A.RECUSE, _R.FIRST_EXAMINER, _S.FIRST_EXAMINATION, _S.SUBMITTED),
    Rule(_A.TAKE_AWAY, _R.REGISTRAR, _S.FIRST_EXAMINATION, _S.SUBMITTED),
    Rule(_A.TAKE_AWAY, _R.SUPERVISOR, _S.FIRST_EXAMINATION, _S.SUBMITTED),
    Rule(_A.RETURN, _R.FIRST_EXAMINER, _S.FIRST_EXAMINATION, _S.RETURNED),
    Rule(_A.PASS, _R.FIRST_EXAMINER, _S.FIRST_EXAMINATION, _S.PASSED),
    Rule(_A.CLAIM, _R.FINAL_EXAMINER, _S.PASSED, _S.FINAL_EXAMINATION),
    Rule(_A.RELEASE, _R.FINAL_EXAMINER, _S.FINAL_EXAMINATION, _S.PASSED),
    Rule(_A.RECUSE, _R.FINAL_EXAMINER, _S.FINAL_EXAMINATION, _S.PASSED),
    # Out of somebody else's hands: with a reason, or because that one's role ends.
    Rule(_A.TAKE_AWAY, _R.REGISTRAR, _S.FINAL_EXAMINATION, _S.PASSED),
    Rule(_A.TAKE_AWAY, _R.SUPERVISOR, _S.FINAL_EXAMINATION, _S.PASSED),
    # Where the office's rules say so (`ExaminationStage.returns_to`).
    Rule(_A.RETURN, _R.FINAL_EXAMINER, _S.FINAL_EXAMINATION, _S.RETURNED),
    Rule(_A.SEND_BACK, _R.FINAL_EXAMINER, _S.FINAL_EXAMINATION, _S.SUBMITTED),
    Rule(_A.REFUSE, _R.FINAL_EXAMINER, _S.FINAL_EXAMINATION, _S.REFUSED),
    Rule(_A.APPROVE, _R.FINAL_EXAMINER, _S.FINAL_EXAMINATION, _S.REGISTERED),
    Rule(_A.LAPSE, _R.CLOCK, _S.RETURNED, _S.LAPSED),
    Rule(_A.LAPSE, _R.CLOCK, _S.SIGNING, _S.LAPSED),
    Rule(_A.LAPSE, _R.CLOCK, _S.PAYMENT, _S.LAPSED),
)


TRANSITIONS: Final[Mapping[MatterState, frozenset[MatterState]]] = {
    state: frozenset(rule.to for rule in RULES if rule.was is state and rule.to is not state)
    for state in MatterState
}


ROLES: Final[Mapping[Role, Words]] = {
    Role.APPLICANT: Words("申请人", "the applicant"),
    Role.SIGNER: Words("签署人", "a signer"),
    Role.PAYER: Words("付款人", "whoever pays"),
    Role.FIRST_EXAMINER: Words("初审员", "a first examiner"),
    Role.FINAL_EXAMINER: Words("终审员", "a final examiner"),
    Role.REGISTRAR: Words("登记员", "a registrar"),
    Role.SUPERVISOR: Words("主管", "a supervisor"),
    Role.CLOCK: Words("期限", "the clock"),
}

ACTIONS: Final[Mapping[Action, Words]] = {
    Action.CHANGE: Words("修改", "change it"),
    Action.EXTEND: Words("延期", "be given more time"),
    Action.SUBMIT: Words("提交", "submit it"),
    Action.SIGNED: Words("签章", "sign it"),
    Action.SETTLED: Words("缴费", "pay for it"),
    Action.RECALL: Words("取回", "take it back"),
    Action.REOPEN: Words("取回", "take it back"),
    Action.WITHDRAW: Words("撤回", "withdraw it"),
    Action.CLAIM: Words("领取", "claim it"),
    Action.RELEASE: Words("放回", "give it back"),
    Action.RECUSE: Words("回避", "step back from it"),
    Action.TAKE_AWAY: Words("收回", "take it out of an officer's hands"),
    Action.RETURN: Words("退回", "return it"),
    Action.PASS: Words("通过初审", "pass it on"),
    Action.SEND_BACK: Words("退回初审", "send it back"),
    Action.REFUSE: Words("不予登记", "refuse it"),
    Action.APPROVE: Words("批准", "approve it"),
    Action.LAPSE: Words("终止", "let it lapse"),
}


def decide(state: MatterState, action: Action, role: Role) -> MatterState:
    """The state after `role` does `action` in `state`.

    Raises:
        NotAllowed: this role never does that.
        IllegalTransition: it does, but not in this state; it says what is to be done instead.
    """
    of_role = [rule for rule in RULES if rule.action is action and rule.role is role]
    if not of_role:
        raise NotAllowed(_not_by(action, role))
    for rule in of_role:
        if rule.was is state:
            return rule.to
    raise IllegalTransition(_not_now(state, action, role), field="state")


def open_to(state: MatterState, role: Role) -> tuple[Action, ...]:
    """What `role` may do in `state`, in the order of the table."""
    found = (rule.action for rule in RULES if rule.was is state and rule.role is role)
    return tuple(dict.fromkeys(found))


def _not_by(action: Action, role: Role) -> str:
    may = list(dict.fromkeys(ROLES[rule.role] for rule in RULES if rule.action is action))
    zh, en = "、".join(words.zh for words in may), " or ".join(words.en for words in may)
    doing = ACTIONS[action]
    who = ROLES[role]
    return f"{who.zh}不能{doing.zh},只能由{zh}办理 / {who.en} cannot {doing.en}: only {en}"


def _not_now(state: MatterState, action: Action, role: Role) -> str:
    """For the applicant's side what is to be done now, for officers who acts next."""
    now, doing = standings()[state], ACTIONS[action]
    if role in {Role.APPLICANT, Role.SIGNER, Role.PAYER}:
        then = now.todo
    else:
        then = Words(f"接着办理的是:{now.next.zh}。", f"Next acts: {now.next.en}.")
    return (
        f"业务状态:{now.state.zh};此时不能{doing.zh}。{then.zh} / "
        f"state of the matter: {now.state.en}; you cannot {doing.en} now. {then.en}"
    )

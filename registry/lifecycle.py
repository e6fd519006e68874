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


def decide(state: MatterState, action: Action, role: Role) -> MatterState:
    """The state after `role` does `action` in `state`.

    Raises:
        NotAllowed: this role never does that.
        IllegalTransition: it does, but not in this state.
    """
    of_role = [rule for rule in RULES if rule.action is action and rule.role is role]
    if not of_role:
        raise NotAllowed(f"{role} 无权 {action} / may not {action}")
    for rule in of_role:
        if rule.was is state:
            return rule.to
    raise IllegalTransition(
        f"业务状态为 {state},此时不能 {action} / the matter is {state}: no {action} now"
    )

"""The paper certificate, from the wish to the hand: its states, and who does what in which.

The electronic certificate is the one that counts; paper is an additional service where an office
offers it (ZJ-62, ZJ-100), sent (ZJ-63, CP-34) or laid ready (ZJ-64).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.errors import IllegalTransition, NotAllowed
from registry import refused_steps
from registry.words import Words


class DeliveryState(StrEnum):
    ASKED = "asked"  # a registrar: make it; the applicant may still cancel
    MADE = "made"  # a registrar: send it, or lay it ready
    DISPATCHED = "dispatched"  # the carrier; then the applicant, or a registrar, notes that it came
    READY = "ready"  # the applicant: collect it; a registrar notes it
    RETURNED = "returned"  # a registrar: send it or lay it ready once more
    COLLECTED = "collected"  # nobody: the applicant has it
    CANCELLED = "cancelled"  # nobody


class DeliveryAction(StrEnum):
    MAKE = "make"
    DISPATCH = "dispatch"
    LAY_READY = "lay_ready"
    HAND_OVER = "hand_over"
    COME_BACK = "come_back"
    REDIRECT = "redirect"
    CANCEL = "cancel"


class Side(StrEnum):
    """As what somebody acts."""

    APPLICANT = "applicant"
    REGISTRAR = "registrar"


@dataclass(frozen=True)
class DeliveryRule:
    """`side` may do `action` in state `was`; the delivery is then in state `to`."""

    action: DeliveryAction
    side: Side
    was: DeliveryState
    to: DeliveryState


_S, _A, _R, _P = DeliveryState, DeliveryAction, Side.REGISTRAR, Side.APPLICANT

DELIVERY_RULES: Final[tuple[DeliveryRule, ...]] = (
    DeliveryRule(_A.CANCEL, _P, _S.ASKED, _S.CANCELLED),
    DeliveryRule(_A.MAKE, _R, _S.ASKED, _S.MADE),
    DeliveryRule(_A.DISPATCH, _R, _S.MADE, _S.DISPATCHED),
    DeliveryRule(_A.DISPATCH, _R, _S.RETURNED, _S.DISPATCHED),
    DeliveryRule(_A.LAY_READY, _R, _S.MADE, _S.READY),
    DeliveryRule(_A.LAY_READY, _R, _S.RETURNED, _S.READY),
    DeliveryRule(_A.HAND_OVER, _P, _S.DISPATCHED, _S.COLLECTED),
    DeliveryRule(_A.HAND_OVER, _R, _S.DISPATCHED, _S.COLLECTED),
    DeliveryRule(_A.HAND_OVER, _R, _S.READY, _S.COLLECTED),
    DeliveryRule(_A.COME_BACK, _R, _S.DISPATCHED, _S.RETURNED),
    DeliveryRule(_A.COME_BACK, _R, _S.READY, _S.RETURNED),
    # Another address, before anything is under way to the one before.
    DeliveryRule(_A.REDIRECT, _P, _S.ASKED, _S.ASKED),
    DeliveryRule(_A.REDIRECT, _P, _S.MADE, _S.MADE),
    DeliveryRule(_A.REDIRECT, _P, _S.RETURNED, _S.RETURNED),
)

DELIVERY_TRANSITIONS: Final[Mapping[DeliveryState, frozenset[DeliveryState]]] = {
    state: frozenset(
        rule.to for rule in DELIVERY_RULES if rule.was is state and rule.to is not state
    )
    for state in DeliveryState
}

SAID: Final[Mapping[DeliveryState, Words]] = {
    _S.ASKED: Words("待制证", "to be made"),
    _S.MADE: Words("已制证,待交付", "made, to be handed out"),
    _S.DISPATCHED: Words("已寄出", "on its way"),
    _S.READY: Words("待领取", "ready for collection"),
    _S.RETURNED: Words("退回,待再次交付", "came back, to be handed out again"),
    _S.COLLECTED: Words("已领取", "received"),
    _S.CANCELLED: Words("已取消", "cancelled"),
}

_SUBJECT: Final = Words("纸质证书", "the paper certificate")
_SIDES: Final[Mapping[Side, Words]] = {
    Side.APPLICANT: Words("申请人", "the applicant"),
    Side.REGISTRAR: Words("登记员", "a registrar"),
}
_DOING: Final[Mapping[DeliveryAction, Words]] = {
    _A.MAKE: Words("制证", "make it"),
    _A.DISPATCH: Words("寄出", "send it"),
    _A.LAY_READY: Words("备好待领", "lay it ready"),
    _A.HAND_OVER: Words("确认收到", "note that it was received"),
    _A.COME_BACK: Words("记录退回", "note that it came back"),
    _A.REDIRECT: Words("更改收件地址", "change where it goes"),
    _A.CANCEL: Words("取消", "cancel it"),
}


def decide_delivery(state: DeliveryState, action: DeliveryAction, side: Side) -> DeliveryState:
    """The state after `side` does `action` in `state`.

    Raises:
        IllegalTransition: nobody does that in this state.
        NotAllowed: the other side does.
    """
    here = [rule for rule in DELIVERY_RULES if rule.action is action and rule.was is state]
    if not here:
        then = (
            (_SIDES[row.side], _DOING[row.action]) for row in DELIVERY_RULES if row.was is state
        )
        raise IllegalTransition(
            refused_steps.not_now(_SUBJECT, SAID[state], _DOING[action], then), field="state"
        )
    for rule in here:
        if rule.side is side:
            return rule.to
    raise NotAllowed(refused_steps.not_by(_DOING[action], (_SIDES[rule.side] for rule in here)))

"""A step that is refused says where the thing stands and what can be done, in words of both
languages (paper certificates, revocations; matters have theirs in test_lifecycle).
"""

import itertools
import re
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from core.errors import IllegalTransition, NotAllowed
from registry.delivery_lifecycle import DeliveryAction, DeliveryState, Side, decide_delivery
from registry.revocation_lifecycle import (
    Part,
    RevocationAction,
    RevocationState,
    decide_revocation,
)


def deliveries() -> Iterator[Callable[[], object]]:
    for state, action, side in itertools.product(DeliveryState, DeliveryAction, Side):
        yield partial(decide_delivery, state, action, side)


def revocations() -> Iterator[Callable[[], object]]:
    for state, action, part in itertools.product(RevocationState, RevocationAction, Part):
        yield partial(decide_revocation, state, action, frozenset({part}))


@pytest.mark.parametrize("steps", [deliveries, revocations])
def test_each_refusal_is_in_words(steps: Callable[[], Iterator[Callable[[], object]]]) -> None:
    told = []
    for step in steps():
        try:
            step()
        except (IllegalTransition, NotAllowed) as error:
            told.append(str(error))
    assert told
    for said in told:
        chinese, _, english = said.partition(" / ")
        assert english, said
        assert not re.search("[a-z]", chinese), said
        assert "_" not in english, said


def test_it_says_what_can_be_done_instead() -> None:
    with pytest.raises(IllegalTransition) as caught:
        decide_delivery(DeliveryState.ASKED, DeliveryAction.HAND_OVER, Side.APPLICANT)
    assert caught.value.field == "state"
    assert str(caught.value) == (
        "纸质证书:待制证;此时不能确认收到。申请人可以取消;登记员可以制证;申请人可以更改收件地址 / "
        "the paper certificate: to be made; nobody can note that it was received now. Open: the "
        "applicant may cancel it; a registrar may make it; the applicant may change where it goes"
    )
    with pytest.raises(IllegalTransition, match=r"已经结束 / .*it has ended"):
        decide_revocation(
            RevocationState.CONFIRMED, RevocationAction.REJECT, frozenset({Part.REGISTRAR})
        )
    with pytest.raises(NotAllowed, match=r"^只有登记员可以制证 / only a registrar may make it$"):
        decide_delivery(DeliveryState.ASKED, DeliveryAction.MAKE, Side.APPLICANT)

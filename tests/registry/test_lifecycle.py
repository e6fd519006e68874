"""What a refused step says: in words, with what to do instead."""

import pytest

from core.errors import IllegalTransition, NotAllowed
from registry.lifecycle import RULES, Action, MatterState, Role, decide
from registry.tables import standings

_OFFICERS = {Role.FIRST_EXAMINER, Role.FINAL_EXAMINER, Role.REGISTRAR, Role.SUPERVISOR}
_PAIRS = sorted({(rule.action, rule.role) for rule in RULES})


@pytest.mark.parametrize(("action", "role"), _PAIRS)
def test_a_step_out_of_time_is_refused_in_words_and_with_a_remedy(
    action: Action, role: Role
) -> None:
    allowed = {rule.was for rule in RULES if rule.action is action and rule.role is role}
    for state in set(MatterState) - allowed:
        with pytest.raises(IllegalTransition) as refused:
            decide(state, action, role)
        said, now = str(refused.value), standings()[state]
        assert refused.value.field == "state"
        assert now.state.zh in said
        assert now.state.en in said
        if role in _OFFICERS:
            assert now.next.en in said
        elif role is not Role.CLOCK:
            assert now.todo.zh in said
            assert now.todo.en in said
        assert "_" not in said


def test_a_matter_under_signature_says_that_it_can_be_taken_back() -> None:
    with pytest.raises(IllegalTransition, match=r"取回修改.*take it back to edit it"):
        decide(MatterState.SIGNING, Action.CHANGE, Role.APPLICANT)


def test_an_officer_is_told_what_cannot_be_done_and_who_acts_next() -> None:
    with pytest.raises(IllegalTransition) as refused:
        decide(MatterState.RETURNED, Action.APPROVE, Role.FINAL_EXAMINER)
    now = standings()[MatterState.RETURNED]
    assert str(refused.value) == (
        f"业务状态:{now.state.zh};此时不能批准。接着办理的是:{now.next.zh}。 / "
        f"state of the matter: {now.state.en}; you cannot approve it now. Next acts: {now.next.en}."
    )


def test_whoever_may_not_is_told_who_may() -> None:
    with pytest.raises(NotAllowed) as refused:
        decide(MatterState.FINAL_EXAMINATION, Action.APPROVE, Role.FIRST_EXAMINER)
    assert str(refused.value) == (
        "初审员不能批准,只能由终审员办理 / "
        "a first examiner cannot approve it: only a final examiner"
    )

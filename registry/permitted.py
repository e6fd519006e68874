"""Whether an officer may do something with a matter: what the table of `registry.lifecycle` says of
state and role, and what a table cannot say of who holds it, who examined first, and whom it binds.

Each verb of the examination asks here before it acts, and so does whoever wants to know what can be
done next (`registry.next_steps`): there is no second list.
"""

import uuid
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy.orm import Session

from accounts import staff, ties
from accounts.staff import Officer
from core.errors import Conflict, NotAllowed
from registry import interests
from registry.lifecycle import Action, MatterState, Role, decide
from registry.matters import profile_of
from registry.models import Matter
from registry.profile_words import RETURNED_TO
from registry.tables import standings

HELD_AS: Final = {
    MatterState.FIRST_EXAMINATION: Role.FIRST_EXAMINER,
    MatterState.FINAL_EXAMINATION: Role.FINAL_EXAMINER,
}
LETS_GO: Final = frozenset({Action.RELEASE, Action.RECUSE})
"""What also whoever has come to have an interest in a matter does, to be rid of it."""


@dataclass(frozen=True)
class Step:
    """What is about to be done: from `was` to `to`, in this role."""

    was: MatterState
    to: MatterState
    role: Role


def require(
    session: Session, officer: Officer, matter: Matter, action: Action, role: Role | None = None
) -> Step:
    """The step, if this officer may take it now. `role` is needed where the matter is not in the
    officer's hands: to claim it, or to take it out of somebody else's.

    Raises:
        NotAllowed: not in the role, or not at the agency; somebody else holds it; the same person
            examined first; or an interest in the matter.
        IllegalTransition, Conflict: not in this state; or it still waits for its papers.
    """
    step = require_standing(session, officer, matter, action, role)
    if action not in LETS_GO:
        interests.require_none(session, officer, matter)
    return step


def require_standing(
    session: Session, officer: Officer, matter: Matter, action: Action, role: Role | None = None
) -> Step:
    """As `require`, whatever interest the officer has in the matter."""
    was = MatterState(matter.status)
    if action is Action.TAKE_AWAY:
        officer.require(staff.Role.REGISTRAR)
    elif action is not Action.CLAIM:
        role = _holding(officer, matter)
    elif role is not None:
        require_role(officer, role)
    assert role is not None  # noqa: S101 - whoever claims or takes away says as what
    step = Step(was, decide(was, action, role), role)
    if action is Action.CLAIM:
        _require_ready(officer, matter, role)
    if action in {Action.CLAIM, Action.APPROVE} and role is Role.FINAL_EXAMINER:
        _require_another(session, officer, matter)
    if action is Action.RETURN:
        _require_way(session, matter, role, "applicant")
    if action is Action.SEND_BACK:
        _require_way(session, matter, role, "first")
    return step


def holds(officer: Officer, matter: Matter) -> bool:
    """Whether this officer holds the matter now, in first or final examination."""
    role = HELD_AS.get(MatterState(matter.status))
    if role is None or staff.Role(role.value) not in officer.roles:
        return False
    return _holder(matter, role) == officer.account_id


def require_role(officer: Officer, role: Role) -> None:
    """Raises NotAllowed unless the officer has this role."""
    officer.require(staff.Role(role.value))


def _require_ready(officer: Officer, matter: Matter, role: Role) -> None:
    if matter.awaits_papers:
        raise Conflict(
            "纸质材料尚未收到,收到后再审查 / its papers have not come yet: wait for them",
            field="papers",
        )
    if role is Role.FIRST_EXAMINER and matter.agency not in {None, *officer.agencies}:
        raise NotAllowed("由另一初审机构办理 / another agency examines this first")


def _require_another(session: Session, officer: Officer, matter: Matter) -> None:
    """Raises NotAllowed for who examined first, under whatever account and identity."""
    if ties.did(session, officer, matter.first_person, matter.first_officer_id):
        raise NotAllowed(
            "初审与终审须由不同的人办理 / first and final examination need different persons"
        )


def _require_way(
    session: Session, matter: Matter, role: Role, to: Literal["applicant", "first"]
) -> None:
    """What the office's rules say of whom an examiner may return a matter to (终审退回)."""
    stage = profile_of(session, matter).stage("first" if role is Role.FIRST_EXAMINER else "final")
    if stage is not None and to not in stage.returns_to:
        whom = RETURNED_TO[to]
        raise NotAllowed(
            f"本机构此环节不能退回给{whom.zh} / this office's rules do not let you return it to "
            f"{whom.en}"
        )


def _holding(officer: Officer, matter: Matter) -> Role:
    """The role in which this officer holds the matter."""
    was = MatterState(matter.status)
    role = HELD_AS.get(was)
    if role is None:
        raise _nobody_examines(was)
    require_role(officer, role)
    if _holder(matter, role) != officer.account_id:
        raise NotAllowed("此业务由他人办理 / somebody else holds this matter")
    return role


def _holder(matter: Matter, role: Role) -> uuid.UUID | None:
    return matter.first_officer_id if role is Role.FIRST_EXAMINER else matter.final_officer_id


def _nobody_examines(was: MatterState) -> Conflict:
    said = standings()[was].state
    zh, en = f"业务状态:{said.zh};未在审查中", f"state of the matter: {said.en}; nobody examines it"
    if was in {MatterState.SUBMITTED, MatterState.PASSED}:
        zh, en = f"{zh},请先领取", f"{en}: claim it first"
    return Conflict(f"{zh} / {en}", field="state")

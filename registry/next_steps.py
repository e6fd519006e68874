"""What an officer can do next with a matter: of what the table opens to the officer's roles, all
that `registry.permitted` lets through. What an act needs besides, such as reasons, is not asked.
"""

from sqlalchemy.orm import Session

from accounts.staff import Officer
from core.errors import Conflict, NotAllowed
from registry import interests, opening, permitted
from registry.lifecycle import Action, MatterState, Role, open_to
from registry.models import Matter
from registry.permitted import LETS_GO


def may(session: Session, officer: Officer, matter: Matter) -> list[Action]:
    """In the order of the table. Approving is among them once the officer has opened the matter in
    this round.
    """
    state = MatterState(matter.status)
    found = dict.fromkeys(
        action
        for role in Role
        if role.value in officer.roles
        for action in open_to(state, role)
        if _stands(session, officer, matter, action, role)
    )
    if found.keys() <= LETS_GO or _is_free(session, officer, matter):
        return list(found)
    return [action for action in found if action in LETS_GO]


def _stands(session: Session, officer: Officer, matter: Matter, action: Action, role: Role) -> bool:
    try:
        permitted.require_standing(session, officer, matter, action, role)
        if action is Action.APPROVE:
            opening.require_opened(session, officer, matter, "matter")
    except (NotAllowed, Conflict):
        return False
    return True


def _is_free(session: Session, officer: Officer, matter: Matter) -> bool:
    """Asked for once, whatever the actions: nothing that binds the officer stands in the matter."""
    try:
        interests.require_none(session, officer, matter)
    except NotAllowed:
        return False
    return True

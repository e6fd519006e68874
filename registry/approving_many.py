"""Approval of many matters by one look at each: opened one by one, and none that was drawn.

Each matter is approved in a transaction of its own, so that one that cannot be holds up no other;
numbers come from the same counter under the same lock, and stay without gaps.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from accounts.staff import Officer
from core.errors import Conflict, NotAllowed
from registry import examining, opening, registering
from registry.drawing_lots import is_drawn
from registry.lifecycle import MatterState
from registry.matters import lot_number, profile_of
from registry.models import Matter, Registration
from registry.profile import Profile


def approve_opened(
    session: Session,
    officer: Officer,
    matter: Matter,
    checklist: Sequence[str],
    check: registering.Check,
    clock: Callable[[], datetime],
    today: Profile | None = None,
) -> Registration:
    """Approve one of many; `today` is the `rules` of `registering.approve`. What the same officer
    registered before gives its entry again.

    Raises:
        NotAllowed: the office approves one by one; otherwise as `registering.approve`.
        Conflict: not opened in this round, or drawn for a closer look.
    """
    entry = registering.of_matter(session, matter.id)
    if (
        matter.status == MatterState.REGISTERED.value
        and entry is not None
        and matter.final_person == officer.person_id
    ):
        return entry
    examining.require_final(session, officer, matter)
    rules = profile_of(session, matter).batch_approval
    if rules is None:
        raise NotAllowed("本机构须逐件批准 / this office approves one by one")
    opening.require_opened(session, officer, matter, "matters")
    if is_drawn(matter.id, lot_number(session, matter), rules):
        raise Conflict(
            "本件抽中复核,须单独审查批准 / drawn for a closer look: approve it by itself",
            field="matters",
        )
    return registering.approve(session, officer, matter, checklist, check, clock, today)

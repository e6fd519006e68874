"""I6: every step that the audit tells of has exactly one line, in the right stream, in order."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, literal, or_, select
from sqlalchemy.orm import Session

from accounts.identity import TAKEN_BACK, IdentityStatus
from accounts.person_models import KindChange, Verification
from api.fsck.findings import Findings
from api.fsck.histories import REVOCATIONS
from billing.models import Order, Refund
from billing.orders import INSTALLATION
from core import audit
from core.audit import AuditLine
from core.lifecycle import Transition
from registry.deliveries import PaperDelivery
from registry.models import Matter
from registry.revocations import RegistrationRevocation
from registry.signing_models import SigningAct, SigningPaper
from registry.signing_state import ActState

Step = tuple[str | None, str]
"""The state before, where the audit tells it, and the state after."""


@dataclass(frozen=True)
class Told:
    """One lifecycle whose steps are told.

    `rows` gives of each row its id, the office in whose stream it is told, the subject of the
    lines, and the state that a first line tells of it, if there is one.
    """

    lifecycle: str
    subject: str
    rows: Select[*tuple[Any, ...]]
    from_where: bool = False
    """The lines also tell the state before."""
    states: frozenset[str] = frozenset()
    """Only the steps to these, if there are any."""
    reason: str | None = None
    """Only the steps taken for this reason, if there is one."""


_NONE: Final = literal(None)

TOLD: Final = (
    Told("matter", "matter", select(Matter.id, Matter.office, Matter.id, _NONE), from_where=True),
    Told("order", "order", select(Order.id, Order.seller, Order.id, _NONE), from_where=True),
    Told(
        "refund", "refund",
        select(Refund.id, Order.seller, Refund.id, literal("intended"))
        .join(Order, Order.id == Refund.order_id),
    ),
    Told(
        "paper_delivery", "delivery",
        select(PaperDelivery.id, PaperDelivery.office, PaperDelivery.id, literal("asked")),
    ),
    Told(
        "registration_revocation", "revocation",
        select(
            RegistrationRevocation.id, RegistrationRevocation.office, RegistrationRevocation.id,
            REVOCATIONS.begins,
        ),
    ),
    Told(
        "signing_act", "signer",
        select(SigningAct.id, Matter.office, SigningAct.signer_id, _NONE)
        .join(SigningPaper, SigningPaper.id == SigningAct.paper_id)
        .join(Matter, Matter.id == SigningPaper.matter_id),
        states=frozenset({ActState.SIGNED.value}),
    ),
    Told(
        "verification", "verification",
        select(Verification.id, Verification.office, Verification.id, _NONE),
        states=frozenset({IdentityStatus.VERIFIED.value, IdentityStatus.REJECTED.value}),
    ),
    Told(
        "verification", "withdrawal",
        select(
            Verification.id, func.coalesce(Verification.office, INSTALLATION), Verification.id,
            _NONE,
        ),
        states=frozenset({IdentityStatus.WITHDRAWN.value}), reason=TAKEN_BACK,
    ),
    Told(
        "verification", "erasure",
        select(Verification.id, literal(INSTALLATION), Verification.id, _NONE),
        states=frozenset({IdentityStatus.ERASED.value}),
    ),
    Told(
        "kind_change", "kind_change",
        select(KindChange.id, KindChange.office, KindChange.id, _NONE),
    ),
)  # fmt: skip

_STEPS: Final = ("matter", "order", "revocation", "delivery", "signing", "identity", "account")
"""Of these the acts of steps are."""


def check_steps(session: Session, found: Findings) -> None:
    """I6: of every row whose steps are told, and of every line that tells a step."""
    moves: dict[tuple[str, UUID], list[tuple[str, str, str]]] = defaultdict(list)
    for line in session.scalars(select(Transition).order_by(Transition.id)):
        moves[line.lifecycle, line.subject].append((line.was, line.became, line.reason))
    lines = _lines(session)
    for told in TOLD:
        taken: dict[tuple[str, str], list[Step]] = defaultdict(list)
        for row_id, office, subject, first in session.execute(told.rows):
            steps = moves[told.lifecycle, row_id]
            place = _stream(office), f"{told.subject}:{subject}"
            taken[place] += [] if first is None else [(None, first)]
            taken[place] += [
                (was if told.from_where else None, became)
                for was, became, reason in steps
                if not told.states or became in told.states
                if told.reason in {None, reason}
            ]
        for place, expected in taken.items():
            holds = lines.pop(place, []) == expected
            found.look("I6", holds=holds, subject=place[1], detail="steps and lines differ")
    for _, name in lines:
        found.look("I6", holds=False, subject=name, detail="lines of nothing there")


def _lines(session: Session) -> dict[tuple[str, str], list[Step]]:
    """The steps that lines tell of, by stream and subject."""
    found: dict[tuple[str, str], list[Step]] = defaultdict(list)
    for stream, act, subject, facts in session.execute(
        select(AuditLine.stream, AuditLine.act, AuditLine.subject, AuditLine.facts)
        .where(or_(*(AuditLine.act.startswith(f"{each}.") for each in _STEPS)))
        .order_by(AuditLine.stream, AuditLine.sequence)
    ):
        step = _step(act, subject, facts)
        if step is not None:
            found[stream, step[0]].append(step[1])
    return found


def _step(act: str, subject: str, facts: Mapping[str, Any]) -> tuple[str, Step] | None:
    """Subject and step of a line; None when it tells of something else."""
    part, _, word = act.partition(".")
    was, about = None, subject
    match part, word:
        case (("matter" | "order"), _) if "was" in facts:
            was = facts["was"]
        case "order", ("refund_intended" | "refund_done"):
            about, word = f"refund:{facts.get('refund')}", word.removeprefix("refund_")
        case "signing", "signed":
            about = f"signer:{facts.get('signer')}"
        case "identity", "decided":
            word = str(facts.get("outcome"))
        case "identity", "erased":
            about = subject.replace("verification", "erasure")
        case "identity", "withdrawn":
            about = subject.replace("verification", "withdrawal")
        case "account", "kind_decided":
            word = "granted" if facts.get("granted") else "refused"
        case (("revocation" | "delivery"), _) if word != "redirected":
            pass
        case _:
            return None
    return about, (was, word)


def _stream(office: str) -> str:
    return audit.INSTALLATION if office == INSTALLATION else audit.of_office(office)

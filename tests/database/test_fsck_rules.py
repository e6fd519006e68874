"""I6: an edition of an office's rules that is gone, or cannot be read, is named; what would be
compared with it is set apart, and all the rest is checked as ever.
"""

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from api.fsck import Findings, bound, ledger, registry, revocations, rules
from core.audit import settle
from registry import enforcing
from registry.revocation_lifecycle import RevocationState
from tests.database.test_force import GROUNDS as SIGNING
from tests.database.test_matter_fees import submitted
from tests.database.test_numbers_issued import approved, beginning
from tests.database.test_revocations import in_state, scene
from tests.grounds.charging import CHARGING
from tests.grounds.matters import NOW, TIANJIN, cast

GONE = "DELETE FROM office_edition"
SPOILT = "UPDATE office_edition SET text = 'name = ['"


def revoked(session: Session) -> bytes:
    on = scene(session)
    in_state(session, on, RevocationState.CONFIRMED)
    return on.matter.edition


def begun(session: Session) -> bytes:
    rules_of_begun = beginning(_2026_F=1204)
    approved(session, rules_of_begun, began=rules_of_begun)
    return rules_of_begun.digest


def unpaid(session: Session) -> bytes:
    """Slipped past the payment."""
    matter = submitted(session, cast(session), CHARGING)
    settle(session)
    session.flush()
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text("UPDATE matter SET status = 'submitted'"))
    session.execute(text("SET LOCAL session_replication_role = origin"))
    return matter.edition


GROUNDS: dict[str, tuple[Callable[[Session], bytes], int, list[str]]] = {
    "revoked": (revoked, 3, []),
    "begun at 1204": (begun, 3, []),
    "unpaid": (unpaid, 1, ["examined without being paid for"]),
}
"""How often the rules are asked for: the fee and what is announced, too. What is wrong by them."""


def edit(session: Session, statement: str, edition: bytes) -> None:
    """As somebody does who owns the database: with its triggers and keys switched off."""
    session.flush()
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text(f"{statement} WHERE digest = :digest"), {"digest": edition})
    session.execute(text("SET LOCAL session_replication_role = origin"))
    session.expire_all()


def found(session: Session) -> Findings:
    findings = Findings()
    for check in (
        registry.check_serials, registry.check_announcements, revocations.check_revocations,
        ledger.check_money, bound.check_bound, rules.check_editions,
    ):  # fmt: skip
        check(session, findings)
    return findings


@pytest.mark.parametrize("name", GROUNDS)
@pytest.mark.parametrize("statement", [GONE, SPOILT], ids=["gone", "spoilt"])
def test_the_edition_is_named_and_the_rest_is_checked(
    session: Session, name: str, statement: str
) -> None:
    ground, asked, wrong = GROUNDS[name]
    edition = ground(session)
    settle(session)
    whole = found(session)
    assert [each["detail"] for each in whole.violations] == wrong
    assert whole.set_aside == {}
    edit(session, statement, edition)
    seen = found(session)
    assert {each["subject"] for each in seen.violations} == {edition.hex()}
    said = "are gone" if statement == GONE else "cannot be read"
    assert [each for each in seen.violations if said in each["detail"]]
    assert seen.set_aside == {rules.APART: asked}


def test_what_does_not_hang_on_its_rules_is_still_found(session: Session) -> None:
    edit(session, GONE, revoked(session))
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text("UPDATE registration_revocation SET record = '{}'"))
    session.execute(text("UPDATE announcement SET title = 'another'"))
    said = {each["detail"] for each in found(session).violations}
    assert {"revocation and record differ", "not announced so"} <= said


def test_an_act_that_put_lost_rules_in_force_is_found(session: Session) -> None:
    enforcing.enforce(session, TIANJIN, SIGNING, "a", clock=lambda: NOW)
    edit(session, GONE, TIANJIN.digest)
    findings = Findings()
    rules.check_editions(session, findings)
    assert [each["subject"] for each in findings.violations] == [TIANJIN.digest.hex()]

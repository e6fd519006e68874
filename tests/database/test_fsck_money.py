"""I4 and I5 for money: a planted violation of each kind is found and named.

Planted as somebody does who owns the database: with its triggers switched off.
"""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from api.fsck import Findings, histories, ledger
from billing import crediting, refunding
from billing.models import Order
from tests.database.test_matter_fees import order_of, pay, submitted
from tests.grounds.charging import CHARGING
from tests.grounds.matters import account, cast
from tests.grounds.orders import NOW, asked, opened, told

GIFT = (
    "INSERT INTO ledger_posting SELECT gen_random_uuid(), 'gift', payment_id, NULL, currency, at "
    "FROM ledger_posting LIMIT 1"
)


@pytest.fixture
def order(session: Session) -> Order:
    """Paid twice: the second payment goes back, and so does a part of the first."""
    made = opened(session, account(session))
    request = asked(session, made)
    for event in ("P1", "P2"):
        crediting.credit(session, told(request, event), now=NOW)
    refunding.refund(session, made, None, "refused", now=NOW)
    for refund in refunding.refunds_of(session, made.id):
        refunding.record_done(session, refund.id, f"R{refund.id}", now=NOW)
    matter = submitted(session, cast(session), CHARGING)
    pay(session, matter)
    assert order_of(session, matter).status == "paid"
    opened(session, account(session))
    return made


def found(session: Session) -> set[str]:
    findings = Findings()
    histories.check_histories(session, findings)
    ledger.check_money(session, findings)
    assert findings.checked["I5"] > 10
    return {f"{each['invariant']} {each['detail']}" for each in findings.violations}


def test_nothing_is_found_where_nothing_is_wrong(session: Session, order: Order) -> None:
    assert order.status == "refunded"
    assert found(session) == set()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE ledger_entry SET amount = amount + 1 WHERE account = 'owed'",
         "I5 posting does not sum to zero"),
        ("UPDATE ledger_entry SET amount = amount * 2", "I5 ledger: credited is not posted once"),
        ("UPDATE ledger_entry SET account = 'income:zhejiang' WHERE account LIKE 'income:%'",
         "I5 posted to other accounts"),
        ("UPDATE ledger_entry SET account = 'held:x' WHERE account LIKE 'held:%'",
         "I5 posted to other accounts"),
        (GIFT, "I5 ledger: gift is not posted once"),
        ("DELETE FROM ledger_entry", "I5 ledger: credited is not posted once"),
        ("UPDATE payment SET amount = 1 WHERE use = 'settles'", "I5 paid is not the price"),
        ("UPDATE billing_order SET total = 1", "I5 lines are not the total"),
        ("UPDATE billing_order SET status = 'paid', settled_at = now() WHERE status = 'open'",
         "I5 paid is not the price"),
        ("UPDATE billing_order SET status = 'paid' WHERE status = 'refunded'",
         "I4 order: history does not lead to paid"),
        ("UPDATE refund SET amount = 200", "I5 goes back otherwise than it came"),
        ("UPDATE refund SET status = 'intended', event = NULL",
         "I5 ledger: refund_done is not posted once"),
        ("UPDATE payment_request SET status = 'closed'",
         "I4 payment_request: history does not lead to closed"),
        ("UPDATE billing_order SET subject_kind = 'gift' WHERE subject_kind = 'matter'",
         "I5 examined without being paid for"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("order")
def test_what_was_planted_is_found(session: Session, statement: str, said: str) -> None:
    session.flush()
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text(statement))
    session.execute(text("SET LOCAL session_replication_role = origin"))
    session.expire_all()
    assert said in found(session)

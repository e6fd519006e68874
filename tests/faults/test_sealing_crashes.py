"""kill -9 while a personal paper is sealed: in the end it is sealed, whole, and nowhere plain."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from api.database import transaction
from evidence import personal
from evidence.models import Evidence
from tests.api.test_canaries import files_with, in_the_clear
from tests.faults.harness import Deposited, Victim, until
from tests.grounds.people import resident_number


def evidence_of(hurt: Victim, deposited: Deposited) -> Evidence:
    with hurt.stack.services() as services, services.sessions() as session:
        return session.scalars(select(Evidence).where(Evidence.number == deposited.number)).one()


def sealed_in_the_end(hurt: Victim, deposited: Deposited, number: str) -> None:
    until(lambda: evidence_of(hurt, deposited).files_sealed_at is not None, "sealed files")
    assert files_with(hurt.stack.var, in_the_clear([number])) == []
    hurt.await_certificate(deposited)
    hurt.verify(deposited)
    hurt.fsck()


@pytest.mark.parametrize("point", ["stored", "stated", "file-sealed"])
def test_a_deposit_that_says_it_is_personal(hurt: Victim, point: str) -> None:
    number = resident_number()
    hurt.arm(point)
    deposited = hurt.deposit(f"{number}\n".encode() * 50, personal=True)
    hurt.await_hit(point)
    sealed_in_the_end(hurt, deposited, number)


@pytest.mark.parametrize("turn", [1, 2])
def test_one_that_is_known_to_be_personal_later(hurt: Victim, turn: int) -> None:
    number = resident_number()
    deposited = hurt.deposit(f"{turn} {number}\n".encode() * 50)
    hurt.await_certificate(deposited)
    hurt.arm("file-sealed")
    with hurt.stack.services() as services, transaction(services.sessions) as session:
        owner = evidence_of(hurt, deposited).owner_id
        assert personal.mark(session, owner, [deposited.number], now=datetime.now(UTC))
    hurt.await_hit("file-sealed")
    sealed_in_the_end(hurt, deposited, number)

"""A row that can go no further, by whatever defect, stops nothing but itself."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select, text

from accounts.models import Account
from api.database import transaction
from api.settings import Settings
from api.stack.keeping import read_environment
from api.wiring import Services
from certs.models import Certificate
from chain.models import Anchor, Leaf
from tests.faults.harness import Victim, until, victim
from tests.grounds.matters import stated
from tests.grounds.people import NOW
from tests.grounds.stack import CHECKOUT


@pytest.fixture(scope="module")
def hurt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    with victim(tmp_path_factory.mktemp("broken")) as started:
        yield started


def test_an_evidence_whose_certificate_cannot_be_written_holds_up_no_other(hurt: Victim) -> None:
    values = read_environment(hurt.stack.var / "env")
    services = Services(Settings.from_environment(values, CHECKOUT))
    with transaction(services.sessions) as session:
        # As whoever owns the database: its own guards are switched off.
        session.execute(text("SET LOCAL session_replication_role = replica"))
        owner = session.scalars(select(Account.id).limit(1)).one()
        broken = stated(session, owner, at=NOW)
        # Its statement says another time than its row: no certificate may say both.
        broken.submitted_at = NOW.replace(hour=NOW.hour + 1)
        broken_id = broken.id

    def anchored() -> bool:
        with transaction(services.sessions) as session:
            found = select(Anchor).join(Leaf, Leaf.batch_id == Anchor.batch_id)
            return session.scalar(found.where(Leaf.evidence_id == broken_id)) is not None

    until(anchored, "the broken one's anchor")
    deposited = hurt.deposit(b"whole")
    hurt.await_certificate(deposited)
    hurt.verify(deposited)
    with transaction(services.sessions) as session:
        made = select(Certificate).where(Certificate.evidence_id == broken_id)
        assert session.scalar(made) is None
    services.engine.dispose()
    logs = "".join(path.read_text() for path in (hurt.stack.var / "log").glob("worker-*.log"))
    assert "stage.failed" in logs
    assert str(broken_id) in logs

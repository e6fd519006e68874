"""What `fsck` makes of erased evidence, and of certificates that are long in coming."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, insert, select

from api import audit_heads, erasing
from api.database import transaction
from api.fsck import Findings, objects, waiting
from api.revealing import UNUSUAL
from api.wiring import Services
from certs import ages
from certs.models import Certificate
from chain import ages as chain_ages
from chain.alarms import open_since, raise_alarm
from chain.guarding import LOW_BALANCE
from chain.models import Alarm, Leaf, Revocation
from registry import ages as registry_ages
from tests.api.test_fsck import (
    DAY,
    LATER,
    Ground,
    found,
    heads_long_ago,
    no_blob_row,
    of_certificate,
    of_leaf,
    running,
    setting,
)
from tests.api.test_fsck import ground as ground  # noqa: PLC0414 - the fixtures of that file
from tests.api.test_fsck import number as number  # noqa: PLC0414
from tests.api.test_fsck import services as services  # noqa: PLC0414
from tests.faults.harness import until


@pytest.mark.parametrize("keep", [True, False])
def test_erasure_leaves_nothing_to_find(ground: Ground, *, keep: bool) -> None:
    erasing.erase(ground.session, ground.evidence, keep_files=keep, now=datetime.now(UTC))
    if not keep:
        no_blob_row(ground)
    for check in (
        lambda g, f: objects.check_stored_evidence(g.session, f),
        lambda g, f: objects.check_custody(g.session, f),
        lambda g, f: waiting.check_evidence(g.session, f, now=LATER),
    ):
        assert found(ground, check) == set()


def test_a_file_that_erasure_kept_must_be_there(ground: Ground) -> None:
    erasing.erase(ground.session, ground.evidence, keep_files=True, now=datetime.now(UTC))
    no_blob_row(ground)
    assert found(ground, lambda g, f: objects.check_stored_evidence(g.session, f)) == {"I1"}


class TestCertificateAge:
    """`certs.ages`: the alarm that I9 asks for."""

    def alarms(self, ground: Ground, now: datetime) -> set[str]:
        ages.watch(ground.session, now=now)
        return set(
            ground.session.scalars(
                select(Alarm.message).where(
                    Alarm.kind == ages.CERTIFICATE_OVERDUE, Alarm.cleared_at.is_(None)
                )
            )
        )

    def test_none_while_every_certificate_is_made(self, ground: Ground) -> None:
        assert self.alarms(ground, LATER) == set()

    @pytest.mark.parametrize(
        "plant",
        [
            setting(Certificate, of_certificate, pdf_sha256=None),
            setting(Leaf, of_leaf, issued=False),
        ],
        ids=["frozen, not made", "not frozen"],
    )
    def test_overdue_until_it_is_made(
        self, ground: Ground, plant: Callable[[Ground], None]
    ) -> None:
        digest = ground.certificate.pdf_sha256
        plant(ground)
        assert self.alarms(ground, datetime.now(UTC)) == set()
        (message,) = self.alarms(ground, LATER)
        assert message.startswith("1 ")
        setting(Certificate, of_certificate, pdf_sha256=digest)(ground)
        setting(Leaf, of_leaf, issued=True)(ground)
        assert self.alarms(ground, LATER) == set()

    def test_an_erased_one_is_not_waited_for(self, ground: Ground) -> None:
        setting(Certificate, of_certificate, pdf_sha256=None, content=None)(ground)
        assert self.alarms(ground, LATER) == set()


def asked_to_revoke(ground: Ground) -> None:
    row = {"id": uuid.uuid4(), "evidence_id": ground.evidence.id, "reason": 1,
           "requested_by": ground.evidence.owner_id,
           "requested_at": LATER - DAY}  # fmt: skip
    ground.session.execute(insert(Revocation).values(row))


class TestWhichAlarm:
    """I9: an alarm stands for what waits of its own kind, and for nothing else."""

    KINDS = (
        chain_ages.STORE_OVERDUE, chain_ages.TOKEN_OVERDUE, chain_ages.SEAL_OVERDUE,
        chain_ages.ANCHOR_OVERDUE, chain_ages.REVOCATION_OVERDUE, ages.CERTIFICATE_OVERDUE,
        audit_heads.HEADS_OVERDUE, UNUSUAL, LOW_BALANCE,
    )  # fmt: skip

    @pytest.mark.parametrize(
        ("plant", "kind"),
        [
            (running("DELETE FROM statement"), chain_ages.STORE_OVERDUE),
            (running("DELETE FROM timestamp_token"), chain_ages.TOKEN_OVERDUE),
            (running("DELETE FROM leaf"), chain_ages.SEAL_OVERDUE),
            (running("DELETE FROM anchor"), chain_ages.ANCHOR_OVERDUE),
            (running("UPDATE anchor SET suspended_at = now()"), chain_ages.ANCHOR_OVERDUE),
            (asked_to_revoke, chain_ages.REVOCATION_OVERDUE),
            (running("DELETE FROM certificate"), ages.CERTIFICATE_OVERDUE),
            (
                running("UPDATE certificate SET pdf_sha256 = NULL WHERE superseded_at IS NULL"),
                ages.CERTIFICATE_OVERDUE,
            ),
            (heads_long_ago, audit_heads.HEADS_OVERDUE),
        ],
    )
    def test_stands_for_it(
        self, ground: Ground, plant: Callable[[Ground], None], kind: str
    ) -> None:
        plant(ground)
        assert {each for each in self.KINDS if self.is_excused_by(ground, each)} == {kind}

    def is_excused_by(self, ground: Ground, kind: str) -> bool:
        def check(ground: Ground, findings: Findings) -> None:
            waiting.check_evidence(ground.session, findings, now=LATER)
            waiting.check_heads(ground.session, findings, now=LATER)

        ground.session.execute(delete(Alarm))
        assert found(ground, check) == {"I9"}
        raise_alarm(ground.session, kind, "x", "x", now=LATER)
        return found(ground, check) == set()


def test_the_alarm_about_heads_is_raised_and_goes(ground: Ground) -> None:
    heads_long_ago(ground)
    raised = select(Alarm.subject).where(
        Alarm.kind == audit_heads.HEADS_OVERDUE, Alarm.cleared_at.is_(None)
    )
    audit_heads.watch(ground.session, now=LATER)
    assert ground.session.scalars(raised).all() == ["audit"]
    audit_heads.watch(ground.session, now=LATER - 9 * DAY)
    assert ground.session.scalars(raised).all() == []


def test_a_running_worker_looks_after_each_kind(services: Services) -> None:
    """An alarm about nothing that waits goes by itself."""
    kinds = (
        chain_ages.STORE_OVERDUE, ages.CERTIFICATE_OVERDUE, registry_ages.SIGNATURE_OVERDUE,
        audit_heads.HEADS_OVERDUE,
    )  # fmt: skip
    with transaction(services.sessions) as session:
        for kind in kinds:
            raise_alarm(session, kind, "nothing", "x", now=datetime.now(UTC))

    def open_still() -> list[str]:
        with services.sessions() as session:
            return [each for each in kinds if open_since(session, each, "nothing") is not None]

    until(lambda: not open_still(), "the worker to look at what waits")

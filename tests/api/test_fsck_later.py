"""What `fsck` makes of erased evidence, and of certificates that are long in coming."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from api import erasing
from api.fsck import certificates, objects
from certs import ages
from certs.models import Certificate
from chain.models import Alarm, Leaf
from tests.api.test_fsck import LATER, Ground, found, no_blob_row, of_certificate, of_leaf, setting
from tests.api.test_fsck import ground as ground  # noqa: PLC0414 - the fixtures of that file
from tests.api.test_fsck import number as number  # noqa: PLC0414
from tests.api.test_fsck import services as services  # noqa: PLC0414


@pytest.mark.parametrize("keep", [True, False])
def test_erasure_leaves_nothing_to_find(ground: Ground, *, keep: bool) -> None:
    erasing.erase(ground.session, ground.evidence, keep_files=keep, now=datetime.now(UTC))
    if not keep:
        no_blob_row(ground)
    for check in (
        lambda g, f: objects.check_stored_evidence(g.session, f),
        lambda g, f: objects.check_custody(g.session, f),
        lambda g, f: certificates.check_unmade(g.session, f, now=LATER),
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

"""I3, I11: bytes of certificates that are lost, changed, or another's."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from api.fsck import Findings, certificates
from certs.models import Certificate
from certs.trust import parse
from chain.node import HttpNode
from evidence.models import Evidence
from tests.api.test_fsck import LATER, Claims, Ground, of_certificate, setting
from tests.api.test_fsck import ground as ground  # noqa: PLC0414 - the fixtures of that file
from tests.api.test_fsck import number as number  # noqa: PLC0414
from tests.api.test_fsck import services as services  # noqa: PLC0414


def checked(ground: Ground, store: Any, number: str) -> set[str]:
    """What the check of certificates says of one of them."""
    trust = parse((ground.services.settings.var / "trust.json").read_bytes())
    node = HttpNode(ground.services.settings.chain.rpc_urls[0])
    findings = Findings()
    certificates.check_certificates(
        ground.session, store, trust, node, findings, now=datetime.now(UTC)
    )
    assert {each["subject"] for each in findings.violations} <= {number}
    return {f"{each['invariant']} {each['detail']}" for each in findings.violations}


def another_certificate(ground: Ground) -> bytes:
    """A certificate that holds, of another evidence of this installation."""
    one = ground.session.scalars(
        select(Certificate.pdf_sha256)
        .join(Evidence, Evidence.id == Certificate.evidence_id)
        .where(
            Certificate.id != ground.certificate.id,
            Certificate.pdf_sha256.is_not(None),
            Certificate.superseded_at.is_(None),
            Evidence.kind == "audit",
        )
    ).first()
    with ground.store.open(one or "") as opened:
        return opened.read()


def longer(ground: Ground) -> bytes:
    with ground.store.open(ground.certificate.pdf_sha256 or "") as opened:
        return opened.read() + b"\n"


LOST = "I11 bytes missing"
OTHER = "I3 not the bytes stored"


@pytest.mark.parametrize("superseded", [False, True])
@pytest.mark.parametrize(
    ("says", "finding"), [(lambda _: None, LOST), (longer, OTHER), (another_certificate, OTHER)]
)
def test_a_certificate_that_is_lost_or_changed(
    ground: Ground, says: Callable[[Ground], bytes | None], finding: str, *, superseded: bool
) -> None:
    """Of every edition; even for bytes that are themselves a certificate that holds."""
    if superseded:
        setting(Certificate, of_certificate, superseded_at=LATER)(ground)
    store: Any = Claims(ground.store, ground.certificate.pdf_sha256 or "", says(ground))
    number = ground.certificate.number
    assert checked(ground, ground.store, number) == set()
    assert checked(ground, store, number) == {finding}


def test_a_certificate_of_any_kind_of_evidence(ground: Ground) -> None:
    setting(Evidence, lambda g: Evidence.id == g.evidence.id, kind="revocation")(ground)
    store: Any = Claims(ground.store, ground.certificate.pdf_sha256 or "", None)
    assert checked(ground, store, ground.certificate.number) == {LOST}

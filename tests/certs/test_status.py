import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certs import status as statuses
from certs.status import Status
from core import canonical
from core.errors import InvalidInput, VerificationFailed
from tests.certs import told

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
TRUSTED = frozenset({KEY.public_key().public_bytes_raw()})
GOOD = Status("YJ-1", "5a" * 32, 2, statuses.IN_FORCE, None, datetime(2026, 11, 21, tzinfo=UTC))
SIGNED = statuses.sign(GOOD, KEY)


def _resigned(**changed: Any) -> bytes:
    """A body no `Status` can hold, under a good signature."""
    body = {**json.loads(SIGNED)["status"], **changed}
    raw = KEY.sign(b"yinji/status/1\x00" + canonical.encode(body))
    signature = {**json.loads(SIGNED)["signature"], "value": raw.hex()}
    return canonical.encode({"status": body, "signature": signature})


def _signature(**changed: Any) -> bytes:
    return told.edited(SIGNED, signature={**json.loads(SIGNED)["signature"], **changed})


@pytest.mark.parametrize(
    "status",
    [
        GOOD,
        replace(GOOD, state=statuses.REVOKED, reason=255),
        replace(GOOD, state=statuses.SUPERSEDED),
        replace(GOOD, state=statuses.SUSPENDED),
    ],
)
def test_what_is_signed_is_read_back(status: Status) -> None:
    assert statuses.verify(statuses.sign(status, KEY), TRUSTED) == status


def test_a_key_that_is_not_trusted_is_not_a_failed_signature() -> None:
    with pytest.raises(statuses.UntrustedStatusKey):
        statuses.verify(SIGNED, frozenset({bytes(32)}))


def test_a_changed_word_breaks_the_signature() -> None:
    body = {**json.loads(SIGNED)["status"], "edition": 3}
    with pytest.raises(VerificationFailed) as caught:
        statuses.verify(told.edited(SIGNED, status=body), TRUSTED)
    assert not isinstance(caught.value, statuses.UntrustedStatusKey)


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        _resigned(type="yinji/trust"),
        _resigned(version=2),
        _resigned(version=True),
        _resigned(note=""),
        _resigned(state="fine"),
        _resigned(edition=0),
        _resigned(edition=True),
        _resigned(reason=1),
        _resigned(state="revoked"),
        _resigned(state="revoked", reason=0),
        _resigned(state="revoked", reason=256),
        _resigned(state="revoked", reason=True),
        _resigned(leaf_hash="5A" * 32),
        _resigned(as_of="2026-11-21"),
        _resigned(as_of="2026-13-21T00:00:00.000Z"),
        _resigned(leaf_hash="5a" * 32 + "\n"),
        _resigned(as_of="2026-11-21T00:00:00.000Z\n"),
        SIGNED + b"\n",
        _signature(algorithm="ed25519"),
        _signature(value=json.loads(SIGNED)["signature"]["value"] + "\n"),
        _signature(key=json.loads(SIGNED)["signature"]["key"] + "\n"),
        _signature(value="5a" * 63),
        _signature(value=json.loads(SIGNED)["signature"]["value"].upper()),
        _signature(key="00"),
        _signature(note=""),
    ],
)
def test_anything_but_a_well_formed_status_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        statuses.verify(data, TRUSTED)

"""Status documents: signed, dated words on whether evidence is in force.

status.json = {"status": {…}, "signature": {…}} in RFC 8785; the Ed25519 signature is over
`tag ‖ RFC 8785(status)`. `docs/verification.md` §9 is the normative text.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from core import canonical
from core.canonical import Json
from core.errors import InvalidInput, VerificationFailed
from evidence.digest import require_hex32

TYPE: Final = "yinji/status"
VERSION: Final = 1
IN_FORCE: Final = "in_force"
REVOKED: Final = "revoked"
SUPERSEDED: Final = "superseded"
SUSPENDED: Final = "suspended"
STATES: Final = frozenset({IN_FORCE, REVOKED, SUPERSEDED, SUSPENDED})
MAX_REASON: Final = 255
"""A reason is one byte in the contract; it stands exactly in revoked statuses."""

_TAG: Final = b"yinji/status/1\x00"
_SIGNATURE: Final = re.compile(r"[0-9a-f]{128}")


@dataclass(frozen=True)
class Status:
    """What the issuer says of one certificate at `as_of`. `reason` is the revocation code."""

    evidence: str
    leaf_hash: str
    edition: int
    state: str
    reason: int | None
    as_of: datetime


class UntrustedStatusKey(VerificationFailed):
    """The document may be right; its key is not one the checker trusts."""

    code = "untrusted-status-key"


def sign(status: Status, key: Ed25519PrivateKey) -> bytes:
    """The bytes of status.json."""
    body = _body(status)
    signature = key.sign(_TAG + canonical.encode(body))
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return canonical.encode(
        {
            "status": body,
            "signature": {
                "algorithm": "Ed25519",
                "key": public.hex(),
                "value": signature.hex(),
            },
        }
    )


def verify(data: bytes, trusted: frozenset[bytes]) -> Status:
    """Read and check status.json.

    Raises:
        UntrustedStatusKey: signed by a key outside `trusted`.
        VerificationFailed: the signature does not hold.
        InvalidInput: not a status document.
    """
    document = canonical.decode(data)
    if not isinstance(document, dict) or set(document) != {"status", "signature"}:
        raise InvalidInput("不是状态文件 / not a status document", field="status.json")
    body, signature = document["status"], document["signature"]
    if not isinstance(signature, dict) or set(signature) != {"algorithm", "key", "value"}:
        raise InvalidInput("状态签名有误 / malformed signature", field="signature")
    status = _parse(body)
    key = bytes.fromhex(require_hex32(signature["key"], "signature.key"))
    value = signature["value"]
    exact = isinstance(value, str) and _SIGNATURE.fullmatch(value)
    if signature["algorithm"] != "Ed25519" or not exact:
        raise InvalidInput("状态签名有误 / malformed signature", field="signature")
    if key not in trusted:
        raise UntrustedStatusKey("状态签名密钥不在信任文件内 / status key not in the trust file")
    raw = bytes.fromhex(str(value))
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(raw, _TAG + canonical.encode(body))
    except (InvalidSignature, ValueError) as error:
        raise VerificationFailed("状态签名不成立 / the status signature does not hold") from error
    return status


def _body(status: Status) -> dict[str, Json]:
    return {
        "type": TYPE,
        "version": VERSION,
        "evidence": status.evidence,
        "leaf_hash": status.leaf_hash,
        "edition": status.edition,
        "state": status.state,
        "reason": status.reason,
        "as_of": canonical.format_time(status.as_of),
    }


def _parse(body: Json) -> Status:
    members = {"type", "version", "evidence", "leaf_hash", "edition", "state", "reason", "as_of"}
    if not isinstance(body, dict) or set(body) != members:
        raise InvalidInput("状态字段有误 / members of the status", field="status")
    version = body["version"]
    if body["type"] != TYPE or version != VERSION or isinstance(version, bool):
        raise InvalidInput("未知的状态版本 / unknown kind or version", field="status.version")
    evidence, edition, state, reason = (
        body[name] for name in ("evidence", "edition", "state", "reason")
    )
    if not isinstance(evidence, str) or not isinstance(state, str) or state not in STATES:
        raise InvalidInput("状态值有误 / unknown state", field="status.state")
    if not isinstance(edition, int) or isinstance(edition, bool) or edition < 1:
        raise InvalidInput("版次有误 / bad edition", field="status.edition")
    coded = isinstance(reason, int) and not isinstance(reason, bool) and 1 <= reason <= MAX_REASON
    if coded != (state == REVOKED) or not (coded or reason is None):
        raise InvalidInput("原因码有误 / bad reason code", field="status.reason")
    return Status(
        evidence=evidence,
        leaf_hash=require_hex32(body["leaf_hash"], "status.leaf_hash"),
        edition=edition,
        state=state,
        reason=reason if isinstance(reason, int) else None,
        as_of=canonical.parse_time(body["as_of"]),
    )

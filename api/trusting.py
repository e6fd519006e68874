"""The status key and the digest of the trust file: small, and quick to import."""

import hashlib

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.keyfiles import ensure_key
from api.settings import Settings
from core.errors import Misconfigured


def status_key(settings: Settings) -> Ed25519PrivateKey:
    """The key that signs status documents."""
    return Ed25519PrivateKey.from_private_bytes(ensure_key(settings.keys / "status.key"))


def status_public_key(settings: Settings) -> bytes:
    return (
        status_key(settings)
        .public_key()
        .public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    )


def trust_digest(settings: Settings) -> str:
    """SHA-256 of trust.json, as printed by `make up` and on certificates.

    Raises:
        Misconfigured: it is not there.
    """
    return hashlib.sha256(trust_file(settings)).hexdigest()


def trust_file(settings: Settings) -> bytes:
    """trust.json as it lies there. Raises Misconfigured when it does not."""
    try:
        return (settings.var / "trust.json").read_bytes()
    except FileNotFoundError as error:
        raise Misconfigured("缺少 trust.json,请先运行 setup / run setup first") from error

"""Keys and seals of offices: `YINJI_KEYS/offices/<office>/issuer/` and `seal.png` beside it.

Neither ships with the software nor is made by it: an operator brings them.
"""

import hashlib
from pathlib import Path
from typing import Final

from api.settings import Settings
from core import pki
from core.errors import Misconfigured

SEAL: Final = "seal.png"


def office_folder(settings: Settings, office: str) -> Path:
    """Where an office's key and seal lie."""
    return settings.keys / "offices" / office


def office_identity(settings: Settings, office: str, certificate_sha256: str) -> pki.Identity:
    """The key that the office was put in force with.

    Raises:
        Misconfigured: it is not there, cannot be read, or is another one.
    """
    found = pki.load(office_folder(settings, office) / "issuer")
    if pki.fingerprint(found.certificate) != certificate_sha256:
        raise Misconfigured(
            "签名证书与启用时不同,请重新启用 / another signing certificate than the office was put "
            "in force with: put it in force anew",
            field="offices/issuer",
        )
    return found


def office_seal(settings: Settings, office: str, sha256: str) -> bytes:
    """The picture of the seal that the office was put in force with.

    Raises:
        Misconfigured: it is not there, or is another one.
    """
    try:
        data = (office_folder(settings, office) / SEAL).read_bytes()
    except OSError as error:
        raise Misconfigured(
            f"印章图样无法读取 / the seal cannot be read: {type(error).__name__}", field=SEAL
        ) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Misconfigured(
            "印章图样与启用时不同,请重新启用 / another seal than the office was put in force with: "
            "put it in force anew",
            field=SEAL,
        )
    return data

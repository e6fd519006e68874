"""Keys and seals of offices: `YINJI_KEYS/offices/<office>/issuer/`, `seal.png` beside it, and
`seal-software.png` where certificates of software bear a seal.

Neither ships with the software nor is made by it: an operator brings them.
"""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from api.settings import Settings
from core import pki
from core.errors import Misconfigured

if TYPE_CHECKING:
    from certs.seals import Seals

SEAL: Final = "seal.png"
SOFTWARE_SEAL: Final = "seal-software.png"


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


def software_seal(folder: Path) -> bytes | None:
    """The picture of software's seal among an office's; None where the operator brought none.

    Raises:
        Misconfigured: it cannot be read, or is that of works.
    """
    if not (folder / SOFTWARE_SEAL).exists():
        return None
    data = _read(folder / SOFTWARE_SEAL)
    if (folder / SEAL).exists() and data == _read(folder / SEAL):
        raise Misconfigured(
            f"软件须用另一印章,请更换或删去 {SOFTWARE_SEAL} / software bears another seal than "
            "works: bring that, or none",
            field=SOFTWARE_SEAL,
        )
    return data


def office_seals(folder: Path, sha256: str, software_sha256: str | None) -> "Seals":
    """The pictures in an office's folder, which must be those that it was put in force with.

    Raises:
        Misconfigured: one is not there, or is another one.
    """
    from certs.seals import Seals  # noqa: PLC0415 - PIL is heavy: only those who issue pay for it

    works = _same(folder / SEAL, sha256)
    if software_sha256 is None:
        return Seals(works)
    return Seals(works, _same(folder / SOFTWARE_SEAL, software_sha256))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Misconfigured(
            f"印章图样无法读取 / the seal cannot be read: {type(error).__name__}", field=path.name
        ) from error


def _same(path: Path, sha256: str) -> bytes:
    data = _read(path)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Misconfigured(
            "印章图样与启用时不同,请重新启用 / another seal than the office was put in force with: "
            "put it in force anew",
            field=path.name,
        )
    return data

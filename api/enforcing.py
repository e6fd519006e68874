"""Before an office is put in force: everything that stands against it, said at once.

A paper that looks official must be official: the office's own name, key and seal, time and chain in
other hands, and no figure in its rules that is but an example.
"""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from cryptography.x509.oid import NameOID

from api import production, ways
from api.deployment import Deployment
from api.numbers_kept import numbering_faults
from api.seals import SEAL, SOFTWARE_SEAL, office_folder, software_seal
from api.settings import SANDBOX, Settings
from api.wiring import Services
from certs.seals import read_seal
from core import pki
from core.errors import InvalidInput, Misconfigured, NotReady, OutsideError, ServiceError
from registry.enforcing import Grounds
from registry.offices import shipped
from registry.profile import SOFTWARE, Profile
from registry.readiness import Fault, names_office, profile_faults

_NAMES: Final = (NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.COMMON_NAME)


def faults(services: Services, profile: Profile, *, now: datetime) -> tuple[Fault, ...]:
    """Every reason not to put this office in force; none when all is its own and real."""
    settings = services.settings
    return (
        *_failing("YINJI_KEYS", lambda: production.check_keys(services, now=now)),
        *_failing("offices/issuer", lambda: _check_office_key(settings, profile, now=now)),
        *_failing("YINJI_RPC_URLS", lambda: production.check_chain(settings, silence=False)),
        *_failing("YINJI_TSA_URL", lambda: production.check_time(services)),
        *_failing("YINJI_PAYMENTS", lambda: _check_payments(services, profile)),
        *_failing(SEAL, lambda: read_seal(_seal(settings, profile))),
        *_failing(SOFTWARE_SEAL, lambda: _check_software_seal(settings, profile)),
        *profile_faults(profile, shipped()),
        *numbering_faults(services, [profile], now=now),
    )


def grounds(services: Services, profile: Profile) -> Grounds:
    """What the office would be put in force on. Call it when nothing stands against that."""
    folder = office_folder(services.settings, profile.key)
    identity = pki.load(folder / "issuer")
    deployment = Deployment.load(services.settings.var)
    own = _software_seal(services.settings, profile)
    return Grounds(
        certificate_sha256=pki.fingerprint(identity.certificate),
        root_sha256=pki.fingerprint(identity.anchor),
        seal_sha256=hashlib.sha256(_seal(services.settings, profile)).hexdigest(),
        chain_id=deployment.chain_id,
        contract=deployment.contract,
        time_roots=tuple(sorted(services.timestamp_roots)),
        software_seal_sha256=None if own is None else hashlib.sha256(own).hexdigest(),
    )


def _failing(field: str, check: Callable[[], object]) -> Iterator[Fault]:
    """What a check says against it; `field` where the check names none."""
    try:
        check()
    except (Misconfigured, InvalidInput, NotReady, OutsideError) as error:
        said: ServiceError = error
        yield Fault(said.field or field, said.message)


def _check_office_key(settings: Settings, profile: Profile, *, now: datetime) -> None:
    folder = office_folder(settings, profile.key) / "issuer"
    if not folder.exists():
        raise Misconfigured(
            "缺少登记机构的签名密钥 / the office's signing key is missing: put it into YINJI_KEYS, "
            f"offices/{profile.key}/issuer",
            field="offices/issuer",
        )
    identity = pki.load(folder)
    production.check_issuer(identity, now=now)
    subject = identity.certificate.subject
    names = [str(each.value) for oid in _NAMES for each in subject.get_attributes_for_oid(oid)]
    if not names_office(names, profile):
        raise Misconfigured(
            "签名证书的名称不是该机构 / the signing certificate names somebody else: it must name "
            "the office",
            field="offices/issuer",
        )


def _check_payments(services: Services, profile: Profile) -> None:
    """An office that charges can be paid."""
    charges = any(fee.amount for fee in (profile.fees.items or {}).values())
    if not charges or set(ways.offered(services, profile)) - {SANDBOX}:
        return
    named = ", ".join(profile.fees.ways) or "wechat, alipay, transfer"
    raise Misconfigured(
        "该机构收费,但沙箱之外没有可用的支付方式 / the office charges, and nothing but the sandbox "
        f"takes money: set YINJI_PAYMENTS to one of its ways ({named}); transfers also need "
        "fees.account",
        field="YINJI_PAYMENTS",
    )


def _software_seal(settings: Settings, profile: Profile) -> bytes | None:
    taken = SOFTWARE in profile.forms
    return software_seal(office_folder(settings, profile.key)) if taken else None


def _check_software_seal(settings: Settings, profile: Profile) -> None:
    found = _software_seal(settings, profile)
    if found is not None:
        read_seal(found)


def _seal(settings: Settings, profile: Profile) -> bytes:
    try:
        return (office_folder(settings, profile.key) / SEAL).read_bytes()
    except OSError as error:
        raise Misconfigured(
            f"缺少印章图样,请放入 offices/{profile.key}/{SEAL} / the seal's picture is missing: "
            "put it there, below YINJI_KEYS",
            field=SEAL,
        ) from error

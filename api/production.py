"""In production a process refuses to start rather than to certify what is not so.

Every reason names the setting or file at fault. What cannot be asked just now (a node that does
not answer) is no reason: workers ask for the chain id again before they sign, send or believe.
"""

from datetime import datetime
from typing import Final

import structlog
from cryptography import x509
from cryptography.x509.oid import NameOID

from api import deployment
from api.keyfiles import read_key
from api.sealing import load_keyring
from api.settings import SANDBOX, Settings
from api.wiring import Services
from certs.signer_keys import SignerAuthority
from chain.node import HttpNode
from core import pki
from core.errors import Misconfigured, OutsideError

KEYS: Final = ("anchor", "registrar", "status")
_SAMPLE: Final = "SAMPLE"
"""In every name that an embedded installation gives itself (`core.pki`)."""

_TRIAL_NODES: Final = ("anvil", "hardhat", "ganache", "ethereumjs")
"""Nodes of one person's own, whose blocks their owner can rewrite at will."""

log = structlog.get_logger()


def check_start(services: Services, *, now: datetime) -> None:
    """What API, worker and set-up ask before anything else; in the embedded profile only whether
    the office under whose terms evidence is taken is there.

    Raises:
        Misconfigured: the first reason not to start.
    """
    assert services.evidence_terms is not None  # noqa: S101 - the office it names is there
    if services.settings.embedded:
        return
    check_payments(services)
    check_keys(services, now=now)
    check_time(services)
    check_chain(services.settings)


def check_keys(services: Services, *, now: datetime) -> None:
    """Every key is there, and the signing certificate is nobody's sample and valid.

    Raises:
        Misconfigured: the first that is not so.
    """
    settings = services.settings
    for name in KEYS:
        read_key(settings.keys / f"{name}.key")
    load_keyring(settings.keys)
    check_issuer(services.issuer, now=now)
    check_signers(services, now=now)


def check_issuer(issuer: pki.Identity, *, now: datetime) -> None:
    """A signing certificate that is nobody's sample, and valid now, up to its root.

    Raises:
        Misconfigured: it is of an embedded installation, has expired, or is not valid yet.
    """
    for certificate in (issuer.certificate, *issuer.chain):
        if _is_sample(certificate):
            raise Misconfigured(
                "签名证书属于内置样本安装,请改用贵机构的证书 / the signing certificate is of an "
                "embedded sample installation: put your own into YINJI_KEYS/issuer",
                field="issuer",
            )
        if not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc:
            raise Misconfigured(
                f"签名证书不在有效期内,到期日 {certificate.not_valid_after_utc:%Y-%m-%d} / "
                "the signing certificate has expired or is not valid yet: renew it",
                field="issuer",
            )


def check_signers(services: Services, *, now: datetime) -> None:
    """Where an office has papers signed on line, the authority over signers' keys is there, valid,
    and no sample.

    Raises:
        Misconfigured: it is not.
    """
    if all(each.signing.order == "paper" for each in services.offices.values()):
        return
    try:
        signers = SignerAuthority(services.signers).identity
    except Misconfigured as error:
        raise Misconfigured(
            "缺少签署者证书机构 signers/(在线签章须有):"
            f"{error.message} / signers/, the authority over signers' keys, is missing or unusable",
            field="signers",
        ) from error
    for certificate in (signers.certificate, *signers.chain):
        valid = certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc
        if _is_sample(certificate) or not valid:
            raise Misconfigured(
                "签署者证书机构属于内置样本安装或不在有效期内,请更换 / the authority over signers' "
                "keys is of an embedded sample installation, or not valid now: put your own into "
                "YINJI_KEYS/signers",
                field="signers",
            )


def check_payments(services: Services) -> None:
    """Payments move money, and every provider's keys are there.

    Raises:
        Misconfigured: the sandbox can be chosen, or a key is missing or open to others.
    """
    if SANDBOX in services.settings.payments:
        raise Misconfigured(
            "沙箱支付不用于生产环境 / the sandbox takes no money: leave it out in production",
            field="YINJI_PAYMENTS",
        )
    assert services.providers is not None  # noqa: S101 - their keys are read


def check_time(services: Services) -> None:
    """The time is told by somebody else.

    Raises:
        Misconfigured: by nobody, or by the operator.
    """
    if services.settings.time.url is None:
        raise Misconfigured(
            "生产环境须用机构之外的时间戳服务 / production needs a time-stamp authority outside "
            "the operator's hands: set YINJI_TSA_URL and YINJI_TSA_ROOTS",
            field="YINJI_TSA_URL",
        )
    roots = services.timestamp_certificates
    own = {pki.fingerprint(each) for each in services.issuer.chain}
    if any(_is_sample(each) or pki.fingerprint(each) in own for each in roots):
        raise Misconfigured(
            "时间戳根证书属于本机构自己 / this time-stamp root is the operator's own: use an "
            "authority of somebody else",
            field="YINJI_TSA_ROOTS",
        )
    if not services.timestamp_roots:
        raise Misconfigured(
            "文件中没有自签的根证书 / the file holds no self-signed root", field="YINJI_TSA_ROOTS"
        )


def check_chain(settings: Settings, *, silence: bool = True) -> None:
    """The chain is kept by others, and ours is the one that was recorded. A node's `silence` may be
    no reason to refuse.

    Raises:
        Misconfigured: it is an embedded or a trial chain, or another one.
        OutsideError: a node does not answer, and silence is a reason.
    """
    if settings.chain.snapshots is not None:
        raise Misconfigured(
            "内置链的快照不用于生产环境,请去掉此设置 / snapshots are of the embedded chain: "
            "leave this setting out",
            field="YINJI_CHAIN_SNAPSHOTS",
        )
    recorded = deployment.Deployment.load(settings.var)
    for url in settings.chain.rpc_urls:
        node = HttpNode(url)
        try:
            kind = str(node.ask("web3_clientVersion")).lower()
            if kind.startswith(_TRIAL_NODES):
                raise Misconfigured(
                    "此节点是内置或试验链 / this node runs an embedded or trial chain: name nodes "
                    "of a chain that others keep",
                    field="YINJI_RPC_URLS",
                )
            deployment.check(node, recorded)
        except OutsideError as error:
            if not silence:
                raise
            log.warning("chain.unseen", error=error.code)


def _is_sample(certificate: x509.Certificate) -> bool:
    names = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return any(_SAMPLE in str(each.value) for each in names)

"""What this installation prints on its certificates, and the key that signs them."""

from functools import cache
from typing import TYPE_CHECKING

from api.trusting import trust_digest
from api.wiring import Services
from certs.content import Issuer
from certs.issuing import Issuing

if TYPE_CHECKING:  # pyHanko is heavy: only those who sign pay for it
    from certs.pades import DocumentSigner

_OURS_ZH = "由出具方自行控制"
_OURS_EN = "controlled by the issuer itself"


@cache
def issuing_terms(services: Services) -> Issuing:
    """Fixed for the life of the process."""
    settings = services.settings
    own_time = settings.time.url is None
    return Issuing(
        issuer=Issuer(settings.issuer_zh, settings.issuer_en, None, None),
        public_url=settings.public_url,
        trust_sha256=trust_digest(settings),
        sample=settings.embedded,
        chain_zh="内置试验链" if settings.embedded else "EVM 区块链",
        chain_en="embedded trial chain" if settings.embedded else "EVM chain",
        chain_controller_zh=_OURS_ZH if settings.embedded else "由该链的共识节点控制",
        chain_controller_en=_OURS_EN if settings.embedded else "controlled by the chain's nodes",
        time_controller_zh=_OURS_ZH if own_time else "由时间戳机构控制",
        time_controller_en=_OURS_EN if own_time else "controlled by the time-stamp authority",
    )


@cache
def signer_of(services: Services) -> "DocumentSigner":
    """The issuer's key, loaded once."""
    from certs.pades import DocumentSigner  # noqa: PLC0415 - see above

    authority = services.authority
    return DocumentSigner(
        services.issuer,
        tsa_roots=services.timestamp_roots,
        tsa_certificates=services.timestamp_certificates,
        tsa_crls=() if authority is None else (authority.identity.crl,),
        policy=services.timestamp_policy,
    )

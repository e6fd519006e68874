"""What is printed on a certificate of this installation, and the key that signs it.

The installation itself signs what is a sample, and certificates of deposits. Papers of a register
are signed by the office, with its own key and seal, once it is in force (`registry.force`).
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from api.database import transaction
from api.seals import office_folder, office_identity, office_seals
from api.trusting import trust_digest
from api.wiring import Services
from certs.content import Issuer
from certs.issuing import Issuing
from certs.models import Certificate
from core.pki import Identity
from evidence.about import OF_A_REGISTER
from evidence.models import Evidence

if TYPE_CHECKING:  # pyHanko is heavy: only those who sign pay for it
    from certs.cosigning import PaperSigner
    from certs.pades import DocumentSigner
    from certs.seals import Seals
    from registry.force import OfficeAct

_OURS_ZH = "由出具方自行控制"
_OURS_EN = "controlled by the issuer itself"


@dataclass(frozen=True)
class OfficeInForce:
    """An office that signs for itself; the digests (SHA-256, hex) say with which key and seals."""

    key: str
    issuer: Issuer
    certificate_sha256: str
    seal_sha256: str
    software_seal_sha256: str | None = None


@dataclass(frozen=True)
class Signatory:
    """Who signs: an office in force, or (None) the installation. Whether it is but a sample."""

    office: OfficeInForce | None
    sample: bool


TRIAL = Signatory(None, sample=True)


@cache
def issuing_terms(services: Services) -> Issuing:
    """What the installation says for itself, and is fixed for the life of the process.

    `trust_sha256` and `sample` may change meanwhile: see `terms_today` and `terms_of`.
    """
    settings = services.settings
    own_time = settings.time.url is None
    return Issuing(
        issuer=Issuer(
            settings.issuer_zh, settings.issuer_en, settings.issuer_uscc, settings.issuer_filing
        ),
        public_url=settings.public_url,
        trust_sha256=trust_digest(settings),
        sample=True,
        chain_zh="内置试验链" if settings.embedded else "EVM 区块链",
        chain_en="embedded trial chain" if settings.embedded else "EVM chain",
        chain_controller_zh=_OURS_ZH if settings.embedded else "由该链的共识节点控制",
        chain_controller_en=_OURS_EN if settings.embedded else "controlled by the chain's nodes",
        time_controller_zh=_OURS_ZH if own_time else "由时间戳机构控制",
        time_controller_en=_OURS_EN if own_time else "controlled by the time-stamp authority",
    )


def terms_today(services: Services) -> Issuing:
    """The terms with the trust file as it is now. Reads a file: no transaction may be open."""
    return replace(issuing_terms(services), trust_sha256=trust_digest(services.settings))


def terms_of(today: Issuing, signatory: Signatory) -> Issuing:
    """What this signatory says."""
    issuer = today.issuer if signatory.office is None else signatory.office.issuer
    return replace(today, issuer=issuer, sample=signatory.sample)


def signatory_of(
    session: Session, services: Services, evidence: Evidence, before: Certificate | None
) -> Signatory:
    """Who signs what is issued now about an evidence.

    `before` is the certificate that it follows or goes with: of a sample come only samples.
    """
    if services.settings.embedded or (before is not None and before.sample):
        return TRIAL
    from registry import force  # noqa: PLC0415 - the embedded profile has no office in force

    if evidence.kind not in OF_A_REGISTER:
        return Signatory(None, sample=not force.any_in_force(session))
    registration = force.registered_as(session, evidence.id)
    act = None if registration is None else force.official(session, registration)
    return TRIAL if act is None else _office(session, act)


def signatory_of_office(session: Session, services: Services, office: str) -> Signatory:
    """Who signs what an office says now: itself when it is in force, else the installation."""
    if services.settings.embedded:
        return TRIAL
    from registry import force  # noqa: PLC0415 - see above

    act = force.in_force(session, office)
    return TRIAL if act is None else _office(session, act)


def _office(session: Session, act: "OfficeAct") -> Signatory:
    from registry.models import OfficeEdition  # noqa: PLC0415 - see above
    from registry.profile import stored_profile  # noqa: PLC0415

    edition = session.get_one(OfficeEdition, act.edition)
    name = stored_profile(edition.text, act.office).name
    office = OfficeInForce(
        act.office,
        Issuer(name.zh, name.en, None, None),
        act.certificate_sha256 or "",
        act.seal_sha256 or "",
        act.software_seal_sha256,
    )
    return Signatory(office, sample=False)


def is_sample(services: Services) -> bool:
    """Whether no office of this installation is in force. Opens a transaction of its own."""
    if services.settings.embedded:
        return True
    from registry import force  # noqa: PLC0415 - see above

    with transaction(services.sessions) as session:
        return not force.any_in_force(session)


def signer_for(services: Services, signatory: Signatory) -> "DocumentSigner":
    """The signatory's key, loaded once.

    Raises:
        Misconfigured: an office's key is not the one it was put in force with.
    """
    office = signatory.office
    if office is None:
        return signer_of(services)
    return _office_signer(services, office.key, office.certificate_sha256)


def seals_for(services: Services, signatory: Signatory) -> "Seals | None":
    """The pictures of the signatory's seals; the installation itself has none.

    Raises:
        Misconfigured: they are not those the office was put in force with.
    """
    office = signatory.office
    if office is None:
        return None
    folder = office_folder(services.settings, office.key)
    return office_seals(folder, office.seal_sha256, office.software_seal_sha256)


@cache
def paper_signer_of(services: Services) -> "PaperSigner":
    """Who certifies papers and lets people sign them, loaded once."""
    from certs.cosigning import PaperSigner  # noqa: PLC0415 - see above
    from certs.pades_parts import TimeTerms  # noqa: PLC0415
    from certs.signer_keys import SignerAuthority  # noqa: PLC0415

    authority = services.authority
    time = TimeTerms(
        services.timestamp_roots,
        services.timestamp_certificates,
        () if authority is None else (authority.identity.crl,),
        services.timestamp_policy,
    )
    return PaperSigner(services.issuer, SignerAuthority(services.signers), time)


@cache
def signer_of(services: Services) -> "DocumentSigner":
    """The installation's own key, loaded once."""
    return _signer(services, services.issuer)


@cache
def _office_signer(services: Services, office: str, certificate_sha256: str) -> "DocumentSigner":
    return _signer(services, office_identity(services.settings, office, certificate_sha256))


def _signer(services: Services, identity: Identity) -> "DocumentSigner":
    from certs.pades import DocumentSigner  # noqa: PLC0415 - see above

    authority = services.authority
    return DocumentSigner(
        identity,
        tsa_roots=services.timestamp_roots,
        tsa_certificates=services.timestamp_certificates,
        tsa_crls=() if authority is None else (authority.identity.crl,),
        policy=services.timestamp_policy,
    )

"""The only place that chooses adapters: settings in, services out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from accounts.passwords import Passwords
from api import crash
from api.database import Sessions, make_engine, make_sessions
from api.keyfiles import read_key
from api.limits import Limiter, make_limiter
from api.outbox import FileOutbox
from api.paper_store import PaperStore
from api.sealing import load_keyring
from api.settings import SANDBOX, Settings
from billing.provider import Provider
from billing.sandbox import Sandbox
from core import pki
from core.errors import Misconfigured
from core.sealed import Keyring
from evidence.authority import EmbeddedAuthority, LocalTimestampClient
from evidence.delivery import DeliveryTerms
from evidence.objects import FileStore, ObjectStore, Staging
from evidence.previews import PreviewCache
from evidence.rfc3161 import TimestampClient
from evidence.sealed_store import SealedStore

if TYPE_CHECKING:  # web3 takes seconds to import: only those who use the chain pay for it
    from accounts.webauthn_site import Site
    from chain.ledger import Ledger
    from chain.sending import ChainTerms
    from chain.signing import TransactionSigner
    from registry.profile import Profile

EMBEDDED_POLICY = "1.3.6.1.4.1.99999.1.1"
"""Time-stamp policy of embedded authorities: an arc of no standing, as befits a sample."""

SEALED = "sealed/"
"""Where sealed objects lie, beside the plain ones."""


def utc_now() -> datetime:
    """The clock of this process; everything below `api/` is given the time."""
    return datetime.now(UTC)


@dataclass(frozen=True, eq=False)
class Services:
    """What verbs need besides a session. Parts are made on first use."""

    settings: Settings

    @cached_property
    def engine(self) -> Engine:
        return make_engine(self.settings.database_url)

    @cached_property
    def sessions(self) -> Sessions:
        return make_sessions(self.engine)

    @cached_property
    def passwords(self) -> Passwords:
        return Passwords(self.settings.password_mib)

    @cached_property
    def limiter(self) -> Limiter:
        return make_limiter(self.settings.broker_url)

    @cached_property
    def keyring(self) -> Keyring:
        return load_keyring(self.settings.keys)

    @cached_property
    def site(self) -> "Site":
        """Where passkeys belong: the host of the public address."""
        from accounts.webauthn_site import Site  # noqa: PLC0415 - slow to import, used by few

        url = self.settings.public_url
        return Site(urlsplit(url).hostname or "", "印记 Yinji", url)

    @cached_property
    def papers(self) -> PaperStore:
        return PaperStore(self.settings.var / "papers")

    @cached_property
    def outbox(self) -> FileOutbox:
        return FileOutbox(self.settings.var / "outbox")

    @cached_property
    def staging(self) -> Staging:
        return Staging(self.settings.var / "incoming")

    @cached_property
    def store(self) -> ObjectStore:
        if self.settings.s3 is not None:
            from evidence.s3 import S3Store  # noqa: PLC0415 - boto3 is slow to import

            s3 = self.settings.s3
            at = (s3.endpoint, s3.bucket, s3.access_key, s3.secret_key, s3.region)
            return SealedStore(S3Store(*at), S3Store(*at, prefix=SEALED), lambda: self.keyring)
        folder = self.settings.var / "objects"
        return SealedStore(FileStore(folder), FileStore(folder / SEALED), lambda: self.keyring)

    @cached_property
    def previews(self) -> PreviewCache:
        return PreviewCache(self.settings.var / "previews", lambda: self.keyring)

    @cached_property
    def offices(self) -> "Mapping[str, Profile]":
        """Every office by its key: those that ship, and the operator's own."""
        from registry.offices import with_own  # noqa: PLC0415 - only those who register need them

        return with_own(self.settings.offices)

    @cached_property
    def evidence_terms(self) -> DeliveryTerms:
        """What a depositor's certificate waits for, as the chosen office lays down.

        Raises:
            Misconfigured: no such office, or one that says nothing of evidence.
        """
        key = self.settings.evidence_office
        if key is None:
            return DeliveryTerms()
        profile = self.offices.get(key)
        if profile is None or profile.evidence is None:
            ours = [each.key for each in self.offices.values() if each.evidence is not None]
            raise Misconfigured(
                f"没有此机构,或其规则没有 [evidence];可选 / no such office, or no [evidence] in "
                f"its rules; there are: {', '.join(ours) or '无 none'}",
                field="YINJI_EVIDENCE_OFFICE",
            )
        rules = profile.evidence
        return DeliveryTerms(rules.fee, profile.fees.currency, review=rules.review)

    @cached_property
    def sandbox(self) -> Sandbox | None:
        """The sandbox provider, where it can be chosen."""
        if SANDBOX not in self.settings.payments:
            return None
        key = Ed25519PrivateKey.from_private_bytes(read_key(self.settings.keys / "sandbox.key"))
        pages = f"{self.settings.public_url}/sandbox/pay"
        return Sandbox(self.settings.var / "sandbox", key, pages, utc_now)

    @cached_property
    def providers(self) -> Mapping[str, Provider]:
        """Payment providers that can be chosen, by name."""
        ours: dict[str, Provider] = {}
        if self.sandbox is not None:
            ours[self.sandbox.name] = self.sandbox
        if set(self.settings.payments) - {SANDBOX}:
            from api.providers import configured  # noqa: PLC0415 - imports httpx2

            ours |= configured(self.settings, utc_now)
        return ours

    @cached_property
    def issuer(self) -> pki.Identity:
        return pki.load(self.settings.keys / "issuer")

    @cached_property
    def signers(self) -> pki.Identity:
        """The authority over keys of people who sign papers; its root is in no trust file."""
        return pki.load(self.settings.keys / "signers")

    @cached_property
    def authority(self) -> EmbeddedAuthority | None:
        """The embedded time-stamp authority, or None when an outside one is configured."""
        if self.settings.time.url is not None:
            return None
        identity = pki.load(self.settings.keys / "authority")
        return EmbeddedAuthority(identity, EMBEDDED_POLICY, timedelta(seconds=1))

    @cached_property
    def timestamps(self) -> TimestampClient:
        if self.settings.time.url is not None:
            from evidence.tsa_http import HttpTimestampClient  # noqa: PLC0415 - imports httpx2

            return HttpTimestampClient(self.settings.time.url, timeout=10.0)
        assert self.authority is not None  # noqa: S101 - the other branch of the same question
        return LocalTimestampClient(self.authority, utc_now)

    @cached_property
    def timestamp_certificates(self) -> tuple[x509.Certificate, ...]:
        """What leads from a token's signer to a pinned root; the roots among them."""
        if self.authority is not None:
            return self.authority.identity.chain
        path = self.settings.time.roots
        if path is None:
            raise Misconfigured(
                "YINJI_TSA_URL 需要 YINJI_TSA_ROOTS / an outside authority needs its roots (PEM)",
                field="YINJI_TSA_ROOTS",
            )
        try:
            return tuple(x509.load_pem_x509_certificates(path.read_bytes()))
        except (OSError, ValueError) as error:
            raise Misconfigured(
                "时间戳根证书无法读取 / the time-stamp roots cannot be read",
                field="YINJI_TSA_ROOTS",
            ) from error

    @cached_property
    def timestamp_roots(self) -> frozenset[str]:
        """Pinned SHA-256 of the time-stamp roots we accept tokens under."""
        return frozenset(
            pki.fingerprint(each)
            for each in self.timestamp_certificates
            if each.issuer == each.subject
        )

    @cached_property
    def timestamp_policy(self) -> str | None:
        return EMBEDDED_POLICY if self.authority is not None else self.settings.time.policy

    @cached_property
    def ledger(self) -> "Ledger":
        from chain.embedded import SnapshottedLedger  # noqa: PLC0415 - imports web3
        from chain.ethereum import EthereumLedger  # noqa: PLC0415
        from chain.ledger import AgreeingLedger  # noqa: PLC0415
        from chain.snapshot import SnapshotStore  # noqa: PLC0415

        chain = self.settings.chain
        nodes = [EthereumLedger(url) for url in chain.rpc_urls]
        if not nodes:
            raise Misconfigured("没有链节点 / no chain node is configured", field="YINJI_RPC_URLS")
        if chain.snapshots is not None:
            snapshots = SnapshotStore(chain.snapshots, lambda: crash.point("snapshot"))
            return SnapshottedLedger(nodes[0], chain.rpc_urls[0], snapshots)
        return nodes[0] if len(nodes) == 1 else AgreeingLedger(nodes)

    @cached_property
    def terms(self) -> "ChainTerms":
        from api.deployment import Deployment  # noqa: PLC0415
        from chain.sending import ChainTerms  # noqa: PLC0415

        deployment = Deployment.load(self.settings.var)
        return ChainTerms(
            chain_id=deployment.chain_id,
            contract=deployment.contract,
            depth=self.settings.chain.depth,
            max_fee_cap=self.settings.chain.max_fee_cap,
            since=deployment.block,
        )

    @cached_property
    def anchorer(self) -> "TransactionSigner":
        return self._signer("anchor")

    @cached_property
    def registrar(self) -> "TransactionSigner":
        return self._signer("registrar")

    def _signer(self, name: str) -> "TransactionSigner":
        from chain.signing import LocalSigner  # noqa: PLC0415

        return LocalSigner(read_key(self.settings.keys / f"{name}.key"))

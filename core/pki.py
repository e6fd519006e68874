"""The keys of an embedded installation: document issuer, time-stamp authority, signers' authority.

Promises: three roots that have nothing in common, so that no key can sign in place of another;
P-256 with SHA-256; every name says SAMPLE 样本 and carries the installation's random id, so papers
of two installations cannot be taken for each other's. A root signs its one leaf and one CRL and its
key is then dropped: nobody, we included, can make a second leaf under it.
Only the signers' "leaf" is itself an authority: it certifies the keys of people who sign papers.
Keys go to disk in files of mode 600, a whole identity at once or not at all, never over another.
"""

import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from core.errors import Conflict, Misconfigured

# RFC 9336: general-purpose document signing.
DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
# What authorities have written for signers of documents before there was that.
SIGNING_USAGES = frozenset(
    {
        DOCUMENT_SIGNING,
        ExtendedKeyUsageOID.EMAIL_PROTECTION,
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
        x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.12"),  # Microsoft, document signing
        x509.ObjectIdentifier("1.2.840.113583.1.1.5"),  # Adobe, authentic documents
    }
)

_ROOT_LIFE = timedelta(days=20 * 365 + 5)
_LEAF_LIFE = timedelta(days=10 * 365 + 2)
# A clock set back a little after the first start must not find its own keys not yet valid.
_BACKDATE = timedelta(hours=1)

_KEY, _CERTIFICATE, _CHAIN, _CRL = "key.pem", "certificate.pem", "chain.pem", "crl.pem"
_TRUSTED = "trusted.pem"


@dataclass(frozen=True, slots=True)
class Identity:
    """A signing key and what others need to check what it signs.

    `chain` runs from the issuer of `certificate` to the root, the root last; `crl` is the DER of
    the root's revocation list. `pinned` are the certificates of `trusted.pem`, none where there is
    no such file. The key never appears in `repr`.
    """

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    crl: bytes = field(repr=False)
    pinned: tuple[x509.Certificate, ...] = ()

    @property
    def root(self) -> x509.Certificate:
        """The self-signed end of the chain."""
        return self.chain[-1]

    @property
    def trusted(self) -> tuple[x509.Certificate, ...]:
        """What trust files name: the root, or in its place the certificates of `trusted.pem`.

        Under a public authority's root everybody whom it certifies could issue. There the
        signer's own certificate is named, and with it those that signed before it.
        """
        return self.pinned or (self.root,)

    @property
    def anchor(self) -> x509.Certificate:
        """The first of the trusted ones on the way from the signer's certificate to the root."""
        return next(each for each in (self.certificate, *self.chain) if each in self.trusted)


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate's DER, 64 lower-case hex digits."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def new_installation_id() -> str:
    """Eight random hex digits that tell installations apart in names; not a secret."""
    return secrets.token_hex(4)


def create_issuer(installation: str, *, now: datetime) -> Identity:
    """A new root and a document-signing leaf, valid from an hour before the aware time `now`."""
    usages = [DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION]
    usage = (x509.ExtendedKeyUsage(usages), False)
    return _create("issuer", installation, usage, now=now)


def create_authority(installation: str, *, now: datetime) -> Identity:
    """A new root and a time-stamping leaf, valid from an hour before the aware time `now`."""
    # RFC 3161 section 2.3: the usage is critical and the only one.
    usage = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)
    return _create("time-stamp", installation, usage, now=now)


def create_signers(installation: str, *, now: datetime) -> Identity:
    """A new root and under it the authority that certifies people's keys (`certs.signer_keys`)."""
    return _create("signers", installation, None, now=now)


def save(identity: Identity, folder: Path) -> None:
    """Writes four PEM files into `folder`, which appears complete and synced, or not at all.

    Raises Conflict when the folder exists and holds anything: keys are never overwritten.
    """
    private = identity.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    crl = x509.load_der_x509_crl(identity.crl).public_bytes(serialization.Encoding.PEM)
    files = {
        _KEY: private,
        _CERTIFICATE: _pem([identity.certificate]),
        _CHAIN: _pem(identity.chain),
        _CRL: crl,
    }
    folder.parent.mkdir(parents=True, exist_ok=True)
    # mkdtemp makes the folder with mode 700.
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, content in files.items():
            _write_synced(draft / name, content, mode=0o600 if name == _KEY else 0o644)
        _sync_folder(draft)
        try:
            draft.rename(folder)
        except OSError as error:
            raise Conflict(
                "密钥已存在，绝不覆盖 / keys are already there; they are never overwritten"
            ) from error
        _sync_folder(folder.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def load(folder: Path) -> Identity:
    """Reads what `save` wrote and checks that the parts belong together.

    Raises Misconfigured when a file is missing or unreadable, when others may read the key, or
    when key, certificate, chain and CRL are not of one family.
    """
    try:
        if stat.S_IMODE((folder / _KEY).stat().st_mode) & 0o077:
            raise Misconfigured(f"密钥文件权限过宽 / others may read {_KEY}; give it mode 600")
        key = serialization.load_pem_private_key((folder / _KEY).read_bytes(), password=None)
        certificate = x509.load_pem_x509_certificate((folder / _CERTIFICATE).read_bytes())
        chain = tuple(x509.load_pem_x509_certificates((folder / _CHAIN).read_bytes()))
        crl = x509.load_pem_x509_crl((folder / _CRL).read_bytes())
        pinned = tuple(_certificates(folder / _TRUSTED))
    except (OSError, ValueError, TypeError, x509.InvalidVersion) as error:
        raise Misconfigured(
            f"密钥无法读取 / the keys cannot be read: {type(error).__name__}"
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Misconfigured("密钥不是 P-256 密钥 / the key is not a P-256 key")
    if key.public_key() != certificate.public_key():
        raise Misconfigured(
            "密钥与证书不匹配 / the key does not belong to the certificate beside it"
        )
    try:
        for child, parent in zip((certificate, *chain), (*chain, chain[-1]), strict=True):
            child.verify_directly_issued_by(parent)
        authentic = crl.is_signature_valid(_ec_key(chain[0]))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError) as error:
        raise Misconfigured(
            "证书不成链 / the certificates beside the key do not form a chain"
        ) from error
    if not authentic:
        raise Misconfigured(
            "吊销列表不属于该签发者 / the revocation list beside the key is not its issuer's"
        )
    if pinned and not set(pinned) & {certificate, *chain}:
        raise Misconfigured(
            f"{_TRUSTED} 须含签名证书或其上级 / {_TRUSTED} names neither the signer's "
            "certificate nor one above it"
        )
    return Identity(key, certificate, chain, crl.public_bytes(serialization.Encoding.DER), pinned)


def _certificates(path: Path) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(path.read_bytes()) if path.exists() else []


def _create(
    role: str,
    installation: str,
    usage: tuple[x509.ExtendedKeyUsage, bool] | None,
    *,
    now: datetime,
) -> Identity:
    """A root and what it signs: a signer for `usage` (and whether that is critical), or without
    one an authority over signers.
    """
    start = now.replace(microsecond=0) - _BACKDATE
    root_key = ec.generate_private_key(ec.SECP256R1())
    leaf_key = ec.generate_private_key(ec.SECP256R1())
    root_name = _name(f"Yinji SAMPLE {role} root 样本 {installation}")
    leaf_name = _name(f"Yinji SAMPLE {role} 样本 {installation}")
    root_id = x509.SubjectKeyIdentifier.from_public_key(root_key.public_key())
    parent_id = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(root_id)
    base = x509.CertificateBuilder().issuer_name(root_name).not_valid_before(start)
    signs = usage is not None
    depth = 0 if signs else 1
    root = (
        base.subject_name(root_name)
        .not_valid_after(start + _ROOT_LIFE)
        .public_key(root_key.public_key())
        .serial_number(x509.random_serial_number())
        .add_extension(x509.BasicConstraints(ca=True, path_length=depth), critical=True)
        .add_extension(key_usage(signs_documents=False), critical=True)
        .add_extension(root_id, critical=False)
        .sign(root_key, hashes.SHA256())
    )
    leaf_id = x509.SubjectKeyIdentifier.from_public_key(leaf_key.public_key())
    constraints = x509.BasicConstraints(ca=not signs, path_length=None if signs else 0)
    builder = (
        base.subject_name(leaf_name)
        .not_valid_after(start + _LEAF_LIFE)
        .public_key(leaf_key.public_key())
        .serial_number(x509.random_serial_number())
        .add_extension(constraints, critical=True)
        .add_extension(key_usage(signs_documents=signs), critical=True)
        .add_extension(leaf_id, critical=False)
        .add_extension(parent_id, critical=False)
    )
    if usage is not None:
        builder = builder.add_extension(usage[0], critical=usage[1])
    leaf = builder.sign(root_key, hashes.SHA256())
    crl = revocations(root_name, root_key, parent_id, start, start + _LEAF_LIFE)
    return Identity(leaf_key, leaf, (root,), crl)


def revocations(
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    key_id: x509.AuthorityKeyIdentifier,
    start: datetime,
    end: datetime,
) -> bytes:
    """The DER of a list that revokes nothing, current from `start` to `end` (aware)."""
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer)
        .last_update(start)
        .next_update(end)
        .add_extension(x509.CRLNumber(int(start.timestamp())), critical=False)
        .add_extension(key_id, critical=False)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.DER)


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "印记 Yinji 样本 SAMPLE"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def key_usage(*, signs_documents: bool) -> x509.KeyUsage:
    """For a signer, or else for an authority."""
    return x509.KeyUsage(
        digital_signature=signs_documents,
        content_commitment=signs_documents,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=not signs_documents,
        crl_sign=not signs_documents,
        encipher_only=False,
        decipher_only=False,
    )


def _ec_key(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey:
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise Misconfigured(
            "签发者密钥不是椭圆曲线密钥 / the issuer's key is not an elliptic-curve key"
        )
    return key


def _pem(certificates: Sequence[x509.Certificate]) -> bytes:
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates)


def _write_synced(path: Path, content: bytes, *, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""A key for one act of signing: made, certified, used, and gone.

Promises: the certificate names the signer and the act and nothing else of the person, leads to the
signers' root alone, and ends a day later; the key is held in memory only, by whoever was given it.
No certificate check accepts that root (`certs.trust` has no place for it).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.errors import Misconfigured
from core.pki import DOCUMENT_SIGNING, Identity, key_usage, revocations

LIFE: Final = timedelta(days=1)
_BACKDATE: Final = timedelta(minutes=5)
# RFC 5280, appendix A.1: ub-common-name. A rare longer name stands whole in the signature itself.
_MOST: Final = 64


@dataclass(frozen=True)
class SignerAuthority:
    """Certifies keys for single acts, under the identity that `core.pki.create_signers` makes.

    Raises Misconfigured when the identity may not certify.
    """

    identity: Identity

    def __post_init__(self) -> None:
        extensions = self.identity.certificate.extensions
        try:
            found = extensions.get_extension_for_class(x509.BasicConstraints).value
        except x509.ExtensionNotFound:
            found = x509.BasicConstraints(ca=False, path_length=None)
        if not found.ca:
            raise Misconfigured(
                "签名人证书须由 CA 签发 / the signers' identity is no certificate authority"
            )

    def certify(self, name: str, act: str, *, now: datetime) -> Identity:
        """A new key with a certificate for `name` and the act's id, and today's revocation list."""
        above = self.identity.certificate
        start = now.replace(microsecond=0) - _BACKDATE
        end = min(start + LIFE, above.not_valid_after_utc)
        key = ec.generate_private_key(ec.SECP256R1())
        above_id = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
            above.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        )
        organisation = above.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        subject = x509.Name(
            [
                *organisation,
                x509.NameAttribute(NameOID.SERIAL_NUMBER, act),
                x509.NameAttribute(NameOID.COMMON_NAME, _shortened(name)),
            ]
        )
        certificate = (
            x509.CertificateBuilder()
            .issuer_name(above.subject)
            .subject_name(subject)
            .not_valid_before(start)
            .not_valid_after(end)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(key_usage(signs_documents=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([DOCUMENT_SIGNING]), critical=False)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(above_id, critical=False)
            .sign(self.identity.key, hashes.SHA256())
        )
        crl = revocations(above.subject, self.identity.key, above_id, start, end)
        return Identity(key, certificate, (above, *self.identity.chain), crl)


def act_of(certificate: x509.Certificate) -> str:
    """The id of the act a signer's certificate was made for; empty when it names none."""
    found = certificate.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
    return str(found[0].value) if found else ""


def _shortened(name: str) -> str:
    encoded = name.encode()
    if len(encoded) <= _MOST:
        return name
    return encoded[: _MOST - 3].decode(errors="ignore") + "…"

"""What the certificate of a time-stamp authority must be (RFC 3161, section 2.3).

Promises: a certificate made for time-stamping and nothing else passes, whoever issued it; whether
its issuer is trusted is `core.trustpath`'s to say.
"""

from typing import Final

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from core import der, trustpath
from core.errors import VerificationFailed

_DIRECTORY_NAME: Final = 0xA4
_SIGNING: Final = frozenset({"digital_signature", "content_commitment"})
_KEY_USAGES: Final = (
    *_SIGNING, "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign",
    "crl_sign",
)  # fmt: skip


def require(signer: x509.Certificate, *, named: bytes | None) -> None:
    """`named` is the GeneralName (DER) by which a token names its authority, if it does.

    Raises VerificationFailed.
    """
    _check_purpose(signer)
    if not signer.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME):
        raise VerificationFailed("时间戳证书没有名称 / the authority's certificate has no name")
    if named is not None and named not in _names_of(signer):
        raise VerificationFailed("时间戳机构名称与证书不符 / the token names another authority")


def common_name(signer: x509.Certificate) -> str:
    """The first one; call it for a certificate that `require` let pass."""
    return str(signer.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)


def _check_purpose(signer: x509.Certificate) -> None:
    """RFC 3161 section 2.3: one extended key usage, time-stamping, and critical.

    The key usage, where there is one, is for signing alone: what `openssl ts` asks for, too.
    """
    try:
        found = trustpath.extensions(signer).get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        found = None
    if (
        found is None
        or not found.critical
        or list(found.value) != [ExtendedKeyUsageOID.TIME_STAMPING]
    ):
        raise VerificationFailed(
            "证书不是专用的时间戳证书 / "
            f"{trustpath.label(signer)} is not a certificate for time-stamping alone"
        )
    if _key_usages(signer) - _SIGNING:
        raise VerificationFailed(
            "时间戳证书的密钥另有他用 / "
            f"{trustpath.label(signer)} has a key that is for more than signing"
        )


def _key_usages(signer: x509.Certificate) -> set[str]:
    """What the key may be used for, by the names of RFC 5280; empty when nothing is said."""
    try:
        usage = trustpath.extensions(signer).get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return set()
    return {name for name in _KEY_USAGES if getattr(usage, name)}


def _names_of(signer: x509.Certificate) -> list[bytes]:
    """Every GeneralName (DER) the certificate goes by."""
    names = [der.encode(_DIRECTORY_NAME, signer.subject.public_bytes())]
    try:
        found = trustpath.extensions(signer).get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return names
    others = der.whole(found.value.public_bytes(), der.SEQUENCE, "SubjectAltName").rest()
    return names + [each.raw for each in others]

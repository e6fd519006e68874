"""Detached signatures over documents: what holds, and what never may.

The same verifier carries time-stamp tokens; the long list of wrong structures is in
`tests/evidence/test_rfc3161_refused.py`.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from core import cms, der
from core.errors import VerificationFailed
from core.trustpath import CertificateRevoked, UntrustedRoot
from tests.forging import (
    DATA,
    NOW,
    Forgery,
    Party,
    attribute,
    encoded,
    issue,
    octets,
    revocations,
    root,
    sequence,
)

pytestmark = pytest.mark.unit

DOCUMENT = b"%PDF-1.7 and so on"
MAIL = (ExtendedKeyUsageOID.EMAIL_PROTECTION,)
STAMP_ATTRIBUTE = "1.2.840.113549.1.9.16.2.14"


@pytest.fixture(scope="module")
def top() -> Party:
    return root("Issuer Root")


@pytest.fixture(scope="module")
def signer(top: Party) -> Party:
    return issue("Issuer", top, usages=MAIL, usages_critical=False)


def detached(signer: Party, **wrong: object) -> bytes:
    usual = Forgery(signer, content=DOCUMENT, content_type=DATA, detached=True, version=1)
    return usual.but(**wrong).token()


def check(
    data: bytes, top: Party, *, content: bytes | None = DOCUMENT, crls: tuple[bytes, ...] = ()
) -> cms.VerifiedSignature:
    return cms.verify(
        cms.parse(data),
        content=content,
        at=NOW,
        roots=top.pin,
        extra_certificates=[top.certificate],
        crls=crls,
    )


class TestVerify:
    def test_a_right_signature_tells_signer_root_and_digest(
        self, top: Party, signer: Party
    ) -> None:
        found = check(detached(signer), top)
        assert found.signer == signer.certificate
        assert frozenset({found.root_sha256}) == top.pin
        assert found.content == DOCUMENT
        assert found.digest_algorithm == "sha256"
        assert found.signature_timestamp is None

    def test_what_cannot_be_read_beside_the_signer_does_no_harm(
        self, top: Party, signer: Party
    ) -> None:
        beside = [sequence(b"\x05\x00"), encoded(signer)]
        assert check(detached(signer, certificates=beside), top).signer == signer.certificate

    def test_the_signer_is_whom_the_signed_name_means(self, top: Party, signer: Party) -> None:
        """Another certificate of the same issuer and serial may stand before it."""
        raw = encoded(signer)
        damaged = raw[:-1] + bytes([raw[-1] ^ 1])
        beside = [damaged, raw]
        assert check(detached(signer, certificates=beside), top).signer == signer.certificate

    def test_a_certificate_is_valid_to_the_end_of_its_last_second(self, top: Party) -> None:
        ends = issue("Ends", top, usages=MAIL, valid=(NOW - timedelta(days=1), NOW))
        assert NOW.microsecond
        assert check(detached(ends), top).signer == ends.certificate

    def test_the_claimed_signing_time_is_handed_on(self, top: Party, signer: Party) -> None:
        kind = "1.2.840.113549.1.9.5"
        claimed = attribute(kind, der.encode(der.UTC_TIME, b"260304050607Z"))
        found = check(detached(signer, extra_attributes=[claimed]), top)
        assert found.signing_time == NOW.replace(microsecond=0)

    def test_the_signatures_time_stamp_is_handed_on_unread(self, top: Party, signer: Party) -> None:
        token = sequence(octets(b"any token"))
        unsigned = der.encode(0xA1, attribute(STAMP_ATTRIBUTE, token))
        found = check(detached(signer, unsigned=unsigned), top)
        assert found.signature_timestamp == token

    def test_two_time_stamps_on_one_signature_are_refused(self, top: Party, signer: Party) -> None:
        stamp = attribute(STAMP_ATTRIBUTE, sequence())
        with pytest.raises(VerificationFailed, match="twice"):
            check(detached(signer, unsigned=der.encode(0xA1, stamp, stamp)), top)

    @pytest.mark.parametrize("content", [b"", DOCUMENT + b"\n", DOCUMENT[:-1]])
    def test_other_content_is_refused(self, top: Party, signer: Party, content: bytes) -> None:
        with pytest.raises(VerificationFailed, match="differs"):
            check(detached(signer), top, content=content)

    def test_content_both_inside_and_given_is_refused(self, top: Party, signer: Party) -> None:
        with pytest.raises(VerificationFailed, match="not both"):
            check(detached(signer, detached=False), top)

    def test_content_neither_inside_nor_given_is_refused(self, top: Party, signer: Party) -> None:
        with pytest.raises(VerificationFailed, match="not both"):
            check(detached(signer), top, content=None)

    def test_a_time_stamp_token_is_no_document_signature(self, top: Party, signer: Party) -> None:
        stamp = Forgery(signer, content=DOCUMENT, detached=True).token()
        with pytest.raises(VerificationFailed, match="another type"):
            check(stamp, top)

    def test_an_unpinned_root_is_unknown_rather_than_invalid(
        self, top: Party, signer: Party
    ) -> None:
        inside = [encoded(signer), encoded(top)]
        with pytest.raises(UntrustedRoot):
            check(detached(signer, certificates=inside), root("Elsewhere"))

    def test_a_changed_signed_attribute_breaks_the_signature(
        self, top: Party, signer: Party
    ) -> None:
        signed = cms.parse(detached(signer))
        changed = signed.signed_attributes[:-1] + bytes((signed.signed_attributes[-1] ^ 1,))
        with pytest.raises(VerificationFailed, match="does not hold"):
            cms.verify(
                replace(signed, signed_attributes=changed),
                content=DOCUMENT,
                at=NOW,
                roots=top.pin,
                extra_certificates=[top.certificate],
            )

    @pytest.mark.parametrize("days", [-10, 901])
    def test_a_signer_outside_its_lifetime_is_refused(
        self, top: Party, signer: Party, days: int
    ) -> None:
        with pytest.raises(VerificationFailed, match="not valid at"):
            cms.verify(
                cms.parse(detached(signer)),
                content=DOCUMENT,
                at=NOW + timedelta(days=days),
                roots=top.pin,
                extra_certificates=[top.certificate],
            )


class TestRevocation:
    def test_a_document_signer_revoked_before_is_refused(self, top: Party, signer: Party) -> None:
        entry = (signer.certificate, NOW - timedelta(seconds=1), None)
        with pytest.raises(CertificateRevoked):
            check(detached(signer), top, crls=(revocations(top, [entry]),))

    def test_a_document_signer_revoked_afterwards_signed_well(
        self, top: Party, signer: Party
    ) -> None:
        entry = (signer.certificate, NOW + timedelta(seconds=1), None)
        found = check(detached(signer), top, crls=(revocations(top, [entry]),))
        assert found.path.revocation_checked

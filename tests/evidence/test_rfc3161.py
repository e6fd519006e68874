"""Which time-stamp answers are taken, whom they must come from, and how one is asked for."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from core import der
from core.errors import InvalidInput, VerificationFailed
from core.trustpath import CertificateRevoked, UntrustedRoot
from evidence.rfc3161 import (
    build_request,
    request_token,
    verify_response,
    verify_token,
)
from tests.forging import (
    IMPRINT,
    NONCE,
    NOW,
    POLICY,
    STATEMENT,
    Forgery,
    Info,
    Setting,
    encoded,
    issue,
    key_usage,
    name,
    revocations,
    root,
    sequence,
)

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def good() -> Setting:
    top = root("Stamp Root")
    return Setting(top, issue("Stamp Signer", top))


class TestAccepted:
    def test_a_right_answer_tells_time_serial_policy_and_authority(self, good: Setting) -> None:
        response = Forgery(good.signer).response()
        token = good.check(response)
        assert token.gen_time == NOW
        assert token.serial == 77
        assert token.policy == POLICY
        assert token.nonce == NONCE
        assert token.imprint == IMPRINT
        assert token.accuracy == timedelta(seconds=1)
        assert token.tsa_name == "Stamp Signer"
        assert token.response_der == response
        assert token.token_der in response
        assert not token.path.revocation_checked

    def test_a_token_outlives_its_certificate(self, good: Setting) -> None:
        """There is no clock to ask: only the token's own time counts."""
        brief = issue(
            "Brief", good.root, valid=(NOW - timedelta(hours=1), NOW + timedelta(hours=1))
        )
        assert good.check(Forgery(brief).response()).gen_time == NOW

    @pytest.mark.parametrize(
        "key",
        [
            lambda: ec.generate_private_key(ec.SECP384R1()),
            lambda: rsa.generate_private_key(65537, 2048),
        ],
    )
    @pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
    def test_the_usual_keys_and_digests_are_taken(
        self, good: Setting, key: Callable[[], rsa.RSAPrivateKey], digest: str
    ) -> None:
        signer = issue("Other key", good.root, key=key())
        assert good.check(Forgery(signer, digest=digest).response()).serial == 77

    def test_rsa_pss_is_taken(self, good: Setting) -> None:
        signer = issue("PSS", good.root, key=rsa.generate_private_key(65537, 2048))
        assert good.check(Forgery(signer, pss=True).response()).serial == 77

    def test_a_chain_inside_the_token_is_followed_to_the_pinned_root(self, good: Setting) -> None:
        between = issue("Between", good.root, ca=True)
        signer = issue("Deep", between)
        forgery = Forgery(signer, certificates=[encoded(signer), encoded(between)])
        token = good.check(forgery.response())
        assert len(token.path.certificates) == 3

    def test_a_signer_named_by_key_id_is_found(self, good: Setting) -> None:
        forgery = Forgery(good.signer, by_key_id=True, signer_version=3)
        assert good.check(forgery.response()).serial == 77

    def test_the_authority_may_name_itself(self, good: Setting) -> None:
        own = der.encode(0xA0, der.encode(0xA4, name("Stamp Signer").public_bytes()))
        info = Info().with_part(tsa=own).encoded()
        assert good.check(Forgery(good.signer, content=info).response()).serial == 77

    def test_accuracy_counts_millis_and_micros(self, good: Setting) -> None:
        stated = sequence(der.encode_integer(5, 0x80), der.encode_integer(7, 0x81))
        info = Info().with_part(accuracy=stated).encoded()
        token = good.check(Forgery(good.signer, content=info).response())
        assert token.accuracy == timedelta(milliseconds=5, microseconds=7)

    def test_a_current_revocation_list_is_reported(self, good: Setting) -> None:
        token = good.check(Forgery(good.signer).response(), crls=(revocations(good.root),))
        assert token.path.revocation_checked

    def test_a_bare_token_is_checked_the_same_way(self, good: Setting) -> None:
        token = verify_token(
            Forgery(good.signer).token(),
            imprint=IMPRINT,
            nonce=None,
            roots=good.root.pin,
            extra_certificates=[good.root.certificate],
        )
        assert token.gen_time == NOW
        assert token.response_der == b""


class TestTrust:
    def test_a_root_that_is_not_pinned_is_unknown_rather_than_invalid(self, good: Setting) -> None:
        with pytest.raises(UntrustedRoot):
            verify_response(
                Forgery(good.signer).response(),
                imprint=IMPRINT,
                nonce=NONCE,
                roots=root("Elsewhere").pin,
                extra_certificates=[good.root.certificate],
            )

    def test_a_root_inside_the_token_authorises_nothing(self, good: Setting) -> None:
        rogue = root("Stamp Root")
        signer = issue("Stamp Signer", rogue)
        inside = [encoded(signer), encoded(rogue)]
        with pytest.raises(UntrustedRoot):
            good.check(Forgery(signer, certificates=inside).response())

    def test_a_signer_may_be_pinned_by_itself(self, good: Setting) -> None:
        found = verify_response(
            Forgery(good.signer).response(),
            imprint=IMPRINT,
            nonce=NONCE,
            roots=good.signer.pin,
            extra_certificates=[good.root.certificate],
        )
        assert {found.path.root_sha256} == good.signer.pin

    def test_a_changed_answer_is_invalid_even_under_an_unknown_root(self, good: Setting) -> None:
        with pytest.raises(VerificationFailed) as caught:
            verify_response(
                Forgery(good.signer, flip_signature=True).response(),
                imprint=IMPRINT,
                nonce=NONCE,
                roots=frozenset(),
            )
        assert not isinstance(caught.value, UntrustedRoot)


def scope(*, indirect: bool) -> x509.IssuingDistributionPoint:
    return x509.IssuingDistributionPoint(
        full_name=None,
        relative_name=None,
        only_contains_user_certs=not indirect,
        only_contains_ca_certs=False,
        only_some_reasons=None,
        indirect_crl=indirect,
        only_contains_attribute_certs=False,
    )


class TestRevocation:
    @pytest.mark.parametrize("reason", [None, x509.ReasonFlags.superseded])
    def test_a_signer_revoked_before_the_tokens_time_is_refused(
        self, good: Setting, reason: x509.ReasonFlags | None
    ) -> None:
        entry = (good.signer.certificate, NOW - timedelta(days=1), reason)
        with pytest.raises(CertificateRevoked):
            good.check(Forgery(good.signer).response(), crls=(revocations(good.root, [entry]),))

    @pytest.mark.parametrize("reason", [None, x509.ReasonFlags.key_compromise])
    def test_a_stolen_key_spoils_earlier_tokens_too(
        self, good: Setting, reason: x509.ReasonFlags | None
    ) -> None:
        entry = (good.signer.certificate, NOW + timedelta(days=1), reason)
        with pytest.raises(CertificateRevoked):
            good.check(Forgery(good.signer).response(), crls=(revocations(good.root, [entry]),))

    def test_a_signer_retired_later_in_good_order_leaves_its_tokens_standing(
        self, good: Setting
    ) -> None:
        later = (good.signer.certificate, NOW + timedelta(days=1), x509.ReasonFlags.superseded)
        token = good.check(Forgery(good.signer).response(), crls=(revocations(good.root, [later]),))
        assert token.path.revocation_checked

    def test_another_issuers_list_says_nothing(self, good: Setting) -> None:
        forged = root("Stamp Root")
        entry = (good.signer.certificate, NOW - timedelta(days=1), None)
        token = good.check(Forgery(good.signer).response(), crls=(revocations(forged, [entry]),))
        assert not token.path.revocation_checked

    def test_a_stale_list_covers_nothing_but_still_names_the_revoked(self, good: Setting) -> None:
        until = NOW - timedelta(days=1)
        token = good.check(
            Forgery(good.signer).response(), crls=(revocations(good.root, until=until),)
        )
        assert not token.path.revocation_checked
        entry = (good.signer.certificate, NOW - timedelta(days=2), None)
        with pytest.raises(CertificateRevoked):
            good.check(
                Forgery(good.signer).response(),
                crls=(revocations(good.root, [entry], until=until),),
            )

    def test_a_partial_list_covers_nothing_but_still_names_the_revoked(self, good: Setting) -> None:
        part = [(scope(indirect=False), True)]
        token = good.check(
            Forgery(good.signer).response(), crls=(revocations(good.root, extra=part),)
        )
        assert not token.path.revocation_checked
        entry = (good.signer.certificate, NOW - timedelta(days=2), None)
        with pytest.raises(CertificateRevoked):
            good.check(
                Forgery(good.signer).response(),
                crls=(revocations(good.root, [entry], extra=part),),
            )

    def test_a_list_that_may_speak_of_other_issuers_says_nothing(self, good: Setting) -> None:
        entry = (good.signer.certificate, NOW - timedelta(days=2), None)
        shared = revocations(good.root, [entry], extra=[(scope(indirect=True), True)])
        token = good.check(Forgery(good.signer).response(), crls=(shared,))
        assert not token.path.revocation_checked

    def test_a_root_that_may_not_sign_lists_says_nothing(self) -> None:
        no_lists = key_usage(certificates=True, lists=False)
        top = root("No Lists", extra=[(no_lists, True)])
        own = Setting(top, issue("Signer", top))
        entry = (own.signer.certificate, NOW - timedelta(days=2), None)
        token = own.check(Forgery(own.signer).response(), crls=(revocations(top, [entry]),))
        assert not token.path.revocation_checked

    def test_a_list_that_cannot_be_read_is_refused(self, good: Setting) -> None:
        with pytest.raises(VerificationFailed, match="cannot be read"):
            good.check(Forgery(good.signer).response(), crls=(b"\x30\x00",))


class Recorded:
    """Answers with what it was given and keeps the question."""

    def __init__(self, response: bytes) -> None:
        self.response = response
        self.asked: list[bytes] = []

    def ask(self, request_der: bytes) -> bytes:
        self.asked.append(request_der)
        return self.response


class TestRequest:
    def test_a_token_is_checked_when_it_arrives(self, good: Setting) -> None:
        client = Recorded(Forgery(good.signer).response())
        arguments = {"roots": good.root.pin, "extra_certificates": [good.root.certificate]}
        token = request_token(client, STATEMENT, nonce=NONCE, policy=POLICY, **arguments)  # type: ignore[arg-type]
        assert token.imprint == IMPRINT
        assert client.asked == [build_request(IMPRINT, NONCE, policy=POLICY)]
        with pytest.raises(VerificationFailed, match="another request"):
            request_token(client, STATEMENT, nonce=NONCE + 1, **arguments)  # type: ignore[arg-type]
        with pytest.raises(VerificationFailed, match="over another digest"):
            request_token(client, STATEMENT + b".", nonce=NONCE, **arguments)  # type: ignore[arg-type]

    @pytest.mark.parametrize(("digest", "nonce"), [(b"short", 1), (bytes(32), -1)])
    def test_a_request_that_makes_no_sense_is_not_built(self, digest: bytes, nonce: int) -> None:
        with pytest.raises(InvalidInput):
            build_request(digest, nonce)

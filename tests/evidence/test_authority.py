"""The embedded time-stamp authority: what it grants, what it refuses, and how it says so."""

import hashlib
import secrets
from datetime import datetime, timedelta, timezone

import pytest
from asn1crypto import cms as asn1_cms
from asn1crypto import tsp
from hypothesis import given
from hypothesis import strategies as st

from core import der, pki
from core.errors import InvalidInput
from evidence.authority import EmbeddedAuthority, LocalTimestampClient
from evidence.rfc3161 import build_request, request_token, verify_response
from tests.forging import IMPRINT, NONCE, NOW, POLICY, SHA1, SHA256, SHA512, imprint, sequence

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def authority() -> EmbeddedAuthority:
    identity = pki.create_authority(pki.new_installation_id(), now=NOW)
    return EmbeddedAuthority(identity, POLICY, timedelta(seconds=1, milliseconds=500))


def read(response: bytes) -> tsp.TimeStampResp:
    return tsp.TimeStampResp.load(response, strict=True)


def refusal(response: bytes) -> set[str]:
    """The reasons of an answer that must be a rejection and nothing more."""
    whole = der.whole(response, der.SEQUENCE, "answer")
    status = tsp.PKIStatusInfo.load(whole.take(der.SEQUENCE).raw, strict=True)
    whole.finish()
    assert status["status"].native == "rejection"
    reasons: set[str] = status["fail_info"].native
    return reasons


def pins(authority: EmbeddedAuthority) -> frozenset[str]:
    return frozenset({pki.fingerprint(authority.identity.root)})


class TestGranted:
    def test_an_answer_satisfies_our_own_checks(self, authority: EmbeddedAuthority) -> None:
        request = build_request(IMPRINT, NONCE, policy=POLICY)
        token = verify_response(
            authority.answer(request, now=NOW, serial=42),
            imprint=IMPRINT,
            nonce=NONCE,
            roots=pins(authority),
            extra_certificates=authority.identity.chain,
            policy=POLICY,
            crls=[authority.identity.crl],
        )
        assert token.gen_time == NOW
        assert token.serial == 42
        assert token.accuracy == timedelta(seconds=1, milliseconds=500)
        assert token.path.revocation_checked
        assert "样本" in token.tsa_name

    def test_the_time_is_cut_to_the_millisecond_and_never_rounded_up(
        self, authority: EmbeddedAuthority
    ) -> None:
        request = build_request(IMPRINT, NONCE)
        for micros, expected in ((999_999, 999_000), (0, 0), (120_000, 120_000), (1, 0)):
            now = NOW.replace(microsecond=micros).astimezone(timezone(timedelta(hours=8)))
            response = authority.answer(request, now=now, serial=1)
            token = verify_response(
                response,
                imprint=IMPRINT,
                nonce=NONCE,
                roots=pins(authority),
                extra_certificates=authority.identity.chain,
            )
            assert token.gen_time == NOW.replace(microsecond=expected)

    def test_the_signers_certificate_alone_comes_and_only_when_asked_for(
        self, authority: EmbeddedAuthority
    ) -> None:
        stamped = imprint(SHA256, IMPRINT)
        plain = sequence(der.encode_integer(1), stamped)
        asked = sequence(der.encode_integer(1), stamped, b"\x01\x01\xff")
        for request, expected in ((plain, 0), (asked, 1)):
            response = read(authority.answer(request, now=NOW, serial=1))
            signed = response["time_stamp_token"]["content"]
            assert len(signed["certificates"] or []) == expected

    def test_another_library_reads_every_part(self, authority: EmbeddedAuthority) -> None:
        response = authority.answer(build_request(IMPRINT, NONCE), now=NOW, serial=1 << 63)
        parsed = read(response)
        assert parsed["status"]["status"].native == "granted"
        info = parsed["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
        assert info["message_imprint"]["hashed_message"].native == IMPRINT
        assert info["serial_number"].native == 1 << 63
        assert info["nonce"].native == NONCE
        assert info["gen_time"].native == NOW
        again = asn1_cms.ContentInfo.load(parsed["time_stamp_token"].dump())
        assert again.dump(force=True) == parsed["time_stamp_token"].dump()

    @pytest.mark.parametrize(("algorithm", "digest"), [(SHA256, "sha256"), (SHA512, "sha512")])
    def test_longer_digests_are_stamped_too(
        self, authority: EmbeddedAuthority, algorithm: str, digest: str
    ) -> None:
        request = sequence(
            der.encode_integer(1), imprint(algorithm, hashlib.new(digest, b"x").digest())
        )
        assert (
            read(authority.answer(request, now=NOW, serial=1))["status"]["status"].native
            == "granted"
        )


REFUSED = {
    "garbage": (b"garbage", "bad_data_format"),
    "nothing": (b"", "bad_data_format"),
    "bytes left over": (build_request(IMPRINT, 1) + b"\x00", "bad_data_format"),
    "version 2": (sequence(b"\x02\x01\x02", imprint(SHA256, IMPRINT)), "bad_request"),
    "SHA-1": (sequence(b"\x02\x01\x01", imprint(SHA1, bytes(20))), "bad_alg"),
    "a short digest": (sequence(b"\x02\x01\x01", imprint(SHA256, bytes(31))), "bad_data_format"),
    "another policy": (build_request(IMPRINT, 1, policy="1.2.3.4"), "unaccepted_policy"),
    "an extension": (
        sequence(b"\x02\x01\x01", imprint(SHA256, IMPRINT), b"\xa0\x02\x30\x00"),
        "unaccepted_extensions",
    ),
    "an endless nonce": (build_request(IMPRINT, 1 << 600), "bad_request"),
    "a request too large": (bytes(5000), "bad_request"),
}


class TestRefused:
    @pytest.mark.parametrize("case", REFUSED)
    def test_a_request_that_cannot_be_served_is_answered_with_its_reason(
        self, authority: EmbeddedAuthority, case: str
    ) -> None:
        request, reason = REFUSED[case]
        assert refusal(authority.answer(request, now=NOW, serial=1)) == {reason}

    @pytest.mark.parametrize("days", [-1, 3653])
    def test_a_clock_outside_the_certificates_lifetime_gets_no_token(
        self, authority: EmbeddedAuthority, days: int
    ) -> None:
        now = NOW + timedelta(days=days)
        response = authority.answer(build_request(IMPRINT, 1), now=now, serial=1)
        assert refusal(response) == {"time_not_available"}

    @given(st.binary(max_size=200))
    def test_no_request_makes_it_raise(self, authority: EmbeddedAuthority, noise: bytes) -> None:
        assert len(refusal(authority.answer(noise, now=NOW, serial=1))) == 1

    @pytest.mark.parametrize("accuracy", [timedelta(seconds=-1), timedelta(days=1)])
    def test_an_accuracy_that_makes_no_sense_is_refused(
        self, authority: EmbeddedAuthority, accuracy: timedelta
    ) -> None:
        with pytest.raises(InvalidInput):
            EmbeddedAuthority(authority.identity, POLICY, accuracy)


class TestLocalClient:
    def test_it_stamps_with_the_clock_it_was_given(self, authority: EmbeddedAuthority) -> None:
        moments = iter([NOW, NOW + timedelta(seconds=5)])

        def clock() -> datetime:
            return next(moments)

        client = LocalTimestampClient(authority, clock)
        tokens = [
            request_token(
                client,
                b"statement",
                nonce=secrets.randbits(64),
                roots=pins(authority),
                extra_certificates=authority.identity.chain,
                policy=POLICY,
            )
            for _ in range(2)
        ]
        assert [each.gen_time for each in tokens] == [NOW, NOW + timedelta(seconds=5)]
        assert tokens[0].serial != tokens[1].serial
        assert all(0 < each.serial < 1 << 64 for each in tokens)

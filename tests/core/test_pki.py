"""What an embedded installation's own keys are, and how they are kept."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from core import pki, trustpath
from core.errors import Conflict, Misconfigured
from tests.forging import NOW

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def issuer() -> pki.Identity:
    return pki.create_issuer("1a2b3c4d", now=NOW)


@pytest.fixture(scope="module")
def authority() -> pki.Identity:
    return pki.create_authority("1a2b3c4d", now=NOW)


class TestCreate:
    def test_each_leaf_leads_to_its_own_root_and_not_to_the_others(
        self, issuer: pki.Identity, authority: pki.Identity
    ) -> None:
        for own, other in ((issuer, authority), (authority, issuer)):
            pins = frozenset({pki.fingerprint(own.root)})
            path = trustpath.find(
                own.certificate,
                candidates=[*own.chain, *other.chain],
                roots=pins,
                at=NOW,
                crls=[own.crl],
            )
            assert path.root_sha256 in pins
            assert path.revocation_checked
            with pytest.raises(trustpath.UntrustedRoot):
                trustpath.find(
                    other.certificate, candidates=[*own.chain, *other.chain], roots=pins, at=NOW
                )

    def test_roots_live_twenty_years_and_leaves_ten(self, issuer: pki.Identity) -> None:
        day = timedelta(days=1)
        root, leaf = issuer.root, issuer.certificate
        assert (root.not_valid_after_utc - root.not_valid_before_utc) // day == 20 * 365 + 5
        assert (leaf.not_valid_after_utc - leaf.not_valid_before_utc) // day == 10 * 365 + 2
        assert leaf.not_valid_before_utc <= NOW - timedelta(minutes=30)
        crl = x509.load_der_x509_crl(issuer.crl)
        assert crl.next_update_utc == leaf.not_valid_after_utc

    def test_the_time_stamp_leaf_is_for_time_stamps_alone(self, authority: pki.Identity) -> None:
        usage = authority.certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        assert usage.critical
        assert list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]

    def test_the_document_leaf_signs_documents_and_issues_nothing(
        self, issuer: pki.Identity
    ) -> None:
        extensions = issuer.certificate.extensions
        usage = extensions.get_extension_for_class(x509.KeyUsage)
        assert usage.critical
        assert usage.value.digital_signature
        assert usage.value.content_commitment
        assert not usage.value.key_cert_sign
        assert (
            pki.DOCUMENT_SIGNING in extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        )
        assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca

    def test_only_the_signers_leaf_is_an_authority_and_over_nothing_but_signers(self) -> None:
        signers = pki.create_signers("1a2b3c4d", now=NOW)
        found = signers.certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        assert (found.ca, found.path_length) == (True, 0)
        usage = signers.certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        assert usage.key_cert_sign
        assert not usage.digital_signature

    def test_every_name_says_sample_and_names_the_installation(
        self, issuer: pki.Identity, authority: pki.Identity
    ) -> None:
        for each in (issuer, authority):
            for certificate in (each.certificate, each.root):
                assert "SAMPLE" in trustpath.label(certificate)
                assert "样本" in trustpath.label(certificate)
                assert "1a2b3c4d" in trustpath.label(certificate)

    def test_two_installations_share_nothing(self, issuer: pki.Identity) -> None:
        other = pki.create_issuer(pki.new_installation_id(), now=NOW)
        assert pki.fingerprint(other.root) != pki.fingerprint(issuer.root)
        assert other.certificate.subject != issuer.certificate.subject

    def test_the_key_is_p256_and_is_not_shown(self, issuer: pki.Identity) -> None:
        assert isinstance(issuer.key.curve, ec.SECP256R1)
        assert "key" not in repr(issuer).replace("PublicKey", "")


class TestSave:
    def test_what_was_saved_is_loaded(self, issuer: pki.Identity, tmp_path: Path) -> None:
        pki.save(issuer, tmp_path / "keys" / "issuer")
        loaded = pki.load(tmp_path / "keys" / "issuer")
        assert loaded.certificate == issuer.certificate
        assert loaded.chain == issuer.chain
        assert loaded.crl == issuer.crl
        assert loaded.key.private_numbers() == issuer.key.private_numbers()

    def test_only_the_owner_reads_the_key_and_nothing_else_is_left(
        self, issuer: pki.Identity, tmp_path: Path
    ) -> None:
        pki.save(issuer, tmp_path / "issuer")
        assert stat.S_IMODE((tmp_path / "issuer" / "key.pem").stat().st_mode) == 0o600
        assert [each.name for each in tmp_path.iterdir()] == ["issuer"]

    def test_keys_are_never_overwritten(
        self, issuer: pki.Identity, authority: pki.Identity, tmp_path: Path
    ) -> None:
        pki.save(issuer, tmp_path / "issuer")
        with pytest.raises(Conflict):
            pki.save(authority, tmp_path / "issuer")
        assert pki.load(tmp_path / "issuer").certificate == issuer.certificate
        assert [each.name for each in tmp_path.iterdir()] == ["issuer"]


class TestLoad:
    def test_a_key_that_others_may_read_is_refused(
        self, issuer: pki.Identity, tmp_path: Path
    ) -> None:
        pki.save(issuer, tmp_path / "issuer")
        (tmp_path / "issuer" / "key.pem").chmod(0o640)
        with pytest.raises(Misconfigured, match="600"):
            pki.load(tmp_path / "issuer")

    @pytest.mark.parametrize("part", ["key.pem", "certificate.pem", "chain.pem", "crl.pem"])
    @pytest.mark.parametrize("damage", ["missing", "foreign", "garbage"])
    def test_parts_that_do_not_belong_together_are_refused(
        self,
        issuer: pki.Identity,
        authority: pki.Identity,
        tmp_path: Path,
        part: str,
        damage: str,
    ) -> None:
        pki.save(issuer, tmp_path / "issuer")
        pki.save(authority, tmp_path / "other")
        target = tmp_path / "issuer" / part
        if damage == "missing":
            target.unlink()
        elif damage == "foreign":
            target.write_bytes((tmp_path / "other" / part).read_bytes())
        else:
            target.write_bytes(b"-----BEGIN NOTHING-----\n")
        with pytest.raises(Misconfigured):
            pki.load(tmp_path / "issuer")


class TestWhatIsTrusted:
    """`trusted.pem`: in place of a root that certifies others too."""

    @staticmethod
    def kept(issuer: pki.Identity, folder: Path, *pinned: x509.Certificate) -> pki.Identity:
        pki.save(issuer, folder)
        pem = b"".join(each.public_bytes(serialization.Encoding.PEM) for each in pinned)
        (folder / "trusted.pem").write_bytes(pem)
        return pki.load(folder)

    def test_is_the_root_unless_something_else_is_said(self, issuer: pki.Identity) -> None:
        assert issuer.trusted == (issuer.root,)
        assert issuer.anchor == issuer.root

    def test_is_the_signer_and_those_before_it(self, issuer: pki.Identity, tmp_path: Path) -> None:
        earlier = pki.create_issuer("earlier", now=NOW).certificate
        found = self.kept(issuer, tmp_path / "issuer", earlier, issuer.certificate)
        assert found.trusted == (earlier, issuer.certificate)
        assert found.anchor == issuer.certificate

    def test_names_what_signs_now(self, issuer: pki.Identity, tmp_path: Path) -> None:
        with pytest.raises(Misconfigured, match=r"trusted\.pem"):
            self.kept(issuer, tmp_path / "a", pki.create_issuer("other", now=NOW).certificate)
        with pytest.raises(Misconfigured):
            self.kept(issuer, tmp_path / "b")

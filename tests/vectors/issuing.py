"""The keys of the installation that the vectors come from, used to sign what is not true.

A verifier has to catch an issuer that errs or lies, so some vectors carry documents that do not fit
each other under a perfectly good signature.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from api.keyfiles import read_key
from certs import content as said
from certs import documents as names
from certs import package, pdffile, readme
from certs import status as statuses
from certs.making import _MEDIA_TYPES, _TYPES
from certs.pades import DocumentSigner
from certs.pdf import Attachment, render
from chain.ethereum import EthereumLedger
from chain.signing import Call, LocalSigner, revoke_data
from core import canonical, pki
from core.signed_data import parse
from evidence.authority import EmbeddedAuthority, LocalTimestampClient
from evidence.rfc3161 import build_request, verify_response
from evidence.statement import leaf_hash

POLICY = "1.3.6.1.4.1.99999.1.1"
Documents = dict[str, bytes]


@dataclass(frozen=True)
class Issued:
    """A package of the running stack, taken apart. `documents` includes content.json."""

    package: bytes
    members: dict[str, bytes]
    documents: Documents

    @classmethod
    def load(cls, path: Path) -> "Issued":
        data = path.read_bytes()
        members = package.read(data)
        return cls(data, members, dict(pdffile.attachments(members[package.CERTIFICATE])))

    @property
    def pdf(self) -> bytes:
        return self.members[package.CERTIFICATE]

    def json(self, name: str) -> Any:
        return json.loads(self.documents[name])

    @property
    def leaf(self) -> str:
        return leaf_hash(self.documents[names.STATEMENT])

    def with_members(self, **changed: bytes) -> bytes:
        """The package with other members; `_` stands for `.` in their names."""
        other = {name.replace("_", "."): data for name, data in changed.items()}
        return package.build({**self.members, **other})


@dataclass(frozen=True)
class Installation:
    """Everything that signs: issuer, time-stamp authority, status key, registrar."""

    issuer: pki.Identity
    authority: pki.Identity
    status_key: Ed25519PrivateKey
    registrar: LocalSigner
    trust: dict[str, Any]

    @classmethod
    def load(cls, var: Path) -> "Installation":
        keys = var / "keys"
        return cls(
            pki.load(keys / "issuer"),
            pki.load(keys / "authority"),
            Ed25519PrivateKey.from_private_bytes(read_key(keys / "status.key")),
            LocalSigner(read_key(keys / "registrar.key")),
            json.loads((var / "trust.json").read_bytes()),
        )

    @classmethod
    def fresh(cls, chains: list[Any]) -> "Installation":
        """New keys, trusted along with these chains; what they sign was anchored by others."""
        now = _now()
        issuer, authority = pki.create_issuer("fresh", now=now), pki.create_authority("a", now=now)
        key = Ed25519PrivateKey.generate()
        trust = {
            "type": "yinji/trust",
            "version": 1,
            "issuer_roots": [pki.fingerprint(issuer.root)],
            "tsa_roots": [pki.fingerprint(authority.root)],
            "chains": chains,
            "status_keys": [key.public_key().public_bytes_raw().hex()],
        }
        return cls(issuer, authority, key, LocalSigner(secrets.token_bytes(32)), trust)

    def adopt(self, issued: Issued) -> Issued:
        """The same evidence, as if this installation had stamped and certified it."""
        statement = issued.documents[names.STATEMENT]
        response = self.stamp(sha256(statement).digest())
        token = verify_response(
            response,
            imprint=sha256(statement).digest(),
            nonce=1,
            roots=frozenset(self.trust["tsa_roots"]),
            extra_certificates=self.authority.chain,
        )

        def told(value: Any) -> None:
            value["times"]["token"] |= {
                "gen_time": canonical.format_time(token.gen_time),
                "serial": "0x" + token.serial.to_bytes(20, "big").lstrip(b"\0").hex().upper(),
                "policy": token.policy,
                "tsa_name": token.tsa_name,
            }

        status = self.status(issued)
        documents = issued.documents | {
            names.TOKEN: response,
            names.STATUS: status,
            names.CONTENT: altered(issued.documents[names.CONTENT], told),
        }
        pdf = self.certificate(documents)
        certificates = parse(pdffile.signed_range(pdf).cms).certificates
        pems = [each.public_bytes(Encoding.PEM) for each in certificates]
        roots = [self.issuer.root, self.authority.root]
        beside = dict(
            zip(
                package.PEMS,
                [pems[certificates.index(root)] for root in roots],
                strict=True,
            )
        )
        members = issued.members | beside | {package.STATUS: status, package.CERTIFICATE: pdf}
        members |= {name: documents[name] for name in names.COPIED}
        return Issued(package.build(members), members, documents)

    def stamp(self, imprint: bytes) -> bytes:
        """A TimeStampResp over a SHA-256 digest, by our authority's clock of now."""
        authority = EmbeddedAuthority(self.authority, POLICY, timedelta(seconds=1))
        return LocalTimestampClient(authority, _now).ask(build_request(imprint, 1))

    def status(self, issued: Issued, **changed: Any) -> bytes:
        """status.json about `issued`, with some members changed."""
        body = json.loads(issued.members[package.STATUS])["status"]
        members = {name: body[name] for name in ("evidence", "leaf_hash", "edition", "state")}
        members |= {"reason": body["reason"], "as_of": canonical.parse_time(body["as_of"])}
        return statuses.sign(statuses.Status(**{**members, **changed}), self.status_key)

    def certificate(
        self,
        documents: Mapping[str, bytes],
        *,
        drawn: bytes | None = None,
        before_signing: Callable[[bytes], bytes] = bytes,
        now: datetime | None = None,
    ) -> bytes:
        """A signed PDF with these attachments; `drawn` is the content.json its pages show."""
        attached = [
            Attachment(name, _MEDIA_TYPES.get(name, "application/json"), _TYPES[name], data)
            for name, data in documents.items()
        ]
        page = render(said.from_canonical(drawn or documents[names.CONTENT]), attached)
        own = self.authority
        signer = DocumentSigner(
            self.issuer,
            tsa_roots=frozenset({pki.fingerprint(own.root)}),
            tsa_certificates=own.chain,
            tsa_crls=(own.crl,),
            policy=POLICY,
        )
        authority = EmbeddedAuthority(own, POLICY, timedelta(seconds=1))
        client = LocalTimestampClient(authority, _now)
        return signer.sign(before_signing(page), client.ask, now=now or _now())

    def package(self, issued: Issued, documents: Mapping[str, bytes], pdf: bytes) -> bytes:
        """A package around a certificate made here, with the same status as `issued` has."""
        content = said.from_canonical(documents[names.CONTENT])
        others = {name: documents[name] for name in names.COPIED}
        return package.build(
            {
                **issued.members,
                **others,
                package.CERTIFICATE: pdf,
                package.README: readme.readme(content),
            }
        )

    def revoke(self, url: str, leaf: str, reason: int) -> None:
        """Send the registrar's transaction; the embedded chain mines it at once."""
        ledger, chain = EthereumLedger(url), self.trust["chains"][0]
        fees = ledger.fees()
        call = Call(
            chain_id=chain["chain_id"],
            nonce=ledger.nonce(self.registrar.address),
            contract=bytes.fromhex(chain["contract"][2:]),
            data=revoke_data(bytes.fromhex(leaf), reason),
            gas=150_000,
            max_fee=fees.base * 2 + fees.priority,
            max_priority_fee=fees.priority,
        )
        ledger.send(self.registrar.sign(call).raw)


def altered(data: bytes, change: Callable[[Any], None]) -> bytes:
    """A canonical JSON document after `change` has been made to its value."""
    value = json.loads(data)
    change(value)
    return canonical.encode(value)


def with_signature(pdf: bytes, cms: bytes) -> bytes:
    """The same covered bytes around another CMS structure, padded to the room there is."""
    was = pdffile.signed_range(pdf).cms.hex().upper().encode()
    start = pdf.index(b"<" + was) + 1
    end = pdf.index(b">", start)
    digits = cms.hex().upper().encode()
    assert len(digits) <= end - start, "there is no room for it"
    return pdf[:start] + digits.ljust(end - start, b"0") + pdf[end:]


def _now() -> datetime:
    return datetime.now(UTC)

"""Vectors of what nothing signs: the bytes inside /Contents, trust files, and a node's silence.

Whoever holds a certificate can change the first without any key; a reader has to hold them to
their values, and must not take a damaged root for a forged certificate.
"""

from hashlib import sha256
from typing import Any

from certs import pdffile
from certs.documents import CONTENT, CUSTODY, STATEMENT, TOKEN
from core import der
from core.signed_data import SIGNATURE_TIMESTAMP, parse
from tests.vectors.build import Grounds
from tests.vectors.honest import AFTER_FORMAT
from tests.vectors.issuing import Issued, altered, with_signature
from tests.vectors.recording import changed

EMPTY = der.encode(der.SEQUENCE, der.encode(der.NULL))


def write(grounds: Grounds) -> None:
    photo = grounds.issued["photo"]
    _structures(grounds, photo)
    _certificates(grounds, photo)
    _trust(grounds, photo)
    _tokens(grounds, photo)
    _documents(grounds, photo)
    _nodes(grounds, photo)


def _replaced(pdf: bytes, old: bytes, new: bytes) -> bytes:
    """The certificate with the first `old` in its CMS structure replaced, lengths as they were."""
    assert len(old) == len(new), "lengths would have to follow"
    return with_signature(pdf, pdffile.signed_range(pdf).cms.replace(old, new, 1))


def _structures(grounds: Grounds, photo: Issued) -> None:
    def add(name: str, says: str, pdf: bytes) -> None:
        grounds.add(name, says, "invalid", pdf, offline=True, failed=["format"],
                    not_checked=AFTER_FORMAT)  # fmt: skip

    pdf = photo.pdf
    one = der.encode_integer(1) + bytes([der.SET])
    add("signature-other-version", "SignedData of version 3",
        _replaced(pdf, one, der.encode_integer(3) + one[-1:]))  # fmt: skip
    with_sha256, with_sha384 = (
        der.encode(der.SEQUENCE, der.encode_oid(f"1.2.840.10045.4.3.{last}")) for last in (2, 3)
    )
    signature = parse(pdffile.signed_range(pdf).cms).signature
    signature = der.encode(der.OCTET_STRING, signature)
    add("signature-other-algorithm", "the algorithm is said to be with SHA-384",
        _replaced(pdf, with_sha256 + signature, with_sha384 + signature))  # fmt: skip
    add("signature-two-values", "something else beside the time-stamp in its attribute",
        with_signature(pdf, _beside_the_token(pdf)))  # fmt: skip


def _parts(data: bytes, *way: int) -> tuple[der.Element, list[der.Element]]:
    """The element at the end of `way` (places from the outside inwards), and what it holds."""
    element = der.Reader(data, "CMS").any()
    for place in way:
        element = der.Reader(element.body, "CMS").rest()[place]
    return element, der.Reader(element.body, "CMS").rest()


def _with_part(data: bytes, new: bytes, *way: int) -> bytes:
    """The structure with another element at the end of `way`."""
    if not way:
        return new
    outer, parts = _parts(data)
    raws = [part.raw for part in parts]
    raws[way[0]] = _with_part(raws[way[0]], new, *way[1:])
    return der.encode(outer.tag, *raws)


_CERTIFICATES = (1, 0, 3)
_UNSIGNED = (1, 0, 4, 0, -1)


def _beside_the_token(pdf: bytes) -> bytes:
    cms = pdffile.signed_range(pdf).cms
    _, (attribute,) = _parts(cms, *_UNSIGNED)
    _, (kind, values) = _parts(attribute.raw)
    assert der.oid(kind) == SIGNATURE_TIMESTAMP
    both = der.encode(der.SET, values.body, EMPTY)
    unsigned = der.encode(0xA1, der.encode(der.SEQUENCE, kind.raw, both))
    return _with_part(cms, unsigned, *_UNSIGNED)


def _certificates(grounds: Grounds, photo: Issued) -> None:
    pdf, trusted = photo.pdf, grounds.home.trust
    cms = pdffile.signed_range(pdf).cms
    _, listed = _parts(cms, *_CERTIFICATES)
    raws = [each.raw for each in listed]
    place = next(at for at, raw in enumerate(raws) if _is(raw, trusted["issuer_roots"]))
    damaged = raws[place][:-1] + bytes([raws[place][-1] ^ 1])

    def add(name: str, says: str, verdict: str, certificates: list[bytes], *left: str) -> None:
        joined = der.encode(0xA0, *certificates)
        data = with_signature(pdf, _with_part(cms, joined, *_CERTIFICATES))
        grounds.add(name, says, verdict, data, offline=True, not_checked=(*left, "chain"))

    add("signature-root-damaged", "a bit of the root in the file changed: it is unknown",
        "indeterminate", [*raws[:place], damaged, *raws[place + 1 :]], "signature")  # fmt: skip
    add("signature-root-missing", "the root is not in the file", "indeterminate",
        raws[:place] + raws[place + 1 :], "signature")  # fmt: skip
    add("signature-rubbish-beside", "what cannot be read beside them is no certificate", "valid",
        [EMPTY, *raws])  # fmt: skip


def _is(raw: bytes, fingerprints: list[str]) -> bool:
    return sha256(raw).hexdigest() in fingerprints


def _trust(grounds: Grounds, photo: Issued) -> None:
    home = grounds.home.trust
    double = {**home, "chains": [*home["chains"], {**home["chains"][0], "confirmations": 9}]}
    grounds.add("trust-chain-twice", "two depths for one chain and contract", "error",
                "presented/valid-zip.zip", trust=grounds.trust("chain-twice", double))  # fmt: skip
    changed_pdf = "presented/pdf-byte-changed.pdf"
    grounds.add("changed-and-untrusted", "a fault outweighs missing trust in the issuer", "invalid",
                changed_pdf, trust="trust/without-issuer-roots.json", offline=True,
                failed=["signature"], not_checked=["chain"])  # fmt: skip
    grounds.add("changed-and-no-trust-file", "who trusts nobody still hears of faults", "invalid",
                changed_pdf, trust=None, offline=True, failed=["signature"],
                not_checked=["timestamp", "chain", "status"])  # fmt: skip
    grounds.add("chain-asked-untrusted-status-key", "the chain knows no revocation, and the status "
                "is by an unknown key", "indeterminate", "presented/valid-zip.zip",
                trust="trust/without-status-keys.json", node="nodes/photo.json",
                not_checked=["status"])  # fmt: skip


def _tokens(grounds: Grounds, photo: Issued) -> None:
    def add(name: str, says: str, token: bytes) -> None:
        pdf = grounds.home.certificate(photo.documents | {TOKEN: token})
        grounds.add(name, says, "invalid", pdf, offline=True, failed=["timestamp"],
                    not_checked=["chain"])  # fmt: skip

    response = photo.documents[TOKEN]
    granted = der.encode(der.SEQUENCE, der.encode_integer(0))
    assert response.count(granted) == 1
    add("token-with-modifications", "status 1, granted with modifications",
        response.replace(granted, der.encode(der.SEQUENCE, der.encode_integer(1))))  # fmt: skip
    other = sha256(photo.documents[STATEMENT] + b" ").digest()
    add("token-untrusted-over-another", "over another statement, by an authority not trusted",
        grounds.other.stamp(other))  # fmt: skip


def _documents(grounds: Grounds, photo: Issued) -> None:
    def turned(value: Any) -> None:
        value["facts"] = value["facts"][::-1]

    documents = photo.documents | {CONTENT: altered(photo.documents[CONTENT], turned)}
    grounds.add("printed-facts-in-another-order", "the order of printed facts is free", "valid",
                grounds.home.certificate(documents), offline=True,
                not_checked=["chain"])  # fmt: skip

    def renamed(value: Any) -> None:
        value["type"] = "yinji/note"

    documents = photo.documents | {CUSTODY: altered(photo.documents[CUSTODY], renamed)}
    grounds.add("attachment-of-another-kind", "custody.json says that it is something else",
                "invalid", grounds.home.certificate(documents), offline=True, failed=["format"],
                not_checked=AFTER_FORMAT)  # fmt: skip


def _nodes(grounds: Grounds, photo: Issued) -> None:
    answers = grounds.nodes["photo"]
    chain_id = photo.json("proof.json")["chain_id"]
    bare = changed(answers, "eth_chainId", None, whole=f"{chain_id:x}")
    grounds.add("node-writes-no-prefix", "the right chain id, not written as a quantity",
                "indeterminate", "presented/valid-zip.zip", not_checked=["chain", "status"],
                node=grounds.node("node-writes-no-prefix", bare))  # fmt: skip
    grounds.add("status-revoked-and-node-refuses", "a node that falls silent takes nothing back",
                "revoked", "presented/status-revoked.zip", node="nodes/node-refuses.json",
                failed=["status"], not_checked=())  # fmt: skip

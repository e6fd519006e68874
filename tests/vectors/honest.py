"""Vectors of what honest issuers issue: as it is, or as somebody else has changed it since."""

import copy
import io
import json
import struct
import zipfile
from typing import Any

from certs import package
from tests.vectors.build import Grounds
from tests.vectors.issuing import Issued, altered
from tests.vectors.recording import changed

AFTER_FORMAT = (
    "signature", "copies", "statement", "facts", "printed", "file", "timestamp", "inclusion",
    "block", "chain", "status",
)  # fmt: skip
THREE = ("picture.png", "drawing.pdf", "sound.wav")


def write(grounds: Grounds) -> None:
    _trust_files(grounds)
    photo, several = grounds.issued["photo"], grounds.issued["several"]
    node = grounds.node("photo", grounds.nodes["photo"])
    package_path = _valid(grounds, photo, several, node)
    _trust(grounds, package_path)
    _node(grounds, package_path)
    _standing(grounds, photo, several)
    _files(grounds, package_path, node)
    _pdf(grounds, photo)
    _zip(grounds, photo)
    _swapped(grounds, photo)
    _unreadable(grounds, package_path)


def _trust_files(grounds: Grounds) -> None:
    home = grounds.home.trust
    grounds.trust("home", home)
    grounds.trust("foreign", grounds.other.trust)
    for name in ("issuer_roots", "tsa_roots", "chains", "status_keys"):
        grounds.trust(f"without-{name.replace('_', '-')}", {**home, name: []})
    deep = copy.deepcopy(home)
    deep["chains"][0]["confirmations"] = 12
    grounds.trust("twelve-confirmations", deep)
    code = copy.deepcopy(home)
    code["chains"][0]["code_hash"] = "0x" + "5a" * 32
    grounds.trust("other-code", code)
    contract = copy.deepcopy(home)
    contract["chains"][0]["contract"] = "0x" + "5a" * 20
    grounds.trust("other-contract", contract)
    grounds.trust("broken", b'{"type":"yinji/trust"')
    grounds.trust("unknown-member", {**home, "note": "not of version 1"})


def _valid(grounds: Grounds, photo: Issued, several: Issued, node: str) -> str:
    add, issued = grounds.add, grounds.issued
    pdf = add("valid-pdf", "certificate and file, asked of the chain", "valid", photo.pdf,
              node=node, not_checked=())  # fmt: skip
    path = add("valid-zip", "package and file, asked of the chain", "valid", photo.package,
               node=node, not_checked=())  # fmt: skip
    add("valid-zip-offline", "the checker chose not to ask the chain", "valid", path,
        offline=True, not_checked=("chain",))  # fmt: skip
    add("valid-several-files", "three files of one work, all presented", "valid",
        several.package, THREE, offline=True, not_checked=("chain",))  # fmt: skip
    add("valid-some-of-several", "one of three files presented", "valid",
        "presented/valid-several-files.zip", THREE[1:2], offline=True)  # fmt: skip
    hashed = grounds.node("hashed", grounds.nodes["hashed"])
    add("valid-hash-only", "a digest only, first leaf of a larger tree", "valid",
        issued["hashed"].package, node=hashed, not_checked=())  # fmt: skip
    add("valid-last-leaf", "last leaf of the same tree", "valid", issued["last"].package,
        THREE[2:], offline=True)  # fmt: skip
    add("pdf-offline", "rests on the token and the status of the day of issue", "valid", pdf,
        offline=True, not_checked=("chain",))  # fmt: skip
    add("pdf-no-node", "the attached status does not waive asking the chain", "indeterminate", pdf,
        not_checked=("chain", "status"))  # fmt: skip
    add("no-node", "no node known, and not chosen so", "indeterminate", path,
        not_checked=("chain", "status"))  # fmt: skip
    add("node-unreachable", "a node that does not answer", "indeterminate", path,
        node="unreachable", not_checked=("chain", "status"))  # fmt: skip
    return path


def _trust(grounds: Grounds, path: str) -> None:
    def add(name: str, says: str, trust: str | None, *not_checked: str) -> None:
        grounds.add(name, says, "indeterminate", path, trust=trust, offline=True,
                    not_checked=not_checked)  # fmt: skip

    everything = ("signature", "timestamp", "chain", "status")
    add("no-trust-file", "nothing is trusted", None, *everything)
    add(
        "foreign-trust", "the trust file of another installation", "trust/foreign.json", *everything
    )
    add("untrusted-issuer", "issuer root not trusted", "trust/without-issuer-roots.json",
        "signature", "chain")  # fmt: skip
    add("untrusted-authority", "time-stamp root not trusted", "trust/without-tsa-roots.json",
        "signature", "timestamp", "chain")  # fmt: skip
    add("untrusted-chain", "chain not trusted: --offline does not waive that",
        "trust/without-chains.json", "chain")  # fmt: skip
    add("untrusted-contract", "another contract is trusted on this chain",
        "trust/other-contract.json", "chain")  # fmt: skip
    add("untrusted-status-key", "status key not trusted", "trust/without-status-keys.json",
        "chain", "status")  # fmt: skip
    grounds.add("pdf-untrusted-status-key", "neither is the key of the attached status",
                "indeterminate", "presented/valid-pdf.pdf",
                trust="trust/without-status-keys.json", offline=True,
                not_checked=("chain", "status"))  # fmt: skip


def _node(grounds: Grounds, path: str) -> None:
    answers = grounds.nodes["photo"]
    height = hex(grounds.issued["photo"].json("content.json")["chain"]["block_number"])
    get = "eth_getBlockByNumber"

    def add(
        name: str, says: str, verdict: str, recorded: Any, *not_checked: str, **more: Any
    ) -> None:
        node = grounds.node(name, recorded)
        grounds.add(name, says, verdict, path, node=node, not_checked=not_checked, **more)

    both, other = ("chain", "status"), "0x" + "5a" * 32
    add("node-of-another-chain", "another chain id", "indeterminate",
        changed(answers, "eth_chainId", None, whole="0x1"), *both)  # fmt: skip
    add("node-of-another-genesis", "same chain id, another first block", "indeterminate",
        changed(answers, get, "0x0", hash=other), *both)  # fmt: skip
    add("node-behind", "the node has no block at that height yet", "indeterminate",
        changed(answers, get, height, whole=None), *both)  # fmt: skip
    add("node-reorganised", "another block at that height", "indeterminate",
        changed(answers, get, height, hash=other), *both)  # fmt: skip
    add("node-refuses", "the node answers the last question with an error", "indeterminate",
        changed(answers, "eth_call", None, error={"code": -32000, "message": "no"}),
        "status")  # fmt: skip
    add("node-answers-nonsense", "the answer is not two words", "indeterminate",
        changed(answers, "eth_call", None, whole="0x01"), "status")  # fmt: skip
    add("transaction-not-in-block", "another transaction in that block", "invalid",
        changed(answers, get, height, transactions=[other]), "status",
        failed=["chain"])  # fmt: skip
    add("too-few-confirmations", "the trust file wants twelve", "indeterminate", answers, *both,
        trust="trust/twelve-confirmations.json")  # fmt: skip
    add("other-contract-code", "the code is not the trusted one", "invalid", answers, "status",
        trust="trust/other-code.json", failed=["chain"])  # fmt: skip
    word = bytes(24) + struct.pack(">Q", 1_800_000_000) + bytes(31) + b"\x02"
    add("revoked-on-chain", "the contract says revoked, the stapled status does not", "revoked",
        changed(answers, "eth_call", None, whole="0x" + word.hex()), failed=["status"])  # fmt: skip
    grounds.add("revoked-and-changed", "a failed step outweighs a revocation", "invalid", path,
                ["photo-changed.jpg"], node="nodes/revoked-on-chain.json",
                failed=["file", "status"], not_checked=())  # fmt: skip


def _standing(grounds: Grounds, photo: Issued, several: Issued) -> None:
    home = grounds.home
    grounds.add("revoked-by-the-registrar", "revoked by a real transaction", "revoked",
                "presented/valid-several-files.zip", THREE,
                node=grounds.node("revoked", grounds.nodes["revoked"]),
                failed=["status"], not_checked=())  # fmt: skip

    def add(name: str, says: str, verdict: str, *not_checked: str, **status: Any) -> None:
        result = {"failed": ["status"]} if verdict in {"revoked", "superseded"} else {}
        data = photo.with_members(status_json=home.status(photo, **status))
        grounds.add(name, says, verdict, data, offline=True,
                    not_checked=("chain", *not_checked), **result)  # fmt: skip

    add("status-revoked", "the stapled status says so", "revoked", state="revoked", reason=2)
    add("status-superseded", "the stapled status says so", "superseded", state="superseded")
    add("status-of-a-later-edition", "a later edition is in force", "superseded", edition=2)
    add("status-suspended", "a reorganisation is being mended", "indeterminate", "status",
        state="suspended")  # fmt: skip


def _files(grounds: Grounds, path: str, node: str) -> None:
    add = grounds.add
    add("file-changed", "one byte of the file changed", "invalid", path, ["photo-changed.jpg"],
        node=node, failed=["file"], not_checked=())  # fmt: skip
    add("file-not-listed", "one of two presented files is not of this work", "invalid", path,
        ["photo.jpg", "sound.wav"], node=node, failed=["file"], not_checked=())  # fmt: skip
    add("no-file", "a package alone", "indeterminate", path, [], node=node,
        not_checked=("file",))  # fmt: skip
    add("no-file-pdf", "a certificate alone", "indeterminate", "presented/valid-pdf.pdf", [],
        node=node, not_checked=("file",))  # fmt: skip


def _pdf(grounds: Grounds, photo: Issued) -> None:
    pdf = photo.pdf
    hole = pdf.index(b"/Contents <") + len(b"/Contents <")

    def add(name: str, says: str, data: bytes, *failed: str) -> None:
        left = None if failed != ("format",) else AFTER_FORMAT
        grounds.add(name, says, "invalid", data, offline=True, failed=failed, not_checked=left)

    def byte(at: int) -> bytes:
        return pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :]

    date = pdf.index(b"/M (D\\072") + len(b"/M (D\\07220")
    grounds.add("pdf-byte-changed", "one byte of the document changed", "invalid", byte(date),
                offline=True, failed=["signature"], not_checked=["chain"])  # fmt: skip
    add("pdf-appended", "bytes after the end", pdf + b"\n", "format")
    update = b"9999 0 obj\n<</Update true>>\nendobj\nstartxref\n0\n%%EOF\n"
    add("pdf-updated", "an incremental update after the signature", pdf + update, "format")
    add("pdf-cut", "the last hundred bytes are missing", pdf[:-100], "format")
    digits = pdf[hole : hole + 2000]
    lower = pdf[:hole] + digits.lower() + pdf[hole + 2000 :]
    add("pdf-other-spelling", "the signature in lower-case digits", lower, "format")
    end = pdf.index(b">", hole)
    padded = pdf[: end - 1] + b"1" + pdf[end:]
    add("pdf-padding-used", "something hidden behind the signature", padded, "format")
    length = pdf.index(b"/ByteRange [0 ") + len(b"/ByteRange [0 ")
    add("pdf-range-moved", "the signed range leaves a byte out",
        pdf[:length] + _less(pdf[length : length + 10]) + pdf[length + 10 :], "format")  # fmt: skip


def _less(digits: bytes) -> bytes:
    number, rest = digits.split(b" ", 1)
    return str(int(number) - 1).encode().rjust(len(number)) + b" " + rest


def _zip(grounds: Grounds, photo: Issued) -> None:
    data = photo.package

    def add(name: str, says: str, presented: bytes) -> None:
        grounds.add(name, says, "invalid", presented, offline=True, failed=["format"],
                    not_checked=AFTER_FORMAT)  # fmt: skip

    members = [(name, photo.members[name]) for name in package.ORDER]
    add("zip-cut", "the second half is missing", data[: len(data) // 2])
    add("zip-byte-changed", "one byte of the packed certificate changed",
        data[:5000] + bytes([data[5000] ^ 1]) + data[5001:])  # fmt: skip
    add("zip-appended", "a byte after the end", data + b"\0")
    add("zip-hidden-bytes", "bytes before the directory", _insert(data))
    add("zip-duplicate-member", "two members of one name", _plain(members, ("proof.json", b"{}")))
    add("zip-unknown-member", "a member too many", _plain(members, ("note.txt", b"hello")))
    add("zip-missing-member", "without status.json",
        _plain([each for each in members if each[0] != package.STATUS]))  # fmt: skip
    add("zip-disordered", "members in another order", _plain(members[::-1]))
    add("zip-with-times", "a member with a date of its own", _dated(members))


def _insert(data: bytes) -> bytes:
    """Sixteen bytes between the members and the directory, and the end record put right."""
    size, at = struct.unpack("<2L", data[-10:-2])
    end = data[-22:-10] + struct.pack("<2LH", size, at + 16, 0)
    return data[:at] + b"hidden bytes :-)" + data[at:-22] + end


def _plain(members: list[tuple[str, bytes]], *more: tuple[str, bytes]) -> bytes:
    return _zipped([(zipfile.ZipInfo(name), data) for name, data in (*members, *more)])


def _dated(members: list[tuple[str, bytes]]) -> bytes:
    date = (2026, 1, 1, 0, 0, 0)
    return _zipped([(zipfile.ZipInfo(name, date), data) for name, data in members])


def _zipped(members: list[tuple[zipfile.ZipInfo, bytes]]) -> bytes:
    import warnings  # noqa: PLC0415 - for one call

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile itself warns of doubles
        for info, data in members:
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return out.getvalue()


def _swapped(grounds: Grounds, photo: Issued) -> None:
    """Members exchanged after the fact: the certificate's own copies tell."""

    def add(name: str, says: str, failed: str = "copies", **members: bytes) -> None:
        left = ("chain", "status") if failed == "format" else ("chain",)
        grounds.add(name, says, "invalid", photo.with_members(**members), offline=True,
                    failed=[failed], not_checked=left)  # fmt: skip

    last = grounds.issued["last"]

    def title(value: Any) -> None:
        value["facts"][-1]["value"] = "别名"

    add("zip-other-statement", "another statement",
        statement_json=last.members["statement.json"])  # fmt: skip
    add("zip-other-proof", "another proof", proof_json=last.members["proof.json"])
    add("zip-other-custody", "another custody list", custody_json=last.members["custody.json"])
    add("zip-edited-disclosure", "another title in the package",
        disclosures_json=altered(photo.members["disclosures.json"], title))  # fmt: skip
    foreign = grounds.issued["foreign"].members
    swapped = {"trust/issuer-root.pem": foreign["trust/issuer-root.pem"]}
    add("zip-foreign-root", "another root beside the documents", **swapped)
    grounds.add("zip-other-certificate", "the certificate of another evidence", "invalid",
                photo.with_members(certificate_pdf=last.pdf), offline=True,
                failed=["copies", "file", "status"], not_checked=["chain"])  # fmt: skip
    pretty = json.dumps(json.loads(photo.members["status.json"]), indent=1).encode()
    add("status-respelled", "the same status, not canonical: the attached one does not help",
        "status", status_json=pretty)  # fmt: skip


def _unreadable(grounds: Grounds, path: str) -> None:
    add = grounds.add
    photo = grounds.works["photo.jpg"].read_bytes()
    add("not-a-certificate", "a photograph in the place of a certificate", "error", photo[:500])
    add("empty", "nothing in the place of a certificate", "error", b"")
    add("broken-trust", "the trust file is no JSON", "error", path, trust="trust/broken.json")
    add("unknown-trust-member", "the trust file says more than version 1 can", "error", path,
        trust="trust/unknown-member.json")  # fmt: skip

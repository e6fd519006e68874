"""Vectors of an issuer that errs or lies: a good signature over documents that do not fit.

Also the copy for others, which no command makes from the outside world alone.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from certs import disclosures
from certs import status as statuses
from certs.documents import BLOCK, CONTENT, DISCLOSURES, PROOF, STATEMENT, STATUS, TOKEN
from core import pki
from core.errors import VerificationFailed
from tests.vectors.build import Grounds
from tests.vectors.honest import AFTER_FORMAT
from tests.vectors.issuing import Installation, Issued, altered

Change = Callable[[Any], None]


def write(grounds: Grounds) -> None:
    photo, last = grounds.issued["photo"], grounds.issued["last"]
    _copy(grounds, photo)
    _proofs(grounds, last)
    _blocks(grounds, photo, grounds.issued["several"])
    _facts(grounds, photo)
    _prints(grounds, photo)
    _tokens(grounds, photo)
    _keys(grounds, photo)
    _statuses(grounds, photo, last)


def _add(
    grounds: Grounds,
    name: str,
    says: str,
    documents: dict[str, bytes],
    failed: list[str],
    *not_checked: str,
    files: tuple[str, ...] = ("photo.jpg",),
    **more: Any,
) -> None:
    pdf = grounds.home.certificate(documents)
    left = sorted({*not_checked, "chain"})
    grounds.add(name, says, "invalid", pdf, files, offline=True, failed=failed,
                not_checked=left, **more)  # fmt: skip


def _copy(grounds: Grounds, photo: Issued) -> None:
    """Only the title, and what no copy may hide."""
    shown = {"title", "custody_mode", "submitted_at"}
    facts = disclosures.encode(
        [fact for fact in disclosures.parse(photo.documents[DISCLOSURES]) if fact.name in shown]
    )

    def fewer(value: Any) -> None:
        value["kind"] = "copy"
        value["facts"] = [fact for fact in value["facts"] if fact["name"] in shown]

    documents = photo.documents | {
        DISCLOSURES: facts,
        CONTENT: altered(photo.documents[CONTENT], fewer),
    }
    data = grounds.home.package(photo, documents, grounds.home.certificate(documents))
    grounds.add("valid-copy", "a copy that discloses the title alone", "valid", data,
                offline=True, not_checked=("chain",))  # fmt: skip


def _proofs(grounds: Grounds, last: Issued) -> None:
    own = grounds.works["sound.wav"].name

    def add(name: str, says: str, failed: list[str], *left: str, **members: Any) -> None:
        """`members` change proof.json, and content.json along with it."""

        def change(value: Any) -> None:
            value.update(members)

        def printed(value: Any) -> None:
            tree = value["tree"]
            tree["index"] = members.get("leaf_index", tree["index"])
            tree["size"] = members.get("tree_size", tree["size"])
            tree["root"] = members.get("root", tree["root"])
            tree["path_length"] = len(members.get("path", proof["path"]))
            value["chain"]["chain_id"] = members.get("chain_id", value["chain"]["chain_id"])

        documents = last.documents | {PROOF: altered(last.documents[PROOF], change)}
        documents[CONTENT] = altered(last.documents[CONTENT], printed)
        _add(grounds, name, says, documents, failed, *left, files=(own,))

    proof = last.json(PROOF)
    path, size = proof["path"], proof["tree_size"]
    add("proof-wrong-index", "the leaf is said to be the first", ["inclusion"], "block",
        leaf_index=0)  # fmt: skip
    add("proof-without-path", "a later leaf without a path", ["inclusion"],
        "block", tree_size=size, leaf_index=size - 1, path=[])  # fmt: skip
    add("proof-too-long", "one step more than the tree is high", ["inclusion"], "block",
        path=[*path, "5a" * 32])  # fmt: skip
    add("proof-too-short", "one step fewer", ["inclusion"], "block", path=path[:-1])
    add("proof-sixty-five-steps", "more steps than any tree has",
        ["inclusion", "printed"], "block", path=["5a" * 32] * 65)  # fmt: skip
    add("proof-wrong-sibling", "one step changed", ["inclusion"], "block",
        path=["5a" * 32, *path[1:]])  # fmt: skip
    add("proof-wrong-size", "another size, with the same path", ["inclusion", "printed"], "block",
        tree_size=size + 1)  # fmt: skip
    add("proof-other-root", "a tree of one leaf that nobody anchored", ["block", "printed"],
        root=last.leaf, path=[], leaf_index=0, tree_size=1)  # fmt: skip


def _blocks(grounds: Grounds, photo: Issued, several: Issued) -> None:
    block = photo.json(BLOCK)

    def add(name: str, says: str, **members: Any) -> None:
        documents = photo.documents | {
            BLOCK: altered(photo.documents[BLOCK], lambda value: value.update(members))
        }
        _add(grounds, name, says, documents, ["block", "printed"])

    header = bytes.fromhex(block["header"][2:])
    add("block-of-another", "the header of another block", header=several.json(BLOCK)["header"])
    add("block-no-such-log", "an event that the receipt has not", log_index=7)
    add("block-other-index", "another place among the receipts", transaction_index=1)
    add("block-not-canonical", "a header with a byte after it", header="0x" + header.hex() + "00")
    nodes = block["receipt_proof"]
    add("block-node-left", "a node that leads nowhere", receipt_proof=[*nodes, nodes[-1]])

    def contract(value: Any) -> None:
        value["contract"] = "0x" + "5a" * 20

    def printed(value: Any) -> None:
        value["chain"]["contract"] = "0x" + "5a" * 20

    documents = photo.documents | {
        PROOF: altered(photo.documents[PROOF], contract),
        CONTENT: altered(photo.documents[CONTENT], printed),
    }
    _add(grounds, "block-other-contract", "the event of another contract", documents,
         ["block", "printed"])  # fmt: skip


def _facts(grounds: Grounds, photo: Issued) -> None:
    def add(name: str, says: str, change: Change, shown: Change) -> None:
        documents = photo.documents | {
            DISCLOSURES: altered(photo.documents[DISCLOSURES], change),
            CONTENT: altered(photo.documents[CONTENT], shown),
        }
        _add(grounds, name, says, documents, ["facts"], "printed", "status")

    def fact(value: Any, name: str) -> Any:
        return next(each for each in value["facts"] if each["name"] == name)

    def title(value: Any) -> None:
        fact(value, "title")["value"] = "别名"

    def hidden(value: Any) -> None:
        value["facts"] = [each for each in value["facts"] if each["name"] != "custody_mode"]

    def nothing(_: Any) -> None:
        pass

    def unsorted(value: Any) -> None:
        value["facts"] = value["facts"][::-1]

    add("fact-changed", "another title than was committed to", title, title)
    add("fact-hidden", "the custody mode is not disclosed", hidden, hidden)
    add("facts-unsorted", "facts in another order", unsorted, nothing)

    statement = photo.documents[STATEMENT] + b"\n"
    documents = photo.documents | {STATEMENT: statement}
    _add(grounds, "statement-not-canonical", "a statement with a line end behind it", documents,
         ["statement", "timestamp", "inclusion"], "facts", "printed", "file", "block",
         "status")  # fmt: skip


def _prints(grounds: Grounds, photo: Issued) -> None:
    def add(name: str, says: str, change: Change) -> None:
        documents = photo.documents | {CONTENT: altered(photo.documents[CONTENT], change)}
        _add(grounds, name, says, documents, ["printed"])

    def earlier(value: Any) -> None:
        value["times"]["block"]["time"] = "2020-01-01T00:00:00.000Z"

    def title(value: Any) -> None:
        next(each for each in value["facts"] if each["name"] == "title")["value"] = "别名"

    add("printed-other-title", "another title than disclosed", title)
    add("printed-other-time", "an earlier block time", earlier)
    token = altered(photo.documents[CONTENT], _early_token)
    pdf = grounds.home.certificate(photo.documents | {CONTENT: token})
    grounds.add("printed-other-token-time", "an earlier token time", "invalid", pdf, offline=True,
                failed=["timestamp"], not_checked=["chain"])  # fmt: skip
    drawn = altered(photo.documents[CONTENT], title)
    pdf = grounds.home.certificate(photo.documents, drawn=drawn)
    grounds.add("pages-other-title", "pages that show another title than content.json", "invalid",
                pdf, offline=True, failed=["printed"], not_checked=["chain"],
                needs="page text")  # fmt: skip


def _early_token(value: Any) -> None:
    value["times"]["token"]["gen_time"] = "2020-01-01T00:00:00.000Z"


def _tokens(grounds: Grounds, photo: Issued) -> None:
    statement = photo.documents[STATEMENT]

    def add(name: str, says: str, verdict: str, token: bytes, **more: Any) -> None:
        documents = photo.documents | {TOKEN: token}
        pdf = grounds.home.certificate(documents)
        grounds.add(name, says, verdict, pdf, offline=True, **more)

    def stamped(home: Installation, data: bytes) -> bytes:
        return home.stamp(sha256(data).digest())

    add("token-over-another", "a token over another statement", "invalid",
        stamped(grounds.home, statement + b" "), failed=["timestamp"],
        not_checked=["chain"])  # fmt: skip
    add("token-of-another-authority", "a token of an authority that is not trusted",
        "indeterminate", stamped(grounds.other, statement),
        not_checked=["timestamp", "chain"])  # fmt: skip
    good = photo.documents[TOKEN]
    add("token-damaged", "one byte of the token's signature changed", "invalid",
        good[:-1] + bytes([good[-1] ^ 1]), failed=["timestamp"],
        not_checked=["chain"])  # fmt: skip


def _statuses(grounds: Grounds, photo: Issued, last: Issued) -> None:
    """The status that the certificate itself carries."""
    home = grounds.home

    def later(value: Any) -> None:
        value["status"]["as_of"] = "2030-01-01T00:00:00.000Z"

    edited = altered(photo.documents[STATUS], later)
    for name, says, status in (
        ("pdf-status-of-another", "attached: the status of another evidence",
         last.documents[STATUS]),
        ("pdf-status-edited", "attached: a status dated later than it was signed", edited),
    ):  # fmt: skip
        _add(grounds, name, says, photo.documents | {STATUS: status}, ["status"])
    suspended = photo.documents | {STATUS: home.status(photo, state=statuses.SUSPENDED)}
    replaced = home.package(photo, suspended, home.certificate(suspended))
    grounds.add("status-of-the-package", "attached: suspended; the package's later one counts",
                "valid", replaced, offline=True, not_checked=["chain"])  # fmt: skip
    without = {name: data for name, data in photo.documents.items() if name != STATUS}
    grounds.add("pdf-without-status", "seven attachments", "invalid", home.certificate(without),
                offline=True, failed=["format"], not_checked=AFTER_FORMAT)  # fmt: skip


def _keys(grounds: Grounds, photo: Issued) -> None:
    """Certificates by keys that do not count, or do not count at that time."""
    past = datetime.now(UTC) - timedelta(days=4000)
    expired = pki.create_issuer("expired1", now=past)
    stale = _signed(grounds, expired, photo, past)
    trusted = {**grounds.home.trust, "issuer_roots": [pki.fingerprint(expired.root)]}
    grounds.add("issuer-expired", "the signing certificate had expired when it was used",
                "invalid", stale, trust=grounds.trust("expired-issuer", trusted), offline=True,
                failed=["signature"], not_checked=["chain"])  # fmt: skip
    stranger = pki.create_issuer("stranger", now=datetime.now(UTC))
    pdf = _signed(grounds, stranger, photo, datetime.now(UTC))
    grounds.add("issuer-unknown", "signed by an issuer that nobody trusts", "indeterminate", pdf,
                offline=True, not_checked=["signature", "chain"])  # fmt: skip
    foreign = grounds.issued["foreign"]
    grounds.add("foreign-certificate", "another installation's certificate for the same file",
                "indeterminate", foreign.package, offline=True,
                not_checked=["signature", "timestamp", "chain", "status"])  # fmt: skip


def _signed(grounds: Grounds, issuer: pki.Identity, photo: Issued, now: datetime) -> bytes:
    try:
        return replace(grounds.home, issuer=issuer).certificate(photo.documents, now=now)
    except VerificationFailed as error:
        raise SystemExit(f"the signer refused: {error.message}") from error

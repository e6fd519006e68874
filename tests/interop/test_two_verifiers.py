"""Our verifier and the second one, given the same damaged input: the same verdict, never a crash.

What is changed comes from a seed. Documents are signed anew after they were changed, so that the
steps behind the signature are reached; nothing that a certificate is about may change unnoticed.
"""

import json
import random
import warnings
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from certs import documents as names
from certs import package, pdffile
from certs import trust as trusts
from certs.presented import Unreadable, presented_file
from certs.signer_keys import SignerAuthority
from certs.verifying import check
from chain.node import HttpNode
from core import pki
from core.errors import InvalidInput
from tests.grounds.gaps import need
from tests.interop import mutations, second_verifier
from tests.vectors import agents
from tests.vectors.issuing import Installation, Issued, altered, with_signature
from tests.vectors.recording import replayed

pytestmark = pytest.mark.integration

VECTORS = Path(__file__).parents[1] / "vectors"
SEED = 20261125
BOUND = (names.STATEMENT, names.PROOF, names.BLOCK, names.DISCLOSURES)
"""Documents of which no byte can change unnoticed: all the others are compared with them."""


@dataclass(frozen=True)
class Case:
    presented: bytes
    files: tuple[bytes, ...]
    trust: bytes | None
    answers: list[dict[str, Any]] | None = None
    offline: bool = True


@cache
def read(name: str) -> bytes:
    return (VECTORS / name).read_bytes()


def photo() -> bytes:
    return read("works/photo.jpg")


def ours(case: Case, url: str | None) -> str:
    try:
        known = None if case.trust is None else trusts.parse(case.trust)
        files = [presented_file(str(at), [data]) for at, data in enumerate(case.files)]
        node = None if url is None else HttpNode(url, timeout=5)
        now = datetime.now(UTC)
        report = check(case.presented, files, known, node, offline=case.offline, now=now)
    except (InvalidInput, Unreadable):
        return "unreadable"
    return report.verdict.value


def theirs(case: Case, url: str | None) -> str:
    node = None if url is None else second_verifier.live(url)
    files = [(str(at), data) for at, data in enumerate(case.files)]
    try:
        found = second_verifier.verify(
            case.presented, files, case.trust, node, offline=case.offline
        )
    except second_verifier.InputError:
        return "unreadable"
    return str(found["verdict"])


def agreed(case: Case) -> str:
    """What both say."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        served = nullcontext(None) if case.answers is None else replayed(case.answers)
        with served as url:
            found = ours(case, url), theirs(case, url)
    assert found[0] == found[1]
    return found[0]


def chances(what: str, count: int) -> Iterator[random.Random]:
    """A source of chance for each case, so that one can be looked at alone."""
    for number in range(count):
        yield random.Random(f"{SEED} {what} {number}")  # noqa: S311 - a fixed seed is the point


@pytest.fixture(autouse=True)
def _openssl() -> None:
    need("openssl", why="the second verifier checks signatures with it")


@pytest.fixture(scope="module")
def home() -> Installation:
    return Installation.fresh(json.loads(read("trust/home.json"))["chains"])


@pytest.fixture(scope="module")
def issued(home: Installation) -> Issued:
    return home.adopt(Issued.load(VECTORS / "presented/valid-zip.zip"))


@pytest.fixture(scope="module")
def registered(home: Installation) -> Issued:
    return home.adopt(Issued.load(VECTORS / "presented/valid-registration.zip"))


@pytest.fixture(scope="module")
def trusted(home: Installation) -> bytes:
    return json.dumps(home.trust, sort_keys=True, separators=(",", ":")).encode()


def test_what_is_not_damaged_is_valid(issued: Issued, trusted: bytes) -> None:
    assert agreed(Case(issued.pdf, (photo(),), trusted)) == "valid"
    assert agreed(Case(issued.package, (photo(),), trusted)) == "valid"


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("valid-pdf.pdf", 80), ("valid-zip.zip", 80), ("valid-registration-pdf.pdf", 40),
        ("valid-registration.zip", 40), ("valid-work-sample.pdf", 40),
        ("valid-registration-by-agent.zip", 20),
    ],
)  # fmt: skip
def test_damaged_bytes(name: str, count: int) -> None:
    data = read(f"presented/{name}")
    trust = agents.TRUST if "agent" in name else "trust/home.json"
    for chance in chances(name, count):
        mutant = mutations.damaged(chance, data)
        verdict = agreed(Case(mutant, (photo(),), read(trust)))
        if verdict == "valid" and mutant != data:
            # A package may be packed otherwise, and its README is no evidence.
            found, was = package.read(mutant), package.read(data)
            assert {**found, package.README: b""} == {**was, package.README: b""}


def _outline(pdf: bytes) -> list[int]:
    """Where a PDF is more than streams: each place that the shape depends on."""
    marks = (b"%PDF", b"/ByteRange", b"/Contents", b"/DocMDP", b"startxref", b"/EmbeddedFile", b">")
    return [at for mark in marks for at in (pdf.find(mark), pdf.rfind(mark)) if at >= 0]


def test_damaged_outlines() -> None:
    pdf = read("presented/valid-pdf.pdf")
    for chance in chances("outline", 60):
        at = chance.choice(_outline(pdf))
        start, end = max(0, at - 8), at + 48
        mutant = pdf[:start] + mutations.damaged(chance, pdf[start:end]) + pdf[end:]
        if mutant != pdf:
            trust = chance.choice((read("trust/home.json"), None))
            assert agreed(Case(mutant, (photo(),), trust)) in {"invalid", "unreadable"}


def test_altered_signatures(issued: Issued, trusted: bytes) -> None:
    """Nothing signs some of this; what the signature is over stays as it was."""
    cms = pdffile.signed_range(issued.pdf).cms
    before = pdffile.signed_range(issued.pdf).covered
    verdicts = set()
    for chance in chances("cms", 100):
        altered = mutations.altered_der(chance, cms)
        if len(altered) > len(cms) + 100:
            continue
        mutant = with_signature(issued.pdf, altered)
        verdict = agreed(Case(mutant, (photo(),), chance.choice((trusted, trusted, None))))
        if verdict == "valid":
            assert pdffile.signed_range(mutant).covered == before
        verdicts.add(verdict)
    assert verdicts >= {"invalid", "indeterminate"}


def _changed(chance: random.Random, name: str, data: bytes) -> bytes:
    how: Callable[[random.Random, bytes], bytes] = mutations.altered_json
    if name == names.TOKEN:
        how = mutations.altered_der
    return mutations.damaged(chance, data) if chance.randrange(10) == 0 else how(chance, data)


@pytest.mark.parametrize("name", names.ATTACHED)
def test_altered_documents(name: str, home: Installation, issued: Issued, trusted: bytes) -> None:
    """Signed by the issuer all the same: an issuer that errs or lies is found out."""
    for chance in chances(name, 16):
        changed = _changed(chance, name, issued.documents[name])
        pdf = home.certificate(
            {**issued.documents, name: changed}, drawn=issued.documents[names.CONTENT]
        )
        verdict = agreed(Case(pdf, (photo(),), trusted))
        if name in BOUND and changed != issued.documents[name]:
            assert verdict == "invalid"


@pytest.mark.parametrize("name", names.ATTACHED)
def test_altered_documents_of_a_registration(
    name: str, home: Installation, registered: Issued, trusted: bytes
) -> None:
    for chance in chances(f"registration {name}", 6):
        changed = _changed(chance, name, registered.documents[name])
        pdf = home.certificate(
            {**registered.documents, name: changed}, drawn=registered.documents[names.CONTENT]
        )
        verdict = agreed(Case(pdf, (photo(),), trusted))
        if name in BOUND and changed != registered.documents[name]:
            assert verdict == "invalid"


def test_a_record_that_is_not_whole(home: Installation, registered: Issued, trusted: bytes) -> None:
    """Facts left out, in disclosures and content alike: only what is not of the record may go."""
    content = json.loads(registered.documents[names.CONTENT])
    for chance in chances("record", 24):
        gone = {fact["name"] for fact in content["facts"] if chance.randrange(8) == 0}
        hidden = {
            name: altered(registered.documents[name], partial(_leave_out, gone))
            for name in (names.DISCLOSURES, names.CONTENT)
        }
        pdf = home.certificate(
            registered.documents | hidden, drawn=registered.documents[names.CONTENT]
        )
        verdict = agreed(Case(pdf, (photo(),), trusted))
        free = {"depositor", "file_names", "media_types", "stored_at"}
        assert verdict == ("valid" if gone <= free else "invalid"), gone


def test_an_agent_is_neither_hidden_nor_exchanged() -> None:
    """What a registration filed by an agent says of the agent, in the record and on the pages."""
    home = Installation.fresh(json.loads(read(agents.TRUST))["chains"])
    entry = home.adopt(Issued.load(VECTORS / "presented/valid-registration-by-agent.zip"))
    trusted = json.dumps(home.trust, sort_keys=True, separators=(",", ":")).encode()
    assert agents.named(entry.documents)["agent"] == "周明"

    def said_of(documents: dict[str, bytes]) -> str:
        pdf = home.certificate(documents, drawn=entry.documents[names.CONTENT])
        return agreed(Case(pdf, (photo(),), trusted))

    assert said_of(entry.documents) == "valid"
    assert said_of(agents.without_agent(entry)) == "invalid"
    for where in ((names.CONTENT,), (names.DISCLOSURES,), (names.CONTENT, names.DISCLOSURES)):
        assert said_of(agents.with_other_agent(entry, *where)) == "invalid"


def _leave_out(gone: set[str], value: Any) -> None:
    value["facts"] = [fact for fact in value["facts"] if fact["name"] not in gone]


def test_a_key_that_people_sign_papers_with_certifies_nothing(
    home: Installation, issued: Issued, registered: Issued, trusted: bytes
) -> None:
    now = datetime.now(UTC)
    signers = SignerAuthority(pki.create_signers("persons1", now=now))
    for each in (issued, registered):
        person = signers.certify("张三", "act-1", now=now)
        pdf = replace(home, issuer=person).certificate(each.documents)
        assert agreed(Case(pdf, (photo(),), trusted)) == "indeterminate"


def trusting(home: Installation, *fingerprints: str) -> bytes:
    """The trust file with these issuers in place of its own."""
    document = {**home.trust, "issuer_roots": list(fingerprints)}
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def test_an_issuer_may_be_trusted_without_the_authority_above_it(
    home: Installation, issued: Issued
) -> None:
    alone = trusting(home, pki.fingerprint(home.issuer.certificate))
    assert agreed(Case(issued.pdf, (photo(),), alone)) == "valid"
    neighbour = pki.create_issuer("next", now=datetime.now(UTC))
    stranger = replace(home, issuer=neighbour).certificate(issued.documents)
    assert agreed(Case(stranger, (photo(),), alone)) == "indeterminate"
    assert agreed(Case(stranger, (photo(),), trusting(home, pki.fingerprint(neighbour.root)))) == (
        "valid"
    )


def test_a_key_certified_for_a_web_server_certifies_nothing(
    home: Installation, issued: Issued
) -> None:
    usage = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
    server = pki._create("issuer", "web", usage, now=datetime.now(UTC))
    pdf = replace(home, issuer=server).certificate(issued.documents)
    known = trusting(home, pki.fingerprint(server.root))
    assert agreed(Case(pdf, (photo(),), known)) == "invalid"


def test_altered_members(issued: Issued, trusted: bytes) -> None:
    """A package put together anew around a certificate that nobody touched."""
    for chance in chances("members", 50):
        name = chance.choice([name for name in package.ORDER if name != package.CERTIFICATE])
        data = issued.members[name]
        text = name in package.PEMS or name == package.README
        changed = mutations.damaged(chance, data) if text else _changed(chance, name, data)
        mutant = package.build({**issued.members, name: changed})
        verdict = agreed(Case(mutant, (photo(),), trusted))
        if changed != data and name != package.README:
            assert verdict not in {"valid", "revoked", "superseded"}


def test_altered_trust_files(issued: Issued, trusted: bytes) -> None:
    for chance in chances("trust", 40):
        agreed(Case(issued.pdf, (photo(),), mutations.altered_json(chance, trusted)))


def test_altered_answers_of_a_node() -> None:
    answers = json.loads(read("nodes/photo.json"))["answers"]
    case = Case(read("presented/valid-zip.zip"), (photo(),), read("trust/home.json"), offline=False)
    for chance in chances("node", 50):
        told = mutations.altered_answers(chance, answers)
        agreed(Case(case.presented, case.files, case.trust, told, offline=False))


def test_changed_files(issued: Issued, trusted: bytes) -> None:
    for chance in chances("files", 10):
        changed = mutations.damaged(chance, photo())
        if changed != photo():
            assert agreed(Case(issued.pdf, (photo(), changed), trusted)) == "invalid"

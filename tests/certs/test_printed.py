import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from certs import disclosures, pdffile, printed
from certs.content import CertificateContent, from_canonical
from certs.documents import BLOCK, CONTENT, DISCLOSURES, PROOF, STATEMENT, TOKEN
from certs.trust import TrustFile
from chain.proof import parse_block, parse_proof, verify_anchor
from core.canonical import encode
from core.errors import VerificationFailed
from evidence import rfc3161, statement
from tests.certs import told

OTHER = "5a" * 32


def _compare(content: CertificateContent) -> None:
    documents = told.documents()
    proof, block = parse_proof(documents[PROOF]), parse_block(documents[BLOCK])
    printed.compare(
        content,
        statement.parse(documents[STATEMENT]),
        documents[STATEMENT],
        disclosures.parse(documents[DISCLOSURES]),
        proof,
        block,
        verify_anchor(proof, block),
    )


def _content(*path: str | int, value: Any) -> CertificateContent:
    """The real content with one member changed."""
    document = json.loads(told.documents()[CONTENT])
    at = document
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    if path[-1] in {"number", "evidence"} and len(path) == 1:
        document["certificate_number"] = f"{value}-{document['edition']}"
    if path[:2] == ("chain", "block_number"):
        document["times"]["block"]["number"] = value
    if path[:2] == ("chain", "block_hash"):
        document["times"]["block"]["hash"] = value
    return from_canonical(encode(document))


def _without(name: str) -> CertificateContent:
    facts = [f for f in json.loads(told.documents()[CONTENT])["facts"] if f["name"] != name]
    return _content("facts", value=facts)


def test_a_real_certificate_prints_what_its_documents_say() -> None:
    _compare(told.content())
    printed.compare_pages(told.content(), [pdffile.page_text(told.pdf_bytes())])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("number",), "YJ-0000-0000-0000-0000"),
        (("facts", -1, "value"), "别名"),
        (("files", 0, "size"), 1),
        (("files", 0, "sha256"), OTHER),
        (("files", 0, "sm3"), OTHER),
        (("files", 0, "sm3"), None),
        (("statement_sha256",), OTHER),
        (("leaf_hash",), OTHER),
        (("tree", "size"), 9),
        (("tree", "root"), OTHER),
        (("tree", "path_length"), 9),
        (("times", "block", "time"), "2020-01-01T00:00:00.000Z"),
        (("chain", "chain_id"), 1),
        (("chain", "contract"), "0x" + "5a" * 20),
        (("chain", "transaction"), "0x" + OTHER),
        (("chain", "block_number"), 10_000),
        (("chain", "block_hash"), "0x" + OTHER),
        (("chain", "log_index"), 3),
        (("family", "version"), 2),
        (("family", "previous"), OTHER),
    ],
)
def test_every_value_that_follows_from_the_documents_is_compared(
    path: tuple[str | int, ...], value: Any
) -> None:
    with pytest.raises(VerificationFailed):
        _compare(_content(*path, value=value))


@pytest.mark.parametrize("name", ["title", "depositor", "submitted_at", "stored_at"])
def test_a_disclosed_fact_that_is_not_printed_is_missed(name: str) -> None:
    with pytest.raises(VerificationFailed, match="facts"):
        _compare(_without(name))


def _token() -> rfc3161.Token:
    trusted: TrustFile = told.trusted()
    signed = told.members()["trust/tsa-root.pem"]
    from cryptography import x509  # noqa: PLC0415 - beside its only use

    return rfc3161.verify_response(
        told.documents()[TOKEN],
        imprint=bytes.fromhex(told.content().statement_sha256),
        nonce=None,
        roots=trusted.tsa_roots,
        extra_certificates=[x509.load_pem_x509_certificate(signed)],
    )


def test_the_printed_token_is_the_real_one() -> None:
    printed.compare_token(told.content(), _token())


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("gen_time", "2020-01-01T00:00:00.000Z"),
        ("serial", "0x01"),
        ("policy", "1.2.3"),
        ("tsa_name", "Another authority"),
    ],
)
def test_each_value_of_the_token_is_compared(member: str, value: str) -> None:
    with pytest.raises(VerificationFailed, match=member):
        printed.compare_token(_content("times", "token", member, value=value), _token())


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0x00"), (1, "0x01"), (0x80, "0x80"), (0x0A1B, "0x0A1B")]
)
def test_a_serial_number_has_one_spelling(number: int, text: str) -> None:
    assert printed.serial_text(number) == text


def test_a_serial_number_with_zeros_before_it_is_another_spelling() -> None:
    token = replace(_token(), serial=1)
    printed.compare_token(_content("times", "token", "serial", value="0x01"), token)
    with pytest.raises(VerificationFailed, match="serial"):
        printed.compare_token(_content("times", "token", "serial", value="0x0001"), token)


@pytest.mark.parametrize("value", ["number", "statement_sha256", "files", "title", "depositor"])
def test_each_value_is_looked_for_on_the_pages(value: str) -> None:
    content, text = told.content(), "".join(pdffile.page_text(told.pdf_bytes()).split())
    facts = {"title": content.fact("title"), "depositor": content.fact("depositor")}
    known = {
        "number": content.number,
        "statement_sha256": content.statement_sha256,
        "files": content.files[0].sha256,
        **facts,
    }
    gone = text.replace("".join(str(known[value]).split()), "")
    assert gone != text
    with pytest.raises(VerificationFailed, match="pages"):
        printed.compare_pages(content, [gone])


def test_a_value_may_begin_on_one_page_and_end_on_the_next() -> None:
    text = pdffile.page_text(told.pdf_bytes())
    cut = text.index(told.content().statement_sha256) + 9
    printed.compare_pages(told.content(), [text[:cut], text[cut:]])


def test_no_page_is_read_that_is_not_needed() -> None:
    pages = iter([pdffile.page_text(told.pdf_bytes()), "another page"])
    printed.compare_pages(told.content(), pages)
    assert next(pages) == "another page"


@pytest.mark.parametrize(("name", "value"), [("type", "yinji/another"), ("version", 2)])
def test_no_fact_stands_in_for_what_a_record_is(name: str, value: Any) -> None:
    fixed = {"type": "yinji/registration", "version": 1}
    for more in ({}, {name: value}):
        digest = sha256(encode({**fixed, "title": "山间", **more})).hexdigest()
        named = {"title": "山间", **more, "record_sha256": digest}
        facts = [statement.Fact(each, said, bytes(32)) for each, said in named.items()]
        if more:
            with pytest.raises(VerificationFailed):
                printed.compare_record(facts)
        else:
            printed.compare_record(facts)

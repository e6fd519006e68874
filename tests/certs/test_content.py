"""What a certificate says has one encoding, and nothing that contradicts itself is said."""

import json
from dataclasses import replace
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from certs.content import Fact, from_canonical, to_canonical
from core.errors import InvalidInput
from tests.certs.papers import content, crowded, digest, hash_only, with_facts

pytestmark = pytest.mark.unit

document = to_canonical(content())


def changed(path: str, value: Any) -> bytes:
    """The usual document with one member changed, canonical again."""
    tree = json.loads(document)
    at = tree
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in parents:
        at = at[part]
    at[last] = value
    return rfc8785.dumps(tree)


class TestToCanonical:
    @pytest.mark.parametrize("made", [content, crowded, hash_only])
    def test_what_was_written_reads_back_equal(self, made: Any) -> None:
        assert from_canonical(to_canonical(made())) == made()

    def test_type_and_version_are_told(self) -> None:
        tree = json.loads(document)
        assert (tree["type"], tree["version"]) == ("yinji/content", 1)

    def test_half_a_surrogate_pair_is_refused(self) -> None:
        with pytest.raises(InvalidInput):
            to_canonical(with_facts(title="\ud842"))

    @given(
        st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1), st.integers(1, 9)
    )
    def test_any_text_survives(self, title: str, edition: int) -> None:
        said = replace(
            with_facts(title=title),
            edition=edition,
            certificate_number=f"{content().number}-{edition}",
        )
        assert from_canonical(to_canonical(said)) == said


class TestFromCanonical:
    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"null",
            b"[]",
            b"{}",
            b"\xff",
            b"[" * 100_000,
            document + b" ",
            b" " + document,
            document.replace(b'"edition":1', b'"edition":1.0'),
            document.replace(b'"edition":1', b'"edition":true'),
            document.replace(b'"edition":1', b'"edition":"1"'),
            document.replace(b'"edition":1', b'"edition":1,"edition":1'),
            document.replace(b'"edition":1', b'"edition":NaN'),
            document.replace(b'"sample":true', b'"sample":1'),
            json.dumps(json.loads(document)).encode(),
        ],
    )
    def test_anything_but_the_canonical_bytes_is_refused(self, data: bytes) -> None:
        with pytest.raises(InvalidInput):
            from_canonical(data)

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("type", "yinji/other"),
            ("version", 2),
            ("kind", "registration"),
            ("certificate_number", "YJ-7K3M-9QWX-2F4T-HN8C-2"),
            ("number", "yj-1"),
            ("edition", 0),
            ("verify_url", "javascript:alert(1)"),
            ("verify_url", "http://例.cn/"),
            ("trust_sha256", "A" * 64),
            ("statement_sha256", "0" * 63),
            ("leaf_hash", "0x" + "0" * 64),
            ("files", []),
            ("files.0.position", 2),
            ("files.0.size", -1),
            ("files.0.sha256", "g" * 64),
            ("files.0.extra", 1),
            ("facts.0.name", "Title"),
            ("facts.0.value", None),
            ("facts.0.value", True),
            ("facts.0.value", [["nested"]]),
            ("facts.1.name", "title"),
            ("tree.index", 12),
            ("tree.root", ""),
            ("times.submitted_at", "2026-11-21T08:00:00Z"),
            ("times.submitted_at", "2026-02-30T08:00:00.000Z"),
            ("times.stored_at", None),
            ("times.token.serial", "0xabc"),
            ("times.token.policy", "1..2"),
            ("times.block.number", 43),
            ("chain.block_hash", "0x" + digest("other block")),
            ("chain.contract", "0x00"),
            ("chain.confirmations", -1),
            ("family.version", 0),
            ("family.previous", "before"),
            ("issuer.name_zh", " "),
            ("notes", "text"),
        ],
    )
    def test_a_wrong_member_is_refused_with_the_field_named(self, path: str, value: Any) -> None:
        with pytest.raises(InvalidInput) as caught:
            from_canonical(changed(path, value))
        assert caught.value.field

    @pytest.mark.parametrize("name", sorted(json.loads(document)))
    def test_no_member_may_be_missing(self, name: str) -> None:
        tree = json.loads(document)
        del tree[name]
        with pytest.raises(InvalidInput):
            from_canonical(rfc8785.dumps(tree))


class TestAgreement:
    @pytest.mark.parametrize(
        "fact",
        [
            Fact("custody_mode", "hash_only"),
            Fact("submitted_at", "2026-11-21T08:00:00.001Z"),
            Fact("stored_at", "2026-11-21T08:00:00.001Z"),
            Fact("file_names", ("one.jpg", "two.jpg")),
            Fact("file_names", "one.jpg"),
            Fact("media_types", ()),
        ],
    )
    def test_a_fact_may_not_contradict_the_rest(self, fact: Fact) -> None:
        with pytest.raises(InvalidInput, match=fact.name):
            with_facts(**{fact.name: fact.value})

    def test_a_hash_only_certificate_has_no_storage_time(self) -> None:
        with pytest.raises(InvalidInput, match="stored_at"):
            replace(content(), custody_mode="hash_only", facts=())

    def test_the_short_digest_begins_the_statement_s(self) -> None:
        said = content()
        assert said.statement_sha256.startswith(said.short_digest.replace(" ", ""))
        assert len(said.short_digest) == 19

"""Every document is read by the letter: version 1 is not `true`, and no line end hides in it."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from certs import content, disclosures, trust
from certs.documents import BLOCK, CONTENT, DISCLOSURES, PROOF, STATEMENT
from chain import proof
from core import canonical
from core.errors import InvalidInput
from evidence import statement
from tests.certs import told

TRUST = "trust.json"
READERS: dict[str, Callable[[bytes], object]] = {
    STATEMENT: statement.parse,
    DISCLOSURES: disclosures.parse,
    PROOF: proof.parse_proof,
    BLOCK: proof.parse_block,
    CONTENT: content.from_canonical,
    TRUST: trust.parse,
}
# Digests, addresses and times: whatever is held to a form.
FORMED = re.compile(r"(0x)?[0-9a-f]{32,}|\d{4}-\d{2}-\d{2}T[\d:.]{12}Z")


def _document(name: str) -> bytes:
    return told.read("trust/home.json") if name == TRUST else told.documents()[name]


def _formed(value: Any, *path: str | int) -> Iterator[tuple[str | int, ...]]:
    """Where in `value` a text of a fixed form stands; facts may say what they like."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key != "value":
                yield from _formed(item, *path, key)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _formed(item, *path, place)
    elif isinstance(value, str) and FORMED.fullmatch(value):
        yield path


def _with_line_end(document: Any, path: tuple[str | int, ...]) -> bytes:
    changed = copy.deepcopy(document)
    at = changed
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] += "\n"
    return canonical.encode(changed)


@pytest.mark.parametrize("name", READERS)
def test_the_document_itself_is_read(name: str) -> None:
    assert READERS[name](_document(name)) is not None


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b" ", b"\0"])
def test_nothing_may_follow_a_document(name: str, end: bytes) -> None:
    with pytest.raises(InvalidInput):
        READERS[name](_document(name) + end)


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("version", [0, 2, "1", None, [1]])
def test_another_version_is_refused(name: str, version: Any) -> None:
    with pytest.raises(InvalidInput):
        READERS[name](told.edited(_document(name), version=version))


@pytest.mark.parametrize("name", READERS)
def test_true_is_not_version_one(name: str) -> None:
    with pytest.raises(InvalidInput):
        READERS[name](told.edited(_document(name), version=True))


@pytest.mark.parametrize("name", READERS)
def test_no_digest_address_or_time_may_end_in_a_line_end(name: str) -> None:
    document = json.loads(_document(name))
    places = list(_formed(document))
    assert places
    for path in places:
        with pytest.raises(InvalidInput):
            READERS[name](_with_line_end(document, path))

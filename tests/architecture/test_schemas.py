"""The OpenAPI document is one that a client can be generated from."""

from collections.abc import Iterator
from typing import Any

import pytest

from api.app import create_app
from api.named_words import OF
from api.settings import Settings
from registry.vocabulary import vocabulary

NEEDED = {
    "DATABASE_URL": "postgresql+psycopg://x", "BROKER_URL": "memory://",
    "YINJI_PUBLIC_URL": "http://x", "YINJI_RPC_URLS": "http://x",
}  # fmt: skip


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("var")
    return create_app(Settings.from_environment(NEEDED, folder)).openapi()


def test_no_two_schemas_have_one_name(document: dict[str, Any]) -> None:
    """FastAPI tells namesakes apart by their modules: a generator makes two of one name of that."""
    names = document["components"]["schemas"]
    assert len(names) > 100
    assert [name for name in names if "__" in name] == []


def test_every_operation_has_a_name_of_its_own(document: dict[str, Any]) -> None:
    found = [each["operationId"] for path in document["paths"].values() for each in path.values()]
    assert len(found) == len(set(found))


def test_a_problem_is_described_once(document: dict[str, Any]) -> None:
    described = [
        content["schema"]
        for path in document["paths"].values()
        for operation in path.values()
        for response in operation["responses"].values()
        for kind, content in response.get("content", {}).items()
        if kind == "application/problem+json"
    ]
    assert len(described) > 100
    assert {str(each) for each in described} == {"{'$ref': '#/components/schemas/Problem'}"}


TECHNICAL = {
    frozenset({"small", "large"}), frozenset({"field", "document"}),
    frozenset({"account", "party"}), frozenset({"matter", "evidence"}),
    frozenset({"text", "choice", "flag", "whole", "day", "block"}),
}  # fmt: skip
"""Words for programs; no page shows them."""


def _enumerated(part: Any) -> Iterator[frozenset[str]]:
    if isinstance(part, dict):
        if isinstance(part.get("enum"), list):
            yield frozenset(part["enum"])
        for each in part.values():
            yield from _enumerated(each)
    elif isinstance(part, list):
        for each in part:
            yield from _enumerated(each)


def test_every_word_a_field_may_have_is_in_a_list_with_its_names(document: dict[str, Any]) -> None:
    """A page that shows it needs no table of its own: `GET /api/v1/words` has one."""
    lists = [set(rows) for rows in vocabulary().values()]
    found = set(_enumerated(document)) - TECHNICAL
    assert len(found) > 20
    assert [sorted(each) for each in found if not any(each <= known for known in lists)] == []


WORDS = {
    "state", "status", "kind", "role", "roles", "scopes", "document_kind", "category", "wanted",
    "standing", "way", "use", "account_kind", "identity_status", "order_state", "custody_mode",
}  # fmt: skip
"""Fields of these names hold words that people read."""

OTHERWISE = {
    "ChangeOut.kind", "FoundOut.kind", "RemarkOut.kind",  # a field or a document
    "DeclarationOut.kind", "StandingIdentityOut.status", "StandingOut.state",
    "MessageOut.kind", "NoticeOut.kind",  # each comes with its words
    "DeliveryAsked.way", "DeliveryInFull.way", "PaperDeliveryOut.way",  # keys of the office
}  # fmt: skip


def _plain(field: dict[str, Any]) -> bool:
    """A text, or a list of texts, that the document does not enumerate."""
    if field.keys() & {"$ref", "enum", "const"}:
        return False
    inner = [*field.get("anyOf", []), *([field["items"]] if "items" in field else [])]
    return any(map(_plain, inner)) if inner else field.get("type") == "string"


def test_every_field_that_holds_words_names_their_list(document: dict[str, Any]) -> None:
    unnamed, named = set(), set()
    for schema, described in document["components"]["schemas"].items():
        for name, field in described.get("properties", {}).items():
            if "x-words" in field:
                named.add(field["x-words"])
            elif name in WORDS and _plain(field):
                unnamed.add(f"{schema}.{name}")
    assert unnamed == OTHERWISE
    assert named <= vocabulary().keys()
    assert len(named) > 20


def test_every_field_that_is_said_to_hold_words_is_there(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for place in OF:
        schema, _, name = place.partition(".")
        assert name in schemas[schema]["properties"], place

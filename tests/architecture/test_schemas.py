"""The OpenAPI document is one that a client can be generated from."""

from pathlib import Path

from api.app import create_app
from api.settings import Settings

NEEDED = {
    "DATABASE_URL": "postgresql+psycopg://x", "BROKER_URL": "memory://",
    "YINJI_PUBLIC_URL": "http://x", "YINJI_RPC_URLS": "http://x",
}  # fmt: skip


def test_no_two_schemas_have_one_name(tmp_path: Path) -> None:
    """FastAPI tells namesakes apart by their modules: a generator makes two of one name of that."""
    document = create_app(Settings.from_environment(NEEDED, tmp_path)).openapi()
    names = document["components"]["schemas"]
    assert len(names) > 100
    assert [name for name in names if "__" in name] == []


def test_every_operation_has_a_name_of_its_own(tmp_path: Path) -> None:
    document = create_app(Settings.from_environment(NEEDED, tmp_path)).openapi()
    found = [each["operationId"] for path in document["paths"].values() for each in path.values()]
    assert len(found) == len(set(found))


def test_a_problem_is_described_once(tmp_path: Path) -> None:
    document = create_app(Settings.from_environment(NEEDED, tmp_path)).openapi()
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

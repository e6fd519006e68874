"""What a refused request body says: the limit itself, in both languages, never what was sent."""

from typing import Annotated, Any, Literal

import pytest
from fastapi import Body, FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel, Field

from api.errors import install

pytestmark = pytest.mark.unit


class _Sent(BaseModel):
    role: Literal["first_examiner", "final_examiner"] = "first_examiner"
    confirm: Literal[True] = True
    count: Annotated[int, Field(ge=1, le=50)] = 1
    name: Annotated[str, Field(max_length=5, pattern="^[a-z]*$")] = "x"
    items: Annotated[list[int], Field(min_length=1, max_length=2)] = [1]


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    install(app)

    @app.post("/")
    def take(body: Annotated[_Sent, Body()]) -> None:
        del body

    return TestClient(app)


@pytest.mark.parametrize(
    ("field", "sent", "said"),
    [
        ("role", "king-secret", "可用 / accepts: first_examiner, final_examiner"),
        ("confirm", False, "可用 / accepts: true"),
        ("count", 0, "不能小于 1 / must not be less"),
        ("count", 99, "不能大于 50 / must not be more"),
        ("name", "toolong", "至多 5 个字符 / at most so many characters"),
        ("name", "A1", "格式不符,须合 / does not have the required form: ^[a-z]*$"),
        ("items", [], "至少 1 项 / at least so many items"),
        ("items", [1, 2, 3], "至多 2 项 / at most so many items"),
    ],
)
def test_the_limit_is_named_with_its_field(
    client: TestClient, field: str, sent: Any, said: str
) -> None:
    answer = client.post("/", json={field: sent})
    assert answer.status_code == 422
    assert (answer.json()["field"], answer.json()["detail"]) == (field, said)
    assert "secret" not in answer.text

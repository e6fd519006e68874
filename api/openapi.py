"""The OpenAPI document: every status an operation can answer, every problem in one form.

What follows from an operation's shape (it needs a caller, takes a body, names a resource) is
filled in from `api.policies` here; what only the route knows is declared there with `answers`.
"""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api import named_words
from api.auth import CSRF_HEADER, FOR_HEADER, cookie_name
from api.errors import PROBLEM, TITLES
from api.policies import OFFICER, POLICIES, PUBLIC, SIGNED_IN, Policy
from api.schemas import Problem
from api.settings import Settings

PROBLEM_REF: Final = {"schema": {"$ref": "#/components/schemas/Problem"}}
"""Where the one description of a problem stands (RFC 9457)."""
_METHODS: Final = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})
_ALWAYS: Final = (400, 413, 503)
"""A malformed address, a body where none or a smaller one is expected, a database that is away."""


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route for these problem statuses."""
    return {status: _problem(status) for status in statuses}


def binary(media_type: str, words: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that answers 200 with bytes of this type."""
    schema = {"type": "string", "format": "binary"}
    return {200: {"description": words, "content": {media_type: {"schema": schema}}}}


def install(app: FastAPI, settings: Settings) -> None:
    """Make `app.openapi` give the completed document."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(
                title=app.title,
                version=app.version,
                summary="作品存证:某文件某时以此形式存在 / that a file existed in this form",
                routes=app.routes,
            )
            app.openapi_schema = _completed(made, settings)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _completed(document: dict[str, Any], settings: Settings) -> dict[str, Any]:
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
    components["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "API 密钥 API key (yk_…)"},
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": cookie_name(settings),
            "description": f"登录会话 signed-in session; changes also need {CSRF_HEADER}",
        },
    }
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in _METHODS:
                _complete(operation, path, method)
    for unused in ("HTTPValidationError", "ValidationError"):
        components.get("schemas", {}).pop(unused, None)
    named_words.mark(document)
    return document


def _complete(operation: dict[str, Any], path: str, method: str) -> None:
    policy = POLICIES.get(operation["operationId"], Policy(PUBLIC))
    responses = operation.setdefault("responses", {})
    if "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]
    statuses = set(_ALWAYS)
    if policy.access != PUBLIC:
        statuses |= {401, 403, 429}
        both: list[dict[str, list[str]]] = [{"key": []}, {"session": []}]
        operation["security"] = [{"session": []}] if policy.access in {SIGNED_IN, OFFICER} else both
    if policy.resource is not None:
        statuses.add(404)
    if policy.for_others is not None:
        statuses.add(404)
        operation.setdefault("parameters", []).append(_FOR)
    if operation.get("parameters") or "requestBody" in operation:
        statuses.add(422)
    if path.startswith("/api/"):
        statuses.add(415)
    for status in statuses:
        responses.setdefault(str(status), _problem(status))
    if method == "head":
        for each in responses.values():
            each.pop("content", None)


def _problem(status: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "description": TITLES.get(status, "错误 / Error"),
        "content": {PROBLEM: PROBLEM_REF},
    }
    headers: Mapping[str, Any] = _HEADERS.get(status, {})
    return {**found, "headers": dict(headers)} if headers else found


_FOR: Final = {
    "name": FOR_HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "format": "uuid"},
    "description": "代其办理的账号 the account acted for: an organisation one works for, or the "
    "principal of a mandate; 404 when it is neither, or not any more",
}
_SECONDS: Final = {"Retry-After": {"schema": {"type": "integer"}, "description": "秒 seconds"}}
_HEADERS: Final[Mapping[int, Mapping[str, Any]]] = {429: _SECONDS, 503: _SECONDS}

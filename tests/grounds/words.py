"""Identity numbers in everything that somebody may write in words, by the OpenAPI document."""

import itertools
import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.grounds.bodies import BODIES
from tests.grounds.callers import person
from tests.grounds.officers import at_work
from tests.grounds.stack import RunningStack

REMARK: Final = {"kind": "field", "name": "title", "template": "x", "reason": "x"}
MORE: Final[Mapping[str, Any]] = {
    "return_matter": {"items": [REMARK]},
    "sign_up": {"identifier": "a@b.cn", "name": "x", "password": "x", "agreed": {}},
    "sign_in": {"identifier": "a@b.cn", "password": "x"},
    "enrol_officer": {"code": "x", "password": "x", "document_kind": "passport", "number": "E1"},
    "prove_signer": {"code": "000000", "document_kind": "passport", "number": "E1"},
    "ask_for_delivery": {"to": {"recipient": "x", "mobile": "13800138000", "address": "x"}},
}
"""Bodies that are deeper than the shortest one that is well formed."""

UNKEPT: Final = frozenset({("sign_in", "identifier"), ("start_recovery", "identifier")})
"""Of these nothing is kept."""

_HEX: Final = re.compile(r"\^\[0-9a-f\]")


def tried(stack: RunningStack, numbers: list[str]) -> tuple[list[str], list[str]]:
    """Every text of every body with a number in it, each alone; all the answers, and whatever was
    taken, or refused for anything else than that field.
    """
    someone, officer = person(stack), at_work(stack, "anywhere", "supervisor")
    document = someone.http.get("/api/v1/openapi.json").json()
    told, wrong, left = [], [], itertools.cycle(numbers)
    for path, item in document["paths"].items():
        for method, operation in item.items():
            name = operation["operationId"]
            body = {**(BODIES.get(name) or {}), **MORE.get(name, {})}
            who = officer.http if "/offices/" in path else someone.http
            at = path.format_map(_Placed())
            schema = _body(operation)
            for place, said in _texts(document, schema, body, left, ""):
                headers = {"Idempotency-Key": uuid.uuid4().hex, "Signing-Link": "x" * 43}
                answer = who.request(method, at, json=said, headers=headers)
                told.append(answer.text)
                field = answer.json().get("field") if answer.status_code == 422 else None
                if field != place and (name, place) not in UNKEPT:
                    wrong.append(f"{name} {place}: {answer.status_code} {field}")
    return told, wrong


class _Placed(dict[str, str]):
    """What stands in a path."""

    def __missing__(self, name: str) -> str:
        known = {"office": "anywhere", "code": "pledge", "day": "2027-01-01", "number": "x",
                 "position": "0"}  # fmt: skip
        return known.get(name, str(uuid.UUID(int=0)))


def _body(operation: Mapping[str, Any]) -> Mapping[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    found: Mapping[str, Any] = content.get("application/json", {}).get("schema", {})
    return found


def _texts(
    document: Mapping[str, Any], schema: Mapping[str, Any], base: Any, left: Iterator[str], at: str
) -> Iterator[tuple[str, Any]]:
    """`base` with a number in one text of it, for each text that the schema knows."""
    schema = _plain(document, schema)
    if schema.get("type") == "object" and "properties" in schema:
        for name, inner in schema["properties"].items():
            place = f"{at}.{name}" if at else name
            held = base.get(name) if isinstance(base, dict) else None
            for found, said in _texts(document, inner, held, left, place):
                yield found, {**(base or {}), name: said}
    elif schema.get("type") == "array" and "items" in schema:
        first = base[0] if base else None
        for found, said in _texts(document, schema["items"], first, left, f"{at}[0]"):
            yield found, [said]
    elif schema.get("type") == "string" and _is_words(schema):
        yield at, f"见 {next(left)}"


def _plain(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" in schema:
        return _plain(document, document["components"]["schemas"][schema["$ref"].split("/")[-1]])
    if "anyOf" in schema:
        return _plain(document, schema["anyOf"][0])
    return schema


def _is_words(schema: Mapping[str, Any]) -> bool:
    """No time, id, choice or digest, and no secret."""
    if {"format", "enum", "const"} & set(schema):
        return False
    return not _HEX.match(schema.get("pattern", ""))

"""T45: no body takes a column of our tables that is no field of it, however deep; nor does the form
of an application.
"""

import importlib
import pkgutil
import re
import typing
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError

import api.routes
from core.db import Base
from core.errors import InvalidInput
from registry import form as forms
from registry.form import Form
from tests.grounds.bodies import BODIES
from tests.grounds.callers import person
from tests.grounds.stack import RunningStack


def routes() -> Iterator[APIRoute]:
    for found in pkgutil.iter_modules(api.routes.__path__):
        module = importlib.import_module(f"api.routes.{found.name}")
        yield from (route for route in module.router.routes if isinstance(route, APIRoute))


def models_in(kind: Any) -> Iterator[type[BaseModel]]:
    """The models in a type, however they are wrapped."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
        for field in kind.model_fields.values():
            yield from models_in(field.annotation)
    for part in typing.get_args(kind):
        yield from models_in(part)


def bodies() -> dict[str, type[BaseModel]]:
    """Every model that some body consists of, by name."""
    found: dict[str, type[BaseModel]] = {}
    for route in routes():
        if route.body_field is not None:
            for model in models_in(route.body_field.field_info.annotation):
                found[model.__name__] = model
    return found


BODIES_IN = bodies()
COLUMNS = sorted({column.name for table in Base.metadata.tables.values() for column in table.c})


def test_there_is_something_to_try() -> None:
    assert len(BODIES_IN) > 30
    assert {"owner_id", "status", "decided_by", "password_hash", "serial"} <= set(COLUMNS)


@pytest.mark.parametrize("name", BODIES_IN)
def test_a_body_takes_no_column_that_is_no_field_of_it(name: str) -> None:
    model = BODIES_IN[name]
    foreign = [column for column in COLUMNS if column not in model.model_fields]
    with pytest.raises(ValidationError) as caught:
        model.model_validate(dict.fromkeys(foreign, "x"))
    refused = {e["loc"][0] for e in caught.value.errors() if e["type"] == "extra_forbidden"}
    assert set(foreign) - refused == set()


@pytest.mark.parametrize(
    "column", [column for column in COLUMNS if column not in Form.__dataclass_fields__]
)
def test_the_form_of_an_application_takes_none_either(column: str) -> None:
    with pytest.raises(InvalidInput):
        forms.parse({column: "x"})


def test_over_http_each_is_refused_and_named(stack: RunningStack) -> None:
    """Bodies at their routes: what the models refuse is refused before anything else is done."""
    someone = person(stack)
    tried = 0
    for route in routes():
        body = BODIES.get(route.name)
        if route.body_field is None or not isinstance(body, dict) or "{office}" in route.path:
            continue
        path = re.sub(r"{\w+_id}", "00000000-0000-0000-0000-000000000000", route.path)
        (method,) = route.methods
        more = {**body, "owner_id": "00000000-0000-0000-0000-000000000000"}
        headers = {"Idempotency-Key": "k"}
        answer = someone.http.request(method, path.replace("{number}", "x"), json=more,
                                      headers=headers)  # fmt: skip
        assert answer.status_code == 422, (route.name, answer.text)
        assert "owner_id" in answer.json()["field"], (route.name, answer.text)
        tried += 1
    assert tried > 15

"""T48: whatever is written in words, by whomever: an identity number in it is refused by field."""

import typing

import pytest
from pydantic import BaseModel, ValidationError

from api import numbered
from tests.api.test_mass_assignment import BODIES_IN
from tests.grounds import words
from tests.grounds.callers import person
from tests.grounds.people import resident_number
from tests.grounds.stack import RunningStack

ELSEWHERE = {
    "ApplicationIn": {"form", "documents"},  # by api.printable.check_said, with their own names
    "MatterIn": {"form", "documents"},
    "ChangeIn": {"form", "documents"},
    "FilingIn": {"form", "documents"},
    "DigestIn": {"sha256", "sm3"},
    "FileIn": {"sha256", "sm3"},
    "CertificateIn": {"sha256"},
    "SignInIn": {"identifier"},  # nothing of it is kept
    "RecoveryIn": {"identifier"},
}


def takes_text(annotation: object) -> bool:
    return annotation is str or any(takes_text(each) for each in typing.get_args(annotation))


TEXTS = sorted(
    (name, field)
    for name, model in BODIES_IN.items()
    for field, info in model.model_fields.items()
    if takes_text(info.annotation) and field not in ELSEWHERE.get(name, set())
)


def refusals(model: type[BaseModel], field: str, value: object) -> set[str]:
    """The kinds of errors at a field."""
    try:
        model.model_validate({field: value})
    except ValidationError as error:
        return {each["type"] for each in error.errors() if each["loc"][:1] == (field,)}
    return set()


@pytest.mark.parametrize(("name", "field"), TEXTS)
def test_no_text_of_any_body_takes_a_number(name: str, field: str) -> None:
    number = resident_number()
    tried = [number, [number], {"x": number}, {"x": {"y": [number]}}]
    wrong = {"string_type", "list_type", "dict_type", "model_type"}
    kinds = [refusals(BODIES_IN[name], field, value) for value in tried]
    assert any(each and not each & wrong for each in kinds), kinds
    assert all(kinds)


def test_only_these_look_elsewhere() -> None:
    exempt = {
        name: set(getattr(model, "elsewhere", ()))
        for name, model in BODIES_IN.items()
        if getattr(model, "elsewhere", ())
    }
    assert exempt == {name: ELSEWHERE[name] for name in exempt}


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ("见 {}", ""),
        (["x", "{}"], "[1]"),
        ({"a": ["x", {"b": "{}"}]}, ".a[1].b"),
        ({"{}": "x"}, ""),
        ("x", None),
        (7, None),
    ],
)
def test_says_where_it_stands_and_never_which(value: object, place: str | None) -> None:
    number = resident_number()

    def filled(part: object) -> object:
        if isinstance(part, str):
            return part.format(number)
        if isinstance(part, list):
            return [filled(each) for each in part]
        if isinstance(part, dict):
            return {filled(key): filled(each) for key, each in part.items()}
        return part

    assert numbered.place_of_number(filled(value)) == place


@pytest.mark.timeout(600)
def test_over_http_every_one_is_refused_by_its_field_and_not_repeated(stack: RunningStack) -> None:
    numbers = [resident_number() for _ in range(20)]
    told, wrong = words.tried(stack, numbers)
    assert len(told) > 100
    assert wrong == [], "\n".join(wrong)
    assert not [text for text in told if any(number in text for number in numbers)]


def test_a_members_name_and_a_key_are_looked_into_too(stack: RunningStack) -> None:
    number = resident_number()
    post = person(stack).http.post
    answers = [
        post("/api/v1/works", json={number: "x"}),
        post(
            "/api/v1/keys",
            json={"name": "k", "scopes": ["read"]},
            headers={"Idempotency-Key": number},
        ),
    ]
    assert [each.status_code for each in answers] == [422, 422]
    assert all(number not in each.text for each in answers)
    assert answers[1].json()["field"] == "Idempotency-Key"

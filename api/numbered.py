"""The one door for words from outside: no resident identity number goes through it in the clear.

What people and officers write is kept, shown and printed as it is, in reasons, notes and names no
less than in words about a work. So every plain text of every body is looked into, at whatever
depth, and a new field needs no guard of its own. Where a number belongs, the field is secret by its
type (`SecretStr`), and what it holds is sealed.
"""

from typing import Any, Final

from pydantic_core import PydanticCustomError

from accounts.documents import holds_resident_number

ERROR: Final = "identity_number"
"""The kind of pydantic's error; its `place` is the path below the field."""


def refused(value: Any) -> Any:  # noqa: ANN401 - whatever a body may hold
    """The value itself; raises pydantic's own error when a number stands in it."""
    place = place_of_number(value)
    if place is not None:
        raise PydanticCustomError(ERROR, "an identity number", {"place": place})
    return value


def place_of_number(value: object) -> str | None:
    """Where a number stands in a value made of texts, lists and objects: "" for itself, as in
    `[0].name` below it; None for nowhere. A member's name that is a number is never told.
    """
    if isinstance(value, str):
        return "" if holds_resident_number(value) else None
    if isinstance(value, list):
        for index, each in enumerate(value):
            if (found := place_of_number(each)) is not None:
                return f"[{index}]{found}"
    if isinstance(value, dict):
        for name, each in value.items():
            if holds_resident_number(str(name)):
                return ""
            if (found := place_of_number(each)) is not None:
                return f".{name}{found}"
    return None

"""How single values of the form are read: each reader takes a value and its path, and says no.

A reader raises InvalidInput with the path as its field and the remedy in its message, never with
the value: values may be names or addresses.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final, Generic, Literal, TypeVar

from core.errors import InvalidInput
from core.text import clean_text
from evidence.limits import EARLIEST
from registry.words import Words

Kind = Literal["text", "choice", "flag", "whole", "day", "block"]
T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


@dataclass(frozen=True)
class Reader(Generic[T_co]):
    """How a value is read, and what of it a page has to know: `most` characters of a text or the
    greatest number, the `choices`, the `block` of fields, and that a list holds at most `several`.
    """

    read: Callable[[object, str], T_co]
    kind: Kind
    most: int | None = None
    multiline: bool = False
    choices: Mapping[str, Words] = field(default_factory=dict)
    block: type | None = None
    several: int | None = None

    def __call__(self, value: object, path: str) -> T_co:
        return self.read(value, path)


def said(read: Reader[object], default: object = None) -> Any:  # noqa: ANN401 - any field's value
    """A field of the form: how its value is read, and what an empty one is."""
    return field(default=default, metadata={"read": read})


def part(kind: type[T]) -> Reader[T]:
    """A reader for a block of the form: a JSON object with the fields of `kind`."""

    def read(value: object, path: str) -> T:
        if not isinstance(value, Mapping):
            raise InvalidInput("须为对象 / must be an object", field=path)
        known = {each.name: each for each in fields(kind)}  # type: ignore[arg-type]  # a dataclass
        found = {}
        for name, given in value.items():
            at = f"{path}.{str(name)[:64]}" if path else str(name)[:64]
            if name not in known:
                raise InvalidInput(
                    f"申请表没有此项,可用 / no such field; there are: {', '.join(known)}", field=at
                )
            read_value = None if given is None else known[name].metadata["read"](given, at)
            # An empty block says no more than none at all.
            if read_value is not None and not _says_nothing(read_value):
                found[name] = read_value
        return kind(**found)

    return Reader(read, "block", block=kind)


def _says_nothing(value: object) -> bool:
    return is_dataclass(value) and not isinstance(value, type) and value == type(value)()


def several(read: Reader[T], most: int) -> Reader[tuple[T, ...]]:
    def read_all(value: object, path: str) -> tuple[T, ...]:
        if not isinstance(value, list | tuple):
            raise InvalidInput("须为数组 / must be an array", field=path)
        if len(value) > most:
            raise InvalidInput(f"至多 {most} 项,请分开申请 / at most {most}", field=path)
        return tuple(read(each, f"{path}[{place}]") for place, each in enumerate(value))

    return Reader(
        read_all, read.kind, read.most, read.multiline, read.choices, read.block, several=most
    )


def text(most: int, *, multiline: bool = False) -> Reader[str]:
    def read(value: object, path: str) -> str:
        if not isinstance(value, str):
            raise InvalidInput("须为文本 / must be text", field=path)
        return clean_text(value, path, most, multiline=multiline)

    return Reader(read, "text", most, multiline)


def choice(
    known: Mapping[str, Words], former: Mapping[str, str] = MappingProxyType({})
) -> Reader[str]:
    """A reader for one of `known`; `former` are names that are still read, as their new ones."""

    def read(value: object, path: str) -> str:
        named = former.get(value, value) if isinstance(value, str) else None
        if named is None or named not in known:
            raise InvalidInput(f"可选 / accepts: {', '.join(known)}", field=path)
        return named

    return Reader(read, "choice", choices=known)


def _flag(value: object, path: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput("须为 true 或 false / must be true or false", field=path)
    return value


flag: Final = Reader(_flag, "flag")


def whole(most: int) -> Reader[int]:
    """A reader for whole numbers from 1."""

    def read(value: object, path: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            raise InvalidInput(
                f"须为 1–{most} 的整数 / a whole number from 1 to {most}", field=path
            )
        return value

    return Reader(read, "whole", most)


count: Final = whole(9999)


def _day(value: object, path: str) -> str:
    """A calendar day as ISO 8601 has it; kept as that text."""
    try:
        found = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found < EARLIEST or value != found.isoformat():
        raise InvalidInput(
            f"须为 {EARLIEST.year} 年起存在的日期,如 2026-03-31 / a day that exists, such as "
            f"2026-03-31, not before {EARLIEST.year}",
            field=path,
        )
    return found.isoformat()


day: Final = Reader(_day, "day")

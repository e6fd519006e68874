"""TOML tables into frozen dataclasses, each key checked; every problem says key and line.

What a key may hold is the dataclass's own annotation: text, whole number, yes or no, one of a few
words (`Literal`), amounts of money (`Decimal`, written as text), tuples, mappings, other tables.
"""

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any, ClassVar, Final, Literal, Union, get_args, get_origin, get_type_hints

from core.errors import InvalidInput

_KINDS: Final = {str: "文本 text", int: "整数 a whole number", bool: "true / false"}


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a profile. `key` is its path, `line` counts from 1."""

    key: str
    line: int
    said: str

    def __str__(self) -> str:
        return f"第 {self.line} 行 line {self.line}: {self.key}: {self.said}"


class InvalidProfile(InvalidInput):
    """A profile that cannot be used; `problems` holds everything found, in the file's order."""

    code: ClassVar[str] = "invalid-profile"

    def __init__(self, name: str, problems: tuple[Problem, ...]) -> None:
        first = problems[0]
        super().__init__(f"{name}: {first}", field=first.key)
        self.name = name
        self.problems = problems


class Reader:
    """Reads values and notes what is wrong; what could not be read is `None` until the end.

    With `lenient` it passes over keys that it does not know.
    """

    def __init__(self, line_of: Callable[[str], int], *, lenient: bool = False) -> None:
        self.problems: list[Problem] = []
        self._line_of = line_of
        self._lenient = lenient

    def note(self, key: str, said: str) -> None:
        self.problems.append(Problem(key, self._line_of(key), said))

    def table(self, kind: type[Any], value: object, path: str) -> Any:  # noqa: ANN401 - by `kind`
        """The dataclass `kind` behind a table, or None with a problem noted."""
        if not isinstance(value, Mapping):
            self.note(path, "须为表 / must be a table")
            return None
        hints = get_type_hints(kind)
        known = {each.name: each for each in fields(kind) if each.init}
        for name in value:
            if name not in known and not self._lenient:
                near = get_close_matches(str(name), known, 1)
                hint = f";是否想写 did you mean: {near[0]}" if near else ""
                self.note(_under(path, str(name)), f"没有这个键 / no such key{hint}")
        before = len(self.problems)
        found = {}
        for name, each in known.items():
            if name in value:
                found[name] = self.value(hints[name], value[name], _under(path, name))
            elif _demanded(each):
                self.note(_under(path, name), "缺少,请补充 / is missing: add it")
        return kind(**found) if len(self.problems) == before else None

    def value(self, kind: Any, value: object, path: str) -> Any:  # noqa: ANN401 - any annotation
        """A value as its annotation wants it."""
        origin = get_origin(kind)
        if origin in {Union, types.UnionType}:
            inner = next(each for each in get_args(kind) if each is not type(None))
            return self.value(inner, value, path)
        if origin is tuple:
            return self._several(get_args(kind)[0], value, path)
        if origin not in {None, Literal}:
            return self._mapping(get_args(kind)[1], value, path)
        if isinstance(kind, type) and is_dataclass(kind):
            return self.table(kind, value, path)
        return self._plain(kind, value, path)

    def _plain(self, kind: Any, value: object, path: str) -> Any:  # noqa: ANN401 - any annotation
        if get_origin(kind) is Literal:
            if value not in get_args(kind):
                allowed = ", ".join(map(str, get_args(kind)))
                self.note(path, f"可用 / accepts: {allowed}")
        elif kind is Decimal:
            return self._amount(value, path)
        elif not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.note(path, f"须为 / must be {_KINDS[kind]}")
        elif kind is str and not str(value).strip():
            self.note(path, "不能为空 / must not be empty")
        return value

    def _several(self, inner: Any, value: object, path: str) -> tuple[Any, ...]:  # noqa: ANN401
        if not isinstance(value, list):
            self.note(path, "须为数组 / must be an array")
            return ()
        return tuple(
            self.value(inner, each, f"{path}[{place}]") for place, each in enumerate(value)
        )

    def _mapping(self, inner: Any, value: object, path: str) -> dict[str, Any]:  # noqa: ANN401
        if not isinstance(value, Mapping):
            self.note(path, "须为表 / must be a table")
            return {}
        return {
            str(name): self.value(inner, each, _under(path, str(name)))
            for name, each in value.items()
        }

    def _amount(self, value: object, path: str) -> Decimal:
        if isinstance(value, str):
            try:
                amount = Decimal(value)
                if amount >= 0 and amount == amount.quantize(Decimal("0.01")):
                    return amount
            except InvalidOperation:
                pass  # not a number, or one that no cents can hold: said below
        self.note(path, '金额写作 "150.00" / an amount, written as text with two decimals')
        return Decimal(0)


def _under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _demanded(each: Field[Any]) -> bool:
    return each.default is MISSING and each.default_factory is MISSING

"""`docs/mission.toml`: what became of every function of the four systems this one replaces.

Each id has one answer: the tests that show it working (`["tests/…::test_x"]`), `"web"` (a page or
control of the portal: done when the portal's own tests show it), `"open"` (not done, or not whole),
or `{ reason = "…" }` why it has no meaning here.
"""

import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from core.errors import InvalidInput

SYSTEMS: Final = {"TJ": 145, "ZJ": 101, "CP": 55, "SD": 170}
"""Source systems and how many functions each has, counted from 1."""

KINDS: Final = ("tested", "web", "reason", "open")

LEGEND: Final = (
    "tested 有测试为证 shown by tests · web 门户页面 of the portal · reason 说明了为何不需要 not "
    "needed, with the reason · open 未完成 not done"
)
"""What the kinds mean, in their order."""


@dataclass(frozen=True)
class Answer:
    """What became of one function. `tests` are node ids, `reason` a sentence."""

    kind: str
    tests: tuple[str, ...] = ()
    reason: str = ""


def every_id() -> list[str]:
    return [
        f"{system}-{number:0{3 if number > 99 else 2}d}"  # noqa: PLR2004 - TJ-99, TJ-100
        for system, count in SYSTEMS.items()
        for number in range(1, count + 1)
    ]


def parse(text: str) -> dict[str, Answer]:
    """Every answer by id.

    Raises:
        InvalidInput: not TOML (also an id twice), an unknown or missing id, an answer of no kind.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"不是有效的 TOML / not TOML: {error}", field="mission") from error
    known = every_id()
    for each in sorted(set(table) ^ set(known)):
        said = "缺少 is missing" if each in known else "没有此项 no such id"
        raise InvalidInput(f"{each}: {said}", field=each)
    return {each: _answer(table[each], each) for each in known}


def counted(answers: Mapping[str, Answer]) -> dict[str, Counter[str]]:
    """How many answers of each kind, by source system."""
    found = {system: Counter[str]() for system in SYSTEMS}
    for each, answer in answers.items():
        found[each.split("-")[0]][answer.kind] += 1
    return found


def _answer(value: Any, each: str) -> Answer:  # noqa: ANN401 - whatever TOML holds
    if isinstance(value, str) and value in {"web", "open"}:
        return Answer(value)
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return Answer("tested", tests=tuple(value))
    if isinstance(value, dict) and set(value) == {"reason"} and str(value["reason"]).strip():
        return Answer("reason", reason=str(value["reason"]))
    raise InvalidInput('写作 write: ["tests/…"], "web", "open", { reason = "…" }', field=each)

"""A text in both languages: Chinese first, then English."""

import re
from dataclasses import dataclass
from typing import Final

_A_WORK: Final = re.compile("(?<!职务|合作|委托|法人|个人)作品")
"""But modes of ownership keep their names."""
_CREATED: Final = re.compile("创作(?!性质)")
_THE_WORK: Final = re.compile(r"\b([Tt]he) work\b(?! of)")


@dataclass(frozen=True)
class Words:
    """`zh` is what a Chinese reader sees, `en` the same in English; neither is empty."""

    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}"


def of_software(words: Words) -> Words:
    """What is said of a work, said of software: 软件, which is 开发 (计算机软件保护条例 arts 9–13).

    作品说明书 would be 软件说明书, the manual: it becomes the description of its development.
    """
    zh = _CREATED.sub("开发", words.zh.replace("作品说明书", "作品创作说明书"))
    return Words(_A_WORK.sub("软件", zh), _THE_WORK.sub(r"\1 software", words.en))

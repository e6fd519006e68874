"""A text in both languages: Chinese first, then English."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """`zh` is what a Chinese reader sees, `en` the same in English; neither is empty."""

    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}"

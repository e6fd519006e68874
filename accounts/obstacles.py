"""What stands in the way of closing an account, in words that name the remedy."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Obstacle:
    """One reason, and what takes it away; Chinese and English. `about` are the numbers or ids of
    what it is about, as its owner knows them.
    """

    code: str
    reason_zh: str
    reason_en: str
    remedy_zh: str
    remedy_en: str
    about: tuple[str, ...] = ()


def told(obstacles: list[Obstacle]) -> str:
    """All of them as the one detail of a refusal."""
    chinese = ";".join(f"{each.reason_zh},{each.remedy_zh}" for each in obstacles)
    english = "; ".join(f"{each.reason_en}: {each.remedy_en}" for each in obstacles)
    return f"不能注销:{chinese} / cannot be closed: {english}"

"""How a refused step is told: where the thing stands, what cannot be done, what can, by whom."""

from collections.abc import Iterable

from registry.words import Words


def not_now(subject: Words, state: Words, doing: Words, then: Iterable[tuple[Words, Words]]) -> str:
    """`then`: who may do what in this state; nobody anything, when it has ended."""
    rows = list(then)
    zh = ";".join(f"{who.zh}可以{may.zh}" for who, may in rows) or "已经结束"
    en = "; ".join(f"{who.en} may {may.en}" for who, may in rows) or "it has ended"
    return (
        f"{subject.zh}:{state.zh};此时不能{doing.zh}。{zh} / "
        f"{subject.en}: {state.en}; nobody can {doing.en} now. Open: {en}"
    )


def not_by(doing: Words, may: Iterable[Words]) -> str:
    """`may`: who may do it in this state."""
    rows = list(dict.fromkeys(may))
    zh, en = "、".join(each.zh for each in rows), " or ".join(each.en for each in rows)
    return f"只有{zh}可以{doing.zh} / only {en} may {doing.en}"

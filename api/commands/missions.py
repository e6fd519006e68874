"""`yinji mission`: how far this system has come with what four others do."""

from typing import Annotated

import typer

from api.commands.local import CHECKOUT


def mission(
    remaining: Annotated[
        bool, typer.Option("--open", help="列出未完成的 list what is open")
    ] = False,
) -> int:
    """列出四个原系统的功能完成情况 / count what became of each function of the four systems."""
    from api.mission import KINDS, LEGEND, counted, parse

    answers = parse((CHECKOUT / "docs" / "mission.toml").read_text(encoding="utf-8"))
    print(f"{'':6}" + "".join(f"{kind:>8}" for kind in (*KINDS, "all")))
    totals = counted(answers)
    for system, counts in totals.items():
        row = [counts[kind] for kind in KINDS]
        print(f"{system:6}" + "".join(f"{number:>8}" for number in (*row, sum(row))))
    row = [sum(counts[kind] for counts in totals.values()) for kind in KINDS]
    print(f"{'':6}" + "".join(f"{number:>8}" for number in (*row, sum(row))))
    print(LEGEND)
    if remaining:
        print("\n" + " ".join(each for each, answer in answers.items() if answer.kind == "open"))
    return 0

"""How single facts of a form are written on a paper."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from accounts.areas import areas
from core import canonical
from registry import choices
from registry.form import Author, Form, MachineHelp, Owner, Place
from registry.words import Words, of_software

Label = tuple[str, str]

_BLANK: Final = "____________"
_ABROAD: Final = "境外 abroad"


def label(words: Words) -> Label:
    """Words as a paper's content holds them."""
    return words.zh, words.en


def spoken(words: Words, form: Form) -> Words:
    """A sentence or label of ours, as it speaks of software where the form is of software."""
    return of_software(words) if form.form == "software" else words


def stamp(at: datetime) -> str:
    """A time as papers carry it: RFC 3339 in UTC with milliseconds."""
    return canonical.format_time(at)


def blank() -> str:
    """A line to write on, inside a sentence."""
    return _BLANK


def day(value: str | None) -> str:
    """An ISO 8601 day as people write it; empty when unknown."""
    if value is None:
        return ""
    found = date.fromisoformat(value)
    return f"{found.year}年{found.month}月{found.day}日"


def quoted(title: str) -> str:
    """A title in the marks that Chinese sets around one, once."""
    return title if title.startswith("《") and title.endswith("》") else f"《{title}》"


def names(parties: Sequence[Owner | Author]) -> str:
    """The names, in the form's order."""
    return "、".join(each.name for each in parties if each.name)


def category(form: Form) -> str:
    """The category with its remark; empty when not chosen."""
    return held(choices.CATEGORIES, form.category, form.category_note)


def held(table: Mapping[str, Words], key: str | None, note: str | None = None) -> str:
    """A choice in words, its remark in brackets."""
    if key is None:
        return ""
    return f"{table[key].zh} {table[key].en}" + (f"({note})" if note else "")


def country(code: str | None) -> str:
    """ISO 3166 code; the one that everybody here reads is written out."""
    return "中国 China" if code == "CN" else code or ""


def province(code: str | None) -> str:
    """A province by its GB/T 2260 code; what is no such code is written as it is."""
    if code is None:
        return ""
    return _ABROAD if code == "abroad" else areas().get(code, code)


def place(where: Place | None) -> str:
    """Country, province, city."""
    if where is None:
        return ""
    parts = (country(where.country), province(where.province), where.city or "")
    return " ".join(part for part in parts if part)


def completion(form: Form) -> str:
    """When and where the work was completed."""
    return " ".join(filter(None, (day(form.completion_date), place(form.completion_place))))


def yes_or_no(value: bool | None) -> str:  # noqa: FBT001 - a fact of the form, not a switch
    """Empty while nobody has said it."""
    return "" if value is None else ("是 yes" if value else "否 no")


def rows_of_machine_help(said: MachineHelp | None) -> tuple[tuple[Label, str], ...]:
    """Label and value of each row; the details only where AI was used, or nothing is known yet."""
    said = said or MachineHelp()
    rows: tuple[tuple[Label, str], ...] = ((("是否使用人工智能", "AI used"), yes_or_no(said.used)),)
    if said.used is False:
        return rows
    return (
        *rows,
        (("使用的工具", "Tools"), said.tools or ""),
        (("提示与指令", "Prompts"), said.prompts or ""),
        (("人的贡献", "Human contribution"), said.human_contribution or ""),
    )

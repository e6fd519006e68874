"""What is unlikely in a form, said to applicant and examiner. A warning never refuses anything.

Practice of examiners rather than law; each warning says what to look at.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from registry.choices import RIGHTS
from registry.form import Form
from registry.words import Words

_ONLY_FOR: Final = {
    "rental": ({"audiovisual", "software"}, Words("视听作品和软件", "audiovisual works, software")),
    "exhibition": ({"fine_art", "photograph"}, Words("美术、摄影", "fine art and photographs")),
    "projection": (
        {"fine_art", "photograph", "audiovisual"},
        Words("美术、摄影、视听作品", "fine art, photographs and audiovisual works"),
    ),
}
_PERSONAL: Final = ("attribution", "alteration", "integrity")
_VAGUE: Final = {
    "作品", "无题", "未命名", "教程", "绘画教程", "照片", "图片", "文章", "设计", "设计图", "视频",
    "untitled", "work", "photo", "picture", "video", "design", "test", "测试",
}  # fmt: skip
_SEVERAL: Final = 2


@dataclass(frozen=True)
class Warned:
    """`field` is the path in the form."""

    field: str
    said: Words


def warnings(form: Form) -> tuple[Warned, ...]:
    """Everything that an examiner would ask about."""
    return (*_rights(form), *_days(form), *_modes(form), *_title(form))


def _rights(form: Form) -> Iterator[Warned]:
    if form.rights != "part":
        held: tuple[str, ...] = tuple(RIGHTS) if form.rights == "all" else ()
    else:
        held = form.held_rights
        for right, (categories, words) in _ONLY_FOR.items():
            if right in held and form.category and form.category not in categories:
                name = RIGHTS[right]
                yield Warned(
                    "held_rights",
                    Words(
                        f"{name.zh}一般只有{words.zh}才有,请核对",
                        f"the right of {name.en} usually exists only for {words.en}: check",
                    ),
                )
    if form.acquisition in {"inheritance", "succession"} and set(held) & set(_PERSONAL):
        yield Warned(
            "rights",
            Words(
                "继承人或承受人不享有署名权、修改权、保护作品完整权,只是保护这些权利",
                "an heir or successor does not hold attribution, alteration and integrity; "
                "he guards them",
            ),
        )
    if form.ownership == "employment" and form.special_employment and "attribution" in held:
        yield Warned(
            "rights",
            Words(
                "特殊职务作品的单位不享有署名权,署名权归作者",
                "the unit of a special work of employment does not hold attribution: "
                "it is the author's",
            ),
        )


def _days(form: Form) -> Iterator[Warned]:
    if form.completion_date is None or form.first_published_on is None:
        return
    if date.fromisoformat(form.first_published_on) < date.fromisoformat(form.completion_date):
        yield Warned(
            "first_published_on",
            Words("首次发表早于创作完成,请核对", "published before it was completed: check"),
        )


def _modes(form: Form) -> Iterator[Warned]:
    if form.ownership == "joint" and 0 < len(form.authors) < _SEVERAL:
        yield Warned(
            "authors",
            Words("合作作品一般有两位以上作者", "a joint work usually has two or more authors"),
        )
    persons = any(each.kind == "natural_person" for each in form.owners)
    units = any(each.kind not in {None, "natural_person"} for each in form.owners)
    if form.ownership == "individual" and units and form.acquisition == "original":
        yield Warned(
            "ownership",
            Words(
                "个人作品的著作权人一般是作者本人,单位请核对是否为法人、职务或委托作品",
                "an individual's work usually belongs to its author: if a unit owns it, check "
                "whether it is a legal entity's, employment or commissioned work",
            ),
        )
    if form.ownership == "legal_entity" and persons:
        yield Warned(
            "owners",
            Words(
                "法人作品的著作权人一般是单位",
                "the owner of a legal entity's work is usually a unit",
            ),
        )
    names = {each.name for each in form.authors}
    if (
        form.ownership == "individual"
        and form.acquisition == "original"
        and form.owners
        and names
        and {each.name for each in form.owners} != names
    ):
        yield Warned(
            "owners",
            Words(
                "个人作品原始取得时,作者与著作权人一般相同",
                "in an individual's own work the author is usually the owner",
            ),
        )


def _title(form: Form) -> Iterator[Warned]:
    """Names must be specific (CP-22): one that fits anything tells nobody anything."""
    if form.title is not None and form.title.strip("《》 ").lower() in _VAGUE:
        yield Warned(
            "title",
            Words("名称宜具体,便于查询与区分", "a specific title is easier to find and tell apart"),
        )

"""What is unlikely in a form, said to applicant and examiner. A warning never refuses anything.

Practice of examiners rather than law; each warning says what to look at.
"""

import re
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
    "", "作品", "无题", "未命名", "教程", "绘画教程", "照片", "图片", "摄影", "文章", "小说", "诗",
    "设计", "设计图", "插画", "视频", "音乐", "歌曲", "软件", "测试", "新建文件", "新建文档",
    "untitled", "work", "photo", "picture", "image", "video", "music", "song", "text", "software",
    "design", "test",
}  # fmt: skip
_COUNTED: Final = "0123456789一二三四五六七八九十-_ #号."
_FILE_NAME: Final = re.compile(
    r"(img|dsc|dscn|dscf|pxl|mvi|vid|wx_camera|mmexport|screenshot|微信图片|屏幕截图|截图)"
    r"[-_ ]?[\d_-]+"
    r"|.{1,80}\.(jpe?g|png|gif|tiff?|pdf|docx?|mp[34]|wav|psd)"
)
"""Names that cameras and programs give, and names of files."""

_MEASURED: Final = {
    "text": Words("字数", "number of words"),
    "audiovisual": Words("时长或集数", "length or number of episodes"),
}
_SEVERAL: Final = 2


@dataclass(frozen=True)
class Warned:
    """`id` is stable and machine-readable, `field` the path in the form."""

    id: str
    field: str
    said: Words


def warnings(form: Form) -> tuple[Warned, ...]:
    """Everything that an examiner would ask about."""
    return (*_title(form), *_days(form), *_extent(form), *_modes(form), *_rights(form))


def _rights(form: Form) -> Iterator[Warned]:
    if form.rights != "part":
        held: tuple[str, ...] = tuple(RIGHTS) if form.rights == "all" else ()
    else:
        held = form.held_rights
        for right, (categories, words) in _ONLY_FOR.items():
            if right in held and form.category and form.category not in categories:
                name = RIGHTS[right]
                yield Warned(
                    "right-unusual",
                    "held_rights",
                    Words(
                        f"{name.zh}一般只有{words.zh}才有,请核对",
                        f"the right of {name.en} usually exists only for {words.en}: check",
                    ),
                )
    if form.acquisition in {"inheritance", "succession"} and set(held) & set(_PERSONAL):
        yield Warned(
            "right-not-inherited",
            "rights",
            Words(
                "继承人或承受人不享有署名权、修改权、保护作品完整权,只是保护这些权利",
                "an heir or successor does not hold attribution, alteration and integrity; "
                "he guards them",
            ),
        )
    if form.ownership == "employment" and form.special_employment and "attribution" in held:
        yield Warned(
            "right-of-author",
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
            "dates-disagree",
            "first_published_on",
            Words("首次发表早于创作完成,请核对", "published before it was completed: check"),
        )


def _modes(form: Form) -> Iterator[Warned]:
    if form.ownership == "joint" and 0 < len(form.authors) < _SEVERAL:
        yield Warned(
            "joint-author",
            "authors",
            Words("合作作品一般有两位以上作者", "a joint work usually has two or more authors"),
        )
    persons = any(each.kind == "natural_person" for each in form.owners)
    units = any(each.kind not in {None, "natural_person"} for each in form.owners)
    if form.ownership == "individual" and units and form.acquisition == "original":
        yield Warned(
            "ownership-unusual",
            "ownership",
            Words(
                "个人作品的著作权人一般是作者本人,单位请核对是否为法人、职务或委托作品",
                "an individual's work usually belongs to its author: if a unit owns it, check "
                "whether it is a legal entity's, employment or commissioned work",
            ),
        )
    if form.ownership == "legal_entity" and persons:
        yield Warned(
            "owner-unusual",
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
            "owner-is-not-author",
            "owners",
            Words(
                "个人作品原始取得时,作者与著作权人一般相同",
                "in an individual's own work the author is usually the owner",
            ),
        )


def _title(form: Form) -> Iterator[Warned]:
    """Names must be specific (CP-22): one that fits anything tells nobody anything."""
    if form.title is None:
        return
    plain = form.title.strip("《》〈〉“”\"' ").lower()
    if plain.rstrip("0123456789一二三四五六七八九十-_ #号.") in _VAGUE or _FILE_NAME.fullmatch(
        plain
    ):
        yield Warned(
            "title-vague",
            "title",
            Words(
                "名称过于笼统,请写出具体内容,如《AI 绘画创作指南》而非“绘画教程”",
                "too general a title: say what it is, so that it is found and told apart",
            ),
        )


def _extent(form: Form) -> Iterator[Warned]:
    """A text says its number of words, a film its length or number of episodes."""
    if form.category in _MEASURED and form.extent is None:
        words = _MEASURED[form.category]
        yield Warned(
            "extent-missing",
            "extent",
            Words(f"请注明{words.zh}", f"say the {words.en}"),
        )

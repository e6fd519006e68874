"""The part of the story that only software has: what its form says, a manual to deposit beside the
source, and the pages that are handed in of both.
"""

from typing import Any, Final

from api.commands.story_people import Person, say
from core.errors import InvalidInput

SAID: Final[dict[str, Any]] = {
    "form": "software",
    "category": "software",
    "title": "软件",
    "software": {
        "short_name": "记账",
        "version": "V1.0",
        "development": "joint",
        "languages": "Python",
        "source_lines": 4000,
        "development_hardware": "个人计算机",
        "development_system": "Linux",
        "development_tools": "文本编辑器",
        "running_hardware": "个人计算机",
        "running_system": "Linux",
        "running_support": "Python 3.11",
        "purpose": "记录一户人家的收支",
        "industry": "家庭记账",
        "features": "记录收支、按月汇总、导出账本",
        "technique": "离线可用",
        "comments": "removed",
        "deposit": "normal",
    },
}
CALLED: Final = "山间记账软件"
"""After the return, which finds the first name too general."""

SOURCE, DOCUMENT = "source_code", "software_document"
MATERIALS: Final = (SOURCE, DOCUMENT)
_STEPS: Final = ("打开账本", "选择月份", "填写金额与用途", "核对余额", "保存并退出")


def require_taken(rules: dict[str, Any], form: str) -> None:
    """Refuse a form that the office says it does not take.

    Raises:
        InvalidInput: naming the forms it does.
    """
    taken = {each["key"]: each["name"] for each in rules["forms"]}
    if form not in taken:
        zh = "、".join(each["zh"] for each in taken.values())
        en = ", ".join(each["en"] for each in taken.values())
        raise InvalidInput(
            f"{rules['name']['zh']}不受理此类登记({form}),受理:{zh} / "
            f"{rules['name']['en']} does not take {form}, but: {en}",
            field="form",
        )


def manual(chapters: int) -> bytes:
    """The user's manual, as plain text."""
    lines = [f"{CALLED} V1.0 使用说明"]
    for chapter in range(1, chapters + 1):
        lines.append(f"第 {chapter} 章")
        lines += [f"{chapter}.{at} {step}。" for at, step in enumerate(_STEPS, start=1)]
    return "\n".join(lines).encode()


def show_material(filer: Person, matter: str) -> None:
    """How many pages are handed in of source and document."""
    for code in MATERIALS:
        found = filer.json("GET", f"/matters/{matter}/documents/{code}/material")
        if found["from_pdf"]:
            say(f"鉴别材料 material {code}: PDF")
            continue
        say(
            f"鉴别材料 material {code}: 交存 {found['deposited']} 页 pages deposited of "
            f"{found['pages']}, {found['lines']} 行 lines"
        )

"""What the fields of the form are called, for notices and lists of what is to be corrected."""

from collections.abc import Mapping
from typing import Final

from registry.words import Words

FIELDS: Final[Mapping[str, Words]] = {
    "form": Words("申请表种类", "kind of form"),
    "title": Words("作品名称", "title"),
    "category": Words("作品类别", "category"),
    "category_note": Words("作品类别说明", "remark on the category"),
    "extent": Words("字数、时长或集数", "words, length or episodes"),
    "series_pieces": Words("系列作品件数", "pieces of the series"),
    "urgent": Words("加急办理", "urgent handling"),
    "owners": Words("著作权人", "owners"),
    "authors": Words("作者", "authors"),
    "nature": Words("创作性质", "nature"),
    "nature_note": Words("创作性质说明", "remark on the nature"),
    "completion_date": Words("创作完成日期", "day of completion"),
    "completion_place": Words("创作完成地点", "place of completion"),
    "published": Words("发表状态", "publication"),
    "first_published_on": Words("首次发表日期", "day of first publication"),
    "first_published_place": Words("首次发表地点", "place of first publication"),
    "acquisition": Words("权利取得方式", "acquisition"),
    "acquisition_note": Words("权利取得方式说明", "remark on the acquisition"),
    "ownership": Words("权利归属方式", "ownership"),
    "ownership_note": Words("权利归属方式说明", "remark on the ownership"),
    "special_employment": Words("特殊职务作品", "special work of employment"),
    "rights": Words("权利拥有状况", "rights held"),
    "held_rights": Words("拥有的权利", "which rights"),
    "rights_note": Words("权利说明", "remark on the rights"),
    "filed_by": Words("申请方式", "who files"),
    "applicant": Words("申请人", "applicant"),
    "handler": Words("经办人", "handler"),
    "agent": Words("代理人", "agent"),
    "agent_reason": Words("代理理由", "reason for an agent"),
    "kept": Words("留存样本", "sample kept"),
    "machine_help": Words("使用人工智能的情况", "use of AI"),
    "software": Words("软件信息", "software"),
    "delivery": Words("纸质证书的领取", "delivery of the paper certificate"),
    "trading": Words("版权交易意向", "showing on the trading page"),
    "evidence": Words("作品文件(存证)", "the work's files (evidence)"),
}


def field_name(path: str) -> Words:
    """The name of a field by its path (`owners[1].kind`); an unknown one keeps its own."""
    head = path.partition(".")[0].partition("[")[0]
    return FIELDS.get(head, Words(path, path))

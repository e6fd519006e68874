"""The words of the public application form, each with its names; the order is the form's own.

Sources: 著作权法 (2020) arts 3, 10, 11, 14, 18, 19; the form of work registration as rebuilt from
public systems: 14 categories (software has a form of its own), 7 natures, 4 ways of acquiring,
5 modes of ownership, 17 rights.
"""

from collections.abc import Mapping
from typing import Final

from registry.tables import categories
from registry.words import Words

CATEGORIES: Final[Mapping[str, Words]] = {key: each.name for key, each in categories().items()}
"""A table: `registry/tables/categories.toml`."""

FORMS: Final[Mapping[str, Words]] = {
    "work": Words("作品", "work"),
    "software": Words("计算机软件", "software"),
}

NATURES: Final[Mapping[str, Words]] = {
    "original": Words("原创", "original"),
    "adaptation": Words("改编", "adaptation"),
    "translation": Words("翻译", "translation"),
    "compilation": Words("汇编", "compilation"),
    "annotation": Words("注释", "annotation"),
    "arrangement": Words("整理", "arrangement"),
    "other": Words("其他", "other"),
}

ACQUISITIONS: Final[Mapping[str, Words]] = {
    "original": Words("原始取得", "original acquisition"),
    "inheritance": Words("继承", "inheritance"),
    "succession": Words("承受", "succession"),
    "other": Words("其他方式取得", "another way of acquiring"),
}

OWNERSHIPS: Final[Mapping[str, Words]] = {
    "individual": Words("个人作品", "an individual's work"),
    "joint": Words("合作作品", "a joint work"),
    "legal_entity": Words("法人作品", "a legal entity's work"),
    "employment": Words("职务作品", "a work of employment"),
    "commissioned": Words("委托作品", "a commissioned work"),
}

RIGHTS: Final[Mapping[str, Words]] = {
    "publication": Words("发表权", "publication"),
    "attribution": Words("署名权", "attribution"),
    "alteration": Words("修改权", "alteration"),
    "integrity": Words("保护作品完整权", "integrity"),
    "reproduction": Words("复制权", "reproduction"),
    "distribution": Words("发行权", "distribution"),
    "rental": Words("出租权", "rental"),
    "exhibition": Words("展览权", "exhibition"),
    "performance": Words("表演权", "performance"),
    "projection": Words("放映权", "projection"),
    "broadcasting": Words("广播权", "broadcasting"),
    "network": Words("信息网络传播权", "communication through information networks"),
    "filming": Words("摄制权", "filming"),
    "adaptation": Words("改编权", "adaptation"),
    "translation": Words("翻译权", "translation"),
    "compilation": Words("汇编权", "compilation"),
    "other": Words("应当由著作权人享有的其他权利", "other rights of the owner"),
}

_OF_SOFTWARE: Final = (
    "publication", "attribution", "alteration", "reproduction", "distribution", "rental", "network",
    "translation",
)  # fmt: skip
RIGHTS_OF_SOFTWARE: Final[Mapping[str, Words]] = {
    **{key: RIGHTS[key] for key in _OF_SOFTWARE},
    "other": Words("应当由软件著作权人享有的其他权利", "other rights of the owner of software"),
}
"""计算机软件保护条例 art. 8: nine, of the same names."""

SCOPES: Final[Mapping[str, Words]] = {"all": Words("全部", "all"), "part": Words("部分", "part")}

FILERS: Final[Mapping[str, Words]] = {
    "owner": Words("由著作权人申请", "filed by the owner"),
    "agent": Words("由代理人申请", "filed by an agent"),
}

DEVELOPMENTS: Final[Mapping[str, Words]] = {
    "independent": Words("独立开发", "independent"),
    "joint": Words("合作开发", "joint"),
    "commissioned": Words("委托开发", "commissioned"),
    "assigned": Words("下达任务开发", "by an assigned task"),
}
"""How software was developed: 计算机软件保护条例 arts 9–12."""

COMMENTS: Final[Mapping[str, Words]] = {
    "kept": Words("保留注释", "comments kept"),
    "removed": Words("删除注释", "comments removed"),
}

DEPOSITS: Final[Mapping[str, Words]] = {
    "normal": Words("一般交存", "normal deposit"),
    "bars": Words("例外交存(机密部分涂黑)", "exceptional deposit, parts covered in black"),
}
"""计算机软件著作权登记办法 arts 10, 12."""

PARTY_KINDS: Final[Mapping[str, Words]] = {
    "natural_person": Words("自然人", "natural person"),
    "enterprise": Words("企业法人", "enterprise"),
    "state_organ": Words("机关法人", "state organ"),
    "public_institution": Words("事业单位法人", "public institution"),
    "association": Words("社会团体法人", "association"),
    "other_organisation": Words("其他组织", "other organisation"),
}

IDENTITY_PAPERS: Final[Mapping[str, Words]] = {
    "resident_id": Words("居民身份证", "resident identity card"),
    "officer_card": Words("军官证", "military officer's card"),
    "passport": Words("护照", "passport"),
    "business_licence": Words("营业执照(统一社会信用代码)", "business licence (USCC)"),
    "organisation_code": Words("组织机构代码证书", "organisation code certificate"),
    "institution_certificate": Words("事业单位法人证书", "public institution certificate"),
    "association_certificate": Words("社团法人证书", "association certificate"),
    "hk_macau_permit": Words("港澳居民来往内地通行证", "Hong Kong / Macau travel permit"),
    "taiwan_permit": Words("台湾居民来往大陆通行证", "Taiwan travel permit"),
    "residence_permit": Words("港澳台居民居住证", "Hong Kong / Macau / Taiwan residence permit"),
    "permanent_residence": Words("外国人永久居留身份证", "permanent residence card"),
    "other": Words("其他有效证件", "another valid paper"),
}
"""Of human beings named as `accounts.documents` has them."""

FORMER_PAPERS: Final[Mapping[str, str]] = {
    "hk_mo_permit": "hk_macau_permit", "tw_permit": "taiwan_permit",
}  # fmt: skip
"""As forms said it before; submissions of that time are never rewritten."""

SIGNATURES: Final[Mapping[str, Words]] = {
    "real_name": Words("本名", "own name"),
    "pen_name": Words("别名", "pen name"),
    "anonymous": Words("匿名", "anonymous"),
}

ELECTRONIC_MEDIA: Final[Mapping[str, Words]] = {
    "online": Words("在线提交", "submitted on line"),
    "cd_rom": Words("只读光盘(CD-ROM)", "CD-ROM"),
    "photo_cd": Words("照片光盘(Photo-CD)", "Photo-CD"),
    "ic_card": Words("集成电路卡(IC Card)", "integrated circuit card"),
    "dvd_rom": Words("高密度只读光盘(DVD-ROM)", "DVD-ROM"),
    "other": Words("其他", "other"),
}
"""SD-153; `online` is ours, for a sample that was never on a carrier."""

PAPER_MEDIA: Final[Mapping[str, Words]] = {
    "print": Words("印刷品", "printed matter"),
    "printout": Words("打印纸", "printout"),
}
"""SD-156."""

APPLICANT_KINDS: Final[Mapping[str, Words]] = {
    "individual": Words("个人", "individual"),
    "organisation": Words("法人或非法人组织", "organisation"),
}

RESIDENCES: Final[Mapping[str, Words]] = {
    "inside": Words("本地区", "inside the office's area"),
    "outside": Words("本地区以外", "outside the office's area"),
    "abroad": Words("境外(含港澳台)", "abroad, Hong Kong, Macau or Taiwan"),
}

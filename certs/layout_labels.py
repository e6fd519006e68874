"""What the names and codes of disclosed facts are called in print, Chinese and English.

A fact or code that is not in these tables is printed by its own name.
"""

from typing import Final

from certs.content import REGISTER_KINDS, CertificateContent, FactValue
from certs.layout_text import joined

FACTS: Final[dict[str, tuple[str, str]]] = {
    "title": ("作品名称", "Title"),
    "description": ("作品说明", "Description"),
    "category": ("作品类别", "Category"),
    "tags": ("标签", "Tags"),
    "creation_nature": ("创作性质", "Nature of creation"),
    "acquisition": ("权利取得方式", "Acquisition"),
    "completion_date": ("完成日期", "Completed on"),
    "depositor": ("存证人", "Depositor"),
    "authors": ("作者", "Authors"),
    "agent": ("代理人", "Agent"),
    "registration_number": ("登记号", "Registration no."),
    "registered_on": ("登记日期", "Registered on"),
    "office": ("登记机构", "Office"),
    "agency": ("初审机构", "Agency"),
    "matter_number": ("受理号", "Matter no."),
    "ownership": ("权利归属方式", "Ownership"),
    "owners": ("著作权人", "Owners"),
    "applicant": ("申请人", "Applicant"),
    "first_published_on": ("首次发表日期", "First published on"),
    "first_published_at": ("首次发表地点", "First published at"),
    "evidence_number": ("文件存证编号", "Evidence no. of the files"),
    "evidence_leaf": ("文件存证的叶", "Its leaf hash"),
    "record_sha256": ("登记记录摘要", "Record SHA-256"),
    "supervision": ("监制", "Supervision"),
    "revoked_on": ("撤销日期", "Revoked on"),
    "ground": ("撤销理由", "Ground"),
    "explanation": ("说明", "Explanation"),
    "registration_evidence": ("登记记录的存证编号", "Evidence of the entry"),
    "registration_leaf": ("登记记录的叶", "Leaf of the entry"),
    "document": ("依据的存证编号", "Evidence it rests on"),
    "software_short_name": ("软件简称", "Short name"),
    "software_version": ("版本号", "Version"),
    "rights": ("权利范围", "Rights"),
    "software_certificate_number": ("证书号", "Certificate no."),
}

_OF_SOFTWARE: Final[dict[str, tuple[str, str]]] = {"category": ("类别", "Category")}
"""Where a fact is called otherwise of software."""

TITLES: Final[dict[str, tuple[str, str]]] = {
    "evidence": ("存证证书", "Certificate of Evidence"),
    "copy": ("存证证书", "Certificate of Evidence"),
    "registration": ("作品登记证书", "Certificate of Work Registration"),
    "work_sample": ("作品样本", "Work Sample"),
}
"""What each kind of certificate is called."""

_SOFTWARE_TITLES: Final[dict[str, tuple[str, str]]] = {
    "registration": ("计算机软件著作权登记证书", "Certificate of Software Registration"),
    "work_sample": ("软件样本", "Software Sample"),
}

MOMENTS: Final[dict[str, tuple[str, str]]] = {
    "submitted": ("提交", "Submitted"),
    "stored": ("存入", "Stored"),
    "token": ("时间戳", "Time-stamp"),
    "block": ("区块", "Block"),
    "issued": ("出具", "Issued"),
}
"""The five times, named as on the public page (`momentsOf` in web/src/words.ts)."""

MOMENTS_OF_A_RECORD: Final[dict[str, tuple[str, str]]] = {
    **MOMENTS,
    "submitted": ("记录提交", "Record submitted"),
    "stored": ("文件存入", "Files stored"),
}
"""A register's record is submitted when its office decides; its files lie there since before."""


def title_of(content: CertificateContent) -> tuple[str, str]:
    """What this certificate is called: what a register issues of software has names of its own."""
    if is_software(content):
        return _SOFTWARE_TITLES.get(content.kind, TITLES[content.kind])
    return TITLES[content.kind]


def is_record(content: CertificateContent) -> bool:
    """Whether it is about what a register entered, or revoked: it rests on an earlier deposit."""
    return content.kind in REGISTER_KINDS or content.fact("record_sha256") is not None


def moments_of(content: CertificateContent) -> dict[str, tuple[str, str]]:
    """What its five times are called."""
    return MOMENTS_OF_A_RECORD if is_record(content) else MOMENTS


def is_software(content: CertificateContent) -> bool:
    """Whether what is registered is software."""
    return content.fact("category") == "software"


# Names of persons are typed in by whoever deposits; nobody has checked them.
UNVERIFIED: Final = frozenset({"depositor", "authors", "agent"})

# Facts whose text may have several lines.
MULTILINE: Final = frozenset({"description"})

# Printed elsewhere: in the table of files and among the times, which must agree with them.
ELSEWHERE: Final = frozenset(
    {"file_names", "media_types", "custody_mode", "submitted_at", "stored_at"}
)

CODES: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "ground": {
        "not_registrable": ("属不予登记的情形", "should have been refused"),
        "untrue": ("与事实不相符", "does not match the facts"),
        "requested": ("申请人申请", "at the applicant's request"),
        "duplicate": ("重复登记", "registered twice"),
        "judgment": ("依终审判决", "by a final judgment"),
        "penalty": ("依行政处罚决定", "by an administrative penalty decision"),
    },
    "rights": {"all": ("全部权利", "all"), "part": ("部分权利", "in part")},
    "creation_nature": {
        "original": ("原创", "original"),
        "adaptation": ("改编", "adaptation"),
        "translation": ("翻译", "translation"),
        "compilation": ("汇编", "compilation"),
        "annotation": ("注释", "annotation"),
        "arrangement": ("整理", "arrangement"),
        "other": ("其他", "other"),
    },
    "acquisition": {
        "original": ("原始取得", "by creation"),
        "inheritance": ("继承", "by inheritance"),
        "assignment": ("受让", "by assignment"),
        "succession": ("承受", "by succession"),
        "other": ("其他", "other"),
    },
    "ownership": {
        "individual": ("个人作品", "individual"),
        "joint": ("合作作品", "joint"),
        "legal_entity": ("法人作品", "of a legal entity"),
        "employment": ("职务作品", "made in employment"),
        "commissioned": ("委托作品", "commissioned"),
    },
    "category": {
        "text": ("文字", "literary"),
        "literary": ("文字", "literary"),
        "oral": ("口述", "oral"),
        "music": ("音乐", "music"),
        "drama": ("戏剧", "drama"),
        "quyi": ("曲艺", "quyi"),
        "dance": ("舞蹈", "dance"),
        "acrobatics": ("杂技", "acrobatics"),
        "fine_art": ("美术", "fine art"),
        "architecture": ("建筑", "architecture"),
        "photograph": ("摄影", "photography"),
        "photography": ("摄影", "photography"),
        "audiovisual": ("视听", "audiovisual"),
        "graphic": ("图形", "graphic"),
        "model": ("模型", "model"),
        "software": ("计算机软件", "software"),
        "other": ("其他", "other"),
    },
}

UNVERIFIED_MARK: Final = ("申报，未核验", "declared, not verified")


def label(name: str, *, software: bool = False) -> tuple[str, str]:
    """Chinese and English label of a fact; its own name twice over is shortened to once."""
    if software and name in _OF_SOFTWARE:
        return _OF_SOFTWARE[name]
    return FACTS.get(name, (name, ""))


def printed(name: str, value: FactValue) -> str:
    """A fact's value as printed: as disclosed; a known code in words, its meaning before it."""
    if isinstance(value, tuple):
        return joined(value)
    meaning = CODES.get(name, {}).get(str(value))
    if meaning is None:
        return str(value)
    return f"{meaning[0]} {str(value).replace('_', ' ')}"

"""The pages of a registration certificate and of a work sample: what the register says, in print.

The first page has the items of the national certificate in their order (登记号 … 登记机构签章);
what proves them follows. A seal is drawn only where an office in
force has its own; elsewhere the place says that there is none.
"""

from datetime import date
from io import BytesIO
from typing import Final

from reportlab.lib.utils import ImageReader

from certs.layout_flow import LEFT, RIGHT, Flow, Picture, Style
from certs.layout_labels import ELSEWHERE, is_software, label, printed, title_of
from certs.layout_page import ALERT, DEEP, GOLD, PAGE, QUIET, TINT
from certs.layout_sections import CODE, code, local, ornament, utc

_FIRST_PAGE: Final = (
    ("registration_number", "登记号", "Registration no."),
    ("title", "作品/制品名称", "Title"),
    ("category", "作品类别", "Category"),
    ("authors", "作者", "Authors"),
    ("owners", "著作权人", "Owners"),
    ("completion_date", "创作/制作完成日期", ""),
)
"""In the order of the national certificate."""

_OWN_NUMBER: Final = "software_certificate_number"
"""Printed where the office's certificates have a number of their own."""

_SOFTWARE: Final = (
    ("registration_number", "登记号", "Registration no."),
    (_OWN_NUMBER, "证书号", "Certificate no."),
    ("title", "软件名称", "Software"),
    ("software_short_name", "软件简称", "Short name"),
    ("software_version", "版本号", "Version"),
    ("owners", "著作权人", "Owners"),
    ("completion_date", "开发完成日期", "Completed on"),
)
_SOFTWARE_AFTER: Final = (
    ("acquisition", "权利取得方式", "Acquisition"),
    ("rights", "权利范围", "Rights"),
)
"""Of software, and what follows its day of publication; usual practice, not confirmed."""

_SAID: Final = frozenset(
    {*(name for name, _, _ in _FIRST_PAGE), "first_published_on", "applicant", "office",
     "registered_on", "supervision", "depositor"}
)  # fmt: skip
_SAID_OF_SOFTWARE: Final = _SAID - {"category", "authors"} | frozenset(
    name for name, _, _ in (*_SOFTWARE, *_SOFTWARE_AFTER)
)
_SHORT: Final = 8
_PICTURE: Final = 300.0
_SEAL, _WIDE = 104.0, 190.0
_SCOPE: Final = 78.0


def register_head(flow: Flow) -> None:
    """Office, title, the mark of a sample, and the code that leads to the public page."""
    content, sheet = flow.content, flow.sheet
    heading, text = flow.roles.heading, flow.roles.text
    top = PAGE[1]
    zh, en = title_of(content)
    sheet.centred(top - 88, _said(flow, "office"), 11, heading, colour=DEEP, spacing=2)
    size, spacing = (26, 6) if len(zh) > _SHORT else (34, 10)
    sheet.centred(top - 140, zh, size, heading, colour=DEEP, spacing=spacing)
    sheet.centred(top - 160, en.upper(), 10, text, colour=GOLD, spacing=3.2)
    ornament(flow, top - 176)
    y = top - 176
    if content.sample:
        y -= 16
        sheet.centred(
            y,
            "样本 SAMPLE  由试用安装出具，不是登记机构的证书"
            "  issued by a trial installation: no certificate of an authority",
            7.6,
            text,
            colour=ALERT,
        )
    code(flow, y - 18)
    flow.y = y - 14


def entry(flow: Flow) -> None:
    """The items of the certificate, the sentence that registers, date, seal and supervision."""
    content = flow.content
    narrow = RIGHT - LEFT - CODE - 18
    software = is_software(content)
    for name, zh, en in _SOFTWARE if software else _FIRST_PAGE:
        value = content.fact(name)
        if value is None and name == _OWN_NUMBER:
            continue
        style = flow.text
        if name in {"registration_number", "title"}:
            style = Style(12.5, flow.roles.heading, DEEP)
        flow.row(
            zh, en, "" if value is None else printed(name, value), style=style,
            field=f"facts.{name}", limit=0 if name == "completion_date" else narrow,
        )  # fmt: skip
        if name == "owners":
            flow.y = min(flow.y, PAGE[1] - 176 - 16 - 36 - CODE)
    published = content.fact("first_published_on")
    # The national certificate of works leaves the place empty (TJ-140); an empty place could be
    # filled in by anybody, and does not tell what was never published from what nobody stated.
    flow.row(
        "首次发表日期" if software else "首次发表/出版/制作日期",
        "Published" if software else "",
        "未发表 unpublished" if published is None else str(published),
    )
    for name, zh, en in _SOFTWARE_AFTER if software else ():
        value = content.fact(name)
        flow.row(zh, en, "" if value is None else printed(name, value), field=f"facts.{name}")
    if content.kind == "registration":
        _registered(flow)


def _sentence(flow: Flow) -> tuple[str, str]:
    """The sentence that registers, Chinese and English."""
    applicant, office = _said(flow, "applicant"), _said(flow, "office")
    if is_software(flow.content):
        return (
            (
                "根据《计算机软件保护条例》和《计算机软件著作权登记办法》的规定，"
                f"经 {office} 审核，对以上事项予以登记。"
            ),
            (
                "The above, examined by the office, is registered under the Regulations on the"
                " Protection of Computer Software and the Measures for the Registration of"
                " Software."
            ),
        )
    return (
        (
            f"以上事项，由 {applicant} 申请，经 {office} 审核，"
            "根据《作品自愿登记试行办法》规定，予以登记。"
        ),
        (
            "The above, applied for by the applicant and examined by the office, is registered"
            " under the Trial Measures for the Voluntary Registration of Works."
        ),
    )


def _registered(flow: Flow) -> None:
    zh, en = _sentence(flow)
    flow.gap(10)
    flow.paragraph(zh, Style(10.4, flow.roles.text), leading=1.7, field="facts.applicant")
    flow.gap(2)
    flow.paragraph(en, Style(7.6, flow.roles.text, QUIET))
    flow.room(_SEAL + 60)
    flow.gap(16)
    top, sheet, roles = flow.y, flow.sheet, flow.roles
    left = RIGHT - _WIDE
    sheet.text(left, top - 12, "登记机构签章", 8.6, roles.text, colour=DEEP)
    sheet.text(left + 58, top - 12, "Seal of the office", 6.9, roles.text, colour=QUIET)
    _seal(flow, left, top - 24)
    sheet.text(LEFT, top - 12, "登记日期", 8.6, roles.text, colour=DEEP)
    sheet.text(LEFT + 40, top - 12, "Registered on", 6.9, roles.text, colour=QUIET)
    day = date.fromisoformat(_said(flow, "registered_on"))
    sheet.text(
        LEFT, top - 34, f"{day.year} 年 {day.month} 月 {day.day} 日", 13, roles.heading, colour=DEEP
    )
    flow.y = top - 24 - _SEAL - 12
    supervision = flow.content.fact("supervision")
    if supervision is not None:
        flow.gap(12)
        sheet.centred(flow.y, str(supervision), 9.5, roles.heading, colour=DEEP, spacing=1.5)


def _seal(flow: Flow, left: float, top: float) -> None:
    """The seal's picture in its place; where there is none, the place says why.

    Software has another seal, and never bears that of works.
    """
    sheet, seals = flow.sheet, flow.seals
    software = is_software(flow.content)
    bears = None if seals is None else seals.software if software else seals.works
    if bears is not None:
        image = ImageReader(BytesIO(bears))
        wide, high = image.getSize()
        scale = min(_WIDE / wide, _SEAL / high)
        wide, high = wide * scale, high * scale
        x, y = left + (_WIDE - wide) / 2, top - (_SEAL + high) / 2
        flow.pictures.append(Picture(sheet, image, x, y, wide, high))
        return
    sheet.box(left, top - _SEAL, _WIDE, _SEAL, stroke=QUIET, weight=0.4)
    note = (
        "样本不加盖印章 no seal on a sample"
        if flow.content.sample
        else "以电子签名签发 signed electronically"
    )
    sheet.text(left + 12, top - _SEAL / 2, note, 8, flow.roles.text, colour=ALERT)


def picture(flow: Flow, data: bytes) -> None:
    """The work itself, small, as it was deposited."""
    image = ImageReader(BytesIO(data))
    wide, high = image.getSize()
    scale = min((RIGHT - LEFT) / wide, _PICTURE / high)
    wide, high = wide * scale, high * scale
    flow.room(high + 24)
    flow.gap(14)
    x, y = (PAGE[0] - wide) / 2, flow.y - high
    flow.pictures.append(Picture(flow.sheet, image, x, y, wide, high))
    flow.sheet.box(x, y, wide, high, stroke=GOLD, weight=0.5)
    flow.y = y - 6


def record(flow: Flow) -> None:
    """What else the register's record says, and the evidence that it grew from.

    The certificate's first page is its own; a sample goes on where its files end.
    """
    if flow.content.kind == "registration":
        flow.new_page()
    flow.title("登记记录", "The record in the register")
    software = is_software(flow.content)
    told = _SAID_OF_SOFTWARE if software else _SAID
    for fact in flow.content.facts:
        if fact.name in told or fact.name in ELSEWHERE:
            continue
        zh, en = label(fact.name, software=software)
        hexadecimal = fact.name in {"record_sha256", "evidence_leaf", "evidence_number"}
        flow.row(
            zh, en, printed(fact.name, fact.value),
            style=flow.mono if hexadecimal else flow.text, field=f"facts.{fact.name}",
        )  # fmt: skip


def register_scope(flow: Flow) -> None:
    """What the certificate proves and what it does not, and who signed it how."""
    content = flow.content
    since = content.times.token.gen_time
    flow.room(160)
    flow.title("证明什么，不证明什么", "What this proves, and what it does not")
    flow.room(_SCOPE + 6)
    flow.gap(4)
    top = flow.y
    flow.sheet.box(LEFT, top - _SCOPE, RIGHT - LEFT, _SCOPE, fill=TINT)
    flow.sheet.box(LEFT, top - _SCOPE, 2, _SCOPE, fill=DEEP)
    flow.gap(3)
    small = Style(7.8, flow.text.faces, QUIET)
    flow.paragraph(
        f"证明：此登记记录及所列文件自 {local(since)} 起以此形式存在且未改动；"
        "登记是权属的初步证明。",
        indent=12,
    )
    flow.paragraph(
        f"Proves: this record and the files listed existed in this form since {utc(since)},"
        " unchanged; a registration is preliminary proof of ownership.",
        small,
        indent=12,
    )
    flow.paragraph(
        "不证明：作者身份、独创性、合法性；登记机构作形式审查，有相反证据的，以相反证据为准。",
        indent=12,
    )
    flow.paragraph(
        "Does not prove: authorship, originality or legality; the office examines form only, and"
        " better evidence to the contrary prevails.",
        small,
        indent=12,
    )
    flow.y = top - _SCOPE - 6
    issuer = content.issuer
    flow.row("出具方", "Issuer", f"{issuer.name_zh} {issuer.name_en}", field="issuer")
    flow.row(
        "签名",
        "Signature",
        "对全文件的一个数字签名，签后不可改动 one digital signature over the whole file, no"
        " changes allowed (PAdES B-LT, DocMDP P1)",
    )
    flow.row("信任文件", "Trust file SHA-256", content.trust_sha256, style=flow.mono)


def _said(flow: Flow, name: str) -> str:
    value = flow.content.fact(name)
    return value if isinstance(value, str) else ""

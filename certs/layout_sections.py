"""The parts of a certificate, in the order they are read.

Promises: every printed value comes from the content, none is made up here but fixed wording; what
was only declared says so beside it; the wording claims existence and integrity and nothing more.
"""

from datetime import datetime, timedelta, timezone
from typing import Final

import qrcode
from qrcode.constants import ERROR_CORRECT_M

from certs.content import HASH_ONLY, NEVER_SEEN_MARK, FileEntry
from certs.layout_flow import LEFT, RIGHT, Flow, Style
from certs.layout_labels import (
    ELSEWHERE,
    UNVERIFIED,
    UNVERIFIED_MARK,
    is_record,
    label,
    moments_of,
    printed,
)
from certs.layout_page import ALERT, DEEP, GOLD, INK, PAGE, PALE, QUIET, TINT, Brush, numbers
from certs.layout_text import wrap
from core.canonical import parse_time

_BEIJING: Final = timezone(timedelta(hours=8))
_QR: Final = 96.0
_QUIET_ZONE: Final = 8.0
CODE: Final = _QR + 2 * _QUIET_ZONE
"""How wide and high the frame of the QR code is."""
_MASK: Final = 3


def local(at: str) -> str:
    """A time as people in China read it, zone named."""
    moment = parse_time(at).astimezone(_BEIJING)
    return f"{_stamp(moment)} 北京时间 UTC+8"


def utc(at: str) -> str:
    """The same time in UTC, zone named."""
    return f"{_stamp(parse_time(at))} UTC"


def _stamp(moment: datetime) -> str:
    # A block counts whole seconds, as some authorities do: ".000" would claim to know better, and
    # put the block before the token that it holds.
    part = moment.microsecond // 1000
    return f"{moment:%Y-%m-%d %H:%M:%S}" + (f".{part:03d}" if part else "")


def head(flow: Flow) -> None:
    """Issuer, title, the sentence that matters, and the code that leads to the public page."""
    content, sheet = flow.content, flow.sheet
    heading, text = flow.roles.heading, flow.roles.text
    top = PAGE[1]
    issuer = content.issuer
    sheet.centred(top - 82, issuer.name_zh, 11, heading, colour=DEEP, spacing=2, field="issuer")
    sheet.centred(top - 95, issuer.name_en, 7.8, text, colour=QUIET, field="issuer")
    sheet.centred(top - 143, "存证证书", 34, heading, colour=DEEP, spacing=12)
    sheet.centred(top - 163, "CERTIFICATE OF EVIDENCE", 10, text, colour=GOLD, spacing=3.2)
    ornament(flow, top - 179)
    y = top - 179
    if content.kind == "copy":
        y -= 16
        sheet.centred(
            y,
            "披露副本：只含所列事项 Disclosure copy: only the facts listed",
            8,
            text,
            colour=QUIET,
        )
    if content.sample:
        y -= 16
        sheet.centred(
            y,
            "样本 SAMPLE  链、时间或签名由出具方自行控制，不是正式证书"
            "  the issuer itself controls chain, time or keys: not a formal certificate",
            7.6,
            text,
            colour=ALERT,
        )
    code(flow, y - 18)
    flow.y = y - 18
    _numbers(flow)
    _attest(flow)
    flow.y = min(flow.y, y - 18 - CODE - 16)


def ornament(flow: Flow, y: float) -> None:
    middle = PAGE[0] / 2
    sheet = flow.sheet
    for side in (-1, 1):
        sheet.line(middle + side * 9, y, middle + side * 118, y, GOLD, 0.7)
        sheet.line(middle + side * 9, y - 2, middle + side * 84, y - 2, PALE, 0.5)
    diamond = [(middle, y + 4), (middle + 4.5, y - 1), (middle, y - 6), (middle - 4.5, y - 1)]
    sheet.path(diamond, GOLD, weight=0)


def code(flow: Flow, top: float) -> None:
    """The QR code as filled runs of modules (vector), with its caption: framed, against the right
    margin, from `top` down.
    """
    x, y = RIGHT - CODE + _QUIET_ZONE, top - CODE + _QUIET_ZONE
    # A fixed mask: trying all eight takes longer than drawing the page; readers do not care.
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0, mask_pattern=_MASK)
    code.add_data(flow.content.verify_url)
    code.make(fit=True)
    rows = code.get_matrix()
    unit = _QR / len(rows)
    runs = []
    for down, row in enumerate(rows):
        start = None
        for at, dark in enumerate([*row, False]):
            if dark and start is None:
                start = at
            elif not dark and start is not None:
                runs.append((start, -down - 1, at - start))
                start = None
    sheet = flow.sheet
    # The paper under the code is made white: the quiet zone must not carry the sample mark.
    sheet.box(RIGHT - CODE, top - CODE, CODE, CODE, fill=(1, 1, 1), stroke=PALE)

    def drawing(brush: Brush) -> None:
        brush.write(f"{unit:.5f} 0 0 {unit:.5f} {numbers((x, y + _QR))} cm")
        brush.fill(INK)
        brush.write(" ".join([f"{at} {down} {wide} 1 re" for at, down, wide in runs]) + " f")

    sheet.paint(drawing)
    faces = flow.roles.text
    sheet.right(RIGHT, top - CODE - 10, "扫码核验 Scan to verify", 7.2, faces, colour=QUIET)


def _numbers(flow: Flow) -> None:
    content, sheet = flow.content, flow.sheet
    roles = flow.roles
    for zh, en, value in (
        ("证书号", "Certificate no.", content.certificate_number),
        ("短摘要", "Short digest", content.short_digest),
    ):
        flow.gap(15)
        used = sheet.text(LEFT, flow.y, zh, 8.6, roles.text, colour=DEEP)
        sheet.text(LEFT + used + 4, flow.y, en, 6.9, roles.text, colour=QUIET)
        sheet.text(LEFT + 96, flow.y, value, 9.6, roles.mono)
    flow.gap(6)


def _attest(flow: Flow) -> None:
    content = flow.content
    since = content.times.token.gen_time
    limit = RIGHT - LEFT - CODE - 22
    if content.custody_mode == HASH_ONLY:
        zh = f"本证书证明：下列申报摘要自 {local(since)} 起存在，未改动；文件未经本平台查看。"
        en = (
            f"This certifies that the declared digests below have existed, unchanged, since"
            f" {utc(since)}. The platform has never seen the files."
        )
    else:
        zh = f"本证书证明：下列文件自 {local(since)} 起以此形式存在，此后任一改动可以查出。"
        en = (
            f"This certifies that the files below have existed in exactly this form since"
            f" {utc(since)}; any later change to them can be found out."
        )
    flow.gap(4)
    flow.paragraph(zh, Style(10.6, flow.text.faces), limit=limit, leading=1.6)
    flow.gap(3)
    flow.paragraph(en, Style(8, flow.text.faces, QUIET), limit=limit)


def facts(flow: Flow) -> None:
    """The disclosed facts, in the order given; persons are marked as declared."""
    content = flow.content
    flow.title("作品", "The work, as declared")
    for fact in content.facts:
        if fact.name in ELSEWHERE:
            continue
        zh, en = label(fact.name)
        mark = UNVERIFIED_MARK if fact.name in UNVERIFIED else None
        style = Style(11, flow.text.faces) if fact.name == "title" else flow.text
        flow.row(
            zh, en, printed(fact.name, fact.value), style=style, mark=mark,
            field=f"facts.{fact.name}",
        )  # fmt: skip
    version = str(content.family.version)
    if content.family.previous is not None:
        version += f" · 前一版本的叶 leaf of the version before: {content.family.previous}"
    flow.row("版本", "Version", version)


def files(flow: Flow) -> None:
    """Every file of the statement with its digests, then the statement's, which lists them.

    Over as many pages as it takes.
    """
    content = flow.content
    # Heading and first file stand together, as far as a name of two lines goes.
    flow.title("文件", f"Files ({len(content.files)})", together=104)
    names, kinds = content.fact("file_names"), content.fact("media_types")
    for at, entry in enumerate(content.files):
        name = str(names[at]) if isinstance(names, tuple) else "(未披露名称 name not disclosed)"
        kind = str(kinds[at]) if isinstance(kinds, tuple) and at < len(kinds) else ""
        _file(flow, entry, name, kind)
    flow.row("声明", "Statement SHA-256", content.statement_sha256, style=flow.mono)


def _file(flow: Flow, entry: FileEntry, name: str, kind: str) -> None:
    sheet_faces, mono = flow.roles.text, flow.roles.mono
    marked = flow.content.custody_mode == HASH_ONLY
    lines = len(wrap(name, flow.text.size, sheet_faces, RIGHT - LEFT - 20, "facts.file_names"))
    # A file's name and digests are read together, so they stay on one page.
    flow.room(min(14 * lines, 400) + (62 if marked else 42))
    flow.gap(1)
    top = flow.y - 9.2 * 1.42
    flow.sheet.text(LEFT, top, f"{entry.position}", 9.2, sheet_faces, colour=GOLD)
    flow.paragraph(name, flow.text, indent=20, field="facts.file_names")
    details = f"{kind}   {entry.size:,} 字节 bytes" if kind else f"{entry.size:,} 字节 bytes"
    flow.paragraph(details, flow.small, indent=20, field="facts.media_types")
    for algorithm, digest in (("SHA-256", entry.sha256), ("SM3", entry.sm3)):
        if digest is None:
            continue
        flow.room(12)
        flow.gap(11.4)
        flow.sheet.text(LEFT + 20, flow.y, algorithm, 7, sheet_faces, colour=DEEP)
        flow.sheet.text(LEFT + 58, flow.y, digest, 7.6, mono)
        if marked:
            flow.gap(9.6)
            flow.sheet.text(
                LEFT + 58, flow.y, " ".join(NEVER_SEEN_MARK), 6.8, sheet_faces, colour=ALERT
            )
    flow.gap(5)
    flow.sheet.line(LEFT, flow.y, RIGHT, flow.y, (0.87, 0.87, 0.85), 0.3)


def times(flow: Flow) -> None:
    """The five times, each with its source and who controls that source."""
    content = flow.content
    moments = content.times
    token, block = moments.token, moments.block
    ours = "来源：出具方的时钟，由出具方控制。The issuer's own clock, controlled by the issuer."
    flow.title("五个时间", "Five times, and who controls each", together=240)
    names = moments_of(content)
    submitted = (names["submitted"], moments.submitted_at, ours)
    stored = (names["stored"], moments.stored_at, ours)
    # A register's record is about files that were stored before it: in the order of time.
    for name, at, note in (stored, submitted) if is_record(content) else (submitted, stored):
        if at is None:
            flow.row(*name, "—", note=f"{NEVER_SEEN_MARK[0]}。{NEVER_SEEN_MARK[1]}.")
        else:
            _time(flow, name, at, note)
    _time(
        flow,
        names["token"],
        token.gen_time,
        f"{token.tsa_name}，RFC 3161，序号 serial {token.serial}，policy {token.policy}。"
        f"{_sentence(token.controller_zh, token.controller_en)}",
    )
    _time(
        flow,
        names["block"],
        block.time,
        f"{content.chain.name_zh} {content.chain.name_en}，区块 block {block.number}，"
        f"由区块自报 as the block claims。"
        f"{_sentence(block.controller_zh, block.controller_en)}",
    )
    _time(flow, names["issued"], moments.issued_at, ours)


def _sentence(zh: str, en: str) -> str:
    return f"{zh}。{en[:1].upper()}{en[1:]}."


def _time(flow: Flow, name: tuple[str, str], at: str, note: str) -> None:
    flow.room(44)
    flow.row(*name, f"{local(at)}   {utc(at)}", note=note, field="times")


def chain(flow: Flow) -> None:
    """Where the commitment stands on the chain, from the statement's leaf to the block."""
    content = flow.content
    mono, link, tree = flow.mono, flow.content.chain, flow.content.tree
    flow.title("区块链记录", "Record on the blockchain", together=210)
    flow.row("叶", "Leaf hash", content.leaf_hash, style=mono)
    flow.row("根", "Merkle root", tree.root, style=mono)
    flow.row(
        "位置",
        "Place in tree",
        f"第 {tree.index + 1} 叶，共 {tree.size} 叶  leaf index {tree.index}, tree size"
        f" {tree.size}, path length {tree.path_length} (RFC 6962)",
    )
    flow.row("链", "Chain", f"{link.name_zh} {link.name_en}，chain id {link.chain_id}")
    flow.row("合约", "Contract", link.contract, style=mono)
    flow.row("交易", "Transaction", link.transaction, style=mono)
    flow.row(
        "区块",
        "Block",
        f"{link.block_number}，日志 log index {link.log_index}，"
        f"确认 confirmations {link.confirmations}",
    )
    flow.row("区块摘要", "Block hash", link.block_hash, style=mono)


def scope(flow: Flow) -> None:
    """What the certificate proves and what it does not, and who signed it how."""
    content = flow.content
    since = content.times.token.gen_time
    issuer = content.issuer
    flow.title("证明什么，不证明什么", "What this proves, and what it does not")
    flow.room(74)
    flow.gap(4)
    top = flow.y
    flow.sheet.box(LEFT, top - 60, RIGHT - LEFT, 60, fill=TINT)
    flow.sheet.box(LEFT, top - 60, 2, 60, fill=DEEP)
    flow.gap(3)
    small = Style(7.8, flow.text.faces, QUIET)
    if content.custody_mode == HASH_ONLY:
        zh = f"证明：所列摘要自 {local(since)} 起已申报，未改动；平台从未见过文件。"
        en = (
            f"Proves: these digests were declared by {utc(since)}, unchanged; the platform has"
            " never seen the files."
        )
    else:
        zh = f"证明：自 {local(since)} 起以此形式存在，未改动；并列明提交者（申报，未核验）。"
        en = (
            f"Proves: existence in this form since {utc(since)}, unchanged; names the depositor"
            " (declared, not verified)."
        )
    flow.paragraph(zh, indent=12)
    flow.paragraph(en, small, indent=12)
    flow.paragraph(
        "不证明：作者身份、独创性、合法性。仅为初步证据，不是著作权登记证书。", indent=12
    )
    flow.paragraph(
        "Does not prove: authorship, originality or legality. Preliminary evidence, not a copyright"
        " registration.",
        small,
        indent=12,
    )
    flow.y = top - 66
    flow.row("出具方", "Issuer", f"{issuer.name_zh} {issuer.name_en}", field="issuer")
    if issuer.uscc is not None:
        flow.row("统一社会信用代码", "USCC", issuer.uscc, style=flow.mono, field="issuer")
    if issuer.filing_number is not None:
        flow.row("备案编号", "CAC filing", issuer.filing_number, field="issuer")
    flow.row(
        "签名",
        "Signature",
        "对全文件的一个数字签名，签后不可改动 one digital signature over the whole file, no"
        " changes allowed (PAdES B-LT, DocMDP P1)",
    )
    flow.row("信任文件", "Trust file SHA-256", content.trust_sha256, style=flow.mono)
    for note in content.notes:
        flow.row("附注", "Note", note, field="notes")

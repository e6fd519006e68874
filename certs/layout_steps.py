"""The last page: how to check the certificate by hand, without us and without our software.

Every command here is run by the tests against a real certificate, word for word.
"""

from collections.abc import Sequence

from certs.content import CertificateContent
from certs.layout_flow import LEFT, RIGHT, Flow, Style
from certs.layout_page import GOLD, QUIET
from certs.pdfparts import Attachment

Step = tuple[str, str, Sequence[str]]


def commands(content: CertificateContent) -> list[Step]:
    """Chinese text, English text and shell commands of each step."""
    return [*_of_the_certificate(content), *_of_its_time(), *_of_the_chain()]


def _of_the_certificate(content: CertificateContent) -> list[Step]:
    first = content.files[0]
    return [
        (
            (
                "核对签名：应对全文件有效（[0 - B], [C - D]）；issuer-root.pem 在证据包 ZIP 的"
                " trust/ 内，须是信任文件所列。"
            ),
            (
                "It is valid for the total document, [0 - B], [C - D], under issuer-root.pem (in"
                " trust/ of the ZIP), which the trust file must name."
            ),
            [
                "pdfsig certificate.pdf; pdfsig -dump certificate.pdf; sha256sum yinji-trust.json",
                "(head -c B certificate.pdf; tail -c +$((C + 1)) certificate.pdf) > covered.bin",
                (
                    "openssl cms -verify -cades -binary -inform DER -in certificate.pdf.sig0"
                    " -content covered.bin -CAfile issuer-root.pem -no-CApath -no-CAstore"
                    " -purpose any -out /dev/null"
                ),
            ],
        ),
        (
            "取出附件。",
            "Take out the attachments.",
            ["pdfdetach -saveall certificate.pdf"],
        ),
        (
            "计算文件摘要，应与证书所列相同。",
            f"It must be the one printed (file 1: {first.sha256[:8]}…{first.sha256[-8:]}).",
            ["sha256sum FILE"],
        ),
        (
            "计算声明摘要，应与证书相同；声明内须有文件的摘要。",
            "Digest the statement: it must be the one printed, and contain each file's digest.",
            ["sha256sum statement.json", f"grep -c {first.sha256} statement.json"],
        ),
    ]


def _of_its_time() -> list[Step]:
    return [
        (
            "核对时间戳：应是 OK；tsa-root.pem 也在 ZIP 的 trust/ 内，须是信任文件所列。",
            (
                "Check the time-stamp (Verification: OK) with tsa-root.pem, also in trust/ of the"
                " ZIP, which the trust file must name; read its time."
            ),
            [
                "openssl ts -verify -in timestamp.tsr -data statement.json -CAfile tsa-root.pem",
                "openssl ts -reply -in timestamp.tsr -text",
            ],
        ),
    ]


def _of_the_chain() -> list[Step]:
    return [
        (
            "计算叶：应与证书相同。",
            "Compute the leaf: it must be the one printed.",
            ["(printf '\\000'; cat statement.json) | sha256sum"],
        ),
        (
            "由叶起，以 proof.json 的路径计算（左在前），应与证书所列的根相同（须有 xxd）。",
            (
                "Follow the path in proof.json, left before right, to the root printed (RFC 6962)."
                " One leaf is its own root. It takes xxd."
            ),
            ["printf '01%s%s' LEFT RIGHT | xxd -r -p | sha256sum"],
        ),
        (
            "在链上查此交易：合约日志须有此根与叶数。不查链时，以 block.json 核对到区块摘要。",
            (
                "Look the transaction up on the chain: the log must carry this root and tree size."
                " Without a node, block.json leads to the block hash."
            ),
            [],
        ),
    ]


def steps(flow: Flow, attachments: Sequence[Attachment]) -> None:
    """Draw the page; it always begins on a fresh one."""
    flow.new_page()
    flow.title("人工核验", "Checking by hand, without us")
    flow.gap(2)
    small = Style(7.6, flow.text.faces, QUIET)
    for at, (zh, en, lines) in enumerate(commands(flow.content), start=1):
        flow.room(40 + 12 * len(lines))
        flow.gap(4)
        flow.sheet.text(LEFT, flow.y - 12.6, str(at), 10, flow.text.faces, colour=GOLD)
        flow.paragraph(zh, Style(8.8, flow.text.faces), indent=14)
        flow.paragraph(en, small, indent=14)
        flow.gap(2)
        flow.command(lines)
    flow.gap(6)
    flow.sheet.line(LEFT, flow.y, RIGHT, flow.y, GOLD, 0.35)
    flow.gap(2)
    listed = "  ".join(f"{item.name} ({len(item.data):,})" for item in attachments)
    flow.paragraph(f"附件 Attachments (字节 bytes): {listed}", small)
    flow.paragraph(f"核验页 Public page: {flow.content.verify_url}", small, field="verify_url")
    flow.paragraph(
        "查不到不等于伪造。扫码前，核对网址是出具方的。"
        "Not found does not mean forged. Before scanning, check that the address is the issuer's.",
        small,
    )

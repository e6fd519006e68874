"""From content to an unsigned PDF 1.7: pages, embedded fonts, attachments, metadata.

Promises: equal content and attachments give equal bytes; every printed character is drawn by an
embedded font or the call fails by name (`InvalidInput`); the text can be extracted exactly; a
sample says 样本 SAMPLE on every page.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Final

from certs.binding import bind
from certs.content import CertificateContent, to_canonical
from certs.glyphs import check_glyphs, roles
from certs.layout_flow import Flow
from certs.layout_labels import MULTILINE, title_of
from certs.layout_page import frame
from certs.layout_register import entry, picture, record, register_head, register_scope
from certs.layout_sections import chain, facts, files, head, scope, times
from certs.layout_steps import steps
from certs.pdfparts import Attachment, Description
from certs.seals import Seals
from core.canonical import parse_time
from core.errors import InvalidInput

__all__ = ["Attachment", "render", "warm"]

_FILE_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")
_PARTS: Final = {
    "registration": (register_head, entry, record, files, times, chain, register_scope),
    "work_sample": (register_head, entry, files, record, times, chain, register_scope),
}


def warm() -> None:
    """Load the fonts now, so that the first certificate of a process is as fast as the rest."""
    roles()


def render(
    content: CertificateContent,
    attachments: Sequence[Attachment],
    shown: bytes | None = None,
    seals: Seals | None = None,
) -> bytes:
    """The unsigned certificate; `shown` is a picture of the work, for a work sample, `seals` those
    of the office. No sample is sealed.

    Raises `InvalidInput` naming the field when a value holds a character that cannot be printed,
    or when attachment names repeat or are not plain ASCII file names.
    """
    names = [item.name for item in attachments]
    if len(set(names)) != len(names) or not all(map(_FILE_NAME.fullmatch, names)):
        raise InvalidInput(
            "附件名重复或不合规定 / attachment names must differ and be plain", field="attachments"
        )
    _check_facts(content)
    if content.sample and seals is not None:
        raise InvalidInput("样本不加盖印章 / no seal on a sample", field="seal")
    flow = Flow(content, seals)
    flow.new_page()
    for part in _PARTS.get(content.kind, (head, facts, files, times, chain, scope)):
        part(flow)
        if part is entry and shown is not None:
            picture(flow, shown)
    steps(flow, attachments)
    flow.foot()
    return _assemble(content, flow, attachments)


def _check_facts(content: CertificateContent) -> None:
    """Refuse what would print as something else; a line end inside a name could forge a row."""
    for fact in content.facts:
        items = fact.value if isinstance(fact.value, tuple) else (fact.value,)
        for item in items:
            check_glyphs(str(item), f"facts.{fact.name}", lines=fact.name in MULTILINE)


def _assemble(content: CertificateContent, flow: Flow, attachments: Sequence[Attachment]) -> bytes:
    created = parse_time(content.times.issued_at)
    title = f"{' '.join(title_of(content))} {content.certificate_number}"
    said = Description(
        title=f"样本 SAMPLE {title}" if content.sample else title,
        author=content.issuer.name_zh,
        subject="存在与完整性 existence and integrity",
        identifier=content.certificate_number,
        created=created,
        identity=_identity(content, attachments),
    )
    return bind(
        frame(sample=content.sample),
        flow.sheets,
        said,
        pictures=flow.pictures,
        attachments=attachments,
    )


def _identity(content: CertificateContent, attachments: Sequence[Attachment]) -> bytes:
    """Sixteen bytes that differ when what is said or attached differs."""
    whole = hashlib.sha256(to_canonical(content))
    for item in attachments:
        whole.update(item.name.encode("ascii") + b"\0" + hashlib.sha256(item.data).digest())
    return whole.digest()[:16]

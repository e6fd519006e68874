"""Drawing and signing a certificate from its frozen content. Slow to import: pyHanko, reportlab."""

from collections.abc import Mapping
from datetime import datetime

from certs import content as said
from certs import documents as names
from certs.pades import DocumentSigner, TimestampCall
from certs.pdf import Attachment, render
from certs.seals import Seals

_TYPES = {
    names.STATEMENT: "规范声明 canonical statement",
    names.TOKEN: "RFC 3161 时间戳 time-stamp response",
    names.PROOF: "默克尔证明 inclusion proof",
    names.BLOCK: "区块与收据证明 block header and receipt proof",
    names.DISCLOSURES: "披露的事实 disclosed facts",
    names.CUSTODY: "保管记录 chain of custody",
    names.CONTENT: "证书内容 certificate content",
    names.STATUS: "出具时的状态 status when issued",
}

_MEDIA_TYPES = {names.TOKEN: "application/timestamp-reply"}


def make(
    content: bytes,
    documents: Mapping[str, bytes],
    signer: DocumentSigner,
    timestamp: TimestampCall,
    *,
    now: datetime,
    shown: bytes | None = None,
    seals: Seals | None = None,
) -> bytes:
    """Draw and sign. Slow work (about 30 ms): no transaction may be open. `shown` is a picture of
    the work, for a work sample; `seals` those of the office, where they may be used.
    """
    attached = [
        Attachment(name, _MEDIA_TYPES.get(name, "application/json"), _TYPES[name], data)
        for name, data in {**documents, names.CONTENT: content}.items()
    ]
    page = render(said.from_canonical(content), attached, shown, seals)
    return signer.sign(page, timestamp, now=now)

"""I6: the audit's chains, and the heads that were deposited."""

import hashlib

from sqlalchemy import select
from sqlalchemy.orm import Session

from api import audit_heads
from api.fsck.findings import Findings
from core import audit
from core.audit import AuditLine, Head
from core.audit_chain import breaks
from core.errors import NotFound
from evidence.objects import ObjectStore


def check_chains(session: Session, found: Findings) -> None:
    """I6: every line of every stream is there, in order, as it was written."""
    for head in audit.heads(session):
        found.look("I6", holds=True, subject=head.stream, detail="")
    for each in breaks(audit.entries(session)):
        subject = f"{each.stream} {each.sequence}"
        found.look("I6", holds=False, subject=subject, detail=f"audit line {each.reason}")


def check_heads(session: Session, store: ObjectStore, found: Findings) -> None:
    """I6: every head that was deposited is still a line, and every deposit names the one before."""
    before: str | None = None
    for evidence, file in audit_heads.deposited(session):
        if evidence.stated_at is None:
            continue  # not read back yet: its bytes are still an upload
        try:
            with store.open(file.sha256) as opened:
                data = opened.read()
        except NotFound:
            found.look("I6", holds=False, subject=evidence.number, detail="heads are missing")
            continue
        same = hashlib.sha256(data).hexdigest() == file.sha256
        follows = same and audit_heads.read(data).previous == before
        found.look("I6", holds=follows, subject=evidence.number, detail="not the deposited heads")
        before = file.sha256
        for head in audit_heads.read(data).heads if same else ():
            _check_head(session, head, evidence.number, found)


def _check_head(session: Session, head: Head, number: str, found: Findings) -> None:
    digest = session.scalar(
        select(AuditLine.digest).where(
            AuditLine.stream == head.stream, AuditLine.sequence == head.sequence
        )
    )
    found.look(
        "I6", holds=digest == head.digest, subject=f"{head.stream} {head.sequence}",
        detail=f"not the line whose digest {number} holds",
    )  # fmt: skip

"""The signer's side: one link for one matter and one signer, proof of who they are, confirmation.

A link is shown once and kept as SHA-256; alone it shows for whom it is and no document, so that one
passed on in a group chat does no harm. The signer proves identity with a code to the mobile (or
e-mail) on file and with the identity number, compared by blind index however it is spaced or typed
(ZJ-41); then reads, then confirms. Whoever does not confirm has not signed (ZJ-82, ZJ-89).
"""

import hashlib
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts import mandates
from accounts.documents import Document, DocumentKind, normalise
from accounts.identifiers import Identifier
from accounts.person_models import Mandate
from accounts.persons import index_of
from core import lifecycle
from core.errors import Conflict, Gone, NotAllowed, NotFound, RateLimited
from core.sealed import Keyring
from registry import signing_contacts
from registry.lifecycle import MatterState
from registry.models import Matter
from registry.signing_models import SigningAct, SigningPaper, SigningRevision, SigningSigner
from registry.signing_state import (
    ACT,
    ActState,
    acts_by,
    has_signed,
    is_on,
    is_prepared,
    is_their_turn,
    newest,
    tell,
)
from registry.words import Words

LINK_LIFE: Final = timedelta(days=7)
SENDING: Final = timedelta(seconds=20)
"""How long a link may take from issue to sent; after that it counts as lost."""
CODE_LIFE: Final = timedelta(minutes=10)
PROOF_LIFE: Final = timedelta(minutes=30)
MOST_FAILURES: Final = 5
MOST_CODES: Final = 10
_CODE_DIGITS: Final = 6
_EXAMINED: Final = 1000
_CODE: Final = "signing-code"


@dataclass(frozen=True)
class Answer:
    """What a signer shows to prove who they are."""

    code: str = field(repr=False)
    document_kind: DocumentKind
    number: str = field(repr=False)
    country: str | None = None


@dataclass(frozen=True)
class Wrong:
    """What did not fit; `left` are the tries that remain under this link."""

    what: str
    left: int


def issue(
    session: Session,
    matter: Matter,
    signer: SigningSigner,
    *,
    by: uuid.UUID | None = None,
    now: datetime,
) -> str:
    """A new link for a signer whose turn it is; an earlier one stops working. `by` asked for it.

    Raises:
        Conflict: signed already, not their turn, or the matter is not being signed.
    """
    require_open(session, matter, signer)
    _require_mandate(session, signer, now)
    token = secrets.token_urlsafe(32)
    signer.token_hash = _hash(token)
    signer.link_expires_at = now + LINK_LIFE
    signer.link_sent_at = None
    signer.failures = signer.codes_sent = 0
    signer.code_index = signer.code_expires_at = None
    signer.proof_hash = signer.proof_expires_at = None
    session.flush()
    tell(session, matter, "link_issued", signer.id, by, now=now)
    return token


def is_unsent(signer: SigningSigner, *, now: datetime) -> bool:
    """Whether no link was sent, and none is just being sent (by whoever asked for a new one)."""
    ends = signer.link_expires_at
    return signer.link_sent_at is None and (ends is None or ends <= now + LINK_LIFE - SENDING)


def uninvited(session: Session, limit: int, *, now: datetime) -> Sequence[uuid.UUID]:
    """Signers whose turn it is and to whom no link was sent, oldest matters first."""
    found: list[uuid.UUID] = []
    rows = session.scalars(
        select(SigningSigner)
        .join(Matter, Matter.id == SigningSigner.matter_id)
        .where(
            SigningSigner.link_sent_at.is_(None),
            SigningSigner.contact.is_not(None),
            Matter.status == MatterState.SIGNING.value,
            Matter.round == SigningSigner.round,
        )
        .order_by(Matter.created_at, SigningSigner.position)
        .limit(_EXAMINED)
    )
    for row in rows:
        if len(found) == limit:
            break
        matter = session.get_one(Matter, row.matter_id)
        if (
            is_unsent(row, now=now)
            and is_prepared(session, matter)
            and not has_signed(session, row)
            and is_their_turn(session, matter, row)
        ):
            found.append(row.id)
    return found


def sent(session: Session, signer_id: uuid.UUID, token: str, *, now: datetime) -> None:
    """The message with this link is out."""
    signer = session.get_one(SigningSigner, signer_id)
    if signer.token_hash == _hash(token):
        signer.link_sent_at = now
        session.flush()


def void(
    session: Session, matter: Matter, signer: SigningSigner, *, by: uuid.UUID, now: datetime
) -> None:
    """End a signer's link; there is no other one until the applicant asks for it."""
    signer.token_hash = signer.code_index = signer.proof_hash = None
    signer.link_expires_at = signer.proof_expires_at = None
    signer.link_sent_at = signer.link_sent_at or now
    session.flush()
    tell(session, matter, "link_voided", signer.id, by, now=now)


def find(session: Session, token: str, *, now: datetime) -> tuple[Matter, SigningSigner]:
    """Whose link this is; the signer is locked.

    Raises:
        NotFound: no such link. Gone: it has expired, or its round is not being signed any more.
    """
    signer = session.scalar(
        select(SigningSigner).where(SigningSigner.token_hash == _hash(token)).with_for_update()
    )
    if signer is None:
        raise NotFound(
            "签署链接无效,请向申请人索取 / no such signing link: ask the applicant for one",
            field="Signing-Link",
        )
    matter = session.get_one(Matter, signer.matter_id)
    expired = signer.link_expires_at is None or signer.link_expires_at <= now
    if expired or (not is_on(matter, signer) and not has_signed(session, signer)):
        raise Gone(
            "签署链接已失效,请向申请人索取新链接 / this link has ended: ask the applicant for a "
            "new one",
            field="Signing-Link",
        )
    return matter, signer


def require_open(session: Session, matter: Matter, signer: SigningSigner) -> None:
    """Raises Conflict unless this signer can sign now."""
    if has_signed(session, signer):
        raise Conflict(
            "已签署完毕,此链接不能再次使用 / signed already: the link is used up",
            field="Signing-Link",
        )
    if not is_on(matter, signer):
        raise Conflict("此业务不在签署中 / the matter is not being signed", field="state")
    if any(act.status == ActState.INTENDED for act in acts_by(session, signer.id)):
        raise Conflict(
            "已确认,正在生成签名 / confirmed already: the signature is being made", field="state"
        )
    if not is_prepared(session, matter):
        raise Conflict("文件正在准备,请稍候 / the papers are being prepared: wait", field="state")
    if not is_their_turn(session, matter, signer):
        raise Conflict(
            "尚未轮到,请等待前面的签署人 / not yet: those before sign first", field="state"
        )


def send_code(
    session: Session, ring: Keyring, matter: Matter, signer: SigningSigner, *, now: datetime
) -> tuple[Identifier, str]:
    """A new code and where it goes; an earlier one stops working.

    Raises:
        Conflict: nothing is to be signed now. NotAllowed: the link is locked.
        RateLimited: too many codes were asked for under this link.
    """
    require_open(session, matter, signer)
    _require_unlocked(signer)
    if signer.codes_sent >= MOST_CODES:
        raise RateLimited(
            "验证码发送次数已达上限,请申请人重发链接 / too many codes: ask for a new link",
            retry_after=int(LINK_LIFE.total_seconds()),
        )
    code = f"{secrets.randbelow(10**_CODE_DIGITS):0{_CODE_DIGITS}d}"
    signer.code_index = _code_index(ring, signer, code)
    signer.code_expires_at = now + CODE_LIFE
    signer.codes_sent += 1
    session.flush()
    return signing_contacts.opened(ring, signer), code


def prove(
    session: Session,
    ring: Keyring,
    matter: Matter,
    signer: SigningSigner,
    answer: Answer,
    *,
    now: datetime,
) -> str | Wrong:
    """A proof to read and sign with, good for half an hour; or what was wrong, which is counted.

    The caller commits in both cases. Raises Conflict and NotAllowed as `send_code`.
    """
    require_open(session, matter, signer)
    _require_unlocked(signer)
    wrong = _wrong(ring, signer, answer, now)
    if wrong is not None:
        signer.failures += 1
        session.flush()
        tell(session, matter, "proof_refused", signer.id, None, now=now)
        return Wrong(wrong, MOST_FAILURES - signer.failures)
    proof = secrets.token_urlsafe(32)
    signer.code_index = None
    signer.proof_hash, signer.proof_expires_at = _hash(proof), now + PROOF_LIFE
    signer.proven_at = now
    session.flush()
    tell(session, matter, "signer_proven", signer.id, None, now=now)
    return proof


def _wrong(ring: Keyring, signer: SigningSigner, answer: Answer, now: datetime) -> str | None:
    """`code`, `document_kind` or `number`; the code comes first, so that nobody tries numbers."""
    expired = signer.code_expires_at is None or signer.code_expires_at <= now
    given = _code_index(ring, signer, normalise(answer.code) or "-")
    if expired or signer.code_index is None or not secrets.compare_digest(given, signer.code_index):
        return "code"
    if answer.document_kind != signer.document_kind:
        return "document_kind"
    number = normalise(answer.number).replace("-", "") or "-"
    document = Document(answer.document_kind, number, answer.country)
    if not secrets.compare_digest(index_of(ring, document), signer.number_index):
        return "number"
    return None


def require_proven(signer: SigningSigner, proof: str, *, now: datetime) -> None:
    """Raises NotAllowed when this is not the signer's proof, or not any more."""
    expired = signer.proof_expires_at is None or signer.proof_expires_at <= now
    known = signer.proof_hash
    if expired or known is None or not secrets.compare_digest(known, _hash(proof)):
        raise NotAllowed(
            "请先验证身份(验证码与证件号) / prove who you are first: code and identity number",
            field="Signing-Proof",
        )


def read(session: Session, signer: SigningSigner, code: str, *, now: datetime) -> SigningRevision:
    """The paper as it stands, for one who signs it; that it was opened is kept.

    Raises:
        NotFound: not one of this signer's papers, or not ready.
    """
    for act, paper in _acts(session, signer):
        if paper.code == code:
            if act.status == ActState.WAITING:
                act.seen_at = act.seen_at or now
            revision = newest(session, paper.id)
            if revision is not None:
                session.flush()
                return revision
    raise NotFound("没有此签署文件 / no such paper to sign", field="code")


def confirm(
    session: Session,
    matter: Matter,
    signer: SigningSigner,
    strokes: Sequence[Any],
    *,
    now: datetime,
) -> None:
    """The signer wants all of it signed: the intent, before any key is made.

    Raises:
        Conflict: not to be signed now, or a paper was not opened yet; the field is its code.
    """
    require_open(session, matter, signer)
    _require_mandate(session, signer, now)
    acts = [(act, paper) for act, paper in _acts(session, signer) if act.status == ActState.WAITING]
    for act, paper in acts:
        if act.seen_at is None:
            raise Conflict(
                "请先阅读每份文件再确认签署 / open every paper before you confirm",
                field=paper.code,
            )
    for act, _ in acts:
        lifecycle.move(
            session, ACT, SigningAct, act.id, was=ActState.WAITING, to=ActState.INTENDED,
            reason="confirmed by the signer", now=now, intended_at=now,
            strokes=[list(map(list, stroke)) for stroke in strokes] or None,
        )  # fmt: skip
    signer.proof_hash = signer.proof_expires_at = None
    session.flush()
    tell(session, matter, "confirmed", signer.id, None, now=now)
    session.expire_all()


def papers_by(session: Session, signer: SigningSigner) -> list[SigningPaper]:
    """The papers this signer signs, each once."""
    return list({paper.id: paper for _, paper in _acts(session, signer)}.values())


def _acts(session: Session, signer: SigningSigner) -> list[tuple[SigningAct, SigningPaper]]:
    rows = session.execute(
        select(SigningAct, SigningPaper)
        .join(SigningPaper, SigningPaper.id == SigningAct.paper_id)
        .where(SigningAct.signer_id == signer.id)
        .order_by(SigningPaper.code, SigningAct.place)
    )
    return [(act, paper) for act, paper in rows]


def _require_mandate(session: Session, signer: SigningSigner, now: datetime) -> None:
    """An agent signs for its principal only while its mandate holds."""
    if signer.mandate_id is None:
        return
    if not mandates.in_force(session.get_one(Mandate, signer.mandate_id), now):
        raise Conflict(
            "代为签署的委托已终止:请申请人取回申请,修改后重新提交 / the mandate to sign has ended: "
            "the applicant takes the application back and submits it again",
            field="mandate",
        )


def _require_unlocked(signer: SigningSigner) -> None:
    if signer.failures >= MOST_FAILURES:
        raise NotAllowed(
            "错误次数过多,链接已锁定,请申请人重发 / too many wrong answers: ask for a new link",
            field="Signing-Link",
        )


def _code_index(ring: Keyring, signer: SigningSigner, code: str) -> bytes:
    return ring.blind_index(_CODE, f"{signer.id}:{code}")


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


_TEXTS: Final = {
    "not_the_signer": Words(
        "您不是本份文件的签署者:请核对证件号(有无错漏或多余空格),必要时请申请人更正后重新提交。",
        "You are not a signer of this file: check the number, or have the applicant correct it.",
    ),
    "wrong_paper": Words(
        "证件类型有误,请核对后重试。", "The kind of identity paper is wrong: check it."
    ),
    "built_in_browser": Words(
        "请用正常浏览器打开,勿在微信等应用的内置浏览器中签署。",
        "Use a normal browser, not the one inside an app.",
    ),
    "unfinished_signing": Words(
        "未确认签署,签署无效,请重新签署。", "The signing was not confirmed: sign again."
    ),
}
"""What an office that says nothing itself has said to signers (ZJ-86 … ZJ-89)."""


def told(texts: Mapping[str, Words] | None, name: str) -> Words:
    """The office's own text, else the usual one."""
    return (texts or {}).get(name) or _TEXTS[name]

"""How a presented certificate is checked, step by step, without asking or trusting us.

     1  format      the PDF or ZIP has exactly our shape
     2  signature   the issuer's signature covers the whole certificate; its root is trusted
     3  copies      package and certificate carry the same documents
     4  statement   the statement is well formed and is this evidence's
     5  facts       every disclosed fact opens its commitment
     6  printed     what is printed is what the documents say
     7  file        every presented file is listed, by size and SHA-256
     8  timestamp   a trusted authority's token covers the statement
     9  inclusion   the leaf is in the tree
    10  block       the event with root and size stands in the block's receipts
    11  chain       a node of the trusted chain holds that block, deep enough
    12  status      not revoked, not superseded

Each step passes, fails, or could not be checked; `certs.report.conclude` draws the verdict.
`docs/verification.md` is the normative text.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Final, TypeVar

from certs import asking, disclosures, pdffile, pdfreading, printed, standing
from certs import status as statuses
from certs.asking import NotAsked, Unchecked
from certs.content import CertificateContent, from_canonical
from certs.documents import CONTENT, DISCLOSURES, STATEMENT, TOKEN
from certs.presented import (
    Presented,
    PresentedFile,
    Unreadable,
    compare_copies,
    open_presented,
)
from certs.report import Report, Result, Standing, Step, conclude
from certs.subject import subject
from certs.summary import Existence, summarise
from certs.trust import TrustFile
from chain.merkle import verify_inclusion
from chain.proof import AnchoredBlock, BlockEvidence, Proof
from core import cms, signed_data
from core.canonical import format_time
from core.errors import InvalidInput, OutsideError, VerificationFailed
from core.trustpath import UntrustedRoot, require_document_signer
from evidence import rfc3161
from evidence.rfc3161 import Token
from evidence.statement import Fact, Statement, leaf_hash, parse

if TYPE_CHECKING:
    from chain.node import Node, SeenBlock

STEPS: Final = (
    "format", "signature", "copies", "statement", "facts", "printed", "file", "timestamp",
    "inclusion", "block", "chain", "status",
)  # fmt: skip
T = TypeVar("T")

_NO_TRUST: Final = "没有信任文件 / no trust file: use --trust FILE"


@dataclass
class _Check:
    """What is known so far; each step may use what the steps before it found.

    `on_chain` says that the chain step passed, `as_of` how fresh the status is.
    """

    trust: TrustFile
    node: "Node | None"
    offline: bool
    now: datetime
    no_trust: bool = False
    presented: Presented | None = None
    signed: pdffile.SignedPdf | None = None
    signature: signed_data.SignedData | None = None
    content: CertificateContent | None = None
    statement: Statement | None = None
    facts: tuple[Fact, ...] | None = None
    proof: Proof | None = None
    block: BlockEvidence | None = None
    anchored: AnchoredBlock | None = None
    token: Token | None = None
    on_chain: bool = False
    as_of: datetime | None = None
    standing: Standing = Standing.UNKNOWN
    steps: list[Step] = field(default_factory=list)


def check(
    data: bytes,
    files: Sequence[PresentedFile],
    trust: TrustFile | None,
    node: "Node | None",
    *,
    offline: bool,
    now: datetime,
) -> Report:
    """Check a certificate (PDF) or package (ZIP) against the files presented with it.

    `node` None means that no chain node can be asked; `offline` that the checker chose so, which
    waives the chain step and no other. `now` (aware) is the checker's clock.

    Raises:
        Unreadable: `data` is neither a PDF nor a ZIP; nothing was checked.
    """
    # Who has no trust file trusts nobody, and still hears of faults.
    known, asked = trust or TrustFile(), None if offline else node
    state = _Check(known, asked, offline, now, no_trust=trust is None)
    _step(state, "format", lambda: _format(state, data))
    _step(state, "signature", lambda: _signature(state))
    _step(state, "copies", lambda: _copies(state))
    _step(state, "statement", lambda: _statement(state))
    _step(state, "facts", lambda: _facts(state))
    _step(state, "printed", lambda: _printed(state))
    _step(state, "file", lambda: _files(state, files))
    _step(state, "timestamp", lambda: _timestamp(state))
    _step(state, "inclusion", lambda: _inclusion(state))
    _step(state, "block", lambda: _block(state))
    _step(state, "chain", lambda: _chain(state))
    _step(state, "status", lambda: _status(state))
    return _report(state, files)


def _step(state: _Check, name: str, make: Callable[[], str]) -> None:
    waived = False
    try:
        result, reason = Result.PASSED, make()
    except Unreadable:
        raise
    except (UntrustedRoot, statuses.UntrustedStatusKey) as error:
        result, reason = Result.NOT_CHECKED, error.message
        if state.no_trust:
            reason = _NO_TRUST
    except OutsideError as error:
        result, reason = Result.NOT_CHECKED, error.message
        waived = state.offline and isinstance(error, NotAsked)
    except (VerificationFailed, InvalidInput) as error:
        result, reason = Result.FAILED, error.message
        if isinstance(error, standing.Ended):
            state.standing = error.standing
    state.steps.append(Step(name, result, reason, waived))


def _format(state: _Check, data: bytes) -> str:
    presented = open_presented(data)
    signed = pdffile.signed_range(presented.pdf)
    state.signature = signed_data.parse_detached(signed.cms)
    # Nothing is known of what is not wholly of our shape.
    state.presented, state.signed = presented, signed
    return "格式正确 / the shape is right"


def _signature(state: _Check) -> str:
    signature, signed, trust = _needed(state.signature), _needed(state.signed), state.trust
    untrusted: UntrustedRoot | None = None
    try:
        moment = _signing_moment(signature, trust)
    except UntrustedRoot as error:
        # Without a time no path can be judged; what was signed can.
        untrusted, moment, trust = error, state.now, TrustFile()
    try:
        found = cms.verify(
            signature,
            at=moment,
            roots=trust.issuer_roots,
            content=signed.covered,
            demand=require_document_signer,
        )
    except UntrustedRoot as error:
        raise untrusted or error from None
    return (
        f"出具方签名有效,覆盖整份证书 / signed by a trusted issuer ({found.root_sha256[:16]}…), "
        f"whole file, {format_time(moment)}"
    )


def _signing_moment(signature: signed_data.SignedData, trust: TrustFile) -> datetime:
    """When the signature existed, by its own time-stamp."""
    stamp = signature.signature_timestamp
    if stamp is None:
        raise VerificationFailed("签名没有时间戳 / the signature carries no time-stamp")
    token = rfc3161.verify_token(
        stamp,
        imprint=sha256(signature.signature).digest(),
        nonce=None,
        roots=trust.tsa_roots,
        extra_certificates=signature.certificates,
    )
    return token.gen_time


def _copies(state: _Check) -> str:
    presented = _needed(state.presented)
    if presented.members is None:
        return "只出示了证书 / only the certificate was presented"
    compare_copies(presented, _needed(state.signature))
    return "证据包与证书内的文件一致 / package and certificate agree"


def _statement(state: _Check) -> str:
    presented = _needed(state.presented)
    state.statement = parse(presented.document(STATEMENT))
    return f"存证声明完整 / statement of {state.statement.evidence}"


def _facts(state: _Check) -> str:
    presented, statement = _needed(state.presented), _needed(state.statement)
    facts = disclosures.parse(presented.document(DISCLOSURES))
    disclosures.verify(facts, statement)
    missing = printed.ALWAYS_DISCLOSED & set(statement.commitments) - {f.name for f in facts}
    if missing:
        raise VerificationFailed("必须披露的事实缺失 / a fact that must be disclosed is missing")
    state.facts = facts
    return f"{len(facts)} 项事实与承诺一致 / {len(facts)} facts open their commitments"


def _printed(state: _Check) -> str:
    presented = _needed(state.presented)
    statement, facts = _needed(state.statement), _needed(state.facts)
    content = from_canonical(presented.document(CONTENT))
    state.content = content
    printed.compare(
        content,
        statement,
        presented.document(STATEMENT),
        facts,
        presented.proof,
        presented.block,
        presented.anchored,
    )
    _compare_pages(content, presented)
    return "印出的内容与文件一致 / what is printed is what the documents say"


def _compare_pages(content: CertificateContent, presented: Presented) -> None:
    if presented.objects is not None:
        # What is not found here may still be there: a whole PDF reader has the last word.
        with suppress(pdfreading.OtherShape, VerificationFailed):
            printed.compare_pages(content, pdfreading.pages(presented.objects))
            return
    with pdffile.pages(presented.pdf) as texts:
        printed.compare_pages(content, texts)


def _files(state: _Check, files: Sequence[PresentedFile]) -> str:
    statement = _needed(state.statement)
    if not files:
        raise Unchecked("没有出示文件 / no file was presented")
    listed = {(entry.size, entry.sha256) for entry in statement.files}
    for file in files:
        if (file.digest.size, file.digest.sha256) not in listed:
            raise VerificationFailed(
                f"出示的文件不在证书内,或已被改动 / not listed, or changed: {file.name}"
            )
    rest = [f"{each['position']} {each['name'] or ''}" for each in _not_presented(state, files)]
    note = f"; 未出示 not presented: {', '.join(map(str.strip, rest))}" if rest else ""
    return f"{len(files)} 个文件与声明逐位一致 / unchanged, bit for bit{note}"


def _timestamp(state: _Check) -> str:
    presented = _needed(state.presented)
    state.token = rfc3161.verify_response(
        presented.document(TOKEN),
        imprint=sha256(presented.document(STATEMENT)).digest(),
        nonce=None,
        roots=state.trust.tsa_roots,
        # Where the root is found does not matter: only a pinned one counts.
        extra_certificates=_needed(state.signature).certificates,
    )
    if state.content is not None:
        printed.compare_token(state.content, state.token)
    return f"{state.token.tsa_name}: {format_time(state.token.gen_time)}"


def _inclusion(state: _Check) -> str:
    presented = _needed(state.presented)
    proof = presented.proof
    leaf = bytes.fromhex(leaf_hash(presented.document(STATEMENT)))
    verify_inclusion(leaf, proof.leaf_index, proof.tree_size, proof.path, proof.root)
    state.proof = proof
    return f"第 {proof.leaf_index + 1} 叶,共 {proof.tree_size} / leaf of {proof.root.hex()[:16]}…"


def _block(state: _Check) -> str:
    presented, _ = _needed(state.presented), _needed(state.proof)
    state.block, state.anchored = presented.block, presented.anchored
    return (
        f"区块 {state.anchored.number} 的事件载有此根 / the event in block "
        f"{state.anchored.number} carries the root ({state.anchored.time:%Y-%m-%dT%H:%M:%SZ})"
    )


def _chain(state: _Check) -> str:
    proof, block = _needed(state.proof), _needed(state.anchored)
    entry = state.trust.chain(proof.chain_id, proof.contract)
    if entry is None and state.no_trust:
        raise Unchecked(_NO_TRUST)
    if entry is None:
        raise Unchecked("链或合约不在信任文件内 / chain or contract not in the trust file")
    if state.node is None:
        raise NotAsked("未询问链节点 / no chain node was asked")
    place = _needed(state.block).transaction_index
    depth = asking.confirmations(state.node, entry, block, proof.transaction, place)
    state.on_chain = True
    return f"区块在链上,{depth} 次确认 / on the chain with {depth} confirmations"


def _status(state: _Check) -> str:
    presented, statement = _needed(state.presented), _needed(state.statement)
    leaf = leaf_hash(presented.document(STATEMENT))
    head, silent = None, None
    if state.on_chain:
        # The chain first: a revocation there counts whatever became of the stapled word.
        try:
            head = _ask_chain(state, leaf)
        except OutsideError as error:
            silent = error
    said = standing.stapled(presented.status, state.trust.status_keys, statement.evidence, leaf)
    # What two say of two moments holds as of the later one, and never later than our own clock.
    state.as_of = min(max(state.as_of or said.as_of, said.as_of), state.now)
    standing.judge(said, None if state.content is None else state.content.edition)
    if head is None and not state.offline:
        raise silent or Unchecked("状态未能向链查询 / the status was not asked of the chain")
    state.standing = Standing.IN_FORCE
    if head is not None:
        told = format_time(said.as_of)
        return (
            f"截至区块 {head.number} 未被撤销,新版次所知截至 {told} / not revoked as of block "
            f"{head.number}, later editions known up to {told}"
        )
    return f"出具方于 {format_time(said.as_of)} 声明有效 / in force by the issuer's signed word"


def _ask_chain(state: _Check, leaf: str) -> "SeenBlock":
    contract = _needed(state.proof).contract
    head, found = asking.revocation(_needed(state.node), contract, bytes.fromhex(leaf))
    state.as_of = min(head.time, state.now)
    standing.judge_chain(found)
    return head


def _report(state: _Check, files: Sequence[PresentedFile]) -> Report:
    verdict = conclude(state.steps, state.standing)
    existed: dict[str, str] = {}
    existence = None
    if state.token is not None:
        existed["token"] = format_time(state.token.gen_time)
        existence = Existence(existed["token"], state.token.tsa_name)
    if state.anchored is not None and state.on_chain:
        existed["block"] = format_time(state.anchored.time)
    moment = None if state.as_of is None else format_time(state.as_of)
    lines = summarise(verdict, state.steps, existence, moment, offline=state.offline)
    return Report(
        verdict=verdict,
        as_of=state.as_of,
        steps=tuple(state.steps),
        summary=lines[0],
        summary_zh=lines[1],
        evidence_number=None if state.statement is None else state.statement.evidence,
        existed_by=existed,
        files=tuple({"name": f.name, "sha256": f.digest.sha256} for f in files),
        not_presented=_not_presented(state, files),
        sample=None if state.content is None else state.content.sample,
        subject=subject(state.content, state.steps, verdict),
    )


def _not_presented(state: _Check, files: Sequence[PresentedFile]) -> tuple[dict[str, object], ...]:
    """The statement's files that nobody showed, by position and, when disclosed, by name."""
    if state.statement is None:
        return ()
    shown = {(file.digest.size, file.digest.sha256) for file in files}
    names = next((fact.value for fact in state.facts or () if fact.name == "file_names"), None)
    known = names if isinstance(names, list) and len(names) == len(state.statement.files) else None
    return tuple(
        {
            "position": place,
            "name": None if known is None else known[place - 1],
            "sha256": entry.sha256,
        }
        for place, entry in enumerate(state.statement.files, 1)
        if (entry.size, entry.sha256) not in shown
    )


def _needed(value: T | None) -> T:
    if value is None:
        raise Unchecked("前面的步骤未通过 / an earlier step did not pass")
    return value

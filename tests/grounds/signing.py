"""Matters whose papers are signed on line: parties, offices that differ in one rule, a worker."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from io import BytesIO
from typing import Any, BinaryIO

from sqlalchemy.orm import Session

from accounts import papers, parties
from accounts.documents import Document, DocumentKind
from accounts.parties import PartyFacts
from accounts.person_models import Party
from certs.cosigned import PaperTrust
from certs.cosigning import Act, PaperSigner
from certs.marks import Mark
from certs.pades_parts import TimeTerms
from certs.signer_keys import SignerAuthority
from core.errors import NotFound
from core.pki import create_signers, fingerprint
from registry import matters, signing_links, signing_state, signing_work, submitting
from registry.matters import Draft
from registry.models import Matter
from registry.offices import shipped
from registry.profile import Profile, parse_profile
from registry.signing_links import Answer
from registry.signing_models import SigningSigner
from registry.signing_work import Noted, ToPrepare
from tests.certs.papers import NOW as STAMPED
from tests.certs.papers import authority, issuer, stamp
from tests.grounds.matters import CARDS, FORM, NOW, UNIT_PAPERS, account, stated
from tests.grounds.people import RING, resident

PLACE = {"country": "CN", "province": "330000", "city": "杭州"}
MOBILES = {"张三": "13800000001", "李四": "13800000002", "王五": "13800000003"}
STROKES = (((0, 0), (900, 500)),)


def office(**rules: str) -> Profile:
    """Zhejiang's rules without a fee, some lines of [signing] replaced."""
    head, _, rest = shipped()["zhejiang"].text.partition("[fees]")
    text = f'{head}[fees]\ndue = "never"\nways = []\n\n[[stages]]{rest.partition("[[stages]]")[2]}'
    for name, value in rules.items():
        before = next(line for line in text.splitlines() if line.startswith(f"{name} = "))
        text = text.replace(before, f"{name} = {value}", 1)
    if rules.get("order") == '"paper"':  # then nothing is signed here
        text = text.replace('signed = "electronic"', 'signed = "no"')
    return parse_profile(text, "zhejiang")


def party(
    session: Session, owner: uuid.UUID, name: str, document: Document | None = None, **more: Any
) -> Party:
    facts = PartyFacts(
        name=name, roles=("author", "owner"), document=document or resident(),
        region="330106", details={"mobile": MOBILES.get(name, "13800000009")}, **more,
    )  # fmt: skip
    made = parties.add(session, RING, owner, facts, now=NOW)
    if made.guardian_id is None:
        shown(session, made, *(CARDS if made.nature == "natural" else UNIT_PAPERS))
    return made


def shown(session: Session, whose: Party, *kinds: str) -> None:
    """Papers of a party."""
    for kind in kinds:
        made = papers.prepare(RING, kind, b"\xff\xd8\xff paper")
        papers.record(session, whose.owner_id, made, party_id=whose.id, now=NOW)


def body_party(session: Session, owner: uuid.UUID) -> Party:
    document = Document(DocumentKind.CREDIT_CODE, "91350100M000100Y43")
    return party(session, owner, "杭州某某文化有限公司", document)


def owner_of(known: Party, **more: Any) -> dict[str, Any]:
    kind = "natural_person" if known.nature == "natural" else "enterprise"
    paper = "resident_id" if known.nature == "natural" else "business_licence"
    return {"party": str(known.id), "name": known.name, "kind": kind, "paper": paper,
            "nationality": "CN", "place": PLACE, "signature": "real_name", **more}  # fmt: skip


def author_of(known: Party, **more: Any) -> dict[str, Any]:
    return {"party": str(known.id), "name": known.name, "signature": "real_name", **more}


def form_of(
    owners: list[dict[str, Any]], authors: list[dict[str, Any]], **more: Any
) -> dict[str, Any]:
    return {**FORM, "completion_place": PLACE, "owners": owners, "authors": authors, **more}


DOCUMENTS = {
    "creation_statement": "写生而成。", "ownership_statement": "由本人独立创作。",
    "pledge": "所填属实。",
}  # fmt: skip


@dataclass
class Signing:
    """A matter being signed, and who does it."""

    matter: Matter
    evidence: str
    parties: Mapping[str, Party]

    def signer(self, session: Session, name: str) -> SigningSigner:
        rows = signers(session, self.matter)
        return next(each for each in rows if each.name == name)


def signers(session: Session, matter: Matter) -> list[SigningSigner]:
    return list(signing_state.signers_of(session, matter.id, matter.round))


def two_people(session: Session, profile: Profile | None = None) -> Signing:
    """張三 owns and made it, 李四 made it with him; handed in, nothing certified yet."""
    applicant = account(session)
    first, second = (party(session, applicant, name) for name in ("张三", "李四"))
    form = form_of([owner_of(first)], [author_of(first), author_of(second)])
    return handed_in(session, applicant, form, {"张三": first, "李四": second}, profile)


def handed_in(
    session: Session,
    applicant: uuid.UUID,
    form: dict[str, Any],
    known: Mapping[str, Party],
    profile: Profile | None = None,
    documents: Mapping[str, Any] = DOCUMENTS,
    agent: uuid.UUID | None = None,
) -> Signing:
    evidence = stated(session, applicant)
    drafted = matters.draft(
        session, applicant, profile or office(), None, Draft(form, documents), agent, now=NOW
    )
    submitting.submit(session, RING, drafted, evidence.number, now=NOW)
    return Signing(drafted, evidence.number, known)


class Store:
    """Objects in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def open(self, sha256: str) -> BinaryIO:
        if sha256 not in self.kept:
            raise NotFound("gone")
        return BytesIO(self.kept[sha256])


@cache
def paper_signer() -> PaperSigner:
    own = authority()
    time = TimeTerms(frozenset({fingerprint(own.root)}), own.chain, (own.crl,))
    return PaperSigner(issuer(), SignerAuthority(create_signers("0a0b0c0d", now=STAMPED)), time)


def trust() -> PaperTrust:
    return paper_signer().trust


def work(session: Session, store: Store, *, now: datetime = NOW) -> int:
    """What the worker does, until nothing is left; returns the steps."""
    steps = 0
    while waiting := signing_work.waiting(session, 10):
        todo = signing_work.plan(session, waiting[0])
        assert todo is not None
        if isinstance(todo, ToPrepare):
            pdf = paper_signer().prepare(todo.drawn, todo.places, stamp(), now=STAMPED)
            number, act_id = 0, None
        else:
            mark = Mark(
                todo.kind, todo.name, now, sample=todo.sample, strokes=todo.strokes,
                stead=todo.stead,
            )  # fmt: skip
            act = Act(todo.place, mark, todo.reference, todo.last)
            pdf = paper_signer().sign(store.kept[todo.before], act, stamp(), now=STAMPED)
            number, act_id = todo.number, todo.act_id
        noted = Noted(todo.paper_id, number, digest(pdf), act_id)
        signing_work.note(session, noted, now=now)
        store.kept[noted.sha256] = pdf
        matter = signing_work.record(session, noted, now=now)
        if act_id is not None:
            submitting.signed(session, matter, now=now)
        steps += 1
    return steps


def digest(pdf: bytes) -> str:
    return hashlib.sha256(pdf).hexdigest()


def answer(signing: Signing, code: str, name: str, **changes: Any) -> Answer:
    document = parties.document_of(RING, signing.parties[name])
    return replace(Answer(code, document.kind, document.number), **changes)


def proven(session: Session, signing: Signing, name: str, *, now: datetime = NOW) -> str:
    """A proof of `name`'s identity."""
    signer = signing.signer(session, name)
    _, code = signing_links.send_code(session, RING, signing.matter, signer, now=now)
    found = signing_links.prove(
        session, RING, signing.matter, signer, answer(signing, code, name), now=now
    )
    assert isinstance(found, str), found
    return found


def confirmed(session: Session, signing: Signing, name: str, *, now: datetime = NOW) -> None:
    """`name` opens the link, proves, reads everything and confirms."""
    signer = signing.signer(session, name)
    signing_links.issue(session, signing.matter, signer, now=now)
    proven(session, signing, name, now=now)
    for paper in signing_links.papers_by(session, signer):
        signing_links.read(session, signer, paper.code, now=now)
    signing_links.confirm(session, signing.matter, signer, STROKES, now=now)

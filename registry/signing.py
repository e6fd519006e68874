"""Signing on line: what is to be signed is made when a round is handed in, and signed one by one.

Who has to sign what follows from the form, the office's rules and the papers' own places. Papers
whose content did not change keep their signatures where the rules say so.
"""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.persons import index_of
from certs.paper import Paper, Signatures, Signer
from core.errors import InvalidInput
from core.sealed import Keyring
from registry import papering, paperwork
from registry.matters import form_of, profile_of
from registry.models import Matter
from registry.paper_case import Case
from registry.profile_parts import Signing
from registry.signatories import ON_LINE, Signatory, is_named, mark_of, resolve, stand_in
from registry.signing_contacts import sealed
from registry.signing_models import SigningAct, SigningPaper, SigningRevision, SigningSigner
from registry.signing_state import ActState, acts_of, is_complete, stored_revisions


@dataclass(frozen=True)
class _Drafted:
    """A paper of this round, and who signs at each of its places; `signed_by`: found by who they
    are, for one place may be somebody else's on another paper.
    """

    code: str
    paper: Paper
    signers: dict[str, Signatory]
    signed_by: dict[str, bytes]


def begin(session: Session, ring: Keyring, matter: Matter, *, now: datetime) -> bool:
    """Make the papers and signers of a round just handed in; False when nothing is to be signed.

    Raises:
        InvalidInput: a signer who is not on file or cannot be reached, or a paper that cannot be
            drawn; names the field.
    """
    profile = profile_of(session, matter)
    rules = profile.signing
    if rules.order == "paper":
        return False
    case = papering.case_of(session, ring, matter)
    drafted = [
        found
        for code in paperwork.papers_to_sign(case)
        if (found := _draft(session, ring, matter, rules, case, code, now=now)) is not None
    ]
    if not drafted:
        return False
    rows = _add_signers(session, ring, matter, rules, drafted)
    for each in drafted:
        _add_paper(session, matter, rules, each, rows, now=now)
    session.flush()
    return not is_complete(session, matter)


def unreached(session: Session, ring: Keyring, matter: Matter) -> dict[str, str]:
    """What `begin` would refuse, before anything is handed in: fields of the form that name
    somebody who has to sign and is not on file or cannot be reached, each with what is said.
    """
    profile = profile_of(session, matter)
    if profile.signing.order == "paper":
        return {}
    case, form, found = papering.case_of(session, ring, matter), form_of(matter), {}
    for code in paperwork.papers_to_sign(case):
        for place in _signers(paperwork.compose(case, code)):
            try:
                if is_named(form, place):
                    resolve(session, ring, matter, form, place)
            except InvalidInput as error:
                found[error.field or place.role] = error.message
    return found


def _draft(
    session: Session, ring: Keyring, matter: Matter, rules: Signing, case: Case, code: str, *,
    now: datetime,
) -> _Drafted | None:  # fmt: skip
    paper = paperwork.compose(case, code)
    form = form_of(matter)
    # Nobody gives an agent authority but the principal.
    stands_in = rules.agents_sign and "authority" not in case.profile.documents[code].proves
    signers = {}
    for place in _signers(paper):
        if is_named(form, place):
            found = resolve(session, ring, matter, form, place)
            if stands_in:
                found = stand_in(session, ring, matter, found, case.profile.key, now=now)
            if mark_of(rules, found) != "none":
                signers[f"{place.role}-{place.index + 1}"] = found
    known = {at: index_of(ring, found.document) for at, found in signers.items()}
    return _Drafted(code, paper, signers, known) if signers else None


def _signers(paper: Paper) -> list[Signer]:
    return [
        signer
        for block in paper.blocks
        if isinstance(block, Signatures)
        for signer in block.signers
    ]


def _add_signers(
    session: Session, ring: Keyring, matter: Matter, rules: Signing, drafted: Sequence[_Drafted]
) -> dict[bytes, SigningSigner]:
    """A row for each person, in the order of the office's rules; found by who they are."""
    met: dict[bytes, tuple[Signatory, set[str]]] = {}
    for each in drafted:
        for place, found in each.signers.items():
            index = each.signed_by[place]
            known, places = met.setdefault(index, (found, set()))
            places.add(place)
            if known.mandate_id is None:  # an agent signs for itself, and in another's stead
                met[index] = (found, places)
    roles: tuple[str, ...] = (*rules.signers, *ON_LINE)

    def rank(found: Signatory, places: set[str]) -> tuple[int, int, bool]:
        """By the first of its places; who gives authority comes before who has it."""
        told = (place.partition("-") for place in places)
        first = min((roles.index(role), int(number)) for role, _, number in told)
        return *first, found.mandate_id is not None

    rows = {}
    for position, index in enumerate(sorted(met, key=lambda index: rank(*met[index]))):
        found, places = met[index]
        made = uuid.uuid4()
        rows[index] = SigningSigner(
            id=made, matter_id=matter.id, round=matter.round, position=position, name=found.name,
            kind=mark_of(rules, found), roles=sorted(places), party_id=found.party_id,
            document_kind=found.document.kind, number_index=index, mandate_id=found.mandate_id,
            contact=sealed(ring, made, found.contact), failures=0, codes_sent=0,
        )  # fmt: skip
        session.add(rows[index])
    session.flush()
    return rows


def _add_paper(
    session: Session,
    matter: Matter,
    rules: Signing,
    each: _Drafted,
    rows: dict[bytes, SigningSigner],
    *,
    now: datetime,
) -> None:
    from certs.paper_pages import count  # noqa: PLC0415
    from certs.paper_pdf import draw  # noqa: PLC0415 - reportlab is heavy: who hands in draws

    drawn = draw(each.paper)
    places = [
        {"name": place.name, "page": place.page, "x": place.x, "y": place.y, "wide": place.wide,
         "high": place.high}
        for place in drawn.places
        if place.name in each.signers
    ]  # fmt: skip
    by_place = {place: rows[found] for place, found in each.signed_by.items()}
    kept = None
    if rules.after_return == "changed":
        kept = _same_before(session, matter, each, by_place)
    row = SigningPaper(
        id=uuid.uuid4(), matter_id=matter.id, round=matter.round, code=each.code,
        content_digest=each.paper.digest, drawn_sha256=hashlib.sha256(drawn.data).hexdigest(),
        sample=each.paper.mark == "sample", drawn=drawn.data if kept is None else None,
        pages=count(drawn.data), places=places,
        kept_from=None if kept is None else kept.id, created_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    before = {} if kept is None else {act.place: act for act in acts_of(session, kept.id)}
    made = {}
    for place, signer in by_place.items():
        old = before.get(place)
        signed = old if old is not None and old.status == ActState.SIGNED else None
        act_id = uuid.uuid4()
        made[place] = SigningAct(
            id=act_id, paper_id=row.id, signer_id=signer.id, place=place,
            stead=each.signers[place].stead,
            status=ActState.WAITING if signed is None else ActState.SIGNED,
            reference=act_id if signed is None else signed.reference,
            intended_at=None if signed is None else signed.intended_at,
            signed_at=None if signed is None else signed.signed_at,
        )  # fmt: skip
        session.add(made[place])
    session.flush()
    if kept is not None:
        _keep_revisions(session, kept.id, row.id, {act.id: made[act.place].id
                                                   for act in before.values()})  # fmt: skip


def _same_before(
    session: Session, matter: Matter, each: _Drafted, by_place: dict[str, SigningSigner]
) -> SigningPaper | None:
    """The latest paper of an earlier round that said the same and was signed by the same people."""
    rows = session.scalars(
        select(SigningPaper)
        .where(
            SigningPaper.matter_id == matter.id,
            SigningPaper.code == each.code,
            SigningPaper.content_digest == each.paper.digest,
            SigningPaper.drawn.is_(None),
            SigningPaper.round < matter.round,
        )
        .order_by(SigningPaper.round.desc())
    )
    for row in rows:
        people = {
            act.place: session.get_one(SigningSigner, act.signer_id).number_index
            for act in acts_of(session, row.id)
        }
        if people == {place: signer.number_index for place, signer in by_place.items()}:
            return row
    return None


def _keep_revisions(
    session: Session, kept: uuid.UUID, paper_id: uuid.UUID, acts: dict[uuid.UUID, uuid.UUID]
) -> None:
    for each in stored_revisions(session, kept):
        session.add(
            SigningRevision(
                paper_id=paper_id, number=each.number, sha256=each.sha256,
                act_id=None if each.act_id is None else acts[each.act_id],
                noted_at=each.noted_at, stored_at=each.stored_at,
            )
        )  # fmt: skip
    session.flush()

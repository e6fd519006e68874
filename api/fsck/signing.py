"""I3: every paper signed on line, read back, and every signature on it checked.

What a row says was signed is on the paper, by the person and for the act it names, and nothing
else is.
"""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.fsck.findings import Findings
from certs.cosigned import Cosigned, PaperTrust, check
from core.errors import NotFound, ServiceError
from evidence.objects import ObjectStore
from registry.signing_models import SigningAct, SigningPaper, SigningRevision, SigningSigner
from registry.signing_state import ActState, stored_revisions


def check_signed_papers(
    session: Session, store: ObjectStore, trusted: Callable[[], PaperTrust], found: Findings
) -> None:
    """The newest revision of every paper holds, and says what the rows say. `trusted` is asked only
    where there are papers.
    """
    papers = session.scalars(select(SigningPaper)).all()
    trust = trusted() if papers else None
    for paper in papers:
        revisions = stored_revisions(session, paper.id)
        whole = [each.number for each in revisions] == list(range(len(revisions)))
        found.look("I3", holds=whole, subject=paper.id, detail="a revision is missing")
        if revisions and trust is not None:
            said = _wrong(session, store, trust, paper, revisions[-1])
            found.look("I3", holds=said is None, subject=paper.id, detail=said or "")


def _wrong(
    session: Session,
    store: ObjectStore,
    trust: PaperTrust,
    paper: SigningPaper,
    revision: SigningRevision,
) -> str | None:
    acts = session.execute(
        select(SigningAct, SigningSigner.name)
        .join(SigningSigner, SigningSigner.id == SigningAct.signer_id)
        .where(SigningAct.paper_id == paper.id)
    ).all()
    everybody = all(act.status == ActState.SIGNED for act, _ in acts)
    try:
        with store.open(revision.sha256) as file:
            read = check(file.read(), trust, whole=everybody)
    except NotFound:
        return "bytes missing"
    except ServiceError as error:
        return error.message
    told = {
        (act.place, name, str(act.reference)) for act, name in acts if act.status == ActState.SIGNED
    }
    return None if _signed(read) == told else "the paper and its rows name other signatures"


def _signed(read: Cosigned) -> set[tuple[str, str, str]]:
    return {(each.field, each.name, each.reference) for each in read.signatures}

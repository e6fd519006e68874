"""Each invariant's check finds a planted violation of it, and nothing where there is none.

What is planted in rows is rolled back, what is planted on the disk is only claimed by a store in
between: the running stack stays whole.
"""

import io
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

import pytest
from sqlalchemy import delete, insert, make_url, select, text, update
from sqlalchemy.orm import Session

from api import audit_heads, fsck
from api.fsck import Findings, audit, certificates, chain, histories, objects, steps
from api.fsck import waiting as overdue
from api.wiring import Services
from certs.models import Certificate
from chain.models import Alarm, Anchor, Attempt, Batch, Leaf, Sender
from core import audit as lines
from core.errors import NotFound
from evidence.models import Blob, CustodyEvent, Evidence, StatementRow, Upload, VersionFile
from evidence.objects import ObjectStore
from registry.lifecycle import MatterState
from tests.faults.harness import until
from tests.grounds.callers import certified, deposit, person, program, uploaded
from tests.grounds.matters import brought_to, cast
from tests.grounds.stack import RunningStack

DAY = timedelta(days=1)
LATER = datetime.now(UTC) + timedelta(hours=2)
"""When everything that is there now is old."""


@dataclass
class Ground:
    """A stack's services, a stored and certified evidence, and a session that is rolled back."""

    services: Services
    session: Session
    evidence: Evidence
    file: VersionFile
    certificate: Certificate
    leaf: Leaf

    @property
    def store(self) -> ObjectStore:
        return self.services.store


class Claims:
    """A store that says of one object what a test wants to hear."""

    def __init__(self, store: ObjectStore, sha256: str, says: bytes | None) -> None:
        self._store, self._sha256, self._says = store, sha256, says

    def open(self, sha256: str) -> BinaryIO:
        if sha256 != self._sha256:
            return self._store.open(sha256)
        if self._says is None:
            raise NotFound("gone")
        return io.BytesIO(self._says)

    def digests(self) -> Iterator[str]:
        yield self._sha256
        yield from self._store.digests()

    def written_at(self, sha256: str) -> datetime:
        return datetime.now(UTC) if sha256 == self._sha256 else self._store.written_at(sha256)

    def drafts(self, before: datetime) -> Iterator[str]:
        return self._store.drafts(before)


@pytest.fixture(scope="module")
def services(stack: RunningStack) -> Iterator[Services]:
    with stack.services() as found:
        yield found


@pytest.fixture(scope="module")
def number(stack: RunningStack, services: Services) -> str:
    http = program(stack, person(stack).key("deposit", "read"))
    made = deposit(http, uploaded(http, "a.txt", uuid.uuid4().hex.encode()))
    assert stack.yinji("audit", "anchor").code == 0
    told: str = certified(http, made.json()["evidence_number"])["evidence_number"]
    until(lambda: not waiting(services), "what was deposited before, and the journal's heads")
    return told


def waiting(services: Services) -> dict[str, int]:
    """What is on its way, anybody's, and would be overdue at `LATER`."""
    findings = Findings()
    with services.sessions() as session:
        overdue.check_evidence(session, findings, now=LATER)
    return dict(Counter(each["detail"] for each in findings.violations))


@pytest.fixture
def ground(services: Services, number: str) -> Iterator[Ground]:
    with services.engine.connect() as connection, connection.begin() as outer:
        # As whoever owns the database: its own guards are switched off.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            evidence = session.scalars(select(Evidence).where(Evidence.number == number)).one()
            yield Ground(
                services,
                session,
                evidence,
                session.scalars(
                    select(VersionFile).where(VersionFile.version_id == evidence.version_id)
                ).one(),
                session.scalars(
                    select(Certificate).where(Certificate.evidence_id == evidence.id)
                ).one(),
                session.get_one(Leaf, evidence.id),
            )
        outer.rollback()


def setting(model: Any, where: Callable[[Ground], Any], **values: Any) -> Callable[[Ground], None]:
    """Plant by changing columns of the rows that `where` selects."""

    def plant(ground: Ground) -> None:
        ground.session.execute(
            update(model).where(where(ground)).values(values),
            execution_options={"synchronize_session": False},
        )
        ground.session.expire_all()

    return plant


def of_leaf(ground: Ground) -> Any:
    return Leaf.evidence_id == ground.evidence.id


def of_batch(ground: Ground) -> Any:
    return Batch.id == ground.leaf.batch_id


def of_anchor(ground: Ground) -> Any:
    return Anchor.batch_id == ground.leaf.batch_id


def of_attempt(ground: Ground) -> Any:
    return Attempt.id == ground.session.get_one(Anchor, ground.leaf.batch_id).attempt_id


def of_certificate(ground: Ground) -> Any:
    return Certificate.id == ground.certificate.id


def no_blob_row(ground: Ground) -> None:
    ground.session.execute(delete(Blob).where(Blob.sha256 == ground.file.sha256))


def lost_upload(ground: Ground) -> None:
    now = datetime.now(UTC)
    row = {"id": uuid.uuid4(), "owner_id": ground.evidence.owner_id, "length": 9, "received": 5,
           "created_at": now, "expires_at": now}  # fmt: skip
    ground.session.execute(insert(Upload).values(row))


def second_in_force(ground: Ground) -> None:
    one = ground.certificate
    row = {"id": uuid.uuid4(), "evidence_id": one.evidence_id, "edition": 2, "number": "x",
           "sample": True, "frozen_at": one.frozen_at}  # fmt: skip
    ground.session.execute(insert(Certificate).values(row))


def hole(ground: Ground) -> None:
    ground.session.execute(
        delete(CustodyEvent).where(
            CustodyEvent.evidence_id == ground.evidence.id, CustodyEvent.sequence == 1
        )
    )


def no_custody(ground: Ground) -> None:
    ground.session.execute(
        delete(CustodyEvent).where(CustodyEvent.evidence_id == ground.evidence.id)
    )


def unanchored(ground: Ground) -> None:
    ground.session.execute(delete(Anchor).where(of_anchor(ground)))
    ground.session.execute(delete(Alarm))


def unmade(ground: Ground) -> None:
    setting(Certificate, of_certificate, pdf_sha256=None)(ground)
    ground.session.execute(delete(Alarm))


def heads_long_ago(ground: Ground) -> None:
    setting(Evidence, lambda _: Evidence.kind == "audit", submitted_at=LATER - 9 * DAY)(ground)
    lines.note(ground.session, lines.INSTALLATION, "x.y", "s", None, now=LATER - 3 * DAY)
    lines.settle(ground.session)
    ground.session.execute(delete(Alarm))


def cut_off(ground: Ground) -> None:
    """Drop the newest line of a stream whose head was deposited, and all after it."""
    file = audit_heads.deposited(ground.session)[-1][1]
    with ground.store.open(file.sha256) as opened:
        head = audit_heads.read(opened.read()).heads[0]
    running(
        f"DELETE FROM audit_line WHERE stream = '{head.stream}' "  # noqa: S608 - our own name
        f"AND sequence >= {head.sequence}"
    )(ground)


def untold_step(ground: Ground) -> None:
    """A matter moved, and what would have told it is forgotten."""
    brought_to(ground.session, cast(ground.session), MatterState.SUBMITTED)


def untaken_step(ground: Ground) -> None:
    session = ground.session
    matter = brought_to(session, cast(session), MatterState.SUBMITTED)
    stream, told = lines.of_office(matter.office), {"was": "submitted"}
    lines.note(session, stream, "matter.refused", f"matter:{matter.id}", None, told, now=LATER)
    lines.settle(session)


def running(statement: str) -> Callable[[Ground], None]:
    """Plant with a statement."""

    def plant(ground: Ground) -> None:
        ground.session.execute(text(statement))
        ground.session.expire_all()

    return plant


Check = Callable[[Ground, Findings], None]
ROWS: dict[str, tuple[str, Callable[[Ground], None], Check]] = {
    "I1 blob size": (
        "I1", setting(Blob, lambda g: Blob.sha256 == g.file.sha256, size=1),
        lambda g, f: objects.check_blobs(g.session, g.store, f),
    ),
    "I1 no blob": (
        "I1", no_blob_row, lambda g, f: objects.check_stored_evidence(g.session, f),
    ),
    "I1 upload": (
        "I1", lost_upload, lambda g, f: objects.check_uploads(
            g.session, g.store, g.services.staging, lambda: nullcontext(g.session), f
        ),
    ),
    "I2 leaf": (
        "I2", setting(Leaf, of_leaf, leaf_hash=bytes(32)),
        lambda g, f: chain.check_batches(g.session, f),
    ),
    "I2 statement": (
        "I2",
        setting(StatementRow, lambda g: StatementRow.evidence_id == g.evidence.id, body=b"{}"),
        lambda g, f: chain.check_batches(g.session, f),
    ),
    "I2 path": (
        "I2", setting(Leaf, of_leaf, path=bytes(64)),
        lambda g, f: chain.check_batches(g.session, f),
    ),
    "I2 root": (
        "I2", setting(Batch, of_batch, root=bytes(32)),
        lambda g, f: chain.check_batches(g.session, f),
    ),
    "I2 success without anchor": (
        "I2", setting(Anchor, of_anchor, suspended_at=LATER),
        lambda g, f: chain.check_successes(g.session, f),
    ),
    "I2 event": (
        "I2", setting(Anchor, of_anchor, block_document=b"{}"),
        lambda g, f: chain.check_anchors(g.session, g.services.ledger, f),
    ),
    "I3 block": (
        "I3", setting(Anchor, of_anchor, block_hash=bytes(32)),
        lambda g, f: chain.check_anchors(g.session, g.services.ledger, f),
    ),
    "I3 editions": (
        "I3", second_in_force, lambda g, f: certificates.check_editions(g.session, f),
    ),
    "I4 status": (
        "I4", setting(Attempt, of_attempt, status="broadcast"),
        lambda g, f: histories.check_histories(g.session, f),
    ),
    "I4 mark of a leaf": (
        "I4", setting(Leaf, of_leaf, issued=False), lambda g, f: chain.check_marks(g.session, f),
    ),
    "I4 mark of a batch": (
        "I4", setting(Batch, of_batch, settled=False),
        lambda g, f: chain.check_marks(g.session, f),
    ),
    "I6 hole": ("I6", hole, lambda g, f: objects.check_custody(g.session, f)),
    "I6 none": ("I6", no_custody, lambda g, f: objects.check_custody(g.session, f)),
    "I6 line changed": (
        "I6", running("UPDATE audit_line SET act = 'key.kept' WHERE sequence = 1"),
        lambda g, f: audit.check_chains(g.session, f),
    ),
    "I6 line gone": (
        "I6", running("DELETE FROM audit_line WHERE sequence = 1"),
        lambda g, f: audit.check_chains(g.session, f),
    ),
    "I6 head cut off": (
        "I6", cut_off, lambda g, f: audit.check_heads(g.session, g.store, f),
    ),
    "I6 step without a line": (
        "I6", untold_step, lambda g, f: steps.check_steps(g.session, f),
    ),
    "I6 line without a step": (
        "I6", untaken_step, lambda g, f: steps.check_steps(g.session, f),
    ),
    "I9 heads": (
        "I9", heads_long_ago, lambda g, f: overdue.check_heads(g.session, f, now=LATER),
    ),
    "I8 bytes": (
        "I8", setting(Attempt, of_attempt, raw=b"x"),
        lambda g, f: chain.check_attempts(g.session, f),
    ),
    "I8 nonces": (
        "I8", setting(Sender, lambda _: Sender.next_nonce > 0, next_nonce=10**6),
        lambda g, f: chain.check_nonces(g.session, f),
    ),
    "I9 evidence": (
        "I9", unanchored, lambda g, f: overdue.check_evidence(g.session, f, now=LATER),
    ),
    "I9 certificate": (
        "I9", unmade, lambda g, f: overdue.check_evidence(g.session, f, now=LATER),
    ),
}  # fmt: skip


def found(ground: Ground, check: Check) -> set[str]:
    findings = Findings()
    check(ground, findings)
    return {each["invariant"] for each in findings.violations}


@pytest.mark.parametrize("command", [("fsck",), ("audit", "verify")])
def test_a_database_without_our_tables_is_told_in_one_sentence(
    stack: RunningStack, services: Services, command: tuple[str, ...]
) -> None:
    other = make_url(services.settings.database_url).set(database="postgres")
    address = other.render_as_string(hide_password=False)
    ran = stack.yinji(*command, DATABASE_URL=address)
    assert (ran.code, ran.out) == (2, "")
    assert "yinji migrate" in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_whole_stack_has_none(services: Services, number: str) -> None:
    findings = fsck.run(services)
    assert number
    assert findings.violations == []
    assert {"I1", "I2", "I3", "I4", "I6", "I7", "I8", "I9", "I10", "I11"} <= set(findings.checked)


@pytest.mark.parametrize("name", ROWS)
def test_a_planted_row_is_found_and_named(ground: Ground, name: str) -> None:
    invariant, plant, check = ROWS[name]
    assert found(ground, check) == set()
    plant(ground)
    assert invariant in found(ground, check)


@pytest.mark.parametrize("says", [None, b"other bytes"])
def test_an_object_that_is_lost_or_changed(ground: Ground, says: bytes | None) -> None:
    store: Any = Claims(ground.store, ground.file.sha256, says)
    assert found(ground, lambda g, f: objects.check_blobs(g.session, store, f)) == {"I1"}


def test_an_object_and_a_staged_file_of_nobody(ground: Ground) -> None:
    store: Any = Claims(ground.store, "f" * 64, b"")
    stray = ground.services.staging.path(uuid.uuid4())
    stray.write_bytes(b"x")

    def at(now: datetime) -> list[str]:
        findings = Findings()
        staging = ground.services.staging
        objects.check_orphans(ground.session, store, staging, findings, now=now)
        return [each["subject"] for each in findings.violations if each["invariant"] == "I11"]

    try:
        assert at(datetime.now(UTC)) == []
        assert {"f" * 64, stray.name} <= set(at(LATER))
    finally:
        stray.unlink()

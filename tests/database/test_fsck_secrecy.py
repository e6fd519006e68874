"""I7: a planted violation of each is found and told, and the number itself is not."""

import uuid
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from accounts import identity, parties
from accounts.claims import Claim
from accounts.parties import PartyFacts
from api.fsck import Findings, secrecy
from evidence.objects import FileStore
from tests.grounds.people import NOW, RING, account, resident


@dataclass
class Ground:
    """Two people's numbers, each in its sealed place; a log and a message that say nothing."""

    session: Session
    folder: Path
    claimed: str
    kept: str

    @property
    def store(self) -> FileStore:
        return FileStore(self.folder / "objects")

    def notice(self, content: bytes, pdf: bytes) -> str:
        """A notice with this content and file; the file's digest."""
        digest = self.store.write(pdf)
        self.run(
            "INSERT INTO notice (id, matter_id, place, number, kind, content, issued_at,"
            " pdf_sha256, made_at) VALUES (gen_random_uuid(), gen_random_uuid(), 1, 'N1', 'x',"
            " :content, now(), :digest, now())", content=content, digest=digest,
        )  # fmt: skip
        return digest

    @property
    def outbox(self) -> Path:
        return self.folder / "outbox"

    def run(self, statement: str, **values: object) -> None:
        self.session.execute(text("SET LOCAL session_replication_role = replica"))
        self.session.execute(text(statement), values)
        self.session.execute(text("SET LOCAL session_replication_role = origin"))

    def found(self) -> Findings:
        findings = Findings()
        folders = (self.folder / "log", self.outbox)
        secrecy.check_numbers(self.session, RING, folders, findings)
        secrecy.check_made(self.session, RING, self.store, findings)
        return findings


@pytest.fixture
def ground(session: Session, tmp_path: Path) -> Ground:
    claimed, kept = resident(), resident()
    owner = account(session, kind="individual")
    identity.begin(session, RING, owner.id, Claim("李四", claimed, "120101", {}), now=NOW)
    facts = PartyFacts("李四", ["author"], kept, "120101", {})
    parties.add(session, RING, owner.id, facts, now=NOW)
    for name in ("log", "outbox"):
        (tmp_path / name).mkdir()
    (tmp_path / "log" / "api.log").write_text("started 20260301080000000000\n")
    (tmp_path / "outbox" / f"20260301T080000.000000-{uuid.uuid4().hex}.json").write_text("{}")
    return Ground(session, tmp_path, claimed.number, kept.number)


def test_where_all_is_sealed_nothing_is_found(ground: Ground) -> None:
    findings = ground.found()
    assert findings.violations == []
    assert findings.checked["I7"] > 60


PLANTED: dict[str, tuple[str, str, Callable[[Ground], object]]] = {
    "in a column": ("I7", "account", lambda g: g.run(
        "UPDATE account SET name = '身份证' || :number", number=g.claimed)),
    "in a document": ("I7", "message", lambda g: g.run(
        "INSERT INTO message (id, account_id, kind, facts, created_at) SELECT gen_random_uuid(), "
        "id, 'x', jsonb_build_object('number', CAST(:number AS text)), now() FROM account LIMIT 1",
        number=g.kept)),
    "in small letters": ("I7", "account", lambda g: g.run(
        "UPDATE account SET name = lower(:number)", number=g.kept)),
    "in the audit": ("I7", "audit_line", lambda g: g.run(
        "INSERT INTO audit_line (stream, sequence, previous, at, act, subject, facts, digest) "
        "VALUES ('x', 1, '', now(), 'a.b', :subject, '{}', '')", subject=f"person:{g.kept}")),
    "in a log": ("I7", "api.log", lambda g: (g.folder / "log" / "api.log").write_text(
        "x" * (4 * 1024 * 1024 - 5) + f" {g.claimed}\n")),
    "in a message": ("I7", "a.json", lambda g: (g.outbox / "a.json").write_text(
        f'{{"text": "您的证件 {g.kept}"}}')),
}  # fmt: skip


def test_in_a_column_of_bytes_it_is_found(ground: Ground) -> None:
    ground.notice(f'{{"note":"见 {ground.kept}"}}'.encode(), b"%PDF-")
    (told,) = ground.found().violations
    assert (told["invariant"], told["subject"]) == ("I7", "notice")
    assert ground.kept not in str(told)


@pytest.mark.parametrize("squeezed", [False, True])
def test_in_a_file_of_ours_it_is_found(ground: Ground, squeezed: bool) -> None:  # noqa: FBT001 - both
    said = f"<note>{ground.claimed}</note>".encode()
    body = zlib.compress(said) if squeezed else said
    digest = ground.notice(b"{}", b"%PDF-1.7 1 0 obj stream\n" + body + b"\nendstream")
    (told,) = ground.found().violations
    assert (told["invariant"], told["subject"]) == ("I7", digest)


def test_in_a_file_of_somebody_it_is_theirs(ground: Ground) -> None:
    ground.store.write(ground.claimed.encode())
    assert ground.found().violations == []


@pytest.mark.parametrize("name", PLANTED)
def test_what_was_planted_is_found_and_not_repeated(ground: Ground, name: str) -> None:
    invariant, subject, plant = PLANTED[name]
    plant(ground)
    findings = ground.found()
    assert {(each["invariant"], each["subject"]) for each in findings.violations} == {
        (invariant, subject)
    }
    assert ground.claimed not in str(findings.violations)
    assert ground.kept not in str(findings.violations)

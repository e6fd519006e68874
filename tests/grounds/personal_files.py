"""An applicant's files that show who somebody is, in a store on a database of their own."""

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from api.database import transaction
from api.fsck import Findings, objects
from api.fsck.personal import check_personal
from api.jobs import store_one
from api.sealing import ensure_keyring
from api.settings import Settings
from api.wiring import Services
from evidence import deposits, looking, uploads
from evidence.deposits import Deposit
from evidence.limits import IntakeLimits
from evidence.models import Blob, Evidence, FileFacts
from evidence.objects import Standing
from evidence.works import DeclaredFile, Description
from registry import matters
from registry import personal as papers_of_people
from registry.matters import Draft
from registry.profile import Profile
from tests.grounds.database import Cluster, alone
from tests.grounds.matters import FORM, TIANJIN, Cast, cast, papers

NOW = datetime.now(UTC)
LIMITS = IntakeLimits()
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
NUMBER = b"120101199001011234"
CARD = PNG + NUMBER * 10


class Ground:
    """An applicant, and what lies in the store."""

    def __init__(self, services: Services, people: Cast) -> None:
        self.services, self.people = services, people

    @contextmanager
    def session(self) -> Iterator[Session]:
        with transaction(self.services.sessions) as session:
            yield session

    def deposited(
        self, data: bytes = CARD, owner: uuid.UUID | None = None, *, personal: bool = False
    ) -> Evidence:
        """Uploaded and deposited, and not read back yet."""
        owner = owner or self.people.applicant
        with self.session() as session:
            upload = uploads.create(
                session, owner, len(data), None, LIMITS, timedelta(hours=1), now=NOW
            )
            uploads.advance(session, upload.id, 0, len(data), timedelta(hours=1), now=NOW)
            self.services.staging.path(upload.id).write_bytes(data)
            session.expire_all()
            file = DeclaredFile("a.png", len(data), sha(data), None, upload.id)
            asked = Deposit(Description(title="甲"), (file,), "stored", personal=personal)
            return deposits.deposit_new_work(
                session, owner, asked, uuid.uuid4().hex, LIMITS, now=NOW
            )

    def stored(self, data: bytes = CARD, owner: uuid.UUID | None = None) -> Evidence:
        evidence = self.deposited(data, owner)
        assert store_one(self.services)
        return evidence

    def named(self, number: str, profile: Profile = TIANJIN, code: str = "agent_identity") -> None:
        """A draft of the applicant's names it as this paper."""
        with self.session() as session:
            said = Draft(FORM, {**papers(self.people.pledge.number), code: number})
            self.matter = matters.draft(
                session, self.people.applicant, profile, "exchange", said, now=NOW
            )

    def standing(self, data: bytes = CARD) -> Standing:
        return self.services.store.standing(sha(data))

    def seen(self, likeness: str | None = "01" * 128, data: bytes = CARD) -> None:
        """As if it were a picture that looks like this."""
        with self.session() as session:
            if not papers_of_people.may_look_alike(session, sha(data)):
                likeness = None
            looking.record(session, sha(data), looking.Seen(width=1, likeness=likeness), now=NOW)

    def compared(self, data: bytes = CARD) -> bool | None:
        """Whether it is found by its likeness; None while it waits to be looked at."""
        with self.session() as session:
            if not session.get_one(Blob, sha(data)).looked:
                return None
            return session.get_one(FileFacts, sha(data)).likeness is not None

    def begins_again(self) -> None:
        """Another process, which reads its keys anew."""
        self.services.engine.dispose()
        self.services = Services(self.services.settings)

    def complaints(self, after: timedelta = timedelta()) -> list[str]:
        found = Findings()
        with self.session() as session:
            objects.check_blobs(session, self.services.store, found)
            objects.check_orphans(
                session, self.services.store, self.services.staging, found, now=datetime.now(UTC)
            )
            check_personal(
                session, self.services.store, self.services.offices, found,
                now=datetime.now(UTC) + after,
            )  # fmt: skip
        return [f"{each['invariant']} {each['detail']}" for each in found.violations]


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def ground(postgres: Cluster, tmp_path: Path) -> Iterator[Ground]:
    services = Services(Settings.from_environment(alone(postgres.fresh(), tmp_path), tmp_path))
    ensure_keyring(services.settings.keys)
    with transaction(services.sessions) as session:
        people = cast(session)
    made = Ground(services, people)
    yield made
    made.services.engine.dispose()

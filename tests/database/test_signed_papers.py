"""What is kept of signed papers: nobody can change it, and nothing is lost unseen."""

from typing import TYPE_CHECKING, cast

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from api.fsck.findings import Findings
from api.fsck.signing import check_signed_papers
from core.errors import ConcurrentChange
from registry import (
    signing_state,
    signing_work,
    submitting,
)
from registry.lifecycle import MatterState
from registry.signing_work import Noted
from tests.grounds.matters import NOW
from tests.grounds.signing import (
    Signing,
    Store,
    confirmed,
    signers,
    trust,
    two_people,
    work,
)

if TYPE_CHECKING:
    from evidence.objects import ObjectStore


@pytest.fixture
def store() -> Store:
    return Store()


class TestTheRecord:
    def test_contacts_are_forgotten_when_they_are_not_needed(
        self, session: Session, store: Store
    ) -> None:
        signing = two_people(session)
        work(session, store)
        confirmed(session, signing, "张三")
        work(session, store)
        first, second = signers(session, signing.matter)
        assert first.contact is None
        assert second.contact is not None
        submitting.recall(session, signing.matter, now=NOW)
        assert signing_work.forget_contacts(session) == 1

    def test_one_revision_is_noted_by_one_writer(self, session: Session) -> None:
        two_people(session)
        paper_id = signing_work.waiting(session, 1)[0]
        signing_work.note(session, Noted(paper_id, 0, "0" * 64, None), now=NOW)
        with pytest.raises(ConcurrentChange):
            signing_work.note(session, Noted(paper_id, 0, "1" * 64, None), now=NOW)

    def test_what_was_noted_and_lost_is_made_anew(self, session: Session, store: Store) -> None:
        signing = two_people(session)
        paper_id = signing_work.waiting(session, 1)[0]
        signing_work.note(session, Noted(paper_id, 0, "0" * 64, None), now=NOW)
        left = signing_work.unfinished(session, paper_id)
        assert left is not None
        signing_work.let_go(session, left)
        assert work(session, store) == 4
        assert signing_state.is_prepared(session, signing.matter)

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE signing_revision SET sha256 = 'x'",
            "DELETE FROM signing_revision",
            "UPDATE signing_act SET status = 'waiting', signed_at = NULL WHERE status = 'signed'",
            "UPDATE signing_act SET place = 'owner-9'",
        ],
    )
    def test_the_database_lets_nobody_change_what_was_signed(
        self, session: Session, store: Store, statement: str
    ) -> None:
        signing = two_people(session)
        work(session, store)
        confirmed(session, signing, "张三")
        work(session, store)
        with pytest.raises(DBAPIError):
            session.execute(text(statement))


class TestFsck:
    """I3: what a row says was signed is on the paper, and nothing else is."""

    @pytest.fixture
    def half(self, session: Session, store: Store) -> Signing:
        """A matter that one of two has signed."""
        signing = two_people(session)
        work(session, store)
        confirmed(session, signing, "张三")
        work(session, store)
        return signing

    def violations(self, session: Session, store: Store) -> list[str]:
        found = Findings()
        check_signed_papers(session, cast("ObjectStore", store), trust, found)
        assert found.checked["I3"] > 0
        return [each["detail"] for each in found.violations]

    def newest(self, session: Session, half: Signing) -> str:
        paper = signing_state.paper_of(session, half.matter, "pledge")
        revision = signing_state.newest(session, paper.id)
        assert revision is not None
        return revision.sha256

    def test_finds_nothing_where_nothing_is_wrong(
        self, session: Session, store: Store, half: Signing
    ) -> None:
        assert half.matter.status == MatterState.SIGNING
        assert self.violations(session, store) == []

    def test_finds_a_flipped_byte(self, session: Session, store: Store, half: Signing) -> None:
        sha256 = self.newest(session, half)
        data = bytearray(store.kept[sha256])
        data[len(data) // 2] ^= 1
        store.kept[sha256] = bytes(data)
        assert len(self.violations(session, store)) == 1

    def test_finds_a_lost_paper(self, session: Session, store: Store, half: Signing) -> None:
        del store.kept[self.newest(session, half)]
        assert self.violations(session, store) == ["bytes missing"]

    def test_finds_a_paper_without_its_last_signature(
        self, session: Session, store: Store, half: Signing
    ) -> None:
        paper = signing_state.paper_of(session, half.matter, "pledge")
        before, after = signing_state.stored_revisions(session, paper.id)
        store.kept[after.sha256] = store.kept[before.sha256]
        assert len(self.violations(session, store)) == 1

    def test_finds_a_signature_that_a_row_gives_to_somebody_else(
        self, session: Session, store: Store, half: Signing
    ) -> None:
        half.signer(session, "张三").name = "李四"
        session.flush()
        assert "other signatures" in self.violations(session, store)[0]

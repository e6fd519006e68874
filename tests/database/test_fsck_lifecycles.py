"""I3 and I4 of what is signed and revoked: a planted violation of each is found and named.

Planted as somebody does who owns the database: with its triggers and rules switched off.
"""

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from api.fsck import Findings, histories, revocations
from chain import revoking as on_chain
from registry import submitting
from registry.lifecycle import MatterState
from registry.revocation_lifecycle import RevocationState
from registry.signing_models import SigningAct
from tests.database.test_revocations import NOW, Scene, in_state, scene
from tests.grounds.matters import brought_to, cast
from tests.grounds.people import RING
from tests.grounds.signing import Store, confirmed, office, two_people, work

_RULES = ("two_persons", "two_accounts", "four_eyes", "recorded")


def found(session: Session) -> set[str]:
    findings = Findings()
    histories.check_histories(session, findings)
    revocations.check_revocations(session, findings)
    return {f"{each['invariant']} {each['detail']}" for each in findings.violations}


def plant(session: Session, statement: str) -> None:
    session.flush()
    for rule in _RULES:
        session.execute(
            text(
                "ALTER TABLE registration_revocation "
                f"DROP CONSTRAINT ck_registration_revocation_{rule}"
            )
        )
    session.execute(text("SET LOCAL session_replication_role = replica"))
    done = session.execute(text(statement))
    assert done.rowcount > 0  # type: ignore[attr-defined]
    session.execute(text("SET LOCAL session_replication_role = origin"))
    session.expire_all()


@pytest.fixture
def revoked(session: Session) -> Scene:
    """A registration that was revoked, and others for each other state of a revocation."""
    made = scene(session)
    in_state(session, made, RevocationState.CONFIRMED)
    for state in RevocationState:
        if state is not RevocationState.CONFIRMED:
            in_state(session, scene(session), state)
    return made


class TestRevocations:
    def test_where_nothing_is_wrong_nothing_is_found(
        self, session: Session, revoked: Scene
    ) -> None:
        assert revoked.entry.number
        assert found(session) == set()

    @pytest.mark.parametrize(
        ("statement", "said"),
        [
            ("SET decider_person = proposer_person", "I3 not revoked by two persons"),
            ("SET decider_id = proposer_id", "I3 not revoked by two persons"),
            ("SET decider_person = NULL", "I3 not revoked by two persons"),
            (
                (
                    "SET decider_person = (SELECT applicant_person FROM matter m "
                    "JOIN registration r ON r.matter_id = m.id WHERE r.id = registration_id)"
                ),
                "I3 not revoked by two persons",
            ),
            ("SET record = record || ' '", "I3 revocation and record differ"),
            ("SET record = NULL", "I3 revocation and record differ"),
            ("SET explanation = 'x'", "I3 revocation and record differ"),
            ("SET ground = 'duplicate'", "I3 revocation and record differ"),
            ("SET ground = 'duplicate'", "I3 not asked of the chain as decided"),
            ("SET decided_at = decided_at + interval '1 day'", "I3 revocation and record differ"),
            ("SET decided_at = NULL", "I3 revocation and record differ"),
            (
                "SET document_id = (SELECT id FROM evidence WHERE kind = 'deposit' LIMIT 1)",
                "I3 revocation and record differ",
            ),
            (
                (
                    "SET record_evidence_id = (SELECT record_evidence_id FROM registration r "
                    "WHERE r.id = registration_id)"
                ),
                "I3 revocation and record differ",
            ),
            (
                "SET status = 'rejected'",
                "I4 registration_revocation: history does not lead to rejected",
            ),
            ("SET status = 'rejected'", "I3 revoked, decided by nobody"),
            ("SET status = 'rejected'", "I3 record of no revocation"),
            (
                "SET requested_by = decider_id",
                "I4 registration_revocation: history does not lead to confirmed",
            ),
        ],
    )
    @pytest.mark.usefixtures("revoked")
    def test_what_was_planted_in_one_is_found(
        self, session: Session, statement: str, said: str
    ) -> None:
        plant(
            session, f"UPDATE registration_revocation {statement} WHERE status = 'confirmed'"
        )  # fmt: skip
        assert said in found(session)

    @pytest.mark.parametrize(
        ("statement", "said"),
        [
            ("DELETE FROM revocation", "I3 not asked of the chain as decided"),
            ("UPDATE revocation SET reason = 14", "I3 not asked of the chain as decided"),
            (
                "UPDATE evidence_fact SET value = '{}' WHERE name = 'record_sha256'",
                "I3 revocation and record differ",
            ),
            (
                "DELETE FROM transition WHERE lifecycle = 'registration_revocation'",
                "I4 registration_revocation: history does not lead to confirmed",
            ),
            (
                "DELETE FROM registration_revocation",
                "I4 registration_revocation: history of no row",
            ),
        ],
    )
    @pytest.mark.usefixtures("revoked")
    def test_what_was_planted_beside_it_is_found(
        self, session: Session, statement: str, said: str
    ) -> None:
        plant(session, statement)
        assert said in found(session)

    def test_an_entry_that_nobody_decided_to_revoke(self, session: Session, revoked: Scene) -> None:
        other = scene(session)
        entered = session.get_one(type(revoked.people.evidence), other.entry.record_evidence_id)
        on_chain.request(session, entered, 12, other.proposer.account_id, now=NOW)
        assert found(session) == {"I3 revoked, decided by nobody"}


class TestSigning:
    @pytest.fixture
    def kept(self, session: Session) -> list[SigningAct]:
        """Signed by one of two, recalled and handed in again: that one's signature is kept."""
        store = Store()
        signing = two_people(session, office(after_return='"changed"'))
        work(session, store)
        confirmed(session, signing, "张三")
        work(session, store)
        submitting.recall(session, signing.matter, now=NOW)
        submitting.submit(session, RING, signing.matter, signing.evidence, now=NOW)
        acts = session.scalars(select(SigningAct)).all()
        return [each for each in acts if each.reference != each.id]

    def test_a_signature_that_was_kept_begins_as_signed(
        self, session: Session, kept: list[SigningAct]
    ) -> None:
        assert {each.status for each in kept} == {"signed"}
        assert found(session) == set()

    @pytest.mark.parametrize(
        ("statement", "said"),
        [
            (
                (
                    "UPDATE signing_act SET status = 'signed', signed_at = now(), "
                    "intended_at = now() WHERE status = 'waiting'"
                ),
                "I4 signing_act: history does not lead to signed",
            ),
            (
                (
                    "UPDATE signing_act SET status = 'waiting', signed_at = NULL "
                    "WHERE status = 'signed' AND reference = id"
                ),
                "I4 signing_act: history does not lead to waiting",
            ),
            (
                "UPDATE signing_act SET reference = gen_random_uuid() WHERE reference <> id",
                "I4 signing_act: history does not lead to signed",
            ),
            (
                "DELETE FROM transition WHERE lifecycle = 'signing_act' AND became = 'intended'",
                "I4 signing_act: history does not lead to signed",
            ),
        ],
    )
    @pytest.mark.usefixtures("kept")
    def test_what_was_planted_is_found(self, session: Session, statement: str, said: str) -> None:
        plant(session, statement)
        assert said in found(session)


def test_every_state_of_a_matter_leads_there(session: Session) -> None:
    for state in MatterState:
        brought_to(session, cast(session), state)
    assert found(session) == set()

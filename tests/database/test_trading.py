"""Works shown for trading: only with consent, which is taken back at once and given again."""

import uuid
from dataclasses import replace
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, event, select, text
from sqlalchemy.orm import Session

from accounts.staff import Role
from api import closing
from api.fsck import Findings, registry
from api.migrating import FOLDER
from core.audit import AuditLine, settle
from core.errors import Conflict, InvalidInput, NotReady
from registry import announced, registering, trading
from registry.announced import Wanted
from registry.lifecycle import MatterState
from registry.models import Matter, Registration
from registry.profile import Profile
from registry.revocation_lifecycle import RevocationState
from registry.trading import TradingOffer
from tests.database.test_revocations import Scene, in_state
from tests.grounds.database import Cluster
from tests.grounds.matters import FORM, NOW, TIANJIN, Cast, brought_to, cast, officer

WORDS = "可授权改编。"
OFFERED = Wanted(trading=True)


class Ground:
    """One registered work, whose form consented or did not."""

    def __init__(self, session: Session, said: dict[str, Any] | None, **more: Any) -> None:
        self.session = session
        form = {**FORM, **more} if said is None else {**FORM, "trading": said, **more}
        self.people: Cast = cast(session)
        self.matter: Matter = brought_to(session, self.people, MatterState.REGISTERED, form)
        self.entry: Registration = registering.entry_of(session, self.matter.id)[0]

    def change(self, rules: Profile = TIANJIN, **said: Any) -> None:
        trading.change(self.session, self.matter, rules, said, by=self.people.applicant, now=NOW)

    def shown(self) -> list[str | None]:
        """What is said on the page of works for trading; the whole list must say the same."""
        listed = announced.find(self.session, TIANJIN, OFFERED, None, 10)
        found = [each.trading for each in listed if each.id == self.entry.id]
        (entry,) = announced.find(self.session, TIANJIN, Wanted(number=self.entry.number), None, 10)
        assert [entry.trading] == (found or [None])
        return found

    def revoke(self) -> None:
        roles = (Role.REGISTRAR, Role.REGISTRAR, Role.FINAL_EXAMINER, Role.CASHIER)
        officers = [officer(self.session, role) for role in roles]
        on = Scene(self.people, self.matter, self.entry, *officers)
        in_state(self.session, on, RevocationState.CONFIRMED)

    def lines(self) -> list[AuditLine]:
        settle(self.session)
        query = select(AuditLine).where(AuditLine.act.startswith("trading."))
        return list(self.session.scalars(query.order_by(AuditLine.sequence)))


@pytest.fixture
def offered(session: Session) -> Ground:
    return Ground(session, {"consent": True, "information": WORDS})


class TestBeingShown:
    @pytest.mark.parametrize(
        ("said", "shown"),
        [
            ({"consent": True, "information": WORDS}, [WORDS]), ({"consent": True}, [""]),
            ({"consent": False}, []), (None, []),
        ],
    )  # fmt: skip
    def test_is_as_the_form_said(
        self, session: Session, said: dict[str, Any] | None, shown: list[str]
    ) -> None:
        ground = Ground(session, said)
        assert ground.shown() == shown
        assert ground.lines() == [], "what was handed in says it"

    def test_ends_at_once_and_begins_again(self, offered: Ground) -> None:
        offered.change(consent=False)
        assert offered.shown() == []
        offered.change(consent=False)
        row = offered.session.get_one(TradingOffer, offered.entry.id)
        assert row.information == ""
        offered.change(consent=True, information="只限展览")
        offered.change(consent=True, information="只限展览")
        assert offered.shown() == ["只限展览"]
        offered.change(consent=True)
        assert offered.shown() == [""]
        assert [line.act for line in offered.lines()] == [
            "trading.withdrawn", "trading.given", "trading.given",
        ]  # fmt: skip
        assert {line.by_id for line in offered.lines()} == {offered.people.applicant}
        assert "展览" not in str([line.facts for line in offered.lines()])

    def test_may_begin_after_the_registration(self, session: Session) -> None:
        ground = Ground(session, None)
        record = ground.entry.record
        ground.change(consent=True, information=WORDS)
        assert ground.shown() == [WORDS]
        assert ground.entry.record == record

    def test_ends_with_the_registration(self, offered: Ground) -> None:
        offered.revoke()
        assert offered.shown() == []
        with pytest.raises(Conflict):
            offered.change(consent=True)
        offered.change(consent=False)
        assert not trading.standing(offered.session, offered.matter, TIANJIN).possible

    def test_ends_with_the_account(self, offered: Ground) -> None:
        by = offered.people.applicant
        closing.close(offered.session, by, None, erase_files=False, now=NOW)
        assert offered.shown() == []
        assert [line.act for line in offered.lines()] == ["trading.withdrawn"]

    def test_is_for_registered_works_only(self, session: Session) -> None:
        matter = brought_to(session, cast(session), MatterState.SUBMITTED)
        said = {"consent": True}
        with pytest.raises(NotReady):
            trading.change(session, matter, TIANJIN, said, by=matter.applicant_id, now=NOW)

    def test_is_for_announced_works_only(self, session: Session) -> None:
        ground = Ground(session, None)
        session.execute(text("SET LOCAL session_replication_role = replica"))
        where = {"id": ground.entry.id}
        session.execute(text("DELETE FROM announcement WHERE registration_id = :id"), where)
        with pytest.raises(Conflict):
            ground.change(consent=True)

    def test_is_for_offices_that_have_such_a_page(self, offered: Ground) -> None:
        """One that has it no more shows nothing; consent can be taken back all the same."""
        without = replace(TIANJIN, filing=replace(TIANJIN.filing, trading_consent=False))
        for wrong in ({"consent": True}, {"consent": False, "information": "x"}):
            with pytest.raises(InvalidInput):
                offered.change(without, **wrong)
        with pytest.raises(InvalidInput) as refused:
            announced.find(offered.session, without, OFFERED, None, 10)
        assert refused.value.field == "trading"
        listed = announced.find(offered.session, without, Wanted(), None, 10)
        assert {each.trading for each in listed} == {None}
        offered.change(without, consent=False)
        assert offered.shown() == []


class TestTheList:
    def test_goes_on_where_a_work_was_taken_back(self, session: Session) -> None:
        grounds = [Ground(session, {"consent": True}) for _ in range(3)]
        Ground(session, None)
        whole = [each.id for each in announced.find(session, TIANJIN, OFFERED, None, 10)]
        assert sorted(whole) == sorted(each.entry.id for each in grounds)
        next(each for each in grounds if each.entry.id == whole[0]).change(consent=False)
        rest = announced.find(session, TIANJIN, OFFERED, whole[0], 10)
        assert [each.id for each in rest] == whole[1:]

    def test_is_found_by_title_and_category(self, session: Session) -> None:
        music = Ground(session, {"consent": True}, category="music", title="水声")
        Ground(session, {"consent": True}, title="水声")
        Ground(session, None, category="music", title="水声")
        wanted = Wanted(trading=True, category="music", title="水")
        assert ids(session, wanted) == [music.entry.id]
        assert len(ids(session, Wanted(trading=True, title="水"))) == 2

    @pytest.mark.parametrize(
        ("wanted", "index"),
        [
            (OFFERED, "ix_trading_offer_office"),
            (Wanted(trading=True, category="music"), "ix_trading_offer_category"),
        ],
    )
    def test_reads_an_index_of_its_own(self, session: Session, wanted: Wanted, index: str) -> None:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        plan: list[str] = []

        def explain(*told: Any) -> None:
            if "trading_offer.consented" in told[2] and not plan:
                asked = told[1].connection.cursor().execute(f"EXPLAIN {told[2]}", told[3])
                plan.extend(line for (line,) in asked.fetchall())

        event.listen(session.connection(), "before_cursor_execute", explain)
        announced.find(session, TIANJIN, wanted, None, 10)
        assert index in "".join(plan)


def ids(session: Session, wanted: Wanted) -> list[uuid.UUID]:
    return [each.id for each in announced.find(session, TIANJIN, wanted, None, 10)]


EDITS = {
    "shown again": "UPDATE trading_offer SET consented = true WHERE NOT consented",
    "other words": "UPDATE trading_offer SET information = 'x' WHERE consented",
    "another office": "UPDATE trading_offer SET office = 'zhejiang' WHERE consented",
    "never consented": (
        "INSERT INTO trading_offer SELECT registration_id, office, category, registered_at, true,"
        " '', registered_at FROM announcement"
        " WHERE registration_id NOT IN (SELECT registration_id FROM trading_offer)"
    ),
}


@pytest.mark.parametrize("edit", [None, *EDITS])
def test_what_nobody_consented_to_is_found(session: Session, edit: str | None) -> None:
    Ground(session, {"consent": True, "information": WORDS})
    Ground(session, None)
    Ground(session, {"consent": True}).change(consent=False)
    Ground(session, None).change(consent=True, information=WORDS)
    settle(session)
    if edit is not None:
        done: Any = session.execute(text(EDITS[edit]))
        assert done.rowcount > 0
        session.expire_all()
    findings = Findings()
    registry.check_trading(session, findings)
    assert {each["detail"] for each in findings.violations} == (
        set() if edit is None else {"not offered so"}
    )


def test_what_forms_consented_to_before_is_shown_by_the_migration(postgres: Cluster) -> None:
    url = postgres.fresh()
    engine = create_engine(url)
    with Session(engine) as session, session.begin():
        made = Ground(session, {"consent": True, "information": WORDS}).entry.id
        Ground(session, {"consent": False})
    migrations = Config()
    migrations.set_main_option("script_location", str(FOLDER))
    migrations.attributes["url"] = url
    command.downgrade(migrations, "0049")
    command.upgrade(migrations, "head")
    with Session(engine) as session:
        (row,) = announced.find(session, TIANJIN, OFFERED, None, 10)
        assert (row.id, row.trading) == (made, WORDS)
        findings = Findings()
        registry.check_trading(session, findings)
        assert findings.violations == []
    engine.dispose()

"""The public notice: what an office registered is found by number, title or owner, and only where
the office's rules announce it.
"""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, event, func, select, text
from sqlalchemy.orm import Session

from api.migrating import FOLDER
from core.errors import InvalidInput, NotFound
from registry import announced, announcing, registering
from registry.announced import Wanted
from registry.announcing import Announcement
from registry.lifecycle import MatterState
from registry.models import Registration
from tests.grounds.database import Cluster
from tests.grounds.matters import FORM, TIANJIN, brought_to, cast

ANY = Wanted()


def registered(session: Session, title: str, *owners: str, **more: Any) -> Registration:
    named = [{**FORM["owners"][0], "name": each} for each in owners]
    form = {**FORM, "title": title, "owners": named, **more}
    matter = brought_to(session, cast(session), MatterState.REGISTERED, form)
    return registering.entry_of(session, matter.id)[0]


@pytest.fixture
def entries(session: Session) -> list[Registration]:
    return [
        registered(session, "山水清音 第一册", "张三", "李四"),
        registered(session, "水山图", "李四"),
        registered(session, "Blue Sea 海", "张三丰"),
        registered(session, "东西东南", "王五"),
    ]


def found(session: Session, wanted: Wanted, limit: int = 10) -> set[uuid.UUID]:
    return {each.id for each in announced.find(session, TIANJIN, wanted, None, limit)}


class TestFinding:
    @pytest.mark.parametrize(
        ("title", "which"),
        [
            ("山水", [0]), ("水", [0, 1]), ("清音第一", [0]), ("sea", [2]), ("ＳＥＡ 海", [2]),
            ("山图", [1]), ("山 水", [0]), ("海山", []), ("水水", []),
            # Of the last one all neighbours are there, but not one after the other.
            ("西东南", [3]), ("西东西", []),
        ],
    )  # fmt: skip
    def test_a_title_by_any_part_of_it(
        self, session: Session, entries: list[Registration], title: str, which: Sequence[int]
    ) -> None:
        assert found(session, Wanted(title=title)) == {entries[each].id for each in which}

    @pytest.mark.parametrize(
        ("owner", "which"),
        [("李四", [0, 1]), (" 张三 ", [0]), ("张", []), ("张三丰", [2]), ("三", [])],
    )
    def test_an_owner_by_the_whole_name_only(
        self, session: Session, entries: list[Registration], owner: str, which: Sequence[int]
    ) -> None:
        assert found(session, Wanted(owner=owner)) == {entries[each].id for each in which}

    def test_a_number_however_it_is_typed(
        self, session: Session, entries: list[Registration]
    ) -> None:
        typed = entries[1].number.lower().replace("-", " - ")
        assert found(session, Wanted(number=typed)) == {entries[1].id}
        with pytest.raises(InvalidInput):
            found(session, Wanted(number="hello"))

    def test_all_that_is_wanted_must_hold(
        self, session: Session, entries: list[Registration]
    ) -> None:
        assert found(session, Wanted(title="水", owner="张三")) == {entries[0].id}
        assert found(session, Wanted(number=entries[0].number, owner="张三丰")) == set()

    def test_page_after_page_none_is_missed_or_told_twice(
        self, session: Session, entries: list[Registration]
    ) -> None:
        told, after = [], None
        while page := announced.find(session, TIANJIN, ANY, after, 2):
            told += [each.id for each in page]
            after = page[-1].id
        assert sorted(told) == sorted(each.id for each in entries)

    def test_a_category_page_after_page(
        self, session: Session, entries: list[Registration]
    ) -> None:
        music = [registered(session, each, "张三", category="music") for each in ("一", "二")]
        first = announced.find(session, TIANJIN, Wanted(category="music"), None, 1)
        rest = announced.find(session, TIANJIN, Wanted(category="music"), first[0].id, 10)
        assert {each.id for each in [*first, *rest]} == {each.id for each in music}
        assert found(session, Wanted(category="fine_art")) == {each.id for each in entries}
        assert found(session, Wanted(category="fine_art", title="水山")) == {entries[1].id}

    def test_a_category_is_looked_for_in_an_index(
        self, session: Session, entries: list[Registration]
    ) -> None:
        assert entries
        session.execute(text("SET LOCAL enable_seqscan = off"))
        asked: list[str] = []

        def explain(*told: Any) -> None:
            if "announcement.category = " in told[2] and not told[2].startswith("EXPLAIN"):
                plan = told[1].connection.cursor().execute(f"EXPLAIN {told[2]}", told[3])
                asked.extend(line for (line,) in plan.fetchall())

        event.listen(session.connection(), "before_cursor_execute", explain)
        announced.find(session, TIANJIN, Wanted(category="music"), entries[0].id, 10)
        assert "ix_announcement_category" in "".join(asked)

    def test_a_category_that_is_none_or_not_shown_is_named(self, session: Session) -> None:
        brief = replace(TIANJIN, notice=replace(TIANJIN.notice, fields=("number",)))
        for office, category in ((TIANJIN, "poem"), (brief, "music")):
            with pytest.raises(InvalidInput) as refused:
                announced.find(session, office, Wanted(category=category), None, 10)
            assert refused.value.field == "category"

    def test_another_office_has_its_own(
        self, session: Session, entries: list[Registration]
    ) -> None:
        assert entries
        elsewhere = replace(TIANJIN, key="elsewhere")
        assert announced.find(session, elsewhere, ANY, None, 10) == []


class TestWhatIsShown:
    def test_is_what_the_offices_rules_name(
        self, session: Session, entries: list[Registration]
    ) -> None:
        (one,) = announced.find(session, TIANJIN, Wanted(title="水山图"), None, 10)
        assert one.facts == {
            "number": entries[1].number, "registered_on": "2026-03-01", "title": "水山图",
            "category": "fine_art", "owners": ["李四"], "completed_on": "2026-02-01",
            "first_published_on": None,
        }  # fmt: skip
        assert (one.revoked, one.sample) == (False, True)
        brief = replace(TIANJIN, notice=replace(TIANJIN.notice, fields=("number",)))
        (one,) = announced.find(session, brief, Wanted(title="水山图"), None, 10)
        assert one.facts == {"number": entries[1].number}

    def test_a_search_that_the_office_does_not_offer_is_named(self, session: Session) -> None:
        brief = replace(TIANJIN, notice=replace(TIANJIN.notice, search=("number",)))
        with pytest.raises(InvalidInput) as refused:
            announced.find(session, brief, Wanted(owner="张三"), None, 10)
        assert refused.value.field == "owner"

    def test_an_office_that_announces_nothing_says_so(
        self, session: Session, entries: list[Registration]
    ) -> None:
        silent = replace(TIANJIN, notice=replace(TIANJIN.notice, public=False))
        with pytest.raises(NotFound):
            announced.find(session, silent, ANY, None, 10)
        before = session.scalar(select(func.count()).select_from(Announcement))
        announcing.announce(session, silent, entries[0])
        session.flush()
        assert session.scalar(select(func.count()).select_from(Announcement)) == before


def test_what_was_registered_before_is_announced_by_the_migration(postgres: Cluster) -> None:
    url = postgres.fresh()
    engine = create_engine(url)
    with Session(engine) as session, session.begin():
        made = registered(session, "山水清音 第一册", "张三")
        title = "山水清音第一册"
        wanted = (made.id, title, announcing.letters(title), ["张三"], "fine_art")
    migrations = Config()
    migrations.set_main_option("script_location", str(FOLDER))
    migrations.attributes["url"] = url
    command.downgrade(migrations, "0030")
    command.upgrade(migrations, "head")
    with Session(engine) as session:
        (row,) = session.scalars(select(Announcement)).all()
        assert (row.registration_id, row.title, row.letters, row.owners, row.category) == wanted
    engine.dispose()

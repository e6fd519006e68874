"""Rows that fail, however many, neither hide what stands behind them nor fill the log."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, text
from structlog.testing import capture_logs

from api.apart import Resting
from api.database import transaction
from api.jobs import Job, freeze, lapse, remind, store_one
from api.wiring import Services
from certs import dossier
from evidence.models import Evidence, TimestampToken
from evidence.works import DeclaredFile
from registry.lifecycle import MatterState
from registry.models import Matter
from registry.term_models import Term
from tests.database.test_sweeping import NOW, services, staged
from tests.database.test_works import account, draft
from tests.database.test_works import freeze as deposited
from tests.grounds.anchoring import simulated_bench
from tests.grounds.database import Cluster
from tests.grounds.matters import brought_to, cast

__all__ = ["services"]

PAGE = 2
BROKEN = PAGE + 1


def failures(logs: Sequence[object]) -> list[str]:
    return [each["subject"] for each in logs if each["event"] == "stage.failed"]  # type: ignore[index]


def test_uploads_that_cannot_be_read_do_not_hide_the_one_behind(services: Services) -> None:
    found = []
    with transaction(services.sessions) as session:
        owner = account(session)
    for place in range(BROKEN + 1):
        upload = staged(services, owner, NOW)
        if place < BROKEN:  # the disk says something else than a file
            path = services.staging.path(upload)
            path.unlink()
            path.mkdir()
        digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        file = DeclaredFile("a.txt", 3, digest, None, upload)
        with transaction(services.sessions) as session:
            found.append(deposited(session, owner, draft(session, owner, file), "stored").id)
    *broken, whole = found

    with capture_logs() as logs:
        assert store_one(services, PAGE)
        assert not store_one(services, PAGE)
    assert failures(logs) == [str(each) for each in broken], "each once, and then it rests"
    with transaction(services.sessions) as session:
        stated = {each: session.get_one(Evidence, each).stated_at for each in found}
    assert [each for each, at in stated.items() if at is not None] == [whole]


def test_bytes_that_are_not_seen_end_nothing(services: Services) -> None:
    """As on a worker without the folder of uploads: what was acknowledged waits for its bytes."""
    with transaction(services.sessions) as session:
        owner = account(session)
    upload = staged(services, owner, NOW)
    path = services.staging.path(upload)
    elsewhere = path.rename(path.with_name("elsewhere"))
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    file = DeclaredFile("a.txt", 3, digest, None, upload)
    with transaction(services.sessions) as session:
        waiting = deposited(session, owner, draft(session, owner, file), "stored").id
    with capture_logs() as logs:
        assert not store_one(services)
    assert failures(logs) == [str(waiting)]
    with transaction(services.sessions) as session:
        row = session.get_one(Evidence, waiting)
        assert (row.stated_at, row.rejected_at) == (None, None)
    elsewhere.rename(path)
    until = time.monotonic() + 10  # it rests for a second
    while not store_one(services):
        assert time.monotonic() < until
        time.sleep(0.1)
    with transaction(services.sessions) as session:
        assert session.get_one(Evidence, waiting).stated_at is not None


def test_certificates_that_cannot_be_frozen_are_all_tried(
    postgres: Cluster, tmp_path: Path
) -> None:
    with simulated_bench(postgres.fresh(), automine=True) as bench:
        leaves = set(bench.leaves(BROKEN))
        bench.settle()
        with bench.session() as session:
            for each in leaves:
                session.add(
                    TimestampToken(evidence_id=each, response=b"x", gen_time=NOW, serial="1",
                                   policy="1", authority="x", received_at=NOW)
                )  # fmt: skip
        (tmp_path / "trust.json").write_bytes(b"{}")
        services = Services(replace(bench.services.settings, var=tmp_path))
        with capture_logs() as logs:
            assert not freeze(services, PAGE)
            assert not freeze(services, PAGE)
        services.engine.dispose()
        assert sorted(failures(logs)) == sorted(str(each) for each in leaves)
        with bench.session() as session:
            assert set(dossier.ready(session, 9)) == leaves, "nothing is given up"


@pytest.mark.parametrize("job", [lapse, remind])
def test_a_matter_that_cannot_be_read_stops_nobody_elses_clock(
    services: Services, job: Job
) -> None:
    """Filed in March and returned; its two months, and the days of its reminders, have passed."""
    with transaction(services.sessions) as session:
        broken, whole = (brought_to(session, cast(session), MatterState.RETURNED).id for _ in "12")
        for change in (
            "ALTER TABLE matter DISABLE TRIGGER matter_guard",
            "UPDATE matter SET form = '[]', due_at = due_at - interval '1 hour' WHERE id = :broken",
            "ALTER TABLE matter ENABLE TRIGGER matter_guard",
            "UPDATE term SET remind_at = remind_at - interval '1 hour' WHERE matter_id = :broken",
        ):
            session.execute(text(change), {"broken": broken} if ":broken" in change else {})
    with capture_logs() as logs:
        while job(services):
            pass
    subjects, running = (
        failures(logs),
        "SELECT id FROM term WHERE matter_id = :m AND ended_at IS NULL",
    )
    assert len(subjects) == 1, "it is tried once, and then it rests"
    with transaction(services.sessions) as session:
        terms = session.scalars(text(running), {"m": broken}).all()
        assert subjects[0] in {str(broken), *map(str, terms)}
        if job is lapse:
            states = [session.get_one(Matter, each).status for each in (broken, whole)]
            assert states == ["returned", "lapsed"]
        waiting = session.scalars(
            select(Term.matter_id).where(Term.remind_at.is_not(None), Term.ended_at.is_(None))
        )
        assert set(waiting) == {broken}


class TestResting:
    def test_takes_twice_as_long_each_time_up_to_two_minutes(self) -> None:
        now = [100.0]
        resting, seen = Resting(lambda: now[0]), []
        for _ in range(9):
            resting.failed("store", "a")
            began = now[0]
            while resting.of("store"):
                now[0] += 1
            seen.append(now[0] - began)
        assert seen == [1, 2, 4, 8, 16, 32, 64, 120, 120]

    def test_is_of_one_stage_and_one_row(self) -> None:
        resting = Resting(lambda: 0)
        resting.failed("store", "a")
        assert resting.of("store") == {"a"}
        assert resting.of("make") == set()

    def test_remembers_the_latest_only(self) -> None:
        resting = Resting(lambda: 0)
        for number in range(2500):
            resting.failed("store", number)
        assert resting.of("store") == set(range(500, 2500))

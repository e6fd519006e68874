"""P16: look-alike pictures among 1,000,000, for the examiner of one of them.

Side by side with what an index must never change: the same question answered by looking at every
picture. Both answers are compared in every round, so that a recall below one is an error and no
figure. Nine of ten pictures stand alone, the others are series of fifty that resemble each other;
bits are as uneven as those of real pictures, where some are set in five of eight.
"""

import secrets
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any, Final

import psycopg
from sqlalchemy import cast, func, make_url, select, update
from sqlalchemy.dialects.postgresql import BIT
from sqlalchemy.orm import Session

from api.wiring import Services
from bench import running
from bench.figures import Row, Series, Target, ratio
from bench.terms import Terms
from evidence import likeness, works
from evidence.models import Evidence, FileFacts
from registry import resemblance
from registry.models import Matter
from tests.grounds.filing import applicant, at, examiner, picture

WANTED_MS: Final = 100
"""As for a page of the queue (P15): one opens the other."""
WANTED_RATIO: Final = 5
_SERIES: Final = 50
_WITHIN: Final = 20
_PATIENCE_SECONDS: Final = 60.0
_COLUMNS: Final = ("sha256", "width", "height", "likeness", "pieces", "looked_at")


def measure(terms: Terms) -> Row:
    """One picture after the other is under examination: asked by index, by looking at each, and by
    an examiner who opens the matter over HTTP.
    """
    pictures, rounds = terms.size(1_000_000, 2_000), terms.size(60, 3)
    dice = Random(16)  # noqa: S311 - the same pictures each time
    with running.stack(terms.scratch / "stack") as stack:
        filer, officer = applicant(stack), examiner(stack)
        work, pledge = (filer.deposited(f"{name}.png", picture()) for name in "ab")
        matter = filer.submitted(work, pledge)
        services = running.services_of(stack.var)
        _await_looked_at(services, 2)
        began = time.perf_counter()
        asked = _fill(services, dice, pictures, rounds + 1)
        filled, helpers = time.perf_counter() - began, _helpers(services)
        taken: dict[str, list[float]] = {"index": [], "scan": [], "http": []}
        found: list[float] = []
        for number, bits in enumerate(asked):
            sha256 = _examined(services, matter, bits)
            with services.sessions() as session:
                by_index, spent = _timed(session, sha256, scan=False)
                by_scan, scanned = _timed(session, sha256, scan=True)
            assert by_index == by_scan, "the index does not find what is there"
            began = time.perf_counter()
            answer = officer.http.get(at(matter))
            opened = (time.perf_counter() - began) * 1000
            assert answer.status_code == 200, answer.text
            if number:  # the first round warms the caches
                found.append(float(len(by_index)))
                for name, each in zip(taken, (spent, scanned, opened), strict=True):
                    taken[name].append(each)
        services.engine.dispose()
    series = {
        "index": Series("index, within 31 of 256 bits", "ms", tuple(taken["index"])),
        "scan": Series("every picture looked at, same answer", "ms", tuple(taken["scan"])),
        "http": Series("an examiner opens the matter, all of it", "ms", tuple(taken["http"])),
    }
    return Row(
        id="P16",
        title=f"look-alike search among {pictures:,} pictures",
        series=(*series.values(), Series("pictures found", "", tuple(found))),
        targets=(
            Target(
                "95th percentile by index", "at most", WANTED_MS, series["index"].percentile(95),
                "ms",
            ),
            Target(
                "95th percentile of opening the matter", "at most", WANTED_MS,
                series["http"].percentile(95), "ms",
            ),
            Target(
                "times as fast as looking at each", "at least", WANTED_RATIO,
                ratio(taken["scan"], taken["index"]), "×",
            ),
        ),
        notes=(
            "Multi-index hashing: 16 pieces of 16 bits in one GIN index, 272 of them asked for.",
            "Each round, both answers are the same list, distances included: nothing is missed.",
            f"The scan may have {helpers} processes to help it; filled in {filled:.0f} s.",
        ),
    )  # fmt: skip


def _timed(session: Session, sha256: str, *, scan: bool) -> tuple[Sequence[tuple[str, int]], float]:
    began = time.perf_counter()
    search = _each if scan else resemblance.alike
    found = sorted((digest, far) for digest, far in search(session, sha256, 31))
    return found, (time.perf_counter() - began) * 1000


def _each(session: Session, sha256: str, most: int) -> Sequence[tuple[str, int]]:
    """What `resemblance.alike` answers, without its index."""
    mine = session.scalar(select(FileFacts.likeness).where(FileFacts.sha256 == sha256))
    distance = func.bit_count(FileFacts.likeness.op("#")(cast(mine, BIT(likeness.BITS))))
    return session.execute(
        select(FileFacts.sha256, distance)
        .where(distance <= most, FileFacts.sha256 != sha256)
        .order_by(distance, FileFacts.looked_at)
        .limit(200)
    ).all()


def _helpers(services: Services) -> str:
    with services.sessions() as session:
        asked = select(func.current_setting("max_parallel_workers_per_gather"))
        return str(session.execute(asked).scalar_one())


def _await_looked_at(services: Services, count: int) -> None:
    """A worker looks at a file in its own time; what it finds is replaced here."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while True:
        with services.sessions() as session:
            seen = session.scalar(select(func.count()).select_from(FileFacts)) or 0
        if seen == count:
            return
        assert time.monotonic() < end, f"{seen} of {count} pictures were looked at"
        time.sleep(0.1)


def _examined(services: Services, matter: str, bits: str) -> str:
    """Let the picture under examination look like this; its digest."""
    with services.sessions() as session, session.begin():
        evidence = session.get_one(Evidence, session.get_one(Matter, matter).evidence_id)
        (file,) = works.version_files(session, evidence.version_id)
        session.execute(
            update(FileFacts)
            .where(FileFacts.sha256 == file.sha256)
            .values(likeness=bits, pieces=likeness.pieces(bits))
        )
        return file.sha256


def _fill(services: Services, dice: Random, count: int, asked: int) -> list[str]:
    """So many pictures by COPY, and as many that are near some of them, to ask about."""
    address = make_url(services.settings.database_url).set(drivername="postgresql")
    sample: list[str] = []
    every = max(1, count // asked)
    with psycopg.connect(address.render_as_string(hide_password=False)) as connection:
        # Their bytes are nowhere: the rows that would say where are not needed.
        connection.execute("SET session_replication_role = replica")
        listed = ", ".join(_COLUMNS)
        with connection.cursor().copy(f"COPY file_facts ({listed}) FROM STDIN".encode()) as copy:
            for place, row in enumerate(_rows(dice, count)):
                copy.write_row(row)
                if place % every == 0 and len(sample) < asked:
                    sample.append(_near(dice, str(row[3])))
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE file_facts")
    return sample


def _rows(dice: Random, count: int) -> Iterator[list[Any]]:
    often, seen, model = dice.getrandbits(likeness.BITS), datetime(2026, 1, 1, tzinfo=UTC), ""
    for place in range(count):
        tenth = place % (10 * _SERIES) < _SERIES
        if tenth and place % _SERIES:
            bits = _near(dice, model)
        else:
            bits = model = f"{_uneven(dice, often):0{likeness.BITS}b}"
        yield [secrets.token_hex(32), 3000, 2000, bits, likeness.pieces(bits), seen]


def _uneven(dice: Random, often: int) -> int:
    """Bits of `often` are set in five of eight, the others in three of eight."""
    one, *more = (dice.getrandbits(likeness.BITS) for _ in range(5))
    return (one | (more[0] & more[1] & often)) & ~(more[2] & more[3] & ~often)


def _near(dice: Random, bits: str) -> str:
    """The same picture, a little changed."""
    changed = list(bits)
    for place in dice.sample(range(likeness.BITS), dice.randint(0, _WITHIN)):
        changed[place] = "1" if changed[place] == "0" else "0"
    return "".join(changed)

"""P15: an examiner's queue over HTTP with 1,000,000 matters at one office.

Half of them wait for the first examination, a quarter for the final one, a quarter is held by
others; agencies and categories are as unevenly filled as in the year 2023 (fine art and photographs
are nine of ten). Every filter is asked for, and pages far behind the first. Every matter has its
running term, most of them overdue: what the worker does every ten seconds is measured too.
"""

import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any, Final

import httpx2
import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import make_url, select

from api.anchoring import watch_register
from api.wiring import Services
from bench import running
from bench.figures import Row, Series, Target
from bench.terms import Terms
from registry import calendars
from registry.choices import CATEGORIES
from registry.models import Matter
from registry.offices import shipped
from tests.grounds.filing import AGENCY, OFFICE, applicant, examiner, picture
from tests.grounds.matters import FORM
from tests.grounds.stack import RunningStack

WANTED_MS: Final = 100
_PIECE: Final = 50
_SHARES: Final = {"fine_art": 513, "photograph": 389, "text": 51, "audiovisual": 18}
"""Of a thousand registered in 2023; all other categories share the rest."""

_COLUMNS: Final = (
    "id", "number", "office", "edition", "agency", "applicant_id", "evidence_id", "status", "round",
    "form", "documents", "created_at", "submitted_at", "examine_by", "first_officer_id",
    "first_person",
)  # fmt: skip
_TERM_COLUMNS: Final = (
    "id", "matter_id", "purpose", "began_at", "due_at", "provisional", "extended", "reckoned",
)  # fmt: skip


def measure(terms: Terms) -> Row:
    """One page after the other, each kind in turn, by one signed-in examiner of each stage."""
    matters, rounds = terms.size(1_000_000, 2_000), terms.size(60, 3)
    with running.stack(terms.scratch / "stack") as stack:
        first, final = examiner(stack), examiner(stack, "final_examiner")
        began = time.perf_counter()
        middle = _fill(stack, matters)
        filled = time.perf_counter() - began
        asked: dict[str, tuple[httpx2.Client, dict[str, Any]]] = {
            "first examiner, first page": (first.http, {}),
            "first examiner, a page in the middle": (first.http, {"cursor": middle}),
            "first examiner, a common category": (first.http, {"category": "fine_art"}),
            "first examiner, a rare category": (first.http, {"category": "quyi"}),
            "first examiner, urgent": (first.http, {"urgent": "true"}),
            "first examiner, held": (first.http, {"mine": "true"}),
            "final examiner, first page": (final.http, {"role": "final_examiner"}),
            "final examiner, one agency": (
                final.http, {"role": "final_examiner", "agency": AGENCY},
            ),
            "final examiner, a rare category": (
                final.http, {"role": "final_examiner", "category": "quyi"},
            ),
        }  # fmt: skip
        taken: dict[str, list[float]] = {name: [] for name in asked}
        for number in range(rounds + 1):
            for name, (http, query) in asked.items():
                spent = _page(http, {"role": "first_examiner", "limit": _PIECE, **query})
                if number:  # the first round warms the caches
                    taken[name].append(spent)
        looks = _looks(running.services_of(stack.var), rounds)
    series = tuple(Series(name, "ms", tuple(each)) for name, each in taken.items())
    together = Series("all", "ms", tuple(each for one in series for each in one.samples))
    return Row(
        id="P15",
        title=f"an examiner's queue, {matters:,} matters at one office, pages of {_PIECE}",
        series=(*series, Series("the worker looks for what waits too long", "ms", looks)),
        targets=(
            Target(
                "95th percentile of all pages", "at most", WANTED_MS, together.percentile(95), "ms"
            ),
            *(
                Target(
                    f"95th percentile: {each.name}", "at most", WANTED_MS, each.percentile(95), "ms"
                )
                for each in series
            ),
        ),
        notes=(
            f"Each answer counts what waits, is overdue and is held. Filled in {filled:.0f} s.",
            "Each request opens a connection of its own and is authorised by cookie and role.",
        ),
    )


def _looks(services: Services, rounds: int) -> tuple[float, ...]:
    """Milliseconds of each look of the worker at the whole register; the first warms."""
    taken = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        watch_register(services)
        taken.append((time.perf_counter() - began) * 1000)
    services.engine.dispose()
    return tuple(taken[1:])


def _page(http: httpx2.Client, query: dict[str, Any]) -> float:
    """Milliseconds for one page."""
    began = time.perf_counter()
    answer = http.get(f"/api/v1/offices/{OFFICE}/queue", params=query)
    spent = (time.perf_counter() - began) * 1000
    assert answer.status_code == 200, answer.text
    return spent


def _fill(stack: RunningStack, count: int) -> str:
    """Matters by COPY, without the triggers that let a matter begin as a draft only; the id of one
    in the middle of the first examiners' queue.
    """
    filer = applicant(stack)
    filer.submitted(filer.deposited("a.png", picture()), filer.deposited("b.png", picture()))
    services = running.services_of(stack.var)
    with services.sessions() as session:
        model = session.scalars(select(Matter)).one()
        counted = calendars.edition(session)  # or the worker would count them all anew
    held = (uuid.uuid4(), uuid.uuid4())
    address = make_url(services.settings.database_url).set(drivername="postgresql")
    middle, terms = "", []
    with psycopg.connect(address.render_as_string(hide_password=False)) as connection:
        connection.execute("SET session_replication_role = replica")
        listed = ", ".join(_COLUMNS)
        with connection.cursor().copy(f"COPY matter ({listed}) FROM STDIN".encode()) as copy:
            for place, row in enumerate(_rows(model, held, count)):
                copy.write_row(row)
                since, due = row[_COLUMNS.index("submitted_at")], row[_COLUMNS.index("examine_by")]
                terms.append((uuid.uuid4(), row[0], "examination", since, due, False, 0, counted))
                if place >= count // 2 and not middle and row[4] == AGENCY:
                    middle = str(row[0])
        listed = ", ".join(_TERM_COLUMNS)
        with connection.cursor().copy(f"COPY term ({listed}) FROM STDIN".encode()) as copy:
            for term in terms:
                copy.write_row(term)
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE matter, term")
    services.engine.dispose()
    return middle


def _rows(model: Matter, held: tuple[uuid.UUID, uuid.UUID], count: int) -> Iterator[list[Any]]:
    dice = Random(15)  # noqa: S311 - the same matters each time
    others = sorted(set(CATEGORIES) - set(_SHARES))
    names = [*_SHARES, *others]
    rest = (1000 - sum(_SHARES.values())) / len(others)
    weights = list(accumulate([*_SHARES.values(), *(rest for _ in others)]))
    agencies = list(shipped()[OFFICE].agencies or {})
    began = datetime(2026, 1, 1, tzinfo=UTC)
    for place in range(count):
        status = ("submitted", "passed", "submitted", "first_examination")[place % 4]
        since = began + timedelta(seconds=20 * place)
        form = {**FORM, "title": f"山间 {place}", "urgent": place % 500 == 0,
                "category": dice.choices(names, cum_weights=weights)[0]}  # fmt: skip
        examined = (None, None) if status == "submitted" else held
        yield [
            uuid.UUID(int=dice.getrandbits(128)), f"P15-{place:09d}", OFFICE, model.edition,
            dice.choice(agencies), model.applicant_id, model.evidence_id, status, 1, Jsonb(form),
            Jsonb(model.documents), since, since, since + timedelta(days=30), *examined,
        ]  # fmt: skip

"""T06: nobody is given a matter they are bound to; tried in 10^5 random worlds."""

import random
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from registry.conflicts import Ground, Interests, Involved, conflict, first_without, folded

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
WORLDS = 100_000
ME, OTHER, BODY = (uuid.uuid4() for _ in range(3))
MINE, THEIRS, FIRM = (uuid.uuid4() for _ in range(3))
OFFICER = Interests(accounts=frozenset({MINE}), persons=frozenset({ME}))


def filed(**more: object) -> Involved:
    said = {"matter": uuid.uuid4(), "since": NOW, "accounts": frozenset({THEIRS}), **more}
    return Involved(**said)  # type: ignore[arg-type]


def bound(**more: object) -> Interests:
    return Interests(**{**vars(OFFICER), **more})  # type: ignore[arg-type]


class TestGrounds:
    def test_a_strangers_matter_has_none(self) -> None:
        assert conflict(OFFICER, filed(persons=frozenset({OTHER}), names=frozenset({"x"}))) is None

    @pytest.mark.parametrize(
        "involved",
        [filed(accounts=frozenset({THEIRS, MINE})), filed(persons=frozenset({ME, OTHER}))],
    )
    def test_ones_own_under_whatever_account(self, involved: Involved) -> None:
        assert conflict(OFFICER, involved) is Ground.OWN

    @pytest.mark.parametrize("until", [None, NOW, NOW + timedelta(days=1)])
    def test_of_an_organisation_worked_for_since_it_was_filed(self, until: datetime | None) -> None:
        member = bound(organisations={FIRM: until, BODY: until})
        assert conflict(member, filed(accounts=frozenset({FIRM}))) is Ground.ORGANISATION
        assert conflict(member, filed(persons=frozenset({BODY}))) is Ground.ORGANISATION

    def test_not_of_one_left_before(self) -> None:
        member = bound(organisations={FIRM: NOW - timedelta(seconds=1)})
        assert conflict(member, filed(accounts=frozenset({FIRM}))) is None

    def test_of_whom_the_officer_declared(self) -> None:
        declared = bound(declared=frozenset({OTHER}), names=frozenset({folded("张 三")}))
        assert conflict(declared, filed(persons=frozenset({OTHER}))) is Ground.DECLARED
        assert conflict(declared, filed(names=frozenset({folded("张三")}))) is Ground.DECLARED

    def test_of_a_name_that_may_be_the_officers(self) -> None:
        me, them = bound(called=frozenset({"张三"})), frozenset({"张三", "李四"})
        assert conflict(me, filed(names=them, unproven=them)) is Ground.OWN
        assert conflict(me, filed(names=them)) is None
        assert conflict(me, filed(names=them, unproven=frozenset({"李四"}))) is None

    @pytest.mark.parametrize(
        ("until", "ground"),
        [(None, Ground.ORGANISATION), (NOW, Ground.ORGANISATION),
         (NOW - timedelta(seconds=1), None)],
    )  # fmt: skip
    def test_of_a_name_that_may_be_of_whom_the_officer_works_for(
        self, until: datetime | None, ground: Ground | None
    ) -> None:
        member = bound(organisation_names={"某公司": until})
        assert conflict(member, filed(unproven=frozenset({"某公司"}))) is ground
        assert conflict(member, filed(names=frozenset({"某公司"}))) is None

    def test_of_what_the_officer_stepped_back_from(self) -> None:
        one, other = filed(), filed()
        recused = bound(recused=frozenset({one.matter}))
        assert conflict(recused, one) is Ground.RECUSED
        assert first_without(recused, [one, other]) == other
        assert first_without(recused, [one]) is None

    @pytest.mark.parametrize("typed", ["Ａcme Ltd", " acme　ltd ", "ACMELTD"])
    def test_a_name_is_the_same_however_it_is_typed(self, typed: str) -> None:
        assert folded(typed) == folded("Acme Ltd")


@dataclass
class World:
    """People with several accounts, bodies with members, and ties; all by number."""

    person_of: dict[int, int | None]
    members: dict[tuple[int, int], datetime | None]
    """(organisation's account, member's account): until when."""
    ties: set[tuple[int, int]]
    """(person, person or body) as declared."""
    named: set[tuple[int, str]] = field(default_factory=set)


@dataclass
class Filing:
    applicant: int
    agent: int | None
    parties: list[tuple[int | None, str]]
    since: datetime
    recused: set[int]


def a_world(dice: random.Random) -> World:
    accounts = range(8)
    return World(
        person_of={a: dice.choice([None, *range(6)]) for a in accounts},
        members={
            (dice.choice(accounts), dice.choice(accounts)): dice.choice(
                [None, NOW - timedelta(days=dice.randint(-2, 2))]
            )
            for _ in range(dice.randint(0, 3))
        },
        ties={(dice.randrange(6), dice.randrange(6)) for _ in range(dice.randint(0, 2))},
        named={(dice.randrange(6), dice.choice("甲乙丙")) for _ in range(dice.randint(0, 1))},
    )


def a_filing(dice: random.Random) -> Filing:
    return Filing(
        applicant=dice.randrange(8),
        agent=dice.choice([None, None, dice.randrange(8)]),
        parties=[
            (dice.choice([None, dice.randrange(6)]), dice.choice("甲乙丙丁戊己庚"))
            for _ in range(dice.randint(0, 2))
        ],
        since=NOW - timedelta(days=dice.randint(-1, 1)),
        recused={dice.randrange(6)} if dice.random() < 0.1 else set(),
    )


def is_bound(world: World, person: int, filing: Filing) -> bool:
    """The same question, asked of the world tie by tie."""
    filers = [filing.applicant] + ([] if filing.agent is None else [filing.agent])
    standing = {world.person_of[a] for a in filers} | {who for who, _ in filing.parties}
    standing.discard(None)
    if person in standing or person in filing.recused:
        return True
    if any((person, who) in world.ties for who in standing):
        return True
    if any((person, name) in world.named for _, name in filing.parties):
        return True
    for (firm, member), until in world.members.items():
        if world.person_of[member] != person or (until is not None and until < filing.since):
            continue
        body = world.person_of[firm]
        if firm in filers or (body is not None and body in standing):
            return True
    return False


def number(kind: str, value: int) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{kind}{value}")


PERSONS = [number("p", each) for each in range(6)]
ACCOUNTS = [number("a", each) for each in range(8)]


def interests_in(world: World, person: int, filings: list[tuple[uuid.UUID, Filing]]) -> Interests:
    organisations: dict[uuid.UUID, datetime | None] = {}
    for (firm, member), until in world.members.items():
        if world.person_of[member] == person:
            body = world.person_of[firm]
            for each in (ACCOUNTS[firm], None if body is None else PERSONS[body]):
                if each is not None:
                    known = organisations.get(each, until)
                    organisations[each] = (
                        None if until is None or known is None else max(until, known)
                    )
    return Interests(
        accounts=frozenset(ACCOUNTS[a] for a, who in world.person_of.items() if who == person),
        persons=frozenset({PERSONS[person]}),
        organisations=organisations,
        declared=frozenset(PERSONS[to] for who, to in world.ties if who == person),
        names=frozenset(folded(name) for who, name in world.named if who == person),
        recused=frozenset(at for at, filing in filings if person in filing.recused),
    )


def involved_in(world: World, matter: uuid.UUID, filing: Filing) -> Involved:
    filers = [filing.applicant] + ([] if filing.agent is None else [filing.agent])
    persons = [world.person_of[each] for each in filers] + [who for who, _ in filing.parties]
    return Involved(
        matter=matter,
        since=filing.since,
        accounts=frozenset(ACCOUNTS[each] for each in filers),
        persons=frozenset(PERSONS[each] for each in persons if each is not None),
        names=frozenset(folded(name) for _, name in filing.parties),
    )


def test_no_assignment_where_a_conflict_exists_in_a_hundred_thousand_worlds() -> None:
    dice = random.Random(20260301)  # noqa: S311 - the worlds need no secrecy
    matters = [uuid.uuid4() for _ in range(4)]
    given = kept = 0
    for _ in range(WORLDS):
        world, person = a_world(dice), dice.randrange(6)
        filings = [(matter, a_filing(dice)) for matter in matters]
        mine = interests_in(world, person, filings)
        waiting = [involved_in(world, matter, filing) for matter, filing in filings]
        free = [matter for matter, filing in filings if not is_bound(world, person, filing)]
        found = first_without(mine, waiting)
        assert (None if found is None else found.matter) == (free[0] if free else None)
        given += found is not None
        kept += len(free) < len(filings)
    assert given > WORLDS // 2
    assert kept > WORLDS // 2

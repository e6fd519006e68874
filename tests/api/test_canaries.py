"""Identity numbers go in everywhere; none is found in any file, page, log or answer."""

import base64
import itertools
import json
import re
import secrets
from pathlib import Path
from typing import Any

import psycopg
import psycopg.sql
import pytest
import redis

from api.commands.story_payment import pay
from api.stack.keeping import read_environment
from tests.grounds import words
from tests.grounds.callers import PASSWORD, Person, person, visitor
from tests.grounds.filing import at, examiner
from tests.grounds.officers import at_work, enrolled
from tests.grounds.people import resident_number
from tests.grounds.signers import at_link, eventually, to_sign
from tests.grounds.stack import RunningStack

COUNT = 50
"""Two hundred of them go in by `make faults`."""
_CHUNK = 4 * 1024 * 1024


def party(number: str, **more: object) -> dict[str, object]:
    return {"name": "李四", "roles": ["author", "owner"], "document_kind": "resident_id",
            "number": number, "region": "330106", "address": "西湖区", **more}  # fmt: skip


def mistyped(number: str) -> str:
    return number[:-1] + ("1" if number[-1] == "0" else "0")


def files_with(folder: Path, pattern: re.Pattern[bytes]) -> list[str]:
    """Files below a folder that contain a match, also one that lies across two reads."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        tail = b""
        with path.open("rb") as file:
            while data := file.read(_CHUNK):
                if pattern.search(tail + data):
                    found.append(str(path.relative_to(folder)))
                    break
                tail = data[-64:]
    return found


def settings_of(stack: RunningStack) -> dict[str, str]:
    return read_environment(stack.var / "env")


def connected(stack: RunningStack) -> psycopg.Connection[Any]:
    address = settings_of(stack)["DATABASE_URL"].replace("+psycopg", "")
    return psycopg.connect(address, autocommit=True)


def write_out(stack: RunningStack) -> None:
    """What database and broker still hold in memory goes to their files."""
    with connected(stack) as connection:
        connection.execute("CHECKPOINT")
    redis.Redis.from_url(settings_of(stack)["BROKER_URL"]).save()


def rows_with(stack: RunningStack, pattern: re.Pattern[bytes]) -> list[str]:
    """Tables with a row that has a match, as a dump writes it: pages may be compressed (T50)."""
    found = []
    with connected(stack) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        ).fetchall()
        for (table,) in tables:
            name = psycopg.sql.Identifier(table)
            copy = psycopg.sql.SQL("COPY {} TO STDOUT").format(name)
            with connection.cursor() as cursor, cursor.copy(copy) as rows:
                hits = [row for row in rows if pattern.search(bytes(row))]
            if hits:
                found.append(table)
    return found


def through_the_library(someone: Person, numbers: list[str]) -> list[str]:
    """Every number added, added twice, mistyped, changed, listed, some erased: all the answers."""
    told = []
    for place, number in enumerate(numbers):
        post = someone.http.post
        added = post("/api/v1/parties", json=party(number))
        assert added.status_code == 201, added.text
        told += [added.text, post("/api/v1/parties", json=party(number)).text]
        told.append(post("/api/v1/parties", json=party(mistyped(number))).text)
        told.append(post("/api/v1/parties", json=party(number, extra=number)).text)
        told.append(post("/api/v1/parties", json=party(number, roles=[number])).text)
        at = f"/api/v1/parties/{added.json()['id']}"
        told.append(someone.http.put(at, json=party(number, name="李四四")).text)
        if place % 5 == 0:
            told.append(someone.http.delete(at).text)
    told.append(someone.http.get("/api/v1/parties").text)
    return told


def through_enrolment(stack: RunningStack, numbers: list[str]) -> list[str]:
    """Each as an officer's number: some with a code, the others with a guess."""
    told = []
    for number in numbers[:3]:
        officer = enrolled(stack, "anywhere", "registrar", number=number)
        told.append(officer.http.get("/api/v1/officers/self").text)
    for number in numbers[3:]:
        body = {"code": "guess", "password": PASSWORD, "document_kind": "resident_id",
                "number": number}  # fmt: skip
        told.append(visitor(stack).post("/api/v1/officers", json=body).text)
    return told


PAPERS_OF_ONE = 25
"""How many claims an account makes here: it brings sixty papers an hour at most."""


def through_claims(stack: RunningStack, numbers: list[str]) -> list[str]:
    """Each said to be one's own, with a paper that shows it; mistyped; erased; looked at once."""
    told = []
    for at_number, number in enumerate(numbers):
        if at_number % PAPERS_OF_ONE == 0:
            who = person(stack)
            who.http.put("/api/v1/account/kind", json={"kind": "individual"})
        body = {
            "name": "李四",
            "document_kind": "resident_id",
            "number": number,
            "region": "330106",
        }
        made = who.http.post("/api/v1/identity", json=body)
        assert made.status_code == 201, made.text
        at = f"/api/v1/identity/{made.json()['id']}"
        data = b"\xff\xd8\xff\xe0 " + number.encode() * 3
        for kind in ("id_front", "id_back"):
            added = who.http.put(f"{at}/papers?kind={kind}", content=data,
                                 headers={"Content-Type": "application/octet-stream"})  # fmt: skip
            assert added.status_code == 200, added.text
        told += [made.text, added.text, who.http.get(at).text]
        told.append(who.http.post("/api/v1/identity", json={**body, "number": number + "0"}).text)
        told.append(who.http.post("/api/v1/identity", json={**body, "name": "", "x": number}).text)
    told.append(who.http.post(f"{at}/submission").text)
    return told


def through_signing(stack: RunningStack, numbers: list[str]) -> list[str]:
    """Given as proof of who signs, behind links that nobody was sent."""
    http = visitor(stack)
    http.headers["Origin"] = stack.address
    return [
        http.post(
            "/api/v1/signing/proof",
            json={"code": "000000", "document_kind": "resident_id", "number": number},
            headers={"Signing-Link": "x" * 43},
        ).text
        for number in numbers
    ]


def through_every_operation(stack: RunningStack, numbers: list[str]) -> list[str]:
    """In every operation of the document, by an officer or an applicant: in a field that is none,
    in every field as a list of it, in the query, and where an id belongs.

    What is refused must not be told again, and must not be noted anywhere.
    """
    someone, officer = person(stack), at_work(stack, "anywhere", "supervisor")
    document = someone.http.get("/api/v1/openapi.json").json()
    told, left = [], itertools.cycle(numbers)
    for path, item in document["paths"].items():
        for method, operation in item.items():
            who = officer.http if "/offices/" in path else someone.http
            number = next(left)
            at = path.replace("{office}", "anywhere")
            at = re.sub(r"{\w+}", number, at)
            fields = _fields(document, operation)
            body = {**{name: [number] for name in fields}, "x": number} if fields else None
            query = {each["name"]: f"{number}!" for each in operation.get("parameters", ())
                     if each["in"] == "query"}  # fmt: skip
            if path == "/api/v1/session" and method == "delete":
                continue
            answer = who.request(method, at, json=body, params=query)
            assert answer.status_code < 500, (path, answer.text)
            told.append(answer.text)
    return told


def _fields(document: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    """The fields of an operation's JSON body."""
    content = operation.get("requestBody", {}).get("content", {})
    named = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    schema = document["components"]["schemas"].get(named.rpartition("/")[2], {})
    return list(schema.get("properties", {}))


def through_a_whole_matter(stack: RunningStack) -> tuple[list[str], list[str]]:
    """Signed by link with wrong and right numbers, taken up, looked into, and sent back with a
    notice: the numbers of its people, and all the answers.
    """
    matter = to_sign(stack)
    http = at_link(stack, matter.people[0].link())
    wrong = resident_number()
    code = matter.people[0].code(http)
    body = {"code": code, "document_kind": "resident_id", "number": wrong}
    told = [http.post("/api/v1/signing/proof", json=body).text]
    told.append(http.get("/api/v1/signing").text)
    for signer in matter.people:
        signer.sign(stack)
    eventually(lambda: matter.state() == "payment" or None)
    paid = pay(matter.ask, matter.ask("GET", f"/matters/{matter.matter}"))
    assert paid["state"] == "submitted"
    mine = matter.applicant.person.http
    officer = examiner(stack, office="zhejiang", agency="zhejiang")

    def here(act: str = "") -> str:
        return at(matter.matter, act, "zhejiang")

    told.append(officer.http.post(here("claim"), json={"role": "first_examiner"}).text)
    told += [officer.http.get(here(each)).text for each in ("", "papers", "history")]
    items = [{"kind": "field", "name": "title", "reason": "请写明"}]
    returned = officer.http.post(here("return"), json={"items": items})
    assert returned.status_code == 200, returned.text
    matters = f"/api/v1/matters/{matter.matter}"
    told += [mine.get(each).text for each in (
        matters, f"{matters}/signing", f"{matters}/notices", f"{matters}/history",
        "/api/v1/messages", "/api/v1/orders", "/api/v1/parties",
    )]  # fmt: skip
    told += [json.dumps(message, ensure_ascii=False) for each in matter.people
             for message in each.messages()]  # fmt: skip
    return [wrong, *(each.number for each in matter.people)], told


FAILING = ("party", "verification", "creating_call", "audit_line")


def through_a_database_that_fails(stack: RunningStack, numbers: list[str]) -> list[str]:
    """The row cannot be written, or one that follows it in the same transaction cannot: what is
    answered and logged then must not be the row.
    """
    someone, told = person(stack), []
    someone.http.put("/api/v1/account/kind", json={"kind": "individual"})
    function = "canary_fails() RETURNS trigger LANGUAGE plpgsql"
    with connected(stack) as connection:
        connection.execute(
            f"CREATE FUNCTION {function} AS $$ BEGIN RAISE EXCEPTION 'planted'; END $$"
        )
        for place, table in enumerate(FAILING):
            connection.execute(
                psycopg.sql.SQL(
                    "CREATE TRIGGER canary_fails BEFORE INSERT ON {} "
                    "FOR EACH ROW EXECUTE FUNCTION canary_fails()"
                ).format(psycopg.sql.Identifier(table))
            )
            try:
                for number in numbers[place :: len(FAILING)]:
                    key = {"Idempotency-Key": secrets.token_hex(8)}
                    claim = {"name": "李四", "document_kind": "resident_id", "number": number,
                             "region": "330106"}  # fmt: skip
                    for path, body in (("parties", party(number)), ("identity", claim)):
                        answer = someone.http.post(f"/api/v1/{path}", json=body, headers=key)
                        told.append(answer.text)
            finally:
                connection.execute(
                    psycopg.sql.SQL("DROP TRIGGER canary_fails ON {}").format(
                        psycopg.sql.Identifier(table)
                    )
                )
        connection.execute("DROP FUNCTION canary_fails()")
    assert sum("internal" in text for text in told) >= len(FAILING)
    return told


def in_the_clear(numbers: list[str]) -> re.Pattern[bytes]:
    """A number as it is typed, and as bytes are written in hex and base64."""
    wrong = [mistyped(number) for number in numbers]
    spelled = [*numbers, *wrong, *(number.encode().hex() for number in numbers)]
    # Base64 of a text's inner part, at each of the three places it may begin.
    for number in numbers:
        for skip in range(3):
            coded = base64.b64encode(b"x" * skip + number.encode())
            spelled.append(re.escape(coded[4:-4].decode()))
    return re.compile("|".join(spelled).encode())


def through_all_of_them(stack: RunningStack, count: int) -> None:
    """T48, T50: in no answer, log, queue, object, message, page of the database, or dump of it."""
    numbers: list[str] = []
    while len(numbers) < count:
        numbers = sorted({*numbers, resident_number()})
    tenth = count // 10
    parts = [0, *itertools.accumulate([tenth, tenth, tenth, 2 * tenth, tenth, tenth]), count]
    library, operations, written, claims, failing, signing, enrolment = (
        numbers[start:end] for start, end in itertools.pairwise(parts)
    )
    answers = through_the_library(person(stack), library)
    answers += through_every_operation(stack, operations)
    answers += words.tried(stack, written)[0]
    answers += through_claims(stack, claims)
    answers += through_a_database_that_fails(stack, failing)
    answers += through_signing(stack, signing)
    answers += through_enrolment(stack, enrolment)
    nowhere(stack, numbers, answers)


@pytest.mark.timeout(600)
def test_no_identity_number_is_found_anywhere(stack: RunningStack) -> None:
    through_all_of_them(stack, COUNT)


@pytest.mark.timeout(600)
def test_no_number_of_a_matters_people_is_found_anywhere(stack: RunningStack) -> None:
    """T48: signed by link, paid, taken up, looked into and returned."""
    nowhere(stack, *through_a_whole_matter(stack))


def nowhere(stack: RunningStack, numbers: list[str], answers: list[str]) -> None:
    """In no answer, file, page or row."""
    pattern = in_the_clear(numbers)
    assert not [text for text in answers if pattern.search(text.encode())]
    write_out(stack)
    assert files_with(stack.var, pattern) == []
    assert rows_with(stack, pattern) == []


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    number = resident_number()
    (tmp_path / "a").write_bytes(b"x" * (_CHUNK - 7) + number.encode() + b"y")
    (tmp_path / "b").write_bytes(b"x" * 100)
    (tmp_path / "c").write_bytes(
        b"calldata 0x" + b"see ".hex().encode() + number.encode().hex().encode()
    )
    (tmp_path / "d").write_bytes(base64.b64encode(b"ab" + number.encode() + b"cd"))
    assert files_with(tmp_path, in_the_clear([number])) == ["a", "c", "d"]


def test_the_search_finds_what_is_in_a_row(stack: RunningStack) -> None:
    number = resident_number()
    with connected(stack) as connection:
        connection.execute("CREATE TABLE canary_there (body jsonb)")
        connection.execute("INSERT INTO canary_there VALUES (%s)", [f'{{"number": "{number}"}}'])
        try:
            assert rows_with(stack, in_the_clear([number])) == ["canary_there"]
        finally:
            connection.execute("DROP TABLE canary_there")

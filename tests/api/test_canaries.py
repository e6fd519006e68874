"""Two hundred identity numbers go in; none is found in any file, page, log or answer."""

import re
from pathlib import Path

import psycopg
import pytest
import redis

from api.stack.keeping import read_environment
from tests.grounds.callers import PASSWORD, Person, person, visitor
from tests.grounds.officers import enrolled
from tests.grounds.people import resident_number
from tests.grounds.stack import RunningStack

COUNT = 200
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


def write_out(stack: RunningStack) -> None:
    """What database and broker still hold in memory goes to their files."""
    known = read_environment(stack.var / "env")
    address = known["DATABASE_URL"].replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    redis.Redis.from_url(known["BROKER_URL"]).save()


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


@pytest.mark.timeout(600)
def test_no_identity_number_is_found_anywhere(stack: RunningStack) -> None:
    numbers = [resident_number() for _ in range(COUNT)]
    assert len(set(numbers)) > COUNT // 2
    numbers = sorted(set(numbers))
    someone = person(stack)
    answers = through_the_library(someone, numbers[: COUNT // 2])
    answers += through_enrolment(stack, numbers[COUNT // 2 :])
    wrong = [mistyped(number) for number in numbers]
    pattern = re.compile("|".join([*numbers, *wrong]).encode())
    assert not [text for text in answers if pattern.search(text.encode())]
    write_out(stack)
    assert files_with(stack.var, pattern) == []


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    number = resident_number()
    (tmp_path / "a").write_bytes(b"x" * (_CHUNK - 7) + number.encode() + b"y")
    (tmp_path / "b").write_bytes(b"x" * 100)
    assert files_with(tmp_path, re.compile(number.encode())) == ["a"]

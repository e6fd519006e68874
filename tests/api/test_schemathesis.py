"""Schemathesis over the whole OpenAPI document: no 500, no undocumented status, no odd answer.

Each operation is tried by a caller who may use it, as its policy row says: a program, a signed-in
person, a visitor. Its systematic cases all run, for every operation alike; random ones come on
top. A second run gives ids that exist, so that what lies behind a look-up is reached too. What
would end the caller's own key or session is left out, and so are bodies of other kinds (an
upload's bytes, a time-stamp request, papers), which have tests of their own.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from accounts import keys
from api.policies import OFFICER, POLICIES, PUBLIC, SIGNED_IN
from tests.grounds.callers import Person, certified, deposit, person, program, uploaded, visitor
from tests.grounds.stack import RunningStack

CHECKS: Final = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance"
)
LEFT_OUT: Final = frozenset(
    {"append_bytes", "add_paper", "add_party_paper", "store_paper", "timestamp", "sign_out"}
)
RANDOM: Final = 5
"""Random cases of each operation, beside the systematic ones."""

BY_PROGRAMS: Final = {
    name for name, row in POLICIES.items() if row.access not in {PUBLIC, SIGNED_IN, OFFICER}
}
BY_PERSONS: Final = {name for name, row in POLICIES.items() if row.access in {SIGNED_IN, OFFICER}}


def fuzz(
    stack: RunningStack,
    folder: Path,
    headers: dict[str, str],
    operations: set[str],
    known: dict[str, str] | None = None,
) -> None:
    """Run the tool over these operations; `known` are values of parameters that exist."""
    # The document is put together for the first who asks, and the tool waits ten seconds only.
    assert visitor(stack).get("/api/v1/openapi.json").status_code == 200
    operations = operations - LEFT_OUT
    report, settings = folder / "report.json", folder / "schemathesis.toml"
    lines = [f"{name} = {json.dumps(value)}" for name, value in (known or {}).items()]
    settings.write_text("\n".join(["[parameters]", *lines, ""]))
    command: list[str | Path] = [Path(sys.executable).parent / "schemathesis"]
    command += ["--config-file", settings, "run", f"{stack.address}/api/v1/openapi.json"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    for name in sorted(operations):
        command += ["--include-operation-id", name]
    command += ["--phases", "examples,coverage,fuzzing", "-n", str(RANDOM), "--seed", "1"]
    command += ["--checks", CHECKS, "--no-color", "--report-json-path", report]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=540, check=False
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    told = json.loads(report.read_text())
    assert told["complete"], told["stop_reason"]
    assert told["operations"]["tested"] == len(operations), told["operations"]
    assert told["test_cases"]["generated"] >= 10 * len(operations), told["test_cases"]


def as_program(caller: Person) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {caller.key(*keys.ALL_SCOPES)}",
        "X-Forwarded-For": caller.http.headers["X-Forwarded-For"],
    }


def as_person(stack: RunningStack, caller: Person) -> dict[str, str]:
    (cookie,) = caller.http.cookies.items()
    return {
        "Cookie": "=".join(cookie),
        "X-CSRF-Token": caller.csrf,
        "Origin": stack.address,
        "X-Forwarded-For": caller.http.headers["X-Forwarded-For"],
    }


def belongings(stack: RunningStack, caller: Person) -> dict[str, str]:
    """Ids of what the caller owns; deposited, so that nothing the tool does ends it."""
    http = program(stack, caller.key(*keys.ALL_SCOPES))
    file = uploaded(http, "a.txt", b"what is deposited")
    number = deposit(http, file, title="山间").json()["evidence_number"]
    certified(http, number)
    work: dict[str, Any] = http.get("/api/v1/works").json()["items"][0]
    other = caller.http.post("/api/v1/keys", json={"name": "k", "scopes": ["read"]}).json()
    return {
        "number": number,
        "position": "0",
        "work_id": work["id"],
        "upload_id": file["upload"],
        "key_id": other["id"],
    }


@pytest.mark.timeout(600)
def test_nothing_a_program_sends_surprises_us(stack: RunningStack, tmp_path: Path) -> None:
    fuzz(stack, tmp_path, as_program(person(stack)), BY_PROGRAMS)


@pytest.mark.timeout(600)
def test_nor_does_it_behind_ids_that_exist(stack: RunningStack, tmp_path: Path) -> None:
    caller = person(stack)
    behind = {name for name in BY_PROGRAMS if POLICIES[name].resource is not None}
    known = belongings(stack, caller)
    fuzz(stack, tmp_path, as_program(caller), behind, known)


@pytest.mark.timeout(600)
def test_nothing_a_signed_in_person_sends_surprises_us(stack: RunningStack, tmp_path: Path) -> None:
    fuzz(stack, tmp_path, as_person(stack, person(stack)), BY_PERSONS)


@pytest.mark.timeout(600)
def test_nothing_a_visitor_sends_surprises_us(stack: RunningStack, tmp_path: Path) -> None:
    headers = {"X-Forwarded-For": person(stack).http.headers["X-Forwarded-For"]}
    document = visitor(stack).get("/api/v1/openapi.json").json()
    named = {each["operationId"] for path in document["paths"].values() for each in path.values()}
    fuzz(stack, tmp_path, headers, named - BY_PROGRAMS - BY_PERSONS)

"""Schemathesis over the whole OpenAPI document: no 500, no undocumented status, no odd answer.

Two callers, because no single one may do everything: a program with a key, and a signed-in
person. What would end the caller's own key or session is left to the other one. Bodies that are
not of this tool's kinds have tests of their own: an upload's bytes, a time-stamp request.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from accounts import keys
from tests.grounds.callers import person, visitor
from tests.grounds.stack import RunningStack

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance"
)
PERSONS = (
    "who_am_i", "list_sessions", "end_session", "change_password", "erase_personal_data",
    "revoke_key",
)  # fmt: skip


def fuzz(
    stack: RunningStack, folder: Path, headers: dict[str, str], *more: str, seconds: int = 12
) -> None:
    # The document is put together for the first who asks, and the tool waits ten seconds only.
    assert visitor(stack).get("/api/v1/openapi.json").status_code == 200
    program = Path(sys.executable).parent / "schemathesis"
    command: list[str | Path] = [program, "run", f"{stack.address}/api/v1/openapi.json"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    command += ["--phases", "examples,coverage,fuzzing", "-n", "8", "--seed", "1"]
    command += ["--max-time", str(seconds), "--checks", CHECKS, "--no-color", *more]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=150, check=False
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "Test cases:" in done.stdout


@pytest.mark.timeout(180)
def test_nothing_a_program_sends_surprises_us(stack: RunningStack, tmp_path: Path) -> None:
    caller = person(stack)
    headers = {
        "Authorization": f"Bearer {caller.key(*keys.ALL_SCOPES)}",
        "X-Forwarded-For": caller.http.headers["X-Forwarded-For"],
    }
    left_out = ["append_bytes", "timestamp", "revoke_key", "sign_in", "sign_up"]
    options = [option for name in left_out for option in ("--exclude-operation-id", name)]
    fuzz(stack, tmp_path, headers, *options, seconds=36)


@pytest.mark.timeout(180)
def test_nothing_a_signed_in_person_sends_surprises_us(stack: RunningStack, tmp_path: Path) -> None:
    caller = person(stack)
    (cookie,) = caller.http.cookies.items()
    headers = {
        "Cookie": "=".join(cookie),
        "X-CSRF-Token": caller.csrf,
        "Origin": stack.address,
        "X-Forwarded-For": caller.http.headers["X-Forwarded-For"],
    }
    options = [option for name in PERSONS for option in ("--include-operation-id", name)]
    fuzz(stack, tmp_path, headers, *options)


@pytest.mark.timeout(180)
def test_nothing_a_visitor_sends_surprises_us(stack: RunningStack, tmp_path: Path) -> None:
    headers = {"X-Forwarded-For": person(stack).http.headers["X-Forwarded-For"]}
    fuzz(
        stack, tmp_path, headers,
        "--include-operation-id", "sign_in", "--include-operation-id", "sign_up",
    )  # fmt: skip

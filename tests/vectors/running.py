"""One vector given to our own verifier, and where its report differs from the manifest."""

import contextlib
import json
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from certs import trust as trusts
from certs.presented import PresentedFile, Unreadable
from certs.report import Report
from certs.verifying import check
from chain.node import HttpNode
from core.errors import InvalidInput
from evidence.digest import digest_chunks
from tests.vectors.recording import replayed

HERE = Path(__file__).resolve().parent
NOWHERE = "http://127.0.0.1:9"
EXIT = {"valid": 0, "invalid": 1, "revoked": 1, "indeterminate": 2, "superseded": 3, "error": 64}


def manifest() -> list[dict[str, Any]]:
    vectors: list[dict[str, Any]] = json.loads((HERE / "manifest.json").read_bytes())["vectors"]
    return vectors


@contextlib.contextmanager
def node_of(vector: dict[str, Any]) -> Iterator[str | None]:
    """The address of the vector's node: recorded, unreachable, or none."""
    if vector["node"] is None or vector["node"] == "unreachable":
        yield None if vector["node"] is None else NOWHERE
        return
    answers = json.loads((HERE / vector["node"]).read_bytes())["answers"]
    with replayed(answers) as address:
        yield address


def report_of(vector: dict[str, Any]) -> Report | None:
    """What our verifier says; None for input that it does not take."""
    files = [
        PresentedFile(Path(name).name, digest_chunks([(HERE / name).read_bytes()]))
        for name in vector["files"]
    ]
    with node_of(vector) as url, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            known = None
            if vector["trust"] is not None:
                known = trusts.parse((HERE / vector["trust"]).read_bytes())
        except InvalidInput:
            return None
        node = None if url is None else HttpNode(url, timeout=5)
        try:
            return check(
                (HERE / vector["presented"]).read_bytes(),
                files,
                known,
                node,
                offline=vector["offline"],
                now=datetime.now(UTC),
            )
        except Unreadable:
            return None


def faults(vector: dict[str, Any]) -> list[str]:
    """Sentences about what differs; none when the vector holds."""
    report = report_of(vector)
    verdict = "error" if report is None else report.verdict.value
    found = []
    if verdict != vector["verdict"]:
        found.append(f"verdict {verdict}, not {vector['verdict']}")
    if report is not None:
        for result in ("failed", "not_checked"):
            steps = sorted(step.id for step in report.steps if step.result == result)
            if result in vector and steps != vector[result]:
                found.append(f"{result}: {steps}, not {vector[result]}")
        if found:
            open_steps = (step for step in report.steps if step.result != "passed")
            found += [f"{step.id} {step.result}: {step.reason}" for step in open_steps]
    return [f"{vector['id']}: {each}" for each in found]

"""The frozen vectors, as our own verifier and its command see them."""

import json
import os
import re
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest

from api.cli import COMMANDS
from certs import package, pdffile
from certs.documents import ATTACHED, STATUS, TOKEN
from tests.vectors import running

HERE = running.HERE
YINJI = Path(sys.executable).parent / "yinji"
VECTORS = {vector["id"]: vector for vector in running.manifest()}
BY_COMMAND = (
    "valid-pdf", "pdf-offline", "valid-zip-offline", "pdf-no-node", "no-node", "node-unreachable",
    "revoked-on-chain", "status-superseded", "file-changed", "zip-cut", "not-a-certificate",
    "empty", "broken-trust", "no-trust-file",
)  # fmt: skip
_SLOW = ("web3", "sqlalchemy", "pyhanko", "celery", "fastapi", "reportlab", "Crypto", "http.client")
_OTHERS = tuple(
    f"api.commands.{place.module}" for name, place in COMMANDS.items() if name != "verify"
)


def _command(vector: dict[str, Any], *more: str, var: Path) -> subprocess.CompletedProcess[str]:
    """`yinji verify` as a stranger runs it: nothing of an installation around it."""
    arguments = [*vector["files"], vector["presented"], *more]
    if vector["trust"] is not None:
        arguments += ["--trust", vector["trust"]]
    if vector["offline"]:
        arguments.append("--offline")
    with running.node_of(vector) as url:
        if url is not None:
            arguments += ["--rpc", url]
        return subprocess.run(
            [YINJI, "verify", *arguments],
            cwd=HERE,
            env={"PATH": os.environ["PATH"], "YINJI_VAR": str(var)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.mark.parametrize("name", VECTORS)
def test_the_verifier_says_what_the_manifest_states(name: str) -> None:
    assert running.faults(VECTORS[name]) == []


@pytest.mark.parametrize("name", BY_COMMAND)
def test_the_command_ends_with_the_code_of_the_verdict(name: str, tmp_path: Path) -> None:
    vector = VECTORS[name]
    ran = _command(vector, "--json", var=tmp_path)
    assert ran.returncode == running.EXIT[vector["verdict"]], ran.stderr
    if vector["verdict"] == "error":
        assert ran.stdout == ""
        assert len(ran.stderr.splitlines()) == 1
    else:
        assert json.loads(ran.stdout)["verdict"] == vector["verdict"]
        assert ran.stderr == ""


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("no-node", r"unchanged; existed by \S+Z by .+; not checked: chain, status"),
        (
            "valid-zip-offline",
            r"valid as of \S+Z; chain not asked; unchanged; existed by \S+Z by .+",
        ),
        ("pdf-offline", r"valid as of \S+Z; chain not asked; unchanged; existed by \S+Z by .+"),
        ("valid-pdf", r"valid as of \S+Z; unchanged; existed by \S+Z by .+"),
        ("no-file", r"indeterminate; not checked: file"),
        ("file-changed", r"invalid: file: .+"),
        ("revoked-on-chain", r"revoked: .+"),
        ("status-superseded", r"superseded: .+"),
    ],
)
def test_the_first_line_begins_with_fixed_words(name: str, line: str, tmp_path: Path) -> None:
    first = _command(VECTORS[name], var=tmp_path).stdout.splitlines()[0]
    assert re.fullmatch(line, first)


@pytest.mark.parametrize(
    "arguments", [[], ["no-such-command"], ["verify"], ["verify", "--no-such-option", "x"]]
)
def test_a_command_line_that_cannot_be_read_is_no_verdict_and_no_internal_error(
    arguments: list[str],
) -> None:
    ran = subprocess.run(
        [YINJI, *arguments],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (64, "")
    assert ran.stderr


def test_checking_a_package_offline_loads_no_slow_library() -> None:
    vector = VECTORS["valid-zip-offline"]
    program = (
        "import sys; from api.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: code = end.code\n"
        f"loaded = [name for name in {_SLOW + _OTHERS!r} if name in sys.modules]\n"
        "print(code, loaded, file=sys.stderr)"
    )
    arguments = ["verify", *vector["files"], vector["presented"], "--offline"]
    ran = subprocess.run(
        [sys.executable, "-c", program, *arguments, "--trust", vector["trust"]],
        cwd=HERE,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(HERE.parents[1])},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.stderr == "0 []\n"


def test_there_are_vectors_for_every_verdict_and_every_step() -> None:
    verdicts = {vector["verdict"] for vector in VECTORS.values()}
    assert verdicts == set(running.EXIT)
    failing = {step for vector in VECTORS.values() for step in vector["failed"]}
    from certs.verifying import STEPS  # noqa: PLC0415 - beside its only use

    assert failing == set(STEPS)
    assert len(VECTORS) >= 40


def test_every_frozen_file_is_used() -> None:
    named = {vector[key] for vector in VECTORS.values() for key in ("presented", "trust", "node")}
    named |= {name for vector in VECTORS.values() for name in vector["files"]}
    folders = ("works", "presented", "trust", "nodes")
    there = {f"{folder}/{path.name}" for folder in folders for path in (HERE / folder).iterdir()}
    assert there <= named


def _named(data: bytes) -> str:
    """What the document says it is; the status says so inside, the token is no JSON."""
    try:
        document = json.loads(data)
    except ValueError:
        return TOKEN
    if set(document) == {"signature", "status"}:
        return STATUS
    kind: str = document["type"]
    return kind.removeprefix("yinji/") + ".json"


def _embedded_by_search(pdf: bytes) -> dict[str, bytes]:
    """The rule of the specification, §11.4, for readers without a PDF library."""
    covered = pdffile.signed_range(pdf).covered
    found: dict[str, bytes] = {}
    for match in re.finditer(rb"/Type\s*/EmbeddedFile", covered):
        start = covered.rindex(b" obj", 0, match.start())
        after = covered.index(b"stream", match.end())
        head = covered[start:after]
        length = re.search(rb"/Length\s+(\d+)(?!\s+\d+\s+R)", head)
        assert length is not None
        line_end = re.compile(rb"stream\r?\n").match(covered, after)
        assert line_end is not None
        data = covered[line_end.end() : line_end.end() + int(length[1])]
        rest = covered[line_end.end() + len(data) :][:12]
        assert re.match(rb"\s{0,2}endstream", rest)
        filters = re.search(rb"/Filter\s*\[?\s*/(\w+)\s*(?:\]|/|\n|>)", head)
        assert filters is None or filters[1] == b"FlateDecode"
        data = zlib.decompress(data) if filters else data
        name = _named(data)
        assert name not in found
        found[name] = data
    return found


@pytest.mark.parametrize("name", ["valid-zip", "valid-several-files", "valid-copy"])
def test_attachments_are_found_without_a_pdf_library(name: str) -> None:
    members = package.read((HERE / VECTORS[name]["presented"]).read_bytes())
    pdf = members[package.CERTIFICATE]
    found = _embedded_by_search(pdf)
    assert set(found) == set(ATTACHED)
    assert found == pdffile.attachments(pdf)

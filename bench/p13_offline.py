"""P13: `yinji verify FILE PACKAGE --offline`, a file of 1 MB, everything warm.

Beside the whole command: a program of typer and rich that hashes the same file and prints a table.
Beside the check itself, imports aside: hashing, validating the signature and checking the token.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from bench import running
from bench.figures import Row, Series, Target, ratio
from bench.installing import SCRIPTS
from bench.machine import version
from bench.terms import Terms
from certs import pdffile
from certs.documents import STATEMENT, TOKEN
from certs.presented import open_presented, presented_file
from certs.trust import TrustFile, parse
from certs.verifying import check
from core import cms, signed_data
from evidence import rfc3161
from tests.grounds.stack import YINJI, clean_environment

_HEAVY = ("web3", "sqlalchemy", "pyhanko", "reportlab", "fastapi", "celery")
_COMMAND, _BARE = "yinji verify FILE PACKAGE --offline", "typer + rich + SHA-256"
_CHECK, _PARTS = "the check, imports aside", "hash + signature + token"


def measure(terms: Terms) -> Row:
    """Rounds in which each of the four runs once."""
    file, package, trust = _deposited(terms)
    environment = {**clean_environment(trust.parent), "PYTHONDONTWRITEBYTECODE": ""}
    command: list[str | Path] = [YINJI, "verify", file, package, "--offline"]
    bare: list[str | Path] = [sys.executable, SCRIPTS / "bare.py", file]
    seconds: dict[str, list[float]] = {_COMMAND: [], _BARE: [], _CHECK: [], _PARTS: []}
    known = parse(trust.read_bytes())
    data = package.read_bytes()
    for number in range(terms.size(25, 2) + 1):
        taken = {
            _COMMAND: _timed(lambda: _run(command, environment)),
            _BARE: _timed(lambda: _run(bare, environment)),
            _CHECK: _timed(lambda: _check(data, file, known)),
            _PARTS: _timed(lambda: _parts(data, file, known)),
        }
        if number:  # the first round warms the caches
            for name, each in taken.items():
                seconds[name].append(each)
    loaded = _loaded(command, environment)
    return Row(
        id="P13",
        title="offline check of one package, a file of 1 MB",
        series=tuple(Series(name, "s", tuple(taken)) for name, taken in seconds.items()),
        targets=(
            Target(
                "the check against hash, signature and token, imports aside",
                "at most",
                1.5,
                ratio(seconds[_CHECK], seconds[_PARTS]),
            ),
            Target(
                "the command against a bare typer + rich program and the hash",
                "at most",
                1.5,
                ratio(seconds[_COMMAND], seconds[_BARE]),
            ),
            Target(
                f"heavy libraries loaded, of {', '.join(_HEAVY)}", "at most", 0, len(loaded), ""
            ),
        ),
        notes=(f"Heavy libraries that the command loads: {', '.join(loaded) or 'none'}.",),
        circumstances={name: version(name) for name in ("typer", "rich", "cryptography")},
    )


def _deposited(terms: Terms) -> tuple[Path, Path, Path]:
    """A file of 1 MB, its package and the trust file; the stack is gone again."""
    file = terms.scratch / "text.txt"
    file.write_bytes(os.urandom(500_000).hex().encode())
    with running.stack(terms.scratch / "stack") as stack:
        ran = stack.yinji("deposit", file, "--out", terms.scratch / "out", "--json")
        assert ran.code == 0, ran.err
        return file, Path(ran.json["package"]), stack.var / "trust.json"


def _run(words: list[str | Path], environment: dict[str, str]) -> None:
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _check(data: bytes, file: Path, known: TrustFile) -> None:
    with file.open("rb") as opened:
        shown = presented_file(file.name, iter(lambda: opened.read(1 << 20), b""))
    report = check(data, [shown], known, None, offline=True, now=datetime.now(UTC))
    assert report.verdict == "valid", report


def _parts(data: bytes, file: Path, known: TrustFile) -> None:
    """What nobody can leave out, by the same functions."""
    sha256(file.read_bytes()).digest()
    presented = open_presented(data)
    signed = pdffile.signed_range(presented.pdf)
    signature = signed_data.parse(signed.cms)
    assert signature.signature_timestamp is not None
    stamp = rfc3161.verify_token(
        signature.signature_timestamp,
        imprint=sha256(signature.signature).digest(),
        nonce=None,
        roots=known.tsa_roots,
        extra_certificates=signature.certificates,
    )
    cms.verify(signature, at=stamp.gen_time, roots=known.issuer_roots, content=signed.covered)
    rfc3161.verify_response(
        presented.document(TOKEN),
        imprint=sha256(presented.document(STATEMENT)).digest(),
        nonce=None,
        roots=known.tsa_roots,
        extra_certificates=signature.certificates,
    )


def _loaded(command: list[str | Path], environment: dict[str, str]) -> list[str]:
    """Which of the heavy libraries the command imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *command],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    names = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "typer" in names, "the import log could not be read"
    return [name for name in _HEAVY if name in names]


def _timed(act: Callable[[], None]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began

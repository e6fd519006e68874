"""P10: the real certificate, drawn, signed and time-stamped, on one core.

Content and documents are those of an evidence that the running stack anchored; key, authority and
fonts are its own. Beside it weasyprint draws a simpler page of the same values and signs nothing.
"""

import io
import json
import time
from collections.abc import Mapping
from pathlib import Path

import pypdfium2

from api.issuing import signer_of
from api.wiring import Services, utc_now
from bench import installing, running
from bench.figures import Row, Series, Target, ratio
from bench.installing import PeerMissing
from bench.machine import ROOT, version
from bench.terms import Terms
from certs import making
from certs.documents import CONTENT
from certs.presented import open_presented
from tests.grounds.samples import samples_folder

_OURS, _PEER = "ours: drawn, signed, time-stamped", "weasyprint: drawn"
_FONTS = ROOT / "certs" / "fonts"


def measure(terms: Terms) -> Row:
    """Rounds of some certificates each; the peer's rounds run between ours."""
    rounds, pieces = terms.size(7, 2), terms.size(25, 2)
    photo = samples_folder(terms.scratch).photo
    with running.stack(terms.scratch / "stack") as stack:
        out = terms.scratch / "out"
        ran = stack.yinji("deposit", photo, "--title", "山间", "--out", out, "--json")
        assert ran.code == 0, ran.err
        package = Path(ran.json["package"]).read_bytes()
        services = running.services_of(stack.var)
        documents = dict(open_presented(package).attached)
        pdf = _make(services, documents)
    values = terms.scratch / "values.json"
    values.write_text(_values(documents[CONTENT]), encoding="utf-8")
    rates: dict[str, list[float]] = {_OURS: []}
    missing: list[str] = []
    for _ in range(rounds):
        began = time.perf_counter()
        for _ in range(pieces):
            _make(services, documents)
        rates[_OURS].append(pieces / (time.perf_counter() - began))
        if not missing:
            try:
                rates.setdefault(_PEER, []).append(_weasyprint(values, max(pieces // 5, 2)))
            except PeerMissing as reason:
                rates.pop(_PEER)
                missing.append(f"weasyprint: {reason}")
    ours = Series(_OURS, "1/s", tuple(rates[_OURS]))
    theirs = rates.get(_PEER)
    return Row(
        id="P10",
        title=f"the real certificate, {_pages(pdf)} pages, one process",
        series=(
            *(Series(name, "1/s", tuple(samples)) for name, samples in rates.items()),
            Series("size, signed", "KiB", (len(pdf) / 1024,)),
        ),
        targets=(
            Target("signed certificates a second on one core", "at least", 25, ours.median, "1/s"),
            Target("size", "at most", 60, len(pdf) / 1024, "KiB"),
            Target(
                "times as fast as weasyprint unsigned",
                "at least",
                8,
                None if theirs is None else ratio(ours.samples, theirs),
            ),
        ),
        missing=tuple(missing),
        notes=("weasyprint draws one page with the same font, values and fewer parts.",),
        circumstances={name: version(name) for name in ("reportlab", "pyhanko")}
        | ({} if missing else installing.python_versions("weasyprint")),
    )


def _make(services: Services, documents: Mapping[str, bytes]) -> bytes:
    rest = {name: data for name, data in documents.items() if name != CONTENT}
    return making.make(
        documents[CONTENT], rest, signer_of(services), services.timestamps.ask, now=utc_now()
    )


def _weasyprint(values: Path, pieces: int) -> float:
    font = _FONTS / "NotoSansSC_400Regular.ttf"
    words = [installing.python(), installing.SCRIPTS / "weasy.py", values, font, str(pieces)]
    answer = installing.run([str(word) for word in words])
    return pieces / float(answer["seconds"])


def _values(content: bytes) -> str:
    """Every printed value as a line, whatever its place."""
    lines: list[tuple[str, str]] = []

    def walk(path: str, value: object) -> None:
        if isinstance(value, dict):
            for name, each in value.items():
                walk(f"{path} {name}".strip(), each)
        elif isinstance(value, list):
            for each in value:
                walk(path, each)
        elif value is not None:
            lines.append((path, str(value)))

    walk("", json.loads(content))
    return json.dumps(lines, ensure_ascii=False)


def _pages(pdf: bytes) -> int:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    try:
        return len(document)
    finally:
        document.close()

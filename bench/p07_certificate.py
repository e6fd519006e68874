"""P7: from the first byte of a deposit to the package in the hand, one small file at a time.

The clock is the client's; the package is verified offline afterwards, outside the clock.
"""

import hashlib
import time
from datetime import UTC, datetime

from bench import running
from bench.figures import Row, Series, Target
from bench.terms import Terms
from certs import trust
from certs.verifying import PresentedFile, check
from evidence.digest import digest_chunks
from tests.grounds.samples import samples_folder


def measure(terms: Terms) -> Row:
    """Sequential deposits of a real photograph, each made different by its last bytes."""
    photo = samples_folder(terms.scratch).photo.read_bytes()
    whole: list[float] = []
    accepted: list[float] = []
    anchored: list[float] = []
    with running.stack(terms.scratch / "stack") as stack:
        caller = running.caller(stack)
        known = trust.parse((stack.var / "trust.json").read_bytes())
        for number in range(terms.size(60, 3) + 1):
            # Readers of JPEG stop at the end marker: what follows makes another file of it.
            data = photo + number.to_bytes(8, "big")
            began = time.perf_counter()
            upload = caller.upload(data)
            digest = hashlib.sha256(data).hexdigest()
            file = {"name": "photo.jpg", "size": len(data), "sha256": digest, "upload": upload}
            found = caller.deposit([file], title="山间")
            taken = time.perf_counter() - began
            caller.until(found["evidence_number"], 60, "state", wanted="anchored")
            on_chain = time.perf_counter() - began
            caller.until(found["evidence_number"], 60, "certificate_ready")
            _, package = caller.call("GET", f"/api/v1/evidence/{found['evidence_number']}/package")
            done = time.perf_counter() - began
            shown = [PresentedFile("photo.jpg", digest_chunks([data]))]
            report = check(package, shown, known, None, offline=True, now=datetime.now(UTC))
            assert report.verdict == "valid", report
            if number:  # the first one warms up the parts
                accepted.append(taken)
                anchored.append(on_chain)
                whole.append(done)
    series = Series("deposit to package in hand", "s", tuple(whole))
    return Row(
        id="P7",
        title=f"deposit to verifiable certificate, one photograph of {len(photo):,} bytes",
        series=(
            Series("deposit to 201", "s", tuple(accepted)),
            Series("deposit to anchored", "s", tuple(anchored)),
            series,
        ),
        targets=(
            Target("95th percentile", "at most", 3.0, series.percentile(95), "s"),
            Target("median", "at most", 3.0, series.median, "s"),
        ),
        missing=(
            "OpenTimestamps, Blockcerts: they wait for a public chain, out of reach from here",
        ),
        notes=("Each package was verified offline, outside the clock, with the verdict valid.",),
    )

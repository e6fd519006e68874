"""A time-stamp authority that is down: identity numbers go in and are found nowhere, evidence waits
for its token, and nobody is told that it failed.
"""

import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from core import pki
from tests.faults import numbers
from tests.faults.harness import until, victim


@contextmanager
def silent_port() -> Iterator[str]:
    """Takes every connection and says nothing before it closes it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        ended = threading.Event()

        def close_all() -> None:
            while not ended.is_set():
                try:
                    server.accept()[0].close()
                except TimeoutError:
                    continue

        thread = threading.Thread(target=close_all)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/tsa"
        finally:
            ended.set()
            thread.join()


@pytest.mark.timeout(600)
def test_while_the_authority_is_down_evidence_waits_and_no_number_shows(tmp_path: Path) -> None:
    authority = pki.create_authority(pki.new_installation_id(), now=datetime.now(UTC))
    roots = tmp_path / "roots.pem"
    roots.write_bytes(authority.root.public_bytes(Encoding.PEM))
    folder = tmp_path / "stack"
    folder.mkdir()
    with (
        silent_port() as url,
        victim(folder, YINJI_TSA_URL=url, YINJI_TSA_ROOTS=str(roots)) as hurt,
    ):
        made = hurt.deposit(b"waits\n" * 40)
        until(lambda: hurt.client.evidence(made.number)["stored_at"], "storing")
        numbers.through(hurt, random.Random(48), count=20)  # noqa: S311 - any will do
        seen = hurt.client.evidence(made.number)
        assert seen["certificate_ready"] is False
        assert seen["rejection"] is None
        assert seen["timestamped_at"] is None

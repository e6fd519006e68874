"""An operator's own keys, authority and broker, instead of the embedded ones."""

import os
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from api.stack.children import spawn
from api.stack.ports import free_ports
from api.stack.valkey import address, valkey
from core import pki
from core.pki import Identity
from evidence.authority import EmbeddedAuthority, LocalTimestampClient
from evidence.rfc3161 import REPLY_TYPE
from tests import forging

POLICY = "1.2.3.4.5"
DAY = timedelta(days=1)


def identity(
    name: str, *usages: x509.ObjectIdentifier, ends: timedelta = 900 * DAY,
    begins: timedelta = -399 * DAY,
) -> Identity:  # fmt: skip
    """A root and a signer under it, with names that are nobody's sample."""
    now = datetime.now(UTC)
    valid = (now - 400 * DAY, now + 1000 * DAY)
    root = forging.root(f"{name} root", signs_certificates=True, valid=valid)
    parent = x509.AuthorityKeyIdentifier.from_issuer_public_key(
        root.certificate.public_key()  # type: ignore[arg-type]
    )
    signer = forging.issue(
        name,
        root,
        usages=usages,
        usages_critical=ExtendedKeyUsageOID.TIME_STAMPING in usages,
        signs_certificates=False,
        valid=(now + begins, now + ends),
        extra=[(parent, False)],
    )
    assert isinstance(signer.key, ec.EllipticCurvePrivateKey)
    crl = forging.revocations(root, until=now + 900 * DAY, extra=[(parent, False)])
    return Identity(signer.key, signer.certificate, (root.certificate,), crl)


def document_signer(
    ends: timedelta = 900 * DAY, name: str = "Office of Works", begins: timedelta = -399 * DAY
) -> Identity:
    usages = (pki.DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION)
    return identity(name, *usages, ends=ends, begins=begins)


def people_signing(ends: timedelta = 900 * DAY) -> Identity:
    """An authority over the keys of people who sign papers, of nobody's sample."""
    now = datetime.now(UTC)
    valid = (now - 400 * DAY, now + ends)
    root = forging.root("Signers root", signs_certificates=True, valid=valid)
    parent = x509.AuthorityKeyIdentifier.from_issuer_public_key(
        root.certificate.public_key()  # type: ignore[arg-type]
    )
    middle = forging.issue(
        "Signers", root, ca=True, path_length=0, signs_certificates=True, valid=valid,
        extra=[(parent, False)],
    )  # fmt: skip
    assert isinstance(middle.key, ec.EllipticCurvePrivateKey)
    crl = forging.revocations(root, until=now + 900 * DAY, extra=[(parent, False)])
    return Identity(middle.key, middle.certificate, (root.certificate,), crl)


def write_keys(folder: Path, issuer: Identity, names: Sequence[str]) -> None:
    """What an operator puts into YINJI_KEYS."""
    folder.mkdir(mode=0o700, exist_ok=True)
    pki.save(issuer, folder / "issuer")
    pki.save(people_signing(), folder / "signers")
    (folder / "sealing").mkdir(mode=0o700, exist_ok=True)
    for name in (*names, "sealing/1", "sealing/index"):
        path = folder / f"{name}.key"
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))


@contextmanager
def authority(roots: Path) -> Iterator[str]:
    """The address of somebody else's time-stamp authority, whose root is written to `roots`."""
    own = identity("Time Service", ExtendedKeyUsageOID.TIME_STAMPING)
    client = LocalTimestampClient(
        EmbeddedAuthority(own, POLICY, timedelta(seconds=1)), lambda: datetime.now(UTC)
    )
    roots.write_bytes(own.root.public_bytes(serialization.Encoding.PEM))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = client.ask(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", REPLY_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def broker(home: Path) -> Iterator[str]:
    """The address of a broker of the test's own."""
    (port,) = free_ports(1)
    password = secrets.token_hex(8)
    child = valkey(home, port=port, password=password, environment=dict(os.environ))
    with (home / "log").open("wb") as output:
        process = spawn(
            child.command(),
            environment=child.environment,
            folder=child.folder,
            output=output,
            identity=child.identity,
        )
    try:
        until = time.monotonic() + 20
        while not child.ready():
            assert time.monotonic() < until, "the broker does not answer"
            time.sleep(0.05)
        yield address(port, password)
    finally:
        process.terminate()
        process.wait(20)

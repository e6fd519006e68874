"""P2: one large file to our tus endpoint, beside nginx and FastAPI's UploadFile.

All three get the same bytes over loopback from the same client, which spends nothing on them
(sendfile). Each ends with the bytes on the disk and their SHA-256 known to the server. Ours has
also synced them to the disk before it answers, which the others do not do.
"""

import hashlib
import json
import os
import re
import signal
import socket
import struct
import subprocess
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPResponse
from pathlib import Path

from api.stack.ports import LOOPBACK, free_ports
from bench import installing, running
from bench.figures import Row, Series, Target, ratio
from bench.installing import PeerMissing
from bench.terms import Terms
from tests.grounds.stack import RunningStack

MIB = 1024 * 1024
_TUS = {"Tus-Resumable": "1.0.0"}
_CHECKED = "ours: tus with Upload-Checksum, digest while it arrives"
_PLAIN = "ours: tus, no digest yet"
_STORED = "ours: tus, then deposit until stored (SHA-256 and SM3, read back)"
_NGINX = "nginx stores, then hash"
_FORM = "FastAPI UploadFile, then hash"
_START_SECONDS = 20.0


def measure(terms: Terms) -> Row:
    """Rounds in which every way runs once, then larger files for the memory."""
    file = _Large(terms.scratch / "large.wav", terms.size(256, 2) * MIB)
    missing: list[str] = []
    rates: dict[str, list[float]] = {}
    with ExitStack() as started:
        stack = started.enter_context(running.stack(terms.scratch / "stack"))
        ways: dict[str, Callable[[], object]] = {
            _CHECKED: lambda: _tus(stack, file, checked=True),
            _PLAIN: lambda: _tus(stack, file, checked=False),
            _STORED: lambda: _deposit(stack, file),
        }
        for name, peer in ((_NGINX, _nginx), (_FORM, _form)):
            try:
                ways[name] = started.enter_context(peer(terms, file))
            except PeerMissing as reason:
                missing.append(f"{name}: {reason}")
        for number in range(terms.size(7, 1) + 1):
            for name, send in ways.items():
                file.renew()
                began = time.perf_counter()
                send()
                if number:  # the first round warms up the parts
                    rate = file.size / 1e6 / (time.perf_counter() - began)
                    rates.setdefault(name, []).append(rate)
        memory = _memory(stack, terms)
    return Row(
        id="P2",
        title=f"upload of one file of {file.size // MIB:,} MiB, digest included",
        series=(
            *(Series(name, "MB/s", tuple(samples)) for name, samples in rates.items()),
            *(
                Series(f"peak memory of the API: {name}", "MiB", (each,))
                for name, each in memory.items()
            ),
        ),
        targets=(
            _against("digest while it arrives, against nginx", _CHECKED, _NGINX, 0.9, rates),
            _against("until stored, against nginx", _STORED, _NGINX, 0.9, rates),
            _against("digest while it arrives, against UploadFile", _CHECKED, _FORM, 2, rates),
            Target(
                "peak memory of the API, largest file",
                "at most",
                64,
                list(memory.values())[-1],
                "MiB",
            ),
            Target(
                "growth of that peak, smallest to largest file",
                "at most",
                16,
                list(memory.values())[-1] - list(memory.values())[1],
                "MiB",
            ),
        ),
        missing=tuple(missing),
        notes=(
            "nginx and UploadFile answer from the page cache; ours has synced data and offset.",
            "Memory is the resident peak of the API process, its libraries included.",
            "The first figure is before these uploads; the kernel's mark is set back before each.",
        ),
        circumstances={} if missing else _versions(),
    )


def _against(
    what: str, ours: str, theirs: str, least: float, rates: dict[str, list[float]]
) -> Target:
    found = None if theirs not in rates else ratio(rates[ours], rates[theirs])
    return Target(what, "at least", least, found)


class _Large:
    """A sound file of random bytes that is another one each time it is renewed."""

    def __init__(self, path: Path, size: int) -> None:
        self.path, self.size = path, size
        self._count = 0
        # Types are told by content: RIFF WAVE is known from its first bytes.
        head = b"RIFF" + struct.pack("<I", min(size - 8, 2**32 - 1)) + b"WAVEfmt "
        self._start = hashlib.sha256()
        with path.open("wb") as opened:
            for at in range(0, size, MIB):
                piece = os.urandom(min(MIB, size - at))
                piece = piece if at else head + piece[len(head) :]
                opened.write(piece)
                self._start.update(piece if at + MIB < size else piece[:-8])
            opened.flush()
            os.fsync(opened.fileno())
        self.renew()

    def renew(self) -> None:
        """Other last bytes, another digest."""
        self._count += 1
        last = self._count.to_bytes(8, "big")
        with self.path.open("r+b") as opened:
            opened.seek(-8, os.SEEK_END)
            opened.write(last)
        whole = self._start.copy()
        whole.update(last)
        self.digest = whole.digest()


def _request(
    address: str,
    method: str,
    path: str,
    headers: dict[str, str],
    file: Path | None = None,
    before: bytes = b"",
    after: bytes = b"",
) -> tuple[dict[str, str], bytes]:
    """One request on a connection of its own, the file sent by the kernel."""
    host, _, port = address.removeprefix("http://").partition(":")
    length = len(before) + len(after) + (0 if file is None else file.stat().st_size)
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {length}", "", ""]
    with socket.create_connection((host, int(port)), timeout=600) as connection:
        connection.sendall("\r\n".join(lines).encode() + before)
        if file is not None:
            with file.open("rb") as opened:
                connection.sendfile(opened)
        connection.sendall(after)
        answer = HTTPResponse(connection, method=method)
        answer.begin()
        body = answer.read()
        assert answer.status < 300, (method, path, answer.status, body[:300])
        return {name.lower(): value for name, value in answer.getheaders()}, body


def _tus(stack: RunningStack, file: _Large, *, checked: bool) -> str:
    """Create and send in one piece; the upload's id."""
    key = {"Authorization": f"Bearer {stack.local['key']}", **_TUS}
    length = {"Upload-Length": str(file.size)}
    created, _ = _request(stack.address, "POST", "/api/v1/uploads", key | length)
    path = created["location"]
    headers = {**key, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    if checked:
        headers["Upload-Checksum"] = f"sha256 {b64encode(file.digest).decode()}"
    answer, _ = _request(stack.address, "PATCH", path, headers, file.path)
    assert answer["upload-offset"] == str(file.size)
    return path.rsplit("/", 1)[-1]


def _deposit(stack: RunningStack, file: _Large) -> None:
    caller = running.caller(stack)
    upload = _tus(stack, file, checked=False)
    entry = {"name": "large.wav", "size": file.size, "sha256": file.digest.hex()}
    found = caller.deposit([{**entry, "upload": upload}])
    end = time.monotonic() + 600
    while time.monotonic() < end:
        if caller.json("GET", f"/api/v1/evidence/{found['evidence_number']}")["stored_at"]:
            return
        time.sleep(0.02)
    raise AssertionError("not stored in time")


@contextmanager
def _nginx(terms: Terms, file: _Large) -> Iterator[Callable[[], object]]:
    """nginx with its DAV module; the hash is made by the caller, after the answer."""
    program = installing.program("nginx", "nginx-light")
    home, (port,) = terms.scratch / "nginx", free_ports(1)
    for name in ("store", "incoming", "logs"):
        (home / name).mkdir(parents=True)
    (home / "nginx.conf").write_text(_nginx_configuration(home, port), encoding="utf-8")
    process = subprocess.Popen(
        [program, "-p", home, "-c", home / "nginx.conf", "-e", home / "logs/error"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://{LOOPBACK}:{port}"

    def send() -> None:
        _request(address, "PUT", "/stored", {}, file.path)
        with (home / "store/stored").open("rb") as stored:
            assert hashlib.file_digest(stored, "sha256").digest() == file.digest
        (home / "store/stored").rename(home / "store" / file.digest.hex())

    try:
        _await_port(process, port, "nginx")
        yield send
    finally:
        _end(process)


def _nginx_configuration(home: Path, port: int) -> str:
    return f"""
    daemon off; worker_processes 1; pid {home}/pid;
    {"user root;" if os.geteuid() == 0 else ""}
    events {{ }}
    http {{
      access_log off; client_max_body_size 0; client_body_temp_path {home}/incoming;
      proxy_temp_path {home}/logs; fastcgi_temp_path {home}/logs;
      uwsgi_temp_path {home}/logs; scgi_temp_path {home}/logs;
      server {{
        listen {LOOPBACK}:{port};
        location / {{ root {home}/store; dav_methods PUT; create_full_put_path on; }}
      }}
    }}
    """


@contextmanager
def _form(terms: Terms, file: _Large) -> Iterator[Callable[[], object]]:
    """The usual way with FastAPI, from the peers' own environment."""
    python, (port,) = installing.python(), free_ports(1)
    home = terms.scratch / "form"
    home.mkdir()
    words = ["-m", "uvicorn", "upload_app:app", "--host", LOOPBACK, "--port", str(port)]
    process = subprocess.Popen(
        [python, *words, "--log-level", "warning", "--app-dir", installing.SCRIPTS],
        env={**os.environ, "UPLOAD_FOLDER": str(home)},
    )
    boundary = "yinji-bench"
    kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    before = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="large.bin"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()

    def send() -> None:
        _, body = _request(
            f"http://{LOOPBACK}:{port}", "POST", "/", kind, file.path, before,
            f"\r\n--{boundary}--\r\n".encode(),
        )  # fmt: skip
        assert json.loads(body)["sha256"] == file.digest.hex()

    try:
        _await_port(process, port, "uvicorn")
        yield send
    finally:
        _end(process)


def _memory(stack: RunningStack, terms: Terms) -> dict[str, float]:
    """Peak resident memory of the API in MiB, at rest and after files of growing size."""
    api = running.api_process(stack.process.pid)
    peaks = {"before": _peak(api)}
    for size in terms.size(1, 0) * [64, 256, 1024, 4096] or [1, 2]:
        file = _Large(terms.scratch / "growing.wav", size * MIB)
        # proc(5): 5 sets the peak resident set size back to the present one.
        Path(f"/proc/{api}/clear_refs").write_text("5", encoding="utf-8")
        _tus(stack, file, checked=True)
        peaks[f"{size:,} MiB"] = _peak(api)
        file.path.unlink()
    return peaks


def _peak(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None, status
    return int(found[1]) / 1024


def _await_port(process: subprocess.Popen[bytes], port: int, name: str) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection((LOOPBACK, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise PeerMissing(f"{name} did not start (exit code {process.poll()})")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    process.wait(20)


def _versions() -> dict[str, str]:
    said = subprocess.run(
        [installing.program("nginx", "nginx-light"), "-v"],
        capture_output=True, text=True, check=True,
    ).stderr  # fmt: skip
    nginx = said.strip().rpartition("/")[2]
    return {"nginx": nginx} | installing.python_versions("fastapi", "uvicorn", "python-multipart")

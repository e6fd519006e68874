"""A double of a payment provider behind a port of this machine, for installations that try it out.

Only loopback listens. `trouble` says how the next answers go wrong: "cut" does what was asked and
then drops the connection, "silent" does not even do it, "unsigned" leaves the signature out.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

LOOPBACK: Final = "127.0.0.1"
_MOST_BODY: Final = 64 * 1024
Handle = Callable[[str, str, Mapping[str, str], bytes], tuple[int, dict[str, str], bytes]]


@dataclass
class Served:
    """A double at work: `url` without a path, `asked` every method and path that came."""

    url: str
    trouble: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@contextmanager
def serve(handle: Handle) -> Iterator[Served]:
    """Answer on a free port until the end."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._do("GET")

        def do_POST(self) -> None:
            self._do("POST")

        def _do(self, method: str) -> None:
            size = min(int(self.headers.get("Content-Length") or 0), _MOST_BODY)
            body = self.rfile.read(size)
            served.asked.append(f"{method} {self.path}")
            trouble = served.trouble.pop(0) if served.trouble else ""
            headers = {name.lower(): value for name, value in self.headers.items()}
            if trouble != "silent":
                status, said, content = handle(method, self.path, headers, body)
            if trouble in {"cut", "silent"}:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in said.items():
                if trouble != "unsigned" or name == "Content-Type":
                    self.send_header(name, value)
            if status != 204:  # noqa: PLR2004 - no content, no length
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    served = Served(f"http://{LOOPBACK}:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

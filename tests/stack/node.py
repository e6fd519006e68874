"""An anvil of a test's own, and plain questions to any node."""

import http.client
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from api.stack.anvil import find_anvil
from api.stack.ports import free_ports

from .looking import CHECKOUT, wait_until


def rpc(url: str, method: str, *params: object) -> Any:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    try:
        connection.request("POST", "/", body, {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    assert "result" in answer, answer
    return answer["result"]


@contextmanager
def running_node(*options: str) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    port = free_ports(1)[0]
    url = f"http://127.0.0.1:{port}"
    command = [str(find_anvil(CHECKOUT)), "--port", str(port), "--accounts", "0", "--quiet"]
    process = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL)

    def answers() -> bool:
        assert process.poll() is None
        try:
            return bool(rpc(url, "eth_chainId"))
        except OSError:
            return False

    try:
        wait_until(answers)
        yield url, process
    finally:
        process.kill()
        process.wait()

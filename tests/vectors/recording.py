"""Node answers as files: asking a real node, changing what it said, and saying it again.

A recording is `{"answers": [{"method", "params", "result" | "error"}, …]}`. A question is known by
its method and its parameters, compared as JSON values; an unknown one is answered with the
JSON-RPC error -32601. `unreachable` stands for a node that does not answer at all.
"""

import copy
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2

Answers = list[dict[str, Any]]
UNRECORDED = {"code": -32601, "message": "not recorded"}


def record(url: str, questions: list[tuple[str, list[Any]]]) -> Answers:
    """What the node at `url` says to each question."""
    answers: Answers = []
    with httpx2.Client(trust_env=False, timeout=30) as client:
        for method, params in questions:
            body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            said = client.post(url, json=body).json()
            kept = {name: said[name] for name in ("result", "error") if name in said}
            answers.append({"method": method, "params": params, **kept})
    return answers


def questions(height: int, block_hash: str, transaction: str, contract: str, leaf: str) -> Any:
    """Everything that `docs/verification.md` §12 may ask about one evidence, and a little more."""
    call = {"to": contract, "data": "0x" + _SELECTOR + leaf}
    return [
        ("eth_chainId", []),
        ("eth_blockNumber", []),
        ("eth_getBlockByNumber", ["0x0", False]),
        ("eth_getBlockByNumber", [hex(height), False]),
        ("eth_getBlockByNumber", ["latest", False]),
        ("eth_getBlockByHash", [block_hash, False]),
        ("eth_getTransactionByHash", [transaction]),
        ("eth_getTransactionReceipt", [transaction]),
        ("eth_getCode", [contract, "latest"]),
        ("eth_call", [call, "latest"]),
    ]


_SELECTOR = "cb74c873"  # keccak-256 of "revocationOf(bytes32)", its first four bytes


def changed(answers: Answers, method: str, first: Any, **members: Any) -> Answers:
    """A copy in which the answer to one question is another.

    `first` is the question's first parameter, None for any. `whole` replaces the result, other
    names replace its members.
    """
    found = copy.deepcopy(answers)
    touched = 0
    for answer in found:
        if answer["method"] != method or (first is not None and answer["params"][0] != first):
            continue
        touched += 1
        if "error" in members:
            answer.pop("result", None)
            answer["error"] = members["error"]
        elif "whole" in members:
            answer["result"] = members["whole"]
        else:
            answer["result"].update(members)
    assert touched, f"no answer to {method} {first}"
    return found


@contextmanager
def replayed(answers: Answers) -> Iterator[str]:
    """The address of a loopback server that says what was recorded, for as long as needed."""
    known = {_key(each["method"], each["params"]): each for each in answers}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = known.get(_key(asked["method"], asked.get("params", [])), {})
            said = {"jsonrpc": "2.0", "id": asked.get("id")}
            if "result" in answer:
                said["result"] = answer["result"]
            else:
                said["error"] = answer.get("error", UNRECORDED)
            body = json.dumps(said).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _key(method: str, params: object) -> str:
    return json.dumps([method, params], sort_keys=True)

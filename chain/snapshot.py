"""Durable snapshots of an embedded chain (anvil), so that a kill at any moment loses nothing final.

Promises:

* what `SnapshotStore.take` or `write` returned as a block number is on the disk: the file was
  synced, renamed into place and its folder synced before the number came back;
* a number once returned stays true. A dump that is older than what is stored never replaces it,
  unless the chain really was reorganised;
* two generations are kept, so a damaged file costs one generation and not the chain;
* several processes may use one folder at the same time.

Anvil's own `--state` file is written in place and cannot promise any of this.
"""

import fcntl
import gzip
import hashlib
import http.client
import json
import os
import re
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from core.errors import InvalidInput, OutcomeUnknown, OutsideError

NOTHING_DURABLE: Final = -1
"""The answer of `best_block_number` without a snapshot: not even the genesis block is safe."""

GENERATIONS: Final = 2
_CHEAP_SECONDS: Final = 0.1
_REST: Final = 2.0
"""A snapshot that takes longer than `_CHEAP_SECONDS` is followed by so many times its own length
without one."""
_FIRST_PAUSE_SECONDS: Final = 0.002
_NAME: Final = re.compile(r"state-(\d{12})-(\d+)\.json")
_REQUIRED: Final = ("block", "accounts", "best_block_number", "blocks", "transactions")


@dataclass(frozen=True)
class _Generation:
    """One stored file, as its name describes it. Only `_parse` says whether it is whole."""

    path: Path
    sequence: int
    best: int


class SnapshotStore:
    """Snapshots of one chain in one folder, which is made when it is missing.

    `written` is called when a snapshot lies on the disk but not yet under its name.
    """

    def __init__(self, folder: Path, written: Callable[[], None] = lambda: None) -> None:
        self._folder = folder
        self._written = written
        self._checked: dict[tuple[str, int, int], Mapping[str, Any]] = {}
        # How long the last one took, and when (of the monotonic clock) it was there.
        self._seconds = self._ended = 0.0

    def take(self, rpc_url: str, *, unless: Callable[[], bool] = lambda: False) -> int:
        """Ask the node for its state and keep it; the number of the newest block now durable.

        The lock is held from before the question until after the write: a slower process can
        then never store an older answer over a newer one. `unless` is asked under the lock:
        another process may have kept by then what is wanted.

        Raises OutsideError when the node does not answer with a state.
        """
        with self._locked():
            if unless():
                return self.best_block_number()
            began = time.monotonic()
            best = self._write(dump_state(rpc_url))
            self._ended = time.monotonic()
            self._seconds = self._ended - began
            return best

    def is_due(self) -> bool:
        """Whether another snapshot is worth its time: always, while it takes a moment only."""
        if self._seconds < _CHEAP_SECONDS:
            return True
        return time.monotonic() - self._ended >= _REST * self._seconds

    def write(self, dump: bytes) -> int:
        """Keep `dump` (the state's JSON, not compressed); its best block number, now durable.

        When a stored snapshot already contains the dump's newest block and goes further, that
        one stays: the dump was overtaken, and every block in it is durable already.

        Raises InvalidInput when `dump` is not a state anvil could load.
        """
        with self._locked():
            return self._write(dump)

    def newest(self) -> Path | None:
        """The newest snapshot that is whole, or None when there is none.

        A file that is not is renamed to `….broken` and the reason is written beside it as
        `….broken.txt`; nothing is deleted.
        """
        with self._locked():
            for generation in self._generations():
                try:
                    self._check(generation)
                except InvalidInput as reason:
                    self._set_aside(generation.path, reason.message)
                else:
                    return generation.path
        return None

    def best_block_number(self) -> int:
        """The newest durable block, or NOTHING_DURABLE (−1). Changes nothing, takes no lock."""
        header = self.best_header()
        return NOTHING_DURABLE if header is None else number_of(header)

    def best_header(self) -> Mapping[str, Any] | None:
        """The newest durable block's header as anvil dumps it; None when nothing is durable.

        Two blocks of one height differ in it. Changes nothing, takes no lock.
        """
        while True:
            generations = self._generations()
            try:
                for generation in generations:
                    try:
                        return self._check(generation)
                    except InvalidInput:
                        continue
            except FileNotFoundError:
                # Two newer generations were written while we looked: look again.
                continue
            return None

    def _write(self, dump: bytes) -> int:
        state = _parse(dump)
        best = _best(state)
        stored = self._generations()
        for generation in stored:
            if generation.best > best and self._contains(generation, _headers(state)[best]):
                return best
        sequence = stored[0].sequence + 1 if stored else 1
        final = self._folder / f"state-{sequence:012d}-{best}.json"
        for leftover in self._folder.glob("*.writing"):
            leftover.unlink()
        seal = {"sha256": hashlib.sha256(dump).hexdigest(), "header": _headers(state)[best]}
        # The seal goes first: a state is never without it, and one without a state is ignored.
        self._put(_seal_of(final), json.dumps(seal).encode())
        self._put(final, dump)
        for generation in stored[GENERATIONS - 1 :]:
            generation.path.unlink()
            _seal_of(generation.path).unlink(missing_ok=True)
        return best

    def _put(self, final: Path, content: bytes) -> None:
        temporary = final.with_suffix(".writing")
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        self._written()
        temporary.rename(final)
        # The new name itself is durable only when the folder is synced too: fsync(2), NOTES.
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _contains(self, generation: _Generation, header: Mapping[str, Any]) -> bool:
        try:
            headers = _headers(_parse(generation.path.read_bytes()))
        except InvalidInput:
            return False
        return headers.get(_number(header["number"])) == header

    def _check(self, generation: _Generation) -> Mapping[str, Any]:
        """The best block's header. A file is read once; of older files nothing is kept."""
        status = generation.path.stat()
        key = (generation.path.name, status.st_size, status.st_mtime_ns)
        if key not in self._checked:
            header = _unseal(generation.path)
            if header is None:
                state = _parse(generation.path.read_bytes())
                if _best(state) != generation.best:
                    raise InvalidInput("the file's name and its best_block_number differ")
                header = dict(_headers(state)[generation.best])
            recent = list(self._checked.items())[-GENERATIONS:]
            self._checked = {**dict(recent), key: header}
        return self._checked[key]

    def _generations(self) -> list[_Generation]:
        """Newest first. The sequence decides, not the height: a reorganised chain may be lower."""
        if not self._folder.is_dir():
            return []
        found = [
            _Generation(path, int(match[1]), int(match[2]))
            for path in self._folder.iterdir()
            if (match := _NAME.fullmatch(path.name))
        ]
        return sorted(found, key=lambda generation: generation.sequence, reverse=True)

    @staticmethod
    def _set_aside(path: Path, reason: str) -> None:
        _seal_of(path).unlink(missing_ok=True)
        path.with_name(path.name + ".broken.txt").write_text(reason + "\n", encoding="utf-8")
        path.rename(path.with_name(path.name + ".broken"))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._folder / "lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _seal_of(state: Path) -> Path:
    return state.with_suffix(".seal")


def _unseal(path: Path) -> dict[str, Any] | None:
    """The best block's header as noted when the state was kept; None when it was not noted.

    Comparing a digest takes a tenth of the time of parsing, and finds what still would parse.

    Raises InvalidInput when the state is not what was kept.
    """
    try:
        seal = json.loads(_seal_of(path).read_bytes())
        digest, header = seal["sha256"], dict(seal["header"])
    except (OSError, ValueError, TypeError, KeyError):
        return None  # made by an earlier release, or damaged itself: the state speaks for itself
    with path.open("rb") as state:
        if hashlib.file_digest(state, "sha256").hexdigest() != digest:
            raise InvalidInput("the file is not what was written (another SHA-256)")
    return header


def number_of(header: Mapping[str, Any]) -> int:
    """The height of a block header as anvil dumps it."""
    return _number(header["number"])


def dump_state(rpc_url: str) -> bytes:
    """The whole state of the anvil behind `rpc_url` as JSON bytes, decompressed.

    Raises OutsideError when the node cannot be reached or answers something else.
    """
    answer = _call(rpc_url, "anvil_dumpState", timeout=120.0)
    try:
        return gzip.decompress(bytes.fromhex(str(answer).removeprefix("0x")))
    except (ValueError, OSError, EOFError, zlib.error) as reason:
        raise OutsideError(
            f"the node's state dump is not gzip in hexadecimal: {reason}"
        ) from reason


def nudge(rpc_url: str, *, patience: float = 0.5) -> bool:
    """Mine one block if transactions stay pending and no block comes; whether that was needed.

    Anvil mines on demand, but after bursts it has been seen to leave ready transactions alone
    (foundry-rs/foundry#10122). Returns as soon as there is nothing to wait for any more, at the
    latest after `patience` seconds.

    Raises OutsideError when the node does not answer.
    """

    def look() -> tuple[str, str]:
        pool = _call(rpc_url, "txpool_status")
        if not isinstance(pool, dict):
            raise OutsideError("the node's txpool_status is not an object")
        return str(pool.get("pending")), str(_call(rpc_url, "eth_blockNumber"))

    pending, head = look()
    end, pause = time.monotonic() + patience, _FIRST_PAUSE_SECONDS
    while pending != "0x0":
        left = end - time.monotonic()
        if left <= 0:
            _call(rpc_url, "evm_mine")
            return True
        time.sleep(min(pause, left))
        pause *= 2
        pending, now = look()
        if now != head:
            return False
    return False


def set_time(rpc_url: str, seconds: int) -> None:
    """Set the node's clock to `seconds` since 1970; blocks then go on from there.

    Raises InvalidInput when the newest block is later than that, OutcomeUnknown when the node
    does not answer.
    """
    try:
        _call(rpc_url, "evm_setTime", seconds)
    except OutcomeUnknown:
        raise
    except OutsideError as refusal:
        raise InvalidInput(f"the node's clock cannot be set: {refusal.message}") from refusal


def _parse(dump: bytes) -> dict[str, Any]:
    try:
        state = json.loads(dump)
    except (ValueError, RecursionError) as reason:
        raise InvalidInput(f"not JSON: {reason}") from reason
    if not isinstance(state, dict):
        raise InvalidInput("not a JSON object")
    missing = [name for name in _REQUIRED if name not in state]
    if missing:
        raise InvalidInput(f"parts of a chain state are missing: {', '.join(missing)}")
    if _best(state) not in _headers(state):
        raise InvalidInput("the best block is not among the blocks")
    return state


def _best(state: Mapping[str, Any]) -> int:
    return _number(state["best_block_number"])


def _headers(state: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    try:
        headers = [block["header"] for block in state["blocks"]]
        return {_number(header["number"]): header for header in headers}
    except (TypeError, KeyError) as reason:
        raise InvalidInput(f"the blocks are not in the expected form: {reason!r}") from reason


def _number(value: object) -> int:
    """Anvil writes numbers as JSON integers in some places and as 0x… in others."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str):
        try:
            return int(value, 16 if value.startswith("0x") else 10)
        except ValueError:
            pass
    raise InvalidInput(f"not a block number: {value!r:.40}")


def _call(rpc_url: str, method: str, *parameters: object, timeout: float = 5.0) -> object:
    """One JSON-RPC call. Goes straight to the host: no proxy is consulted for a node of our own."""
    parts = urlsplit(rpc_url)
    if parts.scheme not in ("http", "https") or parts.hostname is None:
        raise OutsideError("the node's address is not http(s)://host:port", permanent=True)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=timeout)
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters})
    try:
        connection.request(
            "POST", parts.path or "/", body=body, headers={"Content-Type": "application/json"}
        )
        answer = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError) as reason:
        raise OutcomeUnknown(f"{method}: the node did not answer: {reason}") from reason
    finally:
        connection.close()
    if not isinstance(answer, dict) or "result" not in answer:
        error = answer.get("error") if isinstance(answer, dict) else answer
        raise OutsideError(f"{method}: the node refused: {error!r:.200}")
    result: object = answer["result"]
    return result

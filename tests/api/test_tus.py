"""tus 1.0 over HTTP: every refusal has its status and leaves the offset where it was."""

import base64
import hashlib
import os
import random
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import psycopg
import pytest

from tests.grounds.callers import (
    TUS,
    begin_upload,
    declared,
    deposit,
    offset_of,
    person,
    program,
    send,
    visitor,
)
from tests.grounds.stack import RunningStack

DATA = random.Random(5789).randbytes(100_000)  # noqa: S311 - the same in every process


@pytest.fixture(scope="module")
def http(stack: RunningStack) -> httpx2.Client:
    return program(stack, person(stack).key("deposit"))


@pytest.fixture
def half(http: httpx2.Client) -> str:
    """An upload of which the first half is there."""
    location = begin_upload(http, len(DATA))
    assert send(http, location, DATA[:50_000]).status_code == 204
    return location


def sha256(data: bytes) -> str:
    return "sha256 " + base64.b64encode(hashlib.sha256(data).digest()).decode()


def database(stack: RunningStack) -> str:
    for line in (stack.var / "env").read_text().splitlines():
        if line.startswith("DATABASE_URL="):
            return line.removeprefix("DATABASE_URL=").strip("'\"").replace("+psycopg", "")
    raise AssertionError("the stack keeps no database address")


class TestCreation:
    def test_tells_where_and_until_when(self, http: httpx2.Client) -> None:
        name = base64.b64encode("照片.jpg".encode()).decode()
        answer = http.post(
            "/api/v1/uploads",
            headers={**TUS, "Upload-Length": "5", "Upload-Metadata": f"filename {name},x"},
        )
        assert answer.status_code == 201
        assert answer.headers["location"].startswith("/api/v1/uploads/")
        assert answer.headers["tus-resumable"] == "1.0.0"
        assert "GMT" in answer.headers["upload-expires"]

    @pytest.mark.parametrize(
        ("headers", "status", "field"),
        [
            ({"Upload-Length": "0"}, 422, "Upload-Length"),
            ({"Upload-Length": "-1"}, 422, "Upload-Length"),
            ({"Upload-Length": "1e3"}, 422, "Upload-Length"),
            ({"Upload-Length": str(20 * 2**30 + 1)}, 413, "Upload-Length"),
            ({"Upload-Length": "9" * 40}, 422, "Upload-Length"),
            ({}, 422, "upload-length"),
            ({"Upload-Length": "1", "Upload-Metadata": "filename !!!"}, 422, "Upload-Metadata"),
            ({"Upload-Length": "1", "Upload-Metadata": b"filename \xe9"}, 422, "Upload-Metadata"),
            ({"Upload-Length": "1", "Upload-Metadata": "filename Li4vYQ=="}, 422,
             "Upload-Metadata"),
            ({"Upload-Length": "1", "Tus-Resumable": "0.2.2"}, 412, "Tus-Resumable"),
        ],
    )  # fmt: skip
    def test_refuses_by_field(
        self, http: httpx2.Client, headers: dict[str, str | bytes], status: int, field: str
    ) -> None:
        answer = http.post("/api/v1/uploads", headers={**TUS, **headers})
        assert answer.status_code == status
        assert answer.json()["field"] == field
        assert answer.headers["content-type"] == "application/problem+json"

    def test_says_what_it_speaks(self, http: httpx2.Client) -> None:
        answer = http.options("/api/v1/uploads")
        assert answer.status_code == 204
        assert answer.headers["tus-extension"] == "creation,termination,expiration,checksum"
        assert answer.headers["tus-max-size"] == str(20 * 2**30)


class TestAppend:
    @pytest.mark.parametrize(
        ("headers", "data", "status"),
        [
            ({"offset": 0}, DATA[:10], 409),
            ({"offset": 50_001}, DATA[:10], 409),
            ({"Tus_Resumable": "0.2.2"}, DATA[50_000:], 412),
            ({"Content_Type": "application/octet-stream"}, DATA[50_000:], 415),
            ({"Upload_Checksum": sha256(b"other")}, DATA[50_000:], 460),
            ({"Upload_Checksum": "md5 AAAA"}, DATA[50_000:], 422),
            ({"Upload_Checksum": "sha256 !"}, DATA[50_000:], 422),
            ({"Upload_Checksum": b"sha256 \xe9"}, DATA[50_000:], 422),
            ({}, DATA[50_000:] + b"x", 413),
            ({"Upload_Offset": "x"}, DATA[50_000:], 422),
        ],
    )
    def test_a_refusal_leaves_the_offset(
        self, http: httpx2.Client, half: str, headers: dict[str, Any], data: bytes, status: int
    ) -> None:
        answer = send(http, half, data, **{"offset": 50_000, **headers})  # type: ignore[arg-type]
        assert answer.status_code == status, answer.text
        assert answer.headers["tus-resumable"] == "1.0.0"
        assert answer.json()["detail"]
        assert offset_of(http, half) == 50_000
        assert send(http, half, DATA[50_000:], 50_000).status_code == 204

    def test_a_body_of_unknown_length_may_not_be_longer_than_declared(
        self, http: httpx2.Client, half: str
    ) -> None:
        def pieces() -> Iterator[bytes]:
            yield DATA[50_000:]
            yield b"and more"

        assert send(http, half, pieces(), 50_000).status_code == 413
        assert offset_of(http, half) == 50_000

    def test_a_right_checksum_is_accepted(self, http: httpx2.Client, half: str) -> None:
        rest = DATA[50_000:]
        answer = send(http, half, rest, 50_000, Upload_Checksum=sha256(rest))
        assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(len(DATA)))

    def test_a_second_writer_is_locked_out_while_the_first_goes_on(
        self, http: httpx2.Client, half: str, stack: RunningStack
    ) -> None:
        go_on, sending = threading.Event(), threading.Event()
        done: list[int] = []

        def slow() -> Iterator[bytes]:
            yield DATA[50_000:60_000]
            sending.set()
            go_on.wait(20)
            yield DATA[60_000:]

        other = program(stack, http.headers["Authorization"].removeprefix("Bearer "))
        first = threading.Thread(
            target=lambda: done.append(send(other, half, slow(), 50_000).status_code)
        )
        first.start()
        sending.wait(20)
        time.sleep(1)  # asked at once, a question could have the lock before the first writer
        statuses = []
        until = time.monotonic() + 10
        while 423 not in statuses and time.monotonic() < until:
            # A wrong checksum, so that asking changes nothing when nobody holds the lock yet.
            asked = {"Upload_Checksum": sha256(b"other")}
            statuses.append(send(http, half, DATA[50_000:50_010], 50_000, **asked).status_code)
        go_on.set()
        first.join(30)
        assert statuses[-1] == 423
        assert set(statuses) <= {423, 460}
        assert done == [204]

    def test_a_cut_connection_keeps_what_arrived(self, http: httpx2.Client, half: str) -> None:
        def cut() -> Iterator[bytes]:
            yield DATA[50_000:70_000]
            time.sleep(0.3)
            raise ConnectionError

        with pytest.raises(ConnectionError):
            send(http, half, cut(), 50_000)
        until = time.monotonic() + 10
        while offset_of(http, half) != 70_000 and time.monotonic() < until:
            time.sleep(0.05)
        assert offset_of(http, half) == 70_000
        assert send(http, half, DATA[70_000:], 70_000).status_code == 204


class TestLarge:
    """More than the disk is set to work on at once, and than is sent again after a kill."""

    DATA = random.Random(64).randbytes(70 * 2**20)  # noqa: S311 - the same in every process

    def test_it_arrives_whole(self, http: httpx2.Client, stack: RunningStack) -> None:
        location = begin_upload(http, len(self.DATA))
        answer = send(http, location, self.DATA, Upload_Checksum=sha256(self.DATA))
        assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(len(self.DATA)))
        staged = stack.var / "incoming" / location.rsplit("/", 1)[-1]
        assert staged.read_bytes() == self.DATA

    def test_of_a_wrong_checksum_nothing_is_kept(self, http: httpx2.Client) -> None:
        location = begin_upload(http, len(self.DATA))
        assert send(http, location, self.DATA, Upload_Checksum=sha256(b"x")).status_code == 460
        assert offset_of(http, location) == 0


class TestEnding:
    def test_a_terminated_upload_is_gone(self, http: httpx2.Client, half: str) -> None:
        assert http.delete(half, headers=TUS).status_code == 204
        assert http.head(half, headers=TUS).status_code == 404
        assert send(http, half, DATA[50_000:], 50_000).status_code == 404

    def test_an_upload_in_use_cannot_be_terminated(self, http: httpx2.Client) -> None:
        data = b"in use " + os.urandom(8)
        location = begin_upload(http, len(data))
        send(http, location, data)
        file = {**declared("a.bin", data), "upload": location.rsplit("/", 1)[-1]}
        assert deposit(http, file).status_code == 201
        assert http.delete(location, headers=TUS).status_code == 409

    def test_after_its_time_it_is_gone(
        self, http: httpx2.Client, half: str, stack: RunningStack
    ) -> None:
        past = datetime.now(UTC) - timedelta(seconds=1)
        with psycopg.connect(database(stack)) as connection:
            connection.execute(
                "UPDATE upload SET expires_at = %s WHERE id = %s",
                (past, half.rsplit("/", 1)[-1]),
            )
        # Expired; or swept away since.
        assert http.head(half, headers=TUS).status_code in {404, 410}
        assert send(http, half, DATA[50_000:], 50_000).status_code in {404, 410}

    def test_an_unknown_one_was_never_there(self, http: httpx2.Client) -> None:
        nowhere = f"/api/v1/uploads/{uuid.uuid4()}"
        assert http.head(nowhere, headers=TUS).status_code == 404
        assert send(http, nowhere, b"x").status_code == 404


def test_nothing_is_written_for_a_stranger(stack: RunningStack, half: str) -> None:
    stranger = program(stack, person(stack).key("deposit"))
    before = (stack.var / "incoming" / half.rsplit("/", 1)[-1]).stat()
    assert send(stranger, half, DATA[50_000:], 50_000).status_code == 404
    assert send(visitor(stack), half, DATA[50_000:], 50_000).status_code == 401
    after = (stack.var / "incoming" / half.rsplit("/", 1)[-1]).stat()
    assert (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)

"""A deposited file comes back whole or in ranges (RFC 9110 §14)."""

import hashlib
import random
import time

import httpx2
import pytest

from api.ranges import RangeNotSatisfiable, Span, wanted
from tests.grounds.callers import deposit, person, program, uploaded
from tests.grounds.stack import RunningStack

DATA = b"RIFF\0\0\0\0WAVEfmt " + random.Random(9110).randbytes(3_000_000)  # noqa: S311 - repeatable
SIZE = len(DATA)
TAG = f'"{hashlib.sha256(DATA).hexdigest()}"'


@pytest.fixture(scope="module")
def http(stack: RunningStack) -> httpx2.Client:
    return program(stack, person(stack).key("deposit", "read"))


@pytest.fixture(scope="module")
def path(http: httpx2.Client) -> str:
    answer = deposit(http, uploaded(http, "录音.wav", DATA))
    assert answer.status_code == 201, answer.text
    path = f"/api/v1/evidence/{answer.json()['evidence_number']}"
    until = time.monotonic() + 60
    while http.get(path).json()["stored_at"] is None:
        assert time.monotonic() < until
        time.sleep(0.1)
    return f"{path}/files/0"


class TestWanted:
    @pytest.mark.parametrize(
        ("wish", "start", "end"),
        [
            ("bytes=0-0", 0, 1),
            ("bytes=0-9", 0, 10),
            ("bytes=5-", 5, 10),
            ("bytes=5-99", 5, 10),
            ("bytes=-3", 7, 10),
            ("bytes=-99", 0, 10),
            ("BYTES= 2-3 ", 2, 4),
        ],
    )
    def test_a_range_is_cut_to_the_file(self, wish: str, start: int, end: int) -> None:
        assert wanted(wish, None, TAG, 10) == Span(start, end, 10)

    @pytest.mark.parametrize(
        "wish",
        [None, "", "bytes", "bytes=", "bytes=-", "bytes=3-2", "bytes=a-b", "bytes=0-1,3-4",
         "items=0-1", "bytes=0-1-2", "bytes=+1-2", "bytes=\u0661-", "bytes=0x1-"],
    )  # fmt: skip
    def test_what_is_no_single_range_of_bytes_asks_for_all(self, wish: str | None) -> None:
        assert wanted(wish, None, TAG, 10) is None

    @pytest.mark.parametrize("wish", ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=9999999999-"])
    def test_a_range_behind_the_end_is_refused(self, wish: str) -> None:
        with pytest.raises(RangeNotSatisfiable):
            wanted(wish, None, TAG, 10)

    @pytest.mark.parametrize(
        "condition", ['"other"', f"W/{TAG}", TAG.strip('"'), "Tue, 24 Nov 2026 00:00:00 GMT", ""]
    )
    def test_another_condition_than_this_very_tag_asks_for_all(self, condition: str) -> None:
        assert wanted("bytes=10-", condition, TAG, 10) is None


class TestOverHttp:
    def test_the_whole_says_that_ranges_are_served_and_names_its_digest(
        self, http: httpx2.Client, path: str
    ) -> None:
        answer = http.get(path)
        assert (answer.status_code, answer.content == DATA) == (200, True)
        assert answer.headers["etag"] == TAG
        assert answer.headers["accept-ranges"] == "bytes"
        assert "content-range" not in answer.headers

    @pytest.mark.parametrize(("first", "last"), [(0, 0), (1_000_000, 2_500_000), (SIZE - 1, SIZE)])
    def test_a_range_is_exactly_those_bytes(
        self, http: httpx2.Client, path: str, first: int, last: int
    ) -> None:
        part = DATA[first : last + 1]
        headers = {"Range": f"bytes={first}-{last}", "If-Range": TAG}
        answer = http.get(path, headers=headers)
        assert (answer.status_code, answer.content == part) == (206, True)
        assert answer.headers["content-range"] == f"bytes {first}-{min(last, SIZE - 1)}/{SIZE}"
        assert answer.headers["content-length"] == str(len(part))
        assert answer.headers["etag"] == TAG
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["cache-control"] == "no-store"

    def test_another_tag_gets_the_whole(self, http: httpx2.Client, path: str) -> None:
        answer = http.get(path, headers={"Range": "bytes=0-9", "If-Range": '"older"'})
        assert (answer.status_code, answer.content == DATA) == (200, True)

    def test_behind_the_end_the_size_is_told(self, http: httpx2.Client, path: str) -> None:
        answer = http.get(path, headers={"Range": f"bytes={SIZE}-"})
        assert answer.status_code == 416
        assert answer.headers["content-range"] == f"bytes */{SIZE}"
        assert answer.json()["field"] == "Range"

    def test_a_broken_download_is_completed(self, http: httpx2.Client, path: str) -> None:
        with http.stream("GET", path) as answer:
            begun = next(answer.iter_raw(4096))
        headers = {"Range": f"bytes={len(begun)}-", "If-Range": answer.headers["etag"]}
        rest = http.get(path, headers=headers)
        assert begun + rest.content == DATA

    def test_a_stranger_learns_nothing_from_a_range(self, stack: RunningStack, path: str) -> None:
        stranger = program(stack, person(stack).key("read"))
        assert stranger.get(path, headers={"Range": f"bytes={SIZE}-"}).status_code == 404

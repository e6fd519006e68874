"""How a remote authority's answers and failures are told apart, without a network."""

from collections.abc import Callable, Iterator

import httpx2
import pytest

from core.errors import OutcomeUnknown, OutsideError
from evidence.rfc3161 import QUERY_TYPE, REPLY_TYPE
from evidence.tsa_http import HttpTimestampClient

pytestmark = pytest.mark.unit

URL = "https://tsa.example/stamp"


def client(handler: Callable[[httpx2.Request], httpx2.Response]) -> HttpTimestampClient:
    return HttpTimestampClient(URL, timeout=5.0, transport=httpx2.MockTransport(handler))


def replying(
    status: int = 200, kind: str = REPLY_TYPE, body: bytes = b"answer"
) -> HttpTimestampClient:
    return client(lambda _: httpx2.Response(status, headers={"Content-Type": kind}, content=body))


class TestAsk:
    def test_the_request_goes_out_as_a_time_stamp_query(self) -> None:
        seen: list[httpx2.Request] = []

        def handler(request: httpx2.Request) -> httpx2.Response:
            seen.append(request)
            return httpx2.Response(200, headers={"Content-Type": REPLY_TYPE}, content=b"answer")

        assert client(handler).ask(b"question") == b"answer"
        assert [each.method for each in seen] == ["POST"]
        assert seen[0].headers["Content-Type"] == QUERY_TYPE
        assert seen[0].content == b"question"

    def test_parameters_of_the_media_type_do_not_matter(self) -> None:
        assert replying(kind="Application/Timestamp-Reply; charset=binary").ask(b"q") == b"answer"

    @pytest.mark.parametrize(
        ("status", "permanent"),
        [
            (302, True),
            (400, True),
            (404, True),
            (408, False),
            (429, False),
            (500, False),
            (503, False),
        ],
    )
    def test_only_lasting_refusals_are_permanent(self, status: int, *, permanent: bool) -> None:
        with pytest.raises(OutsideError) as caught:
            replying(status).ask(b"q")
        assert caught.value.permanent is permanent
        assert not isinstance(caught.value, OutcomeUnknown)

    def test_a_page_for_people_is_not_an_answer(self) -> None:
        with pytest.raises(OutsideError, match="media type"):
            replying(kind="text/html").ask(b"q")

    def test_an_endless_answer_is_cut_off(self) -> None:
        read: list[int] = []

        def flood() -> Iterator[bytes]:
            for number in range(10_000):
                read.append(number)
                yield bytes(8192)

        def handler(_: httpx2.Request) -> httpx2.Response:
            return httpx2.Response(200, headers={"Content-Type": REPLY_TYPE}, content=flood())

        with pytest.raises(OutsideError, match="too large"):
            client(handler).ask(b"q")
        assert len(read) < 20

    def test_a_redirect_is_not_followed(self) -> None:
        seen: list[str] = []

        def handler(request: httpx2.Request) -> httpx2.Response:
            seen.append(str(request.url))
            return httpx2.Response(302, headers={"Location": "http://127.0.0.1/inside"})

        with pytest.raises(OutsideError):
            client(handler).ask(b"q")
        assert seen == [URL]


def failing(error: Exception) -> HttpTimestampClient:
    def handler(_: httpx2.Request) -> httpx2.Response:
        raise error

    return client(handler)


class TestFailures:
    @pytest.mark.parametrize("error", [httpx2.ConnectError, httpx2.ConnectTimeout])
    def test_not_reached_is_a_passing_failure(self, error: type[httpx2.TransportError]) -> None:
        with pytest.raises(OutsideError) as caught:
            failing(error("no")).ask(b"q")
        assert not isinstance(caught.value, OutcomeUnknown)
        assert not caught.value.permanent

    @pytest.mark.parametrize(
        "error",
        [httpx2.ReadTimeout, httpx2.WriteTimeout, httpx2.ReadError, httpx2.RemoteProtocolError],
    )
    def test_broken_off_after_sending_is_unknown(self, error: type[httpx2.TransportError]) -> None:
        with pytest.raises(OutcomeUnknown):
            failing(error("no")).ask(b"q")

    @pytest.mark.parametrize("url", ["", "ftp://tsa.example/", "http://[::1", "stamp"])
    def test_an_address_that_is_none_is_permanent(self, url: str) -> None:
        with pytest.raises(OutsideError) as caught:
            HttpTimestampClient(url, timeout=1.0).ask(b"q")
        assert caught.value.permanent

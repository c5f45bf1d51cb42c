"""How connections end: the answer arrives, whatever is left of the request."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from enforcement import serving
from enforcement.serving import Echo
from keyreeve.enforcement import lingering

HOST = b"Host: a\r\n"
LARGE = 4 * 1024 * 1024


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def port(echo: Echo) -> Iterator[int]:
    with serving.serving(echo) as port:
        yield port


def post(*fields: bytes, length: int) -> bytes:
    head = b"POST / HTTP/1.1\r\n" + HOST + b"".join(fields)
    return head + b"Content-Length: %d\r\n\r\n" % length


class TestAnUnreadBody:
    def test_is_thrown_away_and_the_connection_goes_on(self, port: int) -> None:
        with serving.connected(port) as connection:
            for _ in range(3):
                connection.sendall(post(length=LARGE) + b"a" * LARGE)
                assert serving.answer(connection).status == 200

    def test_does_not_cost_the_answer_when_the_connection_closes(self, port: int) -> None:
        for _ in range(5):
            with serving.connected(port) as connection:
                connection.sendall(post(b"Connection: close\r\n", length=LARGE) + b"a" * LARGE)
                [answer] = serving.answers(connection)
                assert answer.status == 200

    def test_nor_with_http_1_0(self, port: int) -> None:
        with serving.connected(port) as connection:
            connection.sendall(b"POST / HTTP/1.0\r\nContent-Length: %d\r\n\r\n" % LARGE)
            connection.sendall(b"a" * LARGE)
            [answer] = serving.answers(connection)
        assert answer.status == 200

    def test_is_read_only_so_far(self, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(lingering, "DRAIN_LIMIT", 100_000)
        with serving.connected(port) as connection:
            connection.sendall(post(length=10**12))
            assert serving.answer(connection).status == 200
            assert _is_hung_up_on(connection, b"a" * 50_000)

    def test_is_waited_for_only_so_long(self, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(lingering, "DRAIN_SECONDS", 0.3)
        with serving.connected(port) as connection:
            connection.sendall(post(length=100) + b"a")
            assert serving.answer(connection).status == 200
            connection.sendall(b"a")
            assert connection.recv(1) == b""


def _is_hung_up_on(connection: socket.socket, data: bytes) -> bool:
    try:
        for _ in range(200):
            connection.sendall(data)
            time.sleep(0.005)
    except OSError:
        return True
    return False


def test_who_waits_for_100_and_gets_an_answer_cannot_shift_the_next_request(port: int) -> None:
    with serving.connected(port) as connection:
        connection.sendall(post(b"Expect: 100-continue\r\n", length=100))
        answer = serving.answer(connection)
        assert (answer.status, answer.fields["connection"]) == (200, "close")
        assert connection.recv(1) == b""


def test_who_waits_for_100_gets_it_when_the_body_is_wanted() -> None:
    echo = Echo(reads=True)
    with serving.serving(echo) as port, serving.connected(port) as connection:
        connection.sendall(post(b"Expect: 100-continue\r\n", length=3))
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        assert serving.answer(connection).status == 200
    assert echo.bodies == [b"abc"]


def test_a_refusal_is_read_though_more_was_sent(port: int) -> None:
    for _ in range(5):
        [refused] = serving.exchange(port, b"GET * HTTP/1.1\r\n\r\n" + b"a" * 1_000_000)
        assert refused.status == 400


class TestPipelining:
    FIRST = b"GET /first HTTP/1.1\r\n" + HOST + b"\r\n"

    def test_answers_come_in_order(self, echo: Echo, port: int) -> None:
        last = b"GET /last HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
        found = serving.exchange(port, self.FIRST * 3 + last)
        assert [answer.status for answer in found] == [200] * 4
        assert [s["keyreeve.target"] for s in echo.scopes] == [b"/first"] * 3 + [b"/last"]

    @pytest.mark.parametrize("before", [1, 3])
    def test_a_refusal_is_not_taken_for_the_answer_before_it(
        self, echo: Echo, port: int, before: int
    ) -> None:
        echo.gate.clear()
        threading.Timer(0.3, echo.gate.set).start()
        found = serving.exchange(
            port, self.FIRST * before + b"GET //b HTTP/1.1\r\n" + HOST + b"\r\n"
        )
        assert [answer.status for answer in found] == [200] * before + [400]
        assert len(echo.scopes) == before

    def test_nothing_is_said_after_the_last_answer(self, echo: Echo) -> None:
        broken: list[BaseException] = []

        async def watched(scope: Any, receive: Any, send: Any) -> None:
            try:
                await echo(scope, receive, send)
            except BaseException as error:
                broken.append(error)
                raise

        echo.gate.clear()
        threading.Timer(0.3, echo.gate.set).start()
        closing = b"GET /last HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\n\r\n"
        with serving.serving(watched) as port:
            found = serving.exchange(port, closing + b"GET //b HTTP/1.1\r\n" + HOST + b"\r\n")
        assert [answer.status for answer in found] == [200]
        assert broken == []

    def test_a_broken_body_in_line_ends_the_connection(self, echo: Echo, port: int) -> None:
        echo.gate.clear()
        threading.Timer(0.3, echo.gate.set).start()
        broken = b"POST /b HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz"
        assert serving.exchange(port, self.FIRST + broken) == []
        assert [scope["keyreeve.target"] for scope in echo.scopes] == [b"/first"]

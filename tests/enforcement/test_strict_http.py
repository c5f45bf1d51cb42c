"""HTTP/1.1 over raw sockets: what is refused, and that nobody behind the protocol sees it."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from enforcement import serving
from enforcement.serving import Echo
from keyreeve.enforcement import strict_http

HOST = b"Host: a\r\n"
CLOSE = b"Connection: close\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[Echo, int]]:
    echo = Echo()
    with serving.serving(echo) as port:
        yield echo, port


@pytest.fixture
def echo(shared: tuple[Echo, int]) -> Echo:
    shared[0].scopes.clear()
    return shared[0]


@pytest.fixture
def port(shared: tuple[Echo, int]) -> int:
    return shared[1]


def get(target: bytes, *fields: bytes) -> bytes:
    return b"GET " + target + b" HTTP/1.1\r\n" + HOST + CLOSE + b"".join(fields) + b"\r\n"


def post(*fields: bytes, body: bytes = b"") -> bytes:
    return b"POST / HTTP/1.1\r\n" + HOST + b"".join(fields) + b"\r\n" + body


@pytest.mark.parametrize(
    "target",
    [
        b"*", b"a:443", b"http://a/b", b"https://a/b", b"//a/b", b"//", b"/a#b", b"/#", b"a", b"?a",
        b"http:/a", b"\\a", b"#",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", [b"GET", b"OPTIONS", b"CONNECT", b"POST"])
def test_a_target_that_does_not_start_with_one_slash_is_refused(
    echo: Echo, port: int, method: bytes, target: bytes
) -> None:
    request = method + b" " + target + b" HTTP/1.1\r\n" + HOST + b"\r\n"
    [refused] = serving.exchange(port, request)
    assert refused.status == 400
    assert refused.document["error"] == 400
    assert not echo.scopes


@pytest.mark.parametrize(
    "target", [b"/", b"/a", b"/a?b", b"/a/", b"/a//b", b"/%2F", b"/a?//b", b"/a?b=http://c"]
)
def test_the_target_reaches_the_application_as_it_was_sent(
    echo: Echo, port: int, target: bytes
) -> None:
    [allowed] = serving.exchange(port, get(target))
    assert allowed.status == 200
    assert echo.scopes[0]["keyreeve.target"] == target


def test_a_target_in_pieces_is_put_together(echo: Echo, port: int) -> None:
    with serving.connected(port) as connection:
        for piece in (
            b"GET /aa",
            b"bb?c",
            b"c HTTP/1.1\r\nHo",
            b"st: a\r\nConnection: close\r\n\r\n",
        ):
            connection.sendall(piece)
            time.sleep(0.02)
        [allowed] = serving.answers(connection)
    assert allowed.status == 200
    assert echo.scopes[0]["keyreeve.target"] == b"/aabb?cc"


SMUGGLING = {
    "length and coding": post(b"Content-Length: 5\r\n", CHUNKED, body=b"0\r\n\r\n"),
    "coding and length": post(CHUNKED, b"Content-Length: 5\r\n", body=b"0\r\n\r\n"),
    "two lengths": post(b"Content-Length: 3\r\n", b"Content-Length: 3\r\n", body=b"abc"),
    "two different lengths": post(b"Content-Length: 3\r\n", b"Content-Length: 4\r\n", body=b"abc"),
    "list of lengths": post(b"Content-Length: 3, 3\r\n", body=b"abc"),
    "signed length": post(b"Content-Length: +3\r\n", body=b"abc"),
    "negative length": post(b"Content-Length: -3\r\n", body=b"abc"),
    "hexadecimal length": post(b"Content-Length: 0x3\r\n", body=b"abc"),
    "length with an underscore": post(b"Content-Length: 1_0\r\n", body=b"abc"),
    "empty length": post(b"Content-Length: \r\n"),
    "huge length": post(b"Content-Length: 99999999999999999999\r\n"),
    "coding list": post(b"Transfer-Encoding: gzip, chunked\r\n", body=b"0\r\n\r\n"),
    "coding twice": post(CHUNKED, CHUNKED, body=b"0\r\n\r\n"),
    "coding identity": post(b"Transfer-Encoding: identity\r\n"),
    "coding unknown": post(b"Transfer-Encoding: xchunked\r\n", body=b"0\r\n\r\n"),
    "coding quoted": post(b'Transfer-Encoding: "chunked"\r\n', body=b"0\r\n\r\n"),
    "coding with a parameter": post(b"Transfer-Encoding: chunked;a=b\r\n", body=b"0\r\n\r\n"),
    "coding in HTTP/1.0": b"POST / HTTP/1.0\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
    "folded coding": post(b"Transfer-Encoding:\r\n chunked\r\n", body=b"0\r\n\r\n"),
    "folded line": post(b"X: a\r\n b\r\n"),
    "bare LF": b"GET / HTTP/1.1\nHost: a\n\n",
    "bare LF in the head": b"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
    "bare CR": b"GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n",
    "space before the colon": b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    "NUL": post(b"X: a\0b\r\n"),
    "NUL in a name": post(b"X\0: a\r\n"),
    "control in a value": post(b"X: a\x1bb\r\n"),
    "no name": post(b": a\r\n"),
    "no colon": post(b"X\r\n"),
    "leading space": b"GET / HTTP/1.1\r\n X: a\r\nHost: a\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "HTTP/1.2": b"GET / HTTP/1.2\r\nHost: a\r\n\r\n",
    "HTTP/2.0": b"GET / HTTP/2.0\r\nHost: a\r\n\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no such method": b"FOO / HTTP/1.1\r\nHost: a\r\n\r\n",
    "small letters": b"get / HTTP/1.1\r\nHost: a\r\n\r\n",
    "tab after the method": b"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n",
    "bytes beyond ASCII": b"GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n",
    "NUL in the target": b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "PROXY": b"PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
}


@pytest.mark.parametrize("name", SMUGGLING)
def test_what_two_readers_could_read_differently_is_refused(
    echo: Echo, port: int, name: str
) -> None:
    [refused] = serving.exchange(port, SMUGGLING[name])
    assert refused.status == 400
    assert refused.fields["content-type"] == "application/json"
    assert refused.fields["x-request-id"] == serving.IDS
    assert refused.document["errorCode"] in {"REQUEST_MALFORMED", "TARGET_FORM_UNSUPPORTED"}
    assert not echo.scopes


BROKEN_CHUNKS = {
    "hexadecimal prefix": b"0x3\r\nabc\r\n0\r\n\r\n",
    "sign": b"+3\r\nabc\r\n0\r\n\r\n",
    "no size": b"\r\nabc\r\n0\r\n\r\n",
    "LF only": b"3\nabc\n0\n\n",
    "too long": b"3\r\nabcd\r\n0\r\n\r\n",
    "overflow": b"fffffffffffffffff\r\nabc\r\n0\r\n\r\n",
    "line break in an extension": b'3;a="b\nc"\r\nabc\r\n0\r\n\r\n',
    "space before the size": b" 3\r\nabc\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("name", BROKEN_CHUNKS)
def test_a_broken_body_is_no_body(name: str) -> None:
    echo = Echo(reads=True)
    with serving.serving(echo) as port:
        [refused] = serving.exchange(port, post(CHUNKED, body=BROKEN_CHUNKS[name]))
        assert refused.status == 400
    assert all(body.endswith(b"<gone>") for body in echo.bodies)


def test_a_trailer_is_never_seen_as_a_field(echo: Echo, port: int) -> None:
    trailers = b"Authorization: Bearer x\r\nHost: b\r\n\r\n"
    [allowed] = serving.exchange(port, post(CLOSE, CHUNKED, body=b"3\r\nabc\r\n0\r\n" + trailers))
    assert allowed.status == 200
    names = [name for name, _ in echo.scopes[0]["headers"]]
    assert names.count(b"host") == 1
    assert b"authorization" not in names


class TestSizes:
    def test_a_head_of_16_kib_passes_and_a_larger_one_is_refused(
        self, echo: Echo, port: int
    ) -> None:
        [allowed] = serving.exchange(port, get(b"/", b"X: " + b"a" * 15_000 + b"\r\n"))
        assert allowed.status == 200
        echo.scopes.clear()
        [refused] = serving.exchange(port, get(b"/", b"X: " + b"a" * 17_000 + b"\r\n"))
        assert (refused.status, refused.document["errorCode"]) == (431, "REQUEST_HEADER_TOO_LARGE")
        assert not echo.scopes

    def test_a_field_that_does_not_end_is_refused_before_it_does(self, port: int) -> None:
        with serving.connected(port) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
            for _ in range(40):
                connection.sendall(b"a" * 1000)
                time.sleep(0.001)
            [refused] = serving.answers(connection)
        assert refused.status == 431

    def test_a_target_that_does_not_end_is_refused_before_it_does(self, port: int) -> None:
        with serving.connected(port) as connection:
            connection.sendall(b"GET /")
            for _ in range(40):
                connection.sendall(b"a" * 1000)
                time.sleep(0.001)
            [refused] = serving.answers(connection)
        assert refused.status == 431

    def test_a_hundred_fields_pass_and_more_are_refused(self, echo: Echo, port: int) -> None:
        [allowed] = serving.exchange(port, get(b"/", b"X: a\r\n" * 98))
        assert allowed.status == 200
        echo.scopes.clear()
        [refused] = serving.exchange(port, get(b"/", b"X: a\r\n" * 99))
        assert refused.status == 431
        assert not echo.scopes

    def test_many_small_heads_on_one_connection_are_not_added_up(self, port: int) -> None:
        request = b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 5000 + b"\r\n\r\n"
        with serving.connected(port) as connection:
            for _ in range(8):
                connection.sendall(request)
                assert serving.answer(connection).status == 200


class TestTimes:
    @pytest.fixture(autouse=True)
    def _quick(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(strict_http, "HEAD_SECONDS", 0.3)

    def test_silence_is_hung_up_on(self, port: int) -> None:
        with serving.connected(port) as connection:
            assert connection.recv(1) == b""

    def test_a_head_that_trickles_is_cut_off(self, echo: Echo, port: int) -> None:
        started = time.monotonic()
        with serving.connected(port) as connection:
            trickling = threading.Thread(target=_trickle, args=(connection,))
            trickling.start()
            [refused] = serving.answers(connection)
            trickling.join()
        assert (refused.status, refused.document["errorCode"]) == (408, "REQUEST_TIMEOUT")
        assert time.monotonic() - started < 3
        assert not echo.scopes

    def test_empty_lines_keep_no_connection_open(self, port: int) -> None:
        with serving.connected(port) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
            assert serving.answer(connection).status == 200
            connection.sendall(b"\r\n")
            assert connection.recv(1) == b""

    def test_a_slow_answer_is_waited_for(self, echo: Echo, port: int) -> None:
        echo.gate.clear()
        threading.Timer(0.8, echo.gate.set).start()
        [allowed] = serving.exchange(port, get(b"/"))
        assert allowed.status == 200


def _trickle(connection: socket.socket) -> None:
    connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
    try:
        for _ in range(30):
            connection.sendall(b"a")
            time.sleep(0.05)
    except OSError:
        pass


class TestUpgrades:
    """A connection that became something else would pass the guard by."""

    @pytest.mark.parametrize("protocol", [b"websocket", b"h2c", b"TLS/1.0"])
    def test_none_is_made_and_the_connection_ends(
        self, echo: Echo, port: int, protocol: bytes
    ) -> None:
        asked = b"Connection: Upgrade\r\nUpgrade: " + protocol + b"\r\n"
        key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        request = b"GET /a HTTP/1.1\r\n" + HOST + asked + key + b"\r\n"
        [answer] = serving.exchange(port, request + b"GET /b HTTP/1.1\r\n" + HOST + b"\r\n")
        assert answer.status == 200
        assert answer.fields["connection"] == "close"
        assert [scope["type"] for scope in echo.scopes] == ["http"]
        assert [scope["keyreeve.target"] for scope in echo.scopes] == [b"/a"]

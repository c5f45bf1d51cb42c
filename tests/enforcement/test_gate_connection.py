"""One connection: kept alive, in order, within limits; what is malformed ends it."""

import contextlib
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from enforcement.gating import Bench, gating, passed, question, said
from enforcement.serving import Raw, answer, answers, connected, exchange
from keyreeve.domain.decision import Deny, Reason
from keyreeve.enforcement import gate_connection
from keyreeve.judge.throttle import Throttled
from keyreeve.protocol import address


def test_a_connection_is_kept_alive() -> None:
    bench = Bench(hit=said())
    with gating(bench) as gate, connected(gate.port) as connection:
        for _ in range(3):
            connection.sendall(question(close=False))
            assert answer(connection).status == 200
    assert len(bench.calls) == 3


def test_requests_sent_ahead_are_answered_in_order() -> None:
    def slowly(call: Any) -> Any:
        time.sleep(0.02)
        return said(decision_id=call.target[1:].ljust(24, "0"))

    bench = Bench(judge=slowly)
    ahead = b"".join(question(close=n == 9, X_Original_URI=f"/{n}") for n in range(10))
    with gating(bench) as gate:
        found = exchange(gate.port, ahead)
    assert [raw.fields["keyreeve-decision"][0] for raw in found] == list("0123456789")


def test_too_many_sent_ahead_end_the_connection() -> None:
    release = threading.Event()

    def slowly(_: Any) -> Any:
        release.wait(5)
        return said()

    ahead = b"".join(question(close=False) for _ in range(gate_connection.QUEUE_LIMIT + 2))
    with gating(Bench(judge=slowly)) as gate, connected(gate.port) as connection:
        connection.sendall(ahead)
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(1) == b""
        release.set()


@pytest.mark.parametrize("size", [1, 7, 100])
def test_a_question_may_come_in_pieces(size: int) -> None:
    data = question()
    with gating(Bench(hit=said())) as gate, connected(gate.port) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(data), size):
            connection.sendall(data[at : at + size])
        assert answers(connection)[0].status == 200


MALFORMED = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a space before the colon": question("X-Original-URI : /b"),
    "a folded line": question("X-Folded: a\r\n b"),
    "a bare line feed": question().replace(b"\r\n", b"\n", 1),
    "a NUL in a field": question("X-Nul: a\x00b"),
    "a NUL in the address": question(X_Real_IP="192.0.2.9\x00"),
    "a carriage return in the target": question(X_Original_URI="/a\rb"),
    "two lengths": question("Content-Length: 0", "Content-Length: 1"),
    "length and coding": question("Content-Length: 0", "Transfer-Encoding: chunked"),
    "an upgrade": question("Upgrade: websocket", close=False).replace(
        b"Host:", b"Connection: upgrade\r\nHost:"
    ),
    "CONNECT": question(line="CONNECT a:1 HTTP/1.1"),
    "a PROXY line": b"PROXY TCP4 1.2.3.4 127.0.0.1 1 2\r\n" + question(),
    "no method": question(line=" / HTTP/1.1"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_malformed_is_a_403_and_the_end(name: str) -> None:
    bench = Bench(hit=said())
    with gating(bench) as gate:
        found = exchange(gate.port, MALFORMED[name])
    assert [raw.status for raw in found] == [403]
    assert found[0].fields["connection"] == "close"
    assert not bench.calls


def test_a_trailer_is_no_fact() -> None:
    bench = Bench(hit=said())
    trailer = b"1\r\na\r\n0\r\nX-Original-URI: /b\r\n\r\n"
    whole = question("Transfer-Encoding: chunked", without="X-Original-URI") + trailer
    again = question("Transfer-Encoding: chunked") + trailer
    with gating(bench) as gate:
        assert exchange(gate.port, whole)[0].status == 403
        assert exchange(gate.port, again)[0].status == 200
    assert [call.target for call in bench.calls] == ["/a"]


def test_a_body_is_thrown_away_and_is_no_request() -> None:
    bench = Bench(hit=said())
    inner = question(X_Original_URI="/smuggled")
    with gating(bench) as gate:
        found = exchange(gate.port, question(f"Content-Length: {len(inner)}"), inner)
    assert [raw.status for raw in found] == [200]
    assert [call.target for call in bench.calls] == ["/a"]


LIMITS = {
    "a field too long": (question("X-Long: " + "a" * 20_000), "REQUEST_HEADER_TOO_LARGE"),
    "a target too long": (
        question(line=f"GET /{'a' * 20_000} HTTP/1.1"), "REQUEST_HEADER_TOO_LARGE",
    ),
    "too many fields": (question(*["A: b"] * 120), "REQUEST_HEADER_TOO_LARGE"),
    "a head without end": (b"GET / HTTP/1.1\r\nX: " + b"a" * 40_000, "REQUEST_HEADER_TOO_LARGE"),
    "a body too long": (
        question("Content-Length: 1000000") + b"a" * 200_000, "REQUEST_BODY_TOO_LARGE",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LIMITS)
def test_what_is_too_large_is_a_403_and_never_judged(name: str) -> None:
    data, code = LIMITS[name]
    bench = Bench(hit=said())
    with gating(bench) as gate, connected(gate.port) as connection:
        threading.Thread(target=_send, args=(connection, data)).start()
        found = answer(connection)
    assert (found.status, found.document["errorCode"]) == (403, code)
    assert not bench.calls


def _send(connection: socket.socket, data: bytes) -> None:
    with contextlib.suppress(OSError):
        connection.sendall(data)


class TestTime:
    """Seconds pass a hundred times as fast here."""

    TICK = 0.01

    def test_a_head_that_trickles_in_is_refused(self) -> None:
        with gating(Bench(hit=said()), tick=self.TICK) as gate, connected(gate.port) as connection:
            connection.sendall(question()[:50])
            found = answer(connection)
        assert (found.status, found.document["errorCode"]) == (403, "REQUEST_TIMEOUT")

    def test_a_connection_that_is_silent_is_closed(self) -> None:
        with gating(Bench(hit=said()), tick=self.TICK) as gate, connected(gate.port) as connection:
            assert connection.recv(1) == b""

    def test_a_decision_that_takes_too_long_is_a_denial(self) -> None:
        release = threading.Event()

        def slowly(_: Any) -> Any:
            release.wait(5)
            return said()

        with gating(Bench(judge=slowly), tick=self.TICK) as gate:
            found = gate.ask()
            release.set()
        assert (found.status, found.document["errorCode"]) == (403, "DECISION_TIMEOUT")

    def test_what_is_answered_in_time_is_kept(self) -> None:
        with gating(Bench(hit=said()), tick=self.TICK) as gate, connected(gate.port) as connection:
            for _ in range(8):
                connection.sendall(question(close=False))
                assert answer(connection).status == 200
                time.sleep(0.05)


def test_a_stopping_gate_answers_and_closes() -> None:
    release = threading.Event()

    def slowly(_: Any) -> Any:
        release.wait(5)
        return said()

    with gating(Bench(judge=slowly)) as gate, connected(gate.port) as busy:
        with connected(gate.port) as idle:
            busy.sendall(question(close=False))
            time.sleep(0.1)
            gate.loop.call_soon_threadsafe(gate.gate.drain)
            assert idle.recv(1) == b""
        release.set()
        assert answer(busy).status == 200
        assert busy.recv(1) == b""


def test_http_1_0_is_answered_and_closed() -> None:
    with gating(Bench(hit=said())) as gate:
        found = exchange(gate.port, question(line="GET / HTTP/1.0", close=False))
    assert found[0].fields["connection"] == "close"


def test_to_head_there_is_no_body() -> None:
    for preset in ("envoy", "nginx"):
        with gating(Bench(hit=RuntimeError()), preset) as gate, connected(gate.port) as connection:
            connection.sendall(question(preset=preset, line="HEAD /a HTTP/1.1"))
            received = b""
            while chunk := connection.recv(65536):
                received += chunk
        assert received.startswith(b"HTTP/1.1 403")
        assert received.endswith(b"\r\n\r\n")


SIGNED = question("Authorization: Digest a", close=False)


class TestAgain:
    """A question laid out like one before: the judge lets it through at once, or judges it."""

    def test_the_next_question_is_let_through_at_once(self) -> None:
        bench = Bench(hit=said(), again=passed("a" * 24))
        with gating(bench) as gate, connected(gate.port) as connection:
            found = [ask(connection, SIGNED) for _ in range(3)]
        (first, *others), ids = found, [raw.fields.pop("keyreeve-decision") for raw in found]
        assert ids == ["d" * 24, "a" * 24, "a" * 24]
        assert [(raw.status, raw.fields) for raw in others] == [(200, first.fields)] * 2
        assert (len(bench.calls), len(bench.again)) == (1, 2)
        assert bench.again[0][:4] == bench.calls[0][:4]

    def test_the_judge_glances_before_each_question(self) -> None:
        bench = Bench(hit=said(), again=passed())
        with gating(bench) as gate, connected(gate.port) as connection:
            for number in range(1, 5):
                ask(connection, SIGNED)
                assert bench.glances == number
            connection.sendall(SIGNED * 3)
            assert answer(connection).status == 200
        assert bench.glances == 7

    def test_who_is_not_let_through_at_once_is_judged(self) -> None:
        bench = Bench(hit=said())
        with gating(bench) as gate, connected(gate.port) as connection:
            for _ in range(3):
                assert ask(connection, SIGNED).status == 200
        assert (len(bench.calls), len(bench.again)) == (3, 2)

    @pytest.mark.parametrize("error", [RuntimeError("b"), Throttled(1500)])
    def test_what_breaks_is_a_denial(self, error: Exception) -> None:
        with gating(Bench(hit=said(), again=error)) as gate, connected(gate.port) as connection:
            assert ask(connection, SIGNED).status == 200
            assert ask(connection, SIGNED).status == 403

    def test_a_malformed_address_is_a_denial(self) -> None:
        bench = Bench(hit=said(), again=passed())
        with gating(bench) as gate, connected(gate.port) as connection:
            assert ask(connection, SIGNED).status == 200
            found = ask(connection, SIGNED.replace(b"192.0.2.9", b"192.0.2.009"))
        assert found.document["errorCode"] == "FACT_MALFORMED"
        assert not bench.again

    @pytest.mark.parametrize("fact", [b"Method: GET", b"URI: /a", b"IP: 192.0.2.9"])
    def test_an_empty_fact_is_none(self, fact: bytes) -> None:
        bench = Bench(hit=said(), again=passed())
        with gating(bench) as gate, connected(gate.port) as connection:
            assert ask(connection, SIGNED).status == 200
            found = ask(connection, SIGNED.replace(fact, fact.partition(b" ")[0]))
        assert found.document["errorCode"] == "FACT_MISSING"
        assert not bench.again

    @pytest.mark.parametrize("name", MALFORMED)
    def test_what_is_malformed_is_a_403_and_the_end(self, name: str) -> None:
        bench = Bench(hit=said(), again=passed())
        with gating(bench) as gate, connected(gate.port) as connection:
            assert ask(connection, SIGNED).status == 200
            connection.sendall(MALFORMED[name])
            assert [raw.status for raw in answers(connection)] == [403]
        assert not bench.again

    @pytest.mark.parametrize("byte", [b"\x00", b"\n", b"\x0b", b"\x7f"])
    def test_what_only_llhttp_finds_malformed_is_so_too(self, byte: bytes) -> None:
        bench = Bench(hit=said(), again=passed())
        with gating(bench) as gate, connected(gate.port) as connection:
            assert ask(connection, SIGNED).status == 200
            connection.sendall(SIGNED.replace(b"Host: gate", b"Host: ga" + byte + b"te"))
            assert [raw.status for raw in answers(connection)] == [403]
        assert not bench.again

    def test_a_question_in_pieces_is_left_to_llhttp(self) -> None:
        bench = Bench(hit=said(), again=passed("a" * 24))
        with gating(bench) as gate, connected(gate.port) as connection:
            assert ask(connection, SIGNED).status == 200
            connection.sendall(SIGNED[:40])
            time.sleep(0.05)
            assert ask(connection, SIGNED[40:]).fields["keyreeve-decision"] == "d" * 24
            assert ask(connection, SIGNED).fields["keyreeve-decision"] == "a" * 24

    def test_two_questions_at_once_are_left_to_llhttp(self) -> None:
        bench = Bench(hit=said(), again=passed())
        with gating(bench) as gate, connected(gate.port) as connection:
            assert ask(connection, SIGNED).status == 200
            connection.sendall(SIGNED + question("Authorization: Digest a"))
            assert [raw.status for raw in answers(connection)] == [200, 200]
        assert not bench.again

    def test_what_looks_like_a_question_within_one_is_none(self) -> None:
        bench = Bench(hit=said(), again=passed())
        start = question(f"Content-Length: {len(SIGNED)}", close=False)
        with gating(bench) as gate, connected(gate.port) as connection:
            assert ask(connection, SIGNED).status == 200
            connection.sendall(start)
            time.sleep(0.05)
            assert ask(connection, SIGNED).status == 200
        assert not bench.again

    def test_the_last_question_of_a_connection_is_answered_so(self) -> None:
        closing = question("Authorization: Digest a", "Connection: close", close=False)
        keeping = closing.replace(b"close", b"alive")
        with gating(Bench(hit=said(), again=passed())) as gate, connected(gate.port) as connection:
            assert ask(connection, keeping).status == 200
            connection.sendall(closing)
            (found,) = answers(connection)
        assert (found.status, found.fields["connection"]) == (200, "close")

    def test_only_who_was_allowed_teaches_a_layout(self) -> None:
        bench = Bench(hit=said(Deny(Reason.OPERATION_UNKNOWN)), again=passed())
        with gating(bench) as gate, connected(gate.port) as connection:
            for _ in range(2):
                assert ask(connection, SIGNED).status == 403
        assert not bench.again

    def test_peers_that_are_not_trusted_are_not_let_through(self) -> None:
        bench = Bench(hit=said(), again=passed())
        with gating(bench) as gate:
            with connected(gate.port) as connection:
                assert ask(connection, SIGNED).status == 200
            gate.gate.trusts = lambda _: False
            with connected(gate.port) as connection:
                assert ask(connection, SIGNED).document["errorCode"] == "PEER_NOT_TRUSTED"
        assert not bench.again


class TestStrangers:
    """Only 127.0.0.2 is a proxy here."""

    PROXY = (address.parse_network("127.0.0.2"),)

    def test_they_take_no_room_of_proxies(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(gate_connection, "CONNECTIONS_LIMIT", 2)
        bench = Bench(hit=said())
        with gating(bench, trusted=self.PROXY) as gate, contextlib.ExitStack() as closing:
            for _ in range(4):
                come(gate.port, "127.0.0.1", closing).sendall(SIGNED[:40])
            proxies = [come(gate.port, "127.0.0.2", closing) for _ in range(2)]
            assert [ask(each, SIGNED).status for each in proxies] == [200] * 2
            assert is_hung_up(come(gate.port, "127.0.0.2", closing))

    def test_there_are_only_so_many_at_a_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(gate_connection, "STRANGERS_LIMIT", 2)
        bench = Bench(hit=said())
        with gating(bench, trusted=self.PROXY) as gate, contextlib.ExitStack() as closing:
            for _ in range(3):
                ask(come(gate.port, "127.0.0.2", closing), SIGNED)
            first, _ = (come(gate.port, "127.0.0.1", closing) for _ in range(2))
            assert is_hung_up(come(gate.port, "127.0.0.1", closing))
            first.sendall(SIGNED)
            assert [raw.status for raw in answers(first)] == [403]
            last = come(gate.port, "127.0.0.1", closing)
            assert ask(last, SIGNED).document["errorCode"] == "PEER_NOT_TRUSTED"
        assert len(bench.calls) == 3
        assert not gate.gate.strangers

    def test_who_opened_the_socket_file_is_none(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(gate_connection, "STRANGERS_LIMIT", 0)
        path = str(tmp_path / "gate")
        with gating(Bench(hit=said()), path=path), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(path)
            assert ask(connection, SIGNED).status == 200


def come(port: int, host: str, closing: contextlib.ExitStack) -> socket.socket:
    """Connect from an address of this host."""
    connection = socket.create_connection(("127.0.0.1", port), 10, (host, 0))
    return closing.enter_context(connection)


def is_hung_up(connection: socket.socket) -> bool:
    """Tell whether the gate ends a connection by itself; else it is silent."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def ask(connection: socket.socket, data: bytes) -> Raw:
    """Ask one question of several on a connection."""
    connection.sendall(data)
    return answer(connection)

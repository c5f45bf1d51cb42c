"""One connection from a proxy to the gate, kept alive; limits of size and time on everything."""

import asyncio
from collections import deque
from typing import NamedTuple

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from keyreeve.enforcement import gate_answers
from keyreeve.enforcement.gate import AUTHORIZATION, EARLY_DATA, Gate, Refused
from keyreeve.judge.call import Call

HEAD_LIMIT = 16 * 1024
"""Bytes of request line and header fields."""
FIELDS_LIMIT = 100
BODY_LIMIT = 64 * 1024
"""Bytes of a body, which is thrown away: proxies should send none."""
QUEUE_LIMIT = 64
"""Requests sent ahead while one waits for the database."""
CONNECTIONS_LIMIT = 4096
HEAD_SECONDS = 10
DECISION_SECONDS = 10
IDLE_SECONDS = 120

_ENDING = frozenset({"PEER_NOT_TRUSTED", "REQUEST_MALFORMED", "REQUEST_HEADER_TOO_LARGE"})
"""After one of these nothing more is read."""
_LINE_EXTRA = len(": \r\n")


class Asked(NamedTuple):
    """One whole request of a proxy."""

    facts: dict[bytes, bytes]
    fields: list[tuple[bytes, bytes]]
    line: tuple[bytes, bytes]
    refused: Refused | None
    keep: bool


class GateConnection(asyncio.Protocol):
    """Answers one question after the other, in order."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._wanted = gate.wanted
        self._parser = HttpRequestParser(self)
        self._peer: str | None = None
        self._trusted = False
        self._reading = False
        self._in_head = False
        self._size = self._head_size = 0
        self._url = b""
        self._facts: dict[bytes, bytes] = {}
        self._fields: list[tuple[bytes, bytes]] = []
        self._refused: Refused | None = None
        self._age = 0
        self._asking: asyncio.Future[bytes] | None = None
        self._waiting: deque[Asked] = deque()
        self._ended = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Look who asks. A server of streams makes no other transports."""
        self._transport = transport
        if len(self._gate.connections) >= CONNECTIONS_LIMIT or self._gate.draining:
            self._ended = True
            transport.abort()
            return
        self._gate.connections.add(self)
        name = transport.get_extra_info("peername")
        # A socket file has no address but an empty name.
        self._peer = name[0] if isinstance(name, tuple) else None
        self._trusted = self._gate.trusts(self._peer)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Forget the connection. A decision under way is made and recorded all the same."""
        self._ended = True
        self._waiting.clear()
        self._gate.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        """Read; answer every request that is whole."""
        if self._ended:
            return
        self._size += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self._end("REQUEST_MALFORMED")
            return
        if self._reading:
            if self._in_head and self._size > HEAD_LIMIT:
                self._end("REQUEST_HEADER_TOO_LARGE")
            elif self._size > HEAD_LIMIT + BODY_LIMIT:
                self._end("REQUEST_BODY_TOO_LARGE")

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._reading = self._in_head = True
        self._head_size = self._age = 0
        self._url = b""
        self._facts = {}
        self._fields = []
        self._refused = None

    def on_url(self, url: bytes) -> None:
        """Collect the target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a field that says a fact, once, and any other. A trailer says nothing."""
        if self._size > HEAD_LIMIT:
            self._head_size += len(name) + len(value) + _LINE_EXTRA
        if not self._in_head:
            return
        fact = name.lower()
        if fact not in self._wanted:
            self._fields.append((name, value))
        elif fact in self._facts:
            code = "AUTHORIZATION_REPEATED" if fact == AUTHORIZATION else "FACT_REPEATED"
            self._refused = Refused(code, fact.decode())
        else:
            self._facts[fact] = value

    def on_headers_complete(self) -> None:
        """Note that fields are trailers from now on."""
        self._in_head = False
        if len(self._fields) > FIELDS_LIMIT or self._head_size + len(self._url) > HEAD_LIMIT:
            self._refused = Refused("REQUEST_HEADER_TOO_LARGE")
        if self._parser.should_upgrade():
            # What comes behind it would be no HTTP, or would not be ours.
            self._refused = Refused("REQUEST_MALFORMED")

    def on_message_complete(self) -> None:
        """Answer, or stand in line."""
        self._reading = False
        self._size = self._age = 0
        if self._ended:
            return
        refused = self._refused
        keep = self._parser.should_keep_alive() and not self._gate.draining
        if not self._trusted:
            refused = Refused("PEER_NOT_TRUSTED")
        if refused is not None and refused.code in _ENDING:
            keep = False
        line = (self._parser.get_method(), self._url)
        asked = Asked(self._facts, self._fields, line, refused, keep)
        if self._asking is None:
            self._answer(asked)
        elif len(self._waiting) < QUEUE_LIMIT:
            self._waiting.append(asked)
        else:
            self.abort()

    def grow_older(self) -> None:
        """Note that a second has passed; end what takes too long."""
        self._age += 1
        if self._asking is not None:
            if self._age > DECISION_SECONDS:
                self._end("DECISION_TIMEOUT")
        elif self._reading:
            if self._age > HEAD_SECONDS:
                self._end("REQUEST_TIMEOUT")
        elif self._age > IDLE_SECONDS:
            self._transport.close()

    def close_when_idle(self) -> None:
        """Close at once, unless a request is on its way."""
        if self._asking is None and not self._reading:
            self._ended = True
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._ended = True
        self._transport.abort()

    def _answer(self, asked: Asked) -> None:
        """Answer from memory, or ask the database in another thread."""
        gate, keep = self._gate, asked.keep
        head = asked.line[0] == b"HEAD"
        if asked.refused is not None:
            self._write(gate.failed(asked.refused, keep=keep, head=head), keep=keep)
            return
        try:
            call = gate.read(asked.facts, asked.fields, asked.line, self._peer)
            verdict = gate.judge.hit(call)
            if verdict is None:
                self._ask(call, asked)
                return
            early = EARLY_DATA in asked.facts
            answer = gate.said(verdict, call, early=early, keep=keep, head=head)
        except Exception as error:  # noqa: BLE001  whatever breaks is a denial
            answer = gate.failed(error, keep=keep, head=head)
        self._write(answer, keep=keep)

    def _ask(self, call: Call, asked: Asked) -> None:
        """Have the decision made where it may take its time; read no further meanwhile."""
        loop = asyncio.get_running_loop()
        self._age = 0
        self._asking = loop.run_in_executor(self._gate.wait, self._decided, call, asked)
        self._asking.add_done_callback(self._told)
        self._asked = asked
        self._transport.pause_reading()

    def _decided(self, call: Call, asked: Asked) -> bytes:
        """Decide and find the words. Runs in a thread."""
        verdict = self._gate.judge.judge(call)
        early, head = EARLY_DATA in asked.facts, asked.line[0] == b"HEAD"
        return self._gate.said(verdict, call, early=early, keep=asked.keep, head=head)

    def _told(self, asking: asyncio.Future[bytes]) -> None:
        """Write what was decided meanwhile, and answer those that stand in line."""
        asked = self._asked
        self._asking = None
        error = asyncio.CancelledError() if asking.cancelled() else asking.exception()
        if self._ended:
            return
        if error is None:
            answer = asking.result()
        else:
            head = asked.line[0] == b"HEAD"
            answer = self._gate.failed(error, keep=asked.keep, head=head)
        self._age = 0
        self._write(answer, keep=asked.keep)
        while self._waiting and self._asking is None and not self._ended:
            self._answer(self._waiting.popleft())
        if self._asking is None and not self._ended:
            self._transport.resume_reading()

    def _write(self, answer: bytes, *, keep: bool) -> None:
        self._transport.write(answer)
        if not keep:
            self._ended = True
            self._transport.close()

    def _end(self, code: str) -> None:
        """Refuse what is no whole request, or takes too long; nothing is read after that."""
        if self._ended:
            return
        if self._asking is None or code == "DECISION_TIMEOUT":
            head = self._asking is not None and self._asked.line[0] == b"HEAD"
            self._write(gate_answers.problem(code, keep=False, head=head), keep=False)
        else:
            # It came behind a request whose answer it must not be taken for.
            self.abort()

"""One connection from a proxy to the gate, kept alive; limits of size and time on everything."""

import asyncio
from collections import deque

from keyreeve.domain.decision import ALLOW
from keyreeve.enforcement import gate_answers
from keyreeve.enforcement.gate import EARLY_DATA, Gate
from keyreeve.enforcement.gate_question import Asked, Reader, Refused, Strict
from keyreeve.judge.call import Call

QUEUE_LIMIT = 64
"""Requests sent ahead while one waits for the database."""
CONNECTIONS_LIMIT = 4096
STRANGERS_LIMIT = 64
"""Of peers that are not trusted, beside those that are: enough to be told so."""
HEAD_SECONDS = 10
DECISION_SECONDS = 10
IDLE_SECONDS = 120

_ENDING = frozenset({"PEER_NOT_TRUSTED", "REQUEST_MALFORMED", "REQUEST_HEADER_TOO_LARGE"})
"""After one of these nothing more is read."""
_HEAD = b"HEAD "


class GateConnection(asyncio.Protocol):
    """Answers one question after the other, in order."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._reader = Reader(gate.wanted, self._whole)
        self._strict = Strict()
        self._chunk = b""
        self._peer: str | None = None
        self._trusted = False
        self._asking: asyncio.Future[bytes] | None = None
        self._waiting: deque[Asked] = deque()
        self._ended = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Look who asks. A server of streams makes no other transports."""
        self._transport = transport
        name = transport.get_extra_info("peername")
        # A socket file has no address but an empty name.
        self._peer = name[0] if isinstance(name, tuple) else None
        trusted = self._gate.trusts(self._peer)
        if self._gate.draining or not self._has_room(trusted=trusted):
            self._ended = True
            transport.abort()
            return
        self._gate.connections.add(self)
        if not trusted:
            self._gate.strangers.add(self)
        # Last, so that whatever broke before leaves a stranger.
        self._trusted = trusted

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Forget the connection. A decision under way is made and recorded all the same."""
        self._ended = True
        self._waiting.clear()
        self._gate.connections.discard(self)
        self._gate.strangers.discard(self)

    def data_received(self, data: bytes) -> None:
        """Read; answer every request that is whole."""
        if self._ended:
            return
        at_rest = self._reader.at_rest and self._asking is None
        if at_rest and self._trusted and self._answers_as_before(data):
            return
        self._chunk = data
        code = self._reader.feed(data)
        if code is not None:
            self._end(code)

    def grow_older(self) -> None:
        """Note that a second has passed; end what takes too long."""
        reader = self._reader
        reader.age += 1
        if self._asking is not None:
            if reader.age > DECISION_SECONDS:
                self._end("DECISION_TIMEOUT")
        elif reader.reading:
            if reader.age > HEAD_SECONDS:
                self._end("REQUEST_TIMEOUT")
        elif reader.age > IDLE_SECONDS:
            self._transport.close()

    def close_when_idle(self) -> None:
        """Close at once, unless a request is on its way."""
        if self._asking is None and not self._reader.reading:
            self._ended = True
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._ended = True
        self._gate.outbox.empty()
        self._transport.abort()

    def _has_room(self, *, trusted: bool) -> bool:
        """Tell whether one more may come; strangers cannot take the room of proxies."""
        strangers = len(self._gate.strangers)
        if trusted:
            return len(self._gate.connections) - strangers < CONNECTIONS_LIMIT
        return strangers < STRANGERS_LIMIT

    def _whole(self, asked: Asked) -> None:
        """Answer, or stand in line."""
        if self._ended:
            return
        refused = asked.refused
        if not self._trusted:
            self._gate.complaints.stranger(self._peer)
            refused = Refused("PEER_NOT_TRUSTED")
        ending = self._gate.draining or (refused is not None and refused.code in _ENDING)
        asked = asked._replace(refused=refused, keep=asked.keep and not ending)
        if self._asking is None:
            self._answer(asked)
        elif len(self._waiting) < QUEUE_LIMIT:
            self._waiting.append(asked)
        else:
            self.abort()

    def _answers_as_before(self, data: bytes) -> bool:
        """Answer a question that is like one before in all but a few values; else do nothing."""
        gate, strict = self._gate, self._strict
        told = gate.layouts.read(data)
        if told is None or not strict.finds(data):
            return False
        keep = strict.keep and not gate.draining
        try:
            gate.judge.glance()
            answer = gate.say_again(told, self._peer, keep=keep)
        except Exception as error:  # noqa: BLE001  whatever breaks is a denial
            answer = gate.failed(error, keep=keep, head=data.startswith(_HEAD))
        if answer is None:
            return False
        self._reader.age = 0
        self._write(answer, keep=keep)
        return True

    def _answer(self, asked: Asked) -> None:
        """Answer from memory, or ask the database in another thread."""
        gate, keep = self._gate, asked.keep
        head = asked.line[0] == b"HEAD"
        if asked.refused is not None:
            self._write(gate.failed(asked.refused, keep=keep, head=head), keep=keep)
            return
        try:
            call = gate.read(asked.facts, asked.fields, asked.line, self._peer)
            gate.judge.glance()
            verdict = gate.judge.hit(call)
            if verdict is None:
                self._ask(call, asked)
                return
            early = EARLY_DATA in asked.facts
            answer = gate.said(verdict, call, early=early, keep=keep, head=head)
            if verdict.decision is ALLOW:
                gate.layouts.learn(self._chunk, asked)
        except Exception as error:  # noqa: BLE001  whatever breaks is a denial
            answer = gate.failed(error, keep=keep, head=head)
        self._write(answer, keep=keep)

    def _ask(self, call: Call, asked: Asked) -> None:
        """Have the decision made where it may take its time; read no further meanwhile."""
        loop = asyncio.get_running_loop()
        self._reader.age = 0
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
        """Go on with what was decided meanwhile; if that breaks, hang up."""
        try:
            self._go_on(asking)
        except BaseException:
            self.abort()
            raise

    def _go_on(self, asking: asyncio.Future[bytes]) -> None:
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
        self._reader.age = 0
        self._write(answer, keep=asked.keep)
        while self._waiting and self._asking is None and not self._ended:
            self._answer(self._waiting.popleft())
        if self._asking is None and not self._ended:
            self._transport.resume_reading()
            if self._gate.draining:
                self._gate.outbox.empty()
                self.close_when_idle()

    def _write(self, answer: bytes, *, keep: bool) -> None:
        self._gate.outbox.put(self._transport, answer)
        if not keep:
            self._ended = True
            self._gate.outbox.empty()
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

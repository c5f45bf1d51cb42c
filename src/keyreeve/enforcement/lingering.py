"""How a connection ends, so that the other side still reads the answer.

A connection closed over unread bytes is reset, and a reset may take the answer with it (RFC 9112,
section 9.6). Clients that send their whole body before they look would never see the 401 they
wait for. So what is left of a request is read and thrown away first, within limits.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from keyreeve.enforcement import answers
from keyreeve.enforcement.deadline import Deadline

DRAIN_LIMIT = 8 * 1024 * 1024
"""Bytes that are read and thrown away after an answer, before we hang up."""
DRAIN_SECONDS = 10.0


class LingeringTransport:
    """What an answer is written to. Closing it closes the connection once the request is read."""

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None]) -> None:
        self._transport = transport
        self._close = close

    def write(self, data: bytes) -> None:
        """Write to the connection."""
        self._transport.write(data)

    def is_closing(self) -> bool:
        """Tell whether the connection is closed."""
        return self._transport.is_closing()

    def close(self) -> None:
        """Close the connection as soon as that is safe."""
        self._close()


class LingeringProtocol(HttpToolsProtocol):
    """One connection that is never closed over an unread request, if that ends soon enough."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        new_id: Callable[[], str] | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.deadline = Deadline(self.loop, self.late)
        self.refused: str | None = None
        """The code of the answer, once a request was found not to be one."""
        self.message_read = True
        self.drained: int | None = None
        self._close_when_read = False
        self._new_id = new_id

    def late(self) -> None:
        """Hang up: the rest of a request did not come in time."""
        self.transport.close()

    def answering(self) -> bool:
        """Tell whether the last request that was read still waits for the end of its answer."""
        return self.cycle is not None and not self.cycle.response_complete

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self.deadline.clear()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser, but for what comes after a refusal, and only so much of a rest."""
        if self.drained is not None:
            self.drained += len(data)
            if self.drained > DRAIN_LIMIT:
                self.transport.close()
                return
        if self.refused is None:
            super().data_received(data)

    def on_message_begin(self) -> None:
        """Note that a request has begun."""
        super().on_message_begin()
        self.message_read = False

    def on_headers_complete(self) -> None:
        """Start the application, on a transport that lingers."""
        super().on_headers_complete()
        lingering: Any = LingeringTransport(self.transport, self._close)
        self.cycle.transport = lingering

    def on_message_complete(self) -> None:
        """Note that the request is read, which may be all that was waited for."""
        self.message_read = True
        super().on_message_complete()
        if self.drained is not None:
            self.drained = None
            self.deadline.clear()
            if self._close_when_read:
                self.transport.close()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        """Refuse what is no HTTP. Called by uvicorn when its parser gives up."""
        self.refuse("REQUEST_MALFORMED")

    def refuse(self, code: str) -> None:
        """Answer what is being read with a problem, and read no more."""
        self.refused = self.refused or code
        self.drained = 0
        self.deadline.clear()
        if self.pipeline and self.cycle.more_body:
            # A request in line turned out broken; there is no answer that would not confuse.
            self.transport.close()
        elif not self.pipeline and not (self.answering() and not self.cycle.more_body):
            self._write_refusal(self.refused)

    def on_response_complete(self) -> None:
        """Go on to the next request, or throw away what is left of this one first."""
        if self.refused is not None and not self.pipeline and not self._close_when_read:
            # It came behind a good request, whose answer it must not be taken for.
            self._write_refusal(self.refused)
            return
        if self._close_when_read:
            self.server_state.total_requests += 1
            # A large body may have paused it before the answer.
            self.flow.resume_reading()
        else:
            super().on_response_complete()
        if not self.message_read and not self.answering():
            self.drained = 0
            self.deadline.set(DRAIN_SECONDS)

    def _close(self) -> None:
        """Close for the application: at once, unless an answered request is still arriving."""
        if self.message_read or self.answering():
            self.transport.close()
            return
        self._close_when_read = True
        self._end_of_answers()

    def _write_refusal(self, code: str) -> None:
        if self.answering():
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if not self.answering() or not self.cycle.response_started:
            dated = self.server_state.default_headers
            self.transport.write(_closing(code, dated, self._new_id))
        self._end_of_answers()
        self.flow.resume_reading()
        self.deadline.set(DRAIN_SECONDS)

    def _end_of_answers(self) -> None:
        if self.transport.can_write_eof():
            self.transport.write_eof()


def _closing(
    code: str, dated: list[tuple[bytes, bytes]], new_id: Callable[[], str] | None
) -> bytes:
    """Write down a problem after which the connection closes."""
    status, fields, body = answers.problem(code)
    if new_id is not None:
        fields = [*fields, (b"x-request-id", new_id().encode())]
    fields = [
        *dated,
        *fields,
        (b"cache-control", b"no-store"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    head = b"".join(b"%b: %b\r\n" % field for field in fields)
    return b"%b%b\r\n%b" % (STATUS_LINE[status], head, body)

"""uvicorn's HTTP/1.1 made strict: what ASGI cannot show to the guard is refused here.

The parser (llhttp) refuses bare CR and LF, folded lines, NUL, several Content-Length and
Content-Length beside Transfer-Encoding by itself; the tests hold it to that. Added here: the form
of the target, versions, codings, trailers, upgrades, sizes and times.
"""

import asyncio
from typing import Any

from keyreeve.enforcement.lingering import LingeringProtocol

HEAD_LIMIT = 16 * 1024
"""Bytes of request line and header fields."""
FIELDS_LIMIT = 100
HEAD_SECONDS = 10.0

_LINE_EXTRA = len(": \r\n")
_VERSIONS = ("1.1", "1.0")


class Refused(Exception):
    """Raised inside the parser's callbacks, which stops it."""


class StrictHttpToolsProtocol(LingeringProtocol):
    """One connection. Its targets reach the application as `scope["keyreeve.target"]`."""

    _in_head = False
    _head_size = 0
    _unparsed_size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a first request, but not for ever."""
        super().connection_made(transport)
        self.deadline.set(HEAD_SECONDS)

    def data_received(self, data: bytes) -> None:
        """Feed the parser, within the limits of size and time."""
        before_body = self._in_head or self.message_read
        super().data_received(data)
        if self.refused is not None or self.drained is not None or self.transport.is_closing():
            return
        if self._in_head and before_body:
            # The parser shows a field only when it is whole.
            self._unparsed_size += len(data)
            if self._unparsed_size > HEAD_LIMIT:
                self.refuse("REQUEST_HEADER_TOO_LARGE")
                return
        idle = self.message_read and not self.answering() and not self.timeout_keep_alive_task
        if self._in_head or idle:
            self.deadline.set(HEAD_SECONDS)
        else:
            self.deadline.clear()

    def late(self) -> None:
        """Refuse a head that did not come in time; hang up on silence."""
        if self.drained is not None or not self._in_head:
            super().late()
        elif self.answering():
            # It stands behind a request whose answer is still being made.
            self.deadline.set(HEAD_SECONDS)
        else:
            self.refuse("REQUEST_TIMEOUT")

    def on_message_begin(self) -> None:
        """Start to count."""
        super().on_message_begin()
        self._in_head = True
        self._head_size = self._unparsed_size = 0

    def on_url(self, url: bytes) -> None:
        """Collect the target."""
        self._grow(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect a field. A trailer is none: nobody has judged it, so nobody shall see it."""
        if self._in_head:
            self._grow(len(name) + len(value) + _LINE_EXTRA)
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Refuse what is not plain HTTP/1.x; hand on the target as it was signed."""
        self._check()
        self._in_head = False
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope["keyreeve.target"] = self.url
        super().on_headers_complete()
        if self.parser.should_upgrade() or self.expect_100_continue:
            # After an upgrade that we ignore the parser is lost. And who waits for 100 may keep
            # back the body when he reads a final status (RFC 9110, section 10.1.1): either way
            # the next bytes could be taken for what they are not.
            self.cycle.keep_alive = False

    def _grow(self, size: int) -> None:
        self._head_size += size
        if self._head_size > HEAD_LIMIT or len(self.headers) >= FIELDS_LIMIT:
            self._stop("REQUEST_HEADER_TOO_LARGE")

    def _check(self) -> None:
        if self.url[:1] != b"/" or self.url[1:2] == b"/" or b"#" in self.url:
            self._stop("TARGET_FORM_UNSUPPORTED")
        version = self.parser.get_http_version()
        if version not in _VERSIONS:
            self._stop("REQUEST_MALFORMED")
        for name, value in self.headers:
            if name == b"transfer-encoding" and (version, value.lower()) != ("1.1", b"chunked"):
                self._stop("REQUEST_MALFORMED")

    def _stop(self, code: str) -> None:
        """Make the parser give up; uvicorn then calls `send_400_response`."""
        self.refused = code
        raise Refused(code)

    def _should_upgrade(self) -> bool:
        """Never: what is not plain HTTP would pass the guard by."""
        return False

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: anybody could fill the log with it."""

"""Questions of proxies, as llhttp reads them: in full, or only to know that one is well-formed."""

from collections.abc import Callable
from typing import NamedTuple

from httptools import (
    HttpParserCallbackError,
    HttpParserError,
    HttpParserUpgrade,
    HttpRequestParser,
)

AUTHORIZATION = b"authorization"
HEAD_LIMIT = 16 * 1024
"""Bytes of request line and header fields."""
FIELDS_LIMIT = 100
BODY_LIMIT = 64 * 1024
"""Bytes of a body, which is thrown away: proxies should send none."""

_LINE_EXTRA = len(": \r\n")


class Refused(Exception):
    """A request is refused before anybody is asked; holds a code and what its sentence names."""

    def __init__(self, code: str, *parameters: str) -> None:
        super().__init__(code)
        self.code = code
        self.parameters = parameters


class Asked(NamedTuple):
    """One whole request of a proxy."""

    facts: dict[bytes, bytes]
    """The fields that say what is asked, in lower case."""
    fields: list[tuple[bytes, bytes]]
    """All the others."""
    line: tuple[bytes, bytes]
    """Method and target of the request itself."""
    refused: Refused | None
    keep: bool
    """Whether the connection is to go on."""


class Reader:
    """Reads one request after the other, and hands on each that is whole.

    `wanted` are the fields that say a fact.
    """

    def __init__(self, wanted: frozenset[bytes], whole: Callable[[Asked], None]) -> None:
        self.reading = False
        """Whether a request has begun and is not whole."""
        self.at_rest = True
        """Whether nothing has come since the last whole request."""
        self.age = 0
        """Seconds since a request began, or the last one was whole; counted by who waits."""
        self._wanted = wanted
        self._whole = whole
        self._parser = HttpRequestParser(self)
        self._in_head = False
        self._size = self._head_size = 0
        self._url = b""
        self._facts: dict[bytes, bytes] = {}
        self._fields: list[tuple[bytes, bytes]] = []
        self._refused: Refused | None = None

    def feed(self, data: bytes) -> str | None:
        """Read on; return the code of why nothing more can be read."""
        self.at_rest = False
        self._size += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            return "REQUEST_MALFORMED"
        if self.reading:
            if self._in_head and self._size > HEAD_LIMIT:
                return "REQUEST_HEADER_TOO_LARGE"
            if self._size > HEAD_LIMIT + BODY_LIMIT:
                return "REQUEST_BODY_TOO_LARGE"
        return None

    def on_message_begin(self) -> None:
        """Begin a request."""
        self.reading = self._in_head = True
        self.at_rest = False
        self._head_size = self.age = 0
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
        """Hand the request on."""
        self.reading = False
        self.at_rest = True
        self._size = self.age = 0
        line = (self._parser.get_method(), self._url)
        keep = self._parser.should_keep_alive()
        self._whole(Asked(self._facts, self._fields, line, self._refused, keep))


class Strict:
    """llhttp, asked for nothing but whether a question is one: well-formed and whole."""

    def __init__(self) -> None:
        self.keep = False
        """Whether the connection is to go on after the question."""
        self._is_whole = False
        self._begin()

    def finds(self, head: bytes) -> bool:
        """Tell whether this is one whole question."""
        self._is_whole = False
        try:
            self._feed(head)
        except HttpParserCallbackError:
            raise  # that was none of the question's errors, but one of ours
        except (HttpParserError, HttpParserUpgrade):
            self._is_whole = False
        if not self._is_whole:
            self._begin()
        return self._is_whole

    def on_message_complete(self) -> None:
        """Note that the question is whole."""
        self._is_whole = True
        # A moment later llhttp has forgotten it.
        self.keep = self._keeps_alive()

    def _begin(self) -> None:
        parser = HttpRequestParser(self)
        self._feed = parser.feed_data
        self._keeps_alive = parser.should_keep_alive

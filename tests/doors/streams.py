"""Many requests over few connections: sent ahead, and sent anew where a server hung up."""

import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import NamedTuple

TIMEOUT_SECONDS = 20.0

_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})")
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)


class Received(NamedTuple):
    """One answer."""

    status: int
    head: bytes
    body: bytes

    def value(self, name: str) -> str | None:
        """Return the value of a header field."""
        found = re.search(rb"\r\n" + name.encode() + rb": *([^\r]*)", self.head, re.IGNORECASE)
        return found and found[1].decode("latin-1")


SILENCE = Received(0, b"", b"")
"""The connection was closed without a word."""


class HungUp(Exception):
    """The server closed the connection before it gave an answer."""


def ask(
    port: int, requests: Sequence[bytes], *, ahead: int, peer: str = "127.0.0.1"
) -> list[Received]:
    """Return the answer to each of the requests, in order; so many are sent at a time.

    They come from `peer`, one of the addresses of this host.

    Who hangs up has answered the last one he read; what was sent behind it is sent again. Where
    even that answer is lost in the noise, it is asked for once more, alone. None of them is a HEAD.
    """
    answers: list[Received] = []
    alone = False
    while len(answers) < len(requests):
        got = 0
        window = 1 if alone else ahead
        try:
            for answer in _connection((port, peer), requests[len(answers) :], window):
                answers.append(answer)
                got += 1
                if alone:
                    break
        except (HungUp, ConnectionError):
            if alone and not got:
                answers.append(SILENCE)
                got = 1
        alone = not got
    return answers


def _connection(ends: tuple[int, str], requests: Sequence[bytes], ahead: int) -> Iterator[Received]:
    """Yield answers as long as one connection lasts."""
    port, peer = ends
    opened = socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS, (peer, 0))
    with closing(opened) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reading = _Reading(connection)
        for at in range(0, len(requests), ahead):
            batch = requests[at : at + ahead]
            connection.sendall(b"".join(batch))
            for _ in batch:
                answer = reading.answer()
                yield answer
                if _CLOSE.search(answer.head):
                    return


class _Reading:
    """What a server sends, cut into answers."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = b""

    def answer(self) -> Received:
        head = self._until(b"\r\n\r\n")
        status = _STATUS.match(head)
        assert status, head
        length = _LENGTH.search(head)
        if length:
            body = self._exactly(int(length[1]))
        else:
            body = self._chunks() if _CHUNKED.search(head) else b""
        return Received(int(status[1]), head, body)

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self._until(b"\r\n").split(b";")[0], 16):
            body += self._exactly(size)
            self._exactly(2)
        self._until(b"\r\n")
        return body

    def _until(self, end: bytes) -> bytes:
        while (at := self._buffer.find(end)) < 0:
            self._more()
        at += len(end)
        found, self._buffer = self._buffer[:at], self._buffer[at:]
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._more()
        found, self._buffer = self._buffer[:size], self._buffer[size:]
        return found

    def _more(self) -> None:
        chunk = self._connection.recv(65536)
        if not chunk:
            raise HungUp
        self._buffer += chunk

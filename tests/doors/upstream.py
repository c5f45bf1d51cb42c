"""What stands behind a proxy: a plain server that tells byte for byte what it was asked."""

import hashlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TIMEOUT_SECONDS = 30.0
BACKLOG = 256


@dataclass(frozen=True)
class Seen:
    """One request as it came over the wire."""

    line: bytes
    fields: tuple[tuple[bytes, bytes], ...]
    """Every header line in order: what stood before the first colon, and what stood behind it.

    Trailers come last, since some servers make header fields of them.
    """
    body: bytes
    connection: int
    """The number of the connection it came on, from 1."""

    @property
    def method(self) -> str:
        return self.line.split(b" ")[0].decode("latin-1")

    @property
    def target(self) -> str:
        return self.line.split(b" ", 1)[1].rpartition(b" ")[0].decode("latin-1")

    def values(self, name: str) -> list[str]:
        """Return the values of all lines of this name, in any case."""
        wanted = name.lower().encode()
        return [
            value.strip().decode("latin-1") for key, value in self.fields if key.lower() == wanted
        ]

    def document(self) -> dict[str, Any]:
        """Return the same as JSON can say it."""
        return {
            "line": self.line.decode("latin-1"),
            "headers": [[n.decode("latin-1"), v.strip().decode("latin-1")] for n, v in self.fields],
            "length": len(self.body),
            "sha256": hashlib.sha256(self.body).hexdigest(),
            "connection": self.connection,
        }


Answering = Callable[[Seen], bytes]


def echo(seen: Seen) -> bytes:
    """Answer 200 with what was seen, as JSON."""
    body = json.dumps(seen.document()).encode()
    fields = b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(body)
    return b"HTTP/1.1 200 OK\r\n%b\r\n%b" % (fields, b"" if seen.method == "HEAD" else body)


def fixed(status: str, *fields: str, body: bytes = b"") -> Answering:
    """Give every request the same answer; HEAD gets no body."""
    lines = "\r\n".join([f"HTTP/1.1 {status}", *fields, f"Content-Length: {len(body)}", "", ""])

    def answer(seen: Seen) -> bytes:
        return lines.encode("latin-1") + (b"" if seen.method == "HEAD" else body)

    return answer


@dataclass
class Upstream:
    """A server in threads of this process; it notes everything, and answers as it is told."""

    answer: Answering = echo
    port: int = 0
    path: Path | None = None
    connections: int = 0
    seen: list[Seen] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _open: set[socket.socket] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def listen(self) -> str:
        return f"127.0.0.1:{self.port}" if self.path is None else f"unix:{self.path}"

    def forget(self) -> None:
        """Forget what was seen; connections stay open and go on being counted."""
        with self._lock:
            self.seen.clear()

    def serve(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connection.settimeout(TIMEOUT_SECONDS)
                with self._lock:
                    self.connections += 1
                    number = self.connections
                    self._open.add(connection)
                threading.Thread(
                    target=self._answer, args=(connection, number), daemon=True
                ).start()

    def hang_up(self) -> None:
        """Close every connection."""
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _answer(self, connection: socket.socket, number: int) -> None:
        with connection, suppress(OSError), connection.makefile("rb") as stream:
            while (request := _request(stream, number)) is not None:
                with self._lock:
                    self.seen.append(request)
                if request.values("upgrade"):
                    _switch(connection, stream, request)
                    break
                connection.sendall(self.answer(request))
                if "close" in request.values("connection"):
                    break
        with self._lock:
            self._open.discard(connection)


@contextmanager
def upstream(answer: Answering = echo, *, path: Path | None = None) -> Iterator[Upstream]:
    """Start one on a free port, or on a socket file."""
    with socket.socket(socket.AF_INET if path is None else socket.AF_UNIX) as listener:
        listener.bind(("127.0.0.1", 0) if path is None else str(path))
        listener.listen(BACKLOG)
        running = Upstream(answer, listener.getsockname()[1] if path is None else 0, path)
        thread = threading.Thread(target=running.serve, args=(listener,))
        thread.start()
        try:
            yield running
        finally:
            # Closing alone does not wake who waits for a connection.
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(TIMEOUT_SECONDS)
            running.hang_up()


def _request(stream: Any, number: int) -> Seen | None:
    """Read one request, or None at the end of the connection."""
    line = stream.readline().rstrip(b"\r\n")
    if not line:
        return None
    head = Seen(line, _fields(stream), b"", number)
    if "chunked" in head.values("transfer-encoding"):
        body = _chunks(stream)
        return Seen(line, head.fields + _fields(stream), body, number)
    lengths = head.values("content-length")
    body = bytes(stream.read(int(lengths[0]))) if lengths else b""
    return Seen(line, head.fields, body, number)


def _fields(stream: Any) -> tuple[tuple[bytes, bytes], ...]:
    """Read field lines up to an empty one."""
    fields = []
    while line := stream.readline().rstrip(b"\r\n"):
        name, _, value = line.partition(b":")
        fields.append((name, value))
    return tuple(fields)


def _chunks(stream: Any) -> bytes:
    body = bytearray()
    while size := int(stream.readline().split(b";")[0], 16):
        body += stream.read(size)
        stream.readline()
    return bytes(body)


def _switch(connection: socket.socket, stream: Any, request: Seen) -> None:
    """Take any upgrade, and say back every line of what follows."""
    named = request.values("upgrade")[0].encode()
    fields = b"Connection: Upgrade\r\nUpgrade: %b\r\n" % named
    connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\n%b\r\n" % fields)
    while line := stream.readline():
        connection.sendall(line)

"""A real uvicorn with our strict protocol on a free port, in a thread of this process."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import uvicorn

from keyreeve.enforcement.strict_http import StrictHttpToolsProtocol

START_SECONDS = 10
IDS = "0123456789abcdef01234567"


@dataclass(frozen=True)
class Raw:
    """One answer as it came over the socket."""

    status: int
    fields: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


class Echo:
    """An application that notes what it is called with, and answers 200 when asked to."""

    def __init__(self, *, reads: bool = False) -> None:
        self.scopes: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []
        self.gate = threading.Event()
        self.gate.set()
        self._reads = reads

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        await asyncio.to_thread(self.gate.wait, START_SECONDS)
        if self._reads:
            self.bodies.append(await _read(receive))
        headers = [(b"content-length", b"2"), (b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})


async def _read(receive: Any) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return body + b"<gone>"
        body += message["body"]
        if not message.get("more_body"):
            return body


@contextmanager
def serving(app: Any, **options: Any) -> Iterator[int]:
    """Serve an application; yields the port."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    settings: dict[str, Any] = {
        "http": partial(StrictHttpToolsProtocol, new_id=lambda: IDS),
        "ws": "none",
        "lifespan": "off",
        "log_config": None,
        "access_log": False,
        "proxy_headers": False,
        "server_header": False,
    }
    server = uvicorn.Server(uvicorn.Config(app, **(settings | options)))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        until(lambda: server.started)
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
        listener.close()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=START_SECONDS) as connection:
        yield connection


def exchange(port: int, *parts: bytes) -> list[Raw]:
    """Send parts over one connection and return all answers until the server closes it.

    What asks for nothing else closes after its last answer, so every request given here ends in
    `Connection: close` or in an error.
    """
    with connected(port) as connection:
        for part in parts:
            connection.sendall(part)
        return answers(connection)


def answers(connection: socket.socket) -> list[Raw]:
    """Return every answer until the end of the stream."""
    data = b""
    while chunk := connection.recv(65536):
        data += chunk
    found = []
    while data:
        answer, data = _split(data)
        found.append(answer)
    return found


def answer(connection: socket.socket) -> Raw:
    """Return one answer, and leave the connection open."""
    data = b""
    while True:
        chunk = connection.recv(65536)
        assert chunk, data
        data += chunk
        head, mark, rest = data.partition(b"\r\n\r\n")
        if mark and len(rest) >= _length(head):
            return _split(data)[0]


def _split(data: bytes) -> tuple[Raw, bytes]:
    head, _, rest = data.partition(b"\r\n\r\n")
    status_line, *lines = head.decode("latin-1").split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines)
    length = _length(head)
    return Raw(int(status_line.split()[1]), fields, rest[:length]), rest[length:]


def _length(head: bytes) -> int:
    fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:])
    return int(fields.get(b"content-length", b"0"))

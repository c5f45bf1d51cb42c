"""Very many requests in little time: pipelined over a few connections, their answers counted."""

import re
import selectors
import socket
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice, repeat

CONNECTIONS = 16
DEPTH = 25
TIMEOUT_SECONDS = 60.0

_STATUS = re.compile(rb"HTTP/1\.1 ([0-9]{3})")
_UNSEEN = len(b"HTTP/1.1 200") - 1
"""So many bytes at the end of what was read cannot hold a whole status."""


def replay(port: int, request: bytes, times: int, **how: int) -> Counter[int]:
    """Send the same request so many times; return how often each status was answered."""
    return pour(port, repeat(request, times), **how)


def pour(
    port: int, requests: Iterable[bytes], *, connections: int = CONNECTIONS, depth: int = DEPTH
) -> Counter[int]:
    """Send requests, `depth` at once on each connection; return how often each status came."""
    source = iter(requests)
    statuses: Counter[int] = Counter()
    with ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        for _ in range(connections):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pipe = _Pipe(connection)
            if pipe.fill(source, depth):
                selector.register(connection, selectors.EVENT_READ, pipe)
        while selector.get_map():
            ready = selector.select(TIMEOUT_SECONDS)
            if not ready:
                raise TimeoutError(f"no answer; so far {statuses}")
            for key, _ in ready:
                pipe = key.data
                statuses.update(pipe.read())
                if not pipe.waiting and not pipe.fill(source, depth):
                    selector.unregister(pipe.connection)
    return statuses


@dataclass
class _Pipe:
    """One connection with requests in flight."""

    connection: socket.socket
    waiting: int = 0
    tail: bytes = b""

    def fill(self, source: Iterator[bytes], depth: int) -> bool:
        """Send the next requests; tell whether there were any."""
        batch = list(islice(source, depth))
        self.waiting = len(batch)
        self.connection.sendall(b"".join(batch))
        return bool(batch)

    def read(self) -> list[int]:
        """Return the statuses of the answers that came."""
        received = self.connection.recv(1 << 18)
        if not received:
            raise ConnectionError(f"closed with {self.waiting} requests unanswered")
        seen = self.tail + received
        found = [int(status) for status in _STATUS.findall(seen)]
        self.tail = seen[-_UNSEEN:]
        self.waiting -= len(found)
        return found

"""The outbox: answers of one turn of the loop leave together.

A proxy that is idle is woken by the first answer it gets. Sent one by one, each as soon as it is
found, answers wake it again and again; sent together, once. To wake a process costs more than to
decide.
"""

import asyncio
from collections import deque


class Outbox:
    """Holds answers until everything that has arrived is read, which is some microseconds."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[asyncio.Transport, bytes]] = deque()

    def put(self, transport: asyncio.Transport, answer: bytes) -> None:
        """Send this with the others of its turn, in order."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self.empty)
        self._waiting.append((transport, answer))

    def empty(self) -> None:
        """Send what waits; who closes a connection does this first.

        Should one connection break, those behind it are sent when this is next called.
        """
        waiting = self._waiting
        while waiting:
            transport, answer = waiting.popleft()
            if not transport.is_closing():
                transport.write(answer)

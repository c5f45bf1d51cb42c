"""The lifespan of an application inside ours: its own runs, and ours around it."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from keyreeve.enforcement.answers import Message, Send
from keyreeve.enforcement.guard import Application, Receive

_STARTED = "lifespan.startup.complete"
_ENDS = ("lifespan.shutdown.complete", "lifespan.shutdown.failed", "lifespan.startup.failed")

_log = logging.getLogger("keyreeve.guard")


class BorneLifespan:
    """Speaks the lifespan protocol of ASGI with the server, on behalf of an application as well.

    `opened` is awaited before the application starts, and `closed` after it has ended. One that
    knows no lifespan, and returns or raises at once, is spoken for.
    """

    def __init__(
        self,
        app: Application,
        opened: Callable[[], Awaitable[object]],
        closed: Callable[[], Awaitable[object]],
    ) -> None:
        self._app = app
        self._opened = opened
        self._closed = closed

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - ASGI
        """Start, wait for the end, and end."""
        first = await receive()
        try:
            await self._opened()
        except Exception as failure:  # noqa: BLE001 - said to the server, which then does not start
            _log.exception("the guard cannot start")
            await send({"type": "lifespan.startup.failed", "message": str(failure)})
            return
        talk = _Talk(first, receive, send, self._closed)
        try:
            await self._app(scope, talk.receive, talk.send)
        except Exception as failure:
            if talk.started:
                raise
            _log.info("the application has no lifespan: %r", failure)
        await talk.finish()


class _Talk:
    """What one application and the server say to each other."""

    def __init__(
        self, first: Message, receive: Receive, send: Send, closed: Callable[[], Awaitable[object]]
    ) -> None:
        self.started = False
        self._first: Message | None = first
        self._receive = receive
        self._send = send
        self._closed = closed
        self._shut_down = False
        self._ended = False

    async def receive(self) -> Message:
        """Hand on what the server said; the first of it was heard before."""
        message, self._first = self._first, None
        if message is None:
            message = await self._receive()
            self._shut_down = message["type"] == "lifespan.shutdown"
        return message

    async def send(self, message: Message) -> None:
        """Hand on what the application says; close before the server hears of an end."""
        if message["type"] == _STARTED:
            self.started = True
        elif message["type"] in _ENDS:
            self._ended = True
            await self._closed()
        await self._send(message)

    async def finish(self) -> None:
        """Say whatever an application that has returned has left unsaid."""
        if self._ended:
            return
        if not self.started:
            await self._send({"type": _STARTED})
        if not self._shut_down:
            await self._receive()
        await self._closed()
        await self._send({"type": "lifespan.shutdown.complete"})

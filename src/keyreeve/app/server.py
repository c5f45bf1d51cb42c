"""One serving process: uvicorn as we want it, and how it comes to its end."""

import signal
import time
from collections.abc import Callable
from functools import partial
from socket import socket
from types import FrameType
from typing import Any, Protocol

import uvicorn
from starlette.types import Receive, Scope, Send

from keyreeve.enforcement.strict_http import StrictHttpToolsProtocol

BACKLOG = 2048
KEEP_ALIVE_SECONDS = 75
DRAIN_SECONDS = 1.0
"""How long a stopping process still accepts, while `/readyz` sends proxies elsewhere."""
GRACE_SECONDS = 25
"""How long requests in flight may take when the process stops."""


class Application(Protocol):
    """An ASGI application that can be told that its process is about to stop."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the lifespan of the process."""

    def drain(self) -> None:
        """Answer that we are not ready any more, and close connections after their answers."""


def run(application: Application, listener: socket, *, new_id: Callable[[], str]) -> None:
    """Serve until SIGTERM or SIGINT; return when every request in flight is answered.

    `new_id` marks the answers to what never became a request.
    """
    _Server(application, new_id).run(sockets=[listener])


class _Server(uvicorn.Server):
    """A server that drains on SIGTERM, and ends by returning, not by the signal."""

    def __init__(self, application: Application, new_id: Callable[[], str]) -> None:
        super().__init__(_config(lambda: application, new_id))
        self._application = application
        self._leave_at: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Drain on SIGTERM; stop accepting at once on SIGINT; give up on a second SIGINT."""
        self._application.drain()
        if sig == signal.SIGTERM:
            self._leave_at = self._leave_at or time.monotonic() + DRAIN_SECONDS
        else:
            self.force_exit = self.should_exit
            self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        """Tell whether it is time to stop accepting."""
        leave = self._leave_at is not None and time.monotonic() >= self._leave_at
        return await super().on_tick(counter) or leave


def _config(factory: Callable[[], Application], new_id: Callable[[], str]) -> uvicorn.Config:
    """Nothing is believed of a proxy here, nothing is told of the server, nothing logged twice."""
    # It is called and never looked into, so it need not be a class, as its annotation says.
    protocol: Any = partial(StrictHttpToolsProtocol, new_id=new_id)
    return uvicorn.Config(
        factory,
        factory=True,
        interface="asgi3",
        loop="uvloop",
        http=protocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )

"""The lifespan of the guarded application runs inside that of the guard."""

import asyncio
import logging
from typing import Any

import pytest

from keyreeve.app.borne_lifespan import BorneLifespan

STARTUP, SHUTDOWN = {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}
STARTED = {"type": "lifespan.startup.complete"}
ENDED = {"type": "lifespan.shutdown.complete"}
FAILED = {"type": "lifespan.startup.failed", "message": "no"}


class Server:
    """Says what servers say, and notes in one list what happens in which order."""

    def __init__(self, app: Any, *, opens: Exception | None = None) -> None:
        self.events: list[Any] = []
        self._opens = opens
        self._lifespan = BorneLifespan(app, self._opened, self._closed)
        self._say = [STARTUP, SHUTDOWN]

    def live(self) -> list[Any]:
        asyncio.run(self._lifespan({"type": "lifespan", "state": {}}, self._receive, self._send))
        return self.events

    async def _opened(self) -> None:
        if self._opens is not None:
            raise self._opens
        self.events.append("opened")

    async def _closed(self) -> None:
        self.events.append("closed")

    async def _receive(self) -> Any:
        return self._say.pop(0)

    async def _send(self, message: Any) -> None:
        self.events.append(message)


async def whole(_scope: Any, receive: Any, send: Any) -> None:
    assert await receive() == STARTUP
    await send(STARTED)
    assert await receive() == SHUTDOWN
    await send(ENDED)


async def none(scope: Any, *_: Any) -> None:
    assert scope["type"] == "http"


async def ignoring(*_: Any) -> None:
    return


async def hearing(_: Any, receive: Any, __: Any) -> None:
    await receive()


async def leaving(_: Any, receive: Any, send: Any) -> None:
    await receive()
    await send(STARTED)


async def silent(_: Any, receive: Any, send: Any) -> None:
    await leaving(_, receive, send)
    await receive()


@pytest.mark.parametrize("app", [whole, none, ignoring, hearing, leaving, silent])
def test_we_open_before_it_and_close_after_it_whether_it_has_a_lifespan_or_not(app: Any) -> None:
    assert Server(app).live() == ["opened", STARTED, "closed", ENDED]


def test_one_that_cannot_start_is_heard_and_we_close() -> None:
    async def failing(_: Any, receive: Any, send: Any) -> None:
        await receive()
        await send(FAILED)

    assert Server(failing).live() == ["opened", "closed", FAILED]


def test_one_that_breaks_after_its_start_is_heard_and_we_stay_open() -> None:
    async def breaking(_: Any, receive: Any, send: Any) -> None:
        await leaving(_, receive, send)
        raise ZeroDivisionError

    server = Server(breaking)
    with pytest.raises(ZeroDivisionError):
        server.live()
    assert server.events == ["opened", STARTED]


def test_where_we_cannot_open_nothing_starts(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "keyreeve.guard"):
        assert Server(whole, opens=OSError("no")).live() == [FAILED]
    assert len(caplog.records) == 1

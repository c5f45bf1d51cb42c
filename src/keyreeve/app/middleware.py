"""`keyreeve.guard`: the door inside any ASGI application."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from keyreeve.app import edge, keywords, proxies
from keyreeve.app.borne_lifespan import BorneLifespan
from keyreeve.app.guarded import Guarded
from keyreeve.app.late_opening import LateOpening
from keyreeve.domain.edge import Edge
from keyreeve.enforcement import answers, denials, foreign, handshakes
from keyreeve.enforcement.answers import Send
from keyreeve.enforcement.guard import Application, Guard, Receive
from keyreeve.enforcement.incoming import Scope
from keyreeve.settings import Settings

THREADS = 16
"""Decisions at a time that ask the database, beside whatever the application does in threads."""

_log = logging.getLogger("keyreeve.guard")


def guard(app: Application, *, raw_paths: bool = False, **settings: object) -> "Middleware":
    """Put a door in front of an application; see `keyreeve.guard`.

    Raises:
        SettingsError: one is unknown or invalid.
    """
    return Middleware(app, keywords.settings(settings), edge.real(), raw_paths=raw_paths)


class Middleware:
    """An ASGI application in front of another one, which opens the installation by itself.

    At the start of the lifespan; or, if no lifespan comes, at the first request. While it cannot
    be opened, every request is denied.
    """

    def __init__(
        self, app: Application, settings: Settings, edge: Edge, *, raw_paths: bool = False
    ) -> None:
        self._app = app
        self._settings = settings
        self._edge = edge
        self._callers = proxies.callers(settings, edge)
        self._check = partial(foreign.check, raw_paths=raw_paths)
        self._opening = LateOpening(settings, edge)
        self._seated: tuple[Guarded, Guard] | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._lifespan = BorneLifespan(app, self._start, self._stop)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge one request, or live as long as the server does."""
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
            return
        seated = self._seated
        if seated is None or seated[0] is not self._opening.now:
            try:
                seated = await self._start()
            except Exception:  # noqa: BLE001 - whatever it is: nobody can judge, so denied
                _log.exception("the installation cannot be opened, so denied")
                await self._deny(scope, send)
                return
        await seated[1](scope, receive, send)

    async def _start(self) -> tuple[Guarded, Guard]:
        """Open the installation in a thread, and seat a guard."""
        behind = await asyncio.to_thread(self._opening.open)
        seated = self._seated
        if seated is None or seated[0] is not behind:
            self._pool = ThreadPoolExecutor(THREADS, "keyreeve")
            self._seated = seated = (behind, self._guard(behind, self._pool))
        return seated

    async def _stop(self) -> None:
        self._seated = None
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(self._opening.close)

    def _guard(self, behind: Guarded, pool: ThreadPoolExecutor) -> Guard:
        return Guard(
            self._app,
            behind.judge,
            denials.render,
            https=(self._settings.public_url or "").startswith("https://"),
            new_id=self._edge.new_id,
            callers=self._callers,
            check=self._check,
            wait=pool,
        )

    async def _deny(self, scope: Scope, send: Send) -> None:
        """Deny a request that nobody can judge; what is neither HTTP nor a handshake, silently."""
        if scope["type"] == "websocket":
            send = handshakes.answering(scope, send)
        elif scope["type"] != "http":
            return
        sending = answers.marked(send, self._edge.new_id())
        head = scope.get("method") == "HEAD"
        await answers.give(answers.problem("UNEXPECTED_ERROR"), sending, head=head)

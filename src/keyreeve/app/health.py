"""`/livez` and `/readyz`: whether the process runs, and whether it may be sent requests."""

import asyncio
import json
import time

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import Receive, Scope, Send

from keyreeve.domain.errors import Refusal
from keyreeve.storage.database import Database

PATHS = ("/livez", "/readyz")
FRESH_SECONDS = 1.0
"""How long one look at the database counts: anybody may ask."""
LOOK_SECONDS = 5.0


class Health:
    """Answers the two questions that orchestrators and proxies ask."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stopping = False
        self._looked_at = -FRESH_SECONDS
        self._reachable = False
        self._lock = asyncio.Lock()
        self._log = structlog.get_logger()

    def stop(self) -> None:
        """Answer from now on that we are not ready."""
        self._stopping = True

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one of the two paths."""
        if scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, "method not allowed", allow=b"GET, HEAD")
        elif scope["path"] == "/livez":
            await _answer(send, 200, "alive")
        elif self._stopping:
            await _answer(send, 503, "stopping")
        elif await self._is_reachable():
            await _answer(send, 200, "ready")
        else:
            await _answer(send, 503, "database unreachable")

    async def _is_reachable(self) -> bool:
        """Look at the database, once for all who ask within a second."""
        async with self._lock:
            if time.monotonic() - self._looked_at >= FRESH_SECONDS:
                self._reachable = await self._look()
                self._looked_at = time.monotonic()
            return self._reachable

    async def _look(self) -> bool:
        try:
            await asyncio.wait_for(asyncio.to_thread(self._read), LOOK_SECONDS)
        except (Refusal, SQLAlchemyError, OSError, TimeoutError) as failure:
            self._log.error("database unreachable", failure=str(failure))
            return False
        return True

    def _read(self) -> None:
        with self._database.snapshot() as snapshot:
            _ = snapshot.epoch


async def _answer(send: Send, status: int, word: str, *, allow: bytes = b"") -> None:
    body = json.dumps({"status": word}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    if allow:
        headers.append((b"allow", allow))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

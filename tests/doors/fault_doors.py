"""Two real doors in one event loop, asked in turn: a guard by calls, a gate over a socket."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol

from enforcement.gating import question
from keyreeve.app.edge import real
from keyreeve.enforcement.callers import LOOPBACK, Callers
from keyreeve.enforcement.gate import Gate
from keyreeve.enforcement.gate_connection import GateConnection
from keyreeve.enforcement.gate_presets import PRESETS
from keyreeve.enforcement.guard import Guard
from keyreeve.enforcement.identity_token import IdentityTokens
from keyreeve.judge.call import Call

PATIENCE_SECONDS = 3
IDS = "0" * 24
HANDSHAKE = (b"upgrade", b"websocket")
"""Marks a call that is to become a websocket."""
SECRET = "0123456789abcdef" * 2


class Hung(Exception):
    """A door says nothing and does not hang up."""


class Said(NamedTuple):
    """What a door did."""

    status: int
    """Of its answer; 0: it hung up, or raised, which servers answer with 500."""
    let_through: bool


class Door(Protocol):
    """One way to ask a judge."""

    decided: bool
    """Whether it is out already what became of the last call."""

    async def ask(self, call: Call) -> Said:
        """Ask about one call."""


class GuardDoor:
    """A guard in front of an application that notes that it was called."""

    def __init__(self, judge: Any) -> None:
        self.decided = self._called = False
        self._statuses: list[int] = []
        self._guard = Guard(self._behind, judge, _render, https=True, new_id=lambda: IDS)

    async def ask(self, call: Call) -> Said:
        self.decided = self._called = False
        self._statuses.clear()
        task = asyncio.ensure_future(self._guard(_scope(call), _nothing, self._send))
        done, _ = await asyncio.wait({task}, timeout=PATIENCE_SECONDS)
        if not done:
            task.cancel()
            raise Hung
        failed = task.cancelled() or task.exception() is not None
        return Said(0 if failed else self._statuses[0], self._called)

    async def _send(self, message: Any) -> None:
        self.decided = True
        if message["type"] == "websocket.close":
            self._statuses.append(403)
        elif message["type"].endswith("http.response.start"):
            self._statuses.append(message["status"])

    async def _behind(self, scope: Any, _: Any, send: Any) -> None:
        self._called = self.decided = True
        if scope["type"] == "websocket":
            self._statuses.append(101)
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


class GateDoor:
    """A gate on a free port."""

    def __init__(self, judge: Any, pool: ThreadPoolExecutor, *, signed: bool) -> None:
        self.decided = False
        preset = PRESETS["nginx"]
        asking = Callers(preset.source, LOOPBACK)
        tokens = IdentityTokens(SECRET, issuer="i", audience="a", now=real().now)
        self._gate = Gate(
            judge, preset, asking, wait=pool, https=True, tokens=tokens if signed else None
        )
        self._server: asyncio.Server | None = None
        self._open = 0

    async def ask(self, call: Call) -> Said:
        self.decided = False
        if self._server is None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(self._connection, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(_question(call))
        try:
            line = await asyncio.wait_for(reader.readline(), PATIENCE_SECONDS)
        except TimeoutError:
            raise Hung from None
        except ConnectionError:
            line = b""
        finally:
            writer.close()
            await self._is_closed()
        status = int(line.split()[1]) if line else 0
        return Said(status, status == 200)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._gate.abort()

    def _connection(self) -> GateConnection:
        return _Tapped(self._gate, self)

    async def _is_closed(self) -> None:
        """Wait until the gate has let go of the connection: it is to disturb no later call."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._open:
            if time.monotonic() > deadline:
                raise Hung
            await asyncio.sleep(0.0005)


class _Tapped(GateConnection):
    """A connection that tells when it has its answer, and when it is gone."""

    def __init__(self, gate: Gate, door: Any) -> None:
        super().__init__(gate)
        self._door = door

    def connection_made(self, transport: Any) -> None:
        self._door._open += 1
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        try:
            super().connection_lost(exc)
        finally:
            self._door._open -= 1

    def _write(self, answer: bytes, *, keep: bool) -> None:
        self._door.decided = True
        super()._write(answer, keep=keep)


def _question(call: Call) -> bytes:
    lines = [f"{name.decode()}: {value.decode()}" for name, value in call.fields]
    if call.authorization is not None:
        lines.append(f"Authorization: {call.authorization.decode()}")
    facts = {
        "X_Original_Method": call.method,
        "X_Original_URI": call.target,
        "X_Real_IP": str(call.address),
    }
    return question(*lines, **facts)


def _scope(call: Call) -> dict[str, Any]:
    path, _, query = call.target.partition("?")
    headers = [(b"host", b"a.example"), *call.fields]
    if call.authorization is not None:
        headers.append((b"authorization", call.authorization))
    kind = {"type": "http", "method": call.method}
    if HANDSHAKE in call.fields:
        kind = {"type": "websocket"}
    return {
        **kind,
        "http_version": "1.1",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": headers,
        "client": (str(call.address), 4711),
    }


async def _nothing() -> Any:
    return {"type": "http.request", "body": b"", "more_body": False}


def _render(*_: object) -> Any:
    return 403, [(b"content-type", b"application/json")], b"{}"

"""A gate on a free port, in a thread of this process, before a judge who says what he is told."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import uvloop

from enforcement.serving import Raw, answers, connected
from keyreeve.domain.catalogue import Match
from keyreeve.domain.decision import ALLOW, Decision
from keyreeve.domain.operation import Operation
from keyreeve.domain.subject import GroupState
from keyreeve.enforcement.callers import LOOPBACK, Callers
from keyreeve.enforcement.gate import Gate
from keyreeve.enforcement.gate_connection import GateConnection
from keyreeve.enforcement.gate_presets import PRESETS
from keyreeve.judge.call import Call
from keyreeve.judge.shortcut import Grant, Passed
from keyreeve.judge.verdict import Verdict
from keyreeve.protocol.address import Network
from made import GROUP_ID, subject

DECISION = "d" * 24
KEY = "e" * 24
ADA = subject({GROUP_ID: ["GROUP_READ_ONLY", "GROUP_OWNER"]}, global_roles=["GLOBAL_READ_ONLY"])
READ = Operation("read", "GET", "/a")
FACTS = {
    "nginx": {"X-Original-Method": "GET", "X-Original-URI": "/a", "X-Real-IP": "192.0.2.9"},
    "caddy": {
        "X-Forwarded-Method": "GET",
        "X-Forwarded-Uri": "/a",
        "X-Forwarded-For": "192.0.2.9",
    },
    "traefik": {"X-Forwarded-Method": "GET", "X-Forwarded-Uri": "/a", "X-Real-IP": "192.0.2.9"},
    "envoy": {"X-Envoy-External-Address": "192.0.2.9"},
}
"""A sound question of each proxy."""


class Bench:
    """A judge whose verdicts are laid out beforehand, or who breaks."""

    observing = False

    def __init__(self, hit: Any = None, judge: Any = None, again: Any = None) -> None:
        self.calls: list[Call] = []
        self.again: list[Call] = []
        self.glances = 0
        self._hit, self._judge, self._again = hit, judge, again

    def overlooks(self, code: str, verdict: Verdict) -> bool:  # noqa: ARG002
        return self.observing

    def challenges(self, stale: bool) -> tuple[str, ...]:
        return (f'Digest realm="a", stale={str(stale).lower()}', "Digest second")

    def glance(self) -> None:
        self.glances += 1

    def hit(self, call: Call) -> Any:
        self.calls.append(call)
        return _said(self._hit, call)

    def let_through(self, *about: Any) -> Any:
        self.again.append(Call(*about))
        return _said(self._again, self.again[-1])

    def judge(self, call: Call) -> Any:
        return _said(self._judge, call)


def said(decision: Decision = ALLOW, **more: Any) -> Verdict:
    """Return a verdict about Ada."""
    about = {"match": Match(READ, {}), "subject": ADA, "key_id": KEY, "decision_id": DECISION}
    return Verdict(decision, **(about | more))


def passed(decision_id: str = DECISION) -> Passed:
    """Return what is said of Ada if she goes on as before."""
    return Passed(Grant(ADA, KEY, READ, (), None), (), decision_id, 0)


HERE = GroupState(GROUP_ID, public_api_enabled=True)


@contextmanager
def gating(
    judge: Any,
    preset: str = "nginx",
    *,
    trusted: tuple[Network, ...] = LOOPBACK,
    https: bool = False,
    tick: float = 1.0,
    path: str | None = None,
    tokens: Any = None,
) -> Iterator["Gating"]:
    """Run a gate; its seconds pass as fast as `tick` says."""
    running = Gating(judge, preset, trusted, https=https, tick=tick, path=path, tokens=tokens)
    thread = threading.Thread(target=uvloop.run, args=(running.run(),))
    thread.start()
    running.started.wait(10)
    try:
        yield running
    finally:
        running.loop.call_soon_threadsafe(running.stop.set)
        thread.join(10)


class Gating:
    """What runs in the thread."""

    def __init__(
        self, judge: Any, preset: str, trusted: tuple[Network, ...], *,
        https: bool, tick: float, path: str | None, tokens: Any,
    ) -> None:  # fmt: skip
        self.started = threading.Event()
        self.port = 0
        self._tick, self._path = tick, path
        self._pool = ThreadPoolExecutor(4)
        kind = PRESETS[preset]
        asking = Callers(kind.source, trusted, local=path is not None)
        self.gate = Gate(judge, kind, asking, wait=self._pool, https=https, tokens=tokens)

    async def run(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.stop = asyncio.Event()
        if self._path is None:
            server: Any = await self.loop.create_server(self._connection, "127.0.0.1", 0)
            self.port = server.sockets[0].getsockname()[1]
        else:
            server = await self.loop.create_unix_server(self._connection, self._path)
        self.started.set()
        while not self.stop.is_set():
            try:
                await asyncio.wait_for(self.stop.wait(), self._tick)
            except TimeoutError:
                self.gate.sweep()
        server.close()
        self.gate.drain()
        self.gate.abort()
        await asyncio.sleep(0.01)
        assert not self.gate.connections
        self._pool.shutdown(wait=False)

    def ask(self, *lines: str, **changes: Any) -> Raw:
        """Ask one question on a connection of its own and return the answer."""
        with connected(self.port) as connection:
            connection.sendall(question(*lines, **changes))
            (answer,) = answers(connection)
        return answer

    def _connection(self) -> GateConnection:
        return GateConnection(self.gate)


def question(
    *lines: str, preset: str = "nginx", line: str = "GET /any HTTP/1.1", close: bool = True,
    without: str = "", **facts: str,
) -> bytes:  # fmt: skip
    """Return a question as it goes over the wire; facts by their names with underscores."""
    given = FACTS[preset] | {name.replace("_", "-"): value for name, value in facts.items()}
    fields = [f"{name}: {value}" for name, value in given.items() if name != without]
    ending = ["Connection: close"] if close else []
    return "\r\n".join([line, "Host: gate", *fields, *lines, *ending, "", ""]).encode("latin-1")


def _said(what: Any, call: Call) -> Any:
    if isinstance(what, BaseException):
        raise what
    return what(call) if isinstance(what, Callable) else what  # type: ignore[arg-type]

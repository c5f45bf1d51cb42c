"""`gate`: one process, or several, that proxies ask about every request."""

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from socket import socket

import structlog
import uvloop

from keyreeve.app import edge, guarded, ledgers, logs, privacy, proxies, serving
from keyreeve.app.gate_sockets import GateSocket
from keyreeve.app.serving import ENDING, WorkersDied
from keyreeve.app.supervisor import Supervisor, Work
from keyreeve.domain.edge import Edge
from keyreeve.enforcement.callers import LOOPBACK, Callers
from keyreeve.enforcement.gate import Gate, Tokens
from keyreeve.enforcement.gate_connection import GateConnection
from keyreeve.enforcement.gate_presets import Preset
from keyreeve.settings import Settings
from keyreeve.storage.database import Database

THREADS = 16
"""Decisions at a time that ask the database."""
GRACE_SECONDS = 12
"""How long questions in flight may take when the process stops; a decision has less."""


@dataclass(frozen=True, slots=True)
class _Post:
    """What every process of one gate has in common."""

    settings: Settings
    world: Edge
    listening: GateSocket
    preset: Preset
    asking: Callers


def gate(
    settings: Settings,
    listening: GateSocket,
    preset: Preset,
    *,
    workers: int,
    started: Callable[[], None],
) -> None:
    """Answer until SIGTERM or SIGINT; `started` is called before the first answer.

    Raises:
        Refusal: the installation or the workers cannot start.
    """
    serving.end_quietly()
    logs.configure(settings.log_level)
    privacy.keep_memory_private()
    serving.allow_connections()
    world = edge.real()
    post = _Post(settings, world, listening, preset, _asking(settings, preset, listening))
    # Here, where a refusal still has somebody to read it: makes or upgrades the installation.
    Database.open(settings, world).close()
    started()
    log = structlog.get_logger()
    log.info("gate started", listen=listening.shown, preset=preset.name, workers=workers)

    def work(shared: Path | None = None) -> None:
        uvloop.run(_answer(post, shared))

    if workers == 1:
        work()
    else:
        with ledgers.shared(settings, world) as path:
            if not Supervisor([("gate", lambda: work(path))] * workers).run():
                raise WorkersDied
    log.info("gate stopped")


def child(settings: Settings, listening: GateSocket, preset: Preset) -> Work:
    """Return the work of one gate that is another server's child."""
    world = edge.real()
    post = _Post(settings, world, listening, preset, _asking(settings, preset, listening))
    return lambda: uvloop.run(_answer(post, None))


def _asking(settings: Settings, preset: Preset, listening: GateSocket) -> Callers:
    """Return who is believed: the proxies that the settings name, or else those on this host."""
    trusted = proxies.networks(settings) or LOOPBACK
    return Callers(preset.source, trusted, local=listening.local)


async def _answer(post: _Post, shared: Path | None) -> None:
    """Be one process of the gate."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sig in ENDING:
        loop.add_signal_handler(sig, stop.set)
    settings, listening = post.settings, post.listening
    https = (settings.public_url or "").startswith("https://")
    pool = ThreadPoolExecutor(THREADS, "judge")
    with guarded.opened(settings, post.world, shared_ledger=shared) as behind:
        tokens = _tokens(settings, behind.database)
        door = Gate(behind.judge, post.preset, post.asking, wait=pool, https=https, tokens=tokens)
        server = await _server(loop, door, listening.socket, local=listening.local)
        pruning = asyncio.create_task(behind.prune_for_ever(settings.records_days))
        await _sweep(door, stop)
        server.close()
        await _end(door)
        pruning.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await pruning
        pool.shutdown(wait=False, cancel_futures=True)


def _tokens(settings: Settings, database: Database) -> Tokens | None:
    """Return what signs the identity of callers, if the settings say so."""
    key, audience = settings.identity_key, settings.identity_audience
    if key is None or audience is None:
        return None
    from keyreeve.enforcement.identity_token import (  # noqa: PLC0415 - half of a gate's start
        IdentityTokens,
    )

    issuer = database.installation.realm
    return IdentityTokens(key, issuer=issuer, audience=audience, now=database.edge.now)


async def _server(
    loop: asyncio.AbstractEventLoop, door: Gate, listener: socket, *, local: bool
) -> asyncio.AbstractServer:
    def connection() -> GateConnection:
        return GateConnection(door)

    # A copy, since the server closes what it is given.
    own = listener.dup()
    if local:
        return await loop.create_unix_server(connection, sock=own)
    return await loop.create_server(connection, sock=own)


async def _sweep(door: Gate, stop: asyncio.Event) -> None:
    """Let seconds pass until it is time to stop."""
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 1)
        door.sweep()


async def _end(door: Gate) -> None:
    """Answer what is in flight, and hang up on everybody."""
    door.drain()
    for _ in range(GRACE_SECONDS * 20):
        if not door.connections:
            return
        await asyncio.sleep(0.05)
    door.abort()

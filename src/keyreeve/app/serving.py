"""`serve`: the console, the public API, and how many processes stand behind them."""

import errno
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

import structlog

from keyreeve.app import composition, edge, ledgers, logs, privacy, server
from keyreeve.app.supervisor import Supervisor, Work
from keyreeve.domain.edge import Edge
from keyreeve.domain.errors import Refusal
from keyreeve.settings import Settings
from keyreeve.storage.database import Database

ENDING = (signal.SIGTERM, signal.SIGINT)
"""The signals that end a server."""


DESCRIPTORS = 65_536


class CannotListen(Refusal):
    """The address and port cannot be had."""

    code: ClassVar[str] = "CANNOT_LISTEN"
    sentence: ClassVar[str] = "Cannot listen on {0} port {1}: {2}."


class WorkersDied(Refusal):
    """The worker processes end as soon as they start."""

    code: ClassVar[str] = "WORKERS_DIED"
    sentence: ClassVar[str] = "The workers end as soon as they start; the log says why."


@dataclass(frozen=True, slots=True)
class Listening:
    """Where we listen, once the socket is ours."""

    socket: socket.socket
    url: str

    @classmethod
    def on(cls, host: str, port: int) -> "Listening":
        """Take the port; 0 means any free one.

        Raises:
            CannotListen: saying what stands in the way.
        """
        try:
            family, _, _, _, address = socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            listener = socket.socket(family, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(server.BACKLOG)
        except (OSError, OverflowError, UnicodeError) as failure:
            raise CannotListen(host, port, _why(failure)) from failure
        shown = f"[{host}]" if ":" in host else host
        return cls(listener, f"http://{shown}:{listener.getsockname()[1]}")


def serve(
    settings: Settings,
    listening: Listening,
    *,
    workers: int,
    started: Callable[[str], None],
    gate: Work | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT; `started` is told where, before the first answer.

    `gate` is the work of a child beside those that serve: started, replaced and stopped as they.

    Raises:
        Refusal: the installation or the workers cannot start.
    """
    end_quietly()
    logs.configure(settings.log_level)
    privacy.keep_memory_private()
    allow_connections()
    settings = replace(settings, public_url=settings.public_url or listening.url)
    world = edge.real()
    # Here, where a refusal still has somebody to read it: makes or upgrades the installation.
    Database.open(settings, world).close()
    started(listening.url)
    log = structlog.get_logger()
    log.info("started", url=listening.url, public_url=settings.public_url, workers=workers)
    if workers == 1 and gate is None:
        server.run(composition.create(settings, world), listening.socket, new_id=world.new_id)
    else:
        _serve_by_several(settings, world, listening, workers, gate)
    log.info("stopped")


def end_quietly() -> None:
    """Have SIGTERM and SIGINT end this process as its work does, until a server handles them."""
    for sig in ENDING:
        signal.signal(sig, lambda *_: sys.exit(0))


def allow_connections() -> None:
    """Take as many descriptors as we are allowed: the usual 1024 are soon used up by idle ones."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if most == resource.RLIM_INFINITY else min(most, DESCRIPTORS)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _serve_by_several(
    settings: Settings, world: Edge, listening: Listening, workers: int, gate: Work | None
) -> None:
    """Fork workers that share one socket and one ledger, and a gate, which has its own."""
    with ledgers.shared(settings, world) as path:

        def work() -> None:
            application = composition.create(settings, world, shared_ledger=path)
            server.run(application, listening.socket, new_id=world.new_id)

        works: list[tuple[str, Work]] = [("serve", work)] * workers
        if gate is not None:
            works.append(("gate", gate))
        if not Supervisor(works).run():
            raise WorkersDied


def _why(failure: OSError | OverflowError | UnicodeError) -> str:
    if isinstance(failure, UnicodeError):
        return "that is no name of a host"
    if isinstance(failure, OSError) and failure.errno == errno.EADDRINUSE:
        return "another program has it"
    if isinstance(failure, OverflowError):
        return "there is no such port"
    # Those of name resolution have numbers of their own, below zero.
    known = failure.errno is not None and failure.errno > 0
    return (os.strerror(failure.errno or 0) if known else failure.strerror) or str(failure)

"""The nonce ledger of guarded applications: one for all their processes on this host.

Nobody starts these processes for us, so the first that comes makes the ledger, and whoever comes
while one of them lives joins it. Where that cannot be done soundly a process keeps a ledger of its
own, which costs a client another round trip where he meets another process, and nothing else.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fcntl import LOCK_EX, LOCK_SH, flock
from pathlib import Path

from keyreeve.domain.edge import Edge
from keyreeve.domain.errors import Refusal
from keyreeve.judge.shared_ledger import MmapLedger
from keyreeve.settings import Settings
from keyreeve.storage import epoch, files
from keyreeve.storage.errors import StartRefused

LEDGER = "nonces"
JOINING = "nonces.joining"
"""Locked while a process joins, or makes the ledger."""
JOINED = "nonces.joined"
"""Locked, together with others, as long as a process uses the ledger; says which ledger."""
WAIT_SECONDS = 10.0
"""To join takes milliseconds: who holds the lock for so long is stuck, and would hold all."""
CLOCK = Path("/proc/self/ns/time")
"""Processes whose clocks started elsewhere do not agree on the age of a nonce."""

_log = logging.getLogger("keyreeve.guard")


class Displaced(OSError):
    """What lies where the ledger was is not the one that others use."""


class JoiningStuck(Refusal):
    """Another process has been joining for too long."""

    code = "START_REFUSED"
    sentence = "{0}: another process has held this lock for {1} seconds; is it stuck?"

    def __init__(self, lock: Path) -> None:
        super().__init__(str(lock), f"{WAIT_SECONDS:g}")


@contextmanager
def joined(settings: Settings, edge: Edge) -> Iterator[Path | None]:
    """Join the ledger of this host, or make it; None where a process had better keep its own.

    One that nobody uses any more is never taken up again: the next has another generation, under
    which no nonce is good that was used before.

    Raises:
        JoiningStuck: whoever joins at the moment does not get done.
    """
    with ExitStack() as leaving:
        path = None
        try:
            path = _join(settings, edge, leaving)
        except (OSError, StartRefused) as reason:
            _log.warning("each process keeps a nonce ledger of its own: %s", reason)
        yield path


def _join(settings: Settings, edge: Edge, leaving: ExitStack) -> Path:
    """Join under the one lock, and hold the other until the end; on a failure hold nothing."""
    place = settings.data_dir / LEDGER
    epoch.check_place(place)
    with ExitStack() as done, ExitStack() as held:
        joining = settings.data_dir / JOINING
        if not files.await_lock(_open(joining, done), LOCK_EX, WAIT_SECONDS):
            raise JoiningStuck(joining)
        users = _open(settings.data_dir / JOINED, held)
        # Nobody uses the ledger if so, and nobody else will think so.
        if files.lock(users, LOCK_EX):
            ledger = _made(place, settings, edge, users, held)
        else:
            ledger = _open(place, held)
            if os.pread(users, 256, 0) != _identity(ledger):
                raise Displaced(f"{place} was replaced")
        # While we hold the other lock nobody can take this for free between two modes of it.
        flock(users, LOCK_SH)
        leaving.push(held.pop_all())
    return Path(f"/proc/self/fd/{ledger}")


def _made(place: Path, settings: Settings, edge: Edge, users: int, held: ExitStack) -> int:
    os.ftruncate(users, 0)
    MmapLedger.create(place, edge, lifetime=settings.nonce_seconds * 1000)
    ledger = _open(place, held)
    # Now: a disk that is full later would kill whoever writes to the memory.
    os.posix_fallocate(ledger, 0, os.fstat(ledger).st_size)
    os.pwrite(users, _identity(ledger), 0)
    return ledger


def _open(path: Path, closing: ExitStack) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(path, flags, 0o600)
    closing.callback(os.close, descriptor)
    return descriptor


def _identity(ledger: int) -> bytes:
    """Say which ledger this is, and by which clock its nonces age."""
    found = os.fstat(ledger)
    clock = CLOCK.readlink() if CLOCK.exists() else ""
    return f"{found.st_dev}:{found.st_ino} {clock}".encode()

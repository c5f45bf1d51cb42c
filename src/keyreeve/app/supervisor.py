"""Several serving processes: started, replaced when one dies, and stopped together."""

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing import connection
from types import FrameType
from typing import Final

import structlog

from keyreeve.app import privacy

STOP_SECONDS = 32
"""How long workers may take to stop before they are killed."""
EARLY_DEATH_SECONDS = 5
EARLY_DEATHS = 5
"""So many deaths so soon after a start, one after the other, and there is no point in going on."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_FORK: Final = multiprocessing.get_context("fork")


class Supervisor:
    """Keeps a number of workers alive until it is told to stop.

    Workers are forked before any thread, connection or lock exists; each opens its own.
    """

    def __init__(self, work: Callable[[], None], workers: int) -> None:
        self._work = work
        self._count = workers
        self._workers: dict[multiprocessing.context.ForkProcess, float] = {}
        self._early_deaths = 0
        self._wake, self._waker = os.pipe()
        self._stopping = False
        self._log = structlog.get_logger()

    def run(self) -> bool:
        """Serve until SIGTERM or SIGINT. False: the workers kept dying, and we gave up."""
        before = {sig: signal.signal(sig, self._stop) for sig in _SIGNALS}
        try:
            for _ in range(self._count):
                self._start()
            self._watch()
        finally:
            self._end()
            for sig, handler in before.items():
                signal.signal(sig, handler)
        return self._early_deaths < EARLY_DEATHS

    def _watch(self) -> None:
        """Replace workers that die."""
        while not self._stopping:
            ready = connection.wait([self._wake, *(w.sentinel for w in self._workers)])
            if self._wake in ready:
                return
            for worker in [w for w in self._workers if not w.is_alive()]:
                lived = time.monotonic() - self._workers.pop(worker)
                self._log.warning("worker died", pid=worker.pid, status=worker.exitcode)
                self._early_deaths = self._early_deaths + 1 if lived < EARLY_DEATH_SECONDS else 0
                if self._early_deaths >= EARLY_DEATHS:
                    return
                self._start()

    def _start(self) -> None:
        """Fork a worker. A signal that comes meanwhile waits until either knows its handler."""
        worker = _FORK.Process(target=_worker, args=(self._work, os.getpid()))
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        worker.start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        self._workers[worker] = time.monotonic()

    def _stop(self, _sig: int, _frame: FrameType | None) -> None:
        self._stopping = True
        os.write(self._waker, b"\0")

    def _end(self) -> None:
        """Stop every worker; kill those who will not."""
        for worker in self._workers:
            worker.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for worker in self._workers:
            worker.join(max(0.0, deadline - time.monotonic()))
            if worker.is_alive():
                self._log.error("worker killed", pid=worker.pid)
                worker.kill()
                worker.join()


def _worker(work: Callable[[], None], parent: int) -> None:
    """Be one worker. Signals go to their defaults until the server has handlers of its own."""
    for sig in _SIGNALS:
        signal.signal(sig, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    privacy.die_with(parent)
    try:
        work()
    except Exception:  # noqa: BLE001 - a bug: the log gets it whole, and the supervisor the status
        structlog.get_logger().exception("worker failed")
        sys.exit(1)

"""Several serving processes: started, replaced when one dies, and stopped together."""

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing import connection
from types import FrameType
from typing import Final, TypeAlias

import structlog

from keyreeve.app import privacy

STOP_SECONDS = 32
"""How long workers may take to stop before they are killed."""
EARLY_DEATH_SECONDS = 5
EARLY_DEATHS = 5
"""So many deaths so soon after a start, one after the other, and there is no point in going on."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_FORK: Final = multiprocessing.get_context("fork")

Work: TypeAlias = Callable[[], None]
"""What one worker does for as long as it lives."""


class Supervisor:
    """Keeps workers alive until it is told to stop: one for each work, its name in the log.

    Workers are forked before any thread, connection or lock exists; each opens its own.
    """

    def __init__(self, works: Sequence[tuple[str, Work]]) -> None:
        self._works = works
        self._workers: dict[multiprocessing.context.ForkProcess, tuple[int, float]] = {}
        self._early_deaths = 0
        self._wake, self._waker = os.pipe()
        self._stopping = False
        self._log = structlog.get_logger()

    def run(self) -> bool:
        """Serve until SIGTERM or SIGINT. False: the workers kept dying, and we gave up."""
        before = {sig: signal.signal(sig, self._stop) for sig in _SIGNALS}
        try:
            for number in range(len(self._works)):
                self._start(number)
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
                number, born = self._workers.pop(worker)
                lived = time.monotonic() - born
                status = worker.exitcode
                self._log.warning("worker died", work=worker.name, pid=worker.pid, status=status)
                self._early_deaths = self._early_deaths + 1 if lived < EARLY_DEATH_SECONDS else 0
                if self._early_deaths >= EARLY_DEATHS:
                    return
                self._start(number)

    def _start(self, number: int) -> None:
        """Fork a worker. A signal that comes meanwhile waits until either knows its handler."""
        name, work = self._works[number]
        worker = _FORK.Process(target=_worker, args=(work, os.getpid()), name=name)
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        worker.start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        self._workers[worker] = (number, time.monotonic())

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


def _worker(work: Work, parent: int) -> None:
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

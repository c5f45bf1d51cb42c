"""The installation behind a guarded application: opened when first needed, and closed once."""

import atexit
import os
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Lock, Thread

from keyreeve.app import guarded, joined_ledger
from keyreeve.app.guarded import Guarded
from keyreeve.domain.edge import Edge
from keyreeve.settings import Settings

RETRY_MILLISECONDS = 1000
"""How long a failure to open stands, before it is tried again."""

PRUNING_SECONDS = 5.0
"""How long an end waits for the removal of old records."""


class OpenedBeforeFork(RuntimeError):
    """This process was forked from one that had opened the installation already.

    Two processes with one nonce ledger, each with a copy of its own, would each accept a request
    once.
    """


class LateOpening:
    """Opens an installation for one process and all its threads and loops."""

    def __init__(self, settings: Settings, edge: Edge) -> None:
        self.now: Guarded | None = None
        """The installation, while it is open."""
        self._settings = settings
        self._edge = edge
        self._lock = Lock()
        self._closing = ExitStack()
        self._failure: Exception | None = None
        self._failed_at = 0
        self._watches_forks = False

    def open(self) -> Guarded:
        """Return the open installation. This may block.

        Raises:
            Exception: it cannot be opened; for a second the same one to everybody.
        """
        with self._lock:
            if self.now is None:
                self._refuse_again()
                try:
                    self.now = self._open()
                except Exception as failure:
                    self._failure, self._failed_at = failure, self._edge.ticks()
                    raise
                self._failure = None
            return self.now

    def close(self) -> None:
        """Write what is left to record, and let go. This may block; twice is once."""
        with self._lock:
            self.now = None
            self._closing.close()
            atexit.unregister(self.close)

    def _open(self) -> Guarded:
        with ExitStack() as opening:
            path = opening.enter_context(joined_ledger.joined(self._settings, self._edge))
            door = guarded.opened(self._settings, self._edge, shared_ledger=path)
            behind = opening.enter_context(door)
            opening.enter_context(_pruning(behind, self._settings.records_days))
            self._closing = opening.pop_all()
        # Servers that send no lifespan do not say when they end either.
        atexit.register(self.close)
        if not self._watches_forks:
            os.register_at_fork(after_in_child=_forked(self))
            self._watches_forks = True
        return behind

    def _refuse_again(self) -> None:
        failure = self._failure
        if failure is None:
            return
        recent = self._edge.ticks() - self._failed_at < RETRY_MILLISECONDS
        if recent or isinstance(failure, OpenedBeforeFork):
            # Each raise adds to what is there: without end, where callers come without end.
            raise failure.with_traceback(None)

    def forked(self) -> None:
        """Be of no use in a process that was forked; what the parent opened stays the parent's."""
        self._lock = Lock()
        if self.now is None:
            return
        _PARENTS.append((self.now, self._closing))
        self.now, self._closing = None, ExitStack()
        self._failure = OpenedBeforeFork("guarded applications start in the process that serves")


@contextmanager
def _pruning(behind: Guarded, days: int) -> Iterator[None]:
    """Remove old records now and then, in a thread: there may be no loop that lives long enough."""
    ending = Event()

    def prune() -> None:
        behind.prune(days)
        while not ending.wait(guarded.PRUNE_SECONDS):
            behind.prune(days)

    thread = Thread(target=prune, name="keyreeve-prune", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join(PRUNING_SECONDS)


_PARENTS: list[object] = []
"""Kept for ever: to let go of a connection would close it for the parent too."""


def _forked(opening: LateOpening) -> Callable[[], None]:
    """Return what tells an opening of a fork, and does not keep it alive."""
    reference = weakref.WeakMethod(opening.forked)

    def tell() -> None:
        forked = reference()
        if forked is not None:
            forked()

    return tell

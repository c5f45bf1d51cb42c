"""Taking too long, noticed."""

import asyncio
from collections.abc import Callable


class Deadline:
    """One moment after which a connection has taken too long over something."""

    def __init__(self, loop: asyncio.AbstractEventLoop, expire: Callable[[], None]) -> None:
        self._loop = loop
        self._expire = expire
        self._timer: asyncio.TimerHandle | None = None

    def set(self, seconds: float) -> None:
        """Let the moment be so far away, unless it stands already: trickling does not move it."""
        if self._timer is None:
            self._timer = self._loop.call_later(seconds, self._expired)

    def clear(self) -> None:
        """Forget it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expired(self) -> None:
        self._timer = None
        self._expire()

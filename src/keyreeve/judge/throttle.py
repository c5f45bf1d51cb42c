"""The throttle: remembers who failed to prove himself, and which keys call, how often.

Each process has its own: where several workers serve, each counts what it sees itself.
"""

from collections.abc import Callable, Hashable

from keyreeve.domain import throttle
from keyreeve.domain.throttle import ONE, Limit
from keyreeve.protocol.address import Address

ENTRIES = 65_536
"""Callers remembered of one kind; if more call at a time, those who called least are forgotten."""

BEYOND = -1
"""Calls left to a key that would have to wait, were it made to."""

_V6_BYTES = 16
_SITE_BYTES = 8
"""Of an IPv6 address: the /64 that one subscriber has to himself."""


class Throttled(Exception):
    """The call is refused for now, and nothing was computed for it."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"{wait} ms")
        self.seconds = max(1, -(-wait // 1000))
        """After how many seconds to come again."""


class Throttle:
    """Counts failed proofs by address and by address and name, and proven calls by key.

    Never by name alone: anybody could lock a user out. None stands for no limit.
    """

    def __init__(
        self,
        ticks: Callable[[], int],
        *,
        failures: Limit | None = None,
        calls: Limit | None = None,
    ) -> None:
        self.calls = calls
        self.barred: dict[Hashable, int] = {}
        """Who has to wait, until when. While it is empty, nobody needs to be looked up."""
        self.ticks = ticks
        self._failures = None if failures is None else _Tallies(failures, ticks, self.barred)
        self._calls = None if calls is None else _Tallies(calls, ticks, self.barred)
        self.called: Callable[[str], int] = _without_limit
        """Counts a call of a key and returns how many are left at once; may raise Throttled."""
        if self._calls is not None:
            self.called = self._calls.take

    def check(self, address: Address | None, name: str | None) -> None:
        """Look whether this caller has to wait with proving himself.

        Raises:
            Throttled: he failed too often lately.
        """
        source = _source(address)
        self._look_up(source)
        self._look_up((source, hash(name)))

    def check_key(self, key_id: str) -> None:
        """Look whether a key has to wait.

        Raises:
            Throttled: it called too often lately.
        """
        self._look_up(key_id)

    def failed(self, address: Address | None, name: str | None) -> None:
        """Count a failed proof."""
        if self._failures is not None:
            source = _source(address)
            self._failures.spend(source)
            self._failures.spend((source, hash(name)))  # names may be long, and anything

    def _look_up(self, caller: Hashable) -> None:
        until = self.barred.get(caller)
        if until is not None:
            wait = until - self.ticks()
            if wait > 0:
                raise Throttled(wait)
            self.barred.pop(caller, None)


class Unforced(Throttle):
    """Counts what another throttle counts, and makes nobody wait."""

    def __init__(self, limits: Throttle) -> None:
        super().__init__(limits.ticks)
        self.limits = limits
        self.calls = limits.calls
        self.called = self._called

    def failed(self, address: Address | None, name: str | None) -> None:
        """Count a failed proof."""
        self.limits.failed(address, name)

    def _called(self, key_id: str) -> int:
        try:
            return self.limits.called(key_id)
        except Throttled:
            return BEYOND


class _Tallies:
    """What is kept of each caller of one kind (see `domain.throttle`)."""

    def __init__(self, limit: Limit, ticks: Callable[[], int], barred: dict[Hashable, int]) -> None:
        self._ticks = ticks
        self._limit = limit
        self._rate = limit.per_second
        self._depth = limit.burst * ONE
        self._kept: dict[Hashable, int] = {}
        self._barred = barred

    def take(self, caller: Hashable) -> int:
        """Count one more, if there is one left; return how many are left then.

        This is `domain.throttle.admit` written out: every call of every key comes through here.

        Raises:
            Throttled: none is left.
        """
        ticks = self._ticks()
        now = ticks * self._rate
        moment = self._kept.get(caller)
        if moment is None:
            self._make_room(now)
            moment = now
        elif moment < now:
            moment = now
        moment += ONE
        left = self._depth - moment + now
        if left < 0:
            wait = self._limit.wait(-left)
            self._barred[caller] = ticks + wait
            raise Throttled(wait)
        self._kept[caller] = moment
        return left // ONE

    def spend(self, caller: Hashable) -> None:
        """Count one more that has happened, and bar the caller if it was the last."""
        ticks = self._ticks()
        now = ticks * self._rate
        moment = self._kept.get(caller)
        if moment is None:
            self._make_room(now)
            moment = now
        moment, left = throttle.admit(moment, now, self._limit)
        self._kept[caller] = moment
        if left < ONE:
            # Below zero: one of several that were under way together, and more than were left.
            self._barred[caller] = ticks + self._limit.wait(-left if left < 0 else ONE - left)

    def _make_room(self, now: int) -> None:
        """Forget who has nothing to wait off any more; if that is too few, those with the least."""
        if len(self._kept) < ENTRIES:
            return
        kept = sorted(self._kept.items(), key=lambda item: item[1])
        for number, (caller, moment) in enumerate(kept):
            if moment > now and number >= ENTRIES // 2:
                break
            self._kept.pop(caller, None)
            self._barred.pop(caller, None)


def _without_limit(_: str) -> int:
    return 0


def _source(address: Address | None) -> bytes:
    """Return what an address is counted under. All that are unknown are one."""
    if address is None:
        return b""
    packed = address.packed
    return packed[:_SITE_BYTES] if len(packed) == _V6_BYTES else packed

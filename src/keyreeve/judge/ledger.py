"""The nonce ledger: which nonces proved themselves, by which key, and which counts were used."""

from enum import Enum
from heapq import heappop, heappush
from threading import Lock
from typing import Protocol

from keyreeve.domain.edge import Edge
from keyreeve.protocol.nonce import Ticket

ENTRIES = 65_536
GENERATION_BYTES = 8
WINDOW = 256
"""Counts below the highest one that may still arrive, in any order."""

_FULL = (1 << WINDOW) - 1


class Claim(Enum):
    """What became of a claim to one use of a nonce."""

    NEW = "new"
    SEEN = "seen"
    STALE = "stale"


# To look a member up in its class costs as much as a look-up of a nonce.
_NEW, _SEEN, _STALE = Claim.NEW, Claim.SEEN, Claim.STALE


class Ledger(Protocol):
    """What the judge needs of a ledger, be it of one process or of several."""

    @property
    def generation(self) -> bytes:
        """Return what every nonce of this ledger carries; another ledger has another one."""

    def prover(self, nonce: str) -> str | None:
        """Return the key that proved this nonce, or None if the ledger does not hold it."""

    def claim(self, nonce: str, ticket: Ticket | None, nc: int, key_id: str) -> Claim:
        """Use up one count of a nonce, in one step that no other claim can come between.

        Only a digest that was right in everything may claim. `ticket` is what the nonce says of
        itself; None if it was not read, because `prover` knew the nonce: should it have been
        dropped since, it is stale.
        """


def advance(highest: int, seen: int, nc: int) -> tuple[Claim, int, int]:
    """Move a window to one more count: the claim, the new highest count and its bitmap.

    Bit n of `seen` stands for the count `highest - n`. A count below the window may have been
    used, so it is stale; its caller gets a new nonce.
    """
    ahead = nc - highest
    if ahead > 0:
        seen = ((seen << ahead) | 1) & _FULL if ahead < WINDOW else 1
        return _NEW, nc, seen
    if ahead <= -WINDOW:
        return _STALE, highest, seen
    bit = 1 << -ahead
    if seen & bit:
        return _SEEN, highest, seen
    return _NEW, highest, seen | bit


class DictLedger:
    """The ledger of the one process that judges."""

    def __init__(self, edge: Edge, *, lifetime: int, entries: int = ENTRIES) -> None:
        """Begin an empty ledger for nonces that live `lifetime` milliseconds."""
        self.generation = edge.entropy(GENERATION_BYTES)
        self._ticks = edge.ticks
        self._lifetime = lifetime
        self._limit = entries
        self._entries: dict[str, _Entry] = {}
        self._oldest: list[tuple[int, str]] = []
        # An earlier ledger had another generation, so no nonce of this one is barred yet.
        self._floor = -1
        self._lock = Lock()

    def prover(self, nonce: str) -> str | None:
        """Return the key that proved this nonce, or None if the ledger does not hold it."""
        entry = self._entries.get(nonce)
        return None if entry is None else entry.key_id

    def claim(self, nonce: str, ticket: Ticket | None, nc: int, key_id: str) -> Claim:
        """Use up one count of a nonce, in one step that no other claim can come between."""
        with self._lock:
            # Read here and not by the caller: a nonce that grew old since he looked may have
            # been dropped, and must not come back as new.
            expired = self._ticks() - self._lifetime
            entry = self._entries.get(nonce)
            if entry is None:
                return self._begin(nonce, ticket, nc, key_id, expired=expired)
            if entry.issued <= expired:
                return _STALE
            if nc == entry.highest + 1:
                # What nearly every claim is, and what `advance` would say of it.
                entry.highest, entry.seen = nc, (entry.seen << 1 | 1) & _FULL
                return _NEW
            claim, entry.highest, entry.seen = advance(entry.highest, entry.seen, nc)
            return claim

    def _begin(
        self, nonce: str, ticket: Ticket | None, nc: int, key_id: str, *, expired: int
    ) -> Claim:
        """Enter a nonce that has no entry, unless it may once have had one."""
        if ticket is None or ticket.generation != self.generation:
            return _STALE
        if ticket.issued <= self._floor or ticket.issued <= expired:
            return _STALE
        self._make_room(expired)
        self._entries[nonce] = _Entry(ticket.issued, nc, key_id)
        heappush(self._oldest, (ticket.issued, nonce))
        return _NEW

    def _make_room(self, expired: int) -> None:
        """Drop what is expired, and if that is not enough the oldest, which raises the floor."""
        oldest = self._oldest
        while oldest and oldest[0][0] <= expired:
            del self._entries[heappop(oldest)[1]]
        if len(oldest) >= self._limit:
            issued, nonce = heappop(oldest)
            self._floor = max(self._floor, issued)
            del self._entries[nonce]


class _Entry:
    """One nonce that proved itself."""

    __slots__ = ("highest", "issued", "key_id", "seen")

    def __init__(self, issued: int, nc: int, key_id: str) -> None:
        self.issued = issued
        self.key_id = key_id
        self.highest = nc
        self.seen = 1

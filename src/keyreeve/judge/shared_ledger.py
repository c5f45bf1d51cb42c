"""The nonce ledger of several processes on one host: a mapped file, a lock, and a dirty flag.

The file is a header and buckets of eight entries. A claim holds `flock` on the file. While it
writes to an entry the entry is marked dirty, so one left by a process killed in the middle is
known for what it is: stale. Each word is written in one store, which a kill cannot split.
"""

import mmap
import os
from fcntl import LOCK_EX, LOCK_UN, flock
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import Self

from keyreeve.domain.edge import Edge
from keyreeve.judge.ledger import ENTRIES, GENERATION_BYTES, WINDOW, Claim, advance
from keyreeve.protocol.nonce import Ticket

WAYS = 8
NONCE_BYTES = 48
KEY_ID_BYTES = 24

_WORD = 8
_MAGIC = 0x4B52_4C45_4447_5231
# The header, in words: what the file is, its size, the lifetime of nonces, the floor, and then
# the generation and the seed as bytes.
_MAGIC_AT, _BUCKETS_AT, _LIFETIME_AT, _FLOOR_AT = range(4)
_GENERATION = slice(4 * _WORD, 4 * _WORD + GENERATION_BYTES)
_SEED = slice(_GENERATION.stop, _GENERATION.stop + 16)
_HEADER_BYTES = 64
# An entry: three words, then bytes.
_STATE, _ISSUED, _HIGHEST = range(3)
_SEEN_AT = 3 * _WORD
_KEY_ID_AT = _SEEN_AT + WINDOW // 8
_NONCE_AT = _KEY_ID_AT + KEY_ID_BYTES
_ENTRY_BYTES = _NONCE_AT + NONCE_BYTES
_ENTRY_WORDS = _ENTRY_BYTES // _WORD
_FREE, _WHOLE, _DIRTY = range(3)


class MmapLedger:
    """The ledger that all judging processes of one host share."""

    @staticmethod
    def create(path: Path, edge: Edge, *, lifetime: int, entries: int = ENTRIES) -> None:
        """Make an empty ledger file, of a new generation, for nonces of `lifetime` milliseconds.

        Done once, before the processes start. One that still maps an older file under this path
        goes on with that, and with its generation.
        """
        buckets = -(-entries // WAYS)
        header = bytearray(_HEADER_BYTES)
        words = memoryview(header).cast("q")
        words[_MAGIC_AT], words[_BUCKETS_AT] = _MAGIC, buckets
        words[_LIFETIME_AT], words[_FLOOR_AT] = lifetime, -1
        header[_GENERATION] = edge.entropy(GENERATION_BYTES)
        header[_SEED] = edge.entropy(16)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(header)
            file.truncate(_HEADER_BYTES + buckets * WAYS * _ENTRY_BYTES)
        draft.replace(path)

    @classmethod
    def open(cls, path: Path, edge: Edge) -> Self:
        """Open the ledger in this process. A process opens it itself: a fork shares the lock."""
        return cls(os.open(path, os.O_RDWR | os.O_CLOEXEC), edge)

    def __init__(self, descriptor: int, edge: Edge) -> None:
        """Map the file behind an open descriptor, which the ledger then owns."""
        self._descriptor = descriptor
        self._process = os.getpid()
        self._ticks = edge.ticks
        self._lock = Lock()
        self._map = mmap.mmap(descriptor, 0)
        self._words = memoryview(self._map).cast("q")
        if self._words[_MAGIC_AT] != _MAGIC:
            raise ValueError("not a nonce ledger")
        self.generation: bytes = self._map[_GENERATION]
        self._seed: bytes = self._map[_SEED]
        self._buckets = self._words[_BUCKETS_AT]
        self._lifetime = self._words[_LIFETIME_AT]
        self._places: dict[str, int] = {}

    def prover(self, nonce: str) -> str | None:
        """Return the key that proved this nonce, or None if the ledger does not hold it.

        Takes no lock. A nonce that stands in the file was put there by a claim, so it is ours.
        The key may be another's if the entry changes hands just now: it is only the key to try
        first, and the claim that follows finds the nonce gone.
        """
        place = self._find(nonce, _spelt(nonce))
        if place is None or self._words[place // _WORD + _STATE] != _WHOLE:
            return None
        start = place + _KEY_ID_AT
        return self._map[start : start + KEY_ID_BYTES].decode("ascii")

    def claim(self, nonce: str, ticket: Ticket | None, nc: int, key_id: str) -> Claim:
        """Use up one count of a nonce, in one step that no other claim can come between."""
        if os.getpid() != self._process:
            raise RuntimeError("a nonce ledger is opened by each process for itself")
        with self._lock:
            flock(self._descriptor, LOCK_EX)
            try:
                return self._claim(nonce, ticket, nc, key_id)
            finally:
                flock(self._descriptor, LOCK_UN)

    def close(self) -> None:
        """Let go of the file."""
        self._words.release()
        self._map.close()
        os.close(self._descriptor)

    def _claim(self, nonce: str, ticket: Ticket | None, nc: int, key_id: str) -> Claim:
        """Claim under the lock. The clock is read there too: see `DictLedger.claim`."""
        expired = self._ticks() - self._lifetime
        spelt = _spelt(nonce)
        place = self._find(nonce, spelt)
        if place is None:
            return self._begin(spelt, ticket, nc, key_id, expired=expired)
        words, first = self._words, place // _WORD
        if words[first + _STATE] == _DIRTY or words[first + _ISSUED] <= expired:
            return Claim.STALE
        at = slice(place + _SEEN_AT, place + _KEY_ID_AT)
        seen = int.from_bytes(self._map[at], "little")
        claim, highest, seen = advance(words[first + _HIGHEST], seen, nc)
        if claim is Claim.NEW:
            words[first + _STATE] = _DIRTY
            words[first + _HIGHEST] = highest
            self._map[at] = seen.to_bytes(WINDOW // 8, "little")
            words[first + _STATE] = _WHOLE
        return claim

    def _begin(
        self, spelt: bytes, ticket: Ticket | None, nc: int, key_id: str, *, expired: int
    ) -> Claim:
        """Enter a nonce that has no entry, unless it may once have had one."""
        if ticket is None or ticket.generation != self.generation:
            return Claim.STALE
        if ticket.issued <= self._words[_FLOOR_AT] or ticket.issued <= expired:
            return Claim.STALE
        rest = (1).to_bytes(WINDOW // 8, "little") + key_id.encode("ascii")
        place = self._room(spelt, expired)
        words, first = self._words, place // _WORD
        # Dirty before anything else: should we die before the end, this nonce was never new.
        words[first + _STATE] = _DIRTY
        self._map[place + _NONCE_AT : place + _ENTRY_BYTES] = spelt
        words[first + _ISSUED] = ticket.issued
        words[first + _HIGHEST] = nc
        self._map[place + _SEEN_AT : place + _NONCE_AT] = rest
        words[first + _STATE] = _WHOLE
        return Claim.NEW

    def _room(self, spelt: bytes, expired: int) -> int:
        """Return a free or expired entry, or else the oldest of the bucket: raises the floor."""
        words, places = self._words, self._bucket(spelt)
        for place in places:
            first = place // _WORD
            if words[first + _STATE] == _FREE or words[first + _ISSUED] <= expired:
                return place
        oldest = min(places, key=lambda place: words[place // _WORD + _ISSUED])
        words[_FLOOR_AT] = max(words[_FLOOR_AT], words[oldest // _WORD + _ISSUED])
        return oldest

    def _find(self, nonce: str, spelt: bytes) -> int | None:
        """Return where a nonce stands; where it stood last is looked at first."""
        place = self._places.get(nonce)
        if place is not None and self._holds(place, spelt):
            return place
        for candidate in self._bucket(spelt):
            if self._holds(candidate, spelt):
                if len(self._places) >= ENTRIES:
                    self._places.clear()
                self._places[nonce] = candidate
                return candidate
        return None

    def _holds(self, place: int, spelt: bytes) -> bool:
        return self._map[place + _NONCE_AT : place + _ENTRY_BYTES] == spelt

    def _bucket(self, spelt: bytes) -> range:
        """Return the places of a nonce's bucket. The seed is secret: none is filled on purpose."""
        digest = blake2b(spelt, digest_size=8, key=self._seed).digest()
        bucket = int.from_bytes(digest, "little") % self._buckets
        start = _HEADER_BYTES + bucket * WAYS * _ENTRY_BYTES
        return range(start, start + WAYS * _ENTRY_BYTES, _ENTRY_BYTES)


def _spelt(nonce: str) -> bytes:
    """Return a nonce as it stands in the file, padded with what no nonce holds."""
    return nonce.encode("ascii", "replace").ljust(NONCE_BYTES, b"\xff")

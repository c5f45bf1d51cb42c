"""Both ledgers behind one way to make them, and tickets to claim with."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from keyreeve.domain.edge import Edge
from keyreeve.judge.ledger import Claim, DictLedger, Ledger
from keyreeve.judge.shared_ledger import MmapLedger
from keyreeve.protocol.nonce import Ticket

LIFETIME = 300_000
KEY = "a1" * 12


@dataclass
class Clock:
    """A clock that stands until it is moved, and bytes that are counted."""

    ticks: int = 1_000_000
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def edge(self) -> Edge:
        return Edge(
            now=lambda: datetime(2026, 11, 24, tzinfo=UTC),
            ticks=lambda: self.ticks,
            entropy=lambda size: next(self.numbers).to_bytes(size, "big"),
        )


@dataclass
class Fresh:
    """One ledger, and the nonces that were issued for it."""

    ledger: Ledger
    clock: Clock
    tickets: dict[str, Ticket] = field(default_factory=dict)

    def issue(self, *, generation: bytes | None = None) -> str:
        number = len(self.tickets)
        ticket = Ticket(
            generation or self.ledger.generation, self.clock.ticks, number.to_bytes(6, "big")
        )
        nonce = f"{number:048d}"
        self.tickets[nonce] = ticket
        return nonce

    def claim(self, nonce: str, nc: int = 1, key_id: str = KEY) -> Claim:
        return self.ledger.claim(nonce, self.tickets[nonce], nc, key_id)


Maker = Callable[[int], AbstractContextManager[Fresh]]
"""Makes a ledger of so many entries."""


@contextmanager
def of_one_process(entries: int = 64) -> Iterator[Fresh]:
    clock = Clock()
    yield Fresh(DictLedger(clock.edge(), lifetime=LIFETIME, entries=entries), clock)


@contextmanager
def of_several(entries: int = 64) -> Iterator[Fresh]:
    clock = Clock()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger"
        MmapLedger.create(path, clock.edge(), lifetime=LIFETIME, entries=entries)
        ledger = MmapLedger.open(path, clock.edge())
        yield Fresh(ledger, clock)
        ledger.close()


BOTH: list[Maker] = [of_one_process, of_several]

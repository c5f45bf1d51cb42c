"""The edge of the world: clock and entropy, handed in so that nothing below app.py reads them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

ID_BYTES = 12


@dataclass(frozen=True, slots=True)
class Edge:
    """Where time and chance come from. Tests hand in frozen time and counted bytes."""

    now: Callable[[], datetime]
    """The wall clock, in UTC."""
    ticks: Callable[[], int]
    """Milliseconds since this host booted; runs on through pauses, and alike in every process."""
    entropy: Callable[[int], bytes]
    """So many unguessable bytes."""

    def new_id(self) -> str:
        """Return an id nobody has: 24 hex digits."""
        return self.entropy(ID_BYTES).hex()

"""A clock that stands still until a test moves it."""

import itertools
from datetime import datetime, timedelta

from keyreeve.domain.edge import Edge


class Clock:
    """Time in the hands of a test, and entropy of which no two values are alike."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._numbers = itertools.count(1)

    def pass_by(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)

    def edge(self) -> Edge:
        return Edge(
            now=lambda: self.now,
            ticks=lambda: int(self.now.timestamp() * 1000),
            entropy=lambda size: next(self._numbers).to_bytes(size),
        )

"""The edge of the real world: the clock and the entropy of this host."""

import os
import time
from datetime import UTC, datetime

from keyreeve.domain.edge import Edge

_NANOSECONDS = 1_000_000


def real() -> Edge:
    """Return the edge that every process of this host shares."""
    return Edge(now=_now, ticks=_ticks, entropy=os.urandom)


def _now() -> datetime:
    return datetime.now(UTC)


def _ticks() -> int:
    """Return milliseconds since boot: the one clock that runs through suspensions."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // _NANOSECONDS

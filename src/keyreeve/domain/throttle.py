"""Throttling: how often something may happen, told by one number that is kept of it.

The generic cell rate algorithm. What is kept is the moment at which all that happened would be
worked off at the steady rate; the further it lies ahead of now, the more happened lately. Moments
are counted in units of which a thousand make up one happening, so that whole numbers do.
"""

from dataclasses import dataclass
from typing import NamedTuple

ONE = 1000
"""What one happening costs: the units that pass in a second at a rate of one a second."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `burst` at once, and `per_second` in the long run; both at least 1."""

    burst: int
    per_second: int

    @property
    def window(self) -> int:
        """How many seconds it takes until a used up burst is whole again, rounded up."""
        return -(-self.burst // self.per_second)

    def moment(self, ticks: int) -> int:
        """Return a time in milliseconds as a moment of this limit."""
        return ticks * self.per_second

    def wait(self, units: int) -> int:
        """Return how many milliseconds these units take to pass, rounded up."""
        return -(-units // self.per_second)


class Admission(NamedTuple):
    """What comes of one more happening."""

    moment: int
    """What to keep from now on."""
    left: int
    """Units left afterwards. Below zero nothing happened, and nothing is used up."""


def admit(kept: int, now: int, limit: Limit) -> Admission:
    """Ask for one more happening, where `kept` was kept of those before (`now` or 0: of none)."""
    moment = max(kept, now) + ONE
    left = limit.burst * ONE - (moment - now)
    return Admission(kept if left < 0 else moment, left)

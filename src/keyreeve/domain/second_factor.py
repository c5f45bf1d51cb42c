"""A second factor: codes that a device computes, and how often one may guess at them."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeAlias

WRONG_IN_A_ROW = 5
"""Wrong codes after which each further one makes the user wait."""
WRONG_A_DAY = 30
"""Wrong codes compared on one day (UTC): a guess is right once in 16 000 days."""
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
RECOVERY_CODES = 10


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """A confirmed second factor, as its user sees it."""

    since: datetime
    recovery_codes_left: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """The code is right, and is spent."""

    by_recovery_code: bool = False


@dataclass(frozen=True, slots=True)
class Wrong:
    """The code is wrong, or its time is over."""


@dataclass(frozen=True, slots=True)
class Used:
    """The code was right once already."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """Too many wrong codes: none is compared before this moment."""

    until: datetime


Verdict: TypeAlias = Accepted | Wrong | Used | Blocked


@dataclass(frozen=True, slots=True)
class Guesses:
    """How often codes were tried: counted before anything is compared, never forgotten by luck."""

    day: date
    tried: int = 0
    """All tries of the day, compared or not."""
    wrong: int = 0
    """Wrong codes of the day. A right one in between does not clear them."""
    in_a_row: int = 0
    blocked_until: datetime | None = None

    def counted(self, now: datetime) -> "Guesses":
        """Count one more try, on a new day from nothing."""
        if self.day == now.date():
            return replace(self, tried=self.tried + 1)
        return replace(self, day=now.date(), tried=1, wrong=0)

    def blocked(self, now: datetime) -> datetime | None:
        """Return until when nothing is compared, or None if a code may be."""
        if self.wrong >= WRONG_A_DAY:
            return datetime.combine(self.day + timedelta(days=1), time(), UTC)
        if self.blocked_until is not None and now < self.blocked_until:
            return self.blocked_until
        return None

    def missed(self, now: datetime) -> "Guesses":
        """Count one wrong code; from the fifth in a row on the wait doubles."""
        in_a_row = self.in_a_row + 1
        over = in_a_row - WRONG_IN_A_ROW
        wait = min(FIRST_WAIT * 2 ** min(over, 10), LONGEST_WAIT) if over >= 0 else timedelta()
        until = now + wait if wait else None
        return replace(self, wrong=self.wrong + 1, in_a_row=in_a_row, blocked_until=until)

    def hit(self) -> "Guesses":
        """Note a right code: the row of wrong ones ends, their number stays."""
        return replace(self, in_a_row=0, blocked_until=None)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A second factor that waits for its first code."""

    secret: str = field(repr=False)
    """Base32, as devices take it."""
    uri: str = field(repr=False)
    """`otpauth://`, as a QR code holds it."""

"""A session: one browser in which a user is signed in to the console."""

from dataclasses import dataclass
from datetime import datetime, timedelta

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
UNVERIFIED = timedelta(minutes=10)
"""How long a session waits for its second factor."""


@dataclass(frozen=True, slots=True)
class Session:
    """One session, without the secret that the browser holds.

    An unverified one has seen the right password, but the second factor is still missing: it
    opens nothing but the step that asks for it.
    """

    id: str
    user_id: str
    started: datetime
    last_seen: datetime
    verified: bool
    address: str | None = None
    browser: str = ""

    def is_over(self, now: datetime) -> bool:
        """Tell whether it was left alone too long, or is too old."""
        if not self.verified:
            return now >= self.started + UNVERIFIED
        return now >= self.last_seen + IDLE or now >= self.started + ABSOLUTE

"""Times as people read them: how long ago, with the full moment behind it."""

from datetime import UTC, datetime

from keyreeve.console.parts import Moment

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_STEPS = (
    (_HOUR, _MINUTE, "minute"),
    (_DAY, _HOUR, "hour"),
    (30 * _DAY, _DAY, "day"),
    (365 * _DAY, 30 * _DAY, "month"),
)


def moment(when: datetime, now: datetime) -> Moment:
    """Return a moment as seen from `now`."""
    utc = when.astimezone(UTC)
    return Moment(
        text=_ago((now - when).total_seconds()),
        iso=utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        full=f"{utc:%A} {utc.day} {utc:%B %Y, %H:%M} UTC",
    )


def after(seconds: float) -> str:
    """Return a span to wait in words, rounded up: `in 2 minutes`."""
    minutes = -int(-seconds // _MINUTE)
    if minutes <= 1:
        return "in a minute"
    if minutes < 120:  # noqa: PLR2004 - up to two hours, minutes say more
        return f"in {minutes} minutes"
    return f"in {-(-minutes // 60)} hours"


def _ago(seconds: float) -> str:
    if seconds < _MINUTE:
        return "just now"
    for below, unit, word in _STEPS:
        if seconds < below:
            return _counted(int(seconds // unit), word)
    return _counted(int(seconds // (365 * _DAY)), "year")


def _counted(count: int, word: str) -> str:
    if (count, word) == (1, "day"):
        return "yesterday"
    return f"{count} {word}{'' if count == 1 else 's'} ago"

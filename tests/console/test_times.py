from datetime import UTC, datetime, timedelta, timezone

import pytest

from keyreeve.console import times

NOW = datetime(2026, 11, 24, 10, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (timedelta(seconds=-3), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=23), "23 hours ago"),
        (timedelta(days=1), "yesterday"),
        (timedelta(days=29), "29 days ago"),
        (timedelta(days=30), "1 month ago"),
        (timedelta(days=364), "12 months ago"),
        (timedelta(days=730), "2 years ago"),
    ],
)
def test_a_moment_tells_how_long_ago_it_was(before: timedelta, text: str) -> None:
    assert times.moment(NOW - before, NOW).text == text


def test_a_moment_is_told_in_full_and_in_utc() -> None:
    lisbon_summer = datetime(2026, 7, 1, 1, 5, tzinfo=timezone(timedelta(hours=1)))

    told = times.moment(lisbon_summer, NOW)

    assert told.iso == "2026-07-01T00:05:00Z"
    assert told.full == "Wednesday 1 July 2026, 00:05 UTC"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1, "in a minute"),
        (61, "in 2 minutes"),
        (7100, "in 119 minutes"),
        (7201, "in 3 hours"),
        (86400, "in 24 hours"),
    ],
)
def test_a_span_to_wait_is_never_told_too_short(seconds: float, text: str) -> None:
    assert times.after(seconds) == text

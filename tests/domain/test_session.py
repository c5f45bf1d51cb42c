from datetime import UTC, datetime, timedelta

import pytest

from keyreeve.domain.session import Session

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("verified", "seen", "now", "over"),
    [
        (True, 0, 29, False),
        (True, 0, 30, True),
        (True, 700, 719, False),
        (True, 719, 720, True),
        (False, 0, 9, False),
        (False, 9, 10, True),
    ],
)
def test_a_session_ends_by_idleness_and_by_age(
    verified: bool, seen: int, now: int, over: bool
) -> None:
    minutes = [timedelta(minutes=n) for n in (seen, now)]
    session = Session("s", "u", START, START + minutes[0], verified)
    assert session.is_over(START + minutes[1]) is over

from datetime import UTC, date, datetime, timedelta

from keyreeve.domain.second_factor import WRONG_A_DAY, WRONG_IN_A_ROW, Guesses

MORNING = datetime(2026, 1, 2, 8, tzinfo=UTC)
NONE_YET = Guesses(MORNING.date())


def after(wrong: int, now: datetime = MORNING) -> Guesses:
    guesses = NONE_YET
    for _ in range(wrong):
        guesses = guesses.counted(now).missed(now)
    return guesses


def test_a_few_wrong_codes_block_nothing() -> None:
    assert after(WRONG_IN_A_ROW - 1).blocked(MORNING) is None


def test_waits_double_up_to_an_hour() -> None:
    waits = []
    for wrong in range(WRONG_IN_A_ROW, WRONG_IN_A_ROW + 9):
        until = after(wrong).blocked(MORNING)
        assert until is not None
        waits.append((until - MORNING).total_seconds())
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_the_days_limit_lasts_to_midnight() -> None:
    full = after(WRONG_A_DAY)
    late = MORNING + timedelta(hours=15, minutes=59)
    assert full.blocked(late) == datetime(2026, 1, 3, tzinfo=UTC)
    tomorrow = datetime(2026, 1, 3, 8, tzinfo=UTC)
    assert full.counted(tomorrow).blocked(tomorrow) is None


def test_a_right_code_ends_the_row_but_not_the_days_count() -> None:
    lucky = after(WRONG_IN_A_ROW).hit()
    assert lucky.blocked(MORNING) is None
    assert lucky.wrong == WRONG_IN_A_ROW


def test_a_new_day_counts_from_nothing() -> None:
    tomorrow = MORNING + timedelta(days=1)
    counted = after(3).counted(tomorrow)
    assert (counted.day, counted.tried, counted.wrong) == (date(2026, 1, 3), 1, 0)
    assert counted.in_a_row == 3

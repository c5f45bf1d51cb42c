from hypothesis import given
from hypothesis import strategies as st

from keyreeve.domain import throttle
from keyreeve.domain.throttle import ONE, Limit

LIMIT = Limit(burst=300, per_second=5)
limits = st.builds(Limit, burst=st.integers(1, 20), per_second=st.integers(1, 300))


def granted(limit: Limit, times: list[int]) -> list[int]:
    """Return those of the times (milliseconds) at which it was granted."""
    kept, let = 0, []
    for time in times:
        asked = throttle.admit(kept, limit.moment(time), limit)
        kept = asked.moment
        if asked.left >= 0:
            let.append(time)
    return let


def test_a_burst_is_granted_and_no_more() -> None:
    assert len(granted(LIMIT, [10_000] * 1000)) == 300


def test_after_a_burst_one_is_granted_every_fifth_of_a_second() -> None:
    times = [10_000] * 300 + list(range(10_000, 12_001))
    assert granted(LIMIT, times)[300:] == list(range(10_200, 12_001, 200))


def test_a_burst_comes_back_whole_within_its_window() -> None:
    assert LIMIT.window == 60
    assert len(granted(LIMIT, [10_000] * 400 + [70_000] * 400)) == 600


def test_what_is_left_counts_down() -> None:
    left = throttle.admit(0, LIMIT.moment(10_000), LIMIT).left
    assert left == 299 * ONE


def test_who_is_refused_uses_nothing_up() -> None:
    full = LIMIT.moment(10_000) + 300 * ONE
    assert throttle.admit(full, LIMIT.moment(10_000), LIMIT) == (full, -ONE)


def test_waiting_is_rounded_up() -> None:
    assert Limit(1, 3).wait(ONE) == 334


@given(limits, st.lists(st.integers(0, 2_000), min_size=1, max_size=60))
def test_never_more_than_the_burst_and_what_the_time_since_allows(
    limit: Limit, steps: list[int]
) -> None:
    times, time = [], 1_000_000
    for step in steps:
        time += step
        times.append(time)
    let = granted(limit, times)
    for first in range(len(let)):
        for last in range(first, len(let)):
            passed = let[last] - let[first]
            assert (last - first + 1 - limit.burst) * ONE <= passed * limit.per_second


@given(limits, st.lists(st.integers(0, 500), max_size=40))
def test_whoever_waits_as_long_as_he_is_told_is_let_through(limit: Limit, steps: list[int]) -> None:
    kept, time = 0, 1_000_000
    for step in steps:
        time += step
        asked = throttle.admit(kept, limit.moment(time), limit)
        kept = asked.moment
        if asked.left < 0:
            wait = limit.wait(-asked.left)
            assert throttle.admit(kept, limit.moment(time + wait), limit).left >= 0
            assert throttle.admit(kept, limit.moment(time + wait - 1), limit).left < 0

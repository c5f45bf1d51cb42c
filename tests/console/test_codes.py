from datetime import UTC, datetime, timedelta

import pytest

from keyreeve.console import codes
from keyreeve.domain.second_factor import Accepted, Blocked, Used, Verdict, Wrong

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def test_a_right_code_has_no_fault() -> None:
    assert codes.fault(Accepted(), NOW) is None
    assert codes.fault(Accepted(by_recovery_code=True), NOW) is None


@pytest.mark.parametrize(
    ("verdict", "word", "status"),
    [
        (Wrong(), "not right", 200),
        (Used(), "used already", 200),
        (Blocked(NOW + timedelta(seconds=90)), "try again in 2 minutes", 429),
    ],
)
def test_every_other_one_is_refused_in_words(verdict: Verdict, word: str, status: int) -> None:
    fault = codes.fault(verdict, NOW)
    assert fault is not None
    assert word in fault.sentence
    assert fault.status == status

import pytest

from keyreeve import settings
from keyreeve.app import throttles
from keyreeve.domain.edge import Edge
from keyreeve.domain.throttle import Limit
from keyreeve.judge.throttle import Throttled


def test_the_settings_say_how_often_a_key_may_call(edge: Edge) -> None:
    given = {"KEYREEVE_CALLS_BURST": "2", "KEYREEVE_CALLS_PER_SECOND": "7"}
    throttle = throttles.throttle(settings.load(given), edge)
    assert throttle.calls == Limit(burst=2, per_second=7)


def test_the_settings_say_how_often_proofs_may_fail(edge: Edge) -> None:
    throttle = throttles.throttle(settings.load({"KEYREEVE_FAILED_PROOFS_BURST": "1"}), edge)
    throttle.failed(None, "ada")
    with pytest.raises(Throttled):
        throttle.check(None, "ada")


def test_both_are_limited_unless_told_otherwise(edge: Edge) -> None:
    throttle = throttles.throttle(settings.load({}), edge)
    assert throttle.calls == Limit(burst=1000, per_second=200)
    for _ in range(300):
        throttle.failed(None, "ada")
    with pytest.raises(Throttled):
        throttle.check(None, "ada")


def test_nought_is_no_limit(edge: Edge) -> None:
    given = {"KEYREEVE_CALLS_BURST": "0", "KEYREEVE_FAILED_PROOFS_BURST": "0"}
    throttle = throttles.throttle(settings.load(given), edge)
    assert throttle.calls is None
    for _ in range(10_000):
        throttle.failed(None, "ada")
    throttle.check(None, "ada")

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clock import Clock
from conftest import NOW
from judge import court as courts
from judge.court import ELSEWHERE, HOME, Court, Key
from keyreeve import settings
from keyreeve.domain import throttle as rule
from keyreeve.domain.decision import Allow, Challenge
from keyreeve.domain.throttle import Limit
from keyreeve.judge import throttle as throttles
from keyreeve.judge.throttle import Throttle, Throttled
from keyreeve.protocol import address
from keyreeve.protocol.target import NotCanonical
from keyreeve.storage.database import Database

FAILURES, CALLS = Limit(burst=3, per_second=5), Limit(burst=4, per_second=2)
NEIGHBOUR = address.parse_address("192.0.2.8")


class Ticking:
    """Milliseconds in the hands of a test."""

    def __init__(self) -> None:
        self.now = 1_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def ticks() -> Ticking:
    return Ticking()


@pytest.fixture
def throttle(ticks: Ticking) -> Throttle:
    return Throttle(ticks, failures=FAILURES, calls=CALLS)


def fail(throttle: Throttle, times: int, where: object = HOME, name: str | None = "ada") -> None:
    for _ in range(times):
        throttle.check(where, name)  # type: ignore[arg-type]
        throttle.failed(where, name)  # type: ignore[arg-type]


class TestFailedProofs:
    def test_after_a_burst_an_address_has_to_wait(self, throttle: Throttle) -> None:
        fail(throttle, 3)
        with pytest.raises(Throttled) as refused:
            throttle.check(HOME, "ada")
        assert refused.value.seconds == 1

    def test_it_may_try_again_at_the_steady_rate(self, throttle: Throttle, ticks: Ticking) -> None:
        fail(throttle, 3)
        ticks.now += 199
        with pytest.raises(Throttled):
            throttle.check(HOME, "ada")
        ticks.now += 1
        fail(throttle, 1)
        with pytest.raises(Throttled):
            throttle.check(HOME, "ada")

    def test_an_address_waits_whichever_names_it_tried(self, throttle: Throttle) -> None:
        for name in ("ada", "bob", None):
            fail(throttle, 1, name=name)
        with pytest.raises(Throttled):
            throttle.check(HOME, "cleo")

    def test_nobody_elsewhere_has_to_wait_for_a_name_that_was_tried(
        self, throttle: Throttle
    ) -> None:
        fail(throttle, 3)
        throttle.check(NEIGHBOUR, "ada")

    def test_a_site_of_ipv6_is_one_address(self, throttle: Throttle) -> None:
        for host in ("1", "ffff:2", "dead:beef"):
            fail(throttle, 1, address.parse_address(f"2001:db8:0:7::{host}"))
        with pytest.raises(Throttled):
            throttle.check(address.parse_address("2001:db8:0:7:1:2:3:4"), "bob")
        throttle.check(address.parse_address("2001:db8:0:8::1"), "bob")

    def test_unknown_addresses_are_one(self, throttle: Throttle) -> None:
        fail(throttle, 3, None)
        with pytest.raises(Throttled):
            throttle.check(None, "ada")
        throttle.check(HOME, "ada")

    def test_more_failures_than_were_left_bar_no_longer(
        self, throttle: Throttle, ticks: Ticking
    ) -> None:
        for _ in range(50):
            throttle.failed(HOME, "ada")
        ticks.now += 200
        throttle.check(HOME, "ada")

    def test_without_a_limit_everybody_may_fail(self, ticks: Ticking) -> None:
        fail(Throttle(ticks), 1000)


class TestCalls:
    def test_a_burst_counts_down(self, throttle: Throttle) -> None:
        assert [throttle.called("a") for _ in range(4)] == [3, 2, 1, 0]
        with pytest.raises(Throttled):
            throttle.called("a")

    def test_a_key_that_was_refused_is_known_before_anything_is_computed(
        self, throttle: Throttle, ticks: Ticking
    ) -> None:
        for _ in range(4):
            throttle.check_key("a")
            throttle.called("a")
        throttle.check_key("a")
        with pytest.raises(Throttled):
            throttle.called("a")
        with pytest.raises(Throttled):
            throttle.check_key("a")
        throttle.check_key("b")
        ticks.now += 500
        throttle.check_key("a")

    def test_refused_calls_use_nothing_up(self, throttle: Throttle, ticks: Ticking) -> None:
        for _ in range(4):
            throttle.called("a")
        for _ in range(100):
            with pytest.raises(Throttled):
                throttle.called("a")
        ticks.now += 500
        assert throttle.called("a") == 0

    def test_the_wait_is_told_in_whole_seconds(self, ticks: Ticking) -> None:
        throttle = Throttle(ticks, calls=Limit(burst=1, per_second=1))
        throttle.called("a")
        ticks.now += 10
        with pytest.raises(Throttled) as refused:
            throttle.called("a")
        assert refused.value.seconds == 1

    def test_without_a_limit_a_key_may_always_call(self, ticks: Ticking) -> None:
        throttle = Throttle(ticks)
        assert {throttle.called("a") for _ in range(1000)} == {0}

    @given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 900)), max_size=60))
    def test_it_counts_as_the_rule_does(self, calls: list[tuple[str, int]]) -> None:
        ticks, kept = Ticking(), {"a": 0, "b": 0}
        throttle = Throttle(ticks, calls=CALLS)
        for key, later in calls:
            ticks.now += later
            kept[key], left = rule.admit(kept[key], CALLS.moment(ticks.now), CALLS)
            try:
                assert throttle.called(key) == left // rule.ONE
            except Throttled:
                assert left < 0


class TestMemory:
    @pytest.fixture(autouse=True)
    def few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(throttles, "ENTRIES", 8)

    def test_it_is_bounded(self, throttle: Throttle) -> None:
        for number in range(1000):
            throttle.failed(address.parse_address(f"10.0.{number >> 8}.{number & 255}"), "ada")
            throttle.called(str(number))
        for tallies in (throttle._failures, throttle._calls):
            assert tallies is not None
            assert len(tallies._kept) <= 9
        assert len(throttle.barred) <= 27

    def test_who_recovered_is_forgotten_first(self, throttle: Throttle, ticks: Ticking) -> None:
        for number in range(7):
            throttle.called(f"early {number}")
        ticks.now += 2000
        for _ in range(3):
            throttle.called("late")
        throttle.called("one more")
        assert throttle.called("late") == 0

    def test_who_called_most_is_kept(self, throttle: Throttle) -> None:
        for _ in range(4):
            throttle.called("most")
        for number in range(20):
            throttle.called(str(number))
        with pytest.raises(Throttled):
            throttle.called("most")


@pytest.fixture
def court(tmp_path: Path) -> Iterator[Court]:
    edge = Clock(NOW).edge()
    environ = {"KEYREEVE_DATABASE_URL": f"sqlite:///{tmp_path / 'keyreeve.db'}"}
    database = Database.open(settings.load(environ), edge, upgrade=True)
    limited = Throttle(edge.ticks, failures=FAILURES, calls=CALLS)
    yield courts.opened(database, throttle=limited)
    database.close()


class TestInFrontOfTheJudge:
    def test_wrong_keys_have_to_wait_before_anything_is_computed(
        self, court: Court, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wrong = Key(court.key.username, "kr_wrong")
        for _ in range(3):
            assert isinstance(court.decide(key=wrong), Challenge)
        calls = (court.signed(key=wrong), court.bearer())
        monkeypatch.setattr("keyreeve.judge.proving.digest.respond", None)
        for call in calls:
            with pytest.raises(Throttled):
                court.judged(call)

    def test_asking_for_a_challenge_is_no_failure(self, court: Court) -> None:
        asking = court.signed()._replace(authorization=None)
        for _ in range(20):
            assert isinstance(court.judged(asking).decision, Challenge)
        assert isinstance(court.decide(), Allow)

    def test_a_nonce_grown_old_is_no_failure(self, court: Court) -> None:
        for _ in range(20):
            assert court.decide(nonce=court.nonce(age=400_000)).stale
        assert isinstance(court.decide(), Allow)

    @pytest.mark.parametrize("header", [b"Digest nonsense", b"Bearer nonsense", b"Basic YTpi"])
    def test_credentials_of_any_kind_can_fail(self, court: Court, header: bytes) -> None:
        call = court.signed()._replace(authorization=header)
        for _ in range(3):
            assert isinstance(court.judged(call).decision, Challenge)
        with pytest.raises(Throttled):
            court.judged(call)

    def test_the_same_key_gets_through_from_elsewhere(self, court: Court) -> None:
        wrong = Key(court.key.username, "kr_wrong")
        for _ in range(3):
            court.decide(key=wrong)
        assert isinstance(court.decide(address=ELSEWHERE), Allow)

    def test_a_key_that_calls_too_often_has_to_wait(self, court: Court) -> None:
        nonce = court.nonce()
        left = [court.judged(court.signed(nonce=nonce)).calls_left for _ in range(4)]
        assert left == [3, 2, 1, 0]
        with pytest.raises(Throttled):
            court.judged(court.signed(nonce=nonce))

    def test_then_nothing_is_computed_for_it(
        self, court: Court, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        nonce = court.nonce()
        for _ in range(4):
            court.judged(court.signed(nonce=nonce))
        last = court.signed(nonce=nonce)
        with pytest.raises(Throttled):
            court.judged(court.signed(nonce=nonce))
        monkeypatch.setattr("keyreeve.judge.proving.digest.respond", None)
        with pytest.raises(Throttled):
            court.judged(last)

    def test_denied_calls_count_too(self, court: Court) -> None:
        for _ in range(4):
            court.decide(target="/nowhere")
        with pytest.raises(Throttled):
            court.decide()

    def test_another_key_of_the_same_user_need_not_wait(self, court: Court) -> None:
        for _ in range(4):
            court.decide()
        assert isinstance(court.decide(key=court.another_key()), Allow)

    def test_who_cannot_prove_himself_uses_up_nobodys_calls(self, court: Court) -> None:
        for _ in range(3):
            court.decide(key=Key(court.key.username, "kr_wrong"), address=ELSEWHERE)
        assert court.judged(court.signed()).calls_left == 3

    def test_what_can_be_read_in_two_ways_is_refused_as_such(self, court: Court) -> None:
        for _ in range(3):
            court.decide(key=Key(court.key.username, "kr_wrong"))
        with pytest.raises(NotCanonical):
            court.judged(court.signed(target="/groups/../groups"))

    def test_it_is_recorded(self, court: Court) -> None:
        for _ in range(4):
            court.decide()
        with pytest.raises(Throttled):
            court.decide()
        [(reason, packed)] = court.recorder._challenges
        assert (reason, packed) == ("throttled", HOME.packed)
